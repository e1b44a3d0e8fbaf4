#include "feature/local.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "feature/test_photos.h"
#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

image::Bitmap MirroredPicture(const image::Bitmap& bitmap) {
  image::Bitmap out = bitmap;
  for (int y = 0; y < out.height; ++y) {
    for (int x = 0; x < out.width; ++x) {
      std::copy_n(bitmap.row(y) + (out.width - 1 - x) * out.channels, out.channels, out.row(y) + x * out.channels);
    }
  }
  return out;
}

void CheckContract(const LocalFeatures& local, image::Size original, image::Size working) {
  ASSERT_EQ(local.keypoints.size(), local.descriptors.size());
  EXPECT_LE(local.keypoints.size(), static_cast<size_t>(kLocalPointsMax));
  double scale_x = static_cast<double>(working.width) / original.width;
  double scale_y = static_cast<double>(working.height) / original.height;
  const double share = static_cast<double>(working.width) * working.height / kLocalPixels;
  const double radius = 40 * std::sqrt(std::min(1.0, share)) * 0.998;
  int in_quadrant[4] = {}, leading_in_quadrant[4] = {};
  for (size_t i = 0; i < local.keypoints.size(); ++i) {
    const Keypoint& p = local.keypoints[i];
    EXPECT_TRUE(p.x >= 0 && p.x <= static_cast<float>(original.width)) << p.x;
    EXPECT_TRUE(p.y >= 0 && p.y <= static_cast<float>(original.height)) << p.y;
    EXPECT_TRUE(p.angle_degrees >= 0 && p.angle_degrees < 360) << p.angle_degrees;
    EXPECT_GT(p.size, 0);
    const bool leading = i < local.leading();
    if (i > 0 && i != local.leading()) {
      EXPECT_LE(p.response, local.keypoints[i - 1].response);
    }
    const int quadrant =
        (p.x * 2 >= static_cast<float>(original.width)) + 2 * (p.y * 2 >= static_cast<float>(original.height));
    ++in_quadrant[quadrant];
    leading_in_quadrant[quadrant] += leading;
    int stronger_near = 0;
    for (size_t j = 0; j < i; ++j) {
      double dx = (p.x - local.keypoints[j].x) * scale_x, dy = (p.y - local.keypoints[j].y) * scale_y;
      stronger_near += std::hypot(dx, dy) < radius;
    }
    EXPECT_LT(stronger_near, leading ? 3 : 6);
    EXPECT_EQ(local.descriptors[i].words[7] >> (kDescriptorBits % 64), 0u);
  }
  // A point within half a pixel of a midline may count to either side.
  for (int count : in_quadrant) EXPECT_LE(count, kLocalPointsMax / 4 + 3);
  for (int count : leading_in_quadrant) EXPECT_LE(count, kLocalLeadingMax / 4 + 3);
}

TEST(Working, SizeKeepsTheShapeAndTheLimit) {
  for (image::Size size :
       {image::Size{4000, 3000}, {3000, 4000}, {707, 707}, {30000, 30}, {30, 30000}, {1, 600000}, {600000, 1}}) {
    image::Size working = WorkingSize(size);
    EXPECT_GE(std::min(working.width, working.height), 1);
    EXPECT_LE(static_cast<int64_t>(working.width) * working.height, kLocalPixels);
  }
  EXPECT_EQ(WorkingSize({4000, 3000}), (image::Size{816, 612}));
  EXPECT_EQ(WorkingSize({800, 600}), (image::Size{800, 600}));
}

TEST(Local, PointsAreChosenAsPromised) {
  for (image::Size size : {image::Size{640, 480}, {1600, 1200}, {900, 200}, {320, 240}}) {
    image::Bitmap picture = TexturedPicture(size.width, size.height, 3, 11);
    LocalFeatures local = ComputeLocal(picture, {size.width * 2, size.height * 2});
    EXPECT_GT(local.keypoints.size(), static_cast<size_t>(kLocalPointsMin));
    CheckContract(local, {size.width * 2, size.height * 2}, WorkingSize(size));
  }
}

TEST(Local, WorkingLumaGivesTheSameAndTwiceIsTheSame) {
  image::Bitmap picture = TexturedPicture(1200, 800, 3, 4);
  LocalFeatures whole = ComputeLocal(picture, {1200, 800}), reduced = ComputeLocal(WorkingLuma(picture), {1200, 800});
  EXPECT_EQ(whole.keypoints, reduced.keypoints);
  EXPECT_EQ(whole.descriptors, reduced.descriptors);
}

TEST(Local, FlatAndTinyPicturesHaveNone) {
  for (image::Size size : {image::Size{1, 1}, {3, 500}, {15, 15}, {16, 16}, {400, 300}, {500000, 1}}) {
    image::Bitmap flat(size.width, size.height, 1);
    EXPECT_TRUE(ComputeLocal(flat, size).keypoints.empty()) << size.width << "x" << size.height;
  }
}

TEST(Local, MirroringTwiceGivesThePictureBack) {
  LocalFeatures local = ComputeLocal(TexturedPicture(640, 480, 1, 8), {640, 480});
  LocalFeatures mirrored = MirrorLocal(local, {640, 480});
  EXPECT_NE(mirrored.descriptors, local.descriptors);
  LocalFeatures back = MirrorLocal(mirrored, {640, 480});
  EXPECT_EQ(back.descriptors, local.descriptors);
  for (size_t i = 0; i < local.keypoints.size(); ++i) {
    EXPECT_NEAR(back.keypoints[i].x, local.keypoints[i].x, 1e-3);
    EXPECT_NEAR(std::remainder(back.keypoints[i].angle_degrees - local.keypoints[i].angle_degrees, 360.0f), 0, 1e-3);
  }
}

// Distances between what MirrorLocal makes and what is extracted from the mirrored picture, at the same points.
std::vector<int> MirrorDistances(const image::Bitmap& picture) {
  image::Size size{picture.width, picture.height};
  LocalFeatures made = MirrorLocal(ComputeLocal(picture, size), size);
  LocalFeatures extracted = ComputeLocal(MirroredPicture(picture), size);
  std::vector<int> distances;
  for (size_t i = 0; i < made.keypoints.size(); ++i) {
    for (size_t j = 0; j < extracted.keypoints.size(); ++j) {
      const Keypoint &a = made.keypoints[i], &b = extracted.keypoints[j];
      if (std::hypot(a.x - b.x, a.y - b.y) > 1 || std::abs(a.size - b.size) > 0.1f * a.size) continue;
      distances.push_back(HammingDistance(made.descriptors[i], extracted.descriptors[j]));
    }
  }
  std::sort(distances.begin(), distances.end());
  return distances;
}

TEST(Local, MirroredFeaturesAreNearThoseOfTheMirroredPicture) {
  std::vector<int> distances = MirrorDistances(TexturedPicture(800, 600, 1, 21));
  ASSERT_GT(distances.size(), 100u);
  EXPECT_LE(distances[distances.size() / 2], 4);
}

TEST(Local, PhotosMirroredAndReduced) {
  LIKENESS_NEEDS_PHOTOS();
  for (const auto& path : PhotosOf("main", 70)) {
    image::Bitmap photo = DecodePhoto(path);
    if (photo.empty()) continue;
    image::Size size{photo.width, photo.height};
    CheckContract(ComputeLocal(photo, size), size, WorkingSize(size));
    std::vector<int> distances = MirrorDistances(photo);
    ASSERT_GT(distances.size(), 50u) << path;
    EXPECT_LE(distances[distances.size() / 2], 12) << path;
  }
}

}  // namespace
}  // namespace likeness::feature
