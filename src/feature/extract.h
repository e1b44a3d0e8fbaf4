// From pixels to features. Each function is pure and documented with its source; all are deterministic. OpenCV lives
// behind local.cc only.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// 256-bit DCT hash: luma as OpenCV computes it, resized to 64x64 with bilinear point sampling (OpenCV INTER_LINEAR),
// unnormalised DCT-II along both axes, the top-left 16x16 coefficients with DC, bit = coefficient > their median,
// row-major, most significant bit first. Variants are hashes of the mirrored and rotated 64x64 luma.
Hash256 ComputePhash(const image::Bitmap& bitmap);
HashVariants ComputePhashVariants(const image::Bitmap& bitmap);

// PDQ (Facebook, "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", 2019).
PdqHash ComputePdq(const image::Bitmap& bitmap);

// Share of the pixels in each of 16x16x16 RGB bins. Wholly transparent pixels do not count.
ColourHistogram ComputeColour(const image::Bitmap& bitmap);
// L1 distance, 0..2*kColourTotal.
uint32_t ColourDistance(const ColourHistogram& a, const ColourHistogram& b);

// Up to kLocalPointsMax AKAZE keypoints (Alcantarilla 2013; MLDB, threshold 0) of a picture, chosen by response: a
// quarter of them from each quadrant, at most 3 within 40 px of working size. `original` is the size the coordinates
// are reported in. Works on an area-reduced luma of at most kLocalPixels pixels.
inline constexpr int kLocalPixels = 500'000;
LocalFeatures ComputeLocal(const image::Bitmap& bitmap, image::Size original);
// The features that the left-right mirrored picture would have, from those of the picture itself where the descriptor
// allows it, in the mirrored picture's coordinates.
LocalFeatures ComputeLocalMirrored(const image::Bitmap& bitmap, image::Size original);

Structure ComputeStructure(const image::Bitmap& bitmap);
Quality ComputeQuality(const image::Bitmap& bitmap, uint8_t jpeg_quality);
std::array<uint8_t, 16> ComputePixelHash(const image::Bitmap& full_size);

}  // namespace likeness::feature
