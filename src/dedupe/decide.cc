#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/geometry.h"
#include "compare/overlay.h"
#include "dedupe/sentence.h"
#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using compare::AlignedBy;
using compare::PairSignals;

constexpr double kSquareDegrees = 2.5;  // a turn this near to a quarter turn is one
constexpr double kPhashAlikeBits = 80;  // similar, at most
// Points that moved or miss their partners are believed unless the pixels agree all over: look-alikes reach 0.94.
constexpr double kFitsEverywhere = 0.98;

std::string Note(const PairSignals& signals) {
  if (!signals.low_information || signals.same_bytes || signals.same_pixels) return {};
  return signals.pdq_reliable ? "Too flat for points: compared by hash, PDQ, colour and brightness."
                              : "Too flat for points: compared by hash, colour and brightness.";
}

Verdict Finish(Verdict verdict, bool border = false) {
  verdict.note = Note(verdict.signals);
  verdict.score = std::clamp(verdict.score, 0.0, 1.0);
  verdict.sentence = Sentence(verdict, border);
  return verdict;
}

Verdict Make(VerdictKind kind, std::string rule, double score, double distance, const PairSignals& signals) {
  return {kind, std::move(rule), score, distance, signals, {}, {}};
}

// Do the points prove a transform, whatever the pictures look like under it?
bool Proven(const PairSignals& signals, const Rules& rules) {
  const compare::LocalMatch& local = signals.local;
  if (local.inliers == 0) return false;
  double bound = local.inliers >= rules.inliers_min ? rules.false_alarms_log10_max : rules.false_alarms_log10_few;
  return local.log10_false_alarms <= bound &&
         std::max(local.query_coverage, local.match_coverage) >= rules.inlier_area_min;
}

double DisputedMax(const PairSignals& signals, const Rules& rules) {
  if (signals.ground < rules.page_ground_min) return rules.disputed_share_max;
  double plain =
      std::min(1.0, (signals.ground - rules.page_ground_min) / (rules.page_ground_all - rules.page_ground_min));
  double page = signals.changed_share >= rules.page_changed_min ? rules.disputed_changed_max : rules.disputed_page_max;
  return rules.disputed_ground_max + plain * (page - rules.disputed_ground_max);
}

// Do the points say that the pictures merely share a part?
bool DetailsDiffer(const PairSignals& signals, const Rules& rules) {
  const compare::Details& details = signals.details;
  if (details.disputed_share() > DisputedMax(signals, rules)) return true;
  return signals.ground >= rules.page_ground_min &&
         std::max(details.query.points, details.match.points) >= rules.page_points_min &&
         details.partnered_share() < rules.partnered_page_min;
}

// Does something stand elsewhere in the other picture?
bool StandsElsewhere(const PairSignals& signals, const Rules& rules) {
  if (signals.blurred != 0 || signals.changed_share < rules.moved_changed_min) return false;  // blurred points wander
  return signals.local.moved_points >= rules.moved_points_min ||
         signals.shifted.log10_false_alarms <= rules.shifted_log10_max;
}

bool HasBorder(const PairSignals& signals, const Rules& rules) {
  return signals.query_coverage < rules.part_coverage_max && signals.around.deviation <= rules.border_deviation_max;
}

// Does the overlap look the same once aligned?
bool LooksSame(const PairSignals& signals, const Rules& rules) {
  if (signals.aligned_by == AlignedBy::kNothing) return false;
  if (signals.ground >= rules.page_ground_min && signals.changed_share > rules.changed_share_page &&
      signals.structure_correlation < rules.correlation_whole &&
      signals.local.log10_false_alarms > rules.false_alarms_log10_page) {
    return false;
  }
  if (signals.local.log10_false_alarms > rules.false_alarms_log10_weak &&
      signals.phash_distance > rules.phash_supported_bits && signals.structure_correlation < rules.correlation_weak) {
    return false;
  }
  bool one_whole = std::max(signals.query_coverage, signals.match_coverage) >= rules.part_coverage_max;
  if (!one_whole && !HasBorder(signals, rules)) {
    return signals.structure_correlation >= rules.correlation_overlap &&
           signals.changed_share <= rules.changed_share_overlap;
  }
  if (signals.structure_correlation >= rules.correlation_copy && signals.changed_share <= rules.changed_share_max) {
    return true;
  }
  return signals.local.log10_false_alarms <= rules.false_alarms_log10_sure &&
         signals.agreeing_correlation >= rules.correlation_sure && signals.changed_share <= rules.changed_share_sure;
}

