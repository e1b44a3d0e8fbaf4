#include "feature/test_photos.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "base/files.h"
#include "codec/decode.h"

namespace likeness::feature {

std::filesystem::path SharedPhotos() {
  const char* set = std::getenv("LIKENESS_SHARED");
  std::filesystem::path photos = std::filesystem::path(set ? set : LIKENESS_SOURCE_DIR "/../shared") / "photos";
  return std::filesystem::is_directory(photos) ? photos : std::filesystem::path();
}

std::vector<std::filesystem::path> PhotosOf(const std::string& folder, size_t step) {
  std::vector<std::filesystem::path> all, some;
  for (const auto& entry : std::filesystem::directory_iterator(SharedPhotos() / folder)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  for (size_t i = 0; i < all.size(); i += step) some.push_back(all[i]);
  return some;
}

image::Bitmap DecodePhoto(const std::filesystem::path& path) {
  auto bytes = ReadFile(path, 64 << 20);
  EXPECT_TRUE(bytes.has_value()) << path;
  if (!bytes) return {};
  auto decoded = codec::Decode(*bytes, {});
  EXPECT_TRUE(decoded.has_value()) << path << ": " << decoded.error().Text();
  return decoded ? std::move(decoded->bitmap) : image::Bitmap();
}

image::Bitmap TexturedPicture(int width, int height, int channels, uint32_t seed) {
  image::Bitmap bitmap(width, height, channels);
  std::mt19937 random(seed);
  auto below = [&](uint32_t n) { return static_cast<int>(random() % n); };
  std::fill(bitmap.pixels.begin(), bitmap.pixels.end(), 128);
  for (int i = 0; i < 400; ++i) {
    int w = 2 + below(width / 4), h = 2 + below(height / 4), x0 = below(width), y0 = below(height);
    int colour[4] = {below(256), below(256), below(256), 255};
    for (int y = y0; y < std::min(height, y0 + h); ++y) {
      for (int x = x0; x < std::min(width, x0 + w); ++x) {
        double dx = (x - x0 - w / 2.0) / w, dy = (y - y0 - h / 2.0) / h;
        if (dx * dx + dy * dy > 0.25) continue;
        std::copy_n(colour, channels, bitmap.row(y) + x * channels);
      }
    }
  }
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) {
    if (channels == 4 && i % 4 == 3) {
      bitmap.pixels[i] = 255;
    } else {
      bitmap.pixels[i] = static_cast<uint8_t>(std::clamp(bitmap.pixels[i] + below(9) - 4, 0, 255));
    }
  }
  return bitmap;
}

}  // namespace likeness::feature
