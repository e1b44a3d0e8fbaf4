#include "feature/phash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>
#include <random>

#include "feature/hash_text.h"
#include "feature/test_photos.h"
#include "image/colour.h"

namespace likeness::feature {
namespace {

PhashLuma ResizedByOpenCv(const image::Bitmap& luma) {
  cv::Mat from(luma.height, luma.width, CV_8UC1, const_cast<uint8_t*>(luma.pixels.data())), to;
  cv::resize(from, to, {kPhashSide, kPhashSide}, 0, 0, cv::INTER_LINEAR);
  PhashLuma out;
  std::memcpy(out.data(), to.data, out.size());
  return out;
}

// The definition, term by term.
Hash256 HashByDefinition(const PhashLuma& luma) {
  std::vector<double> low;
  for (int u = 0; u < 16; ++u) {
    for (int v = 0; v < 16; ++v) {
      double sum = 0;
      for (int y = 0; y < 64; ++y) {
        for (int x = 0; x < 64; ++x) {
          sum += 4 * luma[y * 64 + x] * std::cos(M_PI * u * (2 * y + 1) / 128) * std::cos(M_PI * v * (2 * x + 1) / 128);
        }
      }
      low.push_back(sum);
    }
  }
  auto sorted = low;
  std::sort(sorted.begin(), sorted.end());
  double median = (sorted[127] + sorted[128]) / 2;
  Hash256 hash;
  for (int i = 0; i < 256; ++i) {
    if (low[i] > median) hash.words[i / 64] |= uint64_t{1} << (63 - i % 64);
  }
  return hash;
}

PhashLuma Turned(const PhashLuma& luma, int orientation) {
  cv::Mat picture(64, 64, CV_8UC1, const_cast<uint8_t*>(luma.data()));
  picture = picture.clone();
  if (orientation >= 4) cv::flip(picture, picture, 1);
  for (int i = 0; i < orientation % 4; ++i) cv::rotate(picture, picture, cv::ROTATE_90_CLOCKWISE);
  PhashLuma out;
  std::memcpy(out.data(), picture.data, out.size());
  return out;
}

TEST(Phash, ResizeEqualsOpenCvAtEverySize) {
  std::mt19937 random(1);
  for (int width : {1, 2, 3, 17, 63, 64, 65, 127, 128, 129, 255, 1000}) {
    for (int height : {1, 2, 7, 64, 100, 128, 192, 511}) {
      image::Bitmap luma(width, height, 1);
      for (uint8_t& value : luma.pixels) value = static_cast<uint8_t>(random());
      EXPECT_EQ(ComputePhashLuma(luma), ResizedByOpenCv(luma)) << width << "x" << height;
    }
  }
}

TEST(Phash, LumaIsTakenBeforeTheResize) {
  image::Bitmap picture = TexturedPicture(300, 211, 3, 7);
  EXPECT_EQ(ComputePhashLuma(picture), ResizedByOpenCv(image::ToLuma(picture)));
}

TEST(Phash, EqualsItsDefinition) {
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    PhashLuma luma = ComputePhashLuma(TexturedPicture(200, 160, 3, seed));
    EXPECT_EQ(ToHex(ComputePhash(luma)), ToHex(HashByDefinition(luma))) << "seed " << seed;
  }
}

TEST(Phash, VariantsAreTheHashesOfTheTurnedPicture) {
  for (uint32_t seed = 1; seed <= 10; ++seed) {
    PhashLuma luma = ComputePhashLuma(TexturedPicture(320, 200, 3, seed));
    HashVariants variants = ComputePhashVariants(luma);
    for (int i = 0; i < kOrientations; ++i) {
      EXPECT_EQ(ToHex(variants[i]), ToHex(ComputePhash(Turned(luma, i)))) << "seed " << seed << " orientation " << i;
    }
  }
}

TEST(Phash, FlatAndSymmetricPicturesHaveOneHash) {
  image::Bitmap flat(300, 200, 3);
  std::fill(flat.pixels.begin(), flat.pixels.end(), 77);
  Hash256 only_dc;
  only_dc.words[0] = uint64_t{1} << 63;
  for (const Hash256& variant : ComputePhashVariants(flat)) EXPECT_EQ(ToHex(variant), ToHex(only_dc));
  image::Bitmap symmetric(64, 64, 1);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 64; ++x) symmetric.row(y)[x] = static_cast<uint8_t>(std::min(x, 63 - x) * 7 + y);
  }
  HashVariants variants = ComputePhashVariants(symmetric);
  EXPECT_EQ(variants[0], variants[static_cast<int>(Orientation8::kMirrored)]);
}

TEST(Phash, HashesOfPhotosEqualOpenCvsWay) {
  LIKENESS_NEEDS_PHOTOS();
  for (const auto& path : PhotosOf("main", 40)) {
    image::Bitmap photo = DecodePhoto(path);
    if (photo.empty()) continue;
    PhashLuma expected = ResizedByOpenCv(image::ToLuma(photo));
    EXPECT_EQ(ComputePhashLuma(photo), expected) << path;
    EXPECT_EQ(ComputePhash(photo), HashByDefinition(expected)) << path;
  }
}

TEST(HashText, ReadsBackWhatItWrites) {
  Hash256 hash{{0x0123456789abcdef, 0, ~uint64_t{0}, 1}};
  std::string text = "0123456789abcdef0000000000000000ffffffffffffffff0000000000000001";
  EXPECT_EQ(ToHex(hash), text);
  EXPECT_EQ(HashFromHex(text).value(), hash);
  for (std::string bad : {std::string(), text.substr(1), text + "0", "-" + text.substr(1), "g" + text.substr(1)}) {
    EXPECT_FALSE(HashFromHex(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace likeness::feature
