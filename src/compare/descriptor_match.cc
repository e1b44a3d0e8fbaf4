#include "compare/descriptor_match.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

#if defined(__x86_64__)
#include <immintrin.h>
// GCC 12 reports its own _mm512_undefined_* falsely (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace likeness::compare {
namespace {

using feature::Descriptor;

using RowFunction = void (*)(const Descriptor&, const Descriptor*, size_t, uint16_t*);

void RowScalar(const Descriptor& query, const Descriptor* match, size_t count, uint16_t* out) {
  for (size_t m = 0; m < count; ++m) out[m] = uint16_t(feature::HammingDistance(query, match[m]));
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) void RowPopcnt(const Descriptor& query, const Descriptor* match, size_t count,
                                                 uint16_t* out) {
  for (size_t m = 0; m < count; ++m) {
    long long distance = 0;
    for (int i = 0; i < 8; ++i) distance += __builtin_popcountll(query.words[i] ^ match[m].words[i]);
    out[m] = uint16_t(distance);
  }
}

// The ones of each byte, by looking up those of its halves.
__attribute__((target("avx2"))) inline __m256i OnesOfBytes(__m256i bits, __m256i table, __m256i low) {
  const __m256i lower = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, low));
  const __m256i upper = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), low));
  return _mm256_add_epi8(lower, upper);
}

__attribute__((target("avx2"))) inline __m256i OnesOfQuarters(const __m256i* b, __m256i a0, __m256i a1, __m256i table,
                                                              __m256i low) {
  const __m256i ones = _mm256_add_epi8(OnesOfBytes(_mm256_xor_si256(a0, _mm256_loadu_si256(b)), table, low),
                                       OnesOfBytes(_mm256_xor_si256(a1, _mm256_loadu_si256(b + 1)), table, low));
  return _mm256_sad_epu8(ones, _mm256_setzero_si256());
}

__attribute__((target("avx2"))) void RowAvx2(const Descriptor& query, const Descriptor* match, size_t count,
                                             uint16_t* out) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i low = _mm256_set1_epi8(15);
  const auto* a = reinterpret_cast<const __m256i*>(query.words.data());
  const __m256i a0 = _mm256_loadu_si256(a), a1 = _mm256_loadu_si256(a + 1);
  size_t m = 0;
  // Four at a time, so that their sums are added up in the four parts of one register.
  for (; m + 4 <= count; m += 4) {
    const auto* b = reinterpret_cast<const __m256i*>(match[m].words.data());
    const __m256i first = OnesOfQuarters(b, a0, a1, table, low), second = OnesOfQuarters(b + 2, a0, a1, table, low);
    const __m256i third = OnesOfQuarters(b + 4, a0, a1, table, low), last = OnesOfQuarters(b + 6, a0, a1, table, low);
    const __m256i sums = _mm256_or_si256(_mm256_or_si256(first, _mm256_slli_epi64(second, 16)),
                                         _mm256_or_si256(_mm256_slli_epi64(third, 32), _mm256_slli_epi64(last, 48)));
    const __m128i half = _mm_add_epi16(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(out + m), _mm_add_epi16(half, _mm_unpackhi_epi64(half, half)));
  }
  for (; m < count; ++m) out[m] = uint16_t(feature::HammingDistance(query, match[m]));
}

__attribute__((target("avx512f,avx512vpopcntdq"))) void RowAvx512(const Descriptor& query, const Descriptor* match,
                                                                  size_t count, uint16_t* out) {
  const __m512i a = _mm512_loadu_si512(query.words.data());
  for (size_t m = 0; m < count; ++m) {
    const __m512i b = _mm512_loadu_si512(match[m].words.data());
    out[m] = uint16_t(_mm512_reduce_add_epi64(_mm512_popcnt_epi64(_mm512_xor_si512(a, b))));
  }
}
#endif

RowFunction Fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq")) return RowAvx512;
  if (__builtin_cpu_supports("avx2")) return RowAvx2;
  if (__builtin_cpu_supports("popcnt")) return RowPopcnt;
#endif
  return RowScalar;
}

// The place of the least value, the first of equal ones. REQUIRES: not empty.
size_t Least(std::span<const uint16_t> values) {
  uint32_t least = ~uint32_t{0};
  // Value and place in one number: no branch to guess.
  for (size_t i = 0; i < values.size(); ++i) least = std::min(least, uint32_t{values[i]} << 16 | uint32_t(i));
  return least & 0xffff;
}

}  // namespace

void ComputeDistances(const Descriptor& query, std::span<const Descriptor> match, uint16_t* out) {
  static const RowFunction kRow = Fastest();
  kRow(query, match.data(), match.size(), out);
}

std::vector<Candidate> FindCandidates(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                                      int distance_bits_max, double ratio_max, NearestCounts* nearest) {
  std::vector<Candidate> candidates;
  const size_t queries = query.leading(), matches = match.leading();
  if (nearest) *nearest = {{}, int(queries), int(matches)};
  if (queries == 0 || matches == 0) return candidates;
  std::array<uint16_t, feature::kLocalLeadingMax> row;
  for (size_t q = 0; q < queries; ++q) {
    ComputeDistances(query.descriptors[q], {match.descriptors.data(), matches}, row.data());
    const size_t best = Least({row.data(), matches});
    if (nearest && row[best] <= NearestCounts::kBitsMax) ++nearest->at[row[best]];
    if (row[best] > distance_bits_max) continue;
    // The same spot is often detected in several octaves: those are no rivals.
    const feature::Keypoint& place = match.keypoints[best];
    int second = feature::kDescriptorBits;
    for (size_t m = 0; m < matches; ++m) {
      if (row[m] >= second || m == best) continue;
      const feature::Keypoint& other = match.keypoints[m];
      const float dx = other.x - place.x, dy = other.y - place.y, near = std::max(place.size, other.size);
      if (dx * dx + dy * dy > near * near) second = row[m];
    }
    if (row[best] > ratio_max * second) continue;
    candidates.push_back({int(q), int(best), row[best]});
  }
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tuple(c.distance, c.query); });
  return candidates;
}

}  // namespace likeness::compare
