// The 256-bit DCT hash of the first service this project replaces: luma (image/colour.h), resized to 64x64 with
// bilinear point sampling, unnormalised DCT-II along both axes, the top-left 16x16 coefficients with DC, bit =
// coefficient > their median, row-major, most significant bit first. Stateless; thread-safe.
//
// Choices:
// - Luma is OpenCV's RGB to grey of the decoded, upright sRGB pixels. A program that decodes a JPEG straight to grey
// uses
//   the file's own Y instead; the hashes differ in a bit or two.
// - The resize equals cv::resize(INTER_LINEAR) on 8-bit samples bit for bit, 11-bit coefficients and roundings
// included.
//   It reads at most 128 x 128 pixels however large the picture is.
// - Coefficients below 1e-6 count as zero, so that a flat or symmetric picture has one hash and not the noise of the
// sums.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

inline constexpr int kPhashSide = 64;
// The 64x64 luma that is hashed, row-major.
using PhashLuma = std::array<uint8_t, kPhashSide * kPhashSide>;

// What the resize reads of a picture: two columns (rows) for each of 64, ascending from 128 pixels on. With the luma at
// their crossings alone the hash can be computed: a decoder may leave out the rest.
std::vector<int> PhashColumns(int width);
std::vector<int> PhashRows(int height);
// `crossings` is one channel, 128x128; `size` that of the whole picture.
PhashLuma ComputePhashLuma(const image::Bitmap& crossings, image::Size size);

// REQUIRES (all): the bitmap is not empty.
PhashLuma ComputePhashLuma(const image::Bitmap& bitmap);
Hash256 ComputePhash(const image::Bitmap& bitmap);
Hash256 ComputePhash(const PhashLuma& luma);

// Hashes of the mirrored and rotated 64x64 luma, indexed by Orientation8; [kUpright] == ComputePhash. They come from
// one DCT: mirroring negates the odd columns of coefficients, turning transposes them.
HashVariants ComputePhashVariants(const image::Bitmap& bitmap);
HashVariants ComputePhashVariants(const PhashLuma& luma);

std::string_view Name(Orientation8 orientation);  // "mirrored_rotated90"

}  // namespace likeness::feature
