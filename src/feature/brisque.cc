#include "feature/brisque.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>

#include "base/files.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

namespace fs = std::filesystem;

constexpr int kSideMin = 32;
constexpr int kRadius = 3;  // of the window of local mean and deviation
constexpr double kWindowSigma = 7.0 / 6;
constexpr float kDeviationFloor = 1.0f / 255;
constexpr size_t kFileBytesMax = 16 << 20;
constexpr size_t kVectorsMax = 100'000;

struct Plane {
  int width = 0, height = 0;
  std::vector<float> values;
  Plane(int w, int h) : width(w), height(h), values(size_t(w) * size_t(h)) {}
  float* row(int y) { return values.data() + size_t(y) * size_t(width); }
  const float* row(int y) const { return values.data() + size_t(y) * size_t(width); }
};

Plane LumaOf(const image::Bitmap& bitmap) {
  Plane plane(bitmap.width, bitmap.height);
  for (int y = 0; y < bitmap.height; ++y) {
    const uint8_t* in = bitmap.row(y);
    float* out = plane.row(y);
    for (int x = 0; x < bitmap.width; ++x, in += bitmap.channels) {
      const int luma = bitmap.channels == 1 ? in[0] : (in[0] * 4899 + in[1] * 9617 + in[2] * 1868 + 8192) >> 14;
      out[x] = float(luma) / 255;
    }
  }
  return plane;
}

// Half the size by a cubic of four taps (a = -0.75) without smoothing first, as the model was trained.
struct Taps {
  std::vector<std::array<int, 4>> at;
  std::vector<std::array<float, 4>> weight;
};
Taps HalvingTaps(int from, int to) {
  constexpr double a = -0.75;
  const auto cubic = [](double d) {
    return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  };
  Taps taps;
  for (int i = 0; i < to; ++i) {
    const double centre = (i + 0.5) * from / to - 0.5;
    const int first = int(std::floor(centre)) - 1;
    std::array<int, 4> at;
    std::array<float, 4> weight;
    for (int k = 0; k < 4; ++k) {
      at[size_t(k)] = std::clamp(first + k, 0, from - 1);
      weight[size_t(k)] = float(cubic(std::abs(centre - (first + k))));
    }
    taps.at.push_back(at);
    taps.weight.push_back(weight);
  }
  return taps;
}
Plane Halve(const Plane& in) {
  Plane narrow(in.width / 2, in.height), out(in.width / 2, in.height / 2);
  const Taps across = HalvingTaps(in.width, narrow.width), down = HalvingTaps(in.height, out.height);
  for (int y = 0; y < narrow.height; ++y)
    for (int x = 0; x < narrow.width; ++x) {
      float sum = 0;
      for (size_t k = 0; k < 4; ++k) sum += across.weight[size_t(x)][k] * in.row(y)[across.at[size_t(x)][k]];
      narrow.row(y)[x] = sum;
    }
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      float sum = 0;
      for (size_t k = 0; k < 4; ++k) sum += down.weight[size_t(y)][k] * narrow.row(down.at[size_t(y)][k])[x];
      out.row(y)[x] = sum;
    }
  return out;
}

// Gaussian of seven taps; pixels beyond the border are those at it.
Plane Blur(const Plane& in) {
  std::array<float, 2 * kRadius + 1> kernel;
  double sum = 0;
  for (int k = -kRadius; k <= kRadius; ++k) sum += std::exp(-k * k / (2 * kWindowSigma * kWindowSigma));
  for (int k = -kRadius; k <= kRadius; ++k)
    kernel[size_t(k + kRadius)] = float(std::exp(-k * k / (2 * kWindowSigma * kWindowSigma)) / sum);
  Plane wide(in.width, in.height), out(in.width, in.height);
  std::vector<float> padded(size_t(in.width + 2 * kRadius));
  for (int y = 0; y < in.height; ++y) {
    const float* row = in.row(y);
    std::copy(row, row + in.width, padded.begin() + kRadius);
    for (int k = 0; k < kRadius; ++k) {
      padded[size_t(k)] = row[0];
      padded[size_t(in.width + kRadius + k)] = row[in.width - 1];
    }
    float* to = wide.row(y);
    for (size_t k = 0; k < kernel.size(); ++k)
      for (int x = 0; x < in.width; ++x) to[x] += kernel[k] * padded[size_t(x) + k];
  }
  for (int y = 0; y < in.height; ++y) {
    float* to = out.row(y);
    for (int k = -kRadius; k <= kRadius; ++k) {
      const float* from = wide.row(std::clamp(y + k, 0, in.height - 1));
      const float weight = kernel[size_t(k + kRadius)];
      for (int x = 0; x < in.width; ++x) to[x] += weight * from[x];
    }
  }
  return out;
}

