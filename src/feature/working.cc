#include "feature/working.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {

image::Size WorkingSize(image::Size size) {
  double pixels = static_cast<double>(size.width) * size.height;
  if (pixels <= kLocalPixels) return size;
  double scale = std::sqrt(kLocalPixels / pixels);
  // The shorter side first: it may not vanish, and then the longer one is cut further.
  auto fit = [&](int shorter, int longer) {
    int short_side = std::max(1, static_cast<int>(shorter * scale));
    return std::pair(short_side, std::min(static_cast<int>(longer * scale), kLocalPixels / short_side));
  };
  if (size.width < size.height) {
    auto [width, height] = fit(size.width, size.height);
    return {width, height};
  }
  auto [height, width] = fit(size.height, size.width);
  return {width, height};
}

image::Bitmap WorkingLuma(const image::Bitmap& bitmap) {
  image::Size size = WorkingSize({bitmap.width, bitmap.height});
  if (size == image::Size{bitmap.width, bitmap.height}) return image::ToLuma(bitmap);
  return image::ToLuma(image::ResizeArea(bitmap, size.width, size.height));
}

}  // namespace likeness::feature
