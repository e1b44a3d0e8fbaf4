// Do two pictures show the same thing, moved, scaled, turned or cropped? Matches two sets of local features and verifies
// them against one transform: nearest descriptors with a distance bound and ratio test, hypotheses from single
// correspondences (scale and angle of the keypoints give a similarity), refined by least squares on the inliers.
// Pure and thread-safe.
#pragma once

#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct Correspondence {
  image::Point query, match;  // pixels of either original
  int distance = 0;           // Hamming, of 486 bits
};

struct LocalMatch {
  int candidates = 0;                       // correspondences before verification
  int inliers = 0;                          // verified; 0 = no transform found
  image::Affine query_from_match;           // valid when inliers > 0
  image::Quad region_in_match{};            // the query's frame, clipped to the match, in the match's pixels
  image::Quad region_in_query{};            // the match's frame, clipped to the query, in the query's pixels
  double query_coverage = 0;                // share of the query's area that the overlap takes, 0..1
  double match_coverage = 0;                // share of the match's area, 0..1
  std::vector<Correspondence> points;       // the inliers, best first
};

struct MatchOptions {
  int distance_bits_max = 110;
  double ratio_max = 0.92;        // nearest to second nearest that is not next to it
  double tolerance_px = 0;        // 0: from the pictures' sizes
  int inliers_min = 6;
};

LocalMatch MatchLocal(const feature::LocalFeatures& query, image::Size query_size, const feature::LocalFeatures& match,
                      image::Size match_size, const MatchOptions& options = {});

}  // namespace likeness::compare
