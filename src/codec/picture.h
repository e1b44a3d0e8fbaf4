// What passes between the facade (decode.cc) and the formats. Internal to codec.
//
// A format has two functions. ReadHeader walks the file's structure with bounded reads of its own and allocates nothing
// that the file's numbers command. Only when the facade has compared its answer with the limits, the pixels are
// decoded.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"
#include "codec/decode.h"
#include "image/bitmap.h"

namespace likeness::codec {

struct Header {
  ImageInfo info;              // sizes as stored
  uint64_t decoded_bytes = 0;  // samples at the file's own depth plus planes that the decoder itself must hold
  bool upright = false;        // the decoder turns the picture itself
  // Raw metadata blocks, empty when absent or over their limit.
  Bytes icc, exif, xmp, iptc;
  bool exif_is_file = false;  // a TIFF: the file itself is the EXIF structure
};

struct Pixels {
  image::Bitmap bitmap;  // as stored, 1, 3 or 4 channels
  bool cmyk = false;     // 4 channels are C, M, Y, K with 255 = full ink
  bool truncated = false;
  bool filled = false;   // the fourth channel is the decoder's own, for DecodeOptions.rgba: 255 everywhere
  bool in_room = false;  // opaque pixels went to RoomFor(), bitmap is empty
};

// Where DecodeOptions.room wants the pixels, if nothing is left to be done with them; else null.
uint8_t* RoomFor(const Header& header, image::Size size, const DecodeOptions& options);

// LimitExceeded, naming the limit, when a picture of these sides is too large; Corruption when it has none.
Status CheckCanvas(uint64_t width, uint64_t height, const Limits& limits);

// MergeExif without the limit on the block's size: reads tags of a whole TIFF file, bounded by number and depth.
bool MergeExifOfFile(ByteView tiff, const Limits& limits, Metadata& metadata, uint8_t* orientation);

// A deflate stream never grows by more than this factor (zlib's technical notes); used to refuse a claim of pixels that
// the file has no bytes for.
inline constexpr uint64_t kDeflateGrowthMax = 1032;

inline std::unexpected<Error> Corrupt(std::string message) {
  return Fail(ErrorCode::kCorruption, std::move(message));
}

}  // namespace likeness::codec
