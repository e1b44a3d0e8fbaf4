// The battery: what people do to pictures, each with its strength in the name. Seeded: the same photo, transform and
// seed give the same query.
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
  std::function<cv::Mat(const cv::Mat& photo, cv::RNG& random, const Extras& extras)> apply;
};

// 8-bit BGR in and out.
std::vector<Transform> Battery();

}  // namespace likeness::bench
