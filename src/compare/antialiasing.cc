#include "compare/antialiasing.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "simd/kernels.h"

namespace likeness::compare {
namespace {

bool Equal(const uint8_t* a, const uint8_t* b) {
  return std::memcmp(a, b, 4) == 0;
}

// The three by three pixels around one, as far as they are in the picture.
struct Window {
  int left, right, top, bottom;
  bool at_edge;

  Window(image::Size size, int x, int y)
      : left(std::max(x - 1, 0)),
        right(std::min(x + 1, size.width - 1)),
        top(std::max(y - 1, 0)),
        bottom(std::min(y + 1, size.height - 1)),
        at_edge(left == x || right == x || top == y || bottom == y) {}
};

// An edge counts as one equal neighbour.
constexpr int kEqualsMin = 3;

bool IsAmongEquals(const PixelView& picture, int x, int y) {
  if (x >= picture.size.width || y >= picture.size.height) return false;
  const Window window(picture.size, x, y);
  const uint8_t* pixel = picture.at(x, y);
  int equal = window.at_edge;
  for (int v = window.top; v <= window.bottom; ++v)
    for (int u = window.left; u <= window.right; ++u)
      if ((u != x || v != y) && Equal(pixel, picture.at(u, v)) && ++equal >= kEqualsMin) return true;
  return false;
}

// Of the colour circle, 0..6.
double Hue(const uint8_t* pixel) {
  const double red = pixel[0] / 255.0, green = pixel[1] / 255.0, blue = pixel[2] / 255.0;
  const double high = std::max({red, green, blue}), low = std::min({red, green, blue});
  if (high == low) return 0;
  const double range = high - low;
  if (high == red) return (green - blue) / range + (green < blue ? 6 : 0);
  return high == green ? (blue - red) / range + 2 : (red - green) / range + 4;
}

}  // namespace

double AntialiasingDetector::BrightnessStep(const uint8_t* from, const uint8_t* to, size_t place) const {
  const bool translucent = !rules_.ignore_alpha && (from[3] != 255 || to[3] != 255);
  if (!translucent) {
    const double steps[3] = {double(from[0] - to[0]), double(from[1] - to[1]), double(from[2] - to[2])};
    return steps[0] * 0.29889531 + steps[1] * 0.58662247 + steps[2] * 0.11448223;
  }
  const Backing backing = rules_.backdrop == Backdrop::kPattern ? BackingAt(Backdrop::kPattern, place) : Backing{};
  const int alpha_step = from[3] - to[3];
  const auto laid = [&](int channel, int ground) {
    return (from[channel] * from[3] - to[channel] * to[3] - ground * alpha_step) / 255.0;
  };
  const double step =
      laid(0, backing.red) * 0.29889531 + laid(1, backing.green) * 0.58662247 + laid(2, backing.blue) * 0.11448223;
  // On a fixed ground colours of different alpha may look alike; the alpha then says which way it goes.
  if (rules_.backdrop == Backdrop::kHashed && step == 0 && alpha_step != 0) return alpha_step / 2.0;
  return step;
}

bool AntialiasingDetector::IsSlopeIn(const PixelView& picture, const PixelView& other, int x, int y) const {
  const Window window(picture.size, x, y);
  const uint8_t* pixel = picture.at(x, y);
  const size_t place = size_t(y) * size_t(picture.size.width) + size_t(x);
  const bool either = rules_.antialiasing == Antialiasing::kSlopes;
  int equal = window.at_edge;
  double darkest = 0, brightest = 0;
  int dark_x = 0, dark_y = 0, bright_x = 0, bright_y = 0;
  const auto look = [&](int u, int v) {
    if (u == x && v == y) return;
    const uint8_t* neighbour = picture.at(u, v);
    const bool same = Equal(pixel, neighbour);
    const double step = same ? 0 : BrightnessStep(pixel, neighbour, place);
    if (same || (step == 0 && !either)) {
      ++equal;
    } else if (step < darkest) {
      darkest = step;
      dark_x = u, dark_y = v;
    } else if (step > brightest) {
      brightest = step;
      bright_x = u, bright_y = v;
    }
  };
  // Of equal steps the first is taken, so the order matters.
  if (either) {
    for (int v = window.top; v <= window.bottom && equal < kEqualsMin; ++v)
      for (int u = window.left; u <= window.right && equal < kEqualsMin; ++u) look(u, v);
  } else {
    for (int u = window.left; u <= window.right && equal < kEqualsMin; ++u)
      for (int v = window.top; v <= window.bottom && equal < kEqualsMin; ++v) look(u, v);
  }
  if (equal >= kEqualsMin || darkest == 0 || brightest == 0) return false;
  const bool dark_here = IsAmongEquals(picture, dark_x, dark_y), dark_there = IsAmongEquals(other, dark_x, dark_y);
  if (dark_here && dark_there) return true;
  const bool bright_here = IsAmongEquals(picture, bright_x, bright_y),
             bright_there = IsAmongEquals(other, bright_x, bright_y);
  if (bright_here && bright_there) return true;
  return either && (dark_here || bright_here) && (dark_there || bright_there);
}

bool AntialiasingDetector::IsContrastIn(const PixelView& picture, int x, int y) const {
  const uint8_t* pixel = picture.at(x, y);
  const double brightness = Brightness(pixel), hue = Hue(pixel);
  const auto width = int64_t{picture.size.width};
  int contrasts = 0, hues = 0, equals = 0;
  for (int step_x = -1; step_x <= 1; ++step_x)
    for (int step_y = -1; step_y <= 1; ++step_y) {
      if (step_x == 0 && step_y == 0) continue;
      // Beside the left and right edge the neighbours are the ends of the rows above and below, as in the original.
      const int64_t place = (int64_t{y} + step_y) * width + x + step_x;
      if (place < 0 || place >= static_cast<int64_t>(picture.count())) continue;
      const uint8_t* neighbour = picture.pixels + 4 * place;
      contrasts += std::fabs(brightness - Brightness(neighbour)) > rules_.contrast_limit;
      equals += std::memcmp(pixel, neighbour, 3) == 0;
      hues += std::fabs(Hue(neighbour) - hue) > 0.3;
      if (hues > 1 || contrasts > 1) return true;
    }
  return equals < 2;
}

AntialiasingDetector::Filter::Filter(const PixelView& a, const PixelView& b)
    : a_(a),
      b_(b),
      common_{std::min(a.size.width, b.size.width), std::min(a.size.height, b.size.height)},
      words_((size_t(common_.width) + 63) / 64) {
  for (Row& row : rows_) {
    row.in_a.resize(words_);
    row.in_b.resize(words_);
  }
  near_a_.resize(words_);
  near_b_.resize(words_);
}

void AntialiasingDetector::Filter::Look(const PixelView& view, int y, size_t first, size_t last,
                                        std::vector<uint64_t>& bits) const {
  // Pixels on the rim are not the kernel's.
  const int left = std::max(static_cast<int>(first * 64), 1);
  const int right = std::min(static_cast<int>(last * 64), common_.width - 1);
  if (y == 0 || y + 1 >= common_.height || left >= right) {
    FillBits(bits.data(), static_cast<int>(first * 64), std::min(static_cast<int>(last * 64), common_.width), true);
    return;
  }
  simd::PixelsAmongEquals(view.at(left, y - 1), view.at(left, y), view.at(left, y + 1), size_t(right - left),
                          bits.data() + first);
  if (first == 0) {
    // Here the kernel spoke of pixels from the second one; its bits move up by one place.
    for (size_t word = last; word-- > 0;) bits[word] = (bits[word] << 1) | (word > 0 ? bits[word - 1] >> 63 : 0);
    FillBits(bits.data(), 0, 1, true);
  }
  if (last == words_) FillBits(bits.data(), common_.width - 1, common_.width, true);
}

const AntialiasingDetector::Filter::Row& AntialiasingDetector::Filter::At(int y, size_t first, size_t last) {
  Row& row = rows_[y % 3];
  if (row.y == y && row.first <= first && last <= row.last) return row;
  std::fill(row.in_a.begin(), row.in_a.end(), 0);
  std::fill(row.in_b.begin(), row.in_b.end(), 0);
  row.y = y;
  row.first = first;
  row.last = last;
  Look(a_, y, first, last, row.in_a);
  Look(b_, y, first, last, row.in_b);
  return row;
}

void AntialiasingDetector::Filter::Keep(int y, uint64_t* candidates) {
  // Only around the candidates, rounded so that the next row likely needs no more.
  constexpr size_t kRoundWords = 8;
  size_t first = 0, last = words_;
  while (first < words_ && candidates[first] == 0) ++first;
  while (last > first && candidates[last - 1] == 0) --last;
  if (first == last) return;
  first = (first > 0 ? first - 1 : 0) / kRoundWords * kRoundWords;
  last = std::min((last + kRoundWords) / kRoundWords * kRoundWords, words_);
  std::fill(near_a_.begin(), near_a_.end(), 0);
  std::fill(near_b_.begin(), near_b_.end(), 0);
  for (int line = std::max(y - 1, 0); line <= std::min(y + 1, common_.height - 1); ++line) {
    const Row& row = At(line, first, last);
    for (size_t word = first; word < last; ++word) {
      near_a_[word] |= row.in_a[word];
      near_b_[word] |= row.in_b[word];
    }
  }
  const auto widened = [&](const std::vector<uint64_t>& bits, size_t word) {
    const uint64_t here = bits[word];
    const uint64_t before = word > 0 ? bits[word - 1] >> 63 : 0;
    const uint64_t behind = word + 1 < words_ ? bits[word + 1] << 63 : 0;
    return here | (here << 1) | before | (here >> 1) | behind;
  };
  for (size_t word = first; word < last; ++word) candidates[word] &= widened(near_a_, word) & widened(near_b_, word);
}

}  // namespace likeness::compare
