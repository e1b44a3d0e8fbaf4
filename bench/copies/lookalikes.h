// Pictures that are no copies of each other but look alike: second frames of a scene, documents of one letterhead,
// screens of one application, textures, repeated patterns, charts, codes. Seeded: the same family, seed and photo give
// the same pictures.
#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "copies/pen.h"

namespace likeness::bench {

// One set: pictures of which none is a copy of another. `photo` is empty for families that need none.
using MakeSet = std::function<std::vector<cv::Mat>(Pen& pen, cv::RNG& random, const cv::Mat& photo)>;

struct LookalikeFamily {
  std::string group;  // "bursts", "documents", ...
  std::string name;
  // What the rules may say. kNoCopy: no duplicate of any kind. kEdit: one picture under different texts is an edited
  // copy. kOpen: nothing in the pictures tells a second frame from a copy; shown, not counted.
  // kCopy: a page and what became of it: every pair is a copy, so that strictness has its price shown.
  enum class Truth { kNoCopy, kEdit, kOpen, kCopy } truth = Truth::kNoCopy;
  bool of_photo = false;
  MakeSet make;
};

std::vector<LookalikeFamily> LookalikeFamilies();

}  // namespace likeness::bench
