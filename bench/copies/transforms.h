// The battery: what people do to pictures, each with its strength in the name. Seeded: the same photo, transform and
// seed give the same query. Each transform is in one of two sets: rules and indexes may be tuned on one (and on the
// tuning half of the photos); the other is for the report only. Tuning has a sibling of nearly every one of the report,
// at another strength or in another layout.
#pragma once

#include <functional>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

namespace likeness::bench {

// Photos to mix in; none of them is a reference.
struct Extras {
  std::vector<cv::Mat> strangers;
};

struct Transform {
  std::string name;
  std::string group;  // "whole", "part", "combination"
  bool tuning;        // else for the report
  std::function<cv::Mat(const cv::Mat& photo, cv::RNG& random, const Extras& extras)> apply;
};

// 8-bit BGR in and out.
std::vector<Transform> Battery();

}  // namespace likeness::bench
