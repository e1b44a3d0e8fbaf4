// How much of each colour: the share of the pixels in each of 16x16x16 RGB bins, kept sparse, compared by L1.
// Stateless; thread-safe.
#pragma once

#include <cstdint>

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// Every pixel counts, except wholly transparent ones. Shares are rounded by largest remainder (ties to the lower bin),
// so they sum to exactly kColourTotal; a picture without a visible pixel has an empty histogram.
ColourHistogram ComputeColour(const image::Bitmap& bitmap);

// L1 distance, 0..2*kColourTotal. REQUIRES: bins ascend.
uint32_t ColourDistance(const ColourHistogram& a, const ColourHistogram& b);

}  // namespace likeness::feature
