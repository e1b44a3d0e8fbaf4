// Opening and closing a data folder.
//
//   lock -> originals -> catalog (migrates) -> derived stores -> [not closed cleanly: recover] -> indexes catch up

#include <fmt/format.h>

#include "base/log.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> RefuseLostCatalog(const fs::path& folder) {
  return Fail(
      ErrorCode::kFailedPrecondition, fmt::format("{} has originals but no catalog.sqlite", folder.string()),
      "check the path; if the catalog is really lost, `likeness fsck --repair` makes it again from the originals");
}

// Removes the mark of a clean close. False: there was none, or it may come back.
bool TakeCleanMark(const fs::path& path) {
  std::error_code error;
  return fs::remove(path, error) && !error && SyncDirectory(path.parent_path()).has_value();
}

}  // namespace

const catalog::BlobRow* FindBlob(const std::vector<catalog::BlobRow>& blobs, catalog::BlobKind kind) {
  for (const catalog::BlobRow& blob : blobs)
    if (blob.kind == kind) return &blob;
  return nullptr;
}

Result<std::unique_ptr<blob::VolumeStore>> OpenStore(const fs::path& folder, uint64_t volume_bytes_max) {
  blob::VolumeStore::Options options;
  options.folder = folder;
  options.volume_bytes_max = volume_bytes_max;
  return blob::VolumeStore::Open(std::move(options));
}

Result<std::unique_ptr<blob::VolumeStore>> OpenStoreReadOnly(const fs::path& folder) {
  blob::VolumeStore::Options options;
  options.folder = folder;
  options.read_only = true;
  return blob::VolumeStore::Open(std::move(options));
}

Result<std::unique_ptr<catalog::Catalog>> OpenCatalog(const fs::path& path, bool read_only) {
  catalog::Catalog::Options options;
  options.path = path;
  options.read_only = read_only;
  return catalog::Catalog::Open(std::move(options));
}

size_t Library::Impl::threads() const {
  return std::max<size_t>(1, options.analyzer->pool().stats().workers);
}

Status Library::Impl::RequireWritable() const {
  if (writable && originals->writable() && catalog->writable()) return {};
  return Fail(ErrorCode::kUnavailable, "the library is read-only since the disk failed to make a change durable",
              "mend the disk, then start again");
}

Status Library::Impl::OpenDerivedStores() {
  auto open = [&](const fs::path& folder) -> Result<SharedStore> {
    LK_TRY(MakeDirectories(folder));
    LK_ASSIGN(auto store, OpenStore(folder, options.derived_volume_bytes()));
    return SharedStore(std::move(store));
  };
  for (const fs::path& folder : {layout.features, layout.thumbnails}) {
    Result<SharedStore> store = open(folder);
    if (!store.has_value() && store.error().code == ErrorCode::kCorruption) {
      // Derived: made again from the originals below.
      Log(LogLevel::kWarning, "derived_store_dropped", {{"folder", folder.string()}, {"error", store.error().Text()}});
      std::error_code error;
      fs::remove_all(folder, error);
      store = open(folder);
    }
    if (!store.has_value()) return std::unexpected(store.error());
    std::unique_lock guard(derived_mutex);
    (folder == layout.features ? features_store : thumbnails_store) = std::move(*store);
  }
  return {};
}

Status Library::Impl::OpenStores() {
  LK_TRY(MakeDirectories(options.folder));
  LK_ASSIGN(lock, FileLock::Acquire(layout.lock));
  LK_TRY(MakeDirectories(layout.originals));
  LK_TRY(MakeDirectories(layout.indexes));
  LK_ASSIGN(originals, OpenStore(layout.originals, options.volume_bytes_max));
  bool has_originals = originals->stats().records > 0;
  std::error_code error;
  bool lost = !fs::exists(layout.catalog, error) && has_originals;
  // A rebuild that a crash cut short: the catalog knows a part of the originals, the others are no orphans.
  bool half_rebuilt = fs::exists(layout.rebuild_mark, error);
  if (lost && !half_rebuilt && !options.rebuild_lost_catalog) return RefuseLostCatalog(options.folder);
  if (half_rebuilt) {
    LK_TRY(MoveDamagedCatalogAside());
    lost = has_originals;
  }
  if (lost)
    LK_TRY(WriteFileAtomically(layout.rebuild_mark, AsBytes("the catalog is being made again from the originals\n")));
  auto opened = OpenCatalog(layout.catalog, false);
  if (!opened.has_value() && opened.error().code == ErrorCode::kCorruption && options.rebuild_lost_catalog) {
    LK_TRY(MoveDamagedCatalogAside());
    lost = has_originals;
    if (lost)
      LK_TRY(WriteFileAtomically(layout.rebuild_mark, AsBytes("the catalog is being made again from the originals\n")));
    opened = OpenCatalog(layout.catalog, false);
  }
  if (!opened.has_value()) return std::unexpected(opened.error());
  catalog = std::move(*opened);
  lists = std::make_unique<HashLists>(*catalog);
  if (lost) {
    // What was derived hangs on the rows that are gone.
    fs::remove_all(layout.derived, error);
    LK_TRY(MakeDirectories(layout.indexes));
  }
  LK_TRY(OpenDerivedStores());
  {
    std::unique_lock guard(derived_mutex);
    indexes = std::make_shared<IndexSet>();
  }
  StartCommitter();
  if (lost) return RebuildLostCatalog();
  return {};
}

