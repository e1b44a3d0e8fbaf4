// Local features: AKAZE keypoints (Alcantarilla, Nuevo, Bartoli: "Fast Explicit Diffusion for Accelerated Features in
// Nonlinear Scale Spaces", BMVC 2013) with the full 486-bit M-LDB descriptor, spread over the picture. Our
// own scale space (scale_space.h). Stateless; thread-safe.
//
// Computed on the working luma (working.h; hand that in to save reducing twice) and reported in pixels of the original.
// Chosen by response, strongest first: the leading ones, kLocalLeadingMax / 4 from each quadrant, at most 3 within 40 px of
// working size (less in a picture that is smaller than a working one: a crop needs as many points); then others up to
// kLocalPointsMax / 4 from each quadrant, at most 6 within that distance.
#pragma once

#include "feature/types.h"
#include "feature/working.h"
#include "image/bitmap.h"

namespace likeness::feature {

// `original` is the size the coordinates are reported in. A picture too small or too flat has no features.
LocalFeatures ComputeLocal(const image::Bitmap& bitmap, image::Size original);

// The features that the left-right mirrored picture would have, from those of the picture: positions and angles are
// mirrored, and each descriptor bit, which compares two cells of a grid, is taken from the bit that compares the
// mirrored cells (inverted where that swaps the two, or where the compared derivative changes sign). The sampling grid is
// symmetric, so these are the descriptors that would be extracted, but for rounding. `original` as in ComputeLocal.
// Mirroring twice gives back the same features.
LocalFeatures MirrorLocal(const LocalFeatures& local, image::Size original);

}  // namespace likeness::feature
