// Two picture files compared pixel by pixel: decoded in workers at full size, laid over each other, and what comes of
// it in one answer. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer/pair_json.h"
#include "compare/difference_picture.h"
#include "compare/fidelity.h"
#include "compare/regions.h"
#include "engine/analyzer.h"
#include "engine/picture_alignment.h"

namespace likeness::engine {

struct DifferenceRequest {
  compare::DifferenceRules rules;
  std::vector<compare::Box> ignored_boxes;
  // A picture file of the size of a or of the canvas: what compare::MaskOf takes of it is left out. Empty: none.
  Bytes mask;
  bool scale = false;  // b to the size of a
  // b is laid over a where it shows the same, and only what both show is compared, at the scale of the coarser one.
  bool align = false;
  size_t regions_max = 100;
  bool fidelity = false;  // SSIM, MS-SSIM, PSNR
  std::optional<compare::PictureOptions> picture;
  int preview_side = 0;  // over 0: previews with a longer side of at most this, the picture among them
};

// How long each frame of a picture that blinks is shown.
inline constexpr int kBlinkMs = 600;

struct PictureDifference {
  codec::ImageInfo info_a, info_b;
  bool asked_to_align = false;
  std::optional<LaidPictures> aligned;  // without the pictures; absent where they do not come together
  compare::Difference difference;
  std::vector<compare::ChangedRegion> regions;  // heaviest first
  size_t regions_found = 0;
  // Absent where it was not asked for, the pictures are of unequal size, or they were aligned and share a part only.
  std::optional<compare::Fidelity> fidelity;
  std::vector<image::Bitmap> picture;  // if it was asked for: one frame, or the two that blink
  image::Bitmap preview_a, preview_b;  // likewise
  // What a person should know: that only a first frame was compared, that a file is cut short, ...
  std::vector<std::string> notes;
  double decode_ms = 0, compare_ms = 0;

  bool equal() const { return difference.different == 0; }
  // Pixels that the share is of: the canvas, or what both show where they were aligned.
  uint64_t compared() const { return aligned ? aligned->laid.overlap : difference.pixels(); }
  // The same for whoever tells it.
  answer::FoundDifference found() const;
};

// Boxes and mask are in pixels of a, also when it is compared at a smaller scale.
// Errors: those of sandbox::Pool::Decode, said of "a", "b" or "the mask" (the file's name is the caller's to add);
// InvalidArgument when the mask is of another size.
Result<PictureDifference> CompareFiles(const Analyzer& analyzer, ByteView a, ByteView b,
                                       const DifferenceRequest& request);

}  // namespace likeness::engine
