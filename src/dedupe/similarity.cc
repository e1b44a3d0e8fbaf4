#include <algorithm>
#include <cmath>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using compare::AlignedBy;
using compare::PairSignals;

constexpr double kUnequalMax = 99.9, kCopyMin = 90, kAlikeMin = 70, kAlikeSpan = 19, kUnrelatedSpan = 69;

// What copies lose, in per cent: the whole that is not shared, an overlap all of which changed, all agreement of what
// did not change (bounded), all details, all colours; a mirror, a turn.
constexpr double kPartLoss = 6, kChangeLoss = 8, kBlurLoss = 10, kBlurLossMax = 2, kDetailLoss = 2.5, kColourLoss = 1.5;
constexpr double kMirrorLoss = 0.5, kTurnLoss = 0.3;
constexpr double kWholeShared = 0.9;                                // less of it has other colours by itself
constexpr double kPlainBits = 64;                                   // of the hash, where no details can be asked
constexpr double kUnrelatedBits = 140, kUnrelatedBitsSpan = 70;     // of the hash: nothing in common; all of it
constexpr double kHashShare = 0.55, kColourShare = 1 - kHashShare;  // of what unrelated pictures have in common
constexpr double kColourDistanceMax = 2.0 * feature::kColourTotal;

double Changed(const PairSignals& signals) {
  return std::clamp(signals.changed_share, 0.0, 1.0);
}

double CopyLoss(const Verdict& verdict) {
  const PairSignals& s = verdict.signals;
  const bool aligned = s.aligned_by != AlignedBy::kNothing;
  const double shared = aligned ? std::clamp(s.query_coverage * s.match_coverage, 0.0, 1.0) : 1;
  double loss = kPartLoss * (1 - std::sqrt(shared)) + kChangeLoss * Changed(s);
  if (aligned)
    loss += std::clamp(kBlurLoss * (1 - std::max(s.structure_correlation, s.agreeing_correlation)), 0.0, kBlurLossMax);
  if (s.details.query.points + s.details.match.points > 0)
    loss += kDetailLoss * (1 - s.details.partnered_share());
  else if (s.aligned_by != AlignedBy::kPixels)
    loss += kDetailLoss * std::min(1.0, s.phash_distance / kPlainBits);
  if (shared > kWholeShared) loss += kColourLoss * s.colour_distance / kColourDistanceMax;
  if (verdict.kind == VerdictKind::kMirrored) loss += kMirrorLoss;
  if (verdict.kind == VerdictKind::kRotated) loss += kTurnLoss;
  return loss;
}

double Alike(const PairSignals& s) {
  if (s.aligned_by == AlignedBy::kNothing) return 0;
  const double agreement = std::max(s.structure_correlation, s.agreeing_correlation * (1 - 0.5 * Changed(s)));
  return std::pow(std::clamp(agreement, 0.0, 1.0), 2) * (1 - Changed(s));
}

double InCommon(const PairSignals& s) {
  const double hash = std::clamp((kUnrelatedBits - s.phash_distance) / kUnrelatedBitsSpan, 0.0, 1.0);
  const double colour = 1 - std::min(1.0, s.colour_distance / kColourDistanceMax);
  return kHashShare * hash + kColourShare * colour;
}

}  // namespace

double SimilarityPercent(const Verdict& verdict) {
  double percent = kUnrelatedSpan * InCommon(verdict.signals);
  if (verdict.kind == VerdictKind::kExact || verdict.kind == VerdictKind::kPixelEqual)
    percent = 100;
  else if (IsDuplicate(verdict.kind))
    percent = std::clamp(kUnequalMax - CopyLoss(verdict), kCopyMin, kUnequalMax);
  else if (verdict.kind == VerdictKind::kSimilar)
    percent = kAlikeMin + kAlikeSpan * Alike(verdict.signals);
  return std::round(percent * 10) / 10;
}

}  // namespace likeness::dedupe
