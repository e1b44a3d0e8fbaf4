#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using compare::AlignedBy;
using compare::PairSignals;

PairSignals Whole() {
  PairSignals signals;
  signals.query_size = signals.match_size = {800, 600};
  signals.aligned_by = AlignedBy::kLocal;
  signals.local.inliers = 100;
  signals.local.log10_false_alarms = -200;
  signals.query_coverage = signals.match_coverage = 1;
  signals.local.query_coverage = signals.local.match_coverage = 1;
  signals.structure_correlation = signals.agreeing_correlation = 1;
  signals.changed_share = 0;
  signals.phash_distance = signals.phash_upright_distance = 0;
  signals.details.query = signals.details.match = {100, 100, 0, 1, 0};
  return signals;
}

double Percent(const PairSignals& signals, VerdictKind kind) {
  Verdict verdict;
  verdict.kind = kind;
  verdict.signals = signals;
  return SimilarityPercent(verdict);
}

TEST(SimilarityPercent, StaysInTheBandOfItsVerdict) {
  struct Row {
    VerdictKind kind;
    double least, most;
  };
  const Row rows[] = {{VerdictKind::kNone, 0, 69},           {VerdictKind::kSimilar, 70, 89},
                      {VerdictKind::kSamePicture, 90, 99.9}, {VerdictKind::kMirrored, 90, 99.9},
                      {VerdictKind::kRotated, 90, 99.9},     {VerdictKind::kPartOf, 90, 99.9},
                      {VerdictKind::kContains, 90, 99.9},    {VerdictKind::kEdited, 90, 99.9},
                      {VerdictKind::kExact, 100, 100},       {VerdictKind::kPixelEqual, 100, 100}};
  for (const Row& row : rows)
    for (double good : {0.0, 0.01, 0.3, 0.7, 1.0})
      for (AlignedBy by : {AlignedBy::kNothing, AlignedBy::kLocal, AlignedBy::kWhole, AlignedBy::kPixels}) {
        PairSignals signals = Whole();
        signals.aligned_by = by;
        signals.query_coverage = signals.match_coverage = good;
        signals.structure_correlation = signals.agreeing_correlation = 2 * good - 1;
        signals.changed_share = by == AlignedBy::kNothing ? -1 : 1 - good;
        signals.phash_distance = int(256 * (1 - good));
        signals.colour_distance = uint32_t((1 - good) * 2 * feature::kColourTotal);
        signals.details.query.partnered = signals.details.match.partnered = int(100 * good);
        const double percent = Percent(signals, row.kind);
        EXPECT_GE(percent, row.least) << Name(row.kind) << ' ' << good << ' ' << int(by);
        EXPECT_LE(percent, row.most) << Name(row.kind) << ' ' << good << ' ' << int(by);
      }
}

TEST(SimilarityPercent, FallsWithEachDamage) {
  struct Row {
    const char* name;
    VerdictKind kind;
    void (*damage)(PairSignals& signals, double strength);
  };
  const Row rows[] = {
      {"part", VerdictKind::kPartOf, [](PairSignals& s, double d) { s.match_coverage = 1 - d; }},
      {"frame", VerdictKind::kContains, [](PairSignals& s, double d) { s.query_coverage = 1 - d; }},
      {"change", VerdictKind::kEdited, [](PairSignals& s, double d) { s.changed_share = d / 2; }},
      {"details", VerdictKind::kSamePicture,
       [](PairSignals& s, double d) { s.details.query.partnered = s.details.match.partnered = int(100 * (1 - d)); }},
      {"colour", VerdictKind::kSamePicture,
       [](PairSignals& s, double d) { s.colour_distance = uint32_t(d * 2 * feature::kColourTotal); }},
      {"structure", VerdictKind::kSimilar,
       [](PairSignals& s, double d) { s.structure_correlation = s.agreeing_correlation = 1 - d; }},
      {"hash", VerdictKind::kNone, [](PairSignals& s, double d) { s.phash_distance = 72 + int(60 * d); }},
  };
  for (const Row& row : rows) {
    double last = 100;
    for (double strength : {0.0, 0.2, 0.4, 0.6, 0.8}) {
      PairSignals signals = Whole();
      row.damage(signals, strength);
      const double percent = Percent(signals, row.kind);
      EXPECT_LT(percent, last) << row.name << ' ' << strength;
      last = percent;
    }
  }
}

