// Changing the number of pixels. Pure, single-threaded, deterministic over builds: weights are fixed-point and sums are
// integers. Alpha is honoured: colour is weighted by it, so that hidden pixels do not bleed in.
#pragma once

#include <span>
#include <vector>

#include "image/bitmap.h"

namespace likeness::image {

// The largest size of the same shape whose longer side is at most `longest`; never larger than `size`, never 0.
Size FitLongestSide(Size size, int longest);

// The average of the area that each pixel covers. REQUIRES 1 <= width <= bitmap.width and 1 <= height <= bitmap.height;
// larger values are taken as no change along that axis. Cost: one pass over the source.
Bitmap ResizeArea(const Bitmap& bitmap, int width, int height);

// Bilinear point sampling, both ways: OpenCV's INTER_LINEAR for 8 bits (11-bit weights, pixel centres at +0.5).
Bitmap ResizeBilinear(const Bitmap& bitmap, int width, int height);

// ResizeArea where nothing grows, else ResizeBilinear.
Bitmap Stretch(const Bitmap& bitmap, int width, int height);

// Area-averaged copies with the given longest sides, which must fall. Each is made from the one before where that is at
// least twice as large, else from the source.
std::vector<Bitmap> Cascade(const Bitmap& bitmap, std::span<const int> longest_sides);

}  // namespace likeness::image
