#include "feature/structure.h"

#include <algorithm>

#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {

// A side shorter than 64 is repeated pixel by pixel: averaging needs at least one pixel for each cell.
Structure ComputeStructure(const image::Bitmap& bitmap) {
  image::Size size{std::min(bitmap.width, kStructureSide), std::min(bitmap.height, kStructureSide)};
  image::Bitmap reduced = image::ToLuma(image::ResizeArea(bitmap, size.width, size.height));
  Structure out;
  for (int y = 0; y < kStructureSide; ++y) {
    for (int x = 0; x < kStructureSide; ++x) {
      out[y * kStructureSide + x] = reduced.row(y * size.height / kStructureSide)[x * size.width / kStructureSide];
    }
  }
  return out;
}

}  // namespace likeness::feature
