#include "compare/structure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "compare/test_features.h"

namespace likeness::compare {
namespace {

using feature::kStructureSide;
using feature::Structure;
using image::Affine;
using image::Point;
using image::Size;

constexpr Size kSize{960, 640};

TEST(StructureTest, EqualPicturesAgree) {
  StructureAgreement agreement = AlignStructure(Hills(1), kSize, Hills(1), kSize, {});
  EXPECT_GT(agreement.correlation, 0.999);
  EXPECT_EQ(agreement.changed_share, 0);
  EXPECT_TRUE(agreement.changed_regions.empty());
}

TEST(StructureTest, StrangersDisagree) {
  for (uint64_t seed = 2; seed < 12; ++seed) {
    StructureAgreement agreement = AlignStructure(Hills(1), kSize, Hills(seed), kSize, {});
    EXPECT_LT(agreement.correlation, 0.7) << seed;
    EXPECT_GT(agreement.changed_share, 0.3) << seed;
  }
}

TEST(StructureTest, ExposureIsTakenOut) {
  Structure darker = Hills(3);
  for (uint8_t& value : darker) value = uint8_t(10 + value * 0.6);
  StructureAgreement agreement = AlignStructure(darker, kSize, Hills(3), kSize, {});
  EXPECT_NEAR(agreement.gain, 0.6, 0.03);
  EXPECT_NEAR(agreement.offset, 10, 4);
  EXPECT_EQ(agreement.changed_share, 0);
}

TEST(StructureTest, TonesAndClippingAreNoChangeOfPlaces) {
  Structure gamma = Hills(3), clipped = Hills(3);
  for (uint8_t& value : gamma) value = uint8_t(255 * std::pow(value / 255.0, 2.0));
  for (uint8_t& value : clipped) value = uint8_t(std::max(0, value - 90));
  for (const Structure* toned : {&gamma, &clipped}) {
    EXPECT_LT(AlignStructure(*toned, kSize, Hills(3), kSize, {}).changed_share, 0.01);
    EXPECT_LT(AlignStructure(Hills(3), kSize, *toned, kSize, {}).changed_share, 0.01);
  }
}

TEST(StructureTest, ABlurIsNoChangeButAnEditUnderItIs) {
  std::mt19937_64 random(5);
  Structure sharp, blurred{};
  for (int i = 0; i < kStructureSide * kStructureSide; ++i) {
    // Blocks of 3 cells: detail that a blur takes away.
    sharp[size_t(i)] = i % kStructureSide % 3 || i / kStructureSide % 3 ? 0 : uint8_t(random() % 256);
  }
  for (int y = 0; y < kStructureSide; ++y) {
    for (int x = 0; x < kStructureSide; ++x)
      sharp[size_t(y * kStructureSide + x)] = sharp[size_t((y - y % 3) * kStructureSide + x - x % 3)];
  }
  for (int y = 0; y < kStructureSide; ++y) {
    for (int x = 0; x < kStructureSide; ++x) {
      int sum = 0, count = 0;
      for (int v = std::max(0, y - 2); v <= std::min(kStructureSide - 1, y + 2); ++v) {
        for (int u = std::max(0, x - 2); u <= std::min(kStructureSide - 1, x + 2); ++u, ++count)
          sum += sharp[size_t(v * kStructureSide + u)];
      }
      blurred[size_t(y * kStructureSide + x)] = uint8_t(sum / count);
    }
  }
  StructureAgreement soft = AlignStructure(blurred, kSize, sharp, kSize, {});
  EXPECT_TRUE(soft.query_blurred);
  EXPECT_FALSE(soft.match_blurred);
  EXPECT_LT(soft.changed_share, 0.05);
  EXPECT_TRUE(AlignStructure(sharp, kSize, blurred, kSize, {}).match_blurred);
  Structure edited = blurred;
  for (int y = 8; y < 24; ++y) {
    for (int x = 8; x < 40; ++x) edited[size_t(y * kStructureSide + x)] = 255;
  }
  EXPECT_GT(AlignStructure(edited, kSize, sharp, kSize, {}).changed_share, 0.1);
}

TEST(StructureTest, CropsOfTheSquashedStructureAreFound) {
  // The query is the middle half of the match in each direction, at the same scale.
  Structure crop = Hills(4, [](Point p) { return Point{0.25 + p.x / 2, 0.25 + p.y / 2}; });
  Affine transform{1, 0, -240, 0, 1, -160};
  StructureAgreement agreement = AlignStructure(crop, {480, 320}, Hills(4), kSize, transform);
  EXPECT_GT(agreement.correlation, 0.98);
  EXPECT_LT(agreement.changed_share, 0.01);
  // Under another transform they do not fit.
  EXPECT_LT(AlignStructure(crop, {480, 320}, Hills(4), kSize, {1, 0, 0, 0, 1, 0}).correlation, 0.8);
}

TEST(StructureTest, AChangedBoxIsReportedInTheQuerysPixels) {
  Structure edited = Hills(5);
  for (int y = 8; y < 20; ++y) {
    for (int x = 32; x < 48; ++x) edited[size_t(y * kStructureSide + x)] ^= 0x80;
  }
  StructureAgreement agreement = AlignStructure(edited, kSize, Hills(5), kSize, {});
  EXPECT_NEAR(agreement.changed_share, 16.0 * 12 / 4096, 0.02);
  ASSERT_EQ(agreement.changed_regions.size(), 1u);
  const image::Quad& box = agreement.changed_regions[0];
  EXPECT_NEAR(box[0].x, 480, 25);
  EXPECT_NEAR(box[0].y, 80, 20);
  EXPECT_NEAR(box[2].x, 720, 25);
  EXPECT_NEAR(box[2].y, 200, 20);
}

TEST(StructureTest, NothingToCompareGivesNothing) {
  EXPECT_EQ(AlignStructure(Hills(1), kSize, Hills(1), kSize, {1, 0, 5000, 0, 1, 0}).cells, 0);
  EXPECT_EQ(AlignStructure(Hills(1), kSize, Hills(1), kSize, {0, 0, 0, 0, 0, 0}).cells, 0);
  EXPECT_EQ(AlignStructure(Hills(1), {0, 0}, Hills(1), kSize, {}).cells, 0);
}

TEST(StructureTest, BordersAreFlatAndCollagesAreNot) {
  // The match takes the inner 70 % of the query.
  auto framed = [](bool flat) {
    return Hills(6, [=](Point p) {
      bool inside = std::abs(p.x - 0.5) < 0.35 && std::abs(p.y - 0.5) < 0.35;
      if (inside) return Point{(p.x - 0.15) / 0.7, (p.y - 0.15) / 0.7};
      return flat ? Point{0, 0} : Point{7 * p.x, 7 * p.y};
    });
  };
  Affine transform{0.7, 0, 0.15 * 960, 0, 0.7, 0.15 * 640};
  Surround border = LookAround(framed(true), kSize, kSize, transform);
  Surround busy = LookAround(framed(false), kSize, kSize, transform);
  EXPECT_NEAR(border.share, 0.51, 0.03);
  EXPECT_LT(border.deviation, 2);
  EXPECT_GT(busy.deviation, 15);
  EXPECT_EQ(LookAround(Hills(6), kSize, kSize, {}).share, 0);
}

}  // namespace
}  // namespace likeness::compare
