#include "compare/parallax.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace likeness::compare {
namespace {

using image::Affine;
using image::Point;

// 150 points of a picture of 900 by 600, moved by `move`, with noise of 0.4 pixels and 40 wrong ones.
template <typename Move>
std::vector<PointPair> Scene(Move move) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> x(0, 900), y(0, 600);
  std::normal_distribution<double> noise(0, 0.4);
  std::vector<PointPair> pairs;
  for (int i = 0; i < 150; ++i) {
    Point from{x(random), y(random)}, to = move(from);
    pairs.push_back({from, {to.x + noise(random), to.y + noise(random)}});
  }
  for (int i = 0; i < 40; ++i) {
    Point from{x(random), y(random)};
    pairs.push_back({from, {from.x + noise(random) * 80, from.y + noise(random) * 80}});
  }
  return pairs;
}

TEST(ParallaxTest, CopiesHaveNone) {
  struct Case {
    const char* name;
    Point (*move)(Point);
  };
  for (const Case& c : std::initializer_list<Case>{{"same", [](Point p) { return p; }},
                                                   {"stretched",
                                                    [](Point p) {
                                                      return Point{p.x * 1.01 + 3, p.y * 0.98};
                                                    }},
                                                   {"perspective", [](Point p) {
                                                      double w = 1 + 0.00008 * p.x + 0.00005 * p.y;
                                                      return Point{p.x / w, p.y / w};
                                                    }}}) {
    Parallax parallax = MeasureParallax(Scene(c.move), Affine{}, 1);
    EXPECT_GT(parallax.points, 70) << c.name;
    EXPECT_LT(parallax.apart, 1) << c.name;
  }
}

TEST(ParallaxTest, ANearLayerIsSeenToMove) {
  for (double shift : {5.0, 12.0, 40.0}) {
    auto near = [=](Point p) { return p.x > 300 && p.x < 600 ? Point{p.x + shift, p.y} : p; };
    Parallax parallax = MeasureParallax(Scene(near), Affine{}, 1);
    EXPECT_GT(parallax.apart, 0.6 * shift) << shift;
  }
}

TEST(ParallaxTest, FewPointsSayNothing) {
  std::vector<PointPair> pairs{{{0, 0}, {0, 0}}, {{50, 0}, {60, 0}}, {{0, 50}, {0, 40}}};
  EXPECT_EQ(MeasureParallax(pairs, Affine{}, 1).apart, 0);
  EXPECT_EQ(MeasureParallax({}, Affine{}, 1).points, 0);
}

}  // namespace
}  // namespace likeness::compare
