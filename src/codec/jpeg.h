// JPEG (ITU T.81) through libjpeg-turbo: baseline, extended and progressive, 8 bits, Huffman or arithmetic; grey,
// YCbCr, RGB, CMYK, YCCK. A file whose end is missing is salvaged when at least half of its rows are there.
#pragma once

#include <array>
#include <span>

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadJpegHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeJpeg(ByteView bytes, const Header& header, const DecodeOptions& options);

// The quality 1..100 whose tables by the Independent JPEG Group's formula are nearest. Tables are in zigzag order as
// the file has them; `chroma` may be empty.
uint8_t EstimateJpegQuality(std::span<const uint16_t> luma, std::span<const uint16_t> chroma);

}  // namespace likeness::codec
