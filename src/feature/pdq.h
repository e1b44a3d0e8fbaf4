// PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019): luma, two passes of
// box filters (a tent), 64x64 samples, DCT without DC, 16x16 signs against the median; quality from the gradients of
// the 64x64. The hexadecimal text equals the reference's. Stateless; thread-safe.
//
// The filters run over the picture as given, at full size. They are linear and only 64x64 of their outputs are used, so
// each output is taken straight as one weighted sum per axis: about one multiplication a sample, whatever the size.
// The reference's file tool first drops pixels of pictures over 512 a side by nearest neighbour; that is part of its
// file reading and is not done here. Alpha is ignored.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// A side under 5 pixels: all zero, quality 0, as the reference.
PdqHash ComputePdq(const image::Bitmap& bitmap);

}  // namespace likeness::feature
