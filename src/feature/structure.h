// The picture squashed to 64x64 luma by area averaging: where two aligned pictures differ. Stateless; thread-safe.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// The working luma (working.h) will do: the result is the same within rounding. REQUIRES: the bitmap is not empty.
Structure ComputeStructure(const image::Bitmap& bitmap);

}  // namespace likeness::feature
