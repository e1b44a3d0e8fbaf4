#include "image/orientation.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace likeness::image {

namespace {

template <int kChannels>
void MirrorRow(uint8_t* row, int width) {
  for (int left = 0, right = width - 1; left < right; ++left, --right) {
    for (int c = 0; c < kChannels; ++c) std::swap(row[left * kChannels + c], row[right * kChannels + c]);
  }
}

void MirrorInPlace(Bitmap& bitmap) {
  for (int y = 0; y < bitmap.height; ++y) {
    switch (bitmap.channels) {
      case 1:
        std::reverse(bitmap.row(y), bitmap.row(y) + bitmap.width);
        break;
      case 3:
        MirrorRow<3>(bitmap.row(y), bitmap.width);
        break;
      default:
        MirrorRow<4>(bitmap.row(y), bitmap.width);
        break;
    }
  }
}

void FlipInPlace(Bitmap& bitmap) {
  for (int top = 0, bottom = bitmap.height - 1; top < bottom; ++top, --bottom) {
    std::swap_ranges(bitmap.row(top), bitmap.row(top) + bitmap.row_bytes(), bitmap.row(bottom));
  }
}

// `rows` rows of `width` pixels become `width` runs of `rows` pixels. REQUIRES: so few rows that a cache line of each
// stays in the first cache.
template <int kChannels>
void TransposeBand(const uint8_t* in, size_t width, size_t rows, uint8_t* out) {
  for (size_t x = 0; x < width; ++x) {
    const uint8_t* from = in + x * kChannels;
    for (size_t y = 0; y < rows; ++y, out += kChannels, from += width * kChannels) std::memcpy(out, from, kChannels);
  }
}

// A matrix of `rows` x `columns` elements of `size` bytes is transposed in place along the cycles of that permutation.
void TransposeElements(uint8_t* data, size_t rows, size_t columns, size_t size) {
  if (rows < 2 || columns < 2) return;
  std::vector<bool> done(rows * columns);
  Bytes held(size);
  for (size_t start = 0; start < done.size(); ++start) {
    if (done[start]) continue;
    std::memcpy(held.data(), data + start * size, size);
    size_t hole = start;
    for (;;) {
      done[hole] = true;
      const size_t source = hole % rows * columns + hole / rows;
      if (source == start) break;
      std::memcpy(data + hole * size, data + source * size, size);
      hole = source;
    }
    std::memcpy(data + hole * size, held.data(), size);
  }
}

// In place but for one band of rows: a picture at the limits leaves no room for its double.
//
//     stored          bands transposed      runs transposed       rest put at the rows' ends
//     a b c d         aA bB cC dD           aA eE                 aAeE i
//     A B C D         eE fF gG hH           bB fF                 bBfF j
//     e f g h         i j k l (aside)       cC gG                 cCgG k
//     E F G H                               dD hH                 dDhH l
//     i j k l
template <int kChannels>
void TransposeInPlace(Bitmap& bitmap) {
  constexpr size_t kBandRows = 64;
  const auto width = static_cast<size_t>(bitmap.width), height = static_cast<size_t>(bitmap.height);
  const size_t bands = height / kBandRows, rest_rows = height % kBandRows;
  const size_t run_bytes = kBandRows * kChannels, rest_bytes = rest_rows * kChannels;
  uint8_t* data = bitmap.pixels.data();

  Bytes band(width * (bands > 0 ? run_bytes : 0));
  for (size_t i = 0; i < bands; ++i) {
    uint8_t* at = data + i * band.size();
    TransposeBand<kChannels>(at, width, kBandRows, band.data());
    std::memcpy(at, band.data(), band.size());
  }
  Bytes rest = std::move(band);
  rest.resize(width * rest_bytes);
  TransposeBand<kChannels>(data + bands * width * run_bytes, width, rest_rows, rest.data());
  TransposeElements(data, bands, width, run_bytes);
  if (rest_rows > 0) {
    for (size_t x = width; x-- > 0;) {
      uint8_t* row = data + x * height * kChannels;
      std::memmove(row, data + x * bands * run_bytes, bands * run_bytes);
      std::memcpy(row + bands * run_bytes, rest.data() + x * rest_bytes, rest_bytes);
    }
  }
  std::swap(bitmap.width, bitmap.height);
}

void Transpose(Bitmap& bitmap) {
  switch (bitmap.channels) {
    case 1:
      TransposeInPlace<1>(bitmap);
      break;
    case 3:
      TransposeInPlace<3>(bitmap);
      break;
    default:
      TransposeInPlace<4>(bitmap);
      break;
  }
}

}  // namespace

Orientation OrientationFromExif(unsigned value) {
  return value >= 1 && value <= 8 ? static_cast<Orientation>(value) : Orientation::kUpright;
}

bool SwapsSides(Orientation orientation) {
  return orientation >= Orientation::kTransposed;
}

Size UprightSize(Size stored, Orientation orientation) {
  return SwapsSides(orientation) ? Size{stored.height, stored.width} : stored;
}

Bitmap Apply(Orientation orientation, Bitmap bitmap) {
  if (SwapsSides(orientation)) Transpose(bitmap);
  // After the transposition: 5 = done, 6 = mirrored, 7 = both, 8 = flipped.
  switch (orientation) {
    case Orientation::kMirrored:
    case Orientation::kRotated90:
      MirrorInPlace(bitmap);
      break;
    case Orientation::kFlipped:
    case Orientation::kRotated270:
      FlipInPlace(bitmap);
      break;
    case Orientation::kRotated180:
    case Orientation::kTransversed:
      MirrorInPlace(bitmap);
      FlipInPlace(bitmap);
      break;
    case Orientation::kUpright:
    case Orientation::kTransposed:
      break;
  }
  return bitmap;
}

}  // namespace likeness::image
