#include "compare/geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace likeness::compare {
namespace {

using image::Affine;
using image::Point;

double Cross(Point o, Point a, Point b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

// Sutherland-Hodgman against one half-plane: keeps points with `side` >= 0.
template <typename Side>
Polygon ClipHalf(const Polygon& polygon, Side side) {
  Polygon kept;
  for (size_t i = 0; i < polygon.size(); ++i) {
    Point a = polygon[i], b = polygon[(i + 1) % polygon.size()];
    double sa = side(a), sb = side(b);
    if (sa >= 0) kept.push_back(a);
    if ((sa >= 0) != (sb >= 0)) {
      double t = sa / (sa - sb);
      kept.push_back({a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)});
    }
  }
  return kept;
}

Point Centre(std::span<const PointPair> pairs, bool to) {
  Point sum;
  for (const PointPair& pair : pairs) {
    const Point& p = to ? pair.to : pair.from;
    sum.x += p.x;
    sum.y += p.y;
  }
  double n = double(std::max<size_t>(pairs.size(), 1));
  return {sum.x / n, sum.y / n};
}

}  // namespace

Polygon Frame(image::Size size) {
  double w = size.width, h = size.height;
  return {{0, 0}, {w, 0}, {w, h}, {0, h}};
}

double Area(std::span<const Point> polygon) {
  double twice = 0;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Point& a = polygon[i];
    const Point& b = polygon[(i + 1) % polygon.size()];
    twice += a.x * b.y - a.y * b.x;
  }
  return std::abs(twice) / 2;
}

Polygon Map(const Affine& transform, std::span<const Point> polygon) {
  Polygon mapped;
  for (const Point& p : polygon) mapped.push_back(transform.Apply(p));
  return mapped;
}

Polygon ClipToFrame(Polygon polygon, image::Size size) {
  double w = size.width, h = size.height;
  polygon = ClipHalf(polygon, [](Point p) { return p.x; });
  polygon = ClipHalf(polygon, [=](Point p) { return w - p.x; });
  polygon = ClipHalf(polygon, [](Point p) { return p.y; });
  return ClipHalf(polygon, [=](Point p) { return h - p.y; });
}

Polygon ConvexHull(std::vector<Point> points) {
  std::ranges::sort(points, [](Point a, Point b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  if (points.size() < 3) return points;
  Polygon hull(2 * points.size());
  size_t n = 0;
  for (const Point& p : points) {
    while (n >= 2 && Cross(hull[n - 2], hull[n - 1], p) <= 0) --n;
    hull[n++] = p;
  }
  size_t lower = n + 1;
  for (size_t i = points.size() - 1; i-- > 0;) {
    while (n >= lower && Cross(hull[n - 2], hull[n - 1], points[i]) <= 0) --n;
    hull[n++] = points[i];
  }
  hull.resize(n > 1 ? n - 1 : n);
  return hull;
}

image::Quad ToQuad(Polygon polygon) {
  image::Quad quad{};
  if (polygon.empty()) return quad;
  while (polygon.size() > 4) {
    size_t least = 0;
    double least_area = std::numeric_limits<double>::max();
    size_t n = polygon.size();
    for (size_t i = 0; i < n; ++i) {
      double area = std::abs(Cross(polygon[(i + n - 1) % n], polygon[i], polygon[(i + 1) % n]));
      if (area < least_area) {
        least_area = area;
        least = i;
      }
    }
    polygon.erase(polygon.begin() + ptrdiff_t(least));
  }
  for (size_t i = 0; i < 4; ++i) quad[i] = polygon[std::min(i, polygon.size() - 1)];
  return quad;
}

Affine Compose(const Affine& a, const Affine& b) {
  Affine r;
  r.a = a.a * b.a + a.b * b.c;
  r.b = a.a * b.b + a.b * b.d;
  r.tx = a.a * b.tx + a.b * b.ty + a.tx;
  r.c = a.c * b.a + a.d * b.c;
  r.d = a.c * b.b + a.d * b.d;
  r.ty = a.c * b.tx + a.d * b.ty + a.ty;
  return r;
}

std::optional<Affine> FitSimilarity(std::span<const PointPair> pairs) {
  if (pairs.size() < 2) return std::nullopt;
  Point cf = Centre(pairs, false), ct = Centre(pairs, true);
  double real = 0, imaginary = 0, norm = 0;
  for (const PointPair& pair : pairs) {
    double fx = pair.from.x - cf.x, fy = pair.from.y - cf.y;
    double tx = pair.to.x - ct.x, ty = pair.to.y - ct.y;
    real += fx * tx + fy * ty;
    imaginary += fx * ty - fy * tx;
    norm += fx * fx + fy * fy;
  }
  if (norm < 1e-6) return std::nullopt;
  double a = real / norm, c = imaginary / norm;
  if (a * a + c * c < 1e-8) return std::nullopt;
  return Affine{a, -c, ct.x - a * cf.x + c * cf.y, c, a, ct.y - c * cf.x - a * cf.y};
}

std::optional<Affine> FitAffine(std::span<const PointPair> pairs) {
  if (pairs.size() < 3) return std::nullopt;
  Point cf = Centre(pairs, false), ct = Centre(pairs, true);
  double xx = 0, xy = 0, yy = 0, xu = 0, yu = 0, xv = 0, yv = 0;
  for (const PointPair& pair : pairs) {
    double x = pair.from.x - cf.x, y = pair.from.y - cf.y;
    double u = pair.to.x - ct.x, v = pair.to.y - ct.y;
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xu += x * u;
    yu += y * u;
    xv += x * v;
    yv += y * v;
  }
  double det = xx * yy - xy * xy;
  // Points on a line leave one direction open.
  if (det < 1e-3 * (xx + yy) * (xx + yy) / 4 || det < 1e-6) return std::nullopt;
  Affine fit;
  fit.a = (xu * yy - yu * xy) / det;
  fit.b = (yu * xx - xu * xy) / det;
  fit.c = (xv * yy - yv * xy) / det;
  fit.d = (yv * xx - xv * xy) / det;
  fit.tx = ct.x - fit.a * cf.x - fit.b * cf.y;
  fit.ty = ct.y - fit.c * cf.x - fit.d * cf.y;
  if (std::abs(fit.determinant()) < 1e-8) return std::nullopt;
  return fit;
}

bool NearSimilarity(const Affine& transform, double ratio_max) {
  // Singular values of the linear part, from its squared norm and determinant.
  double norm =
      transform.a * transform.a + transform.b * transform.b + transform.c * transform.c + transform.d * transform.d;
  double det = std::abs(transform.determinant());
  double root = std::sqrt(std::max(0.0, norm * norm / 4 - det * det));
  double large = std::sqrt(norm / 2 + root), small = std::sqrt(std::max(0.0, norm / 2 - root));
  return small > 0 && large <= ratio_max * small;
}

image::Affine AffineAt(const image::Homography& map, const image::Quad& place) {
  std::vector<PointPair> corners;
  for (const image::Point& corner : place) corners.push_back({corner, map.Apply(corner)});
  return FitAffine(corners).value_or(image::Affine{});
}

}  // namespace likeness::compare
