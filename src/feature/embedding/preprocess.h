// A picture to what an image network takes: fitted to its size, and its numbers scaled. Pure, thread-safe.
#pragma once

#include <array>
#include <span>

#include "image/bitmap.h"

namespace likeness::feature {

struct ImageInput {
  enum class Fit : uint8_t {
    kShortSide,  // resize so that the short side is resize_side, then cut the middle out
    kSquash,     // resize to a square of resize_side whatever the shape, then cut the middle out
    kLetterbox,  // resize to fit in, top left, the rest filled
  };
  enum class Filter : uint8_t {
    kBilinear,  // over the area of a target pixel
    kBicubic,   // the same, a = -0.5
    kLinear,    // between the two nearest pixels, however much smaller it gets
  };
  int width = 224, height = 224;
  Fit fit = Fit::kShortSide;
  int resize_side = 224;
  Filter filter = Filter::kBicubic;
  bool bgr = false;
  // value = (sample * scale - mean) / deviation, channels in the order they are given in.
  float scale = 1.0f / 255;
  std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};
  float fill = 114;  // the sample around a letterboxed picture
};

// How a point of the picture comes to lie in the input: x' = x * scale_x + offset_x.
struct Placement {
  double scale_x = 1, scale_y = 1, offset_x = 0, offset_y = 0;
};

// Fills out[3 * height * width], planes one after the other. Transparent parts lie on white.
// REQUIRES: bitmap is not empty. Time grows with the bitmap: give a preview, not 24 megapixels.
Placement FillImageInput(const image::Bitmap& bitmap, const ImageInput& spec, std::span<float> out);

}  // namespace likeness::feature
