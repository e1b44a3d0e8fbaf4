// Differences and alignments in words. Pure.
#pragma once

#include <string>

#include "answer/pair_json.h"

namespace likeness::answer {

// "1.25 % of the pixels differ, in 3 regions."
std::string Describe(const FoundDifference& found);
// "b shows 48 % of a, at 0.94 times the size, turned by 4.0 degrees": what was done to a so that b came of it.
std::string DescribePlacement(const compare::Placement& placement, const compare::Tone& tone);

}  // namespace likeness::answer
