// JPEG XL (ISO/IEC 18181) through libjxl, which turns the picture upright itself. Off unless a person switches it on:
// see decode.h. Of an animation the first frame; its number of frames is not counted and given as 2.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadJxlHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeJxl(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
