#include "compare/fidelity.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace likeness::compare {
namespace {

constexpr int kWindow = 11;
constexpr double kSigma = 1.5;
constexpr int kScales = 5;
constexpr double kScaleWeights[kScales] = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr int kBandRows = 64;

struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
  const float* row(int y) const { return values.data() + size_t(y) * size_t(width); }
  float* row(int y) { return values.data() + size_t(y) * size_t(width); }
};

Plane LumaPlane(const PixelView& view) {
  Plane plane{view.size.width, view.size.height, std::vector<float>(view.count())};
  for (size_t i = 0; i < plane.values.size(); ++i) {
    const uint8_t* pixel = view.pixels + 4 * i;
    const float luma = 0.299f * pixel[0] + 0.587f * pixel[1] + 0.114f * pixel[2];
    plane.values[i] = pixel[3] == 255 ? luma : 255.0f + (luma - 255.0f) * static_cast<float>(pixel[3]) / 255.0f;
  }
  return plane;
}

Plane Halved(const Plane& plane) {
  Plane out{plane.width / 2, plane.height / 2, {}};
  out.values.resize(size_t(out.width) * size_t(out.height));
  for (int y = 0; y < out.height; ++y) {
    const float *above = plane.row(2 * y), *below = plane.row(2 * y + 1);
    float* to = out.row(y);
    for (int x = 0; x < out.width; ++x)
      to[x] = 0.25f * (above[2 * x] + above[2 * x + 1] + below[2 * x] + below[2 * x + 1]);
  }
  return out;
}

std::array<float, kWindow> Gaussian() {
  std::array<float, kWindow> weights;
  double sum = 0;
  for (int i = 0; i < kWindow; ++i) sum += std::exp(-std::pow(i - kWindow / 2, 2) / (2 * kSigma * kSigma));
  for (int i = 0; i < kWindow; ++i)
    weights[size_t(i)] = static_cast<float>(std::exp(-std::pow(i - kWindow / 2, 2) / (2 * kSigma * kSigma)) / sum);
  return weights;
}

struct Means {
  double ssim = 0, structure = 0;  // structure: contrast and structure without the luminance term
};

// The windowed moments of one band of rows: first along rows into a ring of the last kWindow rows, then down.
class BandOfWindows {
 public:
  BandOfWindows(const Plane& a, const Plane& b) : a_(a), b_(b), columns_(a.width - kWindow + 1), weights_(Gaussian()) {
    for (auto& moment : ring_) moment.resize(size_t(kWindow) * size_t(columns_));
    products_.resize(size_t(a.width));
    for (auto& moment : sums_) moment.resize(size_t(columns_));
  }

  // The sums over windows whose top row is first <= y < last.
  Means Run(int first, int last) {
    Means sums;
    for (int y = first; y < last + kWindow - 1; ++y) {
      Across(y);
      if (y >= first + kWindow - 1) Down(y, sums);
    }
    return sums;
  }

 private:
  enum Moment { kA, kB, kAA, kBB, kAB, kMoments };

  void Across(int y) {
    const float *a = a_.row(y), *b = b_.row(y);
    for (int moment = 0; moment < kMoments; ++moment) {
      const float *first = moment == kB || moment == kBB ? b : a, *second = moment == kAA ? a : b;
      const float* source = first;
      if (moment >= kAA) {
        for (int x = 0; x < a_.width; ++x) products_[size_t(x)] = first[x] * second[x];
        source = products_.data();
      }
      float* out = ring_[moment].data() + size_t(y % kWindow) * size_t(columns_);
      std::fill_n(out, columns_, 0.0f);
      for (int k = 0; k < kWindow; ++k)
        for (int x = 0; x < columns_; ++x) out[x] += weights_[size_t(k)] * source[x + k];
    }
  }

  void Down(int bottom, Means& sums) {
    for (int moment = 0; moment < kMoments; ++moment) {
      float* sum = sums_[moment].data();
      std::fill_n(sum, columns_, 0.0f);
      for (int k = 0; k < kWindow; ++k) {
        const float* row = ring_[moment].data() + size_t((bottom - kWindow + 1 + k) % kWindow) * size_t(columns_);
        for (int x = 0; x < columns_; ++x) sum[x] += weights_[size_t(k)] * row[x];
      }
    }
    constexpr float kC1 = 0.01f * 255 * 0.01f * 255, kC2 = 0.03f * 255 * 0.03f * 255;
    for (size_t x = 0; x < size_t(columns_); ++x) {
      const float a = sums_[kA][x], b = sums_[kB][x];
      const float var_a = sums_[kAA][x] - a * a, var_b = sums_[kBB][x] - b * b, both = sums_[kAB][x] - a * b;
      const float structure = (2 * both + kC2) / (var_a + var_b + kC2);
      sums.structure += structure;
      sums.ssim += structure * (2 * a * b + kC1) / (a * a + b * b + kC1);
    }
  }

  const Plane &a_, &b_;
  const int columns_;
  const std::array<float, kWindow> weights_;
  std::array<std::vector<float>, kMoments> ring_, sums_;
  std::vector<float> products_;
};

Means MeanSsim(const Plane& a, const Plane& b, const Spread& spread) {
  const int rows = a.height - kWindow + 1;
  std::vector<Means> bands((size_t(rows) + kBandRows - 1) / kBandRows);
  spread(bands.size(), [&](size_t band) {
    const int first = static_cast<int>(band) * kBandRows;
    bands[band] = BandOfWindows(a, b).Run(first, std::min(first + kBandRows, rows));
  });
  Means mean;
  const double count = double(rows) * double(a.width - kWindow + 1);
  for (const Means& band : bands) {
    mean.ssim += band.ssim / count;
    mean.structure += band.structure / count;
  }
  return mean;
}

double SquaredError(const PixelView& a, const PixelView& b) {
  double sum = 0;
  for (int y = 0; y < a.size.height; ++y) {
    uint64_t of_row = 0;
    for (int x = 0; x < a.size.width; ++x) {
      const uint8_t *p = a.at(x, y), *q = b.at(x, y);
      for (int c = 0; c < 3; ++c) {
        const int of_p = (p[c] * p[3] + 255 * (255 - p[3]) + 127) / 255,
                  of_q = (q[c] * q[3] + 255 * (255 - q[3]) + 127) / 255;
        of_row += static_cast<uint64_t>((of_p - of_q) * (of_p - of_q));
      }
    }
    sum += double(of_row);
  }
  return sum / (3.0 * double(a.count()));
}

}  // namespace

Fidelity ComputeFidelity(const PixelView& a, const PixelView& b, const Spread& spread) {
  Fidelity out;
  if (const double error = SquaredError(a, b); error > 0) out.psnr = 10 * std::log10(255.0 * 255.0 / error);
  Plane luma_a = LumaPlane(a), luma_b = LumaPlane(b);
  if (std::min(luma_a.width, luma_a.height) < kWindow) return out;
  Means means = MeanSsim(luma_a, luma_b, spread);
  out.ssim = means.ssim;
  if (std::min(luma_a.width, luma_a.height) < kWindow << (kScales - 1)) return out;
  double product = 1;
  for (int scale = 0; scale < kScales; ++scale) {
    if (scale > 0) {
      luma_a = Halved(luma_a);
      luma_b = Halved(luma_b);
      means = MeanSsim(luma_a, luma_b, spread);
    }
    const double factor = scale + 1 == kScales ? means.ssim : means.structure;
    product *= std::pow(std::max(factor, 0.0), kScaleWeights[scale]);
  }
  out.ms_ssim = product;
  return out;
}

}  // namespace likeness::compare