double ProofScore(const PairSignals& signals) {
  double proof = std::clamp(-signals.local.log10_false_alarms / 40, 0.0, 1.0);
  double look = std::clamp(std::max(signals.structure_correlation, signals.agreeing_correlation), 0.0, 1.0);
  return 0.55 + 0.25 * proof + 0.2 * look - 0.1 * std::max(0.0, signals.changed_share);
}

Verdict WholePicture(const PairSignals& signals, const Rules& rules, std::string rule, double score, double distance) {
  Geometry geometry = GeometryOf(signals.query_from_match);
  bool square = std::abs(geometry.skew_degrees) <= kSquareDegrees;
  VerdictKind kind = VerdictKind::kSamePicture;
  // A blur leaves differences at every edge that its fit does not reach.
  double edited = signals.blurred != 0 ? rules.changed_share_blurred : rules.changed_share_edited;
  // Lines of text and small logos change less than a cell or two, but bare the points under them of their partners.
  double barest = std::min(signals.details.query.log10_barest, signals.details.match.log10_barest);
  if (signals.changed_share > edited || !square || (signals.blurred == 0 && barest <= rules.edit_log10_max))
    kind = VerdictKind::kEdited;
  else if (geometry.mirrored)
    kind = VerdictKind::kMirrored;
  else if (geometry.quarter_turns != 0)
    kind = VerdictKind::kRotated;
  return Finish(Make(kind, std::move(rule), score, distance, signals));
}

// The transform is proven and the overlap looks the same: what became of the picture?
Verdict ByGeometry(const PairSignals& signals, const Rules& rules) {
  double score = ProofScore(signals), distance = 1 - signals.structure_correlation;
  bool query_whole = signals.query_coverage >= rules.part_coverage_max;
  bool match_whole = signals.match_coverage >= rules.part_coverage_max;
  if (query_whole && match_whole) return WholePicture(signals, rules, "inliers+structure", score, distance);
  if (query_whole) return Finish(Make(VerdictKind::kPartOf, "inliers+part", score, distance, signals));
  if (HasBorder(signals, rules)) {
    return Finish(Make(VerdictKind::kEdited, std::string(kBorderRule), score, distance, signals), true);
  }
  if (match_whole) return Finish(Make(VerdictKind::kContains, "inliers+contains", score, distance, signals));
  // Neither is whole: two crops of one picture.
  VerdictKind kind =
      signals.match_coverage > signals.query_coverage + 0.1 ? VerdictKind::kContains : VerdictKind::kPartOf;
  return Finish(Make(kind, "inliers+overlap", score - 0.05, distance, signals));
}

// A plain picture stretched to another shape says nothing: that is another plain picture.
bool SameProportions(const PairSignals& signals) {
  const double query = double(signals.query_size.width) * signals.match_size.height;
  const double match = double(signals.match_size.width) * signals.query_size.height;
  return std::abs(query - match) <= 0.02 * std::max(query, match);
}

Verdict LowInformation(const PairSignals& signals, const Rules& rules) {
  bool same = SameProportions(signals) && signals.phash_upright_distance <= rules.phash_low_information_bits &&
              signals.colour_distance <= rules.colour_low_information &&
              (!signals.pdq_reliable || signals.pdq_distance <= rules.pdq_same_bits) &&
              signals.structure_difference <= rules.structure_low_information;
  double distance = signals.phash_upright_distance;
  // Few points, but not flat: a thumbnail. PDQ is reliable only where there is structure.
  bool small = signals.pdq_reliable && signals.pdq_distance <= rules.pdq_same_bits &&
               signals.phash_upright_distance <= rules.phash_few_points_bits &&
               signals.structure_correlation >= rules.correlation_overlap &&
               signals.changed_share <= rules.changed_share_edited;
  if (small) return Finish(Make(VerdictKind::kSamePicture, "low_information+phash+pdq", 0.8, distance, signals));
  if (!same) return Finish(Make(VerdictKind::kNone, "low_information", 0, distance, signals));
  double score = 0.75 - 0.2 * signals.colour_distance / std::max(1u, rules.colour_low_information);
  return Finish(Make(VerdictKind::kSamePicture, "low_information+phash+colour", score, distance, signals));
}

