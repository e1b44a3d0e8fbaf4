// Text as people see it in documents and on screens: real letters of the DejaVu fonts, for look-alikes.
#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <string>

namespace likeness::bench {

enum class Font { kSans, kSansBold, kSerif, kMono };

// Single-threaded.
class Pen {
 public:
  // REQUIRES: `folder` holds the DejaVu fonts; the program ends with a message where it does not.
  explicit Pen(const std::string& folder);
  ~Pen();

  // ASCII, its base line starting at `at`, `size` pixels high. Returns where it ends.
  int Write(cv::Mat& picture, const std::string& text, cv::Point at, double size, cv::Scalar bgr,
            Font font = Font::kSans);

 private:
  struct Faces;
  std::unique_ptr<Faces> faces_;
};

}  // namespace likeness::bench