void Library::Impl::StartCommitter() {
  committer = std::make_unique<Committer>(
      Committer::Steps{.sync = [this]() -> Status {
                         LK_TRY(originals->Sync());
                         LK_TRY(FeaturesStore()->Sync());
                         return ThumbnailsStore()->Sync();
                       },
                       .insert =
                           [this](const std::vector<catalog::ImageRow>& rows) {
                             Status status = catalog->InsertImages(rows);
                             // Io tells the committer that the row's state is unknown, not merely that it was refused.
                             if (!status.has_value() && !catalog->writable())
                               status = Fail(ErrorCode::kIo, status.error().message, status.error().hint);
                             return status;
                           },
                       .committed = [this] { NoteChange(); },
                       .failed_for_good =
                           [this](const Error& error) {
                             writable = false;
                             Log(LogLevel::kError, "commit_failed_for_good", {{"error", error.Text()}});
                           }});
}

void Library::Impl::NoteChange() {
  constexpr size_t kFeedPage = 1024;
  std::function<void(uint64_t)> callback;
  uint64_t sequence = 0;
  {
    std::lock_guard guard(feed_mutex);
    for (;;) {
      Result<std::vector<catalog::FeedRow>> rows = catalog->ReadFeed(feed_sequence, kFeedPage);
      if (!rows.has_value() || rows->empty()) break;
      feed_sequence = rows->back().sequence;
      if (rows->size() < kFeedPage) break;
    }
    sequence = feed_sequence;
    callback = on_change;
  }
  if (Status followed = FollowTags(); !followed.has_value())
    Log(LogLevel::kWarning, "tags_not_followed", {{"error", followed.error().Text()}});
  if (callback) callback(sequence);
}

void Library::Impl::Close() {
  if (catalog == nullptr || committer == nullptr) return;
  meaning.reset();
  Gate::Alone alone(gate);
  if (!opened || !writable) return;
  Status saved = SaveIndexes();
  if (!saved.has_value()) Log(LogLevel::kWarning, "indexes_not_saved", {{"error", saved.error().Text()}});
  if (Status status = catalog->Checkpoint(); !status.has_value())
    Log(LogLevel::kWarning, "checkpoint_failed", {{"error", status.error().Text()}});
  if (leave_unclean) return;
  if (Status status = WriteFileAtomically(layout.clean_mark, AsBytes("closed\n")); !status.has_value())
    Log(LogLevel::kWarning, "clean_mark_failed", {{"error", status.error().Text()}});
}

Result<std::unique_ptr<Library>> Library::Open(Options options) {
  if (options.analyzer == nullptr) return Fail(ErrorCode::kInvalidArgument, "Library::Open needs an analyzer");
  std::unique_ptr<Library> library(new Library(std::make_unique<Impl>(std::move(options))));
  Impl& impl = *library->impl_;
  LK_TRY(impl.OpenStores());
  if (!TakeCleanMark(impl.layout.clean_mark)) LK_TRY(impl.RecoverUnclean());
  LK_ASSIGN(catalog::Totals totals, impl.catalog->CountAll());
  impl.feed_sequence = totals.feed_sequence;
  if (Status marked = impl.WriteScanMark(); !marked.has_value())  // an older mark serves as well
    Log(LogLevel::kWarning, "scan_mark_failed", {{"error", marked.error().Text()}});
  LK_TRY(impl.RestoreDerived());
  LK_TRY(impl.LoadIndexes());
  LK_TRY(impl.LoadTags());
  impl.OpenMeaning();
  impl.opened = true;
  return library;
}

Library::Library(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Library::~Library() {
  impl_->Close();
}

bool Library::writable() const {
  return impl_->RequireWritable().has_value();
}
catalog::Accounts& Library::accounts() const {
  return impl_->catalog->accounts();
}
const std::filesystem::path& Library::folder() const {
  return impl_->options.folder;
}
const Analyzer& Library::analyzer() const {
  return *impl_->options.analyzer;
}

void Library::OnChange(std::function<void(uint64_t sequence)> callback) {
  std::lock_guard guard(impl_->feed_mutex);
  impl_->on_change = std::move(callback);
}

}  // namespace likeness::engine
