// Two frames of one scene or two copies of one frame? Copies are told by one smooth map: a plane's, homography. Frames
// from different places see near things move against far ones. Internal to compare.
#pragma once

#include <span>

#include "compare/geometry.h"

namespace likeness::compare {

struct Parallax {
  int points = 0;    // whose neighbours move as they do
  double apart = 0;  // how far the most moved seventh of them is from one homography, in the unit of `pixel`
};

// `pairs`: match to query, also such as are far from `query_from_match`. `pixel`: how precise places are, in the
// query's pixels.
Parallax MeasureParallax(std::span<const PointPair> pairs, const image::Affine& query_from_match, double pixel);

}  // namespace likeness::compare
