// From one colour to histograms that find pictures with much of it. L1 against one bin finds large flat areas of just
// that colour; against a ball of bins around it, areas that shade. Pure.
#pragma once

#include <cstdint>
#include <vector>

#include "feature/types.h"

namespace likeness::engine {

// Histograms of the bin alone, of the bins nearby, and of a wider ball with falling weights; each sums to kColourTotal.
std::vector<feature::ColourHistogram> ColourQueries(uint32_t rgb);

// Share of the picture that lies around the colour, 0..1: bins count by how near their centres are.
double ColourShare(uint32_t rgb, const feature::ColourHistogram& histogram);

}  // namespace likeness::engine
