// Local features: AKAZE keypoints (Alcantarilla, Nuevo, Bartoli: "Fast Explicit Diffusion for Accelerated Features in
// Nonlinear Scale Spaces", BMVC 2013) with the full 486-bit M-LDB descriptor, spread over the picture. OpenCV lives
// behind local.cc only. Stateless; thread-safe.
//
// Computed on the working luma (working.h; hand that in to save reducing twice) and reported in pixels of the original.
// Chosen by response, strongest first: kLocalPointsMax / 4 from each quadrant, at most 3 within 40 px of working size.
#pragma once

#include "feature/types.h"
#include "feature/working.h"
#include "image/bitmap.h"

namespace likeness::feature {

// `original` is the size the coordinates are reported in. A picture too small or too flat has no features.
LocalFeatures ComputeLocal(const image::Bitmap& bitmap, image::Size original);

// The features of the left-right mirrored picture, in its own coordinates.
LocalFeatures ComputeLocalMirrored(const image::Bitmap& bitmap, image::Size original);

}  // namespace likeness::feature
