#include "compare/guided.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "compare/binomial.h"

namespace likeness::compare {
namespace {

using feature::Keypoint;
using image::Point;

constexpr double kScaleRatioMax = 1.7;  // keypoints of one place, after the transform
constexpr double kAngleMax = 35;        // degrees

constexpr int kBitsMax = 130;  // random pairs lie at 190 and more, some at 150

// Points by square cells, to find those near a place.
class Grid {
 public:
  Grid(std::span<const Keypoint> points, double side) : side_(side) {
    cells_.reserve(points.size());
    for (size_t i = 0; i < points.size(); ++i)
      cells_.push_back({CellOf(points[i].y), CellOf(points[i].x), static_cast<int>(i)});
    std::ranges::sort(cells_);
  }

  // Calls f(index) for all within a side of the place, and some others.
  template <typename F>
  void ForEachNear(Point place, F&& f) const {
    const int x = CellOf(place.x), y = CellOf(place.y);
    for (int row = y - 1; row <= y + 1; ++row) {
      auto at = std::ranges::lower_bound(cells_, Entry{row, x - 1, 0});
      for (; at != cells_.end() && at->row == row && at->column <= x + 1; ++at) f(at->index);
    }
  }

 private:
  struct Entry {
    int row, column, index;
    auto operator<=>(const Entry&) const = default;
  };
  int CellOf(double x) const { return static_cast<int>(std::clamp(std::floor(x / side_), -1e9, 1e9)); }

  double side_;
  std::vector<Entry> cells_;
};

// Whether the nearest of all is among the `rivals` where the transform leads, which of `of` are as likely to be: true
// also of pictures that repeat one pattern.
struct Asked {
  int rivals, of;
  bool found;
};

double Log10Chance(std::span<const Asked> asked) {
  double share = 0;
  int found = 0;
  for (const Asked& one : asked) {
    share += double(one.rivals) / one.of;
    found += one.found;
  }
  return Log10AtLeast(found, int(asked.size()), share / std::max(1.0, double(asked.size())));
}

}  // namespace

bool ShapeAgrees(const Keypoint& q, const Keypoint& m, double scale, double rotation_degrees) {
  double ratio = q.size / std::max(1e-6, m.size * scale);
  if (ratio > kScaleRatioMax || ratio * kScaleRatioMax < 1) return false;
  double turn = q.angle_degrees - m.angle_degrees - rotation_degrees;
  turn -= 360 * std::nearbyint(turn / 360);
  return std::abs(turn) <= kAngleMax;
}

GuidedMatch MatchGuided(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                        const image::Affine& query_from_match, double tolerance, std::span<const Candidate> known) {
  GuidedMatch result;
  const double scale = query_from_match.scale(), rotation = query_from_match.rotation_degrees();
  if (!(scale > 0) || !(tolerance > 0)) return result;
  const image::Affine match_from_query = query_from_match.Inverse();
  const double reach = tolerance / scale;
  const Grid grid(match.keypoints, reach);
  std::vector<bool> query_used(query.keypoints.size()), match_used(match.keypoints.size());
  std::vector<Point> places;
  for (const Candidate& pair : known) {
    query_used[size_t(pair.query)] = match_used[size_t(pair.match)] = true;
    places.push_back({query.keypoints[size_t(pair.query)].x, query.keypoints[size_t(pair.query)].y});
  }
  std::vector<Asked> asked;
  std::vector<uint16_t> distances(match.descriptors.size());
  std::vector<bool> here(match.keypoints.size());
  for (size_t i = 0; i < query.keypoints.size(); ++i) {
    if (query_used[i]) continue;
    const Keypoint& q = query.keypoints[i];
    const Point at = match_from_query.Apply({q.x, q.y});
    std::vector<int> near, rivals;
    grid.ForEachNear(at, [&](int j) {
      const Keypoint& m = match.keypoints[size_t(j)];
      if (std::hypot(m.x - at.x, m.y - at.y) > reach) return;
      near.push_back(j);
      if (!match_used[size_t(j)] && ShapeAgrees(q, m, scale, rotation)) rivals.push_back(j);
    });
    if (rivals.empty()) continue;
    ComputeDistances(query.descriptors[i], match.descriptors, distances.data());
    const int best = std::ranges::min(rivals, {}, [&](int j) { return distances[size_t(j)]; });
    const int distance = distances[size_t(best)];
    for (int j : near) here[size_t(j)] = true;
    bool nearest = distance <= kBitsMax;
    for (size_t j = 0; j < distances.size() && nearest; ++j) nearest = here[j] || distances[j] > distance;
    for (int j : near) here[size_t(j)] = false;
    if (nearest) result.found.push_back({int(i), best, distance});
    const bool apart =
        std::ranges::none_of(places, [&](Point p) { return std::hypot(p.x - q.x, p.y - q.y) < tolerance / 2; });
    if (!apart) continue;
    places.push_back({q.x, q.y});
    asked.push_back({int(rivals.size()), int(match.keypoints.size() - near.size() + rivals.size()), nearest});
  }
  result.asked = int(asked.size());
  result.log10_chance = Log10Chance(asked);
  std::ranges::sort(result.found, {}, [](const Candidate& c) { return std::tuple(c.distance, c.query); });
  std::erase_if(result.found, [&](const Candidate& c) {
    const bool taken = match_used[size_t(c.match)];
    match_used[size_t(c.match)] = true;
    return taken;
  });
  return result;
}

}  // namespace likeness::compare
