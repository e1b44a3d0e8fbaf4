#include "compare/align.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compare/geometry.h"
#include "compare/regions.h"
#include "feature/test_photos.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Bitmap;
using image::Homography;
using image::Point;

// What `map` (b's pixels to a's) makes of a, with a tone of its own.
Bitmap Warped(const Bitmap& a, image::Size size, const Homography& a_from_b, float gain, float offset) {
  Bitmap b(size.width, size.height, 4);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      // Nine places of the pixel, so that a smaller one is smooth.
      float sum[4] = {};
      for (int part = 0; part < 9; ++part) {
        const Point at = a_from_b.Apply({x + (part % 3 * 2 + 1) / 6.0, y + (part / 3 * 2 + 1) / 6.0});
        const double u = std::clamp(at.x - 0.5, 0.0, a.width - 1.001),
                     v = std::clamp(at.y - 0.5, 0.0, a.height - 1.001);
        const int iu = int(u), iv = int(v);
        const auto fu = float(u - iu), fv = float(v - iv);
        for (int c = 0; c < 4; ++c) {
          const auto of = [&](int dx, int dy) { return float(a.row(iv + dy)[(iu + dx) * 4 + c]); };
          sum[c] += (1 - fv) * ((1 - fu) * of(0, 0) + fu * of(1, 0)) + fv * ((1 - fu) * of(0, 1) + fu * of(1, 1));
        }
      }
      for (int c = 0; c < 4; ++c) {
        const float value = c == 3 ? 255 : gain * sum[c] / 9 + offset;
        b.row(y)[x * 4 + c] = static_cast<uint8_t>(std::lround(std::clamp(value, 0.0f, 255.0f)));
      }
    }
  return b;
}

struct Row {
  const char* name;
  image::Size size;
  Homography a_from_b;
  double guess_off;  // pixels of a
};

TEST(Align, FindsTheMapToATenthOfAPixel) {
  const Bitmap a = feature::TexturedPicture(900, 600, 4, 5);
  const double turn = 4 * 3.14159265 / 180;
  const Row rows[] = {
      {"nothing", {900, 600}, {}, 3},
      {"moved", {900, 600}, {{1, 0, 7.3, 0, 1, -4.6, 0, 0, 1}}, 5},
      {"crop", {500, 400}, {{1, 0, 210.4, 0, 1, 95.7, 0, 0, 1}}, 5},
      {"smaller", {450, 300}, {{2, 0, 0, 0, 2, 0, 0, 0, 1}}, 5},
      {"larger", {1350, 900}, {{2 / 3.0, 0, 0, 0, 2 / 3.0, 0, 0, 0, 1}}, 5},
      {"turned", {700, 460}, {{std::cos(turn), -std::sin(turn), 120, std::sin(turn), std::cos(turn), 40, 0, 0, 1}}, 5},
      {"mirrored", {900, 600}, {{-1, 0, 900, 0, 1, 0, 0, 0, 1}}, 4},
      {"perspective", {800, 500}, {{1.02, 0.03, 20, -0.02, 1.05, 15, 2e-5, -3e-5, 1}}, 0},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const Bitmap b = Warped(a, row.size, row.a_from_b, 0.85f, 12);
    const Homography& h = row.a_from_b;
    const Affine guess{h.h[0], h.h[1], h.h[2] + row.guess_off, h.h[3], h.h[4], h.h[5] - row.guess_off};
    const auto alignment = RefineAlignment(ViewOf(a), ViewOf(b), guess);
    ASSERT_TRUE(alignment);
    const Homography found = alignment->b_from_a.Inverse();
    for (const Point corner : Frame(row.size)) {
      EXPECT_NEAR(found.Apply(corner).x, h.Apply(corner).x, 0.15);
      EXPECT_NEAR(found.Apply(corner).y, h.Apply(corner).y, 0.15);
    }
    EXPECT_GT(alignment->correlation, 0.95);
    for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(alignment->tone.gain[c], 1 / 0.85, 0.06);
    const LaidOver laid = LayOver(ViewOf(a), ViewOf(b), *alignment);
    EXPECT_GT(laid.overlap, 0u);
    const Difference difference =
        ComputeDifference(ViewOf(laid.a), ViewOf(laid.b), {.metric = Metric::kYiq, .threshold = 0.15}, laid.outside);
    EXPECT_LT(difference.different, laid.overlap / 50);
  }
}

TEST(Align, WhatWasPutOnTopIsAllThatDiffers) {
  const Bitmap a = feature::TexturedPicture(800, 600, 4, 9);
  const Homography map{{1, 0, 60.5, 0, 1, 33.25, 0, 0, 1}};
  Bitmap b = Warped(a, {640, 480}, map, 1.1f, -6);
  for (int y = 100; y < 180; ++y)
    for (int x = 200; x < 420; ++x)
      for (int c = 0; c < 3; ++c) b.row(y)[x * 4 + c] = c == 0 ? 250 : 20;
  const auto alignment = RefineAlignment(ViewOf(a), ViewOf(b), {1, 0, 57, 0, 1, 36});
  ASSERT_TRUE(alignment);
  const LaidOver laid = LayOver(ViewOf(a), ViewOf(b), *alignment);
  const Difference difference =
      ComputeDifference(ViewOf(laid.a), ViewOf(laid.b), {.metric = Metric::kYiq, .threshold = 0.2}, laid.outside);
  size_t found = 0;
  const auto regions = FindRegions(ViewOf(laid.a), ViewOf(laid.b), difference, 5, &found);
  ASSERT_GE(regions.size(), 1u);
  EXPECT_NEAR(regions[0].box.x, 260, 8);
  EXPECT_NEAR(regions[0].box.y, 133, 8);
  EXPECT_NEAR(regions[0].box.width, 220, 12);
  EXPECT_NEAR(regions[0].box.height, 80, 12);
  const Placement place = Place({800, 600}, {640, 480}, alignment->b_from_a);
  EXPECT_NEAR(place.a_shared, 640.0 * 480 / (800 * 600), 0.01);
  EXPECT_NEAR(place.b_shared, 1, 0.01);
  EXPECT_NEAR(place.scale, 1, 0.002);
}

TEST(Align, StrangersDoNotComeTogether) {
  const Bitmap a = feature::TexturedPicture(600, 400, 4, 1), b = feature::TexturedPicture(600, 400, 4, 2);
  EXPECT_FALSE(RefineAlignment(ViewOf(a), ViewOf(b), {}));
  const Bitmap flat(300, 200, 4);
  EXPECT_FALSE(RefineAlignment(ViewOf(flat), ViewOf(a), {}));
  const Bitmap dot(1, 1, 4);
  EXPECT_FALSE(RefineAlignment(ViewOf(dot), ViewOf(dot), {}));
}

}  // namespace
}  // namespace likeness::compare
