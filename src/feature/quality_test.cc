#include "feature/quality.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "feature/structure.h"
#include "feature/test_photos.h"
#include "feature/working.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

TEST(Quality, EnlargedPhotosFallWellBelowTheirOriginals) {
  LIKENESS_NEEDS_PHOTOS();
  std::vector<float> originals, doubled;
  for (const auto& path : PhotosOf("main", 12)) {
    image::Bitmap photo = DecodePhoto(path);
    if (photo.empty()) continue;
    originals.push_back(ComputeQuality(photo, 85).upscale_ratio);
    image::Bitmap large = image::ResizeBilinear(photo, photo.width * 2, photo.height * 2);
    doubled.push_back(ComputeQuality(large, 85).upscale_ratio);
    EXPECT_LE(doubled.back(), originals.back()) << path;
  }
  std::sort(originals.begin(), originals.end());
  std::sort(doubled.begin(), doubled.end());
  EXPECT_GE(originals[originals.size() / 10], 0.9f);
  EXPECT_LE(doubled[doubled.size() / 2], 0.5f);
  EXPECT_LE(doubled[doubled.size() * 9 / 10], 0.65f);
}

TEST(Quality, BlurIsLessSharp) {
  image::Bitmap picture = TexturedPicture(600, 400, 3, 2);
  image::Bitmap blurred = image::ResizeBilinear(image::ResizeArea(picture, 150, 100), 600, 400);
  EXPECT_LT(ComputeQuality(blurred, 0).sharpness * 4, ComputeQuality(picture, 0).sharpness);
}

TEST(Quality, KnownStatistics) {
  image::Bitmap stripes(200, 160, 1);
  for (int y = 0; y < 160; ++y) {
    for (int x = 0; x < 200; ++x) stripes.row(y)[x] = x % 2 ? 120 : 80;
  }
  Quality quality = ComputeQuality(stripes, 77);
  EXPECT_FLOAT_EQ(quality.contrast, 20);
  EXPECT_FLOAT_EQ(quality.sharpness, 80 * 80);
  EXPECT_EQ(quality.jpeg_quality, 77);
}

TEST(Quality, FlatOrPoorInPointsIsLowInformation) {
  image::Bitmap flat(300, 300, 3);
  Quality none = ComputeQuality(flat, 0);
  EXPECT_EQ(none.contrast, 0);
  EXPECT_TRUE(IsLowInformation(none, 256));
  Quality textured = ComputeQuality(TexturedPicture(300, 300, 3, 1), 0);
  EXPECT_FALSE(IsLowInformation(textured, kLocalPointsMin));
  EXPECT_TRUE(IsLowInformation(textured, kLocalPointsMin - 1));
}

TEST(Quality, AnySizeIsInRange) {
  for (image::Size size : {image::Size{1, 1}, {2, 2}, {128, 127}, {128, 128}, {129, 300}, {3000, 1}}) {
    image::Bitmap noise = TexturedPicture(std::max(size.width, 8), std::max(size.height, 8), 3, 9);
    noise = image::ResizeArea(noise, size.width, size.height);
    Quality quality = ComputeQuality(noise, 0);
    EXPECT_GT(quality.upscale_ratio, 0);
    EXPECT_LE(quality.upscale_ratio, 1);
    EXPECT_GE(quality.sharpness, 0);
    EXPECT_LE(quality.contrast, 127.5f);
  }
}

TEST(Structure, AveragesTheAreaOfEachCell) {
  image::Bitmap picture(256, 128, 1);
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 256; ++x) picture.row(y)[x] = static_cast<uint8_t>(y / 2 + x / 4 + (x % 2 ? 50 : 0));
  }
  Structure structure = ComputeStructure(picture);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) ASSERT_EQ(structure[y * 64 + x], y + x + 25) << x << "," << y;
  }
}

TEST(Structure, WorkingLumaGivesNearlyTheSameAndSmallPicturesWork) {
  image::Bitmap picture = TexturedPicture(1500, 1100, 3, 6);
  Structure whole = ComputeStructure(picture), reduced = ComputeStructure(WorkingLuma(picture));
  int worst = 0;
  for (size_t i = 0; i < whole.size(); ++i) worst = std::max(worst, std::abs(whole[i] - reduced[i]));
  EXPECT_LE(worst, 2);
  image::Bitmap two(2, 1, 1);
  two.pixels = {10, 200};
  Structure halves = ComputeStructure(two);
  EXPECT_EQ(halves[0], 10);
  EXPECT_EQ(halves[31], 10);
  EXPECT_EQ(halves[32], 200);
  EXPECT_EQ(halves[4095], 200);
}

}  // namespace
}  // namespace likeness::feature
