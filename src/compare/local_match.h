// Do two pictures show the same thing, moved, scaled, turned or cropped? Matches two sets of local features and
// verifies them against one transform: nearest descriptors with a distance bound and ratio test, hypotheses from single
// correspondences (scale and angle of the keypoints give a similarity), sharpened by second correspondences, refined by
// least squares on the inliers. Whether the agreement could be chance is answered a contrario (Moisan and Stival, "A
// probabilistic criterion to detect rigid point matches between two images", 2004): by the expected number of
// transforms that random correspondences would agree on as well. Deterministic, pure and thread-safe.
#pragma once

#include <vector>

#include "compare/descriptor_match.h"
#include "compare/details.h"
#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct Correspondence {
  image::Point query, match;  // pixels of either original
  int distance = 0;           // Hamming, of 486 bits
};

struct LocalMatch {
  int candidates = 0;               // correspondences of leading points before verification
  int inliers = 0;                  // verified, of all points, one-to-one, at different places; 0 = no transform found
  image::Affine query_from_match;   // valid when inliers > 0
  image::Quad region_in_match{};    // the query's frame, clipped to the match, in the match's pixels
  image::Quad region_in_query{};    // the match's frame, clipped to the query, in the query's pixels
  double query_coverage = 0;        // share of the query's area that the overlap takes, 0..1
  double match_coverage = 0;        // share of the match's area, 0..1
  double points_coverage = 0;       // share of the overlap that the inliers' convex hull takes, 0..1
  double log10_false_alarms = 1e9;  // expected accidental agreements as good as this, log10; below -4 is proof
  double residual_px = 0;           // root mean square distance of the inliers from the transform, query's pixels
  double support = 0;               // inliers as a share of the candidates that lie in the overlap, 0..1
  // Points that move along with their neighbours, and how far the most moved seventh of them is from one homography, in
  // pixels of the pictures that features are found on: copies stay under 1, frames from different places do not.
  int parallax_points = 0;
  double parallax = 0;
  // A thing that stands elsewhere in the other picture: its points, and how far it moved, same pixels.
  int moved_points = 0;
  double moved = 0;
  NearestCounts nearest;   // whatever geometry says
  double median_bits = 0;  // of the inliers' descriptor distances
  // Whether the points agree under the transform; only of proven ones (kDetailsProof), else empty.
  Details details;
  std::vector<Correspondence> points;  // the inliers, best first
  // Candidates far from the transform, neither end with a partner at its own place; only of proven ones.
  std::vector<Correspondence> elsewhere;
};

inline constexpr double kDetailsProof = -6;  // log10 of accidental agreements

struct MatchOptions {
  int distance_bits_max = 110;
  double ratio_max = 0.92;  // nearest to second nearest that is not next to it
  double tolerance_px = 0;  // in the query's pixels; 0: from the pictures' sizes
  int inliers_min = 6;
};

LocalMatch MatchLocal(const feature::LocalFeatures& query, image::Size query_size, const feature::LocalFeatures& match,
                      image::Size match_size, const MatchOptions& options = {});

// The same match told for the left-right mirrored query, `query_width` wide: what was found with the features of the
// mirrored query, in the pixels of the query itself. The determinant changes its sign.
LocalMatch Unmirror(LocalMatch match, int query_width);

}  // namespace likeness::compare
