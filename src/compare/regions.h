// The pixels that differ, gathered into boxes a person can look at one by one: what happened in each, and how much.
// Pure and thread-safe.
#pragma once

#include "compare/difference.h"

namespace likeness::compare {

enum class ChangeKind : uint8_t {
  kAdded,       // on the ground of the surroundings, or on calmer content
  kRemoved,     // the other way round
  kMoved,       // the same content stands elsewhere: `from` says where it was
  kRecoloured,  // the same shapes in other colours, lighter or darker
  kEdited       // anything else
};
const char* Name(ChangeKind kind);  // "added", ...

struct ChangedRegion {
  Box box;                 // on the canvas; of kMoved: where it is in b
  Box from;                // of kMoved: where it was in a
  uint64_t different = 0;  // pixels in the boxes
  double severity = 0;     // mean distance of the colours of pixels that differ, 0..1: 1 is black against white
  ChangeKind kind = ChangeKind::kEdited;
};

// Pixels that lie nearer to each other than about 1/64 of the longer side (8 to 128 pixels) share a box. The heaviest
// regions come first (severity times pixels), at most `count_max`; `*found` is how many there are.
std::vector<ChangedRegion> FindRegions(const PixelView& a, const PixelView& b, const Difference& difference,
                                       size_t count_max, size_t* found);

}  // namespace likeness::compare