// What the pixels show where they were laid over each other decides instead of the features.
Verdict ByOverlay(Verdict verdict, const Rules& rules) {
  const compare::Overlay& overlay = *verdict.signals.overlay;
  const double agree = std::min(overlay.agreeing_share, overlay.correlation);
  if (overlay.places < rules.overlay_places_min || agree < rules.overlay_alike) return verdict;
  PairSignals signals = verdict.signals;
  signals.aligned_by = AlignedBy::kPixels;
  signals.query_from_match = compare::AffineAt(overlay.match_from_query.Inverse(), overlay.region_in_match);
  signals.query_coverage = overlay.query_coverage;
  signals.match_coverage = overlay.match_coverage;
  signals.structure_correlation = signals.agreeing_correlation = overlay.correlation;
  signals.changed_share = (1 - overlay.agreeing_share) / 2;
  signals.changed_regions.clear();
  const bool one_whole = std::max(signals.query_coverage, signals.match_coverage) >= rules.part_coverage_max;
  const bool by_points = verdict.rule == "parallax" || verdict.rule == "moved" || verdict.rule == "details";
  if (verdict.kind == VerdictKind::kSimilar && by_points && !(one_whole && agree >= kFitsEverywhere)) return verdict;
  if (agree < (one_whole ? rules.overlay_copy : rules.overlay_parts))
    return Finish(Make(VerdictKind::kSimilar, "overlay", 0.3 + 0.15 * agree, 1 - overlay.correlation, signals));
  Verdict copy = ByGeometry(signals, rules);
  copy.rule = "overlay";
  return copy;
}

Verdict Counted(const PairSignals& signals, bool mirrored, std::string rule, int matches, int bits) {
  Verdict verdict =
      Make(mirrored ? VerdictKind::kMirrored : VerdictKind::kSamePicture, std::move(rule), 0, bits, signals);
  verdict.score =
      matches / double(std::max({1, matches, std::min(signals.nearest.query_points, signals.nearest.match_points)}));
  verdict.sentence = fmt::format("The same picture{} by rule {}: {} points have near descriptors.",
                                 mirrored ? ", mirrored," : "", verdict.rule, matches);
  return verdict;
}

Verdict NotCounted(const PairSignals& signals, std::string_view policy) {
  Verdict verdict = Make(VerdictKind::kNone, std::string(policy), 0, 0, signals);
  verdict.note = signals.low_information ? "Too flat for points, and this policy compares nothing else." : "";
  verdict.sentence = "Not related.";
  return verdict;
}

std::string AkazeRuleName(int rule) {
  return fmt::format("{}:{}", Name(Policy::kAkazeRules), rule);
}

int BitsOf(const AkazeRules& rules, int rule) {
  return size_t(rule) < rules.near.size() ? rules.near[size_t(rule)].bits : rules.far.bits;
}

// Plain first; mirrored only where that gives nothing.
Verdict ByPolicy(const PairSignals& signals, const Rules& rules) {
  for (bool mirrored : {false, true}) {
    const compare::NearestCounts& counts = mirrored ? signals.nearest_mirrored : signals.nearest;
    if (rules.policy == Policy::kAkazeRules) {
      if (auto answer = DecideAkaze({&counts, 1}, rules.akaze))
        return Counted(signals, mirrored, AkazeRuleName(answer->rule), answer->matches,
                       BitsOf(rules.akaze, answer->rule));
    } else if (DecideTwentyPercent(counts, rules.twenty_percent)) {
      int bits = rules.twenty_percent.bits;
      return Counted(signals, mirrored, std::string(Name(Policy::kTwentyPercent)), counts.Within(bits), bits);
    }
  }
  return NotCounted(signals, Name(rules.policy));
}

}  // namespace

void SettleAkaze(std::span<Verdict* const> of_one_query, const Rules& rules) {
  if (rules.policy != Policy::kAkazeRules) return;
  if (std::ranges::any_of(of_one_query, [](const Verdict* verdict) { return IsDuplicate(verdict->kind); })) return;
  for (bool mirrored : {false, true}) {
    std::vector<compare::NearestCounts> counts;
    for (const Verdict* verdict : of_one_query)
      counts.push_back(mirrored ? verdict->signals.nearest_mirrored : verdict->signals.nearest);
    std::optional<AkazeAnswer> answer = DecideAkaze(counts, rules.akaze);
    if (!answer) continue;
    Verdict& best = *of_one_query[answer->candidate];
    best = Counted(best.signals, mirrored, AkazeRuleName(answer->rule), answer->matches,
                   BitsOf(rules.akaze, answer->rule));
    return;
  }
}

