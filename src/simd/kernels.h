// Vector kernels behind plain functions. Each family is a table of variants: `scalar` is the definition, the others
// give the same results for every input and are chosen once by the processor. The environment variable LIKENESS_SIMD,
// read at the first use, forces a variant by name where it exists ("scalar", "avx2", "avx512"); an unknown or
// unsupported name falls back to scalar, so that a forced run never quietly uses a faster one. All functions are pure
// and thread-safe. Pointers need no alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "simd/types.h"

namespace likeness::simd {

// Rows of 256 bits (four words each). For each row the nearest of `variant_count` queries (the first of equals) is
// taken; rows within `distance_max` are written to `out` in ascending order. Returns how many.
// REQUIRES: 1 <= variant_count <= kHammingVariantsMax; out has room for row_count hits.
size_t ScanHamming(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                   int distance_max, HammingHit* out);

// The same for one query and the rows named by `candidates`, in their order; HammingHit::row is the candidate's value.
size_t GatherHamming(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count, const uint64_t* query,
                     int distance_max, HammingHit* out);

// Signatures begin .. end - 1 of an array of blocks: places and distances of those within distance_max of the
// query's, in order. REQUIRES: out has room for end - begin hits.
size_t ScanSignatures(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                      SignatureHit* out);

// Lower bounds of half the L1 distance of two histograms of equal sum, from coarse codes: rows of kNarrowBins bytes, h.
// bounds[i] = the larger of the sum over the bins of max(0, low[b] - h[b]) and that of max(0, h[b] - high[b]).
void BoundNarrow(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high, uint16_t* bounds);

// The same from rows of kCoarseBins bytes, for the rows named by `candidates`, in their order.
void GatherBound(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                 const uint8_t* high, uint16_t* bounds);

// The same for one row of `bins` bytes. REQUIRES: bins is a multiple of 64.
uint32_t BoundRow(const uint8_t* row, size_t bins, const uint8_t* low, const uint8_t* high);

// L1 distance of two rows of `count` bytes. REQUIRES: count <= 2^24.
uint32_t ByteL1(const uint8_t* a, const uint8_t* b, size_t count);

// L1 distance of two dense histograms of `count` 16-bit bins. REQUIRES: the result fits 32 bits (count <= 65536).
uint32_t DenseL1(const uint16_t* a, const uint16_t* b, size_t count);

// Intersection of a sparse histogram with a dense one: the sum of min(dense[bins[i]], weights[i]), where bins[i] is the
// low byte and the high part is the number of the run it lies in: run g has run_counts[g] entries and covers
// dense[256*g .. 256*g+255]. REQUIRES: dense has 256*run_count values up to 65535.
uint32_t IntersectRuns(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                       const uint8_t* weights);

// Dot products of one query with each of row_count rows of row_bytes signed bytes. REQUIRES: row_bytes is a multiple of
// 64 and at most 65536, no byte is -128.
void DotBytes(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots);

// Differing bits of one query and each of row_count rows of row_words words. REQUIRES: row_words is a multiple of 4 and
// at most 1020.
void SketchDistances(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                     uint16_t* distances);

// Rows of `count` pixels of four bytes (R, G, B, straight alpha). Bit i % 64 of word i / 64 of an answer speaks of
// pixel i; an answer has (count + 63) / 64 words, bits behind the last pixel are zero. Pairs of equal pixels set no
// bit, and runs of them cost no more than reading them.

// Pairs of which a channel differs by more than its limit.
void PixelsOverLimits(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over);

// Pairs whose brightness, 0.3 R + 0.59 G + 0.11 B, differs by more than brightness_limit / 100, or whose alpha differs
// by more than alpha_limit, are over; those whose brightness differs by just that much and which are not over are
// unsure: the rounding of whoever asks decides.
void PixelsOverBrightness(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                          uint64_t* over, uint64_t* unsure);

// Pairs of opaque pixels above form.high are over; those within form.low .. form.high are unsure, and so is every
// unequal pair of which one is translucent.
void PixelsOverForm(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
                    uint64_t* unsure);

// The same for the OKLab distance. Computed to 2e-4 where the cone responses are above 8 / 4096; darker pairs are
// unsure.
void PixelsOverOklab(const uint8_t* a, const uint8_t* b, size_t count, const OklabBand& band, uint64_t* over,
                     uint64_t* unsure);

// Pixels of a row that equal at least three of their eight neighbours in all four bytes.
// REQUIRES: the three rows may be read from pixel -1 to pixel `count`.
void PixelsAmongEquals(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among);

// Takes a PNG's filter off a row of `count` pixels. REQUIRES: 4 bytes may be read at the last pixel of `from` and
// `above`.
void PngUnfilter(PngFilter filter, int in, int out, const PngRow& row, size_t count);

// The same for two rows that follow each other, both filtered by Paeth; second.above is first.to.
void PngUnfilterTwo(int in, int out, const PngRow& first, const PngRow& second, size_t count);

// words[i] &= other[i] ^ flip; returns how many bits are left. REQUIRES: word_count is a multiple of 8, at most 2^20.
size_t IntersectBits(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip);

// Bit i of `words` says whether low <= values[i] <= high. REQUIRES: 64 * word_count values.
void RangeBits(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words);

// What `doctor` prints: each family, its variants that this processor can run, and the one in use.
struct KernelChoice {
  std::string_view family;
  std::string_view chosen;
  std::vector<std::string_view> available;
};
std::vector<KernelChoice> KernelChoices();

}  // namespace likeness::simd
