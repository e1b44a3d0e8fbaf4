// HEIC and AVIF through libheif, which turns the picture upright itself. Off unless a person switches them on: see
// decode.h. The image sizes in the file's property boxes are checked before libheif sees the bytes.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadHeifHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeHeif(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
