// The points of the original's crop search (akaze of 2021): OpenCV's AKAZE with threshold 0, 4 quadrants of 64 by
// response, at most 3 within 40 px, points on the midlines dropped, pictures over 9 megapixels reduced.
#pragma once

#include <opencv2/core.hpp>
#include <string>

namespace likeness::bench {

// Takes some 500 ms a megapixel, most of a run; so the points are kept on disk by the picture's pixels. Thread-safe.
class OriginalAkaze {
 public:
  // `folder` is made if it is not there; empty: nothing is kept.
  explicit OriginalAkaze(std::string folder);

  // One row of 61 bytes a point.
  cv::Mat Points(const cv::Mat& bgr) const;

 private:
  std::string folder_;
};

}  // namespace likeness::bench
