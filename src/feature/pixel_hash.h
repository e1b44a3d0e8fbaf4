// Identity of a picture's pixels, whatever file they came in: XXH3 (128 bits) over width, height and the upright 8-bit
// sRGB samples. Not cryptographic: equal pictures have equal hashes, and a chance collision is out of reach; made
// collisions are not. Stateless; thread-safe.
#pragma once

#include <array>
#include <cstdint>

#include "image/bitmap.h"

namespace likeness::feature {

// The same for grey and for RGB with r = g = b, for RGB and for opaque RGBA. Where the picture has transparency, alpha
// counts and the colour of wholly transparent pixels does not. REQUIRES: the full-size picture.
std::array<uint8_t, 16> ComputePixelHash(const image::Bitmap& full_size);

}  // namespace likeness::feature
