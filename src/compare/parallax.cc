#include "compare/parallax.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace likeness::compare {
namespace {

using image::Affine;
using image::Point;

constexpr int kNeighbours = 4, kAgreeingMin = 2;
constexpr double kAgreement = 2.0;   // pixels by which neighbours' displacements may differ,
constexpr double kGradient = 0.03;   // and this share of their distance: perspective
constexpr size_t kPointsMin = 16;    // fewer say nothing
constexpr double kTrim = 2.5;        // of the median error: what the fit looks at
constexpr double kMostMoved = 0.86;  // quantile
constexpr int kRounds = 6;
constexpr double kTogether = 5;        // pixels by which the points of one moved thing may differ
constexpr size_t kThingPointsMin = 5;  // three or four are found in repeated textures under strong compression
constexpr double kExplained = 4;       // pixels: less from a homography is perspective

struct Flow {
  Point from, to;        // match, query
  Point moved;           // against the affine map, pixels
  std::vector<int> kin;  // neighbours that move alike
};

// Of points in about -1..1.
struct Homography {
  std::array<double, 8> h{1, 0, 0, 0, 1, 0, 0, 0};

  Point Apply(Point p) const {
    double w = std::max(0.05, h[6] * p.x + h[7] * p.y + 1);
    return {(h[0] * p.x + h[1] * p.y + h[2]) / w, (h[3] * p.x + h[4] * p.y + h[5]) / w};
  }
};

// Gauss with pivots; false where the points do not determine it.
bool Solve(std::array<std::array<double, 9>, 8>& rows, std::array<double, 8>& x) {
  for (size_t i = 0; i < 8; ++i) {
    size_t pivot = i;
    for (size_t j = i + 1; j < 8; ++j) {
      if (std::abs(rows[j][i]) > std::abs(rows[pivot][i])) pivot = j;
    }
    if (std::abs(rows[pivot][i]) < 1e-9) return false;
    std::swap(rows[i], rows[pivot]);
    for (size_t j = 0; j < 8; ++j) {
      if (j == i) continue;
      double factor = rows[j][i] / rows[i][i];
      for (size_t k = i; k < 9; ++k) rows[j][k] -= factor * rows[i][k];
    }
  }
  for (size_t i = 0; i < 8; ++i) x[i] = rows[i][8] / rows[i][i];
  return true;
}

// The homography near the identity that takes the points least squares nearest to where they went.
bool Fit(std::span<const PointPair> pairs, Homography& fit) {
  std::array<std::array<double, 9>, 8> normal{};
  auto add = [&](const std::array<double, 9>& row) {
    for (size_t i = 0; i < 8; ++i) {
      for (size_t j = 0; j < 9; ++j) normal[i][j] += row[i] * row[j];
    }
  };
  for (const PointPair& p : pairs) {
    add({p.from.x, p.from.y, 1, 0, 0, 0, -p.to.x * p.from.x, -p.to.x * p.from.y, p.to.x});
    add({0, 0, 0, p.from.x, p.from.y, 1, -p.to.y * p.from.x, -p.to.y * p.from.y, p.to.y});
  }
  return Solve(normal, fit.h);
}

// Keeps the points that at least kAgreeingMin of their nearest neighbours move along with: wrong correspondences have
// no company.
std::vector<Flow> Coherent(std::vector<Flow> flows, double pixel) {
  std::vector<std::vector<int>> kin(flows.size());
  for (size_t i = 0; i < flows.size(); ++i) {
    std::vector<std::pair<double, int>> near;
    for (size_t j = 0; j < flows.size(); ++j) {
      if (i != j) near.emplace_back(std::hypot(flows[i].to.x - flows[j].to.x, flows[i].to.y - flows[j].to.y), int(j));
    }
    size_t count = std::min<size_t>(kNeighbours, near.size());
    std::partial_sort(near.begin(), near.begin() + ptrdiff_t(count), near.end());
    for (size_t n = 0; n < count; ++n) {
      const Flow& other = flows[size_t(near[n].second)];
      double apart = std::hypot(flows[i].moved.x - other.moved.x, flows[i].moved.y - other.moved.y);
      if (apart <= kAgreement + kGradient * near[n].first / pixel) kin[i].push_back(near[n].second);
    }
  }
  std::vector<int> place(flows.size(), -1);
  std::vector<Flow> kept;
  for (size_t i = 0; i < flows.size(); ++i) {
    if (int(kin[i].size()) < kAgreeingMin) continue;
    place[i] = int(kept.size());
    kept.push_back(flows[i]);
    kept.back().kin = kin[i];
  }
  for (Flow& flow : kept) {
    for (int& other : flow.kin) other = place[size_t(other)];
    std::erase(flow.kin, -1);
  }
  return kept;
}

}  // namespace

