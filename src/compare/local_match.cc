#include "compare/local_match.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>

#include "compare/binomial.h"
#include "compare/descriptor_match.h"
#include "compare/geometry.h"
#include "compare/guided.h"
#include "compare/parallax.h"

namespace likeness::compare {
namespace {

using feature::Keypoint;
using image::Affine;
using image::Point;

// Local features are found on pictures of at most this many pixels (feature::kLocalPixels): the unit of their
// precision.
constexpr double kWorkingPixels = 500'000;
constexpr double kTolerance = 4.5;         // working pixels; AKAZE's localisation after recompression and blur
constexpr double kToleranceFrame = 0.006;  // of the diagonal: mild perspective, lens
constexpr double kLooseDrift = 0.16;       // of the distance from the seed: error of one keypoint's scale and angle
constexpr int kSeedsMax = 96;              // correspondences tried as hypotheses
constexpr int kSeedsSharpened = 14;        // of them, sharpened by a second correspondence
constexpr int kPartnersMax = 40;
constexpr int kInliersGuided = 4;     // with fewer no other points are sought under a transform,
constexpr double kGuidedProof = -24;  // and none where there is no doubt
constexpr double kParallaxReach = 6;  // of the tolerance: how far near things may move against far ones
constexpr double kStretchMax = 2.2;   // affine: beyond it no plausible copy
// Share of random correspondences whose scale and angle agree with a transform.
constexpr double kScaleAngleChance = 0.10;

struct Problem {
  const feature::LocalFeatures& query;
  const feature::LocalFeatures& match;
  image::Size query_size, match_size;
  std::vector<Candidate> candidates;
  double tolerance_px = 0;  // 0: by scale

