// Which colours are where: the picture squashed to 64x64 averaged pixels and divided into 4x4 blocks, each described by
// its luma and its two colour differences. Coarse and soft on purpose: shared by copies with other brightness,
// saturation or compression, where 16x16x16 bins differ. Stateless; thread-safe; integers only, so the same on every
// processor.
#pragma once

#include "feature/types.h"
#include "image/bitmap.h"

namespace likeness::feature {

// The shares of a block, each axis 85 in all, rounded by largest remainder (ties to the lower bin):
//   0..5    luma            nodes at 20, 63, 106, 149, 192, 235
//   6..10   0.5625 (B - Y)  nodes at -24, -12, 0, 12, 24
//   11..15  0.7148 (R - Y)  likewise
// A pixel counts for the two nodes it lies between, by nearness; beyond the last node for that alone.
// REQUIRES: the bitmap is not empty and has no alpha (1 or 3 channels).
ColourLayout ComputeColourLayout(const image::Bitmap& bitmap);

// That of the picture mirrored left-right.
ColourLayout MirrorColourLayout(const ColourLayout& layout);

// L1 distance, 0..2*kLayoutTotal.
uint32_t ColourLayoutDistance(const ColourLayout& a, const ColourLayout& b);

}  // namespace likeness::feature
