#include "compare/guided.h"

#include <gtest/gtest.h>

#include "compare/local_match.h"
#include "compare/test_features.h"

namespace likeness::compare {
namespace {

const image::Size kOriginal{900, 600};
constexpr double kTolerance = 8;

TEST(GuidedMatchTest, FindsWhatTheTransformLeadsTo) {
  feature::LocalFeatures match = RandomPoints(400, kOriginal, 3);
  const image::Affine transform = Similarity(2, 30, 500, -100);
  feature::LocalFeatures query = Moved(match, transform, {1500, 1500}, 1, 90, 100, 4);
  GuidedMatch guided = MatchGuided(query, match, transform, kTolerance, {});
  EXPECT_GT(guided.found.size(), 40u);
  EXPECT_LT(guided.log10_chance, -50);
  EXPECT_GE(guided.asked, int(guided.found.size()) / 2);
  std::vector<bool> used(match.keypoints.size());
  int last = 0;
  for (const Candidate& pair : guided.found) {
    EXPECT_FALSE(used[size_t(pair.match)]);
    used[size_t(pair.match)] = true;
    EXPECT_GE(pair.distance, last);
    last = pair.distance;
  }
  // Elsewhere nothing is found.
  GuidedMatch wrong = MatchGuided(query, match, Similarity(2, 30, 560, -140), kTolerance, {});
  EXPECT_GT(wrong.log10_chance, -2);
}

TEST(GuidedMatchTest, KnownPlacesSayNothingNew) {
  feature::LocalFeatures match = RandomPoints(60, kOriginal, 5);
  feature::LocalFeatures query = Moved(match, {}, kOriginal, 0.5, 20, 0, 6);
  std::vector<Candidate> all = MatchGuided(query, match, {}, kTolerance, {}).found;
  ASSERT_GT(all.size(), 50u);
  GuidedMatch again = MatchGuided(query, match, {}, kTolerance, all);
  EXPECT_TRUE(again.found.empty());
  EXPECT_EQ(again.log10_chance, 0);
}

TEST(GuidedMatchTest, BadTransformsFindNothing) {
  feature::LocalFeatures points = RandomPoints(20, kOriginal, 7);
  for (const image::Affine& transform :
       {image::Affine{0, 0, 0, 0, 0, 0}, Similarity(1, 0, 1e12, 0), Similarity(1e-9, 0, 0, 0)})
    EXPECT_TRUE(MatchGuided(points, points, transform, kTolerance, {}).found.empty());
  EXPECT_TRUE(MatchGuided({}, points, {}, kTolerance, {}).found.empty());
  EXPECT_TRUE(MatchGuided(points, {}, {}, kTolerance, {}).found.empty());
}

// A small crop shares few leading points with the whole picture; those that are not leading ones prove it.
TEST(GuidedMatchTest, PointsBehindTheLeadingOnesProveASmallCrop) {
  const image::Affine crop = Similarity(3, 0, -900, -600);
  feature::LocalFeatures match = RandomPoints(feature::kLocalPointsMax, kOriginal, 11);
  // The crop's own leading points hide all but a few of the shared ones.
  feature::LocalFeatures shared = Moved(match, crop, {854, 569}, 0.7, 40, 0, 12);
  feature::LocalFeatures query = RandomPoints(feature::kLocalLeadingMax - 6, {854, 569}, 13);
  query.keypoints.insert(query.keypoints.end(), shared.keypoints.begin(), shared.keypoints.end());
  query.descriptors.insert(query.descriptors.end(), shared.descriptors.begin(), shared.descriptors.end());
  feature::LocalFeatures leading = query;
  leading.keypoints.resize(feature::kLocalLeadingMax);
  leading.descriptors.resize(feature::kLocalLeadingMax);
  LocalMatch all = MatchLocal(query, {854, 569}, match, kOriginal);
  LocalMatch few = MatchLocal(leading, {854, 569}, match, kOriginal);
  EXPECT_LT(all.log10_false_alarms, -12);
  EXPECT_LT(all.log10_false_alarms, few.log10_false_alarms - 10);
  EXPECT_GT(all.inliers, 12);
}

// Points found this way have no details; under a stretch some lie at the tolerance's edge.
TEST(GuidedMatchTest, StretchedPairsOfManyPoints) {
  const image::Affine stretch{1.5, 0, 0, 0, 0.7, 0};
  const image::Size size{1350, 420};
  for (uint64_t seed = 20; seed < 40; ++seed) {
    feature::LocalFeatures match = RandomPoints(feature::kLocalPointsMax, kOriginal, seed);
    feature::LocalFeatures shared = Moved(match, stretch, size, 4, 60, 0, seed + 100);
    feature::LocalFeatures query = RandomPoints(feature::kLocalLeadingMax - 12, size, seed + 200);
    query.keypoints.insert(query.keypoints.end(), shared.keypoints.begin(), shared.keypoints.end());
    query.descriptors.insert(query.descriptors.end(), shared.descriptors.begin(), shared.descriptors.end());
    LocalMatch found = MatchLocal(query, size, match, kOriginal);
    EXPECT_LE(found.elsewhere.size(), size_t(found.candidates));
    for (const Correspondence& pair : found.points) {
      const image::Point to = found.query_from_match.Apply(pair.match);
      EXPECT_LT(std::hypot(to.x - pair.query.x, to.y - pair.query.y), 40);
    }
  }
}

}  // namespace
}  // namespace likeness::compare
