// Any bytes through the partial JPEG decoder. Where it and the header walk of the full decoder both take a file, they
// must agree on its size.
#include <algorithm>
#include <cstdlib>
#include <vector>

#include "codec/decode.h"
#include "codec/jpeg_points.h"

using namespace likeness;  // NOLINT

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

// Both ends, and steps that leave some blocks out and meet others twice.
std::vector<int> Spread(int length, int count) {
  std::vector<int> out;
  for (int i = 0; i < count; ++i) out.push_back(static_cast<int>(int64_t{i} * (length - 1) / (count - 1)));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const ByteView bytes(data, size);
  codec::DecodeOptions options;
  options.limits.decode_pixels_max = 1'000'000;
  options.limits.decode_side_max = 20'000;
  const auto stored = codec::JpegPointsSize(bytes, options.limits);
  if (!stored) return 0;
  Require(stored->width > 0 && stored->height > 0);
  Require(uint64_t(stored->width) * uint64_t(stored->height) <= options.limits.decode_pixels_max);
  const auto header = codec::ReadHeader(bytes, options);
  if (header) {
    Require(std::minmax<uint32_t>(header->width, header->height) ==
            std::minmax(uint32_t(stored->width), uint32_t(stored->height)));
  }
  const std::vector<int> columns = Spread(stored->width, 23), rows = Spread(stored->height, 19);
  const auto points = codec::DecodeJpegPoints(bytes, options.limits, columns, rows);
  if (points) Require(points->channels == 1 && points->pixels.size() == columns.size() * rows.size());
  // The first pixel alone needs less of the file.
  const int first[] = {0};
  const auto corner = codec::DecodeJpegPoints(bytes, options.limits, first, first);
  if (points) Require(corner && corner->pixels[0] == points->pixels[0]);
  return 0;
}
