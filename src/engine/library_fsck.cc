// Fsck of an open library, with repair, and of a closed folder, without.
//
// What a repair does: derived records that are missing or damaged are made again from their originals; a record of an
// image that does not exist gets a tombstone (its import was never acknowledged, or it was deleted); a catalog row that
// points nowhere is pointed at the whole record of the same bytes, if there is one; an original of a live image that is
// marked as deleted is appended anew; indexes that disagree with the catalog are rebuilt. A lost original stays a
// problem.

#include <fmt/format.h>

#include <set>

#include "engine/checker.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

class Repairer {
 public:
  Repairer(Library::Impl& library, Checker::Findings& findings) : library_(library), findings_(findings) {}

  Status Run(const CancelFlag& cancel) {
    LK_TRY(Relocate());
    LK_TRY(Revive());
    LK_TRY(DropOrphans());
    if (findings_.derived_damage.empty()) return RederiveMissing(cancel);
    // Damaged derived volumes are not mended but replaced.
    LK_TRY(library_.RederiveEverything(cancel, [](ImageId, const Result<AnalyzedFile>&) {}));
    for (size_t problem : findings_.derived_damage) Done(problem);
    for (const Checker::Rederive& missing : findings_.rederive)
      if (library_.LoadStoredQuery(missing.image).has_value()) Done(missing.problem);
    return {};
  }

 private:
  void Done(size_t problem) { findings_.report.problems[problem].repaired = true; }

  Status Relocate() {
    std::vector<std::pair<ImageId, catalog::BlobRow>> rows;
    for (const Checker::Relocate& item : findings_.relocate) rows.push_back({item.image, item.row});
    if (rows.empty()) return {};
    LK_TRY(library_.catalog->ReplaceBlobs(rows));
    library_.ForgetAllFacts();
    for (const Checker::Relocate& item : findings_.relocate) Done(item.problem);
    return {};
  }

  Status Revive() {
    for (const Checker::Relocate& item : findings_.revive) {
      LK_ASSIGN(catalog::ImageRow row, library_.catalog->GetImage(item.image));
      LK_ASSIGN(Bytes bytes, library_.originals->Read(LocationOf(item.row), item.image.value));
      blob::RecordInfo info;
      info.id = item.image.value;
      info.kind = static_cast<uint16_t>(item.row.kind);
      info.written_at_ms = NowMs();
      info.sha256 = row.sha256;
      info.label = MakeLabel(row);
      LK_ASSIGN(blob::Location at, library_.originals->Append(info, bytes));
      LK_TRY(library_.originals->Sync());
      LK_TRY(library_.catalog->ReplaceBlobs({{item.image, MakeBlobRow(item.row.kind, at)}}));
      library_.ForgetFacts(item.image);
      Done(item.problem);
    }
    return {};
  }

  Status DropOrphans() {
    SharedStore features = library_.FeaturesStore(), thumbnails = library_.ThumbnailsStore();
    blob::VolumeStore* stores[] = {library_.originals.get(), features.get(), thumbnails.get()};
    for (const Checker::Orphan& orphan : findings_.orphans)
      LK_TRY(stores[static_cast<int>(orphan.store)]->AppendTombstone(orphan.id, 0));
    if (!findings_.orphans.empty())
      for (blob::VolumeStore* store : stores) LK_TRY(store->Sync());
    for (const Checker::Orphan& orphan : findings_.orphans) Done(orphan.problem);
    return {};
  }

  Status RederiveMissing(const CancelFlag& cancel) {
    std::set<ImageId> ids;
    for (const Checker::Rederive& missing : findings_.rederive) ids.insert(missing.image);
    std::mutex mutex;
    std::set<ImageId> made;
    LK_TRY(library_.Rederive({ids.begin(), ids.end()}, cancel, [&](ImageId id, const Result<AnalyzedFile>& file) {
      if (!file.has_value()) return;
      std::lock_guard guard(mutex);
      made.insert(id);
    }));
    for (const Checker::Rederive& missing : findings_.rederive)
      if (made.contains(missing.image)) Done(missing.problem);
    return {};
  }

  Library::Impl& library_;
  Checker::Findings& findings_;
};

}  // namespace

