// AVX2 kernels: popcount by nibble look-up (Mula, Kurz, Lemire: "Faster Population Counts Using AVX2 Instructions").
#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "simd/types.h"

namespace likeness::simd {
namespace {

// Population count of each of the four words.
inline __m256i CountWords(__m256i value) {
  const __m256i table =
      _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i nibble = _mm256_set1_epi8(15);
  __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(value, nibble));
  __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(value, 4), nibble));
  return _mm256_sad_epu8(_mm256_add_epi8(low, high), _mm256_setzero_si256());
}

inline __m256i Load(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

// The sums of the words of a, b, c and d, in that order.
inline __m256i SumFour(__m256i a, __m256i b, __m256i c, __m256i d) {
  __m256i ab = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
  __m256i cd = _mm256_add_epi64(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
  return _mm256_add_epi64(_mm256_permute2x128_si256(ab, cd, 0x20), _mm256_permute2x128_si256(ab, cd, 0x31));
}

inline int DistanceOne(const uint64_t* row, __m256i query) {
  __m256i counts = CountWords(_mm256_xor_si256(Load(row), query));
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(counts), _mm256_extracti128_si256(counts, 1));
  return static_cast<int>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
}

size_t ScanHamming(const uint64_t* rows, size_t row_count, const uint64_t* queries, size_t variant_count,
                   int distance_max, HammingHit* out) {
  size_t hits = 0;
  // A distance and its variant in one number: 8 * distance + variant; the smallest is the nearest, first of equals.
  const __m256i limit = _mm256_set1_epi64x(8 * static_cast<int64_t>(distance_max) + 8);
  alignas(32) int64_t keys[4];
  size_t row = 0;
  for (; row + 4 <= row_count; row += 4) {
    const uint64_t* at = rows + 4 * row;
    __m256i a = Load(at), b = Load(at + 4), c = Load(at + 8), d = Load(at + 12);
    __m256i best = limit;
    for (size_t variant = 0; variant < variant_count; ++variant) {
      __m256i query = Load(queries + 4 * variant);
      __m256i sum = SumFour(CountWords(_mm256_xor_si256(a, query)), CountWords(_mm256_xor_si256(b, query)),
                            CountWords(_mm256_xor_si256(c, query)), CountWords(_mm256_xor_si256(d, query)));
      __m256i key = _mm256_add_epi64(_mm256_slli_epi64(sum, 3), _mm256_set1_epi64x(static_cast<int64_t>(variant)));
      best = _mm256_blendv_epi8(best, key, _mm256_cmpgt_epi64(best, key));
    }
    int found = _mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpgt_epi64(limit, best)));
    if (found == 0) continue;
    _mm256_store_si256(reinterpret_cast<__m256i*>(keys), best);
    for (int lane = 0; lane < 4; ++lane)
      if (found >> lane & 1)
        out[hits++] = {static_cast<uint32_t>(row + lane), static_cast<uint16_t>(keys[lane] >> 3),
                       static_cast<uint16_t>(keys[lane] & 7)};
  }
  for (; row < row_count; ++row) {
    int best = 8 * distance_max + 8;
    for (size_t variant = 0; variant < variant_count; ++variant) {
      int key = 8 * DistanceOne(rows + 4 * row, Load(queries + 4 * variant)) + static_cast<int>(variant);
      if (key < best) best = key;
    }
    if (best < 8 * distance_max + 8)
      out[hits++] = {static_cast<uint32_t>(row), static_cast<uint16_t>(best >> 3), static_cast<uint16_t>(best & 7)};
  }
  return hits;
}

size_t GatherHamming(const uint64_t* rows, const uint32_t* candidates, size_t candidate_count, const uint64_t* query,
                     int distance_max, HammingHit* out) {
  constexpr size_t kAhead = 24;
  const __m256i wanted = Load(query);
  size_t hits = 0;
  for (size_t i = 0; i < candidate_count; ++i) {
    if (i + kAhead < candidate_count)
      _mm_prefetch(reinterpret_cast<const char*>(rows + 4 * static_cast<size_t>(candidates[i + kAhead])), _MM_HINT_T0);
    int distance = DistanceOne(rows + 4 * static_cast<size_t>(candidates[i]), wanted);
    if (distance <= distance_max) out[hits++] = {candidates[i], static_cast<uint16_t>(distance), 0};
  }
  return hits;
}

