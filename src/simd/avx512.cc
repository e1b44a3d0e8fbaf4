// AVX-512 kernels (F, BW, VL, VPOPCNTDQ, VNNI: Ice Lake, Zen 4 and later).
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "simd/types.h"

namespace likeness::simd {
namespace {

inline __m512i Load(const void* at) {
  return _mm512_loadu_si512(at);
}

// Distances of eight rows (two in each register) to one query that fills both halves of `query`, in row order.
inline __m512i EightDistances(__m512i a, __m512i b, __m512i c, __m512i d, __m512i query) {
  a = _mm512_popcnt_epi64(_mm512_xor_si512(a, query));
  b = _mm512_popcnt_epi64(_mm512_xor_si512(b, query));
  c = _mm512_popcnt_epi64(_mm512_xor_si512(c, query));
  d = _mm512_popcnt_epi64(_mm512_xor_si512(d, query));
  // Each 128-bit lane of ab: half of a row of a, the same half of a row of b.
  __m512i ab = _mm512_add_epi64(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
  __m512i cd = _mm512_add_epi64(_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
  const __m512i first = _mm512_setr_epi64(0, 4, 1, 5, 8, 12, 9, 13);
  const __m512i second = _mm512_setr_epi64(2, 6, 3, 7, 10, 14, 11, 15);
  return _mm512_add_epi64(_mm512_permutex2var_epi64(ab, first, cd), _mm512_permutex2var_epi64(ab, second, cd));
}

inline size_t Emit(__m512i best, __mmask8 found, size_t row, HammingHit* out) {
  alignas(64) int64_t keys[8];
  _mm512_store_si512(keys, best);
  size_t hits = 0;
  for (unsigned mask = found; mask != 0; mask &= mask - 1) {
    unsigned lane = static_cast<unsigned>(__builtin_ctz(mask));
    out[hits++] = {static_cast<uint32_t>(row + lane), static_cast<uint16_t>(keys[lane] >> 3),
                   static_cast<uint16_t>(keys[lane] & 7)};
  }
  return hits;
}

size_t ScanHamming(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                   int distance_max, HammingHit* out) {
  __m512i wanted[kHammingVariantsMax];
  for (size_t variant = 0; variant < variant_count; ++variant)
    wanted[variant] =
        _mm512_broadcast_i64x4(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(queries + 4 * variant)));
  // A distance and its variant in one number: 8 * distance + variant; the smallest is the nearest, first of equals.
  const __m512i limit = _mm512_set1_epi64(8 * static_cast<int64_t>(distance_max) + 8);
  size_t hits = 0;
  for (size_t row = 0; row < row_count; row += 8) {
    const uint64_t* at = rows + 4 * row;
    size_t left = row_count - row;
    __m512i a, b, c, d;
    if (left >= 8) {
      a = Load(at), b = Load(at + 8), c = Load(at + 16), d = Load(at + 24);
    } else {
      uint32_t words = (1u << (4 * left)) - 1;
      a = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(words), at);
      b = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(words >> 8), at + 8);
      c = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(words >> 16), at + 16);
      d = _mm512_maskz_loadu_epi64(static_cast<__mmask8>(words >> 24), at + 24);
    }
    __m512i best = limit;
    for (size_t variant = 0; variant < variant_count; ++variant) {
      __m512i sum = EightDistances(a, b, c, d, wanted[variant]);
      best = _mm512_min_epi64(
          best, _mm512_add_epi64(_mm512_slli_epi64(sum, 3), _mm512_set1_epi64(static_cast<int64_t>(variant))));
    }
    unsigned found = _mm512_cmplt_epi64_mask(best, limit);
    if (left < 8) found &= (1u << left) - 1;
    if (found != 0) hits += Emit(best, static_cast<__mmask8>(found), row, out + hits);
  }
  return hits;
}

size_t GatherHamming(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count, const uint64_t* query,
                     int distance_max, HammingHit* out) {
  constexpr size_t kAhead = 24;
  const __m256i wanted = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(query));
  size_t hits = 0;
  for (size_t i = 0; i < candidate_count; ++i) {
    if (i + kAhead < candidate_count)
      _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * static_cast<size_t>(candidates[i + kAhead])), _MM_HINT_T0);
    __m256i row = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows + 4 * static_cast<size_t>(candidates[i])));
    __m256i counts = _mm256_popcnt_epi64(_mm256_xor_si256(row, wanted));
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(counts), _mm256_extracti128_si256(counts, 1));
    int distance = static_cast<int>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
    if (distance <= distance_max) out[hits++] = {candidates[i], static_cast<uint16_t>(distance), 0};
  }
  return hits;
}

