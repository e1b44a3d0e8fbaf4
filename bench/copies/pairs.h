// What the rules say of photos that are no copies: every photo against every other.
#pragma once

#include <vector>

#include "copies/battery.h"

namespace likeness::bench {

// All ordered pairs of distinct photos: verdicts, the worst chance agreement of points, similarity. Lists every pair
// that is called anything, or is at 70 per cent or more.
void DistinctPairs(const std::vector<Photo>& photos, unsigned threads);

}  // namespace likeness::bench
