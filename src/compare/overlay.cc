#include "compare/overlay.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "compare/align.h"
#include "compare/geometry.h"
#include "compare/luma.h"
#include "compare/part_search.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Bitmap;
using image::Homography;
using image::Point;
using image::Size;

constexpr int kJudgedSide = 1024;    // longer side at which the ways are tried
constexpr int kOverlapSide = 384;    // longer side of the overlap where it is compared
constexpr int kPlace = 8;            // pixels
constexpr double kPlaceNoise = 1.8;  // grey levels: a place that deviates less shows nothing
constexpr double kAgreeing = 0.6;    // correlation of a place that shows the same
constexpr double kSharedMin = 0.02;
constexpr double kSettled = 0.85, kFits = 0.95;  // of the places agree: no part is sought, no other way is tried

struct Reduced {
  Bitmap pixels;
  double scale = 1;  // its pixels for one of the given
};

Reduced Reduce(const PixelView& view) {
  const double scale = std::min(1.0, double(kJudgedSide) / std::max(view.size.width, view.size.height));
  Reduced out{BitmapOf(view), scale};
  if (scale < 1) out.pixels = ReducedTo(out.pixels, Scaled(view.size, scale));
  return out;
}

struct PlaceSums {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

// Compares place by place under the map.
Overlay Agree(const Bitmap& a, const Bitmap& b, const Homography& b_from_a, const Tone& tone) {
  Overlay out;
  out.match_from_query = b_from_a;
  const Placement place = Place(SizeOf(a), SizeOf(b), b_from_a);
  out.query_coverage = std::min(1.0, place.a_shared);
  out.match_coverage = std::min(1.0, place.b_shared);
  if (!(std::max(out.query_coverage, out.match_coverage) > kSharedMin) || !(place.scale > 1e-3)) return out;
  // Of the overlap, in a.
  double left = 1e9, right = -1e9, top = 1e9, bottom = -1e9;
  for (const Point& corner : place.b_in_a) {
    left = std::min(left, corner.x), right = std::max(right, corner.x);
    top = std::min(top, corner.y), bottom = std::max(bottom, corner.y);
  }
  left = std::max(left, 0.0), top = std::max(top, 0.0);
  right = std::min(right, double(a.width)), bottom = std::min(bottom, double(a.height));
  const double longer = std::max(right - left, bottom - top);
  if (!(longer > kPlace)) return out;
  const double scale = std::min({1.0, place.scale, kOverlapSide / longer});
  const Bitmap luma_a = Smoothed(ReducedTo(LumaOf(ViewOf(a)), Scaled(SizeOf(a), scale)));
  const Bitmap luma_b = Smoothed(ReducedTo(LumaOf(ViewOf(b)), Scaled(SizeOf(b), std::min(1.0, scale / place.scale))));
  const Homography map = Stretch(SizeOf(b), SizeOf(luma_b)).After(b_from_a).After(Stretch(SizeOf(luma_a), SizeOf(a)));
  const double gain = (tone.gain[0] + tone.gain[1] + tone.gain[2]) / 3;
  double covariance = 0, variance_a = 0, variance_b = 0;
  int agreeing = 0;
  for (int y0 = 0; y0 + kPlace <= luma_a.height; y0 += kPlace)
    for (int x0 = 0; x0 + kPlace <= luma_a.width; x0 += kPlace) {
      PlaceSums sums;
      bool inside = true;
      for (int y = y0; inside && y < y0 + kPlace; ++y)
        for (int x = x0; inside && x < x0 + kPlace; ++x) {
          float seen = 0;
          inside = Sample(luma_b, map.Apply({x + 0.5, y + 0.5}), &seen);
          const double own = luma_a.row(y)[x], other = seen;
          sums.a += own, sums.b += other, sums.aa += own * own, sums.bb += other * other, sums.ab += own * other;
        }
      if (!inside) continue;
      constexpr double n = kPlace * kPlace;
      const double va = sums.aa / n - sums.a * sums.a / n / n, vb = sums.bb / n - sums.b * sums.b / n / n;
      const double cov = sums.ab / n - sums.a * sums.b / n / n;
      if (std::max(va, gain * gain * vb) < kPlaceNoise * kPlaceNoise) continue;
      ++out.places;
      agreeing += cov >= kAgreeing * std::sqrt(std::max(0.0, va * vb)) + 0.5;
      covariance += cov, variance_a += va, variance_b += vb;
    }
  if (out.places == 0) return out;
  out.agreeing_share = double(agreeing) / out.places;
  if (variance_a > 0 && variance_b > 0) out.correlation = covariance / std::sqrt(variance_a * variance_b);
  return out;
}

}  // namespace

