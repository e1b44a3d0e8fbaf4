#include "compare/local_match.h"

#include <gtest/gtest.h>

#include "compare/descriptor_match.h"
#include "compare/geometry.h"
#include "compare/test_features.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Point;
using image::Size;

TEST(DescriptorMatchTest, DistancesEqualTheDefinition) {
  std::mt19937_64 random(1);
  std::vector<feature::Descriptor> a(17), b(33);
  for (auto& descriptor : a) descriptor = RandomDescriptor(random);
  for (auto& descriptor : b) descriptor = RandomDescriptor(random);
  for (auto& word : a[3].words) word = ~uint64_t(0);
  b[4] = {};
  for (size_t i = 0; i < a.size(); ++i) {
    std::vector<uint16_t> row(b.size());
    ComputeDistances(a[i], b, row.data());
    for (size_t j = 0; j < b.size(); ++j) EXPECT_EQ(row[j], feature::HammingDistance(a[i], b[j]));
    if (i == 3) {
      EXPECT_EQ(row[4], 512);
    }
  }
}

TEST(DescriptorMatchTest, RatioTestLeavesOutRepeatedPatterns) {
  std::mt19937_64 random(2);
  feature::LocalFeatures query, wall;
  feature::Descriptor brick = RandomDescriptor(random);
  query.keypoints.push_back({50, 50, 10, 0, 1});
  query.descriptors.push_back(brick);
  for (int i = 0; i < 5; ++i) {
    wall.keypoints.push_back({float(100 * i), 50, 10, 0, 1});
    feature::Descriptor other = brick;
    for (int bit = 0; bit < 40 + i; ++bit) other.words[0] ^= uint64_t(1) << bit;
    wall.descriptors.push_back(other);
  }
  EXPECT_TRUE(FindCandidates(query, wall, 110, 0.92).empty());
  // The same spot in two octaves is no repetition.
  wall.keypoints.resize(2);
  wall.descriptors.resize(2);
  wall.keypoints[1].x = wall.keypoints[0].x + 3;
  EXPECT_EQ(FindCandidates(query, wall, 110, 0.92).size(), 1u);
}

struct Copy {
  const char* name;
  Affine query_from_match;
  Size query_size;
  double query_coverage, match_coverage;
  double jitter_px = 0.7;
  int flips = 30, outliers = 60;
};

const Size kOriginal{900, 600};

const Copy kCopies[] = {
    {"same", {}, {900, 600}, 1, 1},
    {"half size", Similarity(0.5, 0, 0, 0), {450, 300}, 1, 1},
    {"twice the size", Similarity(2, 0, 0, 0), {1800, 1200}, 1, 1},
    {"crop of a quarter", Similarity(1, 0, -300, -200), {450, 300}, 1, 0.25},
    {"enlarged crop of a tenth", Similarity(3, 0, -900, -600), {854, 569}, 1, 0.1},
    {"quarter turn", Similarity(1, 90, 600, 0), {600, 900}, 1, 1},
    {"upside down", Similarity(1, 180, 900, 600), {900, 600}, 1, 1},
    {"turned by 17 degrees", Similarity(0.9, 17, 160, 0), {1000, 800}, 0.546, 1},
    {"stretched", {1.25, 0, 0, 0, 0.85, 0}, {1125, 510}, 1, 1},
    {"border", Similarity(1, 0, 100, 100), {1100, 800}, 0.614, 1},
    {"collage", Similarity(0.5, 0, 450, 300), {900, 600}, 0.25, 1, 0.7, 30, 150},
    {"strong noise", {}, {900, 600}, 1, 1, 2.0, 80, 100},
};

