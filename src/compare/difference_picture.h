// A difference as a picture. Pure and thread-safe.
#pragma once

#include <array>
#include <string_view>

#include "compare/difference.h"

namespace likeness::compare {

enum class PictureStyle : uint8_t {
  kFlat,               // pixels that differ in one colour, the others as in a
  kMovement,           // those of b that differ, half tinted
  kFlatIntensity,      // one colour, the more opaque the farther the colours are from each other
  kMovementIntensity,  // those of b, the more tinted the farther
  kOnly,               // those of b on nothing
  kGrey,               // one colour on a pale grey a, smoothed edges in yellow
  kSideBySide,         // a, b and the flat picture in a row
  kBlink               // a, then b: BlinkFrames
};
struct PictureOptions {
  PictureStyle style = PictureStyle::kFlat;
  std::array<uint8_t, 3> colour = {255, 0, 255};
  double opacity = 1;  // of what is equal, 0..1
};
inline constexpr std::string_view kPictureStyles[] = {"flat", "movement", "flat-intensity", "movement-intensity",
                                                      "only", "grey",     "side-by-side",   "blink"};

// Four channels, of the canvas' size; three times as wide and two gaps of kGap for kSideBySide.
// REQUIRES: `difference` is of a and b; the style is not kBlink.
image::Bitmap DrawDifference(const PixelView& a, const PixelView& b, const Difference& difference,
                             const PictureOptions& options);
inline constexpr int kGap = 2;

// Both on the canvas of both, four channels, nothing where a picture does not reach.
std::array<image::Bitmap, 2> BlinkFrames(const PixelView& a, const PixelView& b);

}  // namespace likeness::compare
