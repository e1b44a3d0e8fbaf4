// Rebuild: everything derived is made again, from the originals or (indexes only) from the feature records. Compact:
// volumes that are mostly dead are rewritten.

#include <fmt/format.h>

#include <unordered_set>

#include "base/log.h"
#include "engine/library_impl.h"
#include "engine/progress_meter.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// A volume is rewritten when less than this share of it is live.
constexpr double kLiveShareMin = 0.75;

}  // namespace

Status Library::Impl::RefillIndexes(const CancelFlag& cancel, const std::function<void()>& each) {
  auto fresh = std::make_shared<IndexSet>();
  LK_ASSIGN(std::vector<ImageId> ids, LiveIds());
  LK_TRY(FillIndexes(*fresh, ids, cancel, each));
  {
    std::unique_lock guard(derived_mutex);
    indexes = std::move(fresh);
  }
  LK_TRY(RefillTags());
  return SaveIndexes();
}

Status Library::Impl::DropDerived() {
  // The rows first: a crash from here on finds images without derived records, and makes them again.
  LK_TRY(catalog->ForgetDerived());
  ForgetAllFacts();
  {
    std::unique_lock guard(derived_mutex);
    std::error_code error;
    fs::remove_all(layout.derived, error);
    if (error) Log(LogLevel::kWarning, "derived_not_removed", {{"error", error.message()}});
    auto open = [&](const fs::path& folder) -> Result<SharedStore> {
      LK_TRY(MakeDirectories(folder));
      LK_ASSIGN(auto store, OpenStore(folder, options.derived_volume_bytes()));
      return SharedStore(std::move(store));
    };
    Result<SharedStore> features = open(layout.features), thumbnails = open(layout.thumbnails);
    for (const Result<SharedStore>* opened : {&features, &thumbnails}) {
      if (opened->has_value()) continue;
      writable = false;  // the old stores stay, but what is written to them would be lost
      return std::unexpected(opened->error());
    }
    features_store = std::move(*features);
    thumbnails_store = std::move(*thumbnails);
  }
  return MakeDirectories(layout.indexes);
}

Status Library::Impl::RederiveEverything(const CancelFlag& cancel,
                                         const std::function<void(ImageId, const Result<AnalyzedFile>&)>& each) {
  LK_ASSIGN(std::vector<ImageId> ids, catalog->ListIds());
  LK_TRY(DropDerived());
  return Rederive(ids, cancel, each);
}

Result<ImportSummary> Library::Rebuild(bool all, const CancelFlag& cancel, const OnProgress& on_progress) {
  LK_TRY(impl_->RequireWritable());
  Gate::Alone alone(impl_->gate);
  LK_ASSIGN(catalog::Totals totals, impl_->catalog->CountAll());
  ProgressMeter meter(totals.images + (all ? totals.trashed : 0), on_progress);
  ImportSummary summary;
  std::mutex mutex;
  Status status;
  if (all) {
    status = impl_->RederiveEverything(cancel, [&](ImageId, const Result<AnalyzedFile>& file) {
      meter.Add(1, file.has_value() ? file->size_bytes : 0, file.has_value() ? 0 : 1);
      std::lock_guard guard(mutex);
      if (!file.has_value()) {
        ++summary.failed;
        return;
      }
      ++summary.imported;
      summary.bytes += file->size_bytes;
      summary.decode_s += file->analysis.decode_us * 1e-6;
      summary.hash_s += file->analysis.hash_us * 1e-6;
      summary.colour_s += file->analysis.colour_us * 1e-6;
      summary.local_s += file->analysis.local_us * 1e-6;
      summary.thumbnail_s += file->analysis.thumbnail_us * 1e-6;
    });
  }
  if (all && status.has_value()) status = impl_->meaning->StartAfresh();
  if (status.has_value())
    status = impl_->RefillIndexes(cancel, [&] {
      if (all) return;
      meter.Add(1);
      std::lock_guard guard(mutex);
      ++summary.imported;
    });
  meter.Finish();
  summary.seconds = meter.seconds();
  if (!status.has_value() && status.error().code == ErrorCode::kCancelled) {
    summary.cancelled = true;
    return summary;
  }
  if (!status.has_value()) return std::unexpected(status.error());
  return summary;
}

Status Library::Compact() {
  LK_TRY(impl_->RequireWritable());
  Gate::Alone alone(impl_->gate);
  struct Place {
    uint32_t volume;
    uint64_t offset;
    bool operator==(const Place&) const = default;
  };
  struct PlaceHash {
    size_t operator()(const Place& place) const {
      return std::hash<uint64_t>{}((place.offset ^ uint64_t{place.volume} << 48) * 0x9E3779B97F4A7C15ull);
    }
  };
  std::unordered_set<Place, PlaceHash> live[3];
  auto slot = [](catalog::BlobKind kind) {
    return kind == catalog::BlobKind::kOriginal ? 0 : kind == catalog::BlobKind::kFeatures ? 1 : 2;
  };
  LK_TRY(impl_->catalog->ForEachImage([&](const catalog::ImageRow& row) -> Status {
    for (const catalog::BlobRow& blob : row.blobs) live[slot(blob.kind)].insert({blob.volume, blob.offset});
    return {};
  }));
  auto moved = [&](const std::vector<blob::VolumeStore::Move>& moves) -> Status {
    std::vector<std::pair<ImageId, catalog::BlobRow>> rows;
    for (const blob::VolumeStore::Move& move : moves)
      rows.push_back({ImageId{move.id},
                      {static_cast<catalog::BlobKind>(move.kind), move.to.volume, move.to.offset, move.to.length}});
    LK_TRY(impl_->catalog->ReplaceBlobs(rows));
    impl_->ForgetAllFacts();
    return {};
  };
  SharedStore features = impl_->FeaturesStore(), thumbnails = impl_->ThumbnailsStore();
  blob::VolumeStore* stores[] = {impl_->originals.get(), features.get(), thumbnails.get()};
  for (int i = 0; i < 3; ++i)
    LK_TRY(stores[i]->Compact(
        kLiveShareMin,
        [&](const blob::ScannedRecord& record) {
          return live[i].contains({record.location.volume, record.location.offset});
        },
        moved));
  return {};
}

}  // namespace likeness::engine