// Bits of each byte.
inline __m256i CountBytes(__m256i bytes) {
  const __m256i counts = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
  const __m256i low = _mm256_set1_epi8(15);
  return _mm256_add_epi8(_mm256_shuffle_epi8(counts, _mm256_and_si256(bytes, low)),
                         _mm256_shuffle_epi8(counts, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), low)));
}

// Of eight signatures, as 32-bit numbers.
inline __m256i EightDistances(const uint32_t* signatures, __m256i query) {
  __m256i bytes = CountBytes(_mm256_xor_si256(Load(signatures), query));
  return _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, _mm256_set1_epi8(1)), _mm256_set1_epi16(1));
}

size_t ScanSignatures(const SignatureBlock* blocks, size_t begin, size_t end, uint32_t query, int distance_max,
                      SignatureHit* out) {
  const __m256i wanted = _mm256_set1_epi32(static_cast<int>(query));
  const __m256i limit = _mm256_set1_epi32(distance_max + 1);
  size_t hits = 0;
  for (size_t first = begin / kSignatureBlock * kSignatureBlock; first < end; first += kSignatureBlock) {
    const SignatureBlock& block = blocks[first / kSignatureBlock];
    __m256i a = EightDistances(block.signature, wanted);
    __m256i b = EightDistances(block.signature + 8, wanted);
    unsigned mask = static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, a)))) |
                    static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, b)))) << 8;
    if (first < begin) mask &= ~0u << (begin - first);
    if (end - first < kSignatureBlock) mask &= (1u << (end - first)) - 1;
    if (mask == 0) continue;
    alignas(32) uint32_t distances[kSignatureBlock];
    _mm256_store_si256(reinterpret_cast<__m256i*>(distances), a);
    _mm256_store_si256(reinterpret_cast<__m256i*>(distances + 8), b);
    for (; mask != 0; mask &= mask - 1) {
      unsigned lane = static_cast<unsigned>(__builtin_ctz(mask));
      out[hits++] = {static_cast<uint32_t>(first + lane), distances[lane]};
    }
  }
  return hits;
}

void BoundNarrow(const uint8_t* rows, size_t row_count, const uint8_t* low, const uint8_t* high, uint16_t* bounds) {
  const __m256i lows = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(low)));
  const __m256i highs = _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(high)));
  const __m256i zero = _mm256_setzero_si256();
  // Two rows: both sums of each half row, below in the lower half of a word, above in the upper.
  auto sums = [&](__m256i codes) {
    __m256i below = _mm256_sad_epu8(_mm256_subs_epu8(lows, codes), zero);
    __m256i above = _mm256_sad_epu8(_mm256_subs_epu8(codes, highs), zero);
    return _mm256_or_si256(below, _mm256_slli_epi64(above, 32));
  };
  // Four rows: in the lower half of each word the bound of row 0, 2, 1, 3.
  auto four = [&](const uint8_t* at) {
    __m256i a = sums(Load(at)), b = sums(Load(at + 32));
    __m256i both = _mm256_add_epi64(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    return _mm256_max_epu32(both, _mm256_srli_epi64(both, 32));
  };
  size_t row = 0;
  for (; row + 8 <= row_count; row += 8) {
    const uint8_t* at = rows + kNarrowBins * row;
    // Words of row 0, 4, 2, 6 and 1, 5, 3, 7 as halves; then sixteen bits each, in order.
    __m256i mixed = _mm256_blend_epi32(four(at), _mm256_slli_epi64(four(at + 4 * kNarrowBins), 32), 0xAA);
    __m256i order = _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7));
    __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(order), _mm256_extracti128_si256(order, 1));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(bounds + row), packed);
  }
  for (; row < row_count; ++row) {
    __m128i codes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(rows + kNarrowBins * row));
    __m256i sum = sums(_mm256_broadcastsi128_si256(codes));
    uint64_t both = static_cast<uint64_t>(_mm256_extract_epi64(sum, 0) + _mm256_extract_epi64(sum, 1));
    uint16_t below = static_cast<uint16_t>(both), above = static_cast<uint16_t>(both >> 32);
    bounds[row] = below > above ? below : above;
  }
}

