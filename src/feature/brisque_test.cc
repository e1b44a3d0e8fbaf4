#include "feature/brisque.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <random>

#include "feature/test_photos.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

namespace fs = std::filesystem;

// Soft blobs with a little grain: what a clean photo's statistics are like.
image::Bitmap Clean(int width, int height) {
  image::Bitmap bitmap(width, height, 1);
  std::mt19937 random(7);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double wave = 60 * std::sin(x * 0.11) * std::cos(y * 0.07) + 30 * std::sin((x + 2 * y) * 0.4);
      bitmap.row(y)[x] = static_cast<uint8_t>(128 + wave + double(random() % 17) - 8);
    }
  return bitmap;
}

TEST(Brisque, NormalisedSamplesOfNoiseAreNearlyGaussian) {
  image::Bitmap noise(256, 256, 1);
  std::mt19937 random(3);
  std::normal_distribution<double> normal(128, 25);
  for (uint8_t& value : noise.pixels) value = static_cast<uint8_t>(std::clamp(normal(random), 0.0, 255.0));
  const std::optional<BrisqueNumbers> numbers = ComputeBrisque(noise);
  ASSERT_TRUE(numbers);
  EXPECT_NEAR((*numbers)[0], 2.9, 0.5) << "shape: 2 is Gaussian; a window of few samples makes it flatter";
  // Neighbours' products are symmetric for noise.
  for (size_t product = 0; product < 4; ++product) {
    EXPECT_NEAR((*numbers)[2 + product * 4 + 2], (*numbers)[2 + product * 4 + 3], 0.25) << product;
  }
}

TEST(Brisque, SaysNothingOfWhatHasNoStructure) {
  EXPECT_FALSE(ComputeBrisque(image::Bitmap(64, 64, 3)));
  EXPECT_FALSE(ComputeBrisque(Clean(31, 200)));
  EXPECT_TRUE(ComputeBrisque(Clean(32, 32)));
}

TEST(Brisque, ColourAndAlphaAreReadAsLuma) {
  const image::Bitmap grey = Clean(80, 60);
  image::Bitmap colour(80, 60, 4);
  for (size_t i = 0; i < grey.pixels.size(); ++i)
    for (size_t c = 0; c < 4; ++c) colour.pixels[i * 4 + c] = c == 3 ? uint8_t(i) : grey.pixels[i];
  EXPECT_EQ(*ComputeBrisque(grey), *ComputeBrisque(colour));
}

fs::path Models() {
  return SharedPhotos().parent_path() / "models/brisque-live";
}

TEST(Brisque, DamageMakesAPhotoWorse) {
  if (!fs::exists(Models() / "brisque_model_live.yml")) GTEST_SKIP() << "no shared model of quality";
  const auto model = Brisque::Open(Models() / "brisque_model_live.yml", Models() / "brisque_range_live.yml");
  ASSERT_TRUE(model) << model.error().Text();
  int blurred_worse = 0, noisy_worse = 0, count = 0;
  std::mt19937 random(5);
  std::normal_distribution<double> normal(0, 30);
  for (const fs::path& path : PhotosOf("main", 30)) {
    const image::Bitmap photo = DecodePhoto(path);
    const std::optional<float> own = (*model)->Score(photo);
    ASSERT_TRUE(own) << path;
    const image::Bitmap small = image::ResizeArea(photo, photo.width / 4, photo.height / 4);
    const std::optional<float> blurred = (*model)->Score(image::ResizeBilinear(small, photo.width, photo.height));
    image::Bitmap noisy = photo;
    for (uint8_t& value : noisy.pixels) value = static_cast<uint8_t>(std::clamp(value + normal(random), 0.0, 255.0));
    ++count;
    blurred_worse += blurred && *blurred > *own + 10;
    noisy_worse += *(*model)->Score(noisy) > *own;
  }
  EXPECT_GE(count, 10);
  EXPECT_GE(blurred_worse, count - 2);
  EXPECT_GE(noisy_worse, count - 2);
}

TEST(Brisque, DamagedModelsAreRefused) {
  if (!fs::exists(Models() / "brisque_model_live.yml")) GTEST_SKIP() << "no shared model of quality";
  const fs::path folder = fs::temp_directory_path() / ("likeness_brisque_" + std::to_string(getpid()));
  fs::create_directories(folder);
  std::ifstream in(Models() / "brisque_model_live.yml");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto open = [&](const std::string& changed) {
    std::ofstream(folder / "m.yml") << changed;
    return Brisque::Open(folder / "m.yml", Models() / "brisque_range_live.yml");
  };
  EXPECT_TRUE(open(text));
  for (size_t cut : {size_t{0}, size_t{100}, text.size() / 2, text.size() - 100})
    EXPECT_FALSE(open(text.substr(0, cut))) << cut;
  std::string huge = text;
  huge.replace(huge.find("sv_total: 774"), 13, "sv_total: 9e9");
  EXPECT_FALSE(open(huge));
  EXPECT_FALSE(Brisque::Open(folder / "none.yml", Models() / "brisque_range_live.yml"));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace likeness::feature
