#include "feature/phash.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "image/colour.h"

namespace likeness::feature {
namespace {

constexpr int kSide = kPhashSide;
constexpr int kLow = 16;
constexpr int kResizeBits = 11;
using Coefficients = std::array<double, kLow * kLow>;

// One output sample of OpenCV's linear resize along one axis: taps at `first` and `second`, weights of sum 2048.
struct Taps {
  int first = 0, second = 0;
  int weight_first = 0, weight_second = 0;
};

// `clamp_weights`: OpenCV gives a sample beyond the border the whole weight of the border pixel along x; along y it
// keeps both weights and takes the same row twice, which rounds differently.
std::array<Taps, kSide> LinearTaps(int length, bool clamp_weights) {
  std::array<Taps, kSide> taps;
  double scale = 1.0 / (static_cast<double>(kSide) / length);
  for (int i = 0; i < kSide; ++i) {
    auto at = static_cast<float>((i + 0.5) * scale - 0.5);
    int base = static_cast<int>(std::floor(at));
    float fraction = at - static_cast<float>(base);
    if (clamp_weights && base < 0) {
      base = 0;
      fraction = 0;
    }
    if (clamp_weights && base >= length - 1) {
      base = length - 1;
      fraction = 0;
    }
    constexpr float kOne = 1 << kResizeBits;
    taps[i].first = std::clamp(base, 0, length - 1);
    taps[i].second = std::clamp(base + 1, 0, length - 1);
    taps[i].weight_first = static_cast<int>(std::lrintf((1.0f - fraction) * kOne));
    taps[i].weight_second = static_cast<int>(std::lrintf(fraction * kOne));
  }
  return taps;
}

const std::array<double, kLow * kSide>& DctMatrix() {
  static const auto matrix = [] {
    std::array<double, kLow * kSide> m{};
    for (int k = 0; k < kLow; ++k) {
      for (int n = 0; n < kSide; ++n)
        m[k * kSide + n] = 2 * std::cos(std::numbers::pi * k * (2 * n + 1) / (2.0 * kSide));
    }
    return m;
  }();
  return matrix;
}

// Row u, column v: vertical frequency u, horizontal frequency v.
Coefficients LowDct(const PhashLuma& luma) {
  const auto& matrix = DctMatrix();
  std::array<double, kLow * kSide> vertical{};
  for (int u = 0; u < kLow; ++u) {
    double* out = &vertical[u * kSide];
    for (int y = 0; y < kSide; ++y) {
      double c = matrix[u * kSide + y];
      const uint8_t* row = &luma[y * kSide];
      for (int x = 0; x < kSide; ++x) out[x] += c * row[x];
    }
  }
  Coefficients low{};
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) {
      double sum = 0;
      for (int x = 0; x < kSide; ++x) sum += vertical[u * kSide + x] * matrix[v * kSide + x];
      low[u * kLow + v] = std::abs(sum) < 1e-6 ? 0.0 : sum;
    }
  }
  return low;
}

Hash256 HashOf(const Coefficients& low) {
  Coefficients sorted = low;
  auto middle = sorted.begin() + sorted.size() / 2;
  std::nth_element(sorted.begin(), middle, sorted.end());
  double median = (*std::max_element(sorted.begin(), middle) + *middle) / 2;
  Hash256 hash;
  for (int i = 0; i < kLow * kLow; ++i) {
    if (low[i] > median) hash.words[i / 64] |= uint64_t{1} << (63 - i % 64);
  }
  return hash;
}

Coefficients Mirrored(const Coefficients& in) {
  Coefficients out;
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) out[u * kLow + v] = v % 2 ? -in[u * kLow + v] : in[u * kLow + v];
  }
  return out;
}

// Clockwise by 90 degrees: upside down, then transposed.
Coefficients Rotated90(const Coefficients& in) {
  Coefficients out;
  for (int u = 0; u < kLow; ++u) {
    for (int v = 0; v < kLow; ++v) out[u * kLow + v] = v % 2 ? -in[v * kLow + u] : in[v * kLow + u];
  }
  return out;
}

}  // namespace

std::vector<int> PhashColumns(int width) {
  std::vector<int> out;
  for (const Taps& taps : LinearTaps(width, true)) out.insert(out.end(), {taps.first, taps.second});
  return out;
}

std::vector<int> PhashRows(int height) {
  std::vector<int> out;
  for (const Taps& taps : LinearTaps(height, false)) out.insert(out.end(), {taps.first, taps.second});
  return out;
}

PhashLuma ComputePhashLuma(const image::Bitmap& crossings, image::Size size) {
  auto xs = LinearTaps(size.width, true);
  auto ys = LinearTaps(size.height, false);
  PhashLuma luma;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      auto across = [&](const uint8_t* row) {
        return row[2 * x] * xs[x].weight_first + row[2 * x + 1] * xs[x].weight_second;
      };
      int top = across(crossings.row(2 * y)), bottom = across(crossings.row(2 * y + 1));
      int sum = ((ys[y].weight_first * (top >> 4)) >> 16) + ((ys[y].weight_second * (bottom >> 4)) >> 16);
      luma[y * kSide + x] = static_cast<uint8_t>((sum + 2) >> 2);
    }
  }
  return luma;
}

PhashLuma ComputePhashLuma(const image::Bitmap& bitmap) {
  const std::vector<int> columns = PhashColumns(bitmap.width), rows = PhashRows(bitmap.height);
  // Luma of the pixels under a tap and of no others.
  image::Bitmap pixels(2 * kSide, 2 * kSide, bitmap.channels);
  for (int y = 0; y < pixels.height; ++y) {
    const uint8_t* from = bitmap.row(rows[y]);
    for (int x = 0; x < pixels.width; ++x) {
      std::copy_n(from + static_cast<size_t>(columns[x]) * bitmap.channels, bitmap.channels,
                  pixels.row(y) + x * bitmap.channels);
    }
  }
  return ComputePhashLuma(image::ToLuma(pixels), {bitmap.width, bitmap.height});
}

Hash256 ComputePhash(const PhashLuma& luma) {
  return HashOf(LowDct(luma));
}
Hash256 ComputePhash(const image::Bitmap& bitmap) {
  return ComputePhash(ComputePhashLuma(bitmap));
}

HashVariants ComputePhashVariants(const PhashLuma& luma) {
  HashVariants variants;
  Coefficients upright = LowDct(luma);
  for (int mirrored = 0; mirrored < 2; ++mirrored) {
    Coefficients turned = mirrored ? Mirrored(upright) : upright;
    for (int quarter = 0; quarter < 4; ++quarter) {
      variants[mirrored * 4 + quarter] = HashOf(turned);
      turned = Rotated90(turned);
    }
  }
  return variants;
}

HashVariants ComputePhashVariants(const image::Bitmap& bitmap) {
  return ComputePhashVariants(ComputePhashLuma(bitmap));
}

std::string_view Name(Orientation8 orientation) {
  static constexpr std::string_view kNames[] = {
      "upright",  "rotated90",          "rotated180",          "rotated270",
      "mirrored", "mirrored_rotated90", "mirrored_rotated180", "mirrored_rotated270"};
  const auto at = static_cast<size_t>(orientation);
  return at < std::size(kNames) ? kNames[at] : kNames[0];
}

}  // namespace likeness::feature