namespace {

Verdict DecideByFeatures(const PairSignals& signals, const Rules& rules) {
  if (signals.same_bytes) return Finish(Make(VerdictKind::kExact, "same_bytes", 1, 0, signals));
  if (signals.same_pixels) return Finish(Make(VerdictKind::kPixelEqual, "same_pixels", 1, 0, signals));
  if (rules.policy != Policy::kLikeness) return ByPolicy(signals, rules);
  if (signals.low_information) return LowInformation(signals, rules);

  bool proven = Proven(signals, rules);
  if (proven && signals.local.parallax > rules.parallax_max) {
    double correlation = std::max(0.0, signals.structure_correlation);
    return Finish(Make(VerdictKind::kSimilar, "parallax", 0.3 + 0.15 * correlation, signals.local.parallax, signals));
  }
  if (proven && StandsElsewhere(signals, rules)) {
    double correlation = std::max(0.0, signals.structure_correlation);
    const bool by_points = signals.local.moved_points >= rules.moved_points_min;
    double distance = by_points ? signals.local.moved : signals.shifted.apart;
    return Finish(Make(VerdictKind::kSimilar, "moved", 0.3 + 0.15 * correlation, distance, signals));
  }
  if (DetailsDiffer(signals, rules)) {
    double correlation = std::max(0.0, signals.structure_correlation);
    double distance = std::max(signals.details.disputed_share(), 1 - signals.details.partnered_share());
    bool alike = proven || signals.phash_distance <= kPhashAlikeBits;
    return Finish(Make(alike ? VerdictKind::kSimilar : VerdictKind::kNone, "details", 0.3 + 0.15 * correlation,
                       distance, signals));
  }
  if (proven && signals.aligned_by == AlignedBy::kLocal && LooksSame(signals, rules)) {
    return ByGeometry(signals, rules);
  }

  bool whole_agrees = signals.aligned_by == AlignedBy::kWhole &&
                      signals.structure_correlation >= rules.correlation_whole &&
                      signals.changed_share <= rules.changed_share_max / 2;
  double closeness = 1 - signals.phash_distance / 128.0;
  if (whole_agrees && signals.phash_distance <= rules.phash_supported_bits) {
    return WholePicture(signals, rules, "phash+structure", 0.45 + 0.5 * closeness, signals.phash_distance);
  }
  if (whole_agrees && signals.pdq_reliable && signals.pdq_distance <= rules.pdq_same_bits) {
    return WholePicture(signals, rules, "pdq+structure", 0.9 - signals.pdq_distance / 200.0, signals.pdq_distance);
  }
  if (signals.phash_distance <= rules.phash_same_bits && signals.aligned_by != AlignedBy::kNothing) {
    return WholePicture(signals, rules, "phash", 0.4 + 0.5 * closeness, signals.phash_distance);
  }

  double correlation = std::max(0.0, signals.structure_correlation);
  if (proven) {
    return Finish(Make(VerdictKind::kSimilar, "inliers", 0.3 + 0.15 * correlation, 1 - correlation, signals));
  }
  if (signals.phash_distance <= kPhashAlikeBits) {
    return Finish(
        Make(VerdictKind::kSimilar, "phash", 0.3 * closeness + 0.1 * correlation, signals.phash_distance, signals));
  }
  return Finish(Make(VerdictKind::kNone, "", 0.15 * closeness, signals.phash_distance, signals));
}

}  // namespace

bool InDoubt(const Verdict& verdict) {
  return verdict.kind == VerdictKind::kNone || verdict.kind == VerdictKind::kSimilar;
}

Verdict Decide(const PairSignals& signals, const Rules& rules) {
  Verdict verdict = DecideByFeatures(signals, rules);
  if (!signals.overlay || rules.policy != Policy::kLikeness || !InDoubt(verdict)) return verdict;
  return ByOverlay(std::move(verdict), rules);
}

Verdict DecideByPixels(Verdict verdict, const compare::QueryFeatures& query, const compare::PixelView& query_pixels,
                       const feature::Features& match, const compare::PixelView& match_pixels, const Rules& rules) {
  if (rules.policy != Policy::kLikeness || !InDoubt(verdict)) return verdict;
  PairSignals signals = std::move(verdict.signals);
  signals.overlay = compare::LookCloser(query_pixels, query, match_pixels, match, signals);
  return Decide(signals, rules);
}

}  // namespace likeness::dedupe
