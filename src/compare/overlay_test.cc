#include "compare/overlay.h"

#include <gtest/gtest.h>

#include <cmath>

#include "compare/luma.h"
#include "compare/part_search.h"
#include "feature/extract.h"
#include "feature/test_photos.h"
#include "image/orientation.h"

namespace likeness::compare {
namespace {

using image::Bitmap;

// Soft hills without a corner: what features are not found on.
Bitmap Hills(int width, int height, double phase) {
  Bitmap out(width, height, 4);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double u = x / 90.0, v = y / 70.0;
      const double value = 128 + 40 * std::sin(u + 2 * std::sin(v + phase)) +
                           35 * std::cos(1.7 * v - std::sin(0.6 * u)) + 20 * std::sin(0.31 * u * v + phase);
      for (int c = 0; c < 3; ++c) out.row(y)[4 * x + c] = uint8_t(std::clamp(value, 0.0, 255.0));
      out.row(y)[4 * x + 3] = 255;
    }
  return out;
}

Bitmap PartOf(const Bitmap& whole, int left, int top, int width, int height) {
  Bitmap part(width, height, 4);
  for (int y = 0; y < height; ++y) std::copy_n(whole.row(y + top) + 4 * left, 4 * width, part.row(y));
  return part;
}

QueryFeatures FeaturesOf(const Bitmap& bitmap) {
  feature::Extracted extracted = feature::ExtractFeatures(bitmap);
  QueryFeatures out{std::move(extracted.features), extracted.phash_variants, {}};
  out.local_mirrored = feature::MirrorLocal(out.features.local, {bitmap.width, bitmap.height});
  return out;
}

std::optional<Overlay> Look(const Bitmap& a, const Bitmap& b) {
  const QueryFeatures query = FeaturesOf(a), match = FeaturesOf(b);
  return LookCloser(ViewOf(a), query, ViewOf(b), match.features, Compare(query, match.features));
}

TEST(SeekPart, FindsAPartOfHills) {
  const Bitmap whole = Hills(900, 600, 0);
  for (const bool mirrored : {false, true}) {
    Bitmap part = PartOf(whole, 310, 120, 380, 260);
    if (mirrored) part = image::Mirror(std::move(part));
    const std::vector<PartGuess> guesses = SeekPart(LumaOf(ViewOf(whole)), LumaOf(ViewOf(part)));
    ASSERT_FALSE(guesses.empty());
    EXPECT_GT(guesses[0].correlation, 0.98);
    EXPECT_LE(guesses[0].correlation, 1 + 1e-9);
    const image::Point corner = guesses[0].whole_from_part.Apply({mirrored ? 380.0 : 0.0, 0});
    EXPECT_NEAR(corner.x, 310, 9) << mirrored;
    EXPECT_NEAR(corner.y, 120, 9) << mirrored;
  }
}

TEST(SeekPart, FindsNothingInNothing) {
  const Bitmap flat(200, 150, 1), dot(1, 1, 1);
  EXPECT_TRUE(SeekPart(flat, Bitmap(60, 50, 1)).empty());
  EXPECT_TRUE(SeekPart(flat, dot).empty());
  EXPECT_TRUE(SeekPart(dot, flat).empty());
}

TEST(LookCloser, LaysACropOfAPlainPictureWhereItWas) {
  const Bitmap whole = Hills(900, 600, 0), part = PartOf(whole, 310, 120, 380, 260);
  const std::optional<Overlay> overlay = Look(part, whole);
  ASSERT_TRUE(overlay);
  EXPECT_GT(overlay->agreeing_share, 0.95);
  EXPECT_GT(overlay->correlation, 0.95);
  EXPECT_NEAR(overlay->query_coverage, 1, 0.02);
  EXPECT_NEAR(overlay->match_coverage, 380.0 * 260 / (900 * 600), 0.02);
  const image::Point corner = overlay->match_from_query.Apply({0, 0});
  EXPECT_NEAR(corner.x, 310, 1.5);
  EXPECT_NEAR(corner.y, 120, 1.5);
}

TEST(LookCloser, OtherPicturesDoNotAgree) {
  const Bitmap a = feature::TexturedPicture(500, 400, 4, 1);
  for (const uint32_t seed : {2u, 3u, 4u}) {
    const std::optional<Overlay> overlay = Look(a, feature::TexturedPicture(500, 400, 4, seed));
    const double agree = overlay ? std::min(overlay->agreeing_share, overlay->correlation) : 0;
    EXPECT_LT(agree, 0.4) << seed;
  }
}

TEST(LookCloser, TakesPicturesOfOnePixelAndOfOneColour) {
  const Bitmap dot(1, 1, 4), flat(300, 200, 4), line(400, 1, 4);
  const Bitmap hills = Hills(300, 200, 0);
  for (const Bitmap* a : {&dot, &flat, &line, &hills})
    for (const Bitmap* b : {&dot, &flat, &line}) {
      const std::optional<Overlay> overlay = Look(*a, *b);
      EXPECT_EQ(overlay.value_or(Overlay{}).places, 0);
    }
}

}  // namespace
}  // namespace likeness::compare