std::optional<Overlay> LookCloser(const PixelView& query_pixels, const QueryFeatures& query,
                                  const PixelView& match_pixels, const feature::Features& match,
                                  const PairSignals& signals) {
  const Reduced a = Reduce(query_pixels), b = Reduce(match_pixels);
  const Affine given_a{1 / a.scale, 0, 0, 0, 1 / a.scale, 0}, given_b{1 / b.scale, 0, 0, 0, 1 / b.scale, 0};
  std::vector<Affine> ways;  // query from match
  if (signals.aligned_by != AlignedBy::kNothing) ways.push_back(signals.query_from_match);
  const auto by_points = [&](const LocalMatch& found) {
    if (found.inliers > 0) ways.push_back(found.query_from_match);
  };
  if (signals.aligned_by != AlignedBy::kLocal) {
    MatchOptions options;
    options.inliers_min = 3;
    by_points(MatchLocal(query.features.local, signals.query_size, match.local, signals.match_size, options));
    by_points(Unmirror(MatchLocal(query.local_mirrored, signals.query_size, match.local, signals.match_size, options),
                       signals.query_size.width));
  }
  if (signals.aligned_by != AlignedBy::kWhole)
    ways.push_back(WholeFrame(signals.query_size, signals.match_size, signals.orientation));
  if (signals.orientation != feature::Orientation8::kUpright)
    ways.push_back(WholeFrame(signals.query_size, signals.match_size, feature::Orientation8::kUpright));
  std::optional<Overlay> best;
  const auto attempt = [&](const Affine& reduced) {
    if (best && best->agreeing_share >= kFits) return;
    const auto alignment = RefineAlignment(ViewOf(a.pixels), ViewOf(b.pixels), reduced);
    if (!alignment) return;
    Overlay overlay = Agree(a.pixels, b.pixels, alignment->b_from_a, alignment->tone);
    if (!best || overlay.agreeing_share * overlay.places > best->agreeing_share * best->places) best = overlay;
  };
  for (const Affine& way : ways) attempt(Compose(given_a.Inverse(), Compose(way, given_b)));
  if (!best || best->agreeing_share < kSettled) {
    const Bitmap luma_a = LumaOf(ViewOf(a.pixels)), luma_b = LumaOf(ViewOf(b.pixels));
    for (const PartGuess& guess : SeekPart(luma_a, luma_b)) attempt(guess.whole_from_part);
    for (const PartGuess& guess : SeekPart(luma_b, luma_a)) attempt(guess.whole_from_part.Inverse());
  }
  if (!best) return best;
  Homography& map = best->match_from_query;
  map = Homography::From(given_b).After(map).After(Homography::From(given_a.Inverse()));
  const Placement place = Place(query_pixels.size, match_pixels.size, map);
  const auto clipped = [](const image::Quad& quad, Size size) {
    return ToQuad(ClipToFrame(Polygon(quad.begin(), quad.end()), size));
  };
  best->region_in_query = clipped(place.b_in_a, query_pixels.size);
  best->region_in_match = clipped(place.a_in_b, match_pixels.size);
  return best;
}

}  // namespace likeness::compare
