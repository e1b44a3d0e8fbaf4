// GIF (CompuServe 87a, 89a) by an own bounded reader: the first frame laid on its canvas, the number of frames counted.
// A frame that reaches outside the canvas is clipped to it, as browsers do. Without any colour table an index is a
// grey.
#pragma once

#include "codec/picture.h"

namespace likeness::codec {

Result<Header> ReadGifHeader(ByteView bytes, const Limits& limits);
Result<Pixels> DecodeGif(ByteView bytes, const Header& header, const DecodeOptions& options);

}  // namespace likeness::codec
