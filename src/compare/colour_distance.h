// Whether two colours differ under a rule: exactly for one pair, and for rows of them by kernels that leave the few
// close decisions to the exact form. Internal to the comparison of pixels. Thread-safe.
#pragma once

#include "compare/difference.h"
#include "simd/types.h"

namespace likeness::compare {

class ColourRule {
 public:
  explicit ColourRule(const DifferenceRules& rules);

  // `place`: the pixel's number in picture a, row by row, which chooses the backdrop.
  bool Differ(const uint8_t* a, const uint8_t* b, size_t place) const;
  // Bits of the pixels that differ, of `count` beginning at `place`; `scratch` has room for as many words.
  void DifferRow(const uint8_t* a, const uint8_t* b, size_t count, size_t place, uint64_t* differ,
                 uint64_t* scratch) const;

  // By brightness and alpha alone, whatever the metric.
  bool BrightnessDiffers(const uint8_t* a, const uint8_t* b) const;

 private:
  bool YiqDiffers(const uint8_t* a, const uint8_t* b, size_t place) const;
  bool OklabDiffers(const uint8_t* a, const uint8_t* b, size_t place) const;

  const DifferenceRules rules_;
  double yiq_max_ = 0;
  int64_t fixed_max_ = 0;
  simd::ColourForm form_{};
  simd::OklabBand band_{};
};

// The brightness of a pixel as the detectors of smoothed edges see it.
double Luma(const uint8_t* pixel);        // 0.29889531 R + ..., of YIQ
double Brightness(const uint8_t* pixel);  // 0.3 R + 0.59 G + 0.11 B

// The backdrop of a pixel.
struct Backing {
  int red = 255, green = 255, blue = 255;
};
Backing BackingAt(Backdrop backdrop, size_t place);

}  // namespace likeness::compare
