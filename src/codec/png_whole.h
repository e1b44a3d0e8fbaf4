// The common PNG decoded in one go: 8 bits a sample, colour, not interlaced, no palette, no transparency chunk, of
// moderate size. Its data are inflated as a whole, which is several times as fast as piece by piece. Everything else,
// and everything that is not perfectly sound, is libpng's. Internal to codec.
#pragma once

#include <span>

#include "base/bytes.h"
#include "image/bitmap.h"

namespace likeness::codec {

// `data` are the bodies of the IDAT chunks in order, whose checksums are the caller's to look at; `in` is the file's
// number of channels, 3 or 4, `out` that of the pixels: `in`, or 4, the fourth being 255. False when the stream is not
// one zlib stream of just the right length, or names an unknown filter; `pixels` are then undefined.
bool DecodePngWhole(std::span<const ByteView> data, image::Size size, int in, int out, uint8_t* pixels);
// Beyond this many bytes of unpacked rows the two copies that DecodePngWhole holds are too many.
inline constexpr uint64_t kPngWholeBytesMax = 160ull << 20;

// CRC-32 as chunks have it.
uint32_t PngChecksum(ByteView bytes);

}  // namespace likeness::codec
