// Pixels in memory. A Bitmap owns rows without padding, 8 bits a sample, interleaved: 1 channel (luma), 3 (RGB) or 4
// (RGBA, straight alpha). Colour is sRGB and the orientation is upright: codec has seen to both. Knows no file format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace likeness::image {

struct Size {
  int width = 0;
  int height = 0;
  friend bool operator==(const Size&, const Size&) = default;
};

struct Bitmap {
  int width = 0;
  int height = 0;
  int channels = 0;
  std::vector<uint8_t> pixels;  // height * width * channels

  Bitmap() = default;
  Bitmap(int w, int h, int c) : width(w), height(h), channels(c), pixels(size_t(w) * size_t(h) * size_t(c)) {}

  size_t row_bytes() const { return size_t(width) * size_t(channels); }
  uint8_t* row(int y) { return pixels.data() + size_t(y) * row_bytes(); }
  const uint8_t* row(int y) const { return pixels.data() + size_t(y) * row_bytes(); }
  bool empty() const { return pixels.empty(); }
};

// The EXIF orientation (TIFF 6.0 / EXIF 2.32 tag 0x0112): how stored rows must be turned to stand upright.
enum class Orientation : uint8_t {
  kUpright = 1, kMirrored = 2, kRotated180 = 3, kFlipped = 4,
  kTransposed = 5, kRotated90 = 6, kTransversed = 7, kRotated270 = 8,
};

}  // namespace likeness::image
