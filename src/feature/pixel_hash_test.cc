#include "feature/pixel_hash.h"

#include <gtest/gtest.h>

#include "base/checksum.h"
#include "feature/test_photos.h"

namespace likeness::feature {
namespace {

TEST(PixelHash, SamePixelsInAnotherLayoutHaveTheSameHash) {
  image::Bitmap grey = TexturedPicture(301, 203, 1, 1), rgb(301, 203, 3), rgba(301, 203, 4);
  for (size_t i = 0; i < grey.pixels.size(); ++i) {
    std::fill_n(&rgb.pixels[i * 3], 3, grey.pixels[i]);
    std::fill_n(&rgba.pixels[i * 4], 3, grey.pixels[i]);
    rgba.pixels[i * 4 + 3] = 255;
  }
  auto hash = ComputePixelHash(rgb);
  EXPECT_EQ(ComputePixelHash(grey), hash);
  EXPECT_EQ(ComputePixelHash(rgba), hash);
}

TEST(PixelHash, OneChangedSampleOrAnotherShapeChangesIt) {
  image::Bitmap picture = TexturedPicture(120, 80, 3, 2);
  auto hash = ComputePixelHash(picture);
  for (size_t at : {size_t{0}, picture.pixels.size() / 2, picture.pixels.size() - 1}) {
    image::Bitmap changed = picture;
    changed.pixels[at] ^= 1;
    EXPECT_NE(ComputePixelHash(changed), hash) << at;
  }
  image::Bitmap reshaped = picture;
  std::swap(reshaped.width, reshaped.height);
  EXPECT_NE(ComputePixelHash(reshaped), hash);
}

TEST(PixelHash, TransparencyCountsButNotTheColourUnderIt) {
  image::Bitmap picture = TexturedPicture(64, 48, 4, 3);
  auto opaque = ComputePixelHash(picture);
  picture.pixels[4 * 100 + 3] = 0;
  auto hash = ComputePixelHash(picture);
  EXPECT_NE(hash, opaque);
  picture.pixels[4 * 100] ^= 0x55;
  EXPECT_EQ(ComputePixelHash(picture), hash);
  picture.pixels[4 * 100 + 3] = 1;
  EXPECT_NE(ComputePixelHash(picture), hash);
}

// Stored hashes must mean the same for ever.
TEST(PixelHash, Golden) {
  image::Bitmap picture(3, 2, 3);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = static_cast<uint8_t>(i * 11);
  EXPECT_EQ(ToHex(ComputePixelHash(picture)), "4470095aeece0dad4194e569ba7d1cdd");
}

}  // namespace
}  // namespace likeness::feature
