#include "compare/signals.h"

#include <gtest/gtest.h>

#include "compare/test_features.h"

namespace likeness::compare {
namespace {

using feature::Orientation8;
using image::Affine;
using image::Point;
using image::Size;

feature::Hash256 RandomHash(uint64_t seed) {
  std::mt19937_64 random(seed);
  return {{random(), random(), random(), random()}};
}

QueryFeatures MakeQuery(uint64_t seed, Size size) {
  QueryFeatures query;
  query.features.width = uint32_t(size.width);
  query.features.height = uint32_t(size.height);
  query.features.pixel_hash.fill(uint8_t(seed));
  query.features.phash = RandomHash(seed);
  for (int i = 0; i < feature::kOrientations; ++i)
    query.phash_variants[size_t(i)] = RandomHash(seed * 100 + uint64_t(i));
  query.phash_variants[0] = query.features.phash;
  query.features.pdq = {RandomHash(seed + 50), 100};
  query.features.colour = {{uint16_t(seed), 40000}, {uint16_t(seed + 100), feature::kColourTotal - 40000}};
  query.features.local = RandomPoints(200, size, seed);
  query.local_mirrored = RandomPoints(200, size, seed + 9000);
  query.features.structure = Hills(seed);
  return query;
}

constexpr Size kSize{800, 600};

TEST(SignalsTest, TheSamePicture) {
  QueryFeatures query = MakeQuery(1, kSize);
  PairSignals signals = Compare(query, query.features);
  EXPECT_TRUE(signals.same_pixels);
  EXPECT_EQ(signals.phash_distance, 0);
  EXPECT_EQ(signals.orientation, Orientation8::kUpright);
  EXPECT_EQ(signals.pdq_distance, 0);
  EXPECT_TRUE(signals.pdq_reliable);
  EXPECT_EQ(signals.colour_distance, 0u);
  EXPECT_EQ(signals.aligned_by, AlignedBy::kLocal);
  EXPECT_EQ(signals.changed_share, 0);
}

TEST(SignalsTest, EqualHashOfOtherSizesIsNotTheSamePixels) {
  QueryFeatures query = MakeQuery(1, kSize), other = MakeQuery(1, {1600, 1200});
  EXPECT_FALSE(Compare(query, other.features).same_pixels);
}

TEST(SignalsTest, Strangers) {
  for (uint64_t seed = 2; seed < 12; ++seed) {
    PairSignals signals = Compare(MakeQuery(1, kSize), MakeQuery(seed, kSize).features);
    EXPECT_FALSE(signals.same_pixels);
    EXPECT_GT(signals.phash_distance, 70);
    EXPECT_EQ(signals.colour_distance, 2 * feature::kColourTotal);
  }
}

TEST(SignalsTest, TheBestOrientationIsTold) {
  QueryFeatures query = MakeQuery(1, kSize), match = MakeQuery(2, kSize);
  match.features.phash = query.phash_variants[6];
  PairSignals signals = Compare(query, match.features);
  EXPECT_EQ(signals.phash_distance, 0);
  EXPECT_EQ(signals.orientation, Orientation8::kMirroredRotated180);
  EXPECT_GT(signals.phash_upright_distance, 70);
}

TEST(SignalsTest, LowQualityMakesPdqUnreliable) {
  QueryFeatures query = MakeQuery(1, kSize), match = query;
  match.features.pdq.quality = 49;
  EXPECT_FALSE(Compare(query, match.features).pdq_reliable);
}

TEST(SignalsTest, PlainPicturesAreNeverMatchedByPoints) {
  QueryFeatures query = MakeQuery(1, kSize), match = query;
  match.features.low_information = true;
  PairSignals signals = Compare(query, match.features);
  EXPECT_TRUE(signals.low_information);
  EXPECT_EQ(signals.local.inliers, 0);
  EXPECT_EQ(signals.aligned_by, AlignedBy::kWhole);
}

TEST(SignalsTest, MirroredPointsGiveAMirroredTransform) {
  QueryFeatures query = MakeQuery(1, kSize), match = MakeQuery(2, kSize);
  query.local_mirrored = Moved(match.features.local, {}, kSize, 0.5, 20, 0, 5);
  query.features.structure = Hills(2, [](Point p) { return Point{1 - p.x, p.y}; });
  PairSignals signals = Compare(query, match.features);
  EXPECT_TRUE(signals.local_mirrored);
  EXPECT_TRUE(signals.query_from_match.mirrored());
  EXPECT_NEAR(signals.query_from_match.Apply({0, 0}).x, 800, 3);
  EXPECT_GT(signals.structure_correlation, 0.98);
  EXPECT_LT(signals.changed_share, 0.01);
}

TEST(SignalsTest, WholeFrameFollowsTheOrientation) {
  // The query's corner (0, 0) lies, after mirroring and turning clockwise, at this corner of the unit square.
  struct Row {
    Orientation8 orientation;
    Point corner;
  };
  const Row rows[] = {{Orientation8::kUpright, {0, 0}},
                      {Orientation8::kRotated90, {1, 0}},
                      {Orientation8::kRotated180, {1, 1}},
                      {Orientation8::kRotated270, {0, 1}},
                      {Orientation8::kMirrored, {1, 0}},
                      {Orientation8::kMirroredRotated90, {1, 1}},
                      {Orientation8::kMirroredRotated180, {0, 1}},
                      {Orientation8::kMirroredRotated270, {0, 0}}};
  const Size query{400, 300};
  for (const Row& row : rows) {
    bool upright = int(row.orientation) % 2 == 0;
    const Size match = upright ? Size{800, 600} : Size{600, 800};
    Affine transform = WholeFrame(query, match, row.orientation);
    Point at = transform.Apply({row.corner.x * match.width, row.corner.y * match.height});
    EXPECT_NEAR(at.x, 0, 1e-9) << int(row.orientation);
    EXPECT_NEAR(at.y, 0, 1e-9) << int(row.orientation);
    EXPECT_EQ(transform.mirrored(), int(row.orientation) >= 4);
    EXPECT_NEAR(transform.scale(), 0.5, 1e-9);
  }
}

}  // namespace
}  // namespace likeness::compare