void GatherBound(const uint8_t* rows, const uint32_t* candidates, size_t candidate_count, const uint8_t* low,
                 const uint8_t* high, uint16_t* bounds) {
  constexpr size_t kAhead = 16;
  const __m256i low0 = Load(low), low1 = Load(low + 32), high0 = Load(high), high1 = Load(high + 32);
  const __m256i zero = _mm256_setzero_si256();
  for (size_t i = 0; i < candidate_count; ++i) {
    if (i + kAhead < candidate_count)
      _mm_prefetch(reinterpret_cast<const char*>(rows + kCoarseBins * static_cast<size_t>(candidates[i + kAhead])),
                   _MM_HINT_T0);
    const uint8_t* codes = rows + kCoarseBins * static_cast<size_t>(candidates[i]);
    __m256i a = Load(codes), b = Load(codes + 32);
    __m256i below = _mm256_add_epi64(_mm256_sad_epu8(_mm256_subs_epu8(low0, a), zero),
                                     _mm256_sad_epu8(_mm256_subs_epu8(low1, b), zero));
    __m256i above = _mm256_add_epi64(_mm256_sad_epu8(_mm256_subs_epu8(a, high0), zero),
                                     _mm256_sad_epu8(_mm256_subs_epu8(b, high1), zero));
    // Both sums in one register: below in the lower half of each word, above in the upper.
    __m256i sum = _mm256_or_si256(below, _mm256_slli_epi64(above, 32));
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    uint64_t both = static_cast<uint64_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
    uint16_t lower = static_cast<uint16_t>(both), upper = static_cast<uint16_t>(both >> 32);
    bounds[i] = lower > upper ? lower : upper;
  }
}

uint32_t BoundRow(const uint8_t* row, size_t bins, const uint8_t* low, const uint8_t* high) {
  const __m256i zero = _mm256_setzero_si256();
  __m256i below = zero, above = zero;
  for (size_t i = 0; i < bins; i += 32) {
    __m256i codes = Load(row + i);
    below = _mm256_add_epi64(below, _mm256_sad_epu8(_mm256_subs_epu8(Load(low + i), codes), zero));
    above = _mm256_add_epi64(above, _mm256_sad_epu8(_mm256_subs_epu8(codes, Load(high + i)), zero));
  }
  __m256i sum = _mm256_or_si256(below, _mm256_slli_epi64(above, 32));
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  uint64_t both = static_cast<uint64_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
  uint32_t lower = static_cast<uint32_t>(both), upper = static_cast<uint32_t>(both >> 32);
  return lower > upper ? lower : upper;
}

uint32_t ByteL1(const uint8_t* a, const uint8_t* b, size_t count) {
  __m256i sum = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 32 <= count; i += 32) sum = _mm256_add_epi64(sum, _mm256_sad_epu8(Load(a + i), Load(b + i)));
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  uint32_t distance = static_cast<uint32_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
  for (; i < count; ++i) distance += static_cast<uint32_t>(a[i] > b[i] ? a[i] - b[i] : b[i] - a[i]);
  return distance;
}

