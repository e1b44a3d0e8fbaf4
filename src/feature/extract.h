// From pixels to features: all of them. Each function is pure, deterministic and thread-safe, and documented with its
// source in its own header.
//
// Analysing one picture: reduce once, hand the result on.
//   working = WorkingLuma(bitmap)
//   local   = ComputeLocal(working, original); structure = ComputeStructure(working)
//   quality = ComputeQuality(bitmap, working, jpeg_quality)
//   low_information = IsLowInformation(features)
//   layout  = ComputeColourLayout(bitmap or a reduced form); absent where colour is empty
// phash, PDQ, colour and the pixel hash take the full-size bitmap: the first two read a fixed number of its pixels and
// cost the same for any size. What a mirrored query needs follows without pixels: ComputePhashVariants, MirrorLocal.
#pragma once

#include "feature/colour.h"
#include "feature/colour_layout.h"
#include "feature/local.h"
#include "feature/pdq.h"
#include "feature/phash.h"
#include "feature/pixel_hash.h"
#include "feature/quality.h"
#include "feature/structure.h"
#include "feature/types.h"
#include "feature/working.h"

namespace likeness::feature {

inline constexpr int kReducedSide = 1440;  // of the picture that all but hashes and histogram are computed from

struct Extracted {
  Features features;
  HashVariants phash_variants;
};
// All features of a picture that is in memory, at full size as it was decoded, but the hash of its pixels and its JPEG
// quality. Those of files are made in workers, stage by stage (sandbox/analysis.h), and are the same.
Extracted ExtractFeatures(const image::Bitmap& given);

}  // namespace likeness::feature