size_t ScanSignatures(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                      SignatureHit* out) {
  const __m512i wanted = _mm512_set1_epi32(static_cast<int>(query));
  const __m512i limit = _mm512_set1_epi32(distance_max);
  size_t hits = 0;
  for (size_t first = begin / kSignatureBlock * kSignatureBlock; first < end; first += kSignatureBlock) {
    const SignatureBlock& block = blocks[first / kSignatureBlock];
    __m512i sums = _mm512_popcnt_epi32(_mm512_xor_si512(Load(block.signature), wanted));
    unsigned mask = _mm512_cmple_epi32_mask(sums, limit);
    if (first < begin) mask &= ~0u << (begin - first);
    if (end - first < kSignatureBlock) mask &= (1u << (end - first)) - 1;
    if (mask == 0) continue;
    alignas(64) uint32_t distances[kSignatureBlock];
    _mm512_store_si512(distances, sums);
    for (; mask != 0; mask &= mask - 1) {
      unsigned lane = static_cast<unsigned>(__builtin_ctz(mask));
      out[hits++] = {static_cast<uint32_t>(first + lane), distances[lane]};
    }
  }
  return hits;
}

// Below in the lower half of each word, above in the upper.
inline __m512i BothSums(__m512i codes, __m512i lows, __m512i highs) {
  const __m512i zero = _mm512_setzero_si512();
  __m512i below = _mm512_sad_epu8(_mm512_subs_epu8(lows, codes), zero);
  __m512i above = _mm512_sad_epu8(_mm512_subs_epu8(codes, highs), zero);
  return _mm512_or_si512(below, _mm512_slli_epi64(above, 32));
}

void BoundNarrow(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high, uint16_t* bounds) {
  const __m512i lows = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(low)));
  const __m512i highs = _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(high)));
  for (size_t row = 0; row < row_count; row += 4) {
    size_t left = row_count - row < 4 ? row_count - row : 4;
    __m512i codes = _mm512_maskz_loadu_epi64(static_cast<__mmask8>((1u << 2 * left) - 1), rows + kNarrowBins * row);
    __m512i halves = BothSums(codes, lows, highs);
    __m512i whole = _mm512_add_epi64(halves, _mm512_shuffle_epi32(halves, _MM_PERM_BADC));
    __m512i larger = _mm512_max_epu32(whole, _mm512_srli_epi64(whole, 32));
    __m128i words = _mm512_cvtepi64_epi16(_mm512_maskz_compress_epi64(0x55, larger));
    _mm_mask_storeu_epi16(bounds + row, static_cast<__mmask8>((1u << left) - 1), words);
  }
}

void GatherBound(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                 const uint8_t* high, uint16_t* bounds) {
  constexpr size_t kAhead = 16;
  const __m512i lows = Load(low), highs = Load(high);
  for (size_t i = 0; i < candidate_count; ++i) {
    if (i + kAhead < candidate_count)
      _mm_prefetch(reinterpret_cast<const char*>(rows + kCoarseBins * static_cast<size_t>(candidates[i + kAhead])),
                   _MM_HINT_T0);
    __m512i codes = Load(rows + kCoarseBins * static_cast<size_t>(candidates[i]));
    uint64_t both = static_cast<uint64_t>(_mm512_reduce_add_epi64(BothSums(codes, lows, highs)));
    uint16_t below = static_cast<uint16_t>(both), above = static_cast<uint16_t>(both >> 32);
    bounds[i] = below > above ? below : above;
  }
}

uint32_t BoundRow(const uint8_t* row, size_t bins, const uint8_t* low, const uint8_t* high) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < bins; i += 64)
    sum = _mm512_add_epi64(sum, BothSums(Load(row + i), Load(low + i), Load(high + i)));
  uint64_t both = static_cast<uint64_t>(_mm512_reduce_add_epi64(sum));
  uint32_t below = static_cast<uint32_t>(both), above = static_cast<uint32_t>(both >> 32);
  return below > above ? below : above;
}

uint32_t ByteL1(const uint8_t* a, const uint8_t* b, size_t count) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < count; i += 64) {
    size_t left = count - i;
    __mmask64 mask = left >= 64 ? ~__mmask64{0} : (__mmask64{1} << left) - 1;
    sum = _mm512_add_epi64(sum,
                           _mm512_sad_epu8(_mm512_maskz_loadu_epi8(mask, a + i), _mm512_maskz_loadu_epi8(mask, b + i)));
  }
  return static_cast<uint32_t>(_mm512_reduce_add_epi64(sum));
}

