// What a changed box shows in one picture and in the other. Internal to the regions of change.
#pragma once

#include "compare/regions.h"

namespace likeness::compare {

// Fills in kind, severity and, of what moved by less than its size, the boxes.
void JudgeContent(const PixelView& a, const PixelView& b, const Difference& difference, ChangedRegion& region);

// Whether the boxes, of about one size, show the same.
bool IsSameContent(const PixelView& a, const Box& in_a, const PixelView& b, const Box& in_b);

}  // namespace likeness::compare
