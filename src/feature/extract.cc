#include "feature/extract.h"

#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {

Extracted ExtractFeatures(const image::Bitmap& given) {
  Extracted out;
  Features& features = out.features;
  const image::Size size{given.width, given.height};
  features.width = static_cast<uint32_t>(size.width);
  features.height = static_cast<uint32_t>(size.height);
  features.colour = ComputeColour(given);
  const image::Bitmap shown = image::FlattenToShow(given);
  const int sides[] = {kReducedSide};
  const image::Bitmap reduced = image::Cascade(shown, sides).front();
  if (!features.colour.empty()) features.layout = ComputeColourLayout(reduced);
  out.phash_variants = ComputePhashVariants(shown);
  features.phash = out.phash_variants[0];
  features.pdq = ComputePdq(shown);
  const image::Bitmap working = WorkingLuma(reduced);
  features.structure = ComputeStructure(working);
  features.quality = ComputeQuality(shown, working, 0);
  features.local = ComputeLocal(working, size);
  features.low_information = IsLowInformation(features);
  return out;
}

}  // namespace likeness::feature
