#include "feature/embedding/preprocess.h"

#include <algorithm>
#include <cmath>

#include "image/colour.h"
#include "image/resample.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

image::Bitmap Resized(const image::Bitmap& bitmap, int width, int height, ImageInput::Filter filter) {
  switch (filter) {
    case ImageInput::Filter::kBilinear:
      return image::Resample(bitmap, width, height, image::Filter::kBilinear);
    case ImageInput::Filter::kBicubic:
      return image::Resample(bitmap, width, height, image::Filter::kBicubic);
    default:
      return image::ResizeBilinear(bitmap, width, height);
  }
}

image::Size ResizedSize(const image::Bitmap& bitmap, const ImageInput& spec) {
  const auto scaled = [](int side, double scale) { return std::max(1, static_cast<int>(side * scale)); };
  if (spec.fit == ImageInput::Fit::kSquash) return {spec.resize_side, spec.resize_side};
  if (spec.fit == ImageInput::Fit::kLetterbox) {
    const double scale =
        std::min(static_cast<double>(spec.width) / bitmap.width, static_cast<double>(spec.height) / bitmap.height);
    return {scaled(bitmap.width, scale), scaled(bitmap.height, scale)};
  }
  const int shorter = std::min(bitmap.width, bitmap.height);
  const auto side = [&](int length) {
    // Bounded: of a picture a thousand times as long as wide only the middle is looked at.
    const int64_t wanted = int64_t{spec.resize_side} * length / shorter;
    return static_cast<int>(std::clamp<int64_t>(wanted, 1, 1 << 15));
  };
  return {side(bitmap.width), side(bitmap.height)};
}

}  // namespace

Placement FillImageInput(const image::Bitmap& bitmap, const ImageInput& spec, std::span<float> out) {
  const image::Bitmap* rgb = &bitmap;
  image::Bitmap converted;
  if (bitmap.channels != 3) {
    converted = image::ToRgb(bitmap);
    rgb = &converted;
  }
  const image::Size size = ResizedSize(*rgb, spec);
  const image::Bitmap resized = Resized(*rgb, size.width, size.height, spec.filter);
  const bool letterbox = spec.fit == ImageInput::Fit::kLetterbox;
  const int left = letterbox ? 0 : (size.width - spec.width) / 2, top = letterbox ? 0 : (size.height - spec.height) / 2;
  const size_t plane = static_cast<size_t>(spec.width) * static_cast<size_t>(spec.height);
  for (size_t c = 0; c < 3; ++c) {
    const size_t from = spec.bgr ? 2 - c : c;
    const float scale = spec.scale / spec.deviation[c], shift = -spec.mean[c] / spec.deviation[c];
    float* to = out.data() + c * plane;
    for (int y = 0; y < spec.height; ++y) {
      const int row = y + top;
      for (int x = 0; x < spec.width; ++x) {
        const int column = x + left;
        const bool inside = row >= 0 && row < size.height && column >= 0 && column < size.width;
        const float sample =
            inside ? static_cast<float>(resized.row(row)[static_cast<size_t>(column) * 3 + from]) : spec.fill;
        *to++ = sample * scale + shift;
      }
    }
  }
  return {static_cast<double>(size.width) / bitmap.width, static_cast<double>(size.height) / bitmap.height,
          static_cast<double>(-left), static_cast<double>(-top)};
}

}  // namespace likeness::feature
