// The common PNG decoded in one go: 8 bits a sample, colour, not interlaced, no palette, no transparency chunk, of
// moderate size. Its data are inflated as a whole, which is several times as fast as piece by piece. Everything else,
// and everything that is not perfectly sound, is libpng's. Internal to codec.
#pragma once

#include <span>

#include "base/bytes.h"
#include "image/bitmap.h"

namespace likeness::codec {

// `data` are the bodies of the IDAT chunks in order, whose checksums are the caller's to look at; `channels` is the
// file's: 3 or 4. False when the stream is not one zlib stream of just the right length, or names an unknown filter;
// `bitmap` is then undefined.
// REQUIRES: bitmap has its size, and `channels` or, for 3, perhaps 4 channels: the fourth becomes 255.
bool DecodePngWhole(std::span<const ByteView> data, int channels, image::Bitmap& bitmap);
// Beyond this many bytes of unpacked rows the two copies that DecodePngWhole holds are too many.
inline constexpr uint64_t kPngWholeBytesMax = 160ull << 20;

// CRC-32 as chunks have it.
uint32_t PngChecksum(ByteView bytes);

}  // namespace likeness::codec
