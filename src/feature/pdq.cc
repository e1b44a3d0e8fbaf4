#include "feature/pdq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "feature/filter_rows.h"

namespace likeness::feature {
namespace {

constexpr int kSide = 64;
constexpr int kLow = 16;
constexpr int kSideMin = 5;
using Plane64 = std::array<float, kSide * kSide>;

// The box filter of one pass at position i: the mean of [low, high], clipped at the borders.
struct Box {
  int low, high;
  Box(int i, int window, int length) {
    int right = (window + 2) / 2 - 1;
    low = std::max(0, i - (window - 1 - right));
    high = std::min(length - 1, i + right);
  }
  double weight() const { return 1.0 / (high - low + 1); }
};

// Two passes of the box, taken at the centres of 64 equal cells. The window of one pass is half a cell, rounded up.
std::array<Filter, kSide> TentFilters(int length) {
  std::array<Filter, kSide> filters;
  int window = (length + 2 * kSide - 1) / (2 * kSide);
  for (int o = 0; o < kSide; ++o) {
    int centre = static_cast<int>((o + 0.5) * length / kSide);
    Box second(centre, window, length);
    int first = Box(second.low, window, length).low;
    int last = Box(second.high, window, length).high;
    std::vector<double> weights(last - first + 1);
    for (int i = second.low; i <= second.high; ++i) {
      Box pass(i, window, length);
      for (int j = pass.low; j <= pass.high; ++j) weights[j - first] += second.weight() * pass.weight();
    }
    filters[o].first = first;
    filters[o].weights.assign(weights.begin(), weights.end());
  }
  return filters;
}

Plane64 FilteredLuma(const image::Bitmap& bitmap) {
  auto xs = TentFilters(bitmap.width);
  auto ys = TentFilters(bitmap.height);
  Plane64 out;
  std::vector<float> samples(bitmap.row_bytes());
  std::vector<float> luma(bitmap.width);
  for (int y = 0; y < kSide; ++y) {
    FilterRows(bitmap, ys[y], samples.data());
    for (int x = 0; x < bitmap.width; ++x) {
      const float* s = &samples[static_cast<size_t>(x) * bitmap.channels];
      luma[x] = bitmap.channels == 1 ? s[0] : 0.299f * s[0] + 0.587f * s[1] + 0.114f * s[2];
    }
    for (int x = 0; x < kSide; ++x) {
      float sum = 0;
      const auto& weights = xs[x].weights;
      for (size_t k = 0; k < weights.size(); ++k) sum += weights[k] * luma[xs[x].first + k];
      out[y * kSide + x] = sum;
    }
  }
  return out;
}

uint8_t QualityOf(const Plane64& plane) {
  int gradient_sum = 0;
  auto add = [&](float a, float b) { gradient_sum += std::abs(static_cast<int>((a - b) * 100 / 255)); };
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      if (y + 1 < kSide) add(plane[y * kSide + x], plane[(y + 1) * kSide + x]);
      if (x + 1 < kSide) add(plane[y * kSide + x], plane[y * kSide + x + 1]);
    }
  }
  return static_cast<uint8_t>(std::min(gradient_sum / 90, 100));
}

// Rows are frequencies 1..16.
const std::array<float, kLow * kSide>& DctMatrix() {
  static const auto matrix = [] {
    std::array<float, kLow * kSide> m{};
    for (int k = 0; k < kLow; ++k) {
      for (int n = 0; n < kSide; ++n) {
        m[k * kSide + n] =
            static_cast<float>(std::sqrt(2.0 / kSide) * std::cos(std::numbers::pi / 2 / kSide * (k + 1) * (2 * n + 1)));
      }
    }
    return m;
  }();
  return matrix;
}

std::array<float, kLow * kLow> LowDct(const Plane64& plane) {
  const auto& matrix = DctMatrix();
  std::array<float, kLow * kSide> vertical{};
  for (int u = 0; u < kLow; ++u) {
    for (int y = 0; y < kSide; ++y) {
      float c = matrix[u * kSide + y];
      for (int x = 0; x < kSide; ++x) vertical[u * kSide + x] += c * plane[y * kSide + x];
    }
  }
  std::array<float, kLow * kLow> low{};
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) {
      float sum = 0;
      for (int x = 0; x < kSide; ++x) sum += vertical[u * kSide + x] * matrix[v * kSide + x];
      low[u * kLow + v] = sum;
    }
  }
  return low;
}

}  // namespace

PdqHash ComputePdq(const image::Bitmap& bitmap) {
  PdqHash out;
  if (bitmap.width < kSideMin || bitmap.height < kSideMin) return out;
  Plane64 plane = FilteredLuma(bitmap);
  out.quality = QualityOf(plane);
  auto low = LowDct(plane);
  // The reference takes the lower of the two middle values.
  auto sorted = low;
  auto middle = sorted.begin() + sorted.size() / 2 - 1;
  std::nth_element(sorted.begin(), middle, sorted.end());
  for (int i = 0; i < kLow * kLow; ++i) {
    // Its text starts with the highest frequencies.
    int bit = kLow * kLow - 1 - i;
    if (low[i] > *middle) out.hash.words[bit / 64] |= uint64_t{1} << (63 - bit % 64);
  }
  return out;
}

}  // namespace likeness::feature
