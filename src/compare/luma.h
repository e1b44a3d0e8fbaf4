// Brightness alone, and pictures at smaller sizes, for what lays one picture over another. Internal to compare.
#pragma once

#include "compare/difference.h"
#include "compare/pixels.h"
#include "image/transform.h"

namespace likeness::compare {

inline constexpr int kBand = 64;  // rows that one thread takes at a time

image::Bitmap LumaOf(const PixelView& view);
image::Size Scaled(image::Size size, double factor);
// The bitmap itself where `size` is no smaller.
image::Bitmap ReducedTo(const image::Bitmap& bitmap, image::Size size);

// By (1 2 1) / 4 both ways.
image::Bitmap Smoothed(const image::Bitmap& in);
image::Bitmap Smoothed(const PixelView& view, const Spread& spread);

inline image::Size SizeOf(const image::Bitmap& bitmap) {
  return {bitmap.width, bitmap.height};
}

// The map of one size's pixels to another's.
inline image::Homography Stretch(image::Size from, image::Size to) {
  image::Homography map;
  map.h[0] = double(to.width) / from.width;
  map.h[4] = double(to.height) / from.height;
  return map;
}

// Between four samples of one channel; false outside.
inline bool Sample(const image::Bitmap& luma, image::Point at, float* value) {
  const double u = at.x - 0.5, v = at.y - 0.5;
  if (!(u >= 0 && v >= 0 && u < luma.width - 1 && v < luma.height - 1)) return false;
  const int x = int(u), y = int(v);
  const auto fx = float(u - x), fy = float(v - y);
  const uint8_t *above = luma.row(y) + x, *below = luma.row(y + 1) + x;
  const float top = above[0] + fx * float(above[1] - above[0]);
  const float bottom = below[0] + fx * float(below[1] - below[0]);
  *value = top + fy * (bottom - top);
  return true;
}

}  // namespace likeness::compare
