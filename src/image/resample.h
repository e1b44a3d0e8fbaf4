// Resizing with a filter over the area of a target pixel, as Pillow's resize computes it (8-bit samples between the two
// passes, fixed-point weights): what image networks were trained on. Pure, single-threaded, deterministic.
#pragma once

#include <cstdint>

#include "image/bitmap.h"

namespace likeness::image {

enum class Filter : uint8_t { kBilinear, kBicubic /* a = -0.5 */ };

// REQUIRES: bitmap is not empty and has 1 or 3 channels; width, height >= 1.
Bitmap Resample(const Bitmap& bitmap, int width, int height, Filter filter);

}  // namespace likeness::image