// Each sample's distance to its surroundings' mean, in their deviations; 0 where they are all equal.
Plane Normalise(const Plane& luma) {
  const Plane mean = Blur(luma);
  Plane square(luma.width, luma.height);
  for (size_t i = 0; i < luma.values.size(); ++i) square.values[i] = luma.values[i] * luma.values[i];
  const Plane mean_square = Blur(square);
  Plane out(luma.width, luma.height);
  for (size_t i = 0; i < luma.values.size(); ++i) {
    const float variance = mean_square.values[i] - mean.values[i] * mean.values[i];
    if (variance <= 0) continue;
    out.values[i] = (luma.values[i] - mean.values[i]) / (std::sqrt(variance) + kDeviationFloor);
  }
  return out;
}

// Parameters of the asymmetric generalised Gaussian that fits the samples, by moments.
struct Fit {
  double shape = 0, left = 0, right = 0;  // deviations
};
class Moments {
 public:
  void Add(float value) {
    ++all_;
    absolute_ += std::abs(double(value));
    const double square = double(value) * value;
    if (value > 0) {
      ++positive_;
      positive_square_ += square;
    } else if (value < 0) {
      ++negative_;
      negative_square_ += square;
    }
  }
  std::optional<Fit> Solve() const {
    if (positive_ == 0 || negative_ == 0) return std::nullopt;
    Fit fit;
    fit.left = std::sqrt(negative_square_ / double(negative_));
    fit.right = std::sqrt(positive_square_ / double(positive_));
    const double g = fit.left / fit.right;
    const double mean = absolute_ / double(all_);
    const double ratio = mean * mean / ((negative_square_ + positive_square_) / double(all_));
    const double wanted = ratio * (g * g * g + 1) * (g + 1) / ((g * g + 1) * (g * g + 1));
    fit.shape = ShapeOf(wanted);
    return fit;
  }

 private:
  // The shape, to a thousandth, whose ratio of squared mean to variance is nearest; the ratio grows with the shape.
  static double ShapeOf(double wanted) {
    static const std::vector<double> ratios = [] {
      std::vector<double> out;
      for (int i = 200; i <= 10'000; ++i) {
        const double shape = i / 1000.0;
        out.push_back(std::exp(2 * std::lgamma(2 / shape) - std::lgamma(1 / shape) - std::lgamma(3 / shape)));
      }
      return out;
    }();
    auto above = std::ranges::lower_bound(ratios, wanted);
    if (above == ratios.end()) --above;
    if (above != ratios.begin() && wanted - *(above - 1) < *above - wanted) --above;
    return double(above - ratios.begin() + 200) / 1000;
  }

  size_t all_ = 0, positive_ = 0, negative_ = 0;
  double absolute_ = 0, positive_square_ = 0, negative_square_ = 0;
};

// Products of neighbours: right, below, below right, above right.
std::optional<Fit> FitProducts(const Plane& plane, int dx, int dy) {
  Moments moments;
  for (int y = std::max(0, -dy); y < plane.height + std::min(0, -dy); ++y) {
    const float *row = plane.row(y), *other = plane.row(y + dy);
    for (int x = 0; x < plane.width - dx; ++x) moments.Add(row[x] * other[x + dx]);
  }
  return moments.Solve();
}

// --- the model's files -----------------------------------------------------------------------------------------------

Error Damaged(const fs::path& file, std::string_view what) {
  return {ErrorCode::kCorruption, fmt::format("{}: {}", file.filename().string(), what),
          "fetch the model again: likeness models pull"};
}

// The numbers behind `key:`, whatever brackets, commas and dashes of lists stand between them, up to the next word.
Result<std::vector<double>> NumbersBehind(const fs::path& file, std::string_view text, std::string_view key,
                                          size_t count) {
  const std::string wanted = fmt::format(" {}:", key);
  size_t at = text.find(wanted);
  if (at == std::string_view::npos) return std::unexpected(Damaged(file, fmt::format("no {}", key)));
  at += wanted.size();
  std::vector<double> numbers;
  while (numbers.size() < count) {
    at = text.find_first_not_of(" \t\r\n[],", at);
    if (at == std::string_view::npos) break;
    if (text[at] == '-' && at + 1 < text.size() && text[at + 1] == ' ') {
      ++at;
      continue;
    }
    double number = 0;
    const auto [end, fault] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (fault != std::errc() || !std::isfinite(number)) break;
    numbers.push_back(number);
    at = size_t(end - text.data());
  }
  if (numbers.size() != count)
    return std::unexpected(Damaged(file, fmt::format("{} numbers as {} instead of {}", numbers.size(), key, count)));
  return numbers;
}

Result<double> NumberBehind(const fs::path& file, std::string_view text, std::string_view key) {
  LK_ASSIGN(const std::vector<double> one, NumbersBehind(file, text, key, 1));
  return one[0];
}

