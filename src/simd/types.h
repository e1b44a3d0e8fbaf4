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

// A colour distance as a quadratic form of the differences of R, G and B (each -255..255): the sum over k of
// weight[k] * (axis[k][0] * dR + axis[k][1] * dG + axis[k][2] * dB)^2. A pair above `high` is over, one from `low` to
// `high` is left to exact arithmetic.
struct ColourForm {
  float axis[3][3];
  float weight[3];
  float low, high;
};

// The same for the distance in OKLab (compare/colour_distance.h); linear[v] is the light of the sRGB value v.
struct OklabBand {
  float linear[256];
  float low, high;
};

// How a row of a PNG was made (PNG specification, 9.2): what was taken from each sample.
enum PngFilter : uint8_t { kPngNone, kPngSub, kPngUp, kPngAverage, kPngPaeth, kPngFilters };

// Rows of pixels of `in` bytes (3 or 4) become rows of `out` bytes (`in`, or 4: the fourth is 255).
struct PngRow {
  const uint8_t* from;   // without the filter's byte
  const uint8_t* above;  // unfiltered, of `out` bytes a pixel
  uint8_t* to;
};

// Kernels on rows of pixels of four bytes (R, G, B, alpha). Bit i % 64 of word i / 64 speaks of pixel i; bits behind
// the last pixel are zero.
struct PixelKernels {
  void (*over_limits)(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over);
  void (*over_brightness)(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                          uint64_t* over, uint64_t* unsure);
  void (*over_form)(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
                    uint64_t* unsure);
  void (*over_oklab)(const uint8_t* a, const uint8_t* b, size_t count, const OklabBand& band, uint64_t* over,
                     uint64_t* unsure);
  void (*among_equals)(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among);
  void (*png_unfilter)(PngFilter filter, int in, int out, const PngRow& row, size_t count);
  void (*png_unfilter_two)(int in, int out, const PngRow& first, const PngRow& second, size_t count);
};

extern const PixelKernels kScalarPixels;
extern const PixelKernels kAvx2Pixels;
extern const PixelKernels kWasmPixels;

// One row of the dispatch table: a full set of kernels for one instruction set.
struct KernelSet {
  const char* name;
  const PixelKernels* pixels;
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
