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

using MatrixFunction = void (*)(const Descriptor*, size_t, const Descriptor*, size_t, uint16_t*);

void MatrixScalar(const Descriptor* query, size_t queries, const Descriptor* match, size_t matches, uint16_t* out) {
  for (size_t q = 0; q < queries; ++q) {
    for (size_t m = 0; m < matches; ++m) *out++ = uint16_t(feature::HammingDistance(query[q], match[m]));
  }
}

#if defined(__x86_64__)
__attribute__((target("popcnt"))) void MatrixPopcnt(const Descriptor* query, size_t queries, const Descriptor* match,
                                                    size_t matches, uint16_t* out) {
  for (size_t q = 0; q < queries; ++q) {
    for (size_t m = 0; m < matches; ++m) {
      long long distance = 0;
      for (int i = 0; i < 8; ++i) distance += __builtin_popcountll(query[q].words[i] ^ match[m].words[i]);
      *out++ = uint16_t(distance);
    }
  }
}

__attribute__((target("avx512f,avx512vpopcntdq"))) void MatrixAvx512(const Descriptor* query, size_t queries,
                                                                     const Descriptor* match, size_t matches,
                                                                     uint16_t* out) {
  for (size_t q = 0; q < queries; ++q) {
    __m512i a = _mm512_loadu_si512(query[q].words.data());
    for (size_t m = 0; m < matches; ++m) {
      __m512i b = _mm512_loadu_si512(match[m].words.data());
      *out++ = uint16_t(_mm512_reduce_add_epi64(_mm512_popcnt_epi64(_mm512_xor_si512(a, b))));
    }
  }
}
#endif

MatrixFunction Fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512vpopcntdq")) return MatrixAvx512;
  if (__builtin_cpu_supports("popcnt")) return MatrixPopcnt;
#endif
  return MatrixScalar;
}

}  // namespace

std::vector<uint16_t> DistanceMatrix(std::span<const Descriptor> query, std::span<const Descriptor> match) {
  static const MatrixFunction kMatrix = Fastest();
  std::vector<uint16_t> distances(query.size() * match.size());
  kMatrix(query.data(), query.size(), match.data(), match.size(), distances.data());
  return distances;
}

std::vector<Candidate> FindCandidates(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                                      int distance_bits_max, double ratio_max, NearestCounts* nearest) {
  std::vector<Candidate> candidates;
  const size_t queries = query.leading(), matches = match.leading();
  if (nearest) *nearest = {{}, int(queries), int(matches)};
  if (queries == 0 || matches == 0) return candidates;
  std::vector<uint16_t> distances =
      DistanceMatrix({query.descriptors.data(), queries}, {match.descriptors.data(), matches});
  for (size_t q = 0; q < queries; ++q) {
    const uint16_t* row = distances.data() + q * matches;
    size_t best = size_t(std::min_element(row, row + matches) - row);
    if (nearest && row[best] <= NearestCounts::kBitsMax) ++nearest->at[row[best]];
    if (row[best] > distance_bits_max) continue;
    // The same spot is often detected in several octaves: those are no rivals.
    const feature::Keypoint& place = match.keypoints[best];
    int second = feature::kDescriptorBits;
    for (size_t m = 0; m < matches; ++m) {
      if (row[m] >= second || m == best) continue;
      const feature::Keypoint& other = match.keypoints[m];
      double near = std::max(place.size, other.size);
      if (std::hypot(other.x - place.x, other.y - place.y) > near) second = row[m];
    }
    if (row[best] > ratio_max * second) continue;
    candidates.push_back({int(q), int(best), row[best]});
  }
  std::ranges::sort(candidates, {}, [](const Candidate& c) { return std::tuple(c.distance, c.query); });
  return candidates;
}

}  // namespace likeness::compare
