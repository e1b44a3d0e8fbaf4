#include "compare/signals.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <numeric>

#include "compare/geometry.h"
#include "feature/colour.h"
#include "feature/working.h"

namespace likeness::compare {
namespace {

using feature::Features;
using feature::Orientation8;
using image::Affine;
using image::Size;

constexpr int kPdqQualityMin = 50;  // Meta's own bound
constexpr int kWholeBitsMax = 90;   // beyond it whole frames are not worth laying over each other
constexpr double kBlurRatio = 2;
constexpr int kGroundColours = 3;
constexpr double kShiftedChanged = 0.003;  // of the overlap: less is not worth the search
constexpr double kLocalProof = -12;  // log10 of accidental agreements

Size SizeOf(const Features& features) {
  return {int(features.width), int(features.height)};
}

void CompareHashes(const QueryFeatures& query, const Features& match, PairSignals& signals) {
  for (int i = 0; i < feature::kOrientations; ++i) {
    int distance = feature::HammingDistance(query.phash_variants[size_t(i)], match.phash);
    if (distance >= signals.phash_distance) continue;
    signals.phash_distance = distance;
    signals.orientation = Orientation8(i);
  }
  signals.phash_upright_distance = feature::HammingDistance(query.features.phash, match.phash);
  if (signals.phash_upright_distance <= signals.phash_distance) {
    signals.phash_distance = signals.phash_upright_distance;
    signals.orientation = Orientation8::kUpright;
  }
  signals.pdq_distance = feature::HammingDistance(query.features.pdq.hash, match.pdq.hash);
  signals.pdq_reliable = std::min(query.features.pdq.quality, match.pdq.quality) >= kPdqQualityMin;
  signals.colour_distance = feature::ColourDistance(query.features.colour, match.colour);
}

void CompareLocal(const QueryFeatures& query, const Features& match, PairSignals& signals) {
  LocalMatch plain = MatchLocal(query.features.local, signals.query_size, match.local, signals.match_size);
  signals.nearest = plain.nearest;
  // A plain match beyond doubt leaves nothing for the mirrored one.
  if (plain.log10_false_alarms < 2 * kLocalProof) {
    signals.local = std::move(plain);
    return;
  }
  LocalMatch mirrored = MatchLocal(query.local_mirrored, signals.query_size, match.local, signals.match_size);
  signals.nearest_mirrored = mirrored.nearest;
  signals.local_mirrored = mirrored.inliers > 0 && mirrored.log10_false_alarms < plain.log10_false_alarms;
  signals.local = signals.local_mirrored ? Unmirror(std::move(mirrored), signals.query_size.width) : std::move(plain);
}

std::vector<PointPair> Pairs(const std::vector<Correspondence>& points) {
  std::vector<PointPair> pairs;
  for (const Correspondence& point : points) pairs.push_back({point.match, point.query});
  return pairs;
}

void FindShift(const QueryFeatures& query, const Features& match, const StructureAgreement& agreement,
               PairSignals& signals) {
  const std::vector<PointPair> agreeing = Pairs(signals.local.points), elsewhere = Pairs(signals.local.elsewhere);
  signals.shifted = FindShifted(query.features.structure, signals.query_size, match.structure, signals.match_size,
                                signals.query_from_match, agreement, agreeing, elsewhere);
}

void Align(const QueryFeatures& query, const Features& match, PairSignals& signals) {
  StructureAgreement best;
  auto attempt = [&](AlignedBy by, const Affine& transform) {
    StructureAgreement agreement =
        AlignStructure(query.features.structure, signals.query_size, match.structure, signals.match_size, transform);
    if (agreement.cells == 0) return;
    if (signals.aligned_by != AlignedBy::kNothing && agreement.correlation <= best.correlation) return;
    best = std::move(agreement);
    signals.aligned_by = by;
    signals.query_from_match = transform;
  };
  bool proven = signals.local.inliers > 0 && signals.local.log10_false_alarms < kLocalProof;
  if (signals.local.inliers > 0) attempt(AlignedBy::kLocal, signals.local.query_from_match);
  if (!proven && signals.phash_distance <= kWholeBitsMax) {
    attempt(AlignedBy::kWhole, WholeFrame(signals.query_size, signals.match_size, signals.orientation));
  }
  if (signals.aligned_by == AlignedBy::kNothing) return;
  bool whole = signals.aligned_by == AlignedBy::kWhole;
  signals.query_coverage = whole ? 1 : signals.local.query_coverage;
  signals.match_coverage = whole ? 1 : signals.local.match_coverage;
  signals.structure_correlation = best.correlation;
  signals.agreeing_correlation = best.agreeing_correlation;
  signals.structure_difference = best.mean_difference;
  signals.exposure_gain = best.gain;
  signals.exposure_offset = best.offset;
  signals.gamma = best.gamma;
  signals.blurred = int(best.query_blurred) - int(best.match_blurred);
  signals.overlap_contrast = best.contrast;
  signals.changed_share = best.changed_share;
  if (proven && !whole && signals.blurred == 0 && best.changed_share >= kShiftedChanged)
    FindShift(query, match, best, signals);
  signals.changed_regions = std::move(best.changed_regions);
  signals.around =
      LookAround(query.features.structure, signals.query_size, signals.match_size, signals.query_from_match);
}

// Mirrors the query where the alignment does.
void AgreeInDetails(const QueryFeatures& query, const Features& match, PairSignals& signals) {
  if (signals.aligned_by == AlignedBy::kLocal && signals.local.log10_false_alarms <= kDetailsProof) {
    signals.details = signals.local.details;
    return;
  }
  Affine transform = signals.query_from_match;
  const bool mirrored = transform.mirrored();
  const double width = signals.query_size.width;
  if (mirrored) transform = Compose({-1, 0, width, 0, 1, 0}, transform);
  signals.details = CompareDetails(mirrored ? query.local_mirrored : query.features.local, signals.query_size,
                                   match.local, signals.match_size, transform);
  if (!mirrored) return;
  for (image::Point& point : signals.details.disputed) point.x = width - point.x;
}

double Ground(const Features& features) {
  std::array<int, kGroundColours + 1> most{};
  for (const feature::ColourBin& bin : features.colour) {
    most.back() = bin.weight;
    std::ranges::sort(most, std::greater<>{});
  }
  return double(std::accumulate(most.begin(), most.end() - 1, 0)) / feature::kColourTotal;
}

// How many working pixels the finest detail of a picture takes: 1 for a sharp one.
double Softness(const Features& features) {
  double working = std::sqrt(std::max(1.0, double(features.width) * features.height / double(feature::kLocalPixels)));
  return std::max(1.0, 1 / std::max(0.05, double(features.quality.upscale_ratio)) / working);
}

// A picture that shows less detail than its size and the other's detail allow is blurred.
int Blurred(const Features& query, const Features& match, double scale) {
  double query_detail = 1 / std::max(0.05, double(query.quality.upscale_ratio));  // pixels of the query
  double match_detail = scale / std::max(0.05, double(match.quality.upscale_ratio));
  if (query_detail > kBlurRatio * std::max(1.0, match_detail)) return 1;
  if (match_detail > kBlurRatio * std::max(scale, query_detail)) return -1;
  return 0;
}

}  // namespace

Affine WholeFrame(Size query_size, Size match_size, Orientation8 orientation) {
  int code = int(orientation);
  // Of the unit square: the query's place to the match's.
  Affine turned;
  if (code >= 4) turned = {-1, 0, 1, 0, 1, 0};
  const Affine quarter{0, -1, 1, 1, 0, 0};
  for (int i = 0; i < code % 4; ++i) turned = Compose(quarter, turned);
  Affine to_unit{1.0 / std::max(match_size.width, 1), 0, 0, 0, 1.0 / std::max(match_size.height, 1), 0};
  Affine from_unit{double(query_size.width), 0, 0, 0, double(query_size.height), 0};
  return Compose(from_unit, Compose(turned.Inverse(), to_unit));
}

PairSignals Compare(const QueryFeatures& query, const Features& match) {
  PairSignals signals;
  signals.query_size = SizeOf(query.features);
  signals.match_size = SizeOf(match);
  signals.low_information = query.features.low_information || match.low_information;
  signals.same_pixels = signals.query_size == signals.match_size && query.features.pixel_hash == match.pixel_hash;
  CompareHashes(query, match, signals);
  if (!signals.low_information) CompareLocal(query, match, signals);
  // Points of a soft picture are less precise.
  signals.local.parallax /= std::max(Softness(query.features), Softness(match));
  Align(query, match, signals);
  if (signals.aligned_by != AlignedBy::kNothing && signals.blurred == 0)
    signals.blurred = Blurred(query.features, match, signals.query_from_match.scale());
  if (signals.aligned_by != AlignedBy::kNothing && !signals.low_information) AgreeInDetails(query, match, signals);
  signals.ground = std::min(Ground(query.features), Ground(match));
  return signals;
}

}  // namespace likeness::compare
