// What the page asks of a comparison, as one line of text: words "key=value" apart by spaces, in any order. Pure.
//
//   rules=less threshold=0.1 fit=align boxes=0,0,200,40/10,500,64,64 mask=1 regions=100 fidelity=1
//   style=flat colour=ff00ff opacity=0.3
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "compare/difference_picture.h"

namespace likeness::browser {

// How b is laid over a.
enum class Fit : uint8_t {
  kOriginal,  // both at the top left, in their own pixels
  kScale,     // b stretched to the size of a
  kAlign      // b moved, turned and scaled to where it shows the same as a
};

struct Options {
  compare::DifferenceRules rules;  // of the preset "nothing"
  Fit fit = Fit::kOriginal;
  std::vector<compare::Box> ignored_boxes;  // in pixels of a
  bool mask = false;                        // the session's mask is used
  size_t regions_max = 100;
  bool fidelity = false;
  compare::PictureOptions picture;
};

// Nothing for a key or a value that is none.
std::optional<Options> ReadOptions(std::string_view text);

}  // namespace likeness::browser
