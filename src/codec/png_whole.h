// The common PNG decoded in one go: 8 bits a sample, not interlaced, no palette, no transparency chunk, of moderate size.
// Its data are inflated as a whole, which is two to three times as fast as piece by piece. Everything else, and
// everything that is not perfectly sound, is libpng's. Internal to codec.
#pragma once

#include <span>

#include "base/bytes.h"
#include "image/bitmap.h"

namespace likeness::codec {

// `data` are the bodies of the IDAT chunks in order, whose checksums are the caller's to look at. False when the stream
// is not one zlib stream of just the right length, or names an unknown filter; `bitmap` is then undefined.
// REQUIRES: bitmap has the channels of the file (1, 3 or 4) and its size.
bool DecodePngWhole(std::span<const ByteView> data, image::Bitmap& bitmap);
// Beyond this many bytes of unpacked rows the two copies that DecodePngWhole holds are too many.
inline constexpr uint64_t kPngWholeBytesMax = 160ull << 20;

// CRC-32 as chunks have it.
uint32_t PngChecksum(ByteView bytes);

}  // namespace likeness::codec
