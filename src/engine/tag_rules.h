// What else a tag stands for in a search: other names of it, and tags that imply it. Pictures keep the tags that they
// were given. Immutable; pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"

namespace likeness::engine {

class TagRules {
 public:
  TagRules() = default;
  explicit TagRules(const std::vector<catalog::TagRule>& rules);

  // Folded names whose pictures a search for `name` finds; the folded name itself first. Cycles do no harm; at most
  // 10,000 names.
  std::vector<std::string> Expand(std::string_view name) const;

 private:
  std::multimap<std::string, std::string> found_by_;  // folded: who is looked for, and who counts as well
};

}  // namespace likeness::engine
