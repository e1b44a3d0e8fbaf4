// What the rules say of photos that are no copies: every photo against every other, and made-up bursts.
#pragma once

#include <vector>

#include "copies/battery.h"

namespace likeness::bench {

// All ordered pairs of distinct photos: verdicts, the worst chance agreement of points, similarity. Lists every pair
// that is called anything, or is at 70 per cent or more.
void DistinctPairs(const std::vector<Photo>& photos, unsigned threads);

// Two frames of one scene, made from each photo: a near and a far layer moved apart by a share of the width (parallax),
// or a thing that moved before a camera on a tripod; each with its own noise and a little other brightness.
void Bursts(const std::vector<Photo>& photos, unsigned threads);

}  // namespace likeness::bench
