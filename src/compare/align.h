// Lays one photo over another to a fraction of a pixel, so that what is left is what was done to the picture: a crop, a
// size, a turn, a mirror, a perspective, an exposure are taken out. Pure, nothing thrown; thread-safe.
//
//   alignment = AlignBySignals(a, b, Compare(features of a, features of b));
//   laid = LayOver(a, b, alignment);                             -> two pictures of one size, and where both are
//   difference = ComputeDifference(laid.a, laid.b, rules, laid.outside);
//
// Refinement: a homography by inverse composition (Baker and Matthews, "Lucas-Kanade 20 years on", 2004) over the
// strongest edge of each small cell, coarse to fine, with Tukey's weights, so that what was added or replaced does not
// pull; gain and offset of the luma are fitted along.
#pragma once

#include <array>
#include <optional>

#include "compare/difference.h"
#include "compare/pixels.h"
#include "compare/signals.h"
#include "image/transform.h"

namespace likeness::compare {

// What takes b's samples to a's, by channel: exposure and white balance.
struct Tone {
  std::array<float, 3> gain = {1, 1, 1}, offset = {0, 0, 0};
};

struct Alignment {
  image::Homography b_from_a;  // pixels of both as they were given
  Tone tone;
  double correlation = 0;  // of luma at the edges that agree, -1..1
  double agreeing = 0;     // share of the edges in the overlap that agree, 0..1
};

// `a_from_b`: right to about a hundredth of the longer side. Nothing when the pictures do not come together from there.
// Looks at most at 2048 pixels of the longer side.
std::optional<Alignment> RefineAlignment(const PixelView& a, const PixelView& b, const image::Affine& a_from_b);

// From where the signals lay them, else from one frame on the other. `signals`: of a as the query.
std::optional<Alignment> AlignBySignals(const PixelView& a, const PixelView& b, const PairSignals& signals);

// What the alignment says was done to a so that b came of it.
struct Placement {
  image::Quad a_in_b{}, b_in_a{};  // the corners of one picture in the other's pixels; may lie outside
  double scale = 1;                // b's pixels for one of a's, at the middle of a
  double rotation_degrees = 0;     // clockwise, after the mirror
  bool mirrored = false;
  double perspective = 0;             // how far a corner is from where an affine map would have it, share of the side
  double a_shared = 0, b_shared = 0;  // share of each picture's area that the other shows too
};
Placement Place(image::Size a, image::Size b, const image::Homography& b_from_a);

// Both at the scale of the coarser one, in the frame of a, b with a's tone.
struct LaidOver {
  image::Bitmap a, b;    // RGBA, of one size
  double scale = 1;      // their pixels for one of a's, at most 1
  Ignored outside;       // where only a is
  uint64_t overlap = 0;  // pixels where both are
};
LaidOver LayOver(const PixelView& a, const PixelView& b, const Alignment& alignment, const Spread& spread = SpreadNot);
// What is left out of a, in its own pixels, and what lies outside of b, in the frame.
Ignored IgnoredInFrame(const LaidOver& laid, const Ignored& of_a);

}  // namespace likeness::compare
