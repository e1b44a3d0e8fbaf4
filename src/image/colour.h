// Colour conversion and statistics of bitmaps. Pure. Alpha is straight; where it must go, the picture is laid on white.
#pragma once

#include <array>
#include <cstdint>

#include "image/bitmap.h"

namespace likeness::image {

// OpenCV 4's fixed-point BGR2GRAY for 8 bits (0.299, 0.587, 0.114 in units of 2^-15), so that hashes agree with
// programs that use it.
constexpr uint8_t Luma(unsigned r, unsigned g, unsigned b) {
  return static_cast<uint8_t>((r * 9798 + g * 19235 + b * 3735 + 16384) >> 15);
}

// One channel. Alpha is laid on white first.
Bitmap ToLuma(const Bitmap& bitmap);
// Three channels. Alpha is laid on white.
Bitmap ToRgb(const Bitmap& bitmap);
// Four channels; what had no alpha is opaque. The second writes `count` pixels from the one numbered `first`, row by
// row.
Bitmap ToRgba(const Bitmap& bitmap);
// Four channels become three on white; other bitmaps are passed through. In place.
Bitmap FlattenOnWhite(Bitmap bitmap);
// On white, or on black where on white nothing could be seen (light shapes on a transparent ground). In place.
Bitmap FlattenToShow(Bitmap bitmap);
// Four channels become three, the alpha forgotten. In place.
Bitmap DropAlpha(Bitmap bitmap);
// True for four channels with any sample of alpha below 255.
bool HasTransparency(const Bitmap& bitmap);
// Mean of R, G, B (equal for luma), 0..255, alpha laid on white. Zeros for an empty bitmap.
std::array<double, 3> MeanColour(const Bitmap& bitmap);

}  // namespace likeness::image