TEST(LocalMatchTest, FindsTheTransformOfCopies) {
  feature::LocalFeatures original = RandomPoints(200, kOriginal, 7);
  for (const Copy& copy : kCopies) {
    SCOPED_TRACE(copy.name);
    feature::LocalFeatures query =
        Moved(original, copy.query_from_match, copy.query_size, copy.jitter_px, copy.flips, copy.outliers, 11);
    LocalMatch match = MatchLocal(query, copy.query_size, original, kOriginal);
    ASSERT_GT(match.inliers, 8);
    EXPECT_LT(match.log10_false_alarms, -8);
    EXPECT_NEAR(match.query_coverage, copy.query_coverage, 0.05);
    EXPECT_NEAR(match.match_coverage, copy.match_coverage, 0.05);
    EXPECT_FALSE(match.query_from_match.mirrored());
    EXPECT_EQ(int(match.points.size()), match.inliers);
    for (Point corner : {Point{0, 0}, Point{900, 0}, Point{900, 600}, Point{0, 600}}) {
      Point got = match.query_from_match.Apply(corner), expected = copy.query_from_match.Apply(corner);
      EXPECT_LT(std::hypot(got.x - expected.x, got.y - expected.y), 12);
    }
    for (size_t i = 1; i < match.points.size(); ++i) {
      EXPECT_LE(match.points[i - 1].distance, match.points[i].distance);
    }
    EXPECT_NEAR(Area(match.region_in_match), match.match_coverage * 900 * 600, 0.12 * 900 * 600);
  }
}

TEST(LocalMatchTest, StrangersDoNotMatch) {
  for (uint64_t seed = 100; seed < 130; ++seed) {
    feature::LocalFeatures a = RandomPoints(256, kOriginal, seed), b = RandomPoints(256, kOriginal, seed + 1000);
    LocalMatch match = MatchLocal(a, kOriginal, b, kOriginal);
    EXPECT_TRUE(match.inliers == 0 || match.log10_false_alarms > -3) << "seed " << seed;
  }
}

// Descriptors that pair up but at places that agree on nothing.
TEST(LocalMatchTest, PartnersAtRandomPlacesProveNothing) {
  for (uint64_t seed = 1; seed < 30; ++seed) {
    std::mt19937_64 random(seed);
    feature::LocalFeatures a = RandomPoints(200, kOriginal, seed), b = RandomPoints(200, kOriginal, seed + 500);
    for (size_t i = 0; i < 200; ++i) b.descriptors[i] = Noisy(a.descriptors[i], 40, random);
    LocalMatch match = MatchLocal(a, kOriginal, b, kOriginal);
    EXPECT_TRUE(match.inliers == 0 || match.log10_false_alarms > -3)
        << "seed " << seed << ": " << match.inliers << " inliers, " << match.log10_false_alarms;
  }
}

TEST(LocalMatchTest, ManyPointsOnOneSpotAreOneProof) {
  feature::LocalFeatures a = RandomPoints(12, {6, 6}, 3), b = a;
  LocalMatch match = MatchLocal(a, kOriginal, b, kOriginal);
  EXPECT_EQ(match.inliers, 0);
}

TEST(LocalMatchTest, EmptyAndDegenerateInput) {
  feature::LocalFeatures points = RandomPoints(50, kOriginal, 5);
  EXPECT_EQ(MatchLocal({}, kOriginal, points, kOriginal).inliers, 0);
  EXPECT_EQ(MatchLocal(points, kOriginal, {}, kOriginal).inliers, 0);
  EXPECT_EQ(MatchLocal(points, {0, 0}, points, kOriginal).inliers, 0);
  for (feature::Keypoint& keypoint : points.keypoints) keypoint.size = 0;
  EXPECT_EQ(MatchLocal(points, kOriginal, points, kOriginal).inliers, 0);
}

TEST(LocalMatchTest, UnmirrorTellsTheTransformForTheQueryItself) {
  feature::LocalFeatures original = RandomPoints(150, kOriginal, 9);
  const Size size{450, 600};
  // The mirrored query is the right half of the original; the query itself has x flipped.
  feature::LocalFeatures mirrored = Moved(original, Similarity(1, 0, -450, 0), size, 0.5, 20, 20, 4);
  LocalMatch match = Unmirror(MatchLocal(mirrored, size, original, kOriginal), size.width);
  ASSERT_GT(match.inliers, 20);
  EXPECT_TRUE(match.query_from_match.mirrored());
  EXPECT_NEAR(match.query_from_match.Apply({900, 100}).x, 0, 5);
  EXPECT_NEAR(match.query_from_match.Apply({450, 100}).x, 450, 5);
  for (const Correspondence& point : match.points) {
    Point mapped = match.query_from_match.Apply(point.match);
    EXPECT_LT(std::hypot(mapped.x - point.query.x, mapped.y - point.query.y), 15);
  }
}

}  // namespace
}  // namespace likeness::compare
