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

// A projective map, rows of its matrix: x' = (h0 x + h1 y + h2) / w, y' = (h3 x + h4 y + h5) / w,
// w = h6 x + h7 y + h8.
struct Homography {
  std::array<double, 9> h = {1, 0, 0, 0, 1, 0, 0, 0, 1};

  static Homography From(const Affine& map) { return {{map.a, map.b, map.tx, map.c, map.d, map.ty, 0, 0, 1}}; }
  // REQUIRES: w != 0 there.
  Point Apply(Point p) const {
    const double w = h[6] * p.x + h[7] * p.y + h[8];
    return {(h[0] * p.x + h[1] * p.y + h[2]) / w, (h[3] * p.x + h[4] * p.y + h[5]) / w};
  }
  // This after `first`.
  Homography After(const Homography& first) const {
    Homography product;
    for (size_t row = 0; row < 3; ++row)
      for (size_t column = 0; column < 3; ++column)
        product.h[row * 3 + column] = h[row * 3] * first.h[column] + h[row * 3 + 1] * first.h[3 + column] +
                                      h[row * 3 + 2] * first.h[6 + column];
    return product;
  }
  double determinant() const {
    return h[0] * (h[4] * h[8] - h[5] * h[7]) - h[1] * (h[3] * h[8] - h[5] * h[6]) + h[2] * (h[3] * h[7] - h[4] * h[6]);
  }
  // REQUIRES: determinant() != 0. Brought to h8 = 1 where that is possible.
  Homography Inverse() const {
    Homography inverse{{h[4] * h[8] - h[5] * h[7], h[2] * h[7] - h[1] * h[8], h[1] * h[5] - h[2] * h[4],
                        h[5] * h[6] - h[3] * h[8], h[0] * h[8] - h[2] * h[6], h[2] * h[3] - h[0] * h[5],
                        h[3] * h[7] - h[4] * h[6], h[1] * h[6] - h[0] * h[7], h[0] * h[4] - h[1] * h[3]}};
    const double last = inverse.h[8] != 0 ? inverse.h[8] : determinant();
    for (double& value : inverse.h) value /= last;
    return inverse;
  }
  friend bool operator==(const Homography&, const Homography&) = default;
};

// A convex quadrilateral, corners in order.
using Quad = std::array<Point, 4>;

}  // namespace likeness::image
