#include "compare/details.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "compare/binomial.h"
#include "compare/geometry.h"

namespace likeness::compare {
namespace {

using feature::Keypoint;
using feature::LocalFeatures;
using image::Affine;
using image::Point;
using image::Size;

constexpr double kWorkingPixels = 500'000;  // what points are found on
constexpr double kTolerance = 4.5, kToleranceFrame = 0.006;
constexpr double kMargin = 12;      // working pixels from a frame's rim, where points are not found
constexpr double kSizeRatio = 1.7;  // of partners
constexpr int kPartnerBits = 140;   // random pairs lie at 190 and more
constexpr size_t kNeighbours = 8;
constexpr double kQualityMax = 1 - 1e-6;  // one point without a partner among many is no edit
constexpr double kChance = 0.02;          // rarer than this by chance: disputed

double WorkingPixel(Size size) {
  return std::sqrt(std::max(1.0, double(size.width) * size.height / kWorkingPixels));
}

// Sizes of a picture's points: what is finer or coarser it cannot show.
struct Range {
  double least = 1e9, most = 0;
};
Range Sizes(const LocalFeatures& features) {
  Range range;
  for (const Keypoint& point : std::span(features.keypoints).first(features.leading())) {
    range.least = std::min(range.least, double(point.size));
    range.most = std::max(range.most, double(point.size));
  }
  return range;
}

// The neighbourhoods' judgement. `seen`: indices of the points in question; `partnered` by the same order.
void JudgePlaces(const std::vector<Point>& places, const std::vector<bool>& partnered, SideDetails& side,
                 std::vector<size_t>& disputed) {
  const size_t n = places.size();
  side.points = int(n);
  side.partnered = int(std::ranges::count(partnered, true));
  if (n < kNeighbours + 1) return;
  std::vector<int> found(n, 0);
  std::vector<std::pair<double, size_t>> near(n);
  double around = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      double dx = places[i].x - places[j].x, dy = places[i].y - places[j].y;
      near[j] = {i == j ? 1e300 : dx * dx + dy * dy, j};
    }
    std::ranges::nth_element(near, near.begin() + kNeighbours);
    for (size_t k = 0; k < kNeighbours; ++k) found[i] += partnered[near[k].second];
    if (partnered[i]) around += double(found[i]) / kNeighbours;
  }
  if (side.partnered == 0) return;
  side.quality = around / side.partnered;
  for (size_t i = 0; i < n; ++i) {
    if (partnered[i]) continue;
    double log10 = Log10AtMost(found[i], int(kNeighbours) + 1, std::min(side.quality, kQualityMax));
    side.log10_barest = std::min(side.log10_barest, log10 + std::log10(double(n)));
    if (log10 <= std::log10(kChance)) disputed.push_back(i);
  }
  side.disputed = int(disputed.size());
}

// One side: `from` looked up in `to`.
void LookUp(const LocalFeatures& from, const LocalFeatures& to, Size to_size, const Affine& to_from, double tolerance,
            SideDetails& side, std::vector<bool>& settled, std::vector<size_t>& disputed) {
  const double scale = to_from.scale(), margin = kMargin * WorkingPixel(to_size);
  const Range range = Sizes(to);
  settled.assign(from.leading(), true);
  std::vector<Point> places;
  std::vector<bool> partnered;
  std::vector<size_t> which;
  for (size_t i = 0; i < from.leading(); ++i) {
    const Keypoint& point = from.keypoints[i];
    Point at = to_from.Apply({point.x, point.y});
    double size = point.size * scale;
    if (at.x < margin || at.y < margin || at.x > to_size.width - margin || at.y > to_size.height - margin) continue;
    if (size < 0.9 * range.least || size > 1.1 * range.most) continue;
    bool found = false;
    for (size_t j = 0; j < to.leading() && !found; ++j) {
      const Keypoint& other = to.keypoints[j];
      double dx = other.x - at.x, dy = other.y - at.y;
      if (dx * dx + dy * dy > tolerance * tolerance) continue;
      double ratio = other.size / size;
      if (ratio > kSizeRatio || ratio * kSizeRatio < 1) continue;
      found = feature::HammingDistance(from.descriptors[i], to.descriptors[j]) <= kPartnerBits;
    }
    settled[i] = found;
    places.push_back(at);
    partnered.push_back(found);
    which.push_back(i);
  }
  JudgePlaces(places, partnered, side, disputed);
  for (size_t& at : disputed) at = which[at];
}

}  // namespace

Details CompareDetails(const LocalFeatures& query, Size query_size, const LocalFeatures& match, Size match_size,
                       const Affine& query_from_match) {
  Details details;
  if (std::abs(query_from_match.determinant()) < 1e-9) return details;
  const Affine match_from_query = query_from_match.Inverse();
  const double scale = query_from_match.scale();
  double pixel = std::max(WorkingPixel(query_size), scale * WorkingPixel(match_size));
  double diagonal = std::min(std::hypot(query_size.width, query_size.height),
                             scale * std::hypot(match_size.width, match_size.height));
  double tolerance = kTolerance * pixel + kToleranceFrame * diagonal;
  std::vector<size_t> of_query, of_match;
  LookUp(query, match, match_size, match_from_query, tolerance / scale, details.query, details.query_settled, of_query);
  LookUp(match, query, query_size, query_from_match, tolerance, details.match, details.match_settled, of_match);
  for (size_t i : of_query) details.disputed.push_back({query.keypoints[i].x, query.keypoints[i].y});
  for (size_t i : of_match) {
    const Keypoint& point = match.keypoints[i];
    details.disputed.push_back(query_from_match.Apply({point.x, point.y}));
  }
  return details;
}

}  // namespace likeness::compare
