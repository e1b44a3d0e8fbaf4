// Two pictures that somebody looks at, and what was found out about them so far. Dear things (features, the alignment,
// the scaled picture) are computed once, when they are first asked for. Knows no files and no network: this is what
// runs in a browser. Single-threaded.
//
//   pixels = session.Picture(0, width, height);   R, G, B and straight alpha go there; likewise 1
//   session.Compare(options)                      where they differ, as JSON
//   session.Draw(picture_options)                 the same as a picture
//   session.Judge()                               what they are to each other, as JSON
#pragma once

#include <array>
#include <optional>
#include <string>

#include "browser/options.h"
#include "compare/align.h"
#include "compare/fidelity.h"
#include "compare/regions.h"
#include "dedupe/verdict.h"

namespace likeness::browser {

class Session {
 public:
  // Room for the pixels of one side, 0 or 1; what was known of the pair is forgotten. REQUIRES: width, height >= 1
  uint8_t* Picture(int side, int width, int height);

  // Room for a mask (compare::MaskOf), in the same form; it stays when pictures change.
  uint8_t* Mask(int width, int height);
  // Once after Mask: reads what was put there, and paints it: a striped veil where something is left out, nothing
  // elsewhere.
  const image::Bitmap& PaintMask();

  // REQUIRES of the following: both pictures are there.

  // The difference under the options, a JSON object (answer/pair_json.h). With Fit::kAlign, where the pictures do not
  // come together, they are compared as with Fit::kOriginal and the answer says "aligned": false. A mask that does not
  // fit (compare::MaskFits) is not used, and the answer says "masked": false.
  std::string Compare(const Options& options);
  // Of the last Compare, which must have been.
  const image::Bitmap& Draw(const compare::PictureOptions& options);
  // What was compared last, in one frame. Side 0 is a.
  compare::PixelView Laid(int side) const { return laid_[side]; }

  // The verdict with its signals and the similarity, likewise.
  std::string Judge();

 private:
  const dedupe::Verdict& Verdict();
  const compare::Alignment* Alignment();
  void LayFor(Fit fit);

  image::Bitmap given_[2];
  image::Bitmap mask_picture_;
  compare::BitPlane mask_;
  std::optional<dedupe::Verdict> verdict_;
  bool alignment_tried_ = false;
  std::optional<compare::Alignment> alignment_;
  std::optional<compare::LaidOver> laid_over_;
  std::optional<image::Bitmap> scaled_;
  std::array<compare::PixelView, 2> laid_;
  std::optional<compare::Difference> difference_;
  image::Bitmap drawn_;
};

}  // namespace likeness::browser
