#include "codec/png_whole.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace likeness::codec {
namespace {

enum Filter : uint8_t { kNone, kSub, kUp, kAverage, kPaeth, kFilters };

struct DecompressorFree {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

// PNG specification, 9.4.
inline uint8_t Paeth(int left, int up, int corner) {
  const int by_left = std::abs(up - corner), by_up = std::abs(left - corner), by_corner = std::abs(left + up - 2 * corner);
  const int nearer = by_up < by_left ? up : left;
  return static_cast<uint8_t>(by_corner < std::min(by_left, by_up) ? corner : nearer);
}

// The filters depend on the pixel to the left, one after the other; several channels go side by side.
template <int channels>
void UnfilterRow(uint8_t filter, const uint8_t* from, const uint8_t* above, size_t bytes, uint8_t* to) {
  constexpr size_t step = channels;
  switch (filter) {
    case kNone:
      std::memcpy(to, from, bytes);
      return;
    case kUp:
      for (size_t i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(from[i] + above[i]);
      return;
    default:
      break;
  }
  uint8_t left[step] = {}, corner[step] = {};
  for (size_t i = 0; i < bytes; i += step) {
    for (size_t c = 0; c < step; ++c) {
      const int up = above[i + c];
      int guess = 0;
      if (filter == kSub)
        guess = left[c];
      else if (filter == kAverage)
        guess = (left[c] + up) / 2;
      else
        guess = Paeth(left[c], up, corner[c]);
      left[c] = static_cast<uint8_t>(from[i + c] + guess);
      corner[c] = static_cast<uint8_t>(up);
      to[i + c] = left[c];
    }
  }
}

template <int channels>
bool Unfilter(const uint8_t* rows, image::Bitmap& bitmap) {
  const size_t bytes = bitmap.row_bytes();
  const std::vector<uint8_t> nothing(bytes);
  for (int y = 0; y < bitmap.height; ++y, rows += bytes + 1) {
    const uint8_t filter = rows[0];
    if (filter >= kFilters) return false;
    const uint8_t* above = y > 0 ? bitmap.row(y - 1) : nothing.data();
    // One loop a filter: the choice is made once a row.
    switch (filter) {
      case kSub:
        UnfilterRow<channels>(kSub, rows + 1, above, bytes, bitmap.row(y));
        break;
      case kAverage:
        UnfilterRow<channels>(kAverage, rows + 1, above, bytes, bitmap.row(y));
        break;
      case kPaeth:
        UnfilterRow<channels>(kPaeth, rows + 1, above, bytes, bitmap.row(y));
        break;
      default:
        UnfilterRow<channels>(filter, rows + 1, above, bytes, bitmap.row(y));
    }
  }
  return true;
}

}  // namespace

bool DecodePngWhole(std::span<const ByteView> data, image::Bitmap& bitmap) {
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
  const size_t rows_bytes = (bitmap.row_bytes() + 1) * size_t(bitmap.height);
  const std::unique_ptr<uint8_t[]> rows(new uint8_t[rows_bytes]);
  const std::unique_ptr<libdeflate_decompressor, DecompressorFree> decompressor(libdeflate_alloc_decompressor());
  if (!decompressor || libdeflate_zlib_decompress(decompressor.get(), stream.data(), stream.size(), rows.get(),
                                                  rows_bytes, nullptr) != LIBDEFLATE_SUCCESS)
    return false;
  switch (bitmap.channels) {
    case 1:
      return Unfilter<1>(rows.get(), bitmap);
    case 3:
      return Unfilter<3>(rows.get(), bitmap);
    case 4:
      return Unfilter<4>(rows.get(), bitmap);
    default:
      return false;
  }
}

uint32_t PngChecksum(ByteView bytes) {
  return libdeflate_crc32(0, bytes.data(), bytes.size());
}

}  // namespace likeness::codec
