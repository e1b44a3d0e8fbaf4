#include "engine/picture_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "compare/signals.h"
#include "feature/extract.h"
#include "image/resize.h"

namespace likeness::engine {
namespace {

// Points and structure are made of half a megapixel; more than this many pixels a side only cost time.
constexpr int kFeatureSide = 2048;

feature::Features FeaturesOf(const compare::PixelView& view) {
  image::Bitmap bitmap(view.size.width, view.size.height, 4);
  std::memcpy(bitmap.pixels.data(), view.pixels, bitmap.pixels.size());
  const image::Size size = image::FitLongestSide(view.size, kFeatureSide);
  if (size != view.size) bitmap = image::ResizeArea(bitmap, size.width, size.height);
  feature::Features features;
  features.width = static_cast<uint32_t>(view.size.width);
  features.height = static_cast<uint32_t>(view.size.height);
  features.phash = feature::ComputePhash(bitmap);
  const image::Bitmap working = feature::WorkingLuma(bitmap);
  features.local = feature::ComputeLocal(working, view.size);
  features.structure = feature::ComputeStructure(working);
  features.quality = feature::ComputeQuality(bitmap, working, 0);
  features.low_information = feature::IsLowInformation(features);
  features.colour = feature::ComputeColour(bitmap);
  return features;
}

feature::HashVariants VariantsOf(const compare::PixelView& view) {
  image::Bitmap bitmap(view.size.width, view.size.height, 4);
  std::memcpy(bitmap.pixels.data(), view.pixels, bitmap.pixels.size());
  return feature::ComputePhashVariants(bitmap);
}

}  // namespace

std::optional<LaidPictures> LayPictures(const compare::PixelView& a, const compare::PixelView& b,
                                        const compare::Spread& spread) {
  feature::Features features[2];
  feature::HashVariants variants;
  spread(3, [&](size_t i) {
    if (i < 2)
      features[i] = FeaturesOf(i == 0 ? a : b);
    else
      variants = VariantsOf(a);
  });
  const compare::QueryFeatures query{features[0], variants, feature::MirrorLocal(features[0].local, a.size)};
  const compare::PairSignals signals = compare::Compare(query, features[1]);
  if (signals.aligned_by == compare::AlignedBy::kNothing) return std::nullopt;
  const auto alignment = compare::RefineAlignment(a, b, signals.query_from_match);
  if (!alignment) return std::nullopt;
  LaidPictures out{*alignment, compare::Place(a.size, b.size, alignment->b_from_a), {}};
  out.laid = compare::LayOver(a, b, *alignment, spread);
  if (out.laid.overlap == 0) return std::nullopt;
  return out;
}

std::string DescribePlacement(const compare::Placement& placement, const compare::Tone& tone) {
  constexpr double kWhole = 0.985, kSameScale = 0.005, kTurned = 0.15, kPerspective = 0.004;
  std::vector<std::string> parts;
  if (placement.a_shared < kWhole)
    parts.push_back(fmt::format("shows {:.0f} % of a", 100 * std::min(1.0, placement.a_shared)));
  else
    parts.emplace_back("shows all of a");
  if (placement.b_shared < kWhole)
    parts.push_back(fmt::format("with {:.0f} % of its own around it", 100 * (1 - placement.b_shared)));
  if (std::abs(placement.scale - 1) > kSameScale)
    parts.push_back(fmt::format("at {:.2f} times the size", placement.scale));
  if (placement.mirrored) parts.emplace_back("mirrored");
  if (std::abs(placement.rotation_degrees) > kTurned)
    parts.push_back(fmt::format("turned by {:.1f} degrees", placement.rotation_degrees));
  if (placement.perspective > kPerspective) parts.emplace_back("from another angle");
  // The tone takes b to a: a gain above 1 means that b is the darker one.
  const float gain = (tone.gain[0] + tone.gain[1] + tone.gain[2]) / 3;
  const float middle = (tone.offset[0] + tone.offset[1] + tone.offset[2]) / 3 + 128 * gain - 128;
  constexpr float kTones = 6;
  if (middle > kTones) parts.emplace_back("darker");
  if (middle < -kTones) parts.emplace_back("lighter");
  return fmt::format("b {}", fmt::join(parts, ", "));
}

}  // namespace likeness::engine
