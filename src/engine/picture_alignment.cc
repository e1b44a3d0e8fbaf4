#include "engine/picture_alignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "feature/extract.h"

namespace likeness::engine {
std::optional<LaidPictures> LayPictures(const compare::PixelView& a, const compare::PixelView& b,
                                        const compare::Spread& spread) {
  feature::Extracted extracted[2];
  spread(2, [&](size_t i) { extracted[i] = feature::ExtractFeatures(compare::BitmapOf(i == 0 ? a : b)); });
  const compare::QueryFeatures query{extracted[0].features, extracted[0].phash_variants,
                                     feature::MirrorLocal(extracted[0].features.local, a.size)};
  const auto alignment = compare::AlignBySignals(a, b, compare::Compare(query, extracted[1].features));
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
