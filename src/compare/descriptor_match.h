// All descriptors of one picture against all of another: the candidates that geometry then judges, and counts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "feature/types.h"

namespace likeness::compare {

// out[m]: Hamming distance of the query's descriptor and match[m]. REQUIRES: out is as long as match.
void ComputeDistances(const feature::Descriptor& query, std::span<const feature::Descriptor> match, uint16_t* out);

// For how many of a query's points the nearest descriptor of the match is how far away: what rules by counts ask.
struct NearestCounts {
  static constexpr int kBitsMax = 65;
  std::array<uint16_t, kBitsMax + 1> at{};  // at[bits]; farther ones are in none
  int query_points = 0, match_points = 0;

  int Within(int bits) const {
    int count = 0;
    for (int i = 0; i <= bits && i <= kBitsMax; ++i) count += at[std::size_t(i)];
    return count;
  }
};

struct Candidate {
  int query = 0, match = 0;  // positions in the two feature sets
  int distance = 0;
};

// For each query point its nearest match point within distance_bits_max, if it is clearly nearer than any second one at
// another place (ratio_max). Nearest first. `nearest` may be null.
std::vector<Candidate> FindCandidates(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                                      int distance_bits_max, double ratio_max, NearestCounts* nearest = nullptr);

}  // namespace likeness::compare
