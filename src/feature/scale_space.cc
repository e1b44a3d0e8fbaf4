#include "feature/scale_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "feature/scale_space_rows.h"

namespace likeness::feature {
namespace {

constexpr int kOctaves = 4;
constexpr int kLevelsPerOctave = 4;
constexpr float kBaseSigma = 1.6f;
constexpr float kDerivativeFactor = 1.5f;  // sigma of the derivatives over sigma of the level
constexpr float kSmoothSigma = 1.0f;
constexpr float kContrastPercentile = 0.7f;
constexpr float kContrastFall = 0.75f;  // from one octave to the next
constexpr float kTimeStepMax = 0.25f;   // stability bound of the explicit scheme
constexpr int kOctaveWidthMin = 80, kOctaveHeightMin = 40;
constexpr int kPatternReach = 10;  // the descriptor's square reaches that many samples to each side
constexpr int kBorderReach = 3;    // points lie at least that many samples inside

std::vector<float> GaussianWeights(float sigma) {
  const int radius = static_cast<int>(std::ceil(2 * (1 + (sigma - 0.8f) / 0.3f))) / 2;
  std::vector<float> weights(static_cast<size_t>(radius) + 1);
  float sum = 0;
  for (int i = 0; i <= radius; ++i) {
    weights[i] = std::exp(-0.5f * static_cast<float>(i * i) / (sigma * sigma));
    sum += (i == 0 ? 1 : 2) * weights[i];
  }
  for (float& weight : weights) weight /= sum;
  return weights;
}

bool IsPrime(int number) {
  for (int i = 2; i * i <= number; ++i) {
    if (number % i == 0) return false;
  }
  return number > 1;
}

// Step sizes of one cycle of fast explicit diffusion that reach `time` (Grewenig, Weickert, Bruhn: "From Box Filtering
// to Fast Explicit Diffusion", DAGM 2010), reordered so that rounding errors stay small.
std::vector<float> DiffusionSteps(float time) {
  const int count = std::max(1, static_cast<int>(std::ceil(std::sqrt(3 * time / kTimeStepMax + 0.25f) - 0.5f - 1e-8f)));
  const float scale = 3 * time / (kTimeStepMax * static_cast<float>(count * (count + 1)));
  std::vector<float> steps;
  for (int i = 0; i < count; ++i) {
    const double cosine = std::cos(std::numbers::pi * (2 * i + 1) / (4.0 * count + 2));
    steps.push_back(static_cast<float>(scale * kTimeStepMax / (2 * cosine * cosine)));
  }
  int prime = count + 1;
  while (!IsPrime(prime)) ++prime;
  const int stride = std::max(1, count / 2);
  std::vector<float> ordered;
  for (int l = 1; static_cast<int>(ordered.size()) < count; ++l) {
    const int index = l * stride % prime - 1;
    if (index >= 0 && index < count) ordered.push_back(steps[index]);
  }
  return ordered;
}

}  // namespace

ScaleSpace::Plane::Plane(int w, int h)
    : width(w),
      height(h),
      stride((static_cast<size_t>(w) + rows::kMargin + kFirst + 15) / 16 * 16),
      values(static_cast<size_t>(h) * stride + rows::kMargin) {}

ScaleSpace::Plane ScaleSpace::Blur(const Plane& in, float sigma) {
  const std::vector<float> weights = GaussianWeights(sigma);
  const int radius = static_cast<int>(weights.size()) - 1;
  Plane out(in.width, in.height);
  Plane line(in.width, 1);
  std::vector<const float*> rows(static_cast<size_t>(2 * radius) + 1);
  for (int y = 0; y < in.height; ++y) {
    for (int i = -radius; i <= radius; ++i) rows[i + radius] = in.row(std::clamp(y + i, 0, in.height - 1));
    rows::Combine(rows.data(), weights.data(), radius, line.row(0), in.width);
    rows::Pad(line.row(0), in.width);
    rows::BlurAcross(line.row(0), weights.data(), radius, out.row(y), in.width);
    rows::Pad(out.row(y), in.width);
  }
  return out;
}

ScaleSpace::Plane ScaleSpace::Halve(const Plane& in) {
  Plane out(in.width / 2, in.height / 2);
  for (int y = 0; y < out.height; ++y) {
    rows::HalveRow(in.row(2 * y), in.row(2 * y + 1), out.row(y), out.width);
    rows::Pad(out.row(y), out.width);
  }
  return out;
}

// The gradient below which kContrastPercentile of the picture's nonzero gradients lie.
float ScaleSpace::Contrast(const Plane& luma) {
  const Plane smooth = Blur(luma, kSmoothSigma);
  // Every second row tells the same.
  std::vector<float> gradients;
  gradients.reserve(luma.values.size() / 2);
  Plane line(luma.width, 1);
  for (int y = 1; y < luma.height - 1; y += 2) {
    rows::GradientSquared(smooth.row(y - 1), smooth.row(y), smooth.row(y + 1), line.row(0), luma.width);
    for (int x = 1; x < luma.width - 1; ++x) {
      if (line.row(0)[x] > 0) gradients.push_back(line.row(0)[x]);
    }
  }
  constexpr float kSmallest = 0.03f;
  if (gradients.empty()) return kSmallest;
  const auto wanted =
      gradients.begin() + static_cast<ptrdiff_t>(static_cast<float>(gradients.size() - 1) * kContrastPercentile);
  std::nth_element(gradients.begin(), wanted, gradients.end());
  return std::max(std::sqrt(*wanted), 1e-6f);
}

void ScaleSpace::Diffuse(Plane& luma, const Plane& smooth, float contrast, float time) {
  const int width = luma.width, height = luma.height;
  const auto clamped = [&](int y) { return std::clamp(y, 0, height - 1); };
  Plane flow(width, height), next(width, height);
  for (int y = 0; y < height; ++y) {
    rows::GradientSquared(smooth.row(clamped(y - 1)), smooth.row(y), smooth.row(clamped(y + 1)), flow.row(y), width);
    rows::Conductivity(flow.row(y), 1.0f / (contrast * contrast), width);
    rows::Pad(flow.row(y), width);
  }
  for (float step : DiffusionSteps(time)) {
    for (int y = 0; y < height; ++y) {
      const int up = clamped(y - 1), down = clamped(y + 1);
      rows::DiffusionStep({luma.row(up), luma.row(y), luma.row(down), flow.row(up), flow.row(y), flow.row(down)}, step,
                          next.row(y), width);
      rows::Pad(next.row(y), width);
    }
    std::swap(luma, next);
  }
}

void ScaleSpace::Derive(const Plane& smooth, Level& level) {
  const int width = smooth.width, height = smooth.height, reach = level.step;
  const auto clamped = [&](int y) { return std::clamp(y, 0, height - 1); };
  level.dx = Plane(width, height);
  level.dy = Plane(width, height);
  level.response = Plane(width, height);
  const auto hessian = [&](int y) {
    const int up = clamped(y - reach), down = clamped(y + reach);
    rows::Hessian({level.dx.row(up), level.dx.row(y), level.dx.row(down), level.dy.row(up), level.dy.row(down)}, reach,
                  level.response.row(y), width);
    rows::Pad(level.response.row(y), width);
  };
  // The second derivatives follow at a distance, while the rows of the first are still in the cache.
  for (int y = 0; y < height; ++y) {
    rows::Derivatives(smooth.row(clamped(y - reach)), smooth.row(y), smooth.row(clamped(y + reach)), reach,
                      level.dx.row(y), level.dy.row(y), width);
    rows::Pad(level.dx.row(y), width);
    rows::Pad(level.dy.row(y), width);
    if (y >= reach) hessian(y - reach);
  }
  for (int y = std::max(0, height - reach); y < height; ++y) hessian(y);
}

ScaleSpace::ScaleSpace(const image::Bitmap& luma) {
  Plane base(luma.width, luma.height);
  for (int y = 0; y < luma.height; ++y) {
    for (int x = 0; x < luma.width; ++x) base.row(y)[x] = static_cast<float>(luma.row(y)[x]) * (1.0f / 255.0f);
    rows::Pad(base.row(y), luma.width);
  }
  float contrast = Contrast(base);
  base = Blur(base, kBaseSigma);
  for (int octave = 0; octave < kOctaves; ++octave) {
    if (octave > 0) {
      base = Halve(base);
      contrast *= kContrastFall;
      if (base.width < kOctaveWidthMin || base.height < kOctaveHeightMin) break;
    }
    // In pixels of this octave every octave covers the same scales.
    const auto sigma_of = [](int index) {
      return kBaseSigma * std::exp2(static_cast<float>(index) / kLevelsPerOctave);
    };
    for (int index = 0; index < kLevelsPerOctave; ++index) {
      Level level;
      level.octave = octave;
      level.sigma = sigma_of(index) * static_cast<float>(1 << octave);
      level.step = std::max(1, static_cast<int>(std::lround(sigma_of(index) * kDerivativeFactor)));
      Plane smooth = Blur(base, kSmoothSigma);
      if (index > 0) {
        const float time = 0.5f * (sigma_of(index) * sigma_of(index) - sigma_of(index - 1) * sigma_of(index - 1));
        Diffuse(base, smooth, contrast, time);
      }
      Derive(index == 0 && octave == 0 ? base : smooth, level);
      level.luma = base;
      levels_.push_back(std::move(level));
    }
    if (octave + 1 == kOctaves) break;
    // From the last level to the first of the next octave.
    const float last = sigma_of(kLevelsPerOctave - 1), next = sigma_of(kLevelsPerOctave);
    Diffuse(base, Blur(base, kSmoothSigma), contrast, 0.5f * (next * next - last * last));
  }
}

// The largest response of `level` near pixel (x, y) of `from`; -1 where that lies outside.
float ScaleSpace::LargestAround(int level, const Level& from, int x, int y) const {
  const Level& other = levels_[level];
  int reach = 1;
  if (other.octave > from.octave) {
    x /= 2, y /= 2;
  } else if (other.octave < from.octave) {
    x *= 2, y *= 2;
    reach = 2;
  }
  float most = -1;
  for (int yy = std::max(0, y - reach); yy <= std::min(other.response.height - 1, y + reach); ++yy) {
    for (int xx = std::max(0, x - reach); xx <= std::min(other.response.width - 1, x + reach); ++xx)
      most = std::max(most, other.response.at(xx, yy));
  }
  return most;
}

std::vector<ScaleSpace::Extremum> ScaleSpace::FindExtrema(float threshold) const {
  std::vector<Extremum> out;
  std::vector<uint32_t> flags;
  for (int index = 0; index < static_cast<int>(levels_.size()); ++index) {
    const Level& level = levels_[index];
    const Plane& r = level.response;
    // Samples beyond the picture repeat its border: a descriptor near it is blurred by that, yet crops keep twice as
    // many correct matches with these points than without.
    const int border = kBorderReach * level.step + 1;
    flags.resize(static_cast<size_t>(r.width));
    for (int y = border; y < r.height - border; ++y) {
      rows::LocalMaxima(r.row(y - 1), r.row(y), r.row(y + 1), threshold, flags.data(), r.width);
      for (int x = border; x < r.width - border; ++x) {
        if (!flags[x]) continue;
        const float here = r.at(x, y);
        if (index > 0 && LargestAround(index - 1, level, x, y) >= here) continue;
        if (index + 1 < static_cast<int>(levels_.size()) && LargestAround(index + 1, level, x, y) >= here) continue;
        // The top of the parabola through the neighbours.
        const float dx = 0.5f * (r.at(x + 1, y) - r.at(x - 1, y)), dy = 0.5f * (r.at(x, y + 1) - r.at(x, y - 1));
        const float dxx = r.at(x + 1, y) + r.at(x - 1, y) - 2 * here, dyy = r.at(x, y + 1) + r.at(x, y - 1) - 2 * here;
        const float dxy = 0.25f * (r.at(x + 1, y + 1) + r.at(x - 1, y - 1) - r.at(x + 1, y - 1) - r.at(x - 1, y + 1));
        const float determinant = dxx * dyy - dxy * dxy;
        if (determinant == 0) continue;
        const float move_x = (dxy * dy - dyy * dx) / determinant, move_y = (dxy * dx - dxx * dy) / determinant;
        if (std::abs(move_x) > 1 || std::abs(move_y) > 1) continue;
        const auto ratio = static_cast<float>(1 << level.octave);
        out.push_back({(static_cast<float>(x) + move_x + 0.5f) * ratio, (static_cast<float>(y) + move_y + 0.5f) * ratio,
                       2 * kDerivativeFactor * level.sigma, here, index});
      }
    }
  }
  return out;
}

float ScaleSpace::Direction(const Extremum& point) const {
  constexpr int kReach = 6;
  constexpr int kSlices = 42;           // of the circle
  constexpr int kWindow = kSlices / 6;  // a sixth of it
  const Level& level = levels_[point.level];
  const float ratio = 1.0f / static_cast<float>(1 << level.octave);
  const float x0 = point.x * ratio - 0.5f, y0 = point.y * ratio - 0.5f;
  std::array<float, kSlices> sum_x{}, sum_y{};
  for (int j = -kReach; j <= kReach; ++j) {
    for (int i = -kReach; i <= kReach; ++i) {
      if (i * i + j * j >= kReach * kReach) continue;
      const int x =
          std::clamp(static_cast<int>(std::lrintf(x0 + static_cast<float>(i * level.step))), 0, level.dx.width - 1);
      const int y =
          std::clamp(static_cast<int>(std::lrintf(y0 + static_cast<float>(j * level.step))), 0, level.dx.height - 1);
      const float weight = std::exp(static_cast<float>(i * i + j * j) * (-1.0f / (2 * 2.5f * 2.5f)));
      const float dx = weight * level.dx.at(x, y), dy = weight * level.dy.at(x, y);
      float turn = std::atan2(dy, dx) * (1.0f / (2 * std::numbers::pi_v<float>));
      if (turn < 0) turn += 1;
      const int slice = std::min(kSlices - 1, static_cast<int>(turn * kSlices));
      sum_x[slice] += dx;
      sum_y[slice] += dy;
    }
  }
  float most = -1, direction = 0;
  for (int start = 0; start < kSlices; ++start) {
    float x = 0, y = 0;
    for (int i = 0; i < kWindow; ++i) {
      x += sum_x[(start + i) % kSlices];
      y += sum_y[(start + i) % kSlices];
    }
    if (x * x + y * y > most) {
      most = x * x + y * y;
      direction = std::atan2(y, x);
    }
  }
  return direction;
}

// M-LDB: the means of luma and of both derivatives (turned into the point's frame) over the cells of a 2x2, a 3x3 and a
// 4x4 grid on one square; a bit for each pair of cells and each channel. Cells are numbered along the direction first,
// across it second; channels are luma, across, along.
Descriptor ScaleSpace::Describe(const Extremum& point, float direction) const {
  const Level& level = levels_[point.level];
  const float ratio = 1.0f / static_cast<float>(1 << level.octave);
  const float x0 = point.x * ratio - 0.5f, y0 = point.y * ratio - 0.5f;
  const float along_x = std::cos(direction) * static_cast<float>(level.step);
  const float along_y = std::sin(direction) * static_cast<float>(level.step);
  const float cosine = std::cos(direction), sine = std::sin(direction);
  Descriptor out;
  int bit = 0;
  for (int side = 2; side <= 4; ++side) {
    // Samples of one cell, and of the square: symmetric around the point for every grid.
    const int samples = (2 * kPatternReach + side - 1) / side;
    const float first = -0.5f * static_cast<float>(samples * side - 1);
    std::array<std::array<float, 16>, 3> means{};
    for (int cell = 0; cell < side * side; ++cell) {
      float luma = 0, across = 0, along = 0;
      for (int k = 0; k < samples; ++k) {
        const float u = first + static_cast<float>(cell / side * samples + k);
        for (int l = 0; l < samples; ++l) {
          const float v = first + static_cast<float>(cell % side * samples + l);
          const int x =
              std::clamp(static_cast<int>(std::lrintf(x0 + u * along_x - v * along_y)), 0, level.luma.width - 1);
          const int y =
              std::clamp(static_cast<int>(std::lrintf(y0 + u * along_y + v * along_x)), 0, level.luma.height - 1);
          const float dx = level.dx.at(x, y), dy = level.dy.at(x, y);
          luma += level.luma.at(x, y);
          across += dy * cosine - dx * sine;
          along += dx * cosine + dy * sine;
        }
      }
      means[0][cell] = luma;
      means[1][cell] = across;
      means[2][cell] = along;
    }
    for (const auto& channel : means) {
      for (int a = 0; a < side * side; ++a) {
        for (int b = a + 1; b < side * side; ++b, ++bit)
          out.words[bit / 64] |= static_cast<uint64_t>(channel[a] > channel[b]) << (bit % 64);
      }
    }
  }
  return out;
}

}  // namespace likeness::feature
