// What the kernels take and give: the only header of ours that the instruction-set files see.
#pragma once

#include <cstddef>
#include <cstdint>

namespace likeness::simd {

inline constexpr size_t kHammingVariantsMax = 8;
inline constexpr size_t kCoarseBins = 64, kNarrowBins = 16;

struct HammingHit {
  uint32_t row;
  uint16_t distance;
  uint16_t variant;
};

// Sixteen signatures of 32 bits, a cache line, and the 32 bits that travel with each, the next: who scans and finds
// nothing does not touch those.
inline constexpr size_t kSignatureBlock = 16;
struct alignas(64) SignatureBlock {
  uint32_t signature[kSignatureBlock];
  uint32_t payload[kSignatureBlock];
};
static_assert(sizeof(SignatureBlock) == 128);

struct SignatureHit {
  uint32_t place;  // in the array
  uint32_t distance;
};

// One row of the dispatch table: a full set of kernels for one instruction set.
struct KernelSet {
  const char* name;
  size_t (*scan_hamming)(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                         int distance_max, HammingHit* out);
  size_t (*gather_hamming)(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count,
                           const uint64_t* query, int distance_max, HammingHit* out);
  size_t (*scan_signatures)(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                            SignatureHit* out);
  void (*bound_narrow)(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high,
                       uint16_t* bounds);
  void (*gather_bound)(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                       const uint8_t* high, uint16_t* bounds);
  uint32_t (*bound_row)(const uint8_t* row, size_t bins, const uint8_t* low, const uint8_t* high);
  uint32_t (*byte_l1)(const uint8_t* a, const uint8_t* b, size_t count);
  uint32_t (*dense_l1)(const uint16_t* a, const uint16_t* b, size_t count);
  uint32_t (*intersect_runs)(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                             const uint8_t* weights);
  void (*dot_bytes)(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots);
  void (*sketch_distances)(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                           uint16_t* distances);
  size_t (*intersect_bits)(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip);
  void (*range_bits)(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words);
};

extern const KernelSet kScalarKernels;
extern const KernelSet kAvx2Kernels;
extern const KernelSet kAvx512Kernels;

}  // namespace likeness::simd
