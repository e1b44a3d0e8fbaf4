#include "answer/sentences.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace likeness::answer {

std::string Describe(const FoundDifference& found) {
  const compare::Difference& d = found.difference;
  const bool sizes_differ = d.size_a != d.size_b;
  if (found.alignment != nullptr && found.equal()) return "Nothing differs where both show the same.";
  if (sizes_differ && found.equal()) return "Nothing differs, but the sizes do.";
  if (found.equal()) return "The pictures are equal.";
  std::string out = fmt::format("{:.2f} % of the pixels differ", found.percent());
  if (found.percent() < 0.005) out = fmt::format("{} of {} pixels differ", d.different, found.compared);
  if (!found.regions.empty())
    out += fmt::format(", in {} {}", found.regions_found, found.regions_found == 1 ? "region" : "regions");
  if (sizes_differ) out += ", and the sizes do";
  return out + ".";
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
  std::string out = "b ";
  for (size_t i = 0; i < parts.size(); ++i) out += (i > 0 ? ", " : "") + parts[i];
  return out;
}

}  // namespace likeness::answer
