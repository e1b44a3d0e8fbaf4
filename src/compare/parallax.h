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

// How far the median of `group` is from the homography that fits it and `agreeing` together, in the unit of `pixel`;
// 0 where there is none.
double LeftByHomography(std::span<const PointPair> agreeing, std::span<const PointPair> group,
                        const image::Affine& query_from_match, double pixel);

// Something that stands elsewhere: the largest group of pairs that moved alike against all others and that no
// homography through `agreeing` and itself explains. `unexplained`: pairs that are far from the transform and of which
// neither end finds its partner at its own place.
struct MovedThing {
  int points = 0;    // of the group; 0: none
  double apart = 0;  // how far it moved, in the unit of `pixel`
};
MovedThing FindMovedThing(std::span<const PointPair> agreeing, std::span<const PointPair> unexplained,
                          const image::Affine& query_from_match, double pixel);

}  // namespace likeness::compare
