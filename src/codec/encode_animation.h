// Encoding of pictures that follow each other without end. No metadata goes in; colour is sRGB.
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/error.h"
#include "image/bitmap.h"

namespace likeness::codec {

// REQUIRES of both: at least one frame, all of one size, four channels; frame_ms >= 10.
// InvalidArgument where a side is longer than the format allows.

// Lossless; sides up to 16,383.
Result<Bytes> EncodeWebpAnimation(std::span<const image::Bitmap> frames, int frame_ms);
// In 255 colours that all frames share (image/palette.h), transparent under an alpha of 128; sides up to 65,535.
// What is equal in two frames is so in the file too.
Result<Bytes> EncodeGifAnimation(std::span<const image::Bitmap> frames, int frame_ms);

}  // namespace likeness::codec
