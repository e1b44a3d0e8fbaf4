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

bool Unfilter(const uint8_t* rows, image::Size size, int in, int out, uint8_t* pixels) {
  const auto count = size_t(size.width);
  const size_t from_bytes = count * size_t(in) + 1, to_bytes = count * size_t(out);
  const std::vector<uint8_t> nothing(to_bytes + kSlack);
  const auto row = [&](int y) {
    uint8_t* to = pixels + size_t(y) * to_bytes;
    return simd::PngRow{rows + size_t(y) * from_bytes + 1, y > 0 ? to - to_bytes : nothing.data(), to};
  };
  for (int y = 0; y < size.height; ++y) {
    const uint8_t filter = rows[size_t(y) * from_bytes];
    if (filter >= simd::kPngFilters) return false;
    if (filter == simd::kPngPaeth && y + 1 < size.height && rows[size_t(y + 1) * from_bytes] == simd::kPngPaeth) {
      simd::PngUnfilterTwo(in, out, row(y), row(y + 1), count);
      ++y;
    } else {
      simd::PngUnfilter(static_cast<simd::PngFilter>(filter), in, out, row(y), count);
    }
  }
  return true;
}

}  // namespace

bool DecodePngWhole(std::span<const ByteView> data, image::Size size, int in, int out, uint8_t* pixels) {
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
  const size_t rows_bytes = (size_t(size.width) * size_t(in) + 1) * size_t(size.height);
  const std::unique_ptr<uint8_t[]> rows(new uint8_t[rows_bytes + kSlack]);
  const std::unique_ptr<libdeflate_decompressor, DecompressorFree> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor || libdeflate_zlib_decompress(decompressor.get(), stream.data(), stream.size(), rows.get(),
                                                  rows_bytes, nullptr) != LIBDEFLATE_SUCCESS)
    return false;
  return Unfilter(rows.get(), size, in, out, pixels);
}

uint32_t PngChecksum(ByteView bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace likeness::codec
