// The reduced luma that local features, structure and sharpness are computed from. Reduce once and hand the result to
// each of them: a picture that is small enough and grey is taken as it is. Stateless; thread-safe.
#pragma once

#include "image/bitmap.h"

namespace likeness::feature {

// Most pixels of the working picture.
inline constexpr int kLocalPixels = 500'000;

// The largest size with at most kLocalPixels pixels and the proportions of `size`; `size` itself if that is small
// enough.
image::Size WorkingSize(image::Size size);
// One channel, area-averaged to WorkingSize. REQUIRES: the bitmap is not empty.
image::Bitmap WorkingLuma(const image::Bitmap& bitmap);

}  // namespace likeness::feature
