#include <algorithm>
#include <array>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

// In the order of VerdictKind.
constexpr std::array<std::string_view, 10> kNames{"none",    "exact",   "pixel_equal", "same_picture", "mirrored",
                                                  "rotated", "part_of", "contains",    "edited",       "similar"};

}  // namespace

std::string_view Name(VerdictKind kind) {
  return kNames[size_t(kind)];
}

VerdictKind VerdictFromName(std::string_view name) {
  auto found = std::ranges::find(kNames, name);
  return found == kNames.end() ? VerdictKind::kNone : VerdictKind(found - kNames.begin());
}

bool IsDuplicate(VerdictKind kind) {
  return kind != VerdictKind::kNone && kind != VerdictKind::kSimilar;
}

}  // namespace likeness::dedupe
