// Luma of a JPEG at the crossings of a few columns and rows, as quickly as its entropy coding allows: every symbol is
// walked over, but only the blocks that hold a wanted pixel are dequantised and transformed. What a 64x64 hash of a
// 24-megapixel file needs is 128 x 128 pixels of it, so this is several times faster than any full decode.
//
// Takes baseline and extended sequential Huffman files of 8 bits, grey or YCbCr (ITU-T T.81), and says Unsupported to
// the rest (progressive, arithmetic, lossless, 12 bits, CMYK, RGB): the caller decodes those in full. Same limits as
// Decode. The transform is computed in floating point: samples are within 1 of libjpeg's. Pure; thread-safe.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/bitmap.h"

namespace likeness::codec {

// The stored (not yet upright) size; Unsupported and Corruption as below.
Result<image::Size> JpegPointsSize(ByteView file, const Limits& limits);

// One channel, columns.size() x rows.size(): pixel (i, j) is the file's luma at (columns[i], rows[j]), as stored.
// REQUIRES: both ascending (equal neighbours allowed) and inside the picture.
// Corruption when the data ends early or makes no sense.
Result<image::Bitmap> DecodeJpegPoints(ByteView file, const Limits& limits, std::span<const int> columns,
                                       std::span<const int> rows);

}  // namespace likeness::codec
