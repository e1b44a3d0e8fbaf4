#include "compare/difference_picture.h"

#include <gtest/gtest.h>

namespace likeness::compare {
namespace {

using Pixel = std::array<uint8_t, 4>;

// Two pixels: the left one equal, the right one (100, 100, 100) in a and (200, 40, 0) in b.
struct Pair {
  image::Bitmap a{2, 1, 4}, b{2, 1, 4};
  Pair() {
    a.pixels = {10, 20, 30, 200, 100, 100, 100, 255};
    b.pixels = {10, 20, 30, 200, 200, 40, 0, 255};
  }
};

Pixel At(const image::Bitmap& bitmap, int x) {
  const uint8_t* pixel = bitmap.row(0) + 4 * x;
  return {pixel[0], pixel[1], pixel[2], pixel[3]};
}

TEST(DifferencePicture, OfEachStyle) {
  struct Row {
    PictureStyle style;
    double opacity;
    Pixel equal, different;
  };
  const Pair pair;
  const Difference difference = ComputeDifference(ViewOf(pair.a), ViewOf(pair.b), {});
  for (const Row& row : {
           Row{PictureStyle::kFlat, 1, {10, 20, 30, 200}, {255, 0, 255, 255}},
           Row{PictureStyle::kFlat, 0.3, {10, 20, 30, 60}, {255, 0, 255, 255}},
           // Half of b through the glass (200, 0, 0), half of the colour.
           Row{PictureStyle::kMovement, 1, {10, 20, 30, 200}, {228, 0, 128, 255}},
           Row{PictureStyle::kFlatIntensity, 1, {10, 20, 30, 200}, {255, 0, 255, 87}},
           Row{PictureStyle::kMovementIntensity, 1, {10, 20, 30, 200}, {215, 0, 69, 255}},
           Row{PictureStyle::kOnly, 1, {0, 0, 0, 0}, {200, 40, 0, 255}},
           // 255 + (18.15 - 255) x 0.1 x 200 / 255 = 236.4
           Row{PictureStyle::kGrey, 1, {236, 236, 236, 255}, {255, 0, 255, 255}},
       }) {
    const image::Bitmap picture =
        DrawDifference(ViewOf(pair.a), ViewOf(pair.b), difference, {.style = row.style, .opacity = row.opacity});
    EXPECT_EQ(At(picture, 0), row.equal) << int(row.style);
    EXPECT_EQ(At(picture, 1), row.different) << int(row.style);
  }
}

TEST(DifferencePicture, SideBySide) {
  const Pair pair;
  const Difference difference = ComputeDifference(ViewOf(pair.a), ViewOf(pair.b), {});
  const image::Bitmap picture = DrawDifference(ViewOf(pair.a), ViewOf(pair.b), difference,
                                               {.style = PictureStyle::kSideBySide, .colour = {0, 255, 0}});
  ASSERT_EQ(picture.width, 3 * 2 + 2 * kGap);
  EXPECT_EQ(At(picture, 1), (Pixel{100, 100, 100, 255}));
  EXPECT_EQ(At(picture, 2), (Pixel{0, 0, 0, 0}));
  EXPECT_EQ(At(picture, 2 + kGap + 1), (Pixel{200, 40, 0, 255}));
  EXPECT_EQ(At(picture, 4 + 2 * kGap + 1), (Pixel{0, 255, 0, 255}));
}

TEST(DifferencePicture, BlinksOnTheCanvasOfBoth) {
  const Pair pair;
  image::Bitmap tall(1, 2, 4);
  tall.pixels = {1, 2, 3, 255, 4, 5, 6, 255};
  const auto [first, second] = BlinkFrames(ViewOf(pair.a), ViewOf(tall));
  EXPECT_EQ(first.pixels, (std::vector<uint8_t>{10, 20, 30, 200, 100, 100, 100, 255, 0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(second.pixels, (std::vector<uint8_t>{1, 2, 3, 255, 0, 0, 0, 0, 4, 5, 6, 255, 0, 0, 0, 0}));
}

TEST(DifferencePicture, ShowsWhatOnlyOneHas) {
  image::Bitmap small(1, 1, 4), large(2, 2, 4);
  std::fill(small.pixels.begin(), small.pixels.end(), 255);
  std::fill(large.pixels.begin(), large.pixels.end(), 255);
  const Difference difference = ComputeDifference(ViewOf(large), ViewOf(small), {});
  const image::Bitmap picture =
      DrawDifference(ViewOf(large), ViewOf(small), difference, {.style = PictureStyle::kOnly});
  EXPECT_EQ(At(picture, 0), (Pixel{0, 0, 0, 0}));
  EXPECT_EQ(At(picture, 1), (Pixel{255, 255, 255, 255}));
}

}  // namespace
}  // namespace likeness::compare
