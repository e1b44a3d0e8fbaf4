#include "feature/colour_layout.h"

#include <gtest/gtest.h>

#include "feature/test_photos.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

image::Bitmap Mirror(const image::Bitmap& bitmap) {
  image::Bitmap out(bitmap.width, bitmap.height, bitmap.channels);
  for (int y = 0; y < bitmap.height; ++y)
    for (int x = 0; x < bitmap.width; ++x)
      std::copy_n(bitmap.row(y) + bitmap.channels * x, bitmap.channels,
                  out.row(y) + bitmap.channels * (bitmap.width - 1 - x));
  return out;
}

TEST(ColourLayout, SharesOfABlockSumToTheWhole) {
  for (int channels : {1, 3})
    for (int width : {1, 3, 64, 65, 300})
      for (int height : {1, 7, 64, 200}) {
        image::Bitmap bitmap(width, height, channels);
        for (size_t i = 0; i < bitmap.pixels.size(); ++i) bitmap.pixels[i] = static_cast<uint8_t>(i * 37 + i / 11 * 91);
        ColourLayout layout = ComputeColourLayout(bitmap);
        for (size_t block = 0; block < kLayoutBlocks; ++block) {
          const uint8_t* shares = &layout[block * kLayoutBins];
          int sums[3] = {};
          for (int i = 0; i < 16; ++i) sums[i < 6 ? 0 : i < 11 ? 1 : 2] += shares[i];
          EXPECT_EQ(sums[0], 85);
          EXPECT_EQ(sums[1], 85);
          EXPECT_EQ(sums[2], 85);
        }
      }
}

// Left half one colour, right half another: the shares by hand.
TEST(ColourLayout, ColoursLieWhereTheyAre) {
  image::Bitmap bitmap(128, 64, 3);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 128; ++x) {
      const uint8_t left[] = {106, 106, 106}, right[] = {255, 0, 0};  // luma of the right: 76
      std::copy_n(x < 64 ? left : right, 3, bitmap.row(y) + 3 * x);
    }
  ColourLayout layout = ComputeColourLayout(bitmap);
  const std::array<uint8_t, 16> grey = {0, 0, 85, 0, 0, 0, 0, 0, 85, 0, 0, 0, 0, 85, 0, 0};
  // 76 lies 13 of 43 from node 63 to node 106: 59.3 and 25.7 of 85.
  const std::array<uint8_t, 16> red = {0, 59, 26, 0, 0, 0, 85, 0, 0, 0, 0, 0, 0, 0, 0, 85};
  for (size_t block = 0; block < kLayoutBlocks; ++block)
    for (size_t i = 0; i < kLayoutBins; ++i)
      EXPECT_EQ(layout[block * kLayoutBins + i], (block % 4 < 2 ? grey : red)[i]) << block << ' ' << i;
  EXPECT_EQ(ComputeColourLayout(Mirror(bitmap)), MirrorColourLayout(layout));
  EXPECT_EQ(ColourLayoutDistance(layout, layout), 0u);
  EXPECT_EQ(ColourLayoutDistance(layout, MirrorColourLayout(layout)), 16u * (59 + (85 - 26) + 2 * 85 + 2 * 85));
}

TEST(ColourLayout, StaysNearWhenResizedAndIsFarFromOthers) {
  image::Bitmap photo = TexturedPicture(640, 480, 3, 5), other = TexturedPicture(640, 480, 3, 6);
  ColourLayout layout = ComputeColourLayout(photo);
  uint32_t resized = ColourLayoutDistance(layout, ComputeColourLayout(image::ResizeArea(photo, 201, 97)));
  uint32_t stranger = ColourLayoutDistance(layout, ComputeColourLayout(other));
  EXPECT_LT(resized, 200u);
  EXPECT_GT(stranger, 4 * resized);
  EXPECT_LE(stranger, 2 * kLayoutTotal);
}

}  // namespace
}  // namespace likeness::feature
