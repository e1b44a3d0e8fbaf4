// Points that are looked up where a transform takes them. Matching all points of two pictures, a point has hundreds of
// rivals and needs a near descriptor; once a transform is supposed, it can be asked of any number of points whether
// their nearest lies where it leads. How many do tells a true transform from a chance one, and from one that lays a
// pattern over another like it. Pure and thread-safe.
#pragma once

#include <span>
#include <vector>

#include "compare/descriptor_match.h"
#include "feature/types.h"
#include "image/transform.h"

namespace likeness::compare {

struct GuidedMatch {
  std::vector<Candidate> found;  // one-to-one, nearest first; none of the known ones
  int asked = 0;                 // places where the other picture has points in reach
  // How likely as many are found there by chance, log10. Each place is counted once, and none of the known pairs'. Chance
  // is the share of points that are reached, or what transforms that lead a little beside find, if that is more: on a
  // horizon or in a pattern a point's nearest lies along the line too.
  double log10_chance = 0;
};

// `known`: pairs that led to the transform. `tolerance`: how far from where it is led to a point may lie, in the
// query's pixels; places within half of it are one place.
GuidedMatch MatchGuided(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                        const image::Affine& query_from_match, double tolerance, std::span<const Candidate> known);

// Do two keypoints, one of the query, agree in size and direction under a transform's scale and turn?
bool ShapeAgrees(const feature::Keypoint& query, const feature::Keypoint& match, double scale, double rotation_degrees);

}  // namespace likeness::compare
