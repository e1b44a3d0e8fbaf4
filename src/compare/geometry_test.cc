#include "compare/geometry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "compare/test_features.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Point;

TEST(GeometryTest, ClipsFramesToEachOther) {
  struct Row {
    Affine transform;
    double area;
  };
  const Row rows[] = {
      {{1, 0, 0, 0, 1, 0}, 10000},
      {{1, 0, 50, 0, 1, 0}, 5000},
      {{1, 0, 50, 0, 1, -50}, 2500},
      {{0.5, 0, 25, 0, 0.5, 25}, 2500},
      {{3, 0, -100, 0, 3, -100}, 10000},
      {{-1, 0, 100, 0, 1, 0}, 10000},
      {{1, 0, 200, 0, 1, 0}, 0},
      {Similarity(1, 45, 50, 50 - 70.710678), 8284.27},  // two squares of side 100 on one centre
  };
  for (const Row& row : rows) {
    Polygon overlap = ClipToFrame(Map(row.transform, Frame({100, 100})), {100, 100});
    EXPECT_NEAR(Area(overlap), row.area, 0.1) << row.transform.a << " " << row.transform.tx;
  }
}

TEST(GeometryTest, QuadOfAnOctagonKeepsFourOfItsCornersAndMostOfItsArea) {
  Polygon octagon = ClipToFrame(Map(Similarity(1, 45, 50, 50 - 70.710678), Frame({100, 100})), {100, 100});
  ASSERT_EQ(octagon.size(), 8u);
  image::Quad quad = ToQuad(octagon);
  for (const Point& corner : quad) EXPECT_THAT(octagon, testing::Contains(corner));
  EXPECT_GT(Area(quad), 0.6 * Area(octagon));
}

TEST(GeometryTest, FitsRecoverTheTransform) {
  const Affine similarity = Similarity(0.7, 33, 12, -5), affine{1.1, 0.2, 3, -0.1, 0.8, 9};
  std::vector<PointPair> similar, sheared;
  for (Point p : {Point{0, 0}, Point{100, 10}, Point{30, 90}, Point{80, 70}}) {
    similar.push_back({p, similarity.Apply(p)});
    sheared.push_back({p, affine.Apply(p)});
  }
  auto check = [](const std::optional<Affine>& fit, const Affine& expected) {
    ASSERT_TRUE(fit.has_value());
    EXPECT_NEAR(fit->a, expected.a, 1e-9);
    EXPECT_NEAR(fit->b, expected.b, 1e-9);
    EXPECT_NEAR(fit->tx, expected.tx, 1e-7);
    EXPECT_NEAR(fit->c, expected.c, 1e-9);
    EXPECT_NEAR(fit->d, expected.d, 1e-9);
    EXPECT_NEAR(fit->ty, expected.ty, 1e-7);
  };
  check(FitSimilarity(similar), similarity);
  check(FitAffine(sheared), affine);
}

TEST(GeometryTest, PointsThatDetermineNothingFitNothing) {
  std::vector<PointPair> same{{{5, 5}, {1, 1}}, {{5, 5}, {2, 2}}};
  EXPECT_FALSE(FitSimilarity(same).has_value());
  std::vector<PointPair> line{{{0, 0}, {0, 0}}, {{1, 1}, {1, 1}}, {{2, 2}, {2, 2}}, {{9, 9}, {9, 9}}};
  EXPECT_FALSE(FitAffine(line).has_value());
}

TEST(GeometryTest, ComposeAppliesTheSecondFirst) {
  Affine a{1, 2, 3, 4, 5, 6}, b{0.5, -1, 2, 3, 1, -4};
  Point p{7, 11}, expected = a.Apply(b.Apply(p)), got = Compose(a, b).Apply(p);
  EXPECT_DOUBLE_EQ(got.x, expected.x);
  EXPECT_DOUBLE_EQ(got.y, expected.y);
}

TEST(GeometryTest, HullLeavesOutInnerPoints) {
  Polygon hull = ConvexHull({{0, 0}, {10, 0}, {5, 5}, {10, 10}, {0, 10}, {3, 4}, {0, 0}});
  EXPECT_EQ(hull.size(), 4u);
  EXPECT_DOUBLE_EQ(Area(hull), 100);
}

TEST(GeometryTest, NearSimilarityBoundsTheStretch) {
  EXPECT_TRUE(NearSimilarity(Similarity(5, 20, 0, 0), 1.001));
  EXPECT_TRUE(NearSimilarity({-2, 0, 0, 0, 1.5, 0}, 1.4));
  EXPECT_FALSE(NearSimilarity({2, 0, 0, 0, 1, 0}, 1.9));
  EXPECT_FALSE(NearSimilarity({1, 1, 0, 1, 1, 0}, 100));
}

}  // namespace
}  // namespace likeness::compare
