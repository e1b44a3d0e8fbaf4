// Analyzer::FindDuplicates: the pair finder over files of folders, with indexes of its own that live as long as the
// call.

#include <algorithm>
#include <map>
#include <mutex>

#include "base/checksum.h"
#include "base/files.h"
#include "base/text.h"
#include "engine/analyzer.h"
#include "engine/feature_spill.h"
#include "engine/image_facts.h"
#include "engine/pair_finder.h"
#include "engine/picture_files.h"
#include "engine/progress_meter.h"
#include "engine/query_record.h"

namespace likeness::engine {
namespace {

struct FileEntry {
  bool analysed = false;
  Sha256 sha256{};
  FeatureSpill::Slot slot;
  MemberFacts facts;
};

// What one call knows. Files are numbered from 1 in the order of their names.
struct FolderJob {
  const Analyzer* analyzer = nullptr;
  std::vector<std::filesystem::path> paths;
  std::vector<FileEntry> entries;
  IndexSet indexes;
  std::unique_ptr<FeatureSpill> spill;
  std::mutex mutex;
  std::vector<ImportOutcome> failures;

  Status Analyse(size_t i) {
    sandbox::AnalyzeOptions options;
    options.thumbnails = false;
    LK_ASSIGN(AnalyzedFile file, analyzer->AnalyzeFile(paths[i], options));
    compare::QueryFeatures query = MakeQuery(file.analysis);
    FileEntry& entry = entries[i];
    LK_ASSIGN(entry.slot, spill->Append(query));
    entry.sha256 = file.sha256;
    DuplicateMember& member = entry.facts.member;
    member.path = file.path;
    member.name = CleanFileName(file.path, analyzer->options().limits.name_bytes_max);
    member.width = file.analysis.info.width;
    member.height = file.analysis.info.height;
    member.size_bytes = file.size_bytes;
    member.format = codec::Name(file.analysis.info.format);
    member.quality = query.features.quality;
    entry.facts.metadata_fields = CountMetadataFields(file.analysis.metadata);
    indexes.Add(ImageId{i + 1}, query.features);
    entry.analysed = true;
    return {};
  }

  void AnalyseOrNote(size_t i) {
    Status status = Analyse(i);
    if (status.has_value()) return;
    ImportOutcome outcome;
    outcome.path = paths[i].string();
    outcome.status = IsRejection(status.error()) ? ImportStatus::kRejected : ImportStatus::kFailed;
    outcome.error = status.error();
    std::lock_guard lock(mutex);
    failures.push_back(std::move(outcome));
  }
};

}  // namespace

Result<Analyzer::FolderDuplicates> Analyzer::FindDuplicates(
    const std::vector<std::string>& paths, const CancelFlag& cancel,
    const std::function<void(const ImportProgress&)>& progress) const {
  FolderJob job;
  job.analyzer = this;
  LK_ASSIGN(job.paths, FindPictures(paths, nullptr));
  // A file named twice, or inside a named folder, is one file.
  for (std::filesystem::path& path : job.paths) path = path.lexically_normal();
  std::sort(job.paths.begin(), job.paths.end());
  job.paths.erase(std::unique(job.paths.begin(), job.paths.end()), job.paths.end());
  job.entries.resize(job.paths.size());
  LK_ASSIGN(job.spill, FeatureSpill::Open());

  ProgressMeter meter(job.paths.size(), progress);
  size_t threads = std::max<size_t>(1, pool().stats().workers);
  ParallelFor(job.paths.size(), threads + 1, &cancel, [&](size_t i) {
    job.AnalyseOrNote(i);
    meter.Add(1, job.entries[i].facts.member.size_bytes, job.entries[i].analysed ? 0 : 1);
  });

  PairSearch search;
  search.indexes = &job.indexes;
  search.threads = threads;
  search.rules = options().rules;
  std::map<Sha256, size_t> first_of;
  for (size_t i = 0; i < job.entries.size(); ++i) {
    if (!job.entries[i].analysed) continue;
    search.ids.push_back(ImageId{i + 1});
    auto [first, fresh] = first_of.try_emplace(job.entries[i].sha256, i);
    if (!fresh) search.known.push_back({first->second + 1, i + 1});
  }
  search.load = [&](ImageId id) { return job.spill->Read(job.entries[id.value - 1].slot); };
  search.same_bytes = [&](ImageId a, ImageId b) {
    return job.entries[a.value - 1].sha256 == job.entries[b.value - 1].sha256;
  };
  LK_ASSIGN(std::vector<FoundPair> pairs, FindPairs(search, cancel, nullptr));

  FolderDuplicates result;
  result.files = job.paths.size();
  result.failures = std::move(job.failures);
  std::sort(result.failures.begin(), result.failures.end(),
            [](const ImportOutcome& a, const ImportOutcome& b) { return a.path < b.path; });
  result.groups =
      BuildGroups(pairs, {}, [&](ImageId id) -> Result<MemberFacts> { return job.entries[id.value - 1].facts; });
  meter.Finish();
  return result;
}

}  // namespace likeness::engine
