#include "compare/part_search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

#include "compare/luma.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Bitmap;
using image::Size;

constexpr int kCoarseSide = 96, kFineSide = 224;                     // longer sides of the whole
constexpr int kPartSide = 144;                                       // of the part, for the last look
constexpr double kStep = 1.1, kFineStep = 1.03, kCloseStep = 1.012;  // from size to size
constexpr int kSteps = 2, kReach = 4;                                // sizes to either side, pixels
constexpr int kPartMin = 12;                                         // pixels of the shorter side, coarse
constexpr double kCoarseMin = 0.6;
constexpr size_t kLookedAgain = 6, kGuesses = 3;

struct Found {
  double scale = 1;     // the whole's pixels for one of the part's, both as given
  double x = 0, y = 0;  // corner in the whole, as given
  bool mirrored = false;
  double correlation = -1;
};

// The whole at a small size, with sums over rectangles.
class Ground {
 public:
  Ground(const Bitmap& whole, int side)
      : factor_(std::min(1.0, double(side) / std::max(whole.width, whole.height))),
        luma_(Smoothed(ReducedTo(whole, Scaled(SizeOf(whole), factor_)))),
        stride_(size_t(luma_.width) + 1),
        sums_(stride_ * (size_t(luma_.height) + 1)),
        squares_(sums_.size()),
        values_(luma_.pixels.begin(), luma_.pixels.end()) {
    for (int y = 0; y < luma_.height; ++y) {
      int64_t sum = 0, square = 0;
      for (int x = 0; x < luma_.width; ++x) {
        const int64_t value = luma_.row(y)[x];
        sum += value, square += value * value;
        const size_t at = (size_t(y) + 1) * stride_ + size_t(x) + 1;
        sums_[at] = sums_[at - stride_] + sum;
        squares_[at] = squares_[at - stride_] + square;
      }
    }
  }

  double factor() const { return factor_; }
  int width() const { return luma_.width; }
  int height() const { return luma_.height; }
  const int16_t* at(int x, int y) const { return values_.data() + size_t(y) * size_t(luma_.width) + size_t(x); }
  double Mean(int x, int y, int width, int height) const {
    return double(Over(sums_, x, y, width, height)) / (double(width) * height);
  }
  // Sum of the squared deviations from the mean.
  double Deviation(int x, int y, int width, int height) const {
    const double n = double(width) * height;
    const double sum = double(Over(sums_, x, y, width, height));
    return double(Over(squares_, x, y, width, height)) - sum * sum / n;
  }

 private:
  int64_t Over(const std::vector<int64_t>& table, int x, int y, int width, int height) const {
    const size_t top = size_t(y) * stride_ + size_t(x), bottom = size_t(y + height) * stride_ + size_t(x);
    return table[bottom + size_t(width)] - table[bottom] - table[top + size_t(width)] + table[top];
  }

  double factor_;
  Bitmap luma_;
  size_t stride_;
  std::vector<int64_t> sums_, squares_;
  std::vector<int16_t> values_;
};

// The part at one size, its mean taken out.
class Stencil {
 public:
  Stencil(const Bitmap& part, Size size, bool mirrored) : size_(size) {
    const Bitmap luma = Smoothed(ReducedTo(part, size));
    size_ = SizeOf(luma);
    int64_t sum = 0;
    for (const uint8_t value : luma.pixels) sum += value;
    const auto mean = int16_t((sum + int64_t(luma.pixels.size()) / 2) / int64_t(luma.pixels.size()));
    for (int y = 0; y < luma.height; ++y)
      for (int x = 0; x < luma.width; ++x) {
        const auto value = int16_t(luma.row(y)[mirrored ? luma.width - 1 - x : x] - mean);
        values_.push_back(value);
        rest_ += value;
        deviation_ += double(value) * value;
      }
    deviation_ -= rest_ * rest_ / double(values_.size());
  }

  Size size() const { return size_; }

