#include "image/colour.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace likeness::image {

namespace {

// value * alpha / 255 + 255 - alpha, rounded exactly: (t + 1 + (t >> 8)) >> 8 divides t + 128 by 255 for t < 65536.
inline uint8_t OnWhite(unsigned value, unsigned alpha) {
  unsigned t = value * alpha + 255u * (255u - alpha) + 127u;
  return static_cast<uint8_t>((t + 1 + (t >> 8)) >> 8);
}

void LumaRow(const uint8_t* in, uint8_t* out, int width) {
  for (int x = 0; x < width; ++x) out[x] = Luma(in[3 * x], in[3 * x + 1], in[3 * x + 2]);
}

void FlattenRow(const uint8_t* in, uint8_t* out, int width) {
  for (int x = 0; x < width; ++x) {
    const unsigned alpha = in[4 * x + 3];
    const uint8_t r = OnWhite(in[4 * x], alpha), g = OnWhite(in[4 * x + 1], alpha), b = OnWhite(in[4 * x + 2], alpha);
    out[3 * x] = r, out[3 * x + 1] = g, out[3 * x + 2] = b;
  }
}

}  // namespace

Bitmap ToLuma(const Bitmap& bitmap) {
  if (bitmap.channels == 1) return bitmap;
  Bitmap out(bitmap.width, bitmap.height, 1);
  std::vector<uint8_t> flat(bitmap.channels == 4 ? size_t(bitmap.width) * 3 : 0);
  for (int y = 0; y < bitmap.height; ++y) {
    const uint8_t* rgb = bitmap.row(y);
    if (bitmap.channels == 4) {
      FlattenRow(rgb, flat.data(), bitmap.width);
      rgb = flat.data();
    }
    LumaRow(rgb, out.row(y), bitmap.width);
  }
  return out;
}

Bitmap ToRgb(const Bitmap& bitmap) {
  if (bitmap.channels == 3) return bitmap;
  Bitmap out(bitmap.width, bitmap.height, 3);
  for (int y = 0; y < bitmap.height; ++y) {
    if (bitmap.channels == 4) {
      FlattenRow(bitmap.row(y), out.row(y), bitmap.width);
      continue;
    }
    const uint8_t* in = bitmap.row(y);
    uint8_t* to = out.row(y);
    for (int x = 0; x < bitmap.width; ++x) to[3 * x] = to[3 * x + 1] = to[3 * x + 2] = in[x];
  }
  return out;
}

Bitmap ToRgba(const Bitmap& bitmap) {
  if (bitmap.channels == 4) return bitmap;
  Bitmap out(bitmap.width, bitmap.height, 4);
  const uint8_t* from = bitmap.pixels.data();
  const size_t step = size_t(bitmap.channels), green = step == 3 ? 1 : 0, blue = step == 3 ? 2 : 0;
  for (size_t at = 0; at < out.pixels.size(); at += 4, from += step) {
    const uint32_t pixel = uint32_t{from[0]} | uint32_t{from[green]} << 8 | uint32_t{from[blue]} << 16 | 0xFF000000u;
    std::memcpy(&out.pixels[at], &pixel, 4);
  }
  return out;
}

Bitmap FlattenOnWhite(Bitmap bitmap) {
  if (bitmap.channels != 4) return bitmap;
  // A row of three channels ends before the next row of four begins.
  std::vector<uint8_t> flat(size_t(bitmap.width) * 3);
  for (int y = 0; y < bitmap.height; ++y) {
    FlattenRow(bitmap.row(y), flat.data(), bitmap.width);
    std::copy(flat.begin(), flat.end(), bitmap.pixels.begin() + ptrdiff_t(flat.size()) * y);
  }
  bitmap.channels = 3;
  bitmap.pixels.resize(flat.size() * size_t(bitmap.height));
  return bitmap;
}

Bitmap DropAlpha(Bitmap bitmap) {
  if (bitmap.channels != 4) return bitmap;
  const size_t count = size_t(bitmap.width) * size_t(bitmap.height);
  uint8_t* pixels = bitmap.pixels.data();
  for (size_t i = 0; i < count; ++i) {
    uint8_t r = pixels[4 * i], g = pixels[4 * i + 1], b = pixels[4 * i + 2];
    pixels[3 * i] = r, pixels[3 * i + 1] = g, pixels[3 * i + 2] = b;
  }
  bitmap.pixels.resize(count * 3);
  bitmap.channels = 3;
  return bitmap;
}

Bitmap FlattenToShow(Bitmap bitmap) {
  if (bitmap.channels != 4) return bitmap;
  // Standard deviations of luma on white and on black, over a grid of samples.
  constexpr int kGrid = 256;
  constexpr double kNothingSeen = 6;
  double sum[2] = {}, squares[2] = {}, count = 0;
  for (int y = 0; y < bitmap.height; y += std::max(1, bitmap.height / kGrid)) {
    for (int x = 0; x < bitmap.width; x += std::max(1, bitmap.width / kGrid), ++count) {
      const uint8_t* p = bitmap.row(y) + size_t(x) * 4;
      const double shown = Luma(p[0], p[1], p[2]) * (p[3] / 255.0);
      const double values[2] = {shown + 255.0 - p[3], shown};
      for (int i = 0; i < 2; ++i) sum[i] += values[i], squares[i] += values[i] * values[i];
    }
  }
  const auto deviation = [&](int i) {
    const double mean = sum[i] / count;
    return std::sqrt(std::max(0.0, squares[i] / count - mean * mean));
  };
  if (deviation(0) < kNothingSeen && deviation(1) > 2 * deviation(0)) {
    for (size_t i = 0; i < bitmap.pixels.size(); i += 4) {
      for (size_t c = 0; c < 3; ++c)
        bitmap.pixels[i + c] = uint8_t((bitmap.pixels[i + c] * bitmap.pixels[i + 3] + 127) / 255);
    }
    return DropAlpha(std::move(bitmap));
  }
  return FlattenOnWhite(std::move(bitmap));
}

bool HasTransparency(const Bitmap& bitmap) {
  if (bitmap.channels != 4) return false;
  for (int y = 0; y < bitmap.height; ++y) {
    uint8_t all = 255;
    const uint8_t* row = bitmap.row(y);
    for (int x = 0; x < bitmap.width; ++x) all &= row[4 * x + 3];
    if (all != 255) return true;
  }
  return false;
}

std::array<double, 3> MeanColour(const Bitmap& bitmap) {
  if (bitmap.empty()) return {0, 0, 0};
  if (bitmap.channels == 4) return MeanColour(ToRgb(bitmap));
  std::array<uint64_t, 3> sums{};
  for (int y = 0; y < bitmap.height; ++y) {
    const uint8_t* row = bitmap.row(y);
    std::array<uint32_t, 3> part{};  // 255 * 2^24 columns fit
    for (int x = 0; x < bitmap.width; ++x) {
      for (int c = 0; c < 3; ++c) part[size_t(c)] += row[bitmap.channels == 3 ? 3 * x + c : x];
    }
    for (size_t c = 0; c < 3; ++c) sums[c] += part[c];
  }
  const double count = double(bitmap.width) * double(bitmap.height);
  return {double(sums[0]) / count, double(sums[1]) / count, double(sums[2]) / count};
}

}  // namespace likeness::image
