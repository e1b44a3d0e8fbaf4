// PNG (ISO/IEC 15948) through libpng. An own walk over the chunks checks the structure and takes the metadata; libpng
// is then shown only IHDR, PLTE, tRNS, IDAT and IEND, so no other chunk of a hostile file reaches it. 16 bits become 8,
// palettes and low depths are expanded. Of an animated PNG the default picture is decoded. gAMA, cHRM and cICP are not
// applied: an embedded profile is.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadPngHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodePng(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
