#include "engine/tag_rules.h"

#include <set>

#include "base/fold.h"

namespace likeness::engine {

TagRules::TagRules(const std::vector<catalog::TagRule>& rules) {
  for (const catalog::TagRule& rule : rules) {
    const std::string name = FoldText(rule.name), target = FoldText(rule.target);
    found_by_.emplace(target, name);
    if (rule.kind == catalog::TagRuleKind::kAlias) found_by_.emplace(name, target);
  }
}

std::vector<std::string> TagRules::Expand(std::string_view name) const {
  constexpr size_t kNamesMax = 10'000;
  std::vector<std::string> names{FoldText(name)};
  std::set<std::string> known(names.begin(), names.end());
  for (size_t i = 0; i < names.size() && names.size() < kNamesMax; ++i) {
    auto [begin, end] = found_by_.equal_range(names[i]);
    for (auto at = begin; at != end; ++at)
      if (known.insert(at->second).second) names.push_back(at->second);
  }
  return names;
}

}  // namespace likeness::engine
