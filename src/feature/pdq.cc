#include "feature/pdq.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace likeness::feature {
namespace {

constexpr int kSide = 64;
constexpr int kLow = 16;
constexpr int kSideMin = 5;
// The reference's file tool first takes pictures over this side to this square, by nearest neighbour.
constexpr int kReadSide = 512;
using Plane64 = std::array<float, kSide * kSide>;

// One of the 64 outputs along an axis: a weighted sum of the samples first .. first + weights.size() - 1.
struct Filter {
  int first = 0;
  std::vector<float> weights;
};

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

// Luma as the reference reads it: rows of width floats.
struct Luma {
  int width = 0, height = 0;
  std::vector<float> samples;
};

Luma ReadLuma(const image::Bitmap& bitmap) {
  bool over = bitmap.width > kReadSide || bitmap.height > kReadSide;
  Luma luma{over ? kReadSide : bitmap.width, over ? kReadSide : bitmap.height, {}};
  luma.samples.reserve(static_cast<size_t>(luma.width) * luma.height);
  for (int y = 0; y < luma.height; ++y) {
    const uint8_t* row = bitmap.row(static_cast<int>(int64_t{y} * bitmap.height / luma.height));
    for (int x = 0; x < luma.width; ++x) {
      const uint8_t* p = row + int64_t{x} * bitmap.width / luma.width * bitmap.channels;
      luma.samples.push_back(bitmap.channels == 1 ? p[0] : 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2]);
    }
  }
  return luma;
}

Plane64 Filtered(const Luma& luma) {
  auto xs = TentFilters(luma.width);
  auto ys = TentFilters(luma.height);
  Plane64 out;
  std::vector<float> sums(luma.width);
  for (int y = 0; y < kSide; ++y) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    const float* row = &luma.samples[static_cast<size_t>(ys[y].first) * luma.width];
    for (float weight : ys[y].weights) {
      for (int x = 0; x < luma.width; ++x) sums[x] += weight * row[x];
      row += luma.width;
    }
    for (int x = 0; x < kSide; ++x) {
      float sum = 0;
      const float* from = &sums[xs[x].first];
      for (float weight : xs[x].weights) sum += weight * *from++;
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

namespace {

// Row-major bits of the 16x16 transform: vertical frequency, then horizontal, both from 1.
using Signs = std::array<std::array<bool, kLow>, kLow>;

Signs SignsOf(const Hash256& hash) {
  Signs signs;
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) {
      int bit = kLow * kLow - 1 - (u * kLow + v);
      signs[u][v] = hash.words[bit / 64] >> (63 - bit % 64) & 1;
    }
  }
  return signs;
}

Hash256 HashOf(const Signs& signs) {
  Hash256 hash;
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) {
      int bit = kLow * kLow - 1 - (u * kLow + v);
      if (signs[u][v]) hash.words[bit / 64] |= uint64_t{1} << (63 - bit % 64);
    }
  }
  return hash;
}

// Left and right change places: odd horizontal frequencies change their sign.
Signs Mirrored(Signs signs) {
  for (auto& row : signs)
    for (int v = 0; v < kLow; v += 2) row[v] = !row[v];
  return signs;
}

// A quarter turn clockwise is a transposition, then a mirror image.
Signs Turned(const Signs& signs) {
  Signs out;
  for (int u = 0; u < kLow; ++u)
    for (int v = 0; v < kLow; ++v) out[u][v] = signs[v][u];
  return Mirrored(out);
}

}  // namespace

HashVariants PdqOrientations(const Hash256& hash) {
  HashVariants variants;
  Signs upright = SignsOf(hash);
  for (size_t mirrored : {0, 1}) {
    Signs signs = mirrored ? Mirrored(upright) : upright;
    for (size_t turns = 0; turns < 4; ++turns) {
      variants[4 * mirrored + turns] = HashOf(signs);
      signs = Turned(signs);
    }
  }
  return variants;
}

PdqHash ComputePdq(const image::Bitmap& bitmap) {
  PdqHash out;
  if (bitmap.width < kSideMin || bitmap.height < kSideMin) return out;
  Plane64 plane = Filtered(ReadLuma(bitmap));
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
