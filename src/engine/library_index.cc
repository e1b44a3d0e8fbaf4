// Indexes: loaded from derived/index, caught up from the feed, saved.

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
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

struct LoadedIndexes {
  uint64_t applied = UINT64_MAX;  // the feed sequence that all have seen; 0 when one of them is absent or damaged
  std::vector<Error> damage;      // what made it 0
  index::LocalLoss lost;          // what does not
};

LoadedIndexes LoadAll(IndexSet& set, const fs::path& folder) {
  LoadedIndexes all;
  ForEachIndex(set, folder, [&](auto& index, const fs::path& path) {
    Result<uint64_t> loaded = index.Load(path);
    if (!loaded.has_value() && loaded.error().code != ErrorCode::kNotFound) all.damage.push_back(loaded.error());
    all.applied = std::min(all.applied, loaded.value_or(0));
  });
  all.lost = set.local.lost();
  return all;
}

std::string DescribeLoss(const index::LocalLoss& lost) {
  return fmt::format("the points of {} pictures lay in damaged or missing files ({})", lost.pictures, lost.why);
}

}  // namespace

std::vector<Problem> CheckIndexFiles(const Layout& layout) {
  std::vector<Problem> problems;
  IndexSet set;
  const LoadedIndexes loaded = LoadAll(set, layout.indexes);
  for (const Error& error : loaded.damage)
    problems.push_back({"index", fmt::format("{}; the next opening makes it again", error.message), {}, false});
  index::TagIndex tags;
  if (const Result<uint64_t> read = tags.Load(layout.indexes / kTagsFile);
      !read.has_value() && read.error().code != ErrorCode::kNotFound)
    problems.push_back({"index", fmt::format("{}; the next opening makes it again", read.error().message), {}, false});
  if (loaded.lost.pictures > 0)
    problems.push_back(
        {"index", fmt::format("{}; the next opening adds them again", DescribeLoss(loaded.lost)), {}, false});
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

Status Library::Impl::VisitFeatures(const std::vector<ImageId>& ids, const CancelFlag& cancel,
                                    const std::function<void(ImageId, const feature::Features&)>& visit,
                                    const std::function<void()>& each) {
  std::mutex mutex;
  std::vector<ImageId> unreadable;
  ParallelFor(ids.size(), threads(), &cancel, [&](size_t i) {
    Result<SharedQuery> query = LoadQuery(ids[i]);
    if (query.has_value()) {
      visit(ids[i], (*query)->features);
      if (each) each();
    } else {
      std::lock_guard guard(mutex);
      unreadable.push_back(ids[i]);
    }
  });
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  return Rederive(unreadable, cancel, [&](ImageId id, const Result<AnalyzedFile>& file) {
    if (file.has_value()) visit(id, file->analysis.features);
    if (each) each();
  });
}

Status Library::Impl::FillIndexes(IndexSet& set, const std::vector<ImageId>& ids, const CancelFlag& cancel,
                                  const std::function<void()>& each) {
  return VisitFeatures(
      ids, cancel, [&](ImageId id, const feature::Features& features) { set.Add(id, features); }, each);
}

Status Library::Impl::ReplayFeed(IndexSet& set, uint64_t applied) {
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
    if (known.has_value() && !(*known)->standing.trashed) {
      live.push_back(id);
    } else {
      set.Remove(id);
    }
  }
  index_changes = touched.size();
  return FillIndexes(set, live, CancelFlag(), nullptr);
}

// Whoever has too few points is not in the index of points, and is looked at in vain.
Status Library::Impl::AddLostPoints(IndexSet& set) {
  LK_ASSIGN(std::vector<ImageId> live, LiveIds());
  const std::vector<ImageId> held = set.local.Ids();
  std::vector<ImageId> missing;
  std::ranges::set_difference(live, held, std::back_inserter(missing));
  index_changes += missing.size();
  auto add = [&](ImageId id, const feature::Features& features) {
    if (features.local.keypoints.size() >= static_cast<size_t>(feature::kLocalPointsMin))
      set.local.Add(id, features.local, features.width, features.height);
  };
  return VisitFeatures(missing, CancelFlag(), add, nullptr);
}

Status Library::Impl::LoadIndexes() {
  auto set = std::make_shared<IndexSet>();
  const LoadedIndexes loaded = LoadAll(*set, layout.indexes);
  opening_repairs.clear();
  if (loaded.applied == 0 || loaded.applied > feed_sequence) {
    set = std::make_shared<IndexSet>();
    LK_ASSIGN(std::vector<ImageId> ids, LiveIds());
    LK_TRY(FillIndexes(*set, ids, CancelFlag(), nullptr));
    index_changes = ids.size();
    for (const Error& error : loaded.damage) {
      Log(LogLevel::kWarning, "index_rebuilt", {{"error", error.Text()}});
      opening_repairs.push_back({"index", fmt::format("{}; made again", error.message), {}, true});
    }
  } else {
    LK_TRY(ReplayFeed(*set, loaded.applied));
    if (loaded.lost.pictures > 0) {
      LK_TRY(AddLostPoints(*set));
      Log(LogLevel::kWarning, "index_repaired",
          {{"pictures", fmt::format("{}", loaded.lost.pictures)}, {"error", loaded.lost.why}});
      opening_repairs.push_back({"index", fmt::format("{}; added again", DescribeLoss(loaded.lost)), {}, true});
    }
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
  if (status.has_value()) status = SaveTags();
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
