#include "compare/difference.h"

#include <algorithm>

#include "compare/antialiasing.h"
#include "compare/colour_distance.h"

namespace likeness::compare {
namespace {

constexpr int kBandRows = 64;
constexpr int kLargeSide = 1200, kLargeStep = 6;

image::Bitmap Padded(const PixelView& view, image::Size canvas) {
  image::Bitmap out(canvas.width, canvas.height, 4);
  for (int y = 0; y < view.size.height; ++y) std::copy_n(view.row(y), size_t(view.size.width) * 4, out.row(y));
  return out;
}

// What of one row is left out.
class IgnoredRows {
 public:
  IgnoredRows(const Ignored& ignored, const DifferenceRules& rules, image::Size canvas)
      : ignored_(ignored),
        canvas_(canvas),
        sampled_(rules.sample_large && (canvas.width > kLargeSide || canvas.height > kLargeSide)) {}

  bool none() const { return ignored_.boxes.empty() && ignored_.mask.size() != canvas_ && !sampled_; }

  void Fill(int y, std::vector<uint64_t>& bits) const {
    std::fill(bits.begin(), bits.end(), 0);
    if (ignored_.mask.size() == canvas_) std::copy_n(ignored_.mask.row(y), bits.size(), bits.begin());
    for (const Box& box : ignored_.boxes) {
      const int64_t last_y = int64_t{box.y} + box.height, last_x = int64_t{box.x} + box.width;
      if (y < box.y || y >= last_y) continue;
      const int first = std::clamp(box.x, 0, canvas_.width);
      FillBits(bits.data(), first, static_cast<int>(std::clamp<int64_t>(last_x, first, canvas_.width)), true);
    }
    if (!sampled_) return;
    if (y % kLargeStep == 0) FillBits(bits.data(), 0, canvas_.width, true);
    for (int x = 0; x < canvas_.width; x += kLargeStep) FillBits(bits.data(), x, x + 1, true);
  }

 private:
  const Ignored& ignored_;
  const image::Size canvas_;
  const bool sampled_;
};

struct BandResult {
  uint64_t different = 0, antialiased = 0, ignored = 0;
  int left = INT32_MAX, top = INT32_MAX, right = -1, bottom = -1;
};

// Compares a band of rows. Everything it needs for a row lives here.
class BandWorker {
 public:
  BandWorker(const PixelView& a, const PixelView& b, const DifferenceRules& rules, const ColourRule& colours,
             const IgnoredRows& ignored, Difference& out)
      : a_(a),
        b_(b),
        rules_(rules),
        colours_(colours),
        ignored_rows_(ignored),
        detector_(a, b, rules),
        filter_(a, b),
        out_(out),
        common_{std::min(a.size.width, b.size.width), std::min(a.size.height, b.size.height)},
        scratch_(out.different_at.row_words()),
        ignored_(out.different_at.row_words()) {}

  BandResult Run(int first, int last) {
    for (int y = first; y < last; ++y) Row(y);
    return result_;
  }

 private:
  void Row(int y) {
    uint64_t* differ = out_.different_at.row(y);
    const size_t words = out_.different_at.row_words();
    if (y < common_.height)
      colours_.DifferRow(a_.row(y), b_.row(y), size_t(common_.width), size_t(y) * size_t(a_.size.width), differ,
                         scratch_.data());
    MarkOutside(y, differ);
    if (!ignored_rows_.none()) {
      ignored_rows_.Fill(y, ignored_);
      for (size_t word = 0; word < words; ++word) {
        result_.ignored += static_cast<uint64_t>(std::popcount(ignored_[word]));
        differ[word] &= ~ignored_[word];
      }
    }
    if (rules_.antialiasing != Antialiasing::kCounted && y < common_.height &&
        std::any_of(differ, differ + words, [](uint64_t word) { return word != 0; }))
      SortOutEdges(y, differ);
    Count(y, differ, words);
  }

  // What only one picture has differs, unless it is transparent.
  void MarkOutside(int y, uint64_t* differ) {
    for (const PixelView* view : {&a_, &b_}) {
      if (y >= view->size.height) continue;
      for (int x = y < common_.height ? common_.width : 0; x < view->size.width; ++x)
        if (view->at(x, y)[3] != 0) differ[x / 64] |= uint64_t{1} << (x % 64);
    }
  }

