#include "feature/working.h"

#include <algorithm>
#include <cmath>

#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {

image::Size WorkingSize(image::Size size) {
  double pixels = static_cast<double>(size.width) * size.height;
  if (pixels <= kLocalPixels) return size;
  double scale = std::sqrt(kLocalPixels / pixels);
  // A very long picture keeps its short side; then the long one alone is cut.
  int width = std::max(1, static_cast<int>(size.width * scale));
  int height = std::max(1, static_cast<int>(size.height * scale));
  return {std::min(width, kLocalPixels / height), std::min(height, kLocalPixels / width)};
}

image::Bitmap WorkingLuma(const image::Bitmap& bitmap) {
  image::Size size = WorkingSize({bitmap.width, bitmap.height});
  if (size == image::Size{bitmap.width, bitmap.height}) return image::ToLuma(bitmap);
  return image::ToLuma(image::ResizeArea(bitmap, size.width, size.height));
}

}  // namespace likeness::feature
