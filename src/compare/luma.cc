#include "compare/luma.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "image/resize.h"

namespace likeness::compare {
namespace {

using image::Bitmap;
using image::Size;

void SumOfThree(const uint8_t* __restrict above, const uint8_t* __restrict own, const uint8_t* __restrict below,
                uint16_t* __restrict sum, int count) {
  for (int i = 0; i < count; ++i) sum[i] = static_cast<uint16_t>(above[i] + 2 * own[i] + below[i]);
}
void MixOfThree(const uint16_t* __restrict left, const uint16_t* __restrict own, const uint16_t* __restrict right,
                uint8_t* __restrict out, int count) {
  for (int i = 0; i < count; ++i)
    out[i] = static_cast<uint8_t>(static_cast<uint16_t>(left[i] + 2 * own[i] + right[i] + 8) >> 4);
}
Bitmap Smoothed(const uint8_t* in, Size size, int channels, const Spread& spread) {
  Bitmap out(size.width, size.height, channels);
  const int row_bytes = size.width * channels;
  const auto row_of = [&](int y) { return in + size_t(std::clamp(y, 0, size.height - 1)) * size_t(row_bytes); };
  spread((size_t(size.height) + kBand - 1) / kBand, [&](size_t band) {
    std::vector<uint16_t> sums(size_t(row_bytes) + 2 * size_t(channels));
    uint16_t* sum = sums.data() + channels;
    for (int y = int(band) * kBand; y < std::min(size.height, (int(band) + 1) * kBand); ++y) {
      SumOfThree(row_of(y - 1), row_of(y), row_of(y + 1), sum, row_bytes);
      for (int c = 0; c < channels; ++c) {
        sum[c - channels] = sum[c];
        sum[row_bytes + c] = sum[row_bytes - channels + c];
      }
      MixOfThree(sum - channels, sum, sum + channels, out.row(y), row_bytes);
    }
  });
  return out;
}

}  // namespace

Bitmap LumaOf(const PixelView& view) {
  Bitmap luma(view.size.width, view.size.height, 1);
  for (int y = 0; y < view.size.height; ++y) {
    const uint8_t* in = view.row(y);
    uint8_t* out = luma.row(y);
    for (int x = 0; x < view.size.width; ++x, in += 4)
      out[x] = static_cast<uint8_t>((in[0] * 77 + in[1] * 150 + in[2] * 29 + 128) >> 8);
  }
  return luma;
}

Size Scaled(Size size, double factor) {
  return {std::max(1, int(std::lround(size.width * factor))), std::max(1, int(std::lround(size.height * factor)))};
}
Bitmap ReducedTo(const Bitmap& bitmap, Size size) {
  if (size.width >= bitmap.width && size.height >= bitmap.height) return bitmap;
  return image::ResizeArea(bitmap, size.width, size.height);
}

Bitmap Smoothed(const Bitmap& in) {
  return Smoothed(in.pixels.data(), {in.width, in.height}, in.channels, SpreadNot);
}
Bitmap Smoothed(const PixelView& view, const Spread& spread) {
  return Smoothed(view.pixels, view.size, 4, spread);
}

}  // namespace likeness::compare
