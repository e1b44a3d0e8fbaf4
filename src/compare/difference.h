// Where two pictures differ, pixel by pixel, under rules that a person or a test chooses: which colours count as equal,
// whether smoothed edges count, what is left out. The rules of the tools that people know are presets, which give the
// counts that those give. Pure: no files, no threads of its own, nothing thrown; thread-safe.
//
//   rules = FindPreset("pixelmatch")->rules;   rules.threshold = 0.05;
//   difference = ComputeDifference(a, b, rules, ignored);
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "compare/pixels.h"

namespace likeness::compare {

// What is measured between two colours.
enum class Metric : uint8_t {
  kChannels,    // each channel by itself, against channel_limits
  kBrightness,  // 0.3 R + 0.59 G + 0.11 B against brightness_limit, alpha against channel_limits[3]
  kYiq,         // squared YIQ distance (Kotsarenko and Ramos, "Measuring perceived color difference", 2010) against
                // 35215 threshold^2, which is black against white at a threshold of 1
  kOklab  // |dLr| + sqrt(da^2 + db^2) in OKLab with toe-corrected lightness (Ottosson 2020; HyAB: Abasi et al. 2019)
          // against the threshold; 1 is black against white
};

// What translucent colours lie on when they are compared by kYiq and kOklab.
enum class Backdrop : uint8_t {
  kWhite,
  kPattern,  // one of four colours by the pixel's place: colours that are alike on white alone are told apart
  kHashed    // one of eight, by a hash of the place
};

// Which pixels that differ are taken for smoothed edges and not counted.
enum class Antialiasing : uint8_t {
  kCounted,  // none
  kSlope,    // Vysniauskas, "Anti-aliased Pixel and Intensity Slope Detector" (2009): a pixel between a darker and a
             // brighter neighbour, of which one is part of the same flat area in both pictures
  kSlopes,   // the same, where it may be one neighbour in one picture and the other in the other
  kContrast  // among the neighbours more than one of another hue or of high contrast, or fewer than two equal ones;
             // such a pixel is compared by brightness alone
};

struct DifferenceRules {
  Metric metric = Metric::kChannels;
  uint8_t channel_limits[4] = {};  // R, G, B, alpha: the largest difference that still counts as equal
  double brightness_limit = 0;     // smaller differences count as equal
  double threshold = 0.1;          // 0..1
  Backdrop backdrop = Backdrop::kWhite;
  bool ignore_alpha = false;  // kYiq and kOklab: all pixels count as opaque
  bool fixed_point = false;   // kYiq: 12 binary places
  bool coarse_dark = false;   // kOklab: cube roots of dark colours are interpolated like the others
  Antialiasing antialiasing = Antialiasing::kCounted;
  double contrast_limit = 255;   // kContrast: a brightness difference above it is high
  bool sample_large = false;     // pictures with a side over 1200: every sixth row and column is left out
  bool pad_transparent = false;  // what only one picture has is compared with transparent black, else it differs
};

struct Preset {
  std::string_view name;
  DifferenceRules rules;
};
// "nothing" (the default: every difference counts), "less", "antialiasing", "colours", "alpha": what Resemble.js
// ignores under these names. "resemble" is "less". "pixelmatch" and "odiff" are those tools' defaults; "pixelmatch-5"
// and "pixelmatch-7" are YIQ on white and on a pattern, "pixelmatch-8-preview" is the OKLab of before the release of 8.
std::span<const Preset> Presets();
const Preset* FindPreset(std::string_view name);  // null if there is none

// What is left out. Boxes may reach beyond the pictures. The mask, if it has a size, has that of the canvas.
struct Ignored {
  std::vector<Box> boxes;
  BitPlane mask;
};
// A mask as a person paints it: what is light in it (opaque, at least half of white) is left out. It has the size of the
// first picture or of the canvas, whose top left corner is the first picture.
inline bool MaskFits(image::Size mask, image::Size a, image::Size b) {
  return mask == a || mask == image::Size{std::max(a.width, b.width), std::max(a.height, b.height)};
}
BitPlane MaskOf(const PixelView& picture);
// The same mask where its top left corner is drawn at `scale`; what lies beyond it is not left out.
BitPlane ScaledMask(const BitPlane& mask, double scale, image::Size to);

struct Difference {
  image::Size size_a, size_b;
  image::Size canvas;        // the larger width and the larger height; pictures lie at its top left
  uint64_t different = 0;    // pixels of the canvas
  uint64_t antialiased = 0;  // that differ and are not counted
  uint64_t ignored = 0;
  Box bounds;  // of all different pixels; empty if there are none
  BitPlane different_at, antialiased_at;

  uint64_t pixels() const { return uint64_t(canvas.width) * uint64_t(canvas.height); }
  double percent() const { return pixels() == 0 ? 0 : 100.0 * double(different) / double(pixels()); }
};

// Calls body(i) for 0 <= i < count, in any order, on any threads, and returns when all are done.
using Spread = std::function<void(size_t count, const std::function<void(size_t)>& body)>;
void SpreadNot(size_t count, const std::function<void(size_t)>& body);  // one after the other

// REQUIRES: neither picture is empty.
Difference ComputeDifference(const PixelView& a, const PixelView& b, const DifferenceRules& rules,
                             const Ignored& ignored = {}, const Spread& spread = SpreadNot);

}  // namespace likeness::compare
