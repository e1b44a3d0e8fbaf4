// TIFF 6.0 and BigTIFF through libtiff, from memory: the first page. An own walk over the directories reads the sizes,
// counts the pages and takes the metadata first. 8 and 16 bits of grey, RGB and CMYK are read as they are; everything
// else that libtiff can turn into RGBA goes that way.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadTiffHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeTiff(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
