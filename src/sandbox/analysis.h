// Everything that needs the pixels of one file, computed in one go inside a worker: facts, metadata, features,
// thumbnails, placeholder. Analyze is the pure function a worker runs; the wire form is what crosses the border back,
// and its reader trusts nothing.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "codec/decode.h"
#include "codec/metadata.h"
#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::sandbox {

// What to compute. A query needs no thumbnails and no full-size decode; an import needs all.
struct AnalyzeOptions {
  codec::FormatSet formats = codec::DefaultFormats();
  bool pixel_hash = true;  // needs the full-size decode
  bool thumbnails = true;
  bool local = true;
  bool metadata = true;
  // Nothing but info and phash: for baseline JPEG without a full decode, from the file's own luma (the hash may differ
  // by a bit or two from that of decoded colour).
  bool phash_only = false;
};

struct Analysis {
  codec::ImageInfo info;
  codec::Metadata metadata;
  feature::Features features;
  feature::HashVariants phash_variants;   // of this picture, for queries; [0] == features.phash
  feature::LocalFeatures local_mirrored;  // of the mirrored picture, in its own coordinates, for queries
  Bytes thumbnail;                        // JPEG, longest side at most kThumbnailSide
  Bytes preview;                          // JPEG, longest side at most kPreviewSide; empty if the thumbnail is it
  Bytes placeholder;                      // ThumbHash, at most 25 bytes
  Bytes stripped;                         // the file without its metadata, of Pool::Strip only
  // CPU microseconds by stage.
  uint32_t decode_us = 0, hash_us = 0, colour_us = 0, local_us = 0, thumbnail_us = 0;
};
inline constexpr int kThumbnailSide = 480;
inline constexpr int kPreviewSide = 1440;

Result<Analysis> Analyze(ByteView file, const Limits& limits, const AnalyzeOptions& options);

Bytes Serialize(const Result<Analysis>& analysis);
// Corruption when the bytes are not exactly what Serialize makes, or a value is out of its range.
Result<Analysis> Deserialize(ByteView bytes);

}  // namespace likeness::sandbox
