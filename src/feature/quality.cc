#include "feature/quality.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "feature/working.h"
#include "image/colour.h"

namespace likeness::feature {
namespace {

constexpr int kRun = 128;        // samples of one spectrum
constexpr int kBins = kRun / 2;  // frequencies 1..kBins; kBins is half a cycle per pixel
constexpr int kGrid = 12;        // runs per axis and direction
using Spectrum = std::array<double, kBins + 1>;
using Complex = std::complex<float>;

double Variance(const image::Bitmap& luma) {
  uint64_t sum = 0, squares = 0;
  for (uint8_t value : luma.pixels) {
    sum += value;
    squares += static_cast<uint32_t>(value) * value;
  }
  double count = static_cast<double>(luma.pixels.size());
  double mean = static_cast<double>(sum) / count;
  return std::max(0.0, static_cast<double>(squares) / count - mean * mean);
}

double LaplacianVariance(const image::Bitmap& luma) {
  if (luma.width < 3 || luma.height < 3) return 0;
  int64_t sum = 0, squares = 0;
  for (int y = 1; y + 1 < luma.height; ++y) {
    const uint8_t *above = luma.row(y - 1), *row = luma.row(y), *below = luma.row(y + 1);
    int32_t row_sum = 0;
    int64_t row_squares = 0;
    for (int x = 1; x + 1 < luma.width; ++x) {
      int32_t value = 4 * row[x] - row[x - 1] - row[x + 1] - above[x] - below[x];
      row_sum += value;
      row_squares += value * value;
    }
    sum += row_sum;
    squares += row_squares;
  }
  double count = static_cast<double>(luma.width - 2) * (luma.height - 2);
  double mean = static_cast<double>(sum) / count;
  return static_cast<double>(squares) / count - mean * mean;
}

void Fft(std::array<Complex, kRun>* data) {
  static const auto twiddles = [] {
    std::array<Complex, kRun / 2> w;
    for (int i = 0; i < kRun / 2; ++i) {
      double angle = -2 * std::numbers::pi * i / kRun;
      w[i] = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
    }
    return w;
  }();
  auto& a = *data;
  for (int i = 1, j = 0; i < kRun; ++i) {
    int bit = kRun >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(a[i], a[j]);
  }
  for (int half = 1; half < kRun; half *= 2) {
    for (int start = 0; start < kRun; start += 2 * half) {
      for (int k = 0; k < half; ++k) {
        Complex w = twiddles[k * (kRun / 2 / half)];
        Complex u = a[start + k], v = a[start + k + half];
        Complex t{v.real() * w.real() - v.imag() * w.imag(), v.real() * w.imag() + v.imag() * w.real()};
        a[start + k] = u + t;
        a[start + k + half] = u - t;
      }
    }
  }
}

// Adds the power spectrum of one run, Hann window, mean removed.
void AddPower(const std::array<float, kRun>& samples, Spectrum* spectrum) {
  static const auto window = [] {
    std::array<float, kRun> w;
    for (int i = 0; i < kRun; ++i) {
      w[i] = static_cast<float>(0.5 - 0.5 * std::cos(2 * std::numbers::pi * (i + 0.5) / kRun));
    }
    return w;
  }();
  float mean = 0;
  for (float sample : samples) mean += sample / kRun;
  std::array<Complex, kRun> data;
  for (int i = 0; i < kRun; ++i) data[i] = {(samples[i] - mean) * window[i], 0};
  Fft(&data);
  for (int k = 1; k <= kBins; ++k) (*spectrum)[k] += std::norm(data[k]);
}

// Mean power of runs on a grid over the picture, along x (dx = 1) or y (dy = 1).
Spectrum MeanPower(const image::Bitmap& bitmap, int dx, int dy) {
  Spectrum spectrum{};
  int free_x = bitmap.width - dx * (kRun - 1), free_y = bitmap.height - dy * (kRun - 1);
  int grid_x = std::min(kGrid, free_x), grid_y = std::min(kGrid, free_y);
  for (int gy = 0; gy < grid_y; ++gy) {
    for (int gx = 0; gx < grid_x; ++gx) {
      int x = static_cast<int>((gx + 0.5) * free_x / grid_x), y = static_cast<int>((gy + 0.5) * free_y / grid_y);
      std::array<float, kRun> samples;
      for (int i = 0; i < kRun; ++i) {
        const uint8_t* p = bitmap.row(y + i * dy) + static_cast<size_t>(x + i * dx) * bitmap.channels;
        samples[i] = bitmap.channels == 1 ? p[0] : image::Luma(p[0], p[1], p[2]);
      }
      AddPower(samples, &spectrum);
    }
  }
  for (double& power : spectrum) power /= std::max(1, grid_x * grid_y);
  return spectrum;
}

// Where the spectrum, times frequency squared, falls below a share of what it is at low frequencies, and stays there.
double DetailShare(const Spectrum& spectrum) {
  constexpr int kReferenceFirst = 4, kReferenceLast = 12;
  // Photos enlarged twice by the usual filters fall 10 dB and more; originals stay within 5, soft ones within 12.
  constexpr double kFall = 0.2;
  // Rounding to 8 bits: variance 1/12 a sample through the window's energy of 3/8.
  constexpr double kRoundingPower = kRun * 0.375 / 12;
  auto whitened = [&](int k) { return std::max(0.0, spectrum[k] - 2 * kRoundingPower) * k * k; };
  double reference = 0;
  for (int k = kReferenceFirst; k <= kReferenceLast; ++k) reference += whitened(k);
  reference /= kReferenceLast - kReferenceFirst + 1;
  if (reference == 0) return 1;
  for (int k = kBins; k > kReferenceLast; --k) {
    double around = (whitened(k) + whitened(k - 1) + whitened(std::min(k + 1, kBins))) / 3;
    if (around > reference * kFall) return static_cast<double>(k) / kBins;
  }
  return static_cast<double>(kReferenceLast) / kBins;
}

}  // namespace

Quality ComputeQuality(const image::Bitmap& bitmap, const image::Bitmap& working, uint8_t jpeg_quality) {
  Quality quality;
  quality.jpeg_quality = jpeg_quality;
  quality.contrast = static_cast<float>(std::sqrt(Variance(working)));
  quality.sharpness = static_cast<float>(LaplacianVariance(working));
  if (bitmap.width >= kRun && bitmap.height >= kRun) {
    double across = DetailShare(MeanPower(bitmap, 1, 0)), down = DetailShare(MeanPower(bitmap, 0, 1));
    quality.upscale_ratio = static_cast<float>(std::max(across, down));
  }
  return quality;
}

Quality ComputeQuality(const image::Bitmap& bitmap, uint8_t jpeg_quality) {
  return ComputeQuality(bitmap, WorkingLuma(bitmap), jpeg_quality);
}

bool IsLowInformation(const Quality& quality, size_t keypoints) {
  return quality.contrast < kFlatContrast || keypoints < static_cast<size_t>(kLocalPointsMin);
}

}  // namespace likeness::feature
