// Do two pictures agree in their details, once one is laid over the other? A transform proves that something is shared;
// a letterhead, a tool bar or a wall behind a person is shared too. So each point of either picture that the other
// could show is looked up where the transform takes it: there a point with a near descriptor is its partner. How many
// find one depends on what was done to the pictures (compression, blur, size), but then it does so all over. Points
// without partners among their like, while elsewhere points have them, are disputed: that place shows something else.
// Pure and thread-safe.
#pragma once

#include <algorithm>
#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

// Of the points of one picture that lie in the overlap and that the other could show.
struct SideDetails {
  int points = 0;
  int partnered = 0;   // with a partner where the transform takes them
  int disputed = 0;    // without, where even chance would give some
  double quality = 0;  // share of partnered points among the neighbours of partnered ones, 0..1
  // Expected number of places as bare of partners as the barest, if all were alike; log10. Below -2 is proof of an
  // edit.
  double log10_barest = 0;

  double disputed_share() const { return points > 0 ? double(disputed) / points : 0; }
  double partnered_share() const { return points > 0 ? double(partnered) / points : 0; }
};

struct Details {
  SideDetails query, match;
  // Shares 0..1. Disputed: of the side that has less of it, since added things dispute one side only.
  double disputed_share() const { return std::min(query.disputed_share(), match.disputed_share()); }
  // Partnered: of the side that has more, since of two pictures one may hold many more points.
  double partnered_share() const { return std::max(query.partnered_share(), match.partnered_share()); }

  std::vector<image::Point> disputed;  // of both, in the query's pixels
  // One bit for each point: it has a partner, or the other picture could not show it.
  std::vector<bool> query_settled, match_settled;
};

// `query_from_match` must not mirror: mirror the query's features.
Details CompareDetails(const feature::LocalFeatures& query, image::Size query_size, const feature::LocalFeatures& match,
                       image::Size match_size, const image::Affine& query_from_match);

}  // namespace likeness::compare
