#include "compare/fidelity.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace likeness::compare {
namespace {

image::Bitmap Patterned(int seed) {
  image::Bitmap bitmap(240, 200, 4);
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 240; ++x) {
      uint8_t* pixel = bitmap.row(y) + 4 * x;
      pixel[0] = static_cast<uint8_t>((x * 3 + y * seed) % 256);
      pixel[1] = static_cast<uint8_t>((x * y / 7 + seed * 31) % 256);
      pixel[2] = static_cast<uint8_t>((x / 8 + y / 8) % 2 * 180 + 20);
      pixel[3] = 255;
    }
  return bitmap;
}

image::Bitmap Noisy(int strength) {
  image::Bitmap bitmap = Patterned(1);
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 240; ++x)
      for (int c = 0; c < 3; ++c) {
        uint8_t& value = bitmap.row(y)[4 * x + c];
        value = static_cast<uint8_t>(std::clamp(value + (x * 7 + y * 13) % (2 * strength + 1) - strength, 0, 255));
      }
  return bitmap;
}

image::Bitmap Darker() {
  image::Bitmap bitmap = Patterned(1);
  for (size_t i = 0; i < bitmap.pixels.size(); ++i)
    if (i % 4 != 3) bitmap.pixels[i] /= 2;
  return bitmap;
}

// Against the formulas written out in numpy, in 64-bit floats.
TEST(Fidelity, AgreesWithThePapersFormulas) {
  struct Row {
    const char* name;
    image::Bitmap b;
    double psnr, ssim, ms_ssim;
  };
  const image::Bitmap a = Patterned(1);
  for (const Row& row : {Row{"noise 3", Noisy(3), 42.094241077, 0.996958167, 0.999397860},
                         Row{"noise 20", Noisy(20), 26.788782541, 0.907128055, 0.992128659},
                         Row{"darker", Darker(), 10.895398519, 0.650389267, 0.789438355},
                         Row{"another", Patterned(5), 8.608092333, -0.112425253, 0}}) {
    const Fidelity fidelity = ComputeFidelity(ViewOf(a), ViewOf(row.b));
    ASSERT_TRUE(fidelity.psnr && fidelity.ssim && fidelity.ms_ssim);
    EXPECT_NEAR(*fidelity.psnr, row.psnr, 1e-6) << row.name;
    EXPECT_NEAR(*fidelity.ssim, row.ssim, 2e-5) << row.name;
    EXPECT_NEAR(*fidelity.ms_ssim, row.ms_ssim, 2e-5) << row.name;
  }
}

TEST(Fidelity, OfEqualAndOfSmallPictures) {
  const image::Bitmap a = Patterned(1);
  Fidelity fidelity = ComputeFidelity(ViewOf(a), ViewOf(a));
  EXPECT_FALSE(fidelity.psnr);
  EXPECT_NEAR(*fidelity.ssim, 1, 1e-9);
  EXPECT_NEAR(*fidelity.ms_ssim, 1, 1e-9);
  image::Bitmap small(11, 11, 4), other(11, 11, 4), tiny(10, 400, 4);
  other.pixels.assign(other.pixels.size(), 255);
  fidelity = ComputeFidelity(ViewOf(small), ViewOf(other));
  EXPECT_TRUE(fidelity.ssim);
  EXPECT_FALSE(fidelity.ms_ssim);
  EXPECT_FALSE(ComputeFidelity(ViewOf(tiny), ViewOf(tiny)).ssim);
}

}  // namespace
}  // namespace likeness::compare