uint32_t DenseL1(const uint16_t* a, const uint16_t* b, size_t count) {
  __m256i sum = _mm256_setzero_si256();
  const __m256i zero = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m256i x = Load(a + i), y = Load(b + i);
    __m256i difference = _mm256_or_si256(_mm256_subs_epu16(x, y), _mm256_subs_epu16(y, x));
    sum = _mm256_add_epi32(
        sum, _mm256_add_epi32(_mm256_unpacklo_epi16(difference, zero), _mm256_unpackhi_epi16(difference, zero)));
  }
  alignas(32) uint32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sum);
  uint32_t distance = 0;
  for (uint32_t lane : lanes) distance += lane;
  for (; i < count; ++i) {
    uint16_t x, y;
    __builtin_memcpy(&x, a + i, sizeof x);
    __builtin_memcpy(&y, b + i, sizeof y);
    distance += x > y ? x - y : y - x;
  }
  return distance;
}

uint32_t IntersectRuns(const uint32_t* dense, const uint16_t* run_counts, size_t run_count, const uint8_t* bins,
                       const uint8_t* weights) {
  __m256i sum = _mm256_setzero_si256();
  uint32_t rest = 0;
  for (size_t run = 0; run < run_count; ++run) {
    const uint32_t* values = dense + 256 * run;
    size_t count = run_counts[run], i = 0;
    for (; i + 8 <= count; i += 8) {
      __m256i index = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(bins + i)));
      __m256i weight = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(weights + i)));
      __m256i value = _mm256_i32gather_epi32(reinterpret_cast<const int*>(values), index, 4);
      sum = _mm256_add_epi32(sum, _mm256_min_epu32(value, weight));
    }
    for (; i < count; ++i) {
      uint32_t value = values[bins[i]];
      rest += value < weights[i] ? value : weights[i];
    }
    bins += count;
    weights += count;
  }
  alignas(32) uint32_t lanes[8];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sum);
  for (uint32_t lane : lanes) rest += lane;
  return rest;
}

inline int32_t SumLanes(__m256i lanes) {
  __m128i half = _mm_add_epi32(_mm256_castsi256_si128(lanes), _mm256_extracti128_si256(lanes, 1));
  half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1)));
}

// Adds the products of 32 bytes, four in each lane: |query| times the row's bytes with the query's signs. Two products
// are at most 2 * 127 * 127, which 16 bits hold.
inline __m256i AddProducts(__m256i sum, __m256i row, __m256i query, __m256i query_size) {
  __m256i pairs = _mm256_maddubs_epi16(query_size, _mm256_sign_epi8(row, query));
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

// What will be read soon: a scan of more than the cache holds is twice as fast for it. Past the end it does nothing.
inline void PrefetchLine(const void* at) {
  constexpr size_t kAheadBytes = 4096;
  _mm_prefetch(static_cast<const char*>(at) + kAheadBytes, _MM_HINT_T0);
}

void DotBytes(const int8_t* rows, size_t row_bytes, size_t row_count, const int8_t* query, int32_t* dots) {
  size_t row = 0;
  for (; row + 4 <= row_count; row += 4) {
    const int8_t* at = rows + row * row_bytes;
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    for (size_t i = 0; i < row_bytes; i += 32) {
      PrefetchLine(at + 4 * i);
      PrefetchLine(at + 4 * i + 64);
      const __m256i wanted = Load(query + i), size = _mm256_abs_epi8(wanted);
      a = AddProducts(a, Load(at + i), wanted, size);
      b = AddProducts(b, Load(at + row_bytes + i), wanted, size);
      c = AddProducts(c, Load(at + 2 * row_bytes + i), wanted, size);
      d = AddProducts(d, Load(at + 3 * row_bytes + i), wanted, size);
    }
    __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(dots + row),
                     _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1)));
  }
  for (; row < row_count; ++row) {
    const int8_t* at = rows + row * row_bytes;
    __m256i even = _mm256_setzero_si256(), odd = even;
    for (size_t i = 0; i < row_bytes; i += 64) {
      const __m256i first = Load(query + i), second = Load(query + i + 32);
      even = AddProducts(even, Load(at + i), first, _mm256_abs_epi8(first));
      odd = AddProducts(odd, Load(at + i + 32), second, _mm256_abs_epi8(second));
    }
    dots[row] = SumLanes(_mm256_add_epi32(even, odd));
  }
}

