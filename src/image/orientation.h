// The eight turns of the rectangle: applying an EXIF orientation, and the same turns as pictures of their own. Pure.
#pragma once

#include <utility>

#include "image/bitmap.h"

namespace likeness::image {

// The value of EXIF tag 0x0112; anything outside 1..8 stands upright.
Orientation OrientationFromExif(unsigned value);

// True when width and height change places.
bool SwapsSides(Orientation orientation);

// The size of a picture of `stored` size once upright.
Size UprightSize(Size stored, Orientation orientation);

// Turns the stored rows upright, in place: beside the bitmap itself there are 64 rows at most.
Bitmap Apply(Orientation orientation, Bitmap bitmap);

// Turns as seen on an upright picture: left-right mirror, top-bottom flip, clockwise quarter turns.
inline Bitmap Mirror(Bitmap bitmap) {
  return Apply(Orientation::kMirrored, std::move(bitmap));
}
inline Bitmap Flip(Bitmap bitmap) {
  return Apply(Orientation::kFlipped, std::move(bitmap));
}
inline Bitmap Rotate90(Bitmap bitmap) {
  return Apply(Orientation::kRotated90, std::move(bitmap));
}
inline Bitmap Rotate180(Bitmap bitmap) {
  return Apply(Orientation::kRotated180, std::move(bitmap));
}
inline Bitmap Rotate270(Bitmap bitmap) {
  return Apply(Orientation::kRotated270, std::move(bitmap));
}

}  // namespace likeness::image
