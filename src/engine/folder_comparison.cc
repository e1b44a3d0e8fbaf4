#include "engine/folder_comparison.h"

#include <chrono>
#include <map>

#include "base/files.h"
#include "base/threads.h"
#include "engine/difference_report.h"

namespace likeness::engine {
namespace {

constexpr int kPreviewSide = 640;

struct Names {
  std::filesystem::path a, b;  // empty: not there
};

// Whatever is called as a picture in one folder, with its namesake in the other.
Result<std::map<std::string, Names>> PairNames(const Analyzer& analyzer, const FolderRequest& request) {
  std::map<std::string, Names> names;
  for (const auto& [folder, member] :
       {std::pair{&request.folder_a, &Names::a}, std::pair{&request.folder_b, &Names::b}}) {
    if (std::error_code error; !std::filesystem::is_directory(*folder, error))
      return Fail(ErrorCode::kNotFound, folder->string() + " is no folder", "name two folders, or two files");
    uint64_t ignored = 0;
    LK_ASSIGN(const std::vector<std::filesystem::path> files, analyzer.FindPictures({folder->string()}, &ignored));
    for (const std::filesystem::path& file : files) names[file.lexically_relative(*folder).string()].*member = file;
  }
  // A file that no longer looks like a picture is a failure, not a missing one.
  for (auto& [name, files] : names)
    for (const auto& [folder, member] :
         {std::pair{&request.folder_a, &Names::a}, std::pair{&request.folder_b, &Names::b}}) {
      std::error_code error;
      if ((files.*member).empty() && std::filesystem::is_regular_file(*folder / name, error))
        files.*member = *folder / name;
    }
  return names;
}

FolderPair ComparePair(const Analyzer& analyzer, const std::string& name, const Names& files,
                       const DifferenceRequest& request) {
  FolderPair pair;
  pair.name = name;
  if (files.a.empty() || files.b.empty()) {
    pair.status = files.a.empty() ? PairStatus::kOnlyB : PairStatus::kOnlyA;
    return pair;
  }
  const auto compared = [&]() -> Result<PictureDifference> {
    const uint64_t bytes_max = analyzer.options().limits.file_bytes_max;
    LK_ASSIGN(const Bytes a, ReadFile(files.a, bytes_max));
    LK_ASSIGN(const Bytes b, ReadFile(files.b, bytes_max));
    return CompareFiles(analyzer, a, b, request);
  };
  Result<PictureDifference> difference = compared();
  if (!difference) {
    pair.error = difference.error();
    return pair;
  }
  const bool same_sizes = difference->difference.size_a == difference->difference.size_b;
  pair.status = difference->equal() && same_sizes ? PairStatus::kEqual : PairStatus::kDifferent;
  pair.difference = std::move(*difference);
  return pair;
}

void Count(PairStatus status, FolderSummary& summary) {
  summary.pairs += status != PairStatus::kOnlyA && status != PairStatus::kOnlyB;
  summary.equal += status == PairStatus::kEqual;
  summary.different += status == PairStatus::kDifferent;
  summary.only_a += status == PairStatus::kOnlyA;
  summary.only_b += status == PairStatus::kOnlyB;
  summary.failed += status == PairStatus::kFailed;
}

}  // namespace

std::string_view Name(PairStatus status) {
  constexpr std::string_view kNames[] = {"equal", "different", "only_a", "only_b", "failed"};
  return kNames[static_cast<size_t>(status)];
}

Result<FolderSummary> CompareFolders(const Analyzer& analyzer, const FolderRequest& request, const CancelFlag& cancel,
                                     const std::function<void(const FolderPair&)>& on_pair) {
  const auto start = std::chrono::steady_clock::now();
  LK_ASSIGN(const auto names, PairNames(analyzer, request));
  DifferenceRequest difference = request.difference;
  if (!request.report.empty()) {
    difference.preview_side = kPreviewSide;
    if (!difference.picture) difference.picture = {.style = compare::PictureStyle::kGrey, .colour = {230, 0, 80}};
  }
  DifferenceReport report(request.folder_a.string(), request.folder_b.string());
  FolderSummary summary;
  // A few at a time: the next block starts when the last of the block before is done.
  const size_t threads = std::max<size_t>(1, analyzer.pool().stats().workers);
  for (auto it = names.begin(); it != names.end() && !cancel.cancelled();) {
    std::vector<decltype(it)> block;
    for (; it != names.end() && block.size() < threads; ++it) block.push_back(it);
    std::vector<FolderPair> pairs(block.size());
    ParallelFor(block.size(), threads, nullptr,
                [&](size_t i) { pairs[i] = ComparePair(analyzer, block[i]->first, block[i]->second, difference); });
    for (const FolderPair& pair : pairs) {
      Count(pair.status, summary);
      on_pair(pair);
      if (!request.report.empty()) report.Add(pair);
    }
  }
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  summary.took_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (!request.report.empty()) {
    LK_TRY(WriteFileAtomically(request.report, AsBytes(report.Finish(summary))));
  }
  return summary;
}

}  // namespace likeness::engine
