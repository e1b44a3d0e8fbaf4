// The report of a comparison of folders: one HTML file that needs nothing else, light and dark. Single-threaded.
#pragma once

#include <string>
#include <vector>

#include "engine/folder_comparison.h"

namespace likeness::engine {

class DifferenceReport {
 public:
  DifferenceReport(std::string name_a, std::string name_b) : name_a_(std::move(name_a)), name_b_(std::move(name_b)) {}

  // Of kDifferent the previews and the picture are shown.
  void Add(const FolderPair& pair);
  std::string Finish(const FolderSummary& summary) const;

 private:
  const std::string name_a_, name_b_;
  std::string entries_;
  std::vector<std::string> equal_names_;
};

}  // namespace likeness::engine