uint32_t DenseL1(const uint16_t* a, const uint16_t* b, size_t count) {
  __m512i sum = _mm512_setzero_si512();
  const __m512i zero = _mm512_setzero_si512();
  for (size_t i = 0; i < count; i += 32) {
    size_t left = count - i;
    __mmask32 mask = left >= 32 ? 0xFFFFFFFFu : (1u << left) - 1;
    __m512i x = _mm512_maskz_loadu_epi16(mask, a + i), y = _mm512_maskz_loadu_epi16(mask, b + i);
    __m512i difference = _mm512_or_si512(_mm512_subs_epu16(x, y), _mm512_subs_epu16(y, x));
    sum = _mm512_add_epi32(
        sum, _mm512_add_epi32(_mm512_unpacklo_epi16(difference, zero), _mm512_unpackhi_epi16(difference, zero)));
  }
  return static_cast<uint32_t>(_mm512_reduce_add_epi32(sum));
}

uint32_t IntersectRuns(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                       const uint8_t* weights) {
  __m512i sum = _mm512_setzero_si512();
  for (size_t run = 0; run < run_count; ++run) {
    const uint32_t* values = dense + 256 * run;
    size_t count = run_counts[run];
    for (size_t i = 0; i < count; i += 16) {
      size_t left = count - i;
      __mmask16 mask = static_cast<__mmask16>(left >= 16 ? 0xFFFFu : (1u << left) - 1);
      __m512i index = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, bins + i));
      __m512i weight = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, weights + i));
      __m512i value = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), mask, index, values, 4);
      sum = _mm512_add_epi32(sum, _mm512_min_epu32(value, weight));
    }
    bins += count;
    weights += count;
  }
  return static_cast<uint32_t>(_mm512_reduce_add_epi32(sum));
}

// The instruction multiplies unsigned with signed bytes: rows are shifted by 128, and 128 times the query's sum is what
// the result has too much.
void DotBytes(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots) {
  const __m512i shift = _mm512_set1_epi8(-128);
  __m512i excess = _mm512_setzero_si512();
  for (size_t i = 0; i < row_bytes; i += 64) excess = _mm512_dpbusd_epi32(excess, shift, Load(query + i));
  const int32_t excess_sum = _mm512_reduce_add_epi32(excess);
  for (size_t row = 0; row < row_count; ++row) {
    const int8_t* at = rows + row * row_bytes;
    __m512i even = _mm512_setzero_si512(), odd = even;
    size_t i = 0;
    for (; i + 128 <= row_bytes; i += 128) {
      even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(Load(at + i), shift), Load(query + i));
      odd = _mm512_dpbusd_epi32(odd, _mm512_xor_si512(Load(at + i + 64), shift), Load(query + i + 64));
    }
    if (i < row_bytes) even = _mm512_dpbusd_epi32(even, _mm512_xor_si512(Load(at + i), shift), Load(query + i));
    dots[row] = _mm512_reduce_add_epi32(_mm512_add_epi32(even, odd)) - excess_sum;
  }
}

void SketchDistances(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                     uint16_t* distances) {
  for (size_t row = 0; row < row_count; ++row) {
    const uint64_t* at = rows + row * row_words;
    __m512i sum = _mm512_setzero_si512();
    size_t i = 0;
    for (; i + 8 <= row_words; i += 8)
      sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(_mm512_xor_si512(Load(at + i), Load(query + i))));
    if (i < row_words) {
      __m512i differing =
          _mm512_xor_si512(_mm512_maskz_loadu_epi64(15, at + i), _mm512_maskz_loadu_epi64(15, query + i));
      sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(differing));
    }
    distances[row] = static_cast<uint16_t>(_mm512_reduce_add_epi64(sum));
  }
}

size_t IntersectBits(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip) {
  const __m512i turn = _mm512_set1_epi64(static_cast<int64_t>(flip));
  __m512i sum = _mm512_setzero_si512();
  for (size_t i = 0; i < word_count; i += 8) {
    const __m512i both = _mm512_and_si512(Load(words + i), _mm512_xor_si512(Load(other + i), turn));
    _mm512_storeu_si512(words + i, both);
    sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(both));
  }
  return static_cast<size_t>(_mm512_reduce_add_epi64(sum));
}

void RangeBits(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words) {
  const __m512i least = _mm512_set1_epi8(static_cast<char>(low)), most = _mm512_set1_epi8(static_cast<char>(high));
  for (size_t word = 0; word < word_count; ++word) {
    const __m512i value = Load(values + 64 * word);
    const uint64_t bits =
        _mm512_cmp_epu8_mask(value, least, _MM_CMPINT_NLT) & _mm512_cmp_epu8_mask(value, most, _MM_CMPINT_LE);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(words + word), _mm_cvtsi64_si128(static_cast<int64_t>(bits)));
  }
}

}  // namespace

const KernelSet kAvx512Kernels = {"avx512",      &kAvx2Pixels, ScanHamming,     GatherHamming, ScanSignatures,
                                  BoundNarrow,   GatherBound,  BoundRow,        ByteL1,        DenseL1,
                                  IntersectRuns, DotBytes,     SketchDistances, IntersectBits, RangeBits};

}  // namespace likeness::simd