Result<std::string> ReadText(const fs::path& file) {
  LK_ASSIGN(const Bytes bytes, ReadFile(file, kFileBytesMax));
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

}  // namespace

std::optional<BrisqueNumbers> ComputeBrisque(const image::Bitmap& bitmap) {
  if (std::min(bitmap.width, bitmap.height) < kSideMin) return std::nullopt;
  BrisqueNumbers numbers;
  size_t at = 0;
  Plane luma = LumaOf(bitmap);
  for (int scale = 0; scale < 2; ++scale) {
    if (scale > 0) luma = Halve(luma);
    const Plane normalised = Normalise(luma);
    Moments moments;
    for (float value : normalised.values) moments.Add(value);
    const std::optional<Fit> own = moments.Solve();
    if (!own) return std::nullopt;
    numbers[at++] = float(own->shape);
    numbers[at++] = float((own->left * own->left + own->right * own->right) / 2);
    constexpr std::array<std::array<int, 2>, 4> kNeighbours = {{{1, 0}, {0, 1}, {1, 1}, {1, -1}}};
    for (const auto& [dx, dy] : kNeighbours) {
      const std::optional<Fit> fit = FitProducts(normalised, dx, dy);
      if (!fit) return std::nullopt;
      const double s = fit->shape;
      const double spread = std::sqrt(std::exp(std::lgamma(1 / s) - std::lgamma(3 / s)));
      numbers[at++] = float(s);
      numbers[at++] = float((fit->right - fit->left) * std::exp(std::lgamma(2 / s) - std::lgamma(1 / s)) * spread);
      numbers[at++] = float(fit->left * fit->left);
      numbers[at++] = float(fit->right * fit->right);
    }
  }
  return numbers;
}

Result<std::unique_ptr<Brisque>> Brisque::Open(const fs::path& model, const fs::path& ranges) {
  LK_ASSIGN(const std::string text, ReadText(model));
  LK_ASSIGN(const double numbers, NumberBehind(model, text, "var_count"));
  LK_ASSIGN(const double vectors, NumberBehind(model, text, "sv_total"));
  if (text.find("type: RBF") == std::string::npos || numbers != kBrisqueNumbers)
    return std::unexpected(Damaged(model, "no regression over 36 numbers with a Gaussian kernel"));
  if (!(vectors >= 1 && vectors <= double(kVectorsMax)))
    return std::unexpected(Damaged(model, "an impossible number of support vectors"));
  const auto count = static_cast<size_t>(vectors);
  std::unique_ptr<Brisque> out(new Brisque);
  LK_ASSIGN(out->gamma_, NumberBehind(model, text, "gamma"));
  LK_ASSIGN(out->rho_, NumberBehind(model, text, "rho"));
  LK_ASSIGN(const std::vector<double> support, NumbersBehind(model, text, "support_vectors", count * kBrisqueNumbers));
  out->vectors_.assign(support.begin(), support.end());
  LK_ASSIGN(out->weights_, NumbersBehind(model, text, "alpha", count));
  LK_ASSIGN(const std::string table, ReadText(ranges));
  LK_ASSIGN(const std::vector<double> bounds, NumbersBehind(ranges, table, "data", 2 * kBrisqueNumbers));
  for (size_t i = 0; i < kBrisqueNumbers; ++i) {
    out->min_[i] = float(bounds[i]);
    out->max_[i] = float(bounds[kBrisqueNumbers + i]);
    if (!(out->max_[i] > out->min_[i])) return std::unexpected(Damaged(ranges, "an empty range"));
  }
  return out;
}

float Brisque::Predict(const BrisqueNumbers& numbers) const {
  BrisqueNumbers scaled;
  for (size_t i = 0; i < kBrisqueNumbers; ++i) scaled[i] = 2 * (numbers[i] - min_[i]) / (max_[i] - min_[i]) - 1;
  double sum = -rho_;
  for (size_t v = 0; v < weights_.size(); ++v) {
    double square = 0;
    for (size_t i = 0; i < kBrisqueNumbers; ++i) {
      const double d = double(scaled[i]) - vectors_[v * kBrisqueNumbers + i];
      square += d * d;
    }
    sum += weights_[v] * std::exp(-gamma_ * square);
  }
  return float(std::clamp(sum, 0.0, 100.0));
}

std::optional<float> Brisque::Score(const image::Bitmap& bitmap) const {
  const image::Size size = image::FitLongestSide({bitmap.width, bitmap.height}, kBrisqueSide);
  const bool large = size.width < bitmap.width || size.height < bitmap.height;
  const std::optional<BrisqueNumbers> numbers =
      ComputeBrisque(large ? image::ResizeArea(bitmap, size.width, size.height) : bitmap);
  if (!numbers) return std::nullopt;
  return Predict(*numbers);
}

}  // namespace likeness::feature
