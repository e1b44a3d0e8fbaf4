#include "codec/png_whole.h"

#include <libdeflate.h>

#include <memory>
#include <vector>

#include "simd/kernels.h"

namespace likeness::codec {
namespace {

struct DecompressorFree {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

constexpr size_t kSlack = 8;  // the kernels read up to 4 bytes at a pixel of 3

bool Unfilter(const uint8_t* rows, int channels, image::Bitmap& bitmap) {
  const std::vector<uint8_t> nothing(bitmap.row_bytes() + kSlack);
  const size_t row_bytes = size_t(bitmap.width) * size_t(channels) + 1;
  const auto count = size_t(bitmap.width);
  const auto row = [&](int y) {
    return simd::PngRow{rows + size_t(y) * row_bytes + 1, y > 0 ? bitmap.row(y - 1) : nothing.data(), bitmap.row(y)};
  };
  for (int y = 0; y < bitmap.height; ++y) {
    const uint8_t filter = rows[size_t(y) * row_bytes];
    if (filter >= simd::kPngFilters) return false;
    if (filter == simd::kPngPaeth && y + 1 < bitmap.height && rows[size_t(y + 1) * row_bytes] == simd::kPngPaeth) {
      simd::PngUnfilterTwo(channels, bitmap.channels, row(y), row(y + 1), count);
      ++y;
    } else {
      simd::PngUnfilter(static_cast<simd::PngFilter>(filter), channels, bitmap.channels, row(y), count);
    }
  }
  return true;
}

}  // namespace

bool DecodePngWhole(std::span<const ByteView> data, int channels, image::Bitmap& bitmap) {
  Bytes joined;
  ByteView stream;
  if (data.size() == 1) {
    stream = data.front();
  } else {
    size_t total = 0;
    for (ByteView part : data) total += part.size();
    joined.reserve(total);
    for (ByteView part : data) joined.insert(joined.end(), part.begin(), part.end());
    stream = joined;
  }
  const size_t rows_bytes = (size_t(bitmap.width) * size_t(channels) + 1) * size_t(bitmap.height);
  const std::unique_ptr<uint8_t[]> rows(new uint8_t[rows_bytes + kSlack]);
  const std::unique_ptr<libdeflate_decompressor, DecompressorFree> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor || libdeflate_zlib_decompress(decompressor.get(), stream.data(), stream.size(), rows.get(),
                                                  rows_bytes, nullptr) != LIBDEFLATE_SUCCESS)
    return false;
  return Unfilter(rows.get(), channels, bitmap);
}

uint32_t PngChecksum(ByteView bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace likeness::codec
