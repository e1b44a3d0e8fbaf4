#include "feature/colour.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "feature/test_photos.h"

namespace likeness::feature {
namespace {

std::vector<int64_t> Dense(const ColourHistogram& histogram) {
  std::vector<int64_t> dense(kColourBins);
  for (const ColourBin& bin : histogram) dense[bin.bin] = bin.weight;
  return dense;
}

// Counts pixel by pixel; then every share must be rounded up or down, and the sum exact.
void CheckShares(const image::Bitmap& bitmap) {
  std::vector<uint64_t> counts(kColourBins);
  size_t pixels = static_cast<size_t>(bitmap.width) * bitmap.height;
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t* p = &bitmap.pixels[i * bitmap.channels];
    if (bitmap.channels == 4 && p[3] == 0) continue;
    int r = p[0], g = bitmap.channels == 1 ? r : p[1], b = bitmap.channels == 1 ? r : p[2];
    ++counts[r / 16 * 256 + g / 16 * 16 + b / 16];
  }
  uint64_t total = std::accumulate(counts.begin(), counts.end(), uint64_t{0});
  ASSERT_GT(total, 0u);
  ColourHistogram histogram = ComputeColour(bitmap);
  std::vector<int64_t> dense = Dense(histogram);
  EXPECT_EQ(std::accumulate(dense.begin(), dense.end(), int64_t{0}), kColourTotal);
  for (uint32_t bin = 0; bin < kColourBins; ++bin) {
    auto floor = static_cast<int64_t>(counts[bin] * kColourTotal / total);
    EXPECT_GE(dense[bin], floor) << bin;
    EXPECT_LE(dense[bin], floor + (counts[bin] * kColourTotal % total ? 1 : 0)) << bin;
  }
  for (size_t i = 0; i < histogram.size(); ++i) {
    EXPECT_GT(histogram[i].weight, 0);
    if (i > 0) {
      EXPECT_GT(histogram[i].bin, histogram[i - 1].bin);
    }
  }
}

TEST(Colour, CountsEveryPixel) {
  for (int channels : {1, 3, 4}) {
    for (int width : {1, 2, 3, 5, 64, 641}) CheckShares(TexturedPicture(std::max(8, width), 401, channels, width));
  }
  // One colour, more pixels than a 16-bit count holds.
  image::Bitmap flat(1200, 1000, 3);
  std::fill(flat.pixels.begin(), flat.pixels.end(), 200);
  CheckShares(flat);
  EXPECT_EQ(ComputeColour(flat), (ColourHistogram{{12 * 273, 65535}}));
}

TEST(Colour, TransparentPixelsDoNotCount) {
  image::Bitmap half(40, 40, 4);
  for (size_t i = 0; i < 1600; ++i) {
    half.pixels[i * 4] = i % 2 ? 255 : 0;
    half.pixels[i * 4 + 3] = i % 2 ? 255 : 0;
  }
  EXPECT_EQ(ComputeColour(half), (ColourHistogram{{15 * 256, 65535}}));
  EXPECT_TRUE(ComputeColour(image::Bitmap(10, 10, 4)).empty());
}

TEST(Colour, DistanceIsTheDenseL1) {
  std::mt19937 random(3);
  for (int round = 0; round < 50; ++round) {
    ColourHistogram a = ComputeColour(TexturedPicture(60, 50, 3, random()));
    ColourHistogram b = ComputeColour(TexturedPicture(60, 50, 3, random()));
    auto dense_a = Dense(a), dense_b = Dense(b);
    int64_t expected = 0;
    for (uint32_t i = 0; i < kColourBins; ++i) expected += std::abs(dense_a[i] - dense_b[i]);
    EXPECT_EQ(ColourDistance(a, b), expected);
    EXPECT_EQ(ColourDistance(a, a), 0u);
  }
  EXPECT_EQ(ColourDistance({{0, 65535}}, {{4095, 65535}}), 2 * kColourTotal);
  EXPECT_EQ(ColourDistance({}, {{4095, 65535}}), kColourTotal);
}

}  // namespace
}  // namespace likeness::feature