// Of one row, as four words. A byte holds the counts of 31 registers at most.
inline __m256i CountRow(const uint64_t* row, const uint64_t* query, size_t words) {
  __m256i sum = _mm256_setzero_si256();
  for (size_t i = 0; i < words;) {
    const size_t end = words - i > 120 ? i + 120 : words;
    __m256i bytes = _mm256_setzero_si256();
    for (; i < end; i += 4)
      bytes = _mm256_add_epi8(bytes, CountBytes(_mm256_xor_si256(Load(row + i), Load(query + i))));
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
  }
  return sum;
}

void SketchDistances(const uint64_t* rows, size_t row_words, size_t row_count, const uint64_t* query,
                     uint16_t* distances) {
  size_t row = 0;
  for (; row + 4 <= row_count; row += 4) {
    const uint64_t* at = rows + row * row_words;
    __m256i sums =
        SumFour(CountRow(at, query, row_words), CountRow(at + row_words, query, row_words),
                CountRow(at + 2 * row_words, query, row_words), CountRow(at + 3 * row_words, query, row_words));
    alignas(32) uint64_t lanes[4];
    _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), sums);
    for (size_t lane = 0; lane < 4; ++lane) distances[row + lane] = static_cast<uint16_t>(lanes[lane]);
  }
  for (; row < row_count; ++row) {
    __m256i counts = CountRow(rows + row * row_words, query, row_words);
    __m128i half = _mm_add_epi64(_mm256_castsi256_si128(counts), _mm256_extracti128_si256(counts, 1));
    distances[row] = static_cast<uint16_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
  }
}

// A byte holds the counts of 31 registers at most.
size_t IntersectBits(uint64_t* words, const uint64_t* other, size_t word_count, uint64_t flip) {
  const __m256i turn = _mm256_set1_epi64x(static_cast<int64_t>(flip));
  __m256i sum = _mm256_setzero_si256();
  for (size_t i = 0; i < word_count;) {
    const size_t end = word_count - i > 120 ? i + 120 : word_count;
    __m256i bytes = _mm256_setzero_si256();
    for (; i < end; i += 4) {
      const __m256i both = _mm256_and_si256(Load(words + i), _mm256_xor_si256(Load(other + i), turn));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(words + i), both);
      bytes = _mm256_add_epi8(bytes, CountBytes(both));
    }
    sum = _mm256_add_epi64(sum, _mm256_sad_epu8(bytes, _mm256_setzero_si256()));
  }
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  return static_cast<size_t>(_mm_cvtsi128_si64(half) + _mm_extract_epi64(half, 1));
}

inline uint32_t InRange(const uint8_t* values, __m256i low, __m256i high) {
  const __m256i value = Load(values);
  const __m256i in = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(value, low), value),
                                      _mm256_cmpeq_epi8(_mm256_min_epu8(value, high), value));
  return static_cast<uint32_t>(_mm256_movemask_epi8(in));
}

void RangeBits(const uint8_t* values, size_t word_count, uint8_t low, uint8_t high, uint64_t* words) {
  const __m256i least = _mm256_set1_epi8(static_cast<char>(low)), most = _mm256_set1_epi8(static_cast<char>(high));
  for (size_t word = 0; word < word_count; ++word) {
    const uint64_t first = InRange(values + 64 * word, least, most);
    const uint64_t bits = first | uint64_t{InRange(values + 64 * word + 32, least, most)} << 32;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(words + word), _mm_cvtsi64_si128(static_cast<int64_t>(bits)));
  }
}

}  // namespace

const KernelSet kAvx2Kernels = {"avx2",        &kAvx2Pixels, ScanHamming,     GatherHamming, ScanSignatures,
                                BoundNarrow,   GatherBound,  BoundRow,        ByteL1,        DenseL1,
                                IntersectRuns, DotBytes,     SketchDistances, IntersectBits, RangeBits};

}  // namespace likeness::simd
