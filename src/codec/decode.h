// Decoding of foreign bytes behind one door. Runs inside a sandboxed worker only; still every limit is checked on the
// header before anything is allocated. The type is told by the bytes, never by a name. The result is upright, 8-bit
// sRGB.
//
//   info = ReadHeader(bytes, limits)            type, size, flags: cheap, no pixels
//   decoded = Decode(bytes, options)            pixels and metadata, first frame
//
// Formats are rows of the table in format_table.h. HEIC, AVIF and JPEG XL are off unless options.formats allows them.
// Errors: Unsupported (type unknown, refused or off), LimitExceeded (names the limit), Corruption (malformed,
// truncated).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/metadata.h"
#include "image/bitmap.h"

namespace likeness::codec {

enum class Format : uint8_t { kUnknown, kJpeg, kPng, kWebp, kGif, kTiff, kBmp, kHeic, kAvif, kJxl };

std::string_view Name(Format format);          // "jpeg"
std::string_view MimeType(Format format);      // "image/jpeg"
std::string_view Extension(Format format);     // "jpg"
Format FormatFromName(std::string_view name);  // kUnknown if none

// A set of formats, as a bit per Format value.
class FormatSet {
 public:
  constexpr FormatSet() = default;
  constexpr void Add(Format format) { bits_ |= 1u << static_cast<unsigned>(format); }
  constexpr void Remove(Format format) { bits_ &= ~(1u << static_cast<unsigned>(format)); }
  constexpr bool Has(Format format) const { return (bits_ >> static_cast<unsigned>(format)) & 1; }
  constexpr uint32_t bits() const { return bits_; }
  static constexpr FormatSet FromBits(uint32_t bits) {
    FormatSet set;
    set.bits_ = bits;
    return set;
  }

 private:
  uint32_t bits_ = 0;
};
// JPEG, PNG, WebP, GIF, TIFF, BMP. The others' decoders in Debian 12 have open advisories: a person switches them on.
FormatSet DefaultFormats();
// What this build can decode at all.
FormatSet BuiltFormats();

// What the header says. Sizes are upright (after orientation).
struct ImageInfo {
  Format format = Format::kUnknown;
  uint32_t width = 0, height = 0;
  uint32_t frames = 1;  // > 1: animation or pages; only the first is decoded
  uint8_t bits_per_sample = 8;
  bool has_alpha = false;
  bool grey = false;
  bool progressive = false;    // JPEG progressive or interlaced PNG
  bool truncated = false;      // salvaged: the end of the file is missing
  uint8_t orientation = 1;     // as found in the file
  uint8_t jpeg_quality = 0;    // estimate from the quantisation tables; 0 = not a JPEG
  std::string colour_profile;  // its description, empty = none
};

struct DecodeOptions {
  Limits limits;
  FormatSet formats = DefaultFormats();
  // 0: full size. Else the decoder may return a smaller picture whose shorter side is still at least this.
  uint32_t side_min = 0;
  // One channel of luma is all that is wanted: a JPEG then skips its colour planes, and its profile is not applied.
  bool luma_only = false;
  // Four channels, whatever the file has; without it alpha is left out where it is opaque.
  bool rgba = false;
  // Of rgba: gives room for 4 bytes a pixel, or null. A decoder that has nothing left to do afterwards (no colour
  // profile, no turning) writes there and saves a copy of the picture; Decoded says whether it did. What is left there
  // by a decoder that did not is of no meaning.
  std::function<uint8_t*(image::Size)> room;
  bool want_metadata = true;
};

struct Decoded {
  ImageInfo info;
  image::Bitmap bitmap;  // may be smaller than info says when side_min was set
  Metadata metadata;
  bool in_room = false;  // the pixels are where DecodeOptions.room said, and bitmap is empty
};

// The type by the bytes; kUnknown for anything else, with `what` naming it where it is known ("svg", "pdf").
Format Sniff(ByteView bytes, std::string_view* what = nullptr);

Result<ImageInfo> ReadHeader(ByteView bytes, const DecodeOptions& options);
Result<Decoded> Decode(ByteView bytes, const DecodeOptions& options);

}  // namespace likeness::codec
