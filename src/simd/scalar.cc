// The definition of every kernel.
#include <cstdlib>
#include <cstring>

#include "simd/types.h"

namespace likeness::simd {
namespace {

int Distance(const uint64_t* a, const uint64_t* b, int words) {
  int distance = 0;
  for (int i = 0; i < words; ++i) {
    uint64_t x, y;
    std::memcpy(&x, a + i, sizeof x);  // the pointers need no alignment
    std::memcpy(&y, b + i, sizeof y);
    distance += __builtin_popcountll(x ^ y);
  }
  return distance;
}

size_t ScanHamming(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                   int distance_max, HammingHit* out) {
  size_t hits = 0;
  for (size_t row = 0; row < row_count; ++row) {
    int best = 257;
    size_t best_variant = 0;
    for (size_t variant = 0; variant < variant_count; ++variant) {
      int distance = Distance(rows + 4 * row, queries + 4 * variant, 4);
      if (distance < best) {
        best = distance;
        best_variant = variant;
      }
    }
    if (best <= distance_max)
      out[hits++] = {static_cast<uint32_t>(row), static_cast<uint16_t>(best), static_cast<uint16_t>(best_variant)};
  }
  return hits;
}

size_t GatherHamming(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count, const uint64_t* query,
                     int distance_max, HammingHit* out) {
  size_t hits = 0;
  for (size_t i = 0; i < candidate_count; ++i) {
    int distance = Distance(rows + 4 * static_cast<size_t>(candidates[i]), query, 4);
    if (distance <= distance_max) out[hits++] = {candidates[i], static_cast<uint16_t>(distance), 0};
  }
  return hits;
}

size_t ScanSignatures(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                      SignatureHit* out) {
  size_t hits = 0;
  for (size_t i = begin; i < end; ++i) {
    const SignatureBlock& block = blocks[i / kSignatureBlock];
    const size_t lane = i % kSignatureBlock;
    int distance = __builtin_popcount(block.signature[lane] ^ query);
    if (distance <= distance_max) out[hits++] = {static_cast<uint32_t>(i), static_cast<uint32_t>(distance)};
  }
  return hits;
}

uint32_t BoundRow(const uint8_t* codes, size_t bins, const uint8_t* low, const uint8_t* high) {
  unsigned below = 0, above = 0;
  for (size_t bin = 0; bin < bins; ++bin) {
    if (low[bin] > codes[bin]) below += low[bin] - codes[bin];
    if (codes[bin] > high[bin]) above += codes[bin] - high[bin];
  }
  return below > above ? below : above;
}

void BoundNarrow(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high, uint16_t* bounds) {
  for (size_t row = 0; row < row_count; ++row)
    bounds[row] = static_cast<uint16_t>(BoundRow(rows + kNarrowBins * row, kNarrowBins, low, high));
}

void GatherBound(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                 const uint8_t* high, uint16_t* bounds) {
  for (size_t i = 0; i < candidate_count; ++i)
    bounds[i] = static_cast<uint16_t>(
        BoundRow(rows + kCoarseBins * static_cast<size_t>(candidates[i]), kCoarseBins, low, high));
}

uint32_t ByteL1(const uint8_t* a, const uint8_t* b, size_t count) {
  uint32_t distance = 0;
  for (size_t i = 0; i < count; ++i) distance += static_cast<uint32_t>(std::abs(int{a[i]} - int{b[i]}));
  return distance;
}

uint32_t DenseL1(const uint16_t* a, const uint16_t* b, size_t count) {
  uint32_t distance = 0;
  for (size_t i = 0; i < count; ++i) {
    uint16_t x, y;
    std::memcpy(&x, a + i, sizeof x);
    std::memcpy(&y, b + i, sizeof y);
    distance += static_cast<uint32_t>(std::abs(int{x} - int{y}));
  }
  return distance;
}

uint32_t IntersectRuns(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                       const uint8_t* weights) {
  uint32_t sum = 0;
  for (size_t run = 0; run < run_count; ++run) {
    const uint32_t* values = dense + 256 * run;
    for (size_t i = 0; i < run_counts[run]; ++i) {
      uint32_t value = values[bins[i]];
      sum += value < weights[i] ? value : weights[i];
    }
    bins += run_counts[run];
    weights += run_counts[run];
  }
  return sum;
}

void DotBytes(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots) {
  for (size_t row = 0; row < row_count; ++row) {
    int32_t dot = 0;
    for (size_t i = 0; i < row_bytes; ++i) dot += int32_t{rows[row * row_bytes + i]} * int32_t{query[i]};
    dots[row] = dot;
  }
}

void SketchDistances(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                     uint16_t* distances) {
  for (size_t row = 0; row < row_count; ++row) {
    int bits = 0;
    for (size_t i = 0; i < row_words; ++i) {
      uint64_t word;
      std::memcpy(&word, rows + row * row_words + i, sizeof word);
      bits += __builtin_popcountll(word ^ query[i]);
    }
    distances[row] = static_cast<uint16_t>(bits);
  }
}

size_t IntersectBits(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip) {
  size_t left = 0;
  for (size_t i = 0; i < word_count; ++i) {
    uint64_t x, y;
    std::memcpy(&x, words + i, sizeof x);
    std::memcpy(&y, other + i, sizeof y);
    x &= y ^ flip;
    std::memcpy(words + i, &x, sizeof x);
    left += static_cast<size_t>(__builtin_popcountll(x));
  }
  return left;
}

void RangeBits(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words) {
  for (size_t word = 0; word < word_count; ++word) {
    uint64_t bits = 0;
    for (size_t i = 0; i < 64; ++i) {
      uint8_t value = values[64 * word + i];
      bits |= uint64_t{low <= value && value <= high} << i;
    }
    std::memcpy(words + word, &bits, sizeof bits);
  }
}

}  // namespace

const KernelSet kScalarKernels = {"scalar",      &kScalarPixels, ScanHamming,     GatherHamming, ScanSignatures,
                                  BoundNarrow,   GatherBound,    BoundRow,        ByteL1,        DenseL1,
                                  IntersectRuns, DotBytes,       SketchDistances, IntersectBits, RangeBits};

}  // namespace likeness::simd
