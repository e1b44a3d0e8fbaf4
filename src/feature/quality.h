// How good a file is as a keeper. Stateless; thread-safe.
//
// - sharpness: variance of the 4-neighbour Laplacian of the working luma. Compares copies of one picture; between
//   different pictures it says little.
// - contrast: standard deviation of the working luma.
// - upscale_ratio: power spectrum of short runs of full-size luma along both axes; the highest frequency at which the
//   spectrum still follows the fall that natural pictures have, as a share of the highest the size allows. An enlarged
//   picture has nothing above what it was enlarged from. On photos: sharp ones 1; enlarged twice, bilinear to Lanczos,
//   with or without JPEG 90: median 0.42 to 0.48, nine of ten under 0.6; enlarged four times: 0.25. A photo that was
//   soft at its own size reads as enlarged too: the ratio ranks copies of one picture, it does not accuse.
// - jpeg_quality is the decoder's.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// `working` is WorkingLuma(bitmap). upscale_ratio tells about the size of `bitmap`: give it the full-size picture; for
// a reduced one it is 1 or nearly so.
Quality ComputeQuality(const image::Bitmap& bitmap, const image::Bitmap& working, uint8_t jpeg_quality);
Quality ComputeQuality(const image::Bitmap& bitmap, uint8_t jpeg_quality);

// Too little in the picture to be told from others: flat or nearly flat, or fewer than kLocalPointsMin keypoints.
inline constexpr float kFlatContrast = 3.0f;
bool IsLowInformation(const Quality& quality, size_t keypoints);
inline bool IsLowInformation(const Features& features) {
  return IsLowInformation(features.quality, features.local.keypoints.size());
}

}  // namespace likeness::feature
