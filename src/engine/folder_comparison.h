// The pictures of two folders compared by their names: what tests against approved pictures need. Thread-safe.
#pragma once

#include <filesystem>
#include <functional>

#include "engine/picture_difference.h"

namespace likeness::engine {

enum class PairStatus : uint8_t { kEqual, kDifferent, kOnlyA, kOnlyB, kFailed };
std::string_view Name(PairStatus status);  // "only_a"

struct FolderPair {
  std::string name;  // relative to both folders
  PairStatus status = PairStatus::kFailed;
  std::optional<PictureDifference> difference;  // kEqual and kDifferent
  std::optional<Error> error;                   // kFailed
};

struct FolderRequest {
  std::filesystem::path folder_a, folder_b;
  DifferenceRequest difference;
  std::filesystem::path report;  // an HTML file; empty: none
};

struct FolderSummary {
  uint64_t pairs = 0;  // names that both folders have
  uint64_t equal = 0, different = 0, only_a = 0, only_b = 0, failed = 0;
  double took_ms = 0;
};

// Pairs come in the order of their names. Errors of one pair are that pair's.
Result<FolderSummary> CompareFolders(const Analyzer& analyzer, const FolderRequest& request, const CancelFlag& cancel,
                                     const std::function<void(const FolderPair&)>& on_pair);

}  // namespace likeness::engine
