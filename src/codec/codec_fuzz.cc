// Any bytes through the header, the decoder and the metadata readers. Limits are small so that a run stays quick; the
// formats that are off by default are left to their own projects' fuzzers.
#include <cstdlib>

#include "codec/decode.h"
#include "codec/metadata.h"

using namespace likeness;  // NOLINT

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(data, size);
  codec::DecodeOptions options;
  options.limits.decode_pixels_max = 1'000'000;
  options.limits.decode_bytes_max = 16 << 20;
  options.limits.decode_side_max = 20'000;
  options.limits.jpeg_scans_max = 20;
  const auto header = codec::ReadHeader(bytes, options);
  const auto decoded = codec::Decode(bytes, options);
  if (decoded) {
    const image::Bitmap& bitmap = decoded->bitmap;
    Require(header.has_value());
    Require(bitmap.pixels.size() == bitmap.row_bytes() * size_t(bitmap.height));
    Require(uint32_t(bitmap.width) == decoded->info.width && uint32_t(bitmap.height) == decoded->info.height);
    Require(decoded->metadata.keywords.size() <= options.limits.tags_max);
    options.side_min = 16;
    Require(codec::Decode(bytes, options).has_value());
  }
  codec::Metadata metadata;
  uint8_t orientation = 0;
  codec::MergeExif(bytes, options.limits, metadata, &orientation);
  codec::MergeIptc(bytes, options.limits, metadata);
  codec::MergeXmp(bytes, options.limits, metadata);
  Require(orientation <= 8);
  return 0;
}
