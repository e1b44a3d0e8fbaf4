// Plane geometry of matched pictures: points, an affine map, boxes. Coordinates are pixels of the upright original, x to
// the right, y down, pixel centres at +0.5.
#pragma once

#include <array>
#include <cmath>

namespace likeness::image {

struct Point {
  double x = 0;
  double y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};

// x' = a x + b y + tx;  y' = c x + d y + ty.
struct Affine {
  double a = 1, b = 0, tx = 0;
  double c = 0, d = 1, ty = 0;

  Point Apply(Point p) const { return {a * p.x + b * p.y + tx, c * p.x + d * p.y + ty}; }
  double determinant() const { return a * d - b * c; }
  bool mirrored() const { return determinant() < 0; }
  double scale() const { return std::sqrt(std::abs(determinant())); }
  // Of the x axis, degrees in (-180, 180], after undoing a mirror of x.
  double rotation_degrees() const {
    double sign = mirrored() ? -1.0 : 1.0;
    return std::atan2(c * sign, a * sign) * 180.0 / 3.14159265358979323846;
  }
  // REQUIRES: determinant() != 0.
  Affine Inverse() const {
    double det = determinant();
    Affine inverse{d / det, -b / det, 0, -c / det, a / det, 0};
    inverse.tx = -(inverse.a * tx + inverse.b * ty);
    inverse.ty = -(inverse.c * tx + inverse.d * ty);
    return inverse;
  }
  friend bool operator==(const Affine&, const Affine&) = default;
};

// A convex quadrilateral, corners in order.
using Quad = std::array<Point, 4>;

}  // namespace likeness::image
