// Two decoded pictures laid over each other, when one shows the other or a part of it: by their points and structure
// for a first guess, then to a fraction of a pixel (compare/align.h).
#pragma once

#include <optional>
#include <string>

#include "compare/align.h"

namespace likeness::engine {

struct LaidPictures {
  compare::Alignment alignment;
  compare::Placement placement;
  compare::LaidOver laid;
};

// Nothing when they do not come together.
std::optional<LaidPictures> LayPictures(const compare::PixelView& a, const compare::PixelView& b,
                                        const compare::Spread& spread);

// "b shows 48 % of a, at 0.94 times the size, turned by 4.0 degrees": what was done to a so that b came of it.
std::string DescribePlacement(const compare::Placement& placement, const compare::Tone& tone);

}  // namespace likeness::engine
