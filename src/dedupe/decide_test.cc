#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/geometry.h"
#include "compare/test_features.h"
#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using compare::AlignedBy;
using compare::PairSignals;
using compare::Similarity;
using image::Affine;
using image::Size;
using testing::HasSubstr;

constexpr Size kOriginal{1000, 800};

PairSignals Strangers() {
  PairSignals signals;
  signals.query_size = signals.match_size = kOriginal;
  signals.phash_distance = signals.phash_upright_distance = 110;
  signals.pdq_distance = 126;
  signals.pdq_reliable = true;
  signals.colour_distance = 90000;
  return signals;
}

// Proven by points, the overlap agreeing.
PairSignals Copied(const Affine& transform, Size query_size, double changed = 0, double around_deviation = 60) {
  PairSignals signals = Strangers();
  signals.query_size = query_size;
  signals.local.inliers = 60;
  signals.local.log10_false_alarms = -40;
  signals.local.query_from_match = signals.query_from_match = transform;
  compare::Polygon overlap = compare::ClipToFrame(compare::Map(transform, compare::Frame(kOriginal)), query_size);
  double area = compare::Area(overlap);
  signals.query_coverage = signals.local.query_coverage = area / (double(query_size.width) * query_size.height);
  signals.match_coverage = signals.local.match_coverage =
      area / (std::abs(transform.determinant()) * kOriginal.width * kOriginal.height);
  signals.aligned_by = AlignedBy::kLocal;
  signals.structure_correlation = signals.agreeing_correlation = 0.98;
  signals.changed_share = changed;
  signals.around = {1 - signals.query_coverage, around_deviation};
  return signals;
}

PairSignals Whole(int phash, double correlation, double changed = 0) {
  PairSignals signals = Strangers();
  signals.phash_distance = signals.phash_upright_distance = phash;
  signals.aligned_by = AlignedBy::kWhole;
  signals.query_coverage = signals.match_coverage = 1;
  signals.structure_correlation = correlation;
  signals.changed_share = changed;
  return signals;
}

template <typename Change>
PairSignals With(PairSignals signals, Change change) {
  change(signals);
  return signals;
}

struct Row {
  const char* name;
  PairSignals signals;
  VerdictKind kind;
  const char* sentence;  // contains
};

