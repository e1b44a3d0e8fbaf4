#include "image/thumbhash.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "image/resize.h"

namespace likeness::image {

namespace {

constexpr int kSideMax = 100;

struct Channel {
  double dc = 0;
  double scale = 0;
  std::vector<double> ac;  // in 0..1
};

// The lower triangle of an nx x ny DCT-II.
Channel EncodeChannel(const std::vector<double>& plane, int width, int height, int nx, int ny) {
  Channel out;
  std::vector<double> fx(static_cast<size_t>(width));
  for (int cy = 0; cy < ny; ++cy) {
    for (int cx = 0; cx * ny < nx * (ny - cy); ++cx) {
      for (int x = 0; x < width; ++x) fx[size_t(x)] = std::cos(std::numbers::pi / width * cx * (x + 0.5));
      double sum = 0;
      for (int y = 0; y < height; ++y) {
        const double fy = std::cos(std::numbers::pi / height * cy * (y + 0.5));
        for (int x = 0; x < width; ++x) sum += plane[size_t(y * width + x)] * fx[size_t(x)] * fy;
      }
      sum /= double(width) * height;
      if (cx == 0 && cy == 0) {
        out.dc = sum;
      } else {
        out.ac.push_back(sum);
        out.scale = std::max(out.scale, std::abs(sum));
      }
    }
  }
  if (out.scale > 0) {
    for (double& f : out.ac) f = 0.5 + 0.5 / out.scale * f;
  }
  return out;
}

uint32_t Quantise(double value, uint32_t max) {
  return static_cast<uint32_t>(std::clamp(std::floor(value + 0.5), 0.0, double(max)));
}

struct Planes {
  std::vector<double> l, p, q, a;
  bool has_alpha = false;
};

std::array<double, 4> PixelAt(const Bitmap& bitmap, size_t i) {
  const uint8_t* at = bitmap.pixels.data() + i * size_t(bitmap.channels);
  if (bitmap.channels == 1) return {at[0] / 255.0, at[0] / 255.0, at[0] / 255.0, 1.0};
  return {at[0] / 255.0, at[1] / 255.0, at[2] / 255.0, bitmap.channels == 4 ? at[3] / 255.0 : 1.0};
}

// Laid on the average colour, as luma, yellow-blue, red-green and alpha.
Planes ToPlanes(const Bitmap& bitmap) {
  const size_t count = size_t(bitmap.width) * size_t(bitmap.height);
  std::array<double, 4> average{};
  for (size_t i = 0; i < count; ++i) {
    const auto pixel = PixelAt(bitmap, i);
    for (size_t c = 0; c < 3; ++c) average[c] += pixel[3] * pixel[c];
    average[3] += pixel[3];
  }
  if (average[3] > 0) {
    for (size_t c = 0; c < 3; ++c) average[c] /= average[3];
  }
  Planes out;
  for (auto* plane : {&out.l, &out.p, &out.q, &out.a}) plane->resize(count);
  for (size_t i = 0; i < count; ++i) {
    auto pixel = PixelAt(bitmap, i);
    for (size_t c = 0; c < 3; ++c) pixel[c] = average[c] * (1 - pixel[3]) + pixel[3] * pixel[c];
    out.l[i] = (pixel[0] + pixel[1] + pixel[2]) / 3;
    out.p[i] = (pixel[0] + pixel[1]) / 2 - pixel[2];
    out.q[i] = pixel[0] - pixel[1];
    out.a[i] = pixel[3];
    if (pixel[3] < 1) out.has_alpha = true;
  }
  return out;
}

}  // namespace

Bytes EncodeThumbHash(const Bitmap& bitmap) {
  if (bitmap.empty()) return {};
  const Size size = FitLongestSide({bitmap.width, bitmap.height}, kSideMax);
  const Bitmap small = ResizeArea(bitmap, size.width, size.height);
  const int width = small.width, height = small.height, longest = std::max(width, height);

  const Planes planes = ToPlanes(small);
  const int limit = planes.has_alpha ? 5 : 7;
  const int lx = std::max(1, static_cast<int>(std::floor(double(limit) * width / longest + 0.5)));
  const int ly = std::max(1, static_cast<int>(std::floor(double(limit) * height / longest + 0.5)));
  const Channel l = EncodeChannel(planes.l, width, height, std::max(3, lx), std::max(3, ly));
  const Channel p = EncodeChannel(planes.p, width, height, 3, 3);
  const Channel q = EncodeChannel(planes.q, width, height, 3, 3);
  const Channel a = planes.has_alpha ? EncodeChannel(planes.a, width, height, 5, 5) : Channel{};

  const bool landscape = width > height;
  const uint32_t header24 = Quantise(63 * l.dc, 63) | Quantise(31.5 + 31.5 * p.dc, 63) << 6 |
                            Quantise(31.5 + 31.5 * q.dc, 63) << 12 | Quantise(31 * l.scale, 31) << 18 |
                            uint32_t{planes.has_alpha} << 23;
  const uint32_t header16 = uint32_t(landscape ? ly : lx) | Quantise(63 * p.scale, 63) << 3 |
                            Quantise(63 * q.scale, 63) << 9 | uint32_t{landscape} << 15;
  Bytes out{uint8_t(header24), uint8_t(header24 >> 8), uint8_t(header24 >> 16), uint8_t(header16),
            uint8_t(header16 >> 8)};
  if (planes.has_alpha) out.push_back(uint8_t(Quantise(15 * a.dc, 15) | Quantise(15 * a.scale, 15) << 4));

  size_t nibble = 0;
  for (const Channel* channel : {&l, &p, &q, &a}) {
    for (double f : channel->ac) {
      if (nibble % 2 == 0) out.push_back(0);
      out.back() |= uint8_t(Quantise(15 * f, 15) << (nibble++ % 2 * 4));
    }
  }
  return out;
}

std::array<double, 4> ThumbHashAverage(ByteView hash) {
  if (hash.size() < 5) return {};
  const uint32_t header = hash[0] | uint32_t(hash[1]) << 8 | uint32_t(hash[2]) << 16;
  const double l = (header & 63) / 63.0, p = ((header >> 6) & 63) / 31.5 - 1, q = ((header >> 12) & 63) / 31.5 - 1;
  const bool has_alpha = (header >> 23) != 0;
  if (has_alpha && hash.size() < 6) return {};
  const double b = l - 2.0 / 3.0 * p, r = (3 * l - b + q) / 2, g = r - q;
  return {std::clamp(r, 0.0, 1.0), std::clamp(g, 0.0, 1.0), std::clamp(b, 0.0, 1.0),
          has_alpha ? (hash[5] & 15) / 15.0 : 1.0};
}

}  // namespace likeness::image
