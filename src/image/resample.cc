#include "image/resample.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace likeness::image {
namespace {

constexpr int kWeightBits = 22;  // 8 bits of a sample and 2 of overshoot remain of 32

double Weight(Filter filter, double x) {
  x = std::abs(x);
  if (filter == Filter::kBilinear) return x < 1 ? 1 - x : 0;
  constexpr double a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

// The source samples under one target sample: `count` weights from `weights[at]`, for samples from `first`.
struct Window {
  int first = 0, count = 0;
  size_t at = 0;
};

struct Windows {
  std::vector<Window> of;
  std::vector<int32_t> weights;
};

Windows MakeWindows(int source, int target, Filter filter) {
  Windows out;
  const double scale = static_cast<double>(source) / target, stretch = std::max(1.0, scale);
  const double reach = (filter == Filter::kBilinear ? 1.0 : 2.0) * stretch;
  std::vector<double> weights;
  for (int i = 0; i < target; ++i) {
    const double centre = (i + 0.5) * scale;
    const int first = std::max(0, static_cast<int>(centre - reach + 0.5));
    const int last = std::min(source, static_cast<int>(centre + reach + 0.5));
    weights.clear();
    double sum = 0;
    for (int x = first; x < last; ++x) {
      weights.push_back(Weight(filter, (x - centre + 0.5) / stretch));
      sum += weights.back();
    }
    out.of.push_back({first, last - first, out.weights.size()});
    for (double weight : weights)
      out.weights.push_back(static_cast<int32_t>(std::lround((sum != 0 ? weight / sum : weight) * (1 << kWeightBits))));
  }
  return out;
}

uint8_t Clip(int32_t sum) {
  return static_cast<uint8_t>(std::clamp(sum >> kWeightBits, 0, 255));
}

template <int kChannels>
void Across(const Bitmap& in, const Windows& windows, Bitmap* out) {
  for (int y = 0; y < in.height; ++y) {
    uint8_t* to = out->row(y);
    for (const Window& window : windows.of) {
      const uint8_t* from = in.row(y) + static_cast<size_t>(window.first) * kChannels;
      const int32_t* weights = &windows.weights[window.at];
      int32_t sums[kChannels];
      std::fill_n(sums, kChannels, 1 << (kWeightBits - 1));
      for (int i = 0; i < window.count; ++i) {
        for (int c = 0; c < kChannels; ++c) sums[c] += from[i * kChannels + c] * weights[i];
      }
      for (int c = 0; c < kChannels; ++c) *to++ = Clip(sums[c]);
    }
  }
}

void Down(const Bitmap& in, const Windows& windows, Bitmap* out) {
  const size_t count = in.row_bytes();
  std::vector<int32_t> sums(count);
  for (int y = 0; y < out->height; ++y) {
    const Window& window = windows.of[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 1 << (kWeightBits - 1));
    for (int i = 0; i < window.count; ++i) {
      const uint8_t* from = in.row(window.first + i);
      const int32_t weight = windows.weights[window.at + static_cast<size_t>(i)];
      for (size_t x = 0; x < count; ++x) sums[x] += from[x] * weight;
    }
    uint8_t* to = out->row(y);
    for (size_t x = 0; x < count; ++x) to[x] = Clip(sums[x]);
  }
}

}  // namespace

Bitmap Resample(const Bitmap& bitmap, int width, int height, Filter filter) {
  Bitmap across;
  const Bitmap* source = &bitmap;
  if (width != bitmap.width) {
    across = Bitmap(width, bitmap.height, bitmap.channels);
    const Windows windows = MakeWindows(bitmap.width, width, filter);
    bitmap.channels == 1 ? Across<1>(bitmap, windows, &across) : Across<3>(bitmap, windows, &across);
    source = &across;
  }
  if (height == bitmap.height) return *source;
  Bitmap out(width, height, bitmap.channels);
  Down(*source, MakeWindows(bitmap.height, height, filter), &out);
  return out;
}

}  // namespace likeness::image
