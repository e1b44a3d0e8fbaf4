// Where one picture may lie as a part of another, by brightness alone: for plain pictures, whose points say nothing.
// The part is slid over the whole at all sizes at which it fits, upright and mirrored (normalised cross-correlation:
// Lewis, "Fast normalized cross-correlation", 1995), coarsely, and the best places are looked at again more finely.
// Right to about a hundredth of the whole, where it is right: RefineAlignment takes it from there. Deterministic, pure.
// Internal to compare.
#pragma once

#include <vector>

#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct PartGuess {
  image::Affine whole_from_part;  // pixels of both as they were given here
  double correlation = 0;         // -1..1
};

// Luma of both. The best guesses, best first, at most three.
std::vector<PartGuess> SeekPart(const image::Bitmap& whole, const image::Bitmap& part);

}  // namespace likeness::compare
