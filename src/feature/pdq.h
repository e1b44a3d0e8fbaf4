// PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): luma, two passes of
// box filters (a tent), 64x64 samples, DCT without DC, 16x16 signs against the median; quality from the gradients of
// the 64x64. The hexadecimal text equals the reference's. Stateless; thread-safe.
//
// As the C++ reference does when it reads a file, a picture with a side over 512 is first taken to 512x512 by nearest
// neighbour: hashes equal the reference's, bit for bit, from the same decoded pixels, and the cost is the same for any
// size. (The Java and Python versions filter at full size; they differ from it by up to 12 bits.) Alpha is ignored.
//
// The box filters are linear and only 64x64 of their outputs are used, so each output is taken straight as one weighted
// sum along each axis.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// A side under 5 pixels: all zero, quality 0, as the reference.
PdqHash ComputePdq(const image::Bitmap& bitmap);

// What the hashes of the picture laid down in all eight ways are, from its own hash alone: signs of the transform flip
// and its axes change places. The upright one is exact. The others are near the hash of the turned picture, not equal:
// PDQ samples a turned picture at other pixels, and coefficients between the median and zero come out wrong. On photos
// 10 to 36 bits of 256, so that a turned copy is found less surely than an upright one.
HashVariants PdqOrientations(const Hash256& hash);

}  // namespace likeness::feature
