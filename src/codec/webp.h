// WebP (RFC 9649) through libwebp: lossy, lossless, alpha; of an animation the first frame on its canvas.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadWebpHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeWebp(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
