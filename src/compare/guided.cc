#include "compare/guided.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
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
class PointGrid {
 public:
  PointGrid(std::span<const Keypoint> points, double side) : side_(side) {
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

double Apart(Point a, Point b) {
  return std::hypot(a.x - b.x, a.y - b.y);
}

// A bound of how much longer a distance gets.
double StretchMax(const image::Affine& transform) {
  return std::hypot(std::hypot(transform.a, transform.b), std::hypot(transform.c, transform.d));
}

// Both ends of a pair, in the query's pixels.
struct Places {
  Point query, match;
};

// Whether the nearest of all is among the `rivals` where the transform leads, which of `of` are as likely to be.
struct Asked {
  int rivals, of;
  bool found;
};

// Of transforms that lead beside, in tolerances.
constexpr std::array<double, 2> kBeside{2.5, 4};
constexpr int kDirections = 8;

}  // namespace

bool ShapeAgrees(const Keypoint& q, const Keypoint& m, double scale, double rotation_degrees) {
  double ratio = q.size / std::max(1e-6, m.size * scale);
  if (ratio > kScaleRatioMax || ratio * kScaleRatioMax < 1) return false;
  double turn = q.angle_degrees - m.angle_degrees - rotation_degrees;
  turn -= 360 * std::nearbyint(turn / 360);
  return std::abs(turn) <= kAngleMax;
}

namespace {

class Guide {
 public:
  Guide(const feature::LocalFeatures& query, const feature::LocalFeatures& match, const image::Affine& query_from_match,
        double tolerance, std::span<const Candidate> known)
      : query_(query),
        match_(match),
        query_from_match_(query_from_match),
        tolerance_(tolerance),
        scale_(query_from_match.scale()),
        rotation_(query_from_match.rotation_degrees()),
        grid_(match.keypoints, tolerance * StretchMax(query_from_match.Inverse())),
        query_used_(query.keypoints.size()),
        match_used_(match.keypoints.size()),
        nearest_(query.keypoints.size(), Candidate{0, -1, 0}) {
    for (const Candidate& pair : known) {
      query_used_[size_t(pair.query)] = match_used_[size_t(pair.match)] = true;
      known_.push_back(PlacesOf(pair));
    }
  }

  // Asks all points whether their nearest lies where the transform, moved by (dx, dy) query pixels, leads.
  std::vector<Asked> Ask(double dx, double dy, std::vector<Candidate>* found) {
    const image::Affine match_from_query = query_from_match_.Inverse();
    std::vector<Places> places = known_;
    std::vector<Asked> asked;
    for (size_t i = 0; i < query_.keypoints.size(); ++i) {
      if (query_used_[i]) continue;
      const Keypoint& q = query_.keypoints[i];
      int rivals = 0;
      grid_.ForEachNear(match_from_query.Apply({q.x - dx, q.y - dy}), [&](int j) { rivals += Leads(q, j, dx, dy); });
      if (rivals == 0) continue;
      const Candidate& nearest = Nearest(i);
      const bool hit = nearest.distance <= kBitsMax && Leads(q, nearest.match, dx, dy);
      if (hit && found != nullptr) found->push_back(nearest);
      Places place = PlacesOf(nearest);
      if (!hit) place.match = place.query;
      const bool apart = std::ranges::none_of(places, [&](const Places& other) {
        return std::min(Apart(place.query, other.query), Apart(place.match, other.match)) < tolerance_ / 2;
      });
      if (!apart) continue;
      places.push_back(place);
      asked.push_back({rivals, int(match_.keypoints.size()), hit});
    }
    return asked;
  }

 private:
  Places PlacesOf(const Candidate& pair) const {
    const Keypoint &q = query_.keypoints[size_t(pair.query)], &m = match_.keypoints[size_t(pair.match)];
    return {{q.x, q.y}, query_from_match_.Apply({m.x, m.y})};
  }
  bool Leads(const Keypoint& q, int match, double dx, double dy) const {
    const Keypoint& m = match_.keypoints[size_t(match)];
    const Point to = query_from_match_.Apply({m.x, m.y});
    return !match_used_[size_t(match)] && std::hypot(to.x + dx - q.x, to.y + dy - q.y) <= tolerance_ &&
           ShapeAgrees(q, m, scale_, rotation_);
  }
  const Candidate& Nearest(size_t query) {
    Candidate& nearest = nearest_[query];
    if (nearest.match >= 0) return nearest;
    distances_.resize(match_.descriptors.size());
    ComputeDistances(query_.descriptors[query], match_.descriptors, distances_.data());
    const auto best = std::ranges::min_element(distances_);
    return nearest = {int(query), int(best - distances_.begin()), *best};
  }

  const feature::LocalFeatures &query_, &match_;
  const image::Affine query_from_match_;
  const double tolerance_, scale_, rotation_;
  const PointGrid grid_;
  std::vector<bool> query_used_, match_used_;
  std::vector<Places> known_;
  std::vector<Candidate> nearest_;  // by query point; match -1: not sought yet
  std::vector<uint16_t> distances_;
};

double FoundShare(std::span<const Asked> asked) {
  if (asked.empty()) return 0;
  return double(std::ranges::count_if(asked, &Asked::found)) / double(asked.size());
}

}  // namespace

GuidedMatch MatchGuided(const feature::LocalFeatures& query, const feature::LocalFeatures& match,
                        const image::Affine& query_from_match, double tolerance, std::span<const Candidate> known) {
  GuidedMatch result;
  if (!(query_from_match.scale() > 0) || !(tolerance > 0) || match.keypoints.empty()) return result;
  Guide guide(query, match, query_from_match, tolerance, known);
  const std::vector<Asked> asked = guide.Ask(0, 0, &result.found);
  result.asked = int(asked.size());
  const int found = int(std::ranges::count_if(asked, &Asked::found));
  if (found > 0) {
    double share = 0;
    for (const Asked& one : asked) share += double(one.rivals) / one.of / double(asked.size());
    std::vector<Asked> beside;
    for (double far : kBeside)
      for (int direction = 0; direction < kDirections; ++direction) {
        const double angle = 2 * std::numbers::pi * direction / kDirections, by = far * tolerance;
        for (const Asked& one : guide.Ask(by * std::cos(angle), by * std::sin(angle), nullptr)) beside.push_back(one);
      }
    result.log10_chance = Log10AtLeast(found, result.asked, std::max(share, FoundShare(beside)));
  }
  std::ranges::sort(result.found, {}, [](const Candidate& c) { return std::tuple(c.distance, c.query); });
  std::vector<bool> used(match.keypoints.size());
  std::erase_if(result.found, [&](const Candidate& c) {
    const bool taken = used[size_t(c.match)];
    used[size_t(c.match)] = true;
    return taken;
  });
  return result;
}

}  // namespace likeness::compare