Result<FsckReport> Library::Fsck(bool repair, const CancelFlag& cancel, const OnProgress& on_progress) {
  if (repair) LK_TRY(impl_->RequireWritable());
  Gate::Alone alone(impl_->gate);
  ProgressMeter meter(0, on_progress);
  SharedStore features = impl_->FeaturesStore(), thumbnails = impl_->ThumbnailsStore();
  Checker::Parts parts;
  parts.catalog = impl_->catalog.get();
  parts.stores[0] = impl_->originals.get();
  parts.stores[1] = features.get();
  parts.stores[2] = thumbnails.get();
  parts.threads = impl_->threads();
  LK_ASSIGN(Checker::Findings findings, Checker(parts).Run(cancel, meter));
  for (const Problem& problem : impl_->opening_repairs) findings.report.problems.push_back(problem);
  std::shared_ptr<IndexSet> indexes = impl_->CurrentIndexes();
  bool index_wrong = indexes->phash.size() != findings.live_images || indexes->colour.size() != findings.live_images;
  if (index_wrong)
    findings.report.problems.push_back(
        {"index",
         fmt::format("the indexes hold {} and {} images, the catalog {}", indexes->phash.size(), indexes->colour.size(),
                     findings.live_images),
         {},
         false});
  if (!repair || findings.report.clean()) return std::move(findings.report);

  size_t index_problem = findings.report.problems.size() - 1;
  LK_TRY(Repairer(*impl_, findings).Run(cancel));
  LK_TRY(impl_->RefillIndexes(cancel, nullptr));
  if (index_wrong) {
    indexes = impl_->CurrentIndexes();
    findings.report.problems[index_problem].repaired =
        indexes->phash.size() == findings.live_images && indexes->colour.size() == findings.live_images;
  }
  return std::move(findings.report);
}

Result<FsckReport> FsckFolder(const fs::path& folder, const CancelFlag& cancel,
                              const Library::OnProgress& on_progress) {
  const Layout layout(folder);
  std::error_code error;
  FileLock lock;
  if (fs::exists(layout.lock, error)) {
    LK_ASSIGN(lock, FileLock::Acquire(layout.lock));
  }
  bool has_catalog = fs::exists(layout.catalog, error), has_originals = fs::exists(layout.originals, error);
  if (!has_catalog && !has_originals)
    return Fail(ErrorCode::kNotFound, fmt::format("{} is no data folder of Likeness", folder.string()));
  FsckReport report;
  std::unique_ptr<catalog::Catalog> catalog;
  if (!has_catalog && !fs::exists(layout.rebuild_mark, error)) {
    // A first opening that was cut short: nothing was ever acknowledged.
    LK_ASSIGN(auto originals, OpenStoreReadOnly(layout.originals));
    if (originals->stats().records == 0) return report;
  }
  if (!has_catalog) {
    report.problems.push_back(
        {"catalog", "catalog.sqlite is missing; fsck --repair makes it again from the originals", {}, false});
  } else {
    auto opened = OpenCatalog(layout.catalog, true);
    if (!opened.has_value() && opened.error().code != ErrorCode::kCorruption) return std::unexpected(opened.error());
    if (opened.has_value()) {
      catalog = std::move(*opened);
    } else {
      report.problems.push_back({"catalog", opened.error().Text(), {}, false});
    }
  }
  if (catalog == nullptr) return report;
  LK_ASSIGN(catalog::Totals totals, catalog->CountAll());
  std::unique_ptr<blob::VolumeStore> stores[3];
  const fs::path folders[] = {layout.originals, layout.features, layout.thumbnails};
  for (int i = 0; i < 3; ++i) {
    if (!fs::exists(folders[i], error)) {
      if (totals.images + totals.trashed == 0) return report;
      report.problems.push_back(
          {"missing_folder",
           fmt::format("{} is missing{}", folders[i].string(), i == 0 ? "" : "; the next opening makes it again"),
           {},
           false});
      return report;
    }
    LK_ASSIGN(stores[i], OpenStoreReadOnly(folders[i]));
  }
  ProgressMeter meter(0, on_progress);
  Checker::Parts parts;
  parts.catalog = catalog.get();
  for (int i = 0; i < 3; ++i) parts.stores[i] = stores[i].get();
  parts.threads = std::max(1u, std::thread::hardware_concurrency());
  parts.ignore_orphans = !fs::exists(layout.clean_mark, error);
  LK_ASSIGN(Checker::Findings findings, Checker(parts).Run(cancel, meter));
  for (Problem& problem : CheckIndexFiles(layout)) findings.report.problems.push_back(std::move(problem));
  return std::move(findings.report);
}

}  // namespace likeness::engine