  const Keypoint& QueryPoint(const Candidate& c) const { return query.keypoints[size_t(c.query)]; }
  const Keypoint& MatchPoint(const Candidate& c) const { return match.keypoints[size_t(c.match)]; }
};

struct Hypothesis {
  Affine transform;
  std::vector<int> inliers;  // into the candidates, nearest descriptors first
};

double WorkingPixel(image::Size size) {
  return std::sqrt(std::max(1.0, double(size.width) * size.height / kWorkingPixels));
}

// In the query's pixels, for a transform of this scale.
double Tolerance(const Problem& problem, double scale) {
  if (problem.tolerance_px > 0) return problem.tolerance_px;
  double pixel = std::max(WorkingPixel(problem.query_size), scale * WorkingPixel(problem.match_size));
  double diagonal = std::min(std::hypot(problem.query_size.width, problem.query_size.height),
                             scale * std::hypot(problem.match_size.width, problem.match_size.height));
  return kTolerance * pixel + kToleranceFrame * diagonal;
}

Affine FromSeed(const Keypoint& q, const Keypoint& m) {
  double scale = double(q.size) / std::max(m.size, 1e-3f);
  double angle = double(q.angle_degrees - m.angle_degrees) * std::numbers::pi / 180;
  double a = scale * std::cos(angle), c = scale * std::sin(angle);
  return {a, -c, q.x - a * m.x + c * m.y, c, a, q.y - c * m.x - a * m.y};
}

// The candidates that agree, one-to-one, nearest descriptors first. `drift`: how the tolerance grows with the distance
// from `seed` (in the query).
std::vector<int> Agreeing(const Problem& problem, const Affine& transform, double tolerance, double drift = 0,
                          Point seed = {}) {
  std::vector<bool> used(problem.match.keypoints.size());
  std::vector<int> agreeing;
  double scale = transform.scale(), rotation = transform.rotation_degrees();
  for (size_t i = 0; i < problem.candidates.size(); ++i) {
    const Candidate& c = problem.candidates[i];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    Point mapped = transform.Apply({m.x, m.y});
    double dx = mapped.x - q.x, dy = mapped.y - q.y;
    double allowed = tolerance;
    if (drift > 0) allowed += drift * std::hypot(q.x - seed.x, q.y - seed.y);
    if (dx * dx + dy * dy > allowed * allowed || !ShapeAgrees(q, m, scale, rotation)) continue;
    if (used[size_t(c.match)]) continue;
    used[size_t(c.match)] = true;
    agreeing.push_back(int(i));
  }
  return agreeing;
}

std::vector<PointPair> Pairs(const Problem& problem, const std::vector<int>& inliers) {
  std::vector<PointPair> pairs;
  pairs.reserve(inliers.size());
  for (int i : inliers) {
    const Candidate& c = problem.candidates[size_t(i)];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    pairs.push_back({{m.x, m.y}, {q.x, q.y}});
  }
  return pairs;
}

bool Plausible(const Affine& transform) {
  double scale = transform.scale();
  return scale > 1.0 / 64 && scale < 64 && NearSimilarity(transform, kStretchMax);
}

// Least squares on the inliers and a new count, until nothing is gained. Affine where the points carry it.
void Refine(const Problem& problem, Hypothesis& hypothesis) {
  for (bool affine : {false, true}) {
    for (int round = 0; round < 4; ++round) {
      if (affine && hypothesis.inliers.size() < 8) break;
      std::vector<PointPair> pairs = Pairs(problem, hypothesis.inliers);
      std::optional<Affine> fit = affine ? FitAffine(pairs) : FitSimilarity(pairs);
      if (!fit || !Plausible(*fit)) break;
      std::vector<int> inliers = Agreeing(problem, *fit, Tolerance(problem, fit->scale()));
      if (inliers.size() < hypothesis.inliers.size()) break;
      bool same = inliers == hypothesis.inliers;
      hypothesis = {*fit, std::move(inliers)};
      if (same) break;
    }
  }
}

// Once more on the nearer part of the inliers: those near the tolerance's edge pull at the transform.
void Polish(const Problem& problem, Hypothesis& hypothesis) {
  for (int round = 0; round < 3; ++round) {
    std::vector<PointPair> pairs = Pairs(problem, hypothesis.inliers), near;
    std::vector<double> errors;
    for (const PointPair& pair : pairs) {
      Point mapped = hypothesis.transform.Apply(pair.from);
      errors.push_back(std::hypot(mapped.x - pair.to.x, mapped.y - pair.to.y));
    }
    if (errors.size() < 12) return;
    std::vector<double> sorted = errors;
    std::ranges::sort(sorted);
    double bound = std::max(2.5 * sorted[sorted.size() / 2], sorted[8]);
    for (size_t i = 0; i < pairs.size(); ++i) {
      if (errors[i] <= bound) near.push_back(pairs[i]);
    }
    std::optional<Affine> fit = FitAffine(near);
    if (!fit || !Plausible(*fit)) return;
    std::vector<int> inliers = Agreeing(problem, *fit, Tolerance(problem, fit->scale()));
    if (inliers.size() * 10 < hypothesis.inliers.size() * 9) return;
    hypothesis = {*fit, std::move(inliers)};
  }
}

// The candidates with the most company under their own keypoints' similarity.
std::vector<Hypothesis> Seeds(const Problem& problem) {
  std::vector<std::pair<Hypothesis, int>> seeds;
  int count = std::min<int>(kSeedsMax, int(problem.candidates.size()));
  for (int i = 0; i < count; ++i) {
    const Candidate& c = problem.candidates[size_t(i)];
    const Keypoint& q = problem.QueryPoint(c);
    Affine transform = FromSeed(q, problem.MatchPoint(c));
    if (!Plausible(transform)) continue;
    std::vector<int> company =
        Agreeing(problem, transform, 2 * Tolerance(problem, transform.scale()), kLooseDrift, {q.x, q.y});
    if (company.size() >= 3) seeds.push_back({{transform, std::move(company)}, i});
  }
  std::ranges::stable_sort(seeds, std::greater<>{}, [](const auto& s) { return s.first.inliers.size(); });
  // Seeds of one transform have nearly the same company: keep those that differ.
  std::vector<Hypothesis> kept;
  std::vector<int> taken(problem.candidates.size(), 0);
  for (auto& [hypothesis, seed] : seeds) {
    if (int(kept.size()) >= kSeedsSharpened) break;
    if (taken[size_t(seed)] >= 3) continue;
    for (int i : hypothesis.inliers) ++taken[size_t(i)];
    // The seed leads, so that the caller knows it.
    std::erase(hypothesis.inliers, seed);
    hypothesis.inliers.insert(hypothesis.inliers.begin(), seed);
    kept.push_back(std::move(hypothesis));
  }
  return kept;
}

// The best similarity through the seed and one of its company.
Hypothesis Sharpen(const Problem& problem, const Hypothesis& seed) {
  Hypothesis best;
  std::vector<PointPair> pairs = Pairs(problem, seed.inliers);
  size_t step = std::max<size_t>(1, (pairs.size() - 1) / kPartnersMax);
  for (size_t i = 1; i < pairs.size(); i += step) {
    std::array<PointPair, 2> two{pairs[0], pairs[i]};
    double tolerance = Tolerance(problem, seed.transform.scale());
    if (std::hypot(two[0].to.x - two[1].to.x, two[0].to.y - two[1].to.y) < 3 * tolerance) continue;
    std::optional<Affine> fit = FitSimilarity(two);
    if (!fit || !Plausible(*fit)) continue;
    std::vector<int> inliers = Agreeing(problem, *fit, 1.3 * Tolerance(problem, fit->scale()));
    if (inliers.size() > best.inliers.size()) best = {*fit, std::move(inliers)};
  }
  return best;
}

// One of all points that lie within `radius` of each other in either picture.
std::vector<int> AtDifferentPlaces(const Problem& problem, const std::vector<int>& inliers, double radius,
                                   double scale) {
  std::vector<int> kept;
  for (int i : inliers) {
    const Candidate& c = problem.candidates[size_t(i)];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    bool lonely = std::ranges::none_of(kept, [&](int j) {
      const Candidate& d = problem.candidates[size_t(j)];
      const Keypoint& oq = problem.QueryPoint(d);
      const Keypoint& om = problem.MatchPoint(d);
      return std::hypot(q.x - oq.x, q.y - oq.y) < radius || scale * std::hypot(m.x - om.x, m.y - om.y) < radius;
    });
    if (lonely) kept.push_back(i);
  }
  return kept;
}

// The number of transforms that random correspondences would agree on as well, log10: the least over several bounds of
// the descriptor distance, since few but near descriptors are proof too.
double Log10FalseAlarms(const Problem& problem, const Hypothesis& hypothesis, const std::vector<int>& apart) {
  double scale = hypothesis.transform.scale(), tolerance = Tolerance(problem, scale);
  double frame = std::min(scale * scale * problem.match_size.width * problem.match_size.height,
                          double(problem.query_size.width) * problem.query_size.height);
  double chance =
      std::min(0.5, std::numbers::pi * tolerance * tolerance / std::max(frame, 1.0)) * kScaleAngleChance * 2;
  constexpr std::array<int, 6> kBounds{15, 30, 50, 75, 100, 486};
  double least = 1e9;
  for (int bound : kBounds) {
    auto within = [&](int i) { return problem.candidates[size_t(i)].distance <= bound; };
    int n = int(std::ranges::count_if(problem.candidates, [=](const Candidate& c) { return c.distance <= bound; }));
    int k = int(std::ranges::count_if(apart, within));
    if (k < 3) continue;
    double log10 = std::log10(double(kBounds.size())) + 2 * std::log10(double(n)) + Log10Choose(n, k) +
                   (k - 2) * std::log10(chance);
    least = std::min(least, log10);
  }
  return least;
}

std::vector<int> Apart(const Problem& problem, const Hypothesis& hypothesis) {
  double scale = hypothesis.transform.scale();
  return AtDifferentPlaces(problem, hypothesis.inliers, Tolerance(problem, scale) / 2, scale);
}

// Adds the points that are found where the transform leads, and fits it to them too. Returns how likely that many are
// found by chance, log10.
double AddGuided(Problem& problem, Hypothesis& hypothesis) {
  std::vector<Candidate> known;
  for (int i : hypothesis.inliers) known.push_back(problem.candidates[size_t(i)]);
  GuidedMatch guided = MatchGuided(problem.query, problem.match, hypothesis.transform,
                                   Tolerance(problem, hypothesis.transform.scale()), known);
  if (guided.found.empty()) return guided.log10_chance;
  for (const Candidate& found : guided.found) {
    hypothesis.inliers.push_back(int(problem.candidates.size()));
    problem.candidates.push_back(found);
  }
  Refine(problem, hypothesis);
  std::ranges::stable_sort(hypothesis.inliers, {}, [&](int i) { return problem.candidates[size_t(i)].distance; });
  return guided.log10_chance;
}

void Describe(const Problem& problem, const Hypothesis& hypothesis, const std::vector<int>& apart, LocalMatch& result) {
  const Affine& transform = hypothesis.transform;
  result.inliers = int(apart.size());
  result.query_from_match = transform;
  Affine inverse = transform.Inverse();
  Polygon in_query = ClipToFrame(Map(transform, Frame(problem.match_size)), problem.query_size);
  Polygon in_match = ClipToFrame(Map(inverse, Frame(problem.query_size)), problem.match_size);
  double query_area = double(problem.query_size.width) * problem.query_size.height;
  double match_area = double(problem.match_size.width) * problem.match_size.height;
  double overlap = Area(in_query);
  result.query_coverage = std::min(1.0, overlap / query_area);
  result.match_coverage = std::min(1.0, Area(in_match) / match_area);
  result.region_in_query = ToQuad(std::move(in_query));
  result.region_in_match = ToQuad(std::move(in_match));
  std::vector<Point> spread;
  double squares = 0;
  for (int i : apart) {
    const Candidate& c = problem.candidates[size_t(i)];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    Point mapped = transform.Apply({m.x, m.y});
    squares += (mapped.x - q.x) * (mapped.x - q.x) + (mapped.y - q.y) * (mapped.y - q.y);
    spread.push_back({q.x, q.y});
    result.points.push_back({{q.x, q.y}, {m.x, m.y}, c.distance});
  }
  std::vector<int> bits;
  for (const Correspondence& point : result.points) bits.push_back(point.distance);
  std::ranges::nth_element(bits, bits.begin() + ptrdiff_t(bits.size() / 2));
  result.median_bits = bits[bits.size() / 2];
  result.residual_px = std::sqrt(squares / double(apart.size()));
  result.points_coverage = overlap > 0 ? std::min(1.0, Area(ConvexHull(std::move(spread))) / overlap) : 0;
  // Candidates whose query point lies where the match is said to be.
  int inside = 0;
  const auto leading = std::span(problem.candidates).first(size_t(result.candidates));
  for (const Candidate& c : leading) {
    const Keypoint& q = problem.QueryPoint(c);
    Point p = inverse.Apply({q.x, q.y});
    inside += p.x >= 0 && p.y >= 0 && p.x <= problem.match_size.width && p.y <= problem.match_size.height;
  }
  const auto agreeing = std::ranges::count_if(hypothesis.inliers, [&](int i) { return i < result.candidates; });
  result.support = inside > 0 ? std::min(1.0, double(agreeing) / inside) : 0;
}

// Also of the candidates that are too far from the transform to be inliers.
void DescribeParallax(const Problem& problem, const Hypothesis& hypothesis, LocalMatch& result) {
  const Affine& transform = hypothesis.transform;
  double scale = transform.scale(), tolerance = Tolerance(problem, scale);
  std::vector<int> near = Agreeing(problem, transform, kParallaxReach * tolerance);
  near = AtDifferentPlaces(problem, near, tolerance / 2, scale);
  double pixel = std::max(WorkingPixel(problem.query_size), scale * WorkingPixel(problem.match_size));
  Parallax parallax = MeasureParallax(Pairs(problem, near), transform, pixel);
  result.parallax_points = parallax.points;
  result.parallax = parallax.apart;
}

void DescribeDetails(const Problem& problem, const Hypothesis& hypothesis, LocalMatch& result) {
  const Affine& transform = hypothesis.transform;
  result.details = CompareDetails(problem.query, problem.query_size, problem.match, problem.match_size, transform);
  double scale = transform.scale(), tolerance = Tolerance(problem, scale);
  double pixel = std::max(WorkingPixel(problem.query_size), scale * WorkingPixel(problem.match_size));
  std::vector<int> unexplained;
  for (size_t i = 0; i < size_t(result.candidates); ++i) {  // details are of the leading points
    const Candidate& c = problem.candidates[i];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    Point mapped = transform.Apply({m.x, m.y});
    if (std::hypot(mapped.x - q.x, mapped.y - q.y) <= tolerance) continue;
    if (!ShapeAgrees(q, m, scale, transform.rotation_degrees())) continue;
    if (result.details.query_settled[size_t(c.query)] || result.details.match_settled[size_t(c.match)]) continue;
    unexplained.push_back(int(i));
  }
  unexplained = AtDifferentPlaces(problem, unexplained, tolerance / 2, scale);
  for (int i : unexplained) {
    const Candidate& c = problem.candidates[size_t(i)];
    const Keypoint& q = problem.QueryPoint(c);
    const Keypoint& m = problem.MatchPoint(c);
    result.elsewhere.push_back({{q.x, q.y}, {m.x, m.y}, c.distance});
  }
  MovedThing thing = FindMovedThing(Pairs(problem, hypothesis.inliers), Pairs(problem, unexplained), transform, pixel);
  result.moved_points = thing.points;
  result.moved = thing.apart;
}

}  // namespace

LocalMatch MatchLocal(const feature::LocalFeatures& query, image::Size query_size, const feature::LocalFeatures& match,
                      image::Size match_size, const MatchOptions& options) {
  LocalMatch result;
  if (query_size.width <= 0 || query_size.height <= 0 || match_size.width <= 0 || match_size.height <= 0) return result;
  Problem problem{query, match, query_size, match_size, {}, options.tolerance_px};
  problem.candidates = FindCandidates(query, match, options.distance_bits_max, options.ratio_max, &result.nearest);
  result.candidates = int(problem.candidates.size());
  if (result.candidates < 3) return result;

  double best = 1e9;
  Hypothesis chosen;
  for (const Hypothesis& seed : Seeds(problem)) {
    Hypothesis hypothesis = Sharpen(problem, seed);
    if (hypothesis.inliers.size() < 3) continue;
    Refine(problem, hypothesis);
    Polish(problem, hypothesis);
    std::vector<int> apart = Apart(problem, hypothesis);
    if (int(apart.size()) < kInliersGuided) continue;
    double log10 = Log10FalseAlarms(problem, hypothesis, apart);
    if (log10 >= best) continue;
    best = log10;
    chosen = std::move(hypothesis);
  }
  if (chosen.inliers.empty()) return result;
  if (best > kGuidedProof) best += AddGuided(problem, chosen);
  std::vector<int> apart = Apart(problem, chosen);
  if (int(apart.size()) < options.inliers_min) return result;
  result.log10_false_alarms = best;
  Describe(problem, chosen, apart, result);
  DescribeParallax(problem, chosen, result);
  if (result.log10_false_alarms <= kDetailsProof) DescribeDetails(problem, chosen, result);
  return result;
}

LocalMatch Unmirror(LocalMatch match, int query_width) {
  auto flip = [&](Point& p) { p.x = query_width - p.x; };
  match.query_from_match.a = -match.query_from_match.a;
  match.query_from_match.b = -match.query_from_match.b;
  match.query_from_match.tx = query_width - match.query_from_match.tx;
  for (Point& p : match.region_in_query) flip(p);
  for (Correspondence& c : match.points) flip(c.query);
  for (Correspondence& c : match.elsewhere) flip(c.query);
  for (Point& p : match.details.disputed) flip(p);
  return match;
}

}  // namespace likeness::compare
