#include "image/orientation.h"

#include <algorithm>
#include <cstring>
#include <utility>

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

// out(x, y) = in(y, x), in tiles so that both sides stay in the cache.
template <int kChannels>
void TransposeInto(const Bitmap& in, Bitmap& out) {
  constexpr int kTile = 32;
  const size_t in_row_bytes = in.row_bytes();
  for (int y0 = 0; y0 < out.height; y0 += kTile) {
    for (int x0 = 0; x0 < out.width; x0 += kTile) {
      const int y1 = std::min(y0 + kTile, out.height), x1 = std::min(x0 + kTile, out.width);
      for (int y = y0; y < y1; ++y) {
        uint8_t* to = out.row(y) + size_t(x0) * kChannels;
        const uint8_t* from = in.row(x0) + size_t(y) * kChannels;
        for (int x = x0; x < x1; ++x, to += kChannels, from += in_row_bytes) std::memcpy(to, from, kChannels);
      }
    }
  }
}

Bitmap Transpose(const Bitmap& in) {
  Bitmap out(in.height, in.width, in.channels);
  switch (in.channels) {
    case 1:
      TransposeInto<1>(in, out);
      break;
    case 3:
      TransposeInto<3>(in, out);
      break;
    default:
      TransposeInto<4>(in, out);
      break;
  }
  return out;
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
  if (SwapsSides(orientation)) bitmap = Transpose(bitmap);
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
