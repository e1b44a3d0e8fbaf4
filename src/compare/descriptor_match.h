// All descriptors of one picture against all of another: the candidates that geometry then judges. Internal to compare.
#pragma once

#include <cstdint>
#include <vector>

#include "feature/types.h"

namespace likeness::compare {

// distances[q * match.size() + m]: Hamming distance of query descriptor q and match descriptor m.
std::vector<uint16_t> DistanceMatrix(const std::vector<feature::Descriptor>& query,
                                     const std::vector<feature::Descriptor>& match);

struct Candidate {
  int query = 0, match = 0;  // positions in the two feature sets
  int distance = 0;
};

// For each query point its nearest match point within distance_bits_max, if it is clearly nearer than any second one at
// another place (ratio_max). Nearest first.
std::vector<Candidate> FindCandidates(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                                      int distance_bits_max, double ratio_max);

}  // namespace likeness::compare
