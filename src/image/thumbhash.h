// ThumbHash, a placeholder of at most 25 bytes that a page draws before the thumbnail is there.
// Evan Wallace, https://evanw.github.io/thumbhash/ (the format is what its reference encoder writes). Pure.
#pragma once

#include <array>

#include "base/bytes.h"
#include "image/bitmap.h"

namespace likeness::image {

// Reduces the picture to at most 100 pixels a side itself. Empty for an empty bitmap.
Bytes EncodeThumbHash(const Bitmap& bitmap);

// The average colour a hash holds: R, G, B, A in 0..1. Zeros when it is shorter than its header.
std::array<double, 4> ThumbHashAverage(ByteView hash);

}  // namespace likeness::image
