// Encoding of pictures of ours: thumbnails and previews. No metadata goes in; colour is sRGB.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "image/bitmap.h"

namespace likeness::codec {

// Baseline JPEG with optimised Huffman tables, 4:2:0. Alpha is laid on white. quality 1..100.
Result<Bytes> EncodeJpeg(const image::Bitmap& bitmap, int quality);
// Lossless PNG, for tests, difference pictures and exports.
Result<Bytes> EncodePng(const image::Bitmap& bitmap);

}  // namespace likeness::codec
