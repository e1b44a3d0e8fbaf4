#include "compare/shifted.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "feature/types.h"

namespace likeness::compare {
namespace {

using feature::kStructureSide;
using feature::Structure;
using image::Affine;
using image::Size;

constexpr Size kFrame{640, 640};  // ten pixels a cell
constexpr Affine kSame{};

// Luma with detail at the scale of some cells.
Structure Ground(uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> value(0, 90);
  constexpr int kCoarse = kStructureSide / 2 + 2;
  std::vector<double> coarse(kCoarse * kCoarse);
  for (double& v : coarse) v = value(random);
  Structure structure{};
  for (int y = 0; y < kStructureSide; ++y) {
    for (int x = 0; x < kStructureSide; ++x) {
      const double fx = x % 2 / 2.0, fy = y % 2 / 2.0;
      const double* p = coarse.data() + y / 2 * kCoarse + x / 2;
      double sum = (p[0] * (1 - fx) + p[1] * fx) * (1 - fy) + (p[kCoarse] * (1 - fx) + p[kCoarse + 1] * fx) * fy;
      structure[size_t(y * kStructureSide + x)] = uint8_t(std::clamp(128 + sum, 0.0, 255.0));
    }
  }
  return structure;
}

// `onto` with the square of `side` cells at the corner of `thing` laid at (x, y).
Structure With(Structure onto, const Structure& thing, int side, int x, int y) {
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column)
      onto[size_t((y + row) * kStructureSide + x + column)] = thing[size_t(row * kStructureSide + column)];
  }
  return onto;
}

Shifted Ask(const Structure& query, const Structure& match, std::span<const PointPair> elsewhere = {}) {
  std::vector<PointPair> agreeing;
  for (int i = 0; i < 100; ++i) {
    image::Point place{(i % 10 + 0.5) * 64, (i / 10 + 0.5) * 64};
    agreeing.push_back({place, place});
  }
  StructureAgreement agreement = AlignStructure(query, kFrame, match, kFrame, kSame);
  return FindShifted(query, kFrame, match, kFrame, kSame, agreement, agreeing, elsewhere);
}

TEST(ShiftedTest, AThingThatStandsElsewhereIsFound) {
  const Structure ground = Ground(1), thing = Ground(2);
  Shifted shifted = Ask(With(ground, thing, 15, 40, 30), With(ground, thing, 15, 5, 8));
  EXPECT_GT(shifted.cells, 100);
  EXPECT_LT(shifted.log10_false_alarms, -4);
  EXPECT_NEAR(shifted.by.x, 350, 10);
  EXPECT_NEAR(shifted.by.y, 220, 10);
}

// Near things against far ones: the shift is small and its two places overlap.
TEST(ShiftedTest, ANearLayerIsFound) {
  const Structure ground = Ground(3), near = Ground(4);
  EXPECT_LT(Ask(With(ground, near, 30, 16, 16), With(ground, near, 30, 12, 16)).log10_false_alarms, -4);
}

TEST(ShiftedTest, EditsAreNowhereElse) {
  const Structure photo = Ground(5), other = Ground(6);
  Structure veiled = photo, filtered = photo;
  for (size_t i = 0; i < photo.size(); ++i) {
    veiled[i] = uint8_t(0.7 * photo[i] + 0.3 * other[i]);
    filtered[i] = uint8_t(std::clamp(photo[i] + int(i % kStructureSide) - 32, 0, 255));
  }
  struct Row {
    const char* name;
    Structure edited;
  };
  for (const Row& row :
       {Row{"nothing", photo}, Row{"covered", With(photo, other, 25, 20, 20)},
        Row{"a logo in two corners", With(With(photo, other, 12, 2, 2), other, 12, 48, 48)},
        Row{"cloned", With(photo, photo, 16, 40, 40)}, Row{"a veil", veiled}, Row{"a filter", filtered}}) {
    EXPECT_GT(Ask(row.edited, photo).log10_false_alarms, -4) << row.name;
    EXPECT_GT(Ask(photo, row.edited).log10_false_alarms, -4) << row.name;
  }
}

TEST(ShiftedTest, PointsThatGoWithTheThingAreProofToo) {
  const Structure ground = Ground(7), thing = Ground(8);
  const Structure first = With(ground, thing, 15, 5, 8), second = With(ground, thing, 15, 40, 30);
  const std::vector<PointPair> with{{{100, 130}, {450, 350}}, {{150, 180}, {500, 400}}};
  const std::vector<PointPair> against{{{100, 130}, {460, 500}}};
  const Shifted alone = Ask(second, first);
  EXPECT_GE(Ask(second, first, with).points, 1);
  EXPECT_LT(Ask(second, first, with).log10_false_alarms, alone.log10_false_alarms - 2.5);
  EXPECT_EQ(Ask(second, first, against).points, 0);
}

}  // namespace
}  // namespace likeness::compare