  double Correlation(const Ground& ground, int x, int y) const {
    const double under = ground.Deviation(x, y, size_.width, size_.height);
    // Less than a grey level of deviation: nothing to see.
    if (under < double(values_.size()) || deviation_ < double(values_.size())) return -1;
    int64_t product = 0;
    for (int row = 0; row < size_.height; ++row) {
      const int16_t *own = values_.data() + size_t(row) * size_t(size_.width), *other = ground.at(x, y + row);
      int32_t sum = 0;
      for (int i = 0; i < size_.width; ++i) sum += int32_t{own[i]} * other[i];
      product += sum;
    }
    const double covariance = double(product) - rest_ * ground.Mean(x, y, size_.width, size_.height);
    return covariance / std::sqrt(under * deviation_);
  }

 private:
  Size size_;
  std::vector<int16_t> values_;
  double rest_ = 0;       // the sum that a whole mean leaves
  double deviation_ = 0;  // sum of the squared deviations
};

// The best place of a stencil within the bounds, corners included.
Found BestPlace(const Ground& ground, const Stencil& stencil, int left, int top, int right, int bottom) {
  Found best;
  left = std::max(left, 0), top = std::max(top, 0);
  right = std::min(right, ground.width() - stencil.size().width);
  bottom = std::min(bottom, ground.height() - stencil.size().height);
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) {
      const double correlation = stencil.Correlation(ground, x, y);
      if (correlation > best.correlation) best = {1, x / ground.factor(), y / ground.factor(), false, correlation};
    }
  return best;
}

// Near a place that was found, at sizes next to its own.
Found Again(const Ground& ground, const Bitmap& part, const Found& from, double largest, double step) {
  Found best;
  const double middle_x = from.x + from.scale * part.width / 2, middle_y = from.y + from.scale * part.height / 2;
  for (int steps = -kSteps; steps <= kSteps; ++steps) {
    const double scale = std::min(largest, from.scale * std::pow(step, steps));
    const Stencil stencil(part, Scaled(SizeOf(part), scale * ground.factor()), from.mirrored);
    const int x = int(std::lround((middle_x - scale * part.width / 2) * ground.factor()));
    const int y = int(std::lround((middle_y - scale * part.height / 2) * ground.factor()));
    Found found = BestPlace(ground, stencil, x - kReach, y - kReach, x + kReach, y + kReach);
    found.scale = scale;
    found.mirrored = from.mirrored;
    if (found.correlation > best.correlation) best = found;
  }
  return best;
}

}  // namespace

std::vector<PartGuess> SeekPart(const Bitmap& whole, const Bitmap& part) {
  const Ground coarse(whole, kCoarseSide), fine(whole, kFineSide);
  const double largest = std::min(double(whole.width) / part.width, double(whole.height) / part.height);
  std::vector<Found> found;
  for (double scale = largest; scale * coarse.factor() * std::min(part.width, part.height) >= kPartMin; scale /= kStep)
    for (const bool mirrored : {false, true}) {
      const Stencil stencil(part, Scaled(SizeOf(part), scale * coarse.factor()), mirrored);
      Found best = BestPlace(coarse, stencil, 0, 0, coarse.width(), coarse.height());
      best.scale = scale;
      best.mirrored = mirrored;
      if (best.correlation >= kCoarseMin) found.push_back(best);
    }
  std::ranges::stable_sort(found, std::greater<>{}, &Found::correlation);
  if (found.size() > kLookedAgain) found.resize(kLookedAgain);
  for (Found& one : found) one = Again(fine, part, one, largest, kFineStep);
  std::ranges::stable_sort(found, std::greater<>{}, &Found::correlation);
  if (found.size() > kGuesses) found.resize(kGuesses);
  for (Found& one : found) {
    const double factor = std::min(1.0, double(kPartSide) / (one.scale * std::max(part.width, part.height)));
    const Ground close(whole, int(std::lround(factor * std::max(whole.width, whole.height))));
    one = Again(close, part, one, largest, kCloseStep);
  }
  std::ranges::stable_sort(found, std::greater<>{}, &Found::correlation);
  std::vector<PartGuess> guesses;
  for (const Found& one : found) {
    if (one.correlation < kCoarseMin) break;
    Affine map{one.scale, 0, one.x, 0, one.scale, one.y};
    if (one.mirrored) map = {-one.scale, 0, one.x + one.scale * part.width, 0, one.scale, one.y};
    guesses.push_back({map, one.correlation});
  }
  return guesses;
}

}  // namespace likeness::compare
