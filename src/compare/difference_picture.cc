#include "compare/difference_picture.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace likeness::compare {
namespace {

using Pixel = std::array<uint8_t, 4>;
constexpr Pixel kNowhere = {0, 0, 0, 0};
constexpr Pixel kEdge = {255, 255, 0, 255};
constexpr double kPale = 0.1;  // how much of a is left in a grey picture
constexpr double kTintMax = 0.8;

Pixel PixelAt(const PixelView& view, int x, int y) {
  if (x >= view.size.width || y >= view.size.height) return kNowhere;
  const uint8_t* pixel = view.at(x, y);
  return {pixel[0], pixel[1], pixel[2], pixel[3]};
}

uint8_t Byte(double value) {
  return static_cast<uint8_t>(std::lround(std::clamp(value, 0.0, 255.0)));
}

// Mean difference of the channels, 0..255.
double Intensity(const Pixel& a, const Pixel& b) {
  return (std::abs(a[0] - b[0]) + std::abs(a[1] - b[1]) + std::abs(a[2] - b[2])) / 3.0;
}

class Drawing {
 public:
  Drawing(const PixelView& a, const PixelView& b, const PictureOptions& options) : a_(a), b_(b), options_(options) {}

  Pixel Different(int x, int y) const {
    const Pixel of_a = PixelAt(a_, x, y), of_b = PixelAt(b_, x, y);
    // What only a has is shown as it was there.
    const Pixel& shown = x < b_.size.width && y < b_.size.height ? of_b : of_a;
    const auto& colour = options_.colour;
    switch (options_.style) {
      case PictureStyle::kMovement:
        return Tinted(shown, 0.5);
      case PictureStyle::kFlatIntensity:
        return {colour[0], colour[1], colour[2], Byte(Intensity(of_a, of_b))};
      case PictureStyle::kMovementIntensity:
        return Tinted(shown, Intensity(of_a, of_b) / 255 * kTintMax);
      case PictureStyle::kOnly:
        return shown;
      default:
        return {colour[0], colour[1], colour[2], 255};
    }
  }

  Pixel Equal(int x, int y, bool edge) const {
    if (options_.style == PictureStyle::kOnly) return kNowhere;
    const bool in_a = x < a_.size.width && y < a_.size.height;
    Pixel pixel = PixelAt(in_a ? a_ : b_, x, y);
    if (options_.style == PictureStyle::kGrey) {
      if (edge) return kEdge;
      const double luma = 0.29889531 * pixel[0] + 0.58662247 * pixel[1] + 0.11448223 * pixel[2];
      const uint8_t value = Byte(255 + (luma - 255) * kPale * pixel[3] / 255);
      pixel = {value, value, value, 255};
    }
    pixel[3] = Byte(pixel[3] * options_.opacity);
    return pixel;
  }

 private:
  // The pixel as seen through a glass of the colour, mixed with the colour itself.
  Pixel Tinted(const Pixel& pixel, double share) const {
    Pixel out = pixel;
    for (size_t c = 0; c < 3; ++c) {
      const double glass = pixel[c] * (options_.colour[c] / 255.0);
      out[c] = Byte((1 - share) * glass + share * options_.colour[c]);
    }
    return out;
  }

  const PixelView &a_, &b_;
  const PictureOptions& options_;
};

void Place(const PixelView& view, int left, image::Bitmap& out) {
  for (int y = 0; y < view.size.height; ++y)
    std::copy_n(view.row(y), size_t(view.size.width) * 4, out.row(y) + size_t(left) * 4);
}

}  // namespace

image::Bitmap DrawDifference(const PixelView& a, const PixelView& b, const Difference& difference,
                             const PictureOptions& options) {
  const image::Size canvas = difference.canvas;
  if (options.style == PictureStyle::kSideBySide) {
    PictureOptions flat = options;
    flat.style = PictureStyle::kFlat;
    const image::Bitmap third = DrawDifference(a, b, difference, flat);
    image::Bitmap out(3 * canvas.width + 2 * kGap, canvas.height, 4);
    Place(a, 0, out);
    Place(b, canvas.width + kGap, out);
    Place(ViewOf(third), 2 * (canvas.width + kGap), out);
    return out;
  }
  image::Bitmap out(canvas.width, canvas.height, 4);
  const Drawing drawing(a, b, options);
  const bool has_edges = difference.antialiased_at.size() == canvas;
  for (int y = 0; y < canvas.height; ++y) {
    uint8_t* to = out.row(y);
    for (int x = 0; x < canvas.width; ++x, to += 4) {
      const Pixel pixel = difference.different_at.Get(x, y)
                              ? drawing.Different(x, y)
                              : drawing.Equal(x, y, has_edges && difference.antialiased_at.Get(x, y));
      std::copy(pixel.begin(), pixel.end(), to);
    }
  }
  return out;
}

std::array<image::Bitmap, 2> BlinkFrames(const PixelView& a, const PixelView& b) {
  const int width = std::max(a.size.width, b.size.width), height = std::max(a.size.height, b.size.height);
  std::array<image::Bitmap, 2> frames = {image::Bitmap(width, height, 4), image::Bitmap(width, height, 4)};
  Place(a, 0, frames[0]);
  Place(b, 0, frames[1]);
  return frames;
}

}  // namespace likeness::compare
