// Windows and OS/2 bitmaps by an own bounded reader: 1, 2, 4, 8, 16, 24 and 32 bits a pixel, palettes, bit fields with
// alpha, run lengths of 4 and 8 bits, rows in either direction. Alpha of a plain 32-bit file is unused and ignored.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadBmpHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeBmp(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
