// Indexes: loaded from derived/index, caught up from the feed, saved.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/log.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFeedPage = 4096;
// An unclean end costs at most the replay of this many changes, or an eighth of the library.
constexpr uint64_t kSaveAfterChanges = 4096;

// Calls visit(index, path) for each of them: a file, or the folder of the index of points.
template <typename Visit>
void ForEachIndex(IndexSet& set, const fs::path& folder, const Visit& visit) {
  visit(set.phash, folder / "phash.idx");
  visit(set.pdq, folder / "pdq.idx");
  visit(set.colour, folder / "colour.idx");
  visit(set.layout, folder / "layout.idx");
  visit(set.local, folder / "local");
}

// The feed sequence that all have seen; 0 when one of them is absent or damaged.
uint64_t LoadAll(IndexSet& set, const fs::path& folder) {
  uint64_t applied = UINT64_MAX;
  ForEachIndex(set, folder, [&](auto& index, const fs::path& path) {
    Result<uint64_t> loaded = index.Load(path);
    if (!loaded.has_value() && loaded.error().code != ErrorCode::kNotFound)
      Log(LogLevel::kWarning, "index_rebuilt", {{"file", path.string()}, {"error", loaded.error().Text()}});
    applied = std::min(applied, loaded.value_or(0));
  });
  return applied;
}

}  // namespace

std::vector<Problem> CheckIndexFiles(const Layout& layout) {
  std::vector<Problem> problems;
  IndexSet set;
  ForEachIndex(set, layout.indexes, [&](auto& index, const fs::path& path) {
    Result<uint64_t> loaded = index.Load(path);
    if (!loaded.has_value() && loaded.error().code != ErrorCode::kNotFound)
      problems.push_back(
          {"index", fmt::format("{}; the next opening makes it again", loaded.error().message), {}, false});
  });
  return problems;
}

std::shared_ptr<IndexSet> Library::Impl::CurrentIndexes() const {
  std::shared_lock guard(derived_mutex);
  return indexes;
}

Result<std::vector<ImageId>> Library::Impl::LiveIds() const {
  LK_ASSIGN(std::vector<catalog::Catalog::LayoutRow> rows, catalog->ListLayout());
  std::vector<ImageId> ids;
  ids.reserve(rows.size());
  for (const catalog::Catalog::LayoutRow& row : rows) ids.push_back({row.id});
  std::sort(ids.begin(), ids.end());
  return ids;
}

Status Library::Impl::FillIndexes(IndexSet& set, const std::vector<ImageId>& ids, const CancelFlag& cancel,
                                  const std::function<void()>& each) {
  std::mutex mutex;
  std::vector<ImageId> unreadable;
  ParallelFor(ids.size(), threads(), &cancel, [&](size_t i) {
    Result<SharedQuery> query = LoadQuery(ids[i]);
    if (query.has_value()) {
      set.Add(ids[i], (*query)->features);
      if (each) each();
    } else {
      std::lock_guard guard(mutex);
      unreadable.push_back(ids[i]);
    }
  });
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  return Rederive(unreadable, cancel, [&](ImageId id, const Result<AnalyzedFile>& file) {
    if (file.has_value()) set.Add(id, file->analysis.features);
    if (each) each();
  });
}

Status Library::Impl::LoadIndexes() {
  auto set = std::make_shared<IndexSet>();
  uint64_t applied = LoadAll(*set, layout.indexes);
  CancelFlag never;
  if (applied == 0 || applied > feed_sequence) {
    set = std::make_shared<IndexSet>();
    LK_ASSIGN(std::vector<ImageId> ids, LiveIds());
    LK_TRY(FillIndexes(*set, ids, never, nullptr));
    index_changes = ids.size();
  } else {
    std::set<ImageId> touched;
    for (uint64_t after = applied;;) {
      LK_ASSIGN(std::vector<catalog::FeedRow> rows, catalog->ReadFeed(after, kFeedPage));
      for (const catalog::FeedRow& row : rows)
        if (row.operation != catalog::FeedOperation::kUpdate) touched.insert(row.image);
      if (rows.size() < kFeedPage) break;
      after = rows.back().sequence;
    }
    std::vector<ImageId> live;
    for (ImageId id : touched) {
      Result<SharedFacts> known = FindFacts(id);
      if (known.has_value() && !(*known)->trashed) {
        live.push_back(id);
      } else {
        set->Remove(id);
      }
    }
    LK_TRY(FillIndexes(*set, live, never, nullptr));
    index_changes = touched.size();
  }
  std::unique_lock guard(derived_mutex);
  indexes = std::move(set);
  return {};
}

Status Library::Impl::SaveIndexes() {
  LK_TRY(MakeDirectories(layout.indexes));
  LK_ASSIGN(catalog::Totals totals, catalog->CountAll());
  Status status;
  ForEachIndex(*CurrentIndexes(), layout.indexes, [&](auto& index, const fs::path& path) {
    if (status.has_value()) status = index.Save(path, totals.feed_sequence);
  });
  if (status.has_value()) index_changes = 0;
  return status;
}

void Library::Impl::SaveIndexesIfDue() {
  uint64_t due = std::max<uint64_t>(kSaveAfterChanges, CurrentIndexes()->phash.size() / 8);
  if (index_changes < due) return;
  Gate::Alone alone(gate);
  if (index_changes < due || !writable) return;
  if (Status saved = SaveIndexes(); !saved.has_value())
    Log(LogLevel::kWarning, "indexes_not_saved", {{"error", saved.error().Text()}});
}

}  // namespace likeness::engine
