// A copy of a picture's file that shows the same pixels and says nothing else: no EXIF, XMP, IPTC, comments, embedded
// previews, nor what stands behind the picture's end (a film, a second picture). Kept are the pixels as they are coded,
// colour profile and density, and the orientation. What is not known to be needed is left out. Pure; for a worker.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/decode.h"

namespace likeness::codec {

// JPEG (T.81), PNG, WebP.
constexpr bool CanStrip(Format format) {
  return format == Format::kJpeg || format == Format::kPng || format == Format::kWebp;
}
// Unsupported for other formats, Corruption for a file whose structure cannot be followed.
Result<Bytes> StripMetadata(ByteView file, const Limits& limits);

}  // namespace likeness::codec
