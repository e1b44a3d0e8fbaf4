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

  // Bits of row y where IsSlope may be true: those of whose neighbours one is among equals in each picture. A few where
  // it cannot be known cheaply are set, too. `candidates` and `out` have `words` words.
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
  // Pixels of a row, in the part that both pictures have, that are among equals in a and in b.
  struct Row {
    int y = -1;
    std::vector<uint64_t> in_a, in_b;
  };
  const Row& At(int y);

  const PixelView &a_, &b_;
  const image::Size common_;
  const size_t words_;
  Row rows_[3];
  std::vector<uint64_t> near_a_, near_b_;
};

}  // namespace likeness::compare