  void SortOutEdges(int y, uint64_t* differ) {
    const size_t words = (size_t(common_.width) + 63) / 64;
    std::copy_n(differ, words, scratch_.data());
    if (common_.width % 64 != 0) scratch_[words - 1] &= (uint64_t{1} << (common_.width % 64)) - 1;
    const bool by_contrast = rules_.antialiasing == Antialiasing::kContrast;
    if (!by_contrast) filter_.Keep(y, scratch_.data());
    uint64_t* antialiased = out_.antialiased_at.row(y);
    ForBits(scratch_.data(), words, [&](int x) {
      const bool edge = by_contrast
                            ? !colours_.BrightnessDiffers(a_.at(x, y), b_.at(x, y)) && detector_.IsContrast(x, y)
                            : detector_.IsSlope(x, y);
      if (!edge) return;
      const uint64_t bit = uint64_t{1} << (x % 64);
      differ[x / 64] &= ~bit;
      antialiased[x / 64] |= bit;
      ++result_.antialiased;
    });
  }

  void Count(int y, const uint64_t* differ, size_t words) {
    for (size_t word = 0; word < words; ++word) {
      if (differ[word] == 0) continue;
      result_.different += static_cast<uint64_t>(std::popcount(differ[word]));
      const int at = static_cast<int>(word * 64);
      result_.left = std::min(result_.left, at + std::countr_zero(differ[word]));
      result_.right = std::max(result_.right, at + 63 - std::countl_zero(differ[word]));
      result_.top = std::min(result_.top, y);
      result_.bottom = y;
    }
  }

  const PixelView &a_, &b_;
  const DifferenceRules& rules_;
  const ColourRule& colours_;
  const IgnoredRows& ignored_rows_;
  const AntialiasingDetector detector_;
  AntialiasingDetector::Filter filter_;
  Difference& out_;
  const image::Size common_;
  std::vector<uint64_t> scratch_, ignored_;
  BandResult result_;
};

}  // namespace

void SpreadNot(size_t count, const std::function<void(size_t)>& body) {
  for (size_t i = 0; i < count; ++i) body(i);
}

BitPlane MaskOf(const PixelView& picture) {
  BitPlane mask(picture.size);
  for (int y = 0; y < picture.size.height; ++y)
    for (int x = 0; x < picture.size.width; ++x) {
      const uint8_t* pixel = picture.at(x, y);
      if (pixel[3] >= 128 && pixel[0] + pixel[1] + pixel[2] >= 3 * 128) mask.Set(x, y);
    }
  return mask;
}

BitPlane ScaledMask(const BitPlane& mask, double scale, image::Size to) {
  if (scale == 1 && mask.size() == to) return mask;
  const auto given = [scale](int at) { return static_cast<int>((at + 0.5) / scale); };
  BitPlane out(to);
  for (int y = 0; y < to.height && given(y) < mask.size().height; ++y)
    for (int x = 0; x < to.width && given(x) < mask.size().width; ++x)
      if (mask.Get(given(x), given(y))) out.Set(x, y);
  return out;
}

Difference ComputeDifference(const PixelView& given_a, const PixelView& given_b, const DifferenceRules& rules,
                             const Ignored& ignored, const Spread& spread) {
  Difference out;
  out.size_a = given_a.size;
  out.size_b = given_b.size;
  out.canvas = {std::max(given_a.size.width, given_b.size.width), std::max(given_a.size.height, given_b.size.height)};
  PixelView a = given_a, b = given_b;
  image::Bitmap padded_a, padded_b;
  if (rules.pad_transparent && a.size != b.size) {
    padded_a = Padded(a, out.canvas);
    padded_b = Padded(b, out.canvas);
    a = ViewOf(padded_a);
    b = ViewOf(padded_b);
  }
  out.different_at = BitPlane(out.canvas);
  if (rules.antialiasing != Antialiasing::kCounted) out.antialiased_at = BitPlane(out.canvas);
  const ColourRule colours(rules);
  const IgnoredRows ignored_rows(ignored, rules, out.canvas);
  std::vector<BandResult> bands((size_t(out.canvas.height) + kBandRows - 1) / kBandRows);
  spread(bands.size(), [&](size_t band) {
    const int first = static_cast<int>(band) * kBandRows;
    bands[band] =
        BandWorker(a, b, rules, colours, ignored_rows, out).Run(first, std::min(first + kBandRows, out.canvas.height));
  });
  BandResult sum;
  for (const BandResult& band : bands) {
    out.different += band.different;
    out.antialiased += band.antialiased;
    out.ignored += band.ignored;
    sum.left = std::min(sum.left, band.left);
    sum.top = std::min(sum.top, band.top);
    sum.right = std::max(sum.right, band.right);
    sum.bottom = std::max(sum.bottom, band.bottom);
  }
  if (out.different > 0) out.bounds = {sum.left, sum.top, sum.right - sum.left + 1, sum.bottom - sum.top + 1};
  return out;
}

}  // namespace likeness::compare