Parallax MeasureParallax(std::span<const PointPair> pairs, const Affine& query_from_match, double pixel) {
  std::vector<Flow> flows;
  double size = pixel;
  for (const PointPair& pair : pairs) {
    Point mapped = query_from_match.Apply(pair.from);
    flows.push_back({mapped, pair.to, {(pair.to.x - mapped.x) / pixel, (pair.to.y - mapped.y) / pixel}, {}});
    size = std::max({size, std::abs(mapped.x), std::abs(mapped.y)});
  }
  flows = Coherent(std::move(flows), pixel);
  Parallax parallax;
  parallax.points = int(flows.size());
  if (flows.size() < kPointsMin) return parallax;

  std::vector<PointPair> all;
  for (const Flow& flow : flows) {
    auto unit = [=](Point p) { return Point{2 * p.x / size - 1, 2 * p.y / size - 1}; };
    all.push_back({unit(flow.from), unit(flow.to)});
  }
  Homography fit;
  std::vector<Point> errors(all.size());
  std::vector<double> lengths(all.size());
  for (int round = 0; round < kRounds; ++round) {
    for (size_t i = 0; i < all.size(); ++i) {
      Point at = fit.Apply(all[i].from);
      errors[i] = {(all[i].to.x - at.x) * size / 2 / pixel, (all[i].to.y - at.y) * size / 2 / pixel};
      lengths[i] = std::hypot(errors[i].x, errors[i].y);
    }
    if (round + 1 == kRounds) break;
    std::vector<double> sorted = lengths;
    std::ranges::sort(sorted);
    double bound = std::max(kTrim * sorted[sorted.size() / 2], sorted[std::min(sorted.size() - 1, kPointsMin / 2 + 4)]);
    std::vector<PointPair> near;
    for (size_t i = 0; i < all.size(); ++i) {
      if (lengths[i] <= bound) near.push_back(all[i]);
    }
    if (!Fit(near, fit)) return parallax;
  }
  // The mean of a point and its kin: what is accidental cancels out.
  for (size_t i = 0; i < flows.size(); ++i) {
    Point mean = errors[i];
    for (int other : flows[i].kin) {
      mean.x += errors[size_t(other)].x;
      mean.y += errors[size_t(other)].y;
    }
    lengths[i] = std::hypot(mean.x, mean.y) / double(flows[i].kin.size() + 1);
  }
  std::ranges::sort(lengths);
  parallax.apart = lengths[std::min(lengths.size() - 1, size_t(kMostMoved * double(lengths.size())))];
  return parallax;
}

double LeftByHomography(std::span<const PointPair> agreeing, std::span<const PointPair> group,
                        const Affine& query_from_match, double pixel) {
  std::vector<PointPair> all;
  double size = pixel;
  for (std::span<const PointPair> pairs : {group, agreeing}) {
    for (const PointPair& pair : pairs) {
      const Point mapped = query_from_match.Apply(pair.from);
      all.push_back({mapped, pair.to});
      size = std::max({size, std::abs(mapped.x), std::abs(mapped.y)});
    }
  }
  auto unit = [=](Point p) { return Point{2 * p.x / size - 1, 2 * p.y / size - 1}; };
  for (PointPair& pair : all) pair = {unit(pair.from), unit(pair.to)};
  Homography fit;
  if (group.empty() || !Fit(all, fit)) return 0;
  std::vector<double> left;
  for (size_t i = 0; i < group.size(); ++i) {
    const Point at = fit.Apply(all[i].from);
    left.push_back(std::hypot(all[i].to.x - at.x, all[i].to.y - at.y) * size / 2 / pixel);
  }
  std::ranges::nth_element(left, left.begin() + ptrdiff_t(left.size() / 2));
  return left[left.size() / 2];
}

MovedThing FindMovedThing(std::span<const PointPair> agreeing, std::span<const PointPair> unexplained,
                          const Affine& query_from_match, double pixel) {
  MovedThing thing;
  std::vector<Point> moved;
  for (const PointPair& pair : unexplained) {
    Point mapped = query_from_match.Apply(pair.from);
    moved.push_back({(pair.to.x - mapped.x) / pixel, (pair.to.y - mapped.y) / pixel});
  }
  std::vector<size_t> alike;
  for (size_t i = 0; i < moved.size(); ++i) {
    std::vector<size_t> with;
    for (size_t j = 0; j < moved.size(); ++j) {
      double distance =
          std::hypot(unexplained[i].to.x - unexplained[j].to.x, unexplained[i].to.y - unexplained[j].to.y);
      double apart = std::hypot(moved[i].x - moved[j].x, moved[i].y - moved[j].y);
      if (apart <= kTogether + kGradient * distance / pixel) with.push_back(j);
    }
    if (with.size() > alike.size()) alike = std::move(with);
  }
  if (alike.size() < kThingPointsMin) return thing;
  std::vector<PointPair> group;
  double distance = 0;
  for (size_t i : alike) {
    group.push_back(unexplained[i]);
    distance += std::hypot(moved[i].x, moved[i].y);
  }
  if (LeftByHomography(agreeing, group, query_from_match, pixel) <= kExplained) return thing;
  thing.points = int(group.size());
  thing.apart = distance / double(group.size());
  return thing;
}

}  // namespace likeness::compare
