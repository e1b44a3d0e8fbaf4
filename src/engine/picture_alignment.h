// Two decoded pictures laid over each other, when one shows the other or a part of it: by their points and structure
// for a first guess, then to a fraction of a pixel (compare/align.h).
#pragma once

#include <optional>

#include "compare/align.h"

namespace likeness::engine {

struct LaidPictures {
  compare::Alignment alignment;
  compare::Placement placement;
  compare::LaidOver laid;
};

// Nothing when they do not come together, or have nothing to do with each other.
std::optional<LaidPictures> LayPictures(const compare::PixelView& a, const compare::PixelView& b,
                                        const compare::Spread& spread);

}  // namespace likeness::engine