TEST(DecideTest, Table) {
  const Affine mirror{-1, 0, 1000, 0, 1, 0};
  const Row rows[] = {
      {"strangers", Strangers(), VerdictKind::kNone, "Not related"},
      {"same bytes", With(Strangers(), [](auto& s) { s.same_bytes = true; }), VerdictKind::kExact, "The same file."},
      {"same pixels", With(Strangers(), [](auto& s) { s.same_pixels = true; }), VerdictKind::kPixelEqual,
       "exactly the same pixels"},
      {"same bytes of a plain picture", With(Strangers(), [](auto& s) { s.same_bytes = s.low_information = true; }),
       VerdictKind::kExact, "The same file."},
      {"resized", Copied(Similarity(0.5, 0, 0, 0), {500, 400}), VerdictKind::kSamePicture, "reduced to 50 %"},
      {"enlarged", Copied(Similarity(2, 0, 0, 0), {2000, 1600}), VerdictKind::kSamePicture, "enlarged to 200 %"},
      {"mirrored", Copied(mirror, kOriginal), VerdictKind::kMirrored, "mirrored"},
      {"top to bottom", Copied({1, 0, 0, 0, -1, 800}, kOriginal), VerdictKind::kMirrored, "mirrored, turned by 180°"},
      {"quarter turn", Copied(Similarity(1, 90, 800, 0), {800, 1000}), VerdictKind::kRotated, "turned by 90°"},
      {"half turn", Copied(Similarity(1, 180, 1000, 800), kOriginal), VerdictKind::kRotated, "turned by 180°"},
      {"crop", Copied(Similarity(1, 0, -200, -160), {617, 493}), VerdictKind::kPartOf,
       "Cropped copy: shows 38 % of the original."},
      {"mirrored crop", Copied({-1, 0, 800, 0, 1, -160}, {617, 493}), VerdictKind::kPartOf,
       "Cropped copy: shows 38 % of the original, mirrored."},
      {"crop on its side", Copied(Similarity(1, 90, 700, -200), {617, 493}), VerdictKind::kPartOf, "turned by 90°"},
      {"border", Copied(Similarity(1, 0, 100, 100), {1200, 1000}, 0, 2), VerdictKind::kEdited, "a border was added"},
      {"collage", Copied(Similarity(0.5, 0, 500, 400), kOriginal), VerdictKind::kContains,
       "Contains the whole original on 25 % of its area"},
      {"watermark", Copied({}, kOriginal, 0.12), VerdictKind::kEdited, "12 % of the picture was changed"},
      {"heavy edit",
       With(Copied({}, kOriginal, 0.5),
            [](auto& s) {
              s.structure_correlation = 0.4;
              s.agreeing_correlation = 0.99;
            }),
       VerdictKind::kEdited, "50 % of the picture was changed"},
      {"overlapping crops", Copied(Similarity(1, 0, -300, 0), kOriginal, 0.02), VerdictKind::kPartOf, "Overlapping"},
      {"overlapping views",
       With(Copied(Similarity(1, 0, -300, 0), kOriginal, 0.13), [](auto& s) { s.structure_correlation = 0.955; }),
       VerdictKind::kSimilar, "not a copy"},
      {"thumbnail with few points",
       With(Whole(20, 0.995),
            [](auto& s) {
              s.low_information = true;
              s.pdq_distance = 20;
            }),
       VerdictKind::kSamePicture, "The same picture"},
      {"small turn", Copied(Similarity(1, 4, 30, -34), kOriginal), VerdictKind::kEdited, "turned by 4°"},
      {"points agree, pictures do not", Copied({}, kOriginal, 0.7), VerdictKind::kSimilar, "not a copy"},
      {"parallax", With(Copied(Similarity(1, 3, -300, 0), kOriginal), [](auto& s) { s.structure_correlation = 0.6; }),
       VerdictKind::kSimilar, "not a copy"},
      {"another shot of the scene", With(Copied({}, kOriginal), [](auto& s) { s.local.parallax = 5; }),
       VerdictKind::kSimilar, "Another shot of the same scene"},
      {"no proof, so no parallax",
       With(Whole(12, 0.98),
            [](auto& s) {
              s.local.parallax = 5;
              s.local.inliers = 6;
              s.local.log10_false_alarms = -5;
            }),
       VerdictKind::kSamePicture, "The same picture"},
      {"other proportions", Copied({0.5, 0, 0, 0, 0.7, 0}, {500, 560}), VerdictKind::kSamePicture,
       "with other proportions"},
      {"cut at the edge", Copied(Similarity(1, 0, -60, 0), {940, 800}), VerdictKind::kSamePicture, "slightly cropped"},
      {"blurred", With(Copied({}, kOriginal, 0.05), [](auto& s) { s.blurred = 1; }), VerdictKind::kSamePicture,
       "blurred"},
      {"plain ground, no border", Copied(Similarity(1, 0, 0, 160), {1000, 960}, 0, 8), VerdictKind::kContains,
       "Contains the whole original on 83 % of its area"},
      {"few points, not beyond doubt",
       With(Copied({}, kOriginal),
            [](auto& s) {
              s.local.inliers = 6;
              s.local.log10_false_alarms = -7;
            }),
       VerdictKind::kNone, "Not related"},
      {"hash alone", Whole(12, 0.9), VerdictKind::kSamePicture, "The same picture"},
      {"hash and structure", Whole(50, 0.99), VerdictKind::kSamePicture, "The same picture"},
      {"rather near hash, another structure", Whole(50, 0.7, 0.4), VerdictKind::kSimilar, "not a copy"},
      {"PDQ and structure", With(Whole(70, 0.99), [](auto& s) { s.pdq_distance = 20; }), VerdictKind::kSamePicture,
       "The same picture"},
      {"unreliable PDQ",
       With(Whole(70, 0.99),
            [](auto& s) {
              s.pdq_distance = 20;
              s.pdq_reliable = false;
            }),
       VerdictKind::kSimilar, "not a copy"},
      {"hash with an edit", Whole(30, 0.97, 0.08), VerdictKind::kEdited, "8 % of the picture was changed"},
      {"mirrored by hash", With(Whole(10, 0.99), [&](auto& s) { s.query_from_match = mirror; }), VerdictKind::kMirrored,
       "mirrored"},
      {"plain, near",
       With(Whole(4, 0),
            [](auto& s) {
              s.low_information = true;
              s.pdq_reliable = false;
              s.colour_distance = 500;
            }),
       VerdictKind::kSamePicture, "too plain to be sure"},
      {"plain, near, of another shape",
       With(Whole(4, 0),
            [](auto& s) {
              s.low_information = true;
              s.pdq_reliable = false;
              s.colour_distance = 500;
              s.query_size = {1600, 900};
            }),
       VerdictKind::kNone, "plain"},
      {"plain, another colour",
       With(Whole(4, 0),
            [](auto& s) {
              s.low_information = true;
              s.pdq_reliable = false;
            }),
       VerdictKind::kNone, "plain"},
      {"plain with many points", With(Copied({}, kOriginal), [](auto& s) { s.low_information = true; }),
       VerdictKind::kNone, "plain"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Verdict verdict = Decide(row.signals);
    EXPECT_EQ(Name(verdict.kind), Name(row.kind)) << verdict.sentence << " [" << verdict.rule << "]";
    EXPECT_THAT(verdict.sentence, HasSubstr(row.sentence));
    EXPECT_GE(verdict.score, 0);
    EXPECT_LE(verdict.score, 1);
    if (IsDuplicate(verdict.kind)) {
      EXPECT_GE(verdict.score, 0.5);
      EXPECT_FALSE(verdict.rule.empty());
    } else {
      EXPECT_LT(verdict.score, 0.5);
    }
  }
}

// Details of a pair: of 100 points on either side so many have partners and so many are disputed.
PairSignals Detailed(PairSignals signals, double ground, int partnered, int disputed, double barest = 0) {
  signals.ground = ground;
  signals.details.query = {100, partnered, disputed, 0.8, barest};
  signals.details.match = {100, partnered, disputed, 0.8, 0};
  return signals;
}

TEST(DecideTest, DetailsTellPagesApart) {
  struct Case {
    const char* name;
    PairSignals signals;
    VerdictKind kind;
    const char* rule;
  };
  const PairSignals copied = Copied({}, kOriginal);
  PairSignals moved = copied, blurred = copied;
  moved.local.moved_points = blurred.local.moved_points = 5;
  PairSignals repeated = moved;  // look-alike points of a pattern pair up anywhere, but nothing has changed
  moved.changed_share = blurred.changed_share = 0.02;
  repeated.changed_share = 0;
  blurred.blurred = 1;
  PairSignals shifted = copied;  // its points are too few, but its cells tell
  shifted.shifted.log10_false_alarms = -6;
  PairSignals still = shifted;
  shifted.changed_share = 0.04;
  // Bars fall alike on the ground of a code; a covered page is proven by much more.
  PairSignals bars = With(Detailed(Copied({}, kOriginal, 0.3), 0.99, 40, 0), [](auto& s) {
    s.structure_correlation = 0.86;
    s.local.log10_false_alarms = -36;
  });
  PairSignals covered = With(bars, [](auto& s) { s.local.log10_false_alarms = -180; });
  PairSignals thumbnail = With(bars, [](auto& s) { s.changed_share = 0.08; });
  PairSignals sunsets = With(Copied({}, kOriginal, 0.24), [](auto& s) {
    s.structure_correlation = 0.87;
    s.phash_distance = 118;
    s.local.log10_false_alarms = -12.5;
  });
  PairSignals faint = With(sunsets, [](auto& s) { s.structure_correlation = 0.95; });
  const PairSignals invoice = Detailed(Copied({}, kOriginal, 0.02), 0.95, 65, 12);
  const Case cases[]{
      {"cells stand elsewhere", shifted, VerdictKind::kSimilar, "moved"},
      {"cells, but nothing changed", still, VerdictKind::kSamePicture, "inliers+structure"},
      {"bar codes", bars, VerdictKind::kSimilar, "inliers"},
      {"a covered page", covered, VerdictKind::kEdited, "inliers+structure"},
      {"a page's thumbnail", thumbnail, VerdictKind::kEdited, "inliers+structure"},
      {"two sunsets with one horizon", sunsets, VerdictKind::kSimilar, "inliers"},
      {"an edited copy with as weak a proof", faint, VerdictKind::kEdited, "inliers+structure"},
      {"an invoice with other entries", invoice, VerdictKind::kSimilar, "details"},
      {"a page of which nothing changed but points", Detailed(copied, 0.95, 65, 12), VerdictKind::kSamePicture,
       "inliers+structure"},
      {"a page again", Detailed(copied, 0.95, 90, 2), VerdictKind::kSamePicture, "inliers+structure"},
      {"another letter of the same head", Detailed(copied, 0.95, 30, 66), VerdictKind::kSimilar, "details"},
      {"another entry in the form", Detailed(copied, 0.95, 70, 20), VerdictKind::kSimilar, "details"},
      {"a photo with as much covered", Detailed(copied, 0.2, 70, 20), VerdictKind::kSamePicture, "inliers+structure"},
      {"a thing on a plain ground with a logo", Detailed(copied, 0.8, 75, 20), VerdictKind::kSamePicture,
       "inliers+structure"},
      {"codes", Detailed(copied, 1, 15, 0), VerdictKind::kSimilar, "details"},
      {"a photo with half of it under another", Detailed(copied, 0.2, 28, 72), VerdictKind::kSamePicture,
       "inliers+structure"},
      {"a wall behind two scenes", Detailed(copied, 0.2, 12, 85), VerdictKind::kSimilar, "details"},
      {"pages by hash", Detailed(Whole(10, 0.99), 0.95, 5, 0), VerdictKind::kSimilar, "details"},
      {"pages by hash, too small for points", Whole(10, 0.99), VerdictKind::kSamePicture, "phash+structure"},
      {"a line of text", Detailed(copied, 0.2, 90, 5, -6), VerdictKind::kEdited, "inliers+structure"},
      {"chance", Detailed(copied, 0.2, 90, 5, -3), VerdictKind::kSamePicture, "inliers+structure"},
      {"something stands elsewhere", moved, VerdictKind::kSimilar, "moved"},
      {"a repeated pattern", repeated, VerdictKind::kSamePicture, "inliers+structure"},
      {"points of a blurred copy wander", blurred, VerdictKind::kSamePicture, "inliers+structure"},
  };
  for (const Case& row : cases) {
    Verdict verdict = Decide(row.signals);
    EXPECT_EQ(verdict.kind, row.kind) << row.name << ": " << verdict.sentence;
    EXPECT_EQ(verdict.rule, row.rule) << row.name;
  }
}

TEST(DecideTest, PlainPicturesSayWhatTheyWereComparedBy) {
  PairSignals plain = Whole(2, 0.99);
  EXPECT_EQ(Decide(plain).note, "");
  plain.low_information = true;
  EXPECT_THAT(Decide(plain).note, HasSubstr("Too flat for points: compared by hash, PDQ"));
  plain.pdq_reliable = false;
  EXPECT_THAT(Decide(plain).note, HasSubstr("compared by hash, colour"));
  plain.same_pixels = true;
  EXPECT_EQ(Decide(plain).note, "") << "equal pixels need no excuse";
}

TEST(DecideTest, RulesAreParameters) {
  Rules strict;
  strict.inliers_min = 100;
  strict.false_alarms_log10_few = -100;
  EXPECT_FALSE(IsDuplicate(Decide(Copied({}, kOriginal), strict).kind));
  EXPECT_TRUE(IsDuplicate(Decide(Copied({}, kOriginal)).kind));
}

TEST(DecideTest, MoreProofMakesMoreScore) {
  PairSignals weak = Copied({}, kOriginal), strong = weak;
  weak.local.log10_false_alarms = -8;
  weak.structure_correlation = weak.agreeing_correlation = 0.85;
  EXPECT_GT(Decide(strong).score, Decide(weak).score);
  EXPECT_GT(Decide(Whole(5, 0.99)).score, Decide(Whole(50, 0.99)).score);
}

TEST(NamesTest, RoundTrip) {
  for (int i = 0; i <= int(VerdictKind::kSimilar); ++i) {
    EXPECT_EQ(VerdictFromName(Name(VerdictKind(i))), VerdictKind(i));
  }
  EXPECT_EQ(VerdictFromName("nonsense"), VerdictKind::kNone);
  EXPECT_EQ(VerdictFromName(""), VerdictKind::kNone);
}

}  // namespace
}  // namespace likeness::dedupe
