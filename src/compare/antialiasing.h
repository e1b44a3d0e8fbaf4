// Whether a pixel that differs is a smoothed edge. Internal to the comparison of pixels. Thread-safe.
#pragma once

#include "compare/colour_distance.h"

namespace likeness::compare {

class AntialiasingDetector {
 public:
  // The pictures and the rules outlive the detector.
  AntialiasingDetector(const PixelView& a, const PixelView& b, const DifferenceRules& rules)
      : a_(a), b_(b), rules_(rules) {}

  // REQUIRES: (x, y) is a pixel of both pictures.
  bool IsSlope(int x, int y) const { return IsSlopeIn(a_, b_, x, y) || IsSlopeIn(b_, a_, x, y); }
  bool IsContrast(int x, int y) const { return IsContrastIn(a_, x, y) || IsContrastIn(b_, x, y); }

  // Tells for whole rows where IsSlope may be true: where one neighbour is among equals in each picture, and in a few
  // places where that cannot be known cheaply.
  class Filter;

 private:
  bool IsSlopeIn(const PixelView& picture, const PixelView& other, int x, int y) const;
  bool IsContrastIn(const PixelView& picture, int x, int y) const;
  double BrightnessStep(const uint8_t* from, const uint8_t* to, size_t place) const;

  const PixelView &a_, &b_;
  const DifferenceRules& rules_;
};

// Single-threaded: rows are asked for in ascending order.
class AntialiasingDetector::Filter {
 public:
  Filter(const PixelView& a, const PixelView& b);

  // Clears the bits of candidates in row y that cannot be slopes.
  void Keep(int y, uint64_t* candidates);

 private:
  // Pixels of a row, in the part that both pictures have, that are among equals in a and in b: known for the words
  // first <= word < last, the others are zero.
  struct Row {
    int y = -1;
    size_t first = 0, last = 0;
    std::vector<uint64_t> in_a, in_b;
  };
  const Row& At(int y, size_t first, size_t last);
  void Look(const PixelView& view, int y, size_t first, size_t last, std::vector<uint64_t>& bits) const;

  const PixelView &a_, &b_;
  const image::Size common_;
  const size_t words_;
  Row rows_[3];
  std::vector<uint64_t> near_a_, near_b_;
};

}  // namespace likeness::compare
