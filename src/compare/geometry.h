// Polygons and fits behind the matching of points. Internal to compare.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

using Polygon = std::vector<image::Point>;  // convex, corners in order

Polygon Frame(image::Size size);
double Area(std::span<const image::Point> polygon);
Polygon Map(const image::Affine& transform, std::span<const image::Point> polygon);
// The part of a convex polygon that lies in 0..width x 0..height.
Polygon ClipToFrame(Polygon polygon, image::Size size);
Polygon ConvexHull(std::vector<image::Point> points);
// The polygon with its least important corners left out, or its last one repeated, until four remain.
image::Quad ToQuad(Polygon polygon);

// a after b.
image::Affine Compose(const image::Affine& a, const image::Affine& b);

// The affine map nearest to `map` at the corners of `place`; the identity where they lie on a line.
image::Affine AffineAt(const image::Homography& map, const image::Quad& place);

struct PointPair {
  image::Point from, to;
};
// Least squares; nothing when the points do not determine it.
std::optional<image::Affine> FitSimilarity(std::span<const PointPair> pairs);
std::optional<image::Affine> FitAffine(std::span<const PointPair> pairs);
// True when the map stretches at most `ratio_max` times more in one direction than in another.
bool NearSimilarity(const image::Affine& transform, double ratio_max);

}  // namespace likeness::compare