TEST(SimilarityPercent, EqualButForTheProofIsNearlyHundred) {
  EXPECT_EQ(Percent(Whole(), VerdictKind::kSamePicture), 99.9);
  EXPECT_LT(Percent(Whole(), VerdictKind::kMirrored), 99.9);
}

compare::Overlay Fits(double agree, double query_coverage, double match_coverage) {
  compare::Overlay overlay;
  overlay.query_coverage = query_coverage;
  overlay.match_coverage = match_coverage;
  overlay.places = 200;
  overlay.agreeing_share = overlay.correlation = agree;
  return overlay;
}

// A plain picture whose features say nothing.
PairSignals Plain() {
  PairSignals signals;
  signals.query_size = signals.match_size = {800, 600};
  signals.low_information = true;
  signals.phash_distance = signals.phash_upright_distance = 110;
  return signals;
}

TEST(DecideByOverlay, SaysWhatThePixelsShow) {
  struct Row {
    const char* name;
    compare::Overlay overlay;
    VerdictKind kind;
  };
  const Row rows[] = {
      {"fits", Fits(0.97, 1, 1), VerdictKind::kSamePicture},
      {"a smooth crop", Fits(0.97, 1, 0.3), VerdictKind::kPartOf},
      {"contains", Fits(0.97, 0.3, 1), VerdictKind::kContains},
      {"neither is whole", Fits(0.97, 0.6, 0.6), VerdictKind::kPartOf},
      {"neither is whole, and it fits less", Fits(0.9, 0.6, 0.6), VerdictKind::kSimilar},
      {"fits in part", Fits(0.7, 1, 1), VerdictKind::kSimilar},
      {"chance", Fits(0.22, 1, 1), VerdictKind::kNone},
  };
  for (const Row& row : rows) {
    PairSignals signals = Plain();
    ASSERT_EQ(Decide(signals).kind, VerdictKind::kNone);
    ASSERT_TRUE(InDoubt(Decide(signals)));
    signals.overlay = row.overlay;
    signals.around.deviation = 50;
    const Verdict verdict = Decide(signals);
    EXPECT_EQ(verdict.kind, row.kind) << row.name << ": " << verdict.sentence;
    EXPECT_EQ(verdict.rule == "overlay", row.kind != VerdictKind::kNone) << row.name;
    EXPECT_EQ(SimilarityPercent(verdict) >= 90, IsDuplicate(row.kind)) << row.name;
    EXPECT_EQ(verdict.sentence.find("Not related") == 0, row.kind == VerdictKind::kNone) << row.name;
  }
}

TEST(DecideByOverlay, TooFewPlacesProveNothing) {
  PairSignals signals = Plain();
  signals.overlay = Fits(1, 1, 1);
  signals.overlay->places = Rules{}.overlay_places_min - 1;
  EXPECT_EQ(Decide(signals).kind, VerdictKind::kNone);
}

TEST(DecideByOverlay, LeavesWhatIsCertain) {
  PairSignals signals = Whole();
  const VerdictKind kind = Decide(signals).kind;
  EXPECT_EQ(kind, VerdictKind::kSamePicture);
  signals.overlay = Fits(0.6, 1, 1);
  EXPECT_EQ(Decide(signals).kind, kind);
  // Another shot stays one, however well its ground fits.
  signals.local.parallax = 10;
  signals.overlay = Fits(0.95, 1, 1);
  EXPECT_EQ(Decide(signals).rule, "parallax");
  signals.overlay = Fits(0.99, 0.5, 0.5);
  EXPECT_EQ(Decide(signals).rule, "parallax");
}

TEST(DecideByOverlay, PixelsThatAgreeAllOverOutweighPoints) {
  PairSignals signals = Whole();
  signals.local.parallax = 10;
  signals.overlay = Fits(0.99, 1, 1);
  EXPECT_EQ(Decide(signals).kind, VerdictKind::kSamePicture);
}

TEST(DecideByOverlay, ClassicPoliciesDoNotLook) {
  PairSignals signals = Plain();
  signals.overlay = Fits(1, 1, 1);
  Rules rules;
  rules.policy = Policy::kTwentyPercent;
  EXPECT_EQ(Decide(signals, rules).kind, VerdictKind::kNone);
}

}  // namespace
}  // namespace likeness::dedupe
