// Changes of stored images. Order: the catalog (the truth) first, then volumes, then indexes; an opening after a crash
// finishes the rest.

#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {

void Library::Impl::RemoveFromIndexes(ImageId id) {
  auto guard = log.Lock();
  CurrentIndexes()->Remove(id);
  if (meaning != nullptr) meaning->Remove(id);
  log.NoteRemovedLocked(id);
  ++index_changes;
  ForgetPairs(id);
}

Status Library::Impl::PrepareTrash(const std::vector<ImageId>& ids, bool trashed) {
  for (ImageId id : ids)
    if (!AwaitDurable(id)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  if (trashed) return {};
  // What cannot enter the indexes stays where it is. Features may be missing after a rebuild that was stopped.
  for (ImageId id : ids)
    if (!LoadQuery(id).has_value()) LK_TRY(Rederive({id}, CancelFlag(), [](ImageId, const auto&) {}));
  for (ImageId id : ids) LK_TRY(LoadQuery(id));
  return {};
}

Status Library::Impl::FollowTrash(ImageId id, bool trashed) {
  ForgetFacts(id);
  if (trashed) {
    RemoveFromIndexes(id);
    return {};
  }
  LK_ASSIGN(SharedQuery stored, LoadQuery(id));
  LK_ASSIGN(SharedFacts known, FindFacts(id));
  auto guard = log.Lock();
  CurrentIndexes()->Add(id, stored->features);
  // An import that is being decided must see what came back, as if it were new.
  auto returned = std::make_shared<Pending>();
  returned->id = id;
  returned->sha256 = known->sha256;
  returned->query = stored;
  returned->standing = known->standing;
  returned->state = Pending::State::kDurable;
  log.NoteReturnedLocked(returned);
  ++index_changes;
  ForgetPairs(id);
  return {};
}

Status Library::Impl::SetTrashed(const std::vector<ImageId>& ids, bool trashed, UserId user) {
  LK_TRY(PrepareTrash(ids, trashed));
  std::unique_lock order(change_mutex);
  LK_TRY(catalog->SetTrashed(ids, trashed, user));
  for (ImageId id : ids) LK_TRY(FollowTrash(id, trashed));
  order.unlock();
  NoteChange();
  return {};
}

Status Library::TrashImages(const std::vector<ImageId>& ids, bool trashed, UserId user) {
  LK_TRY(impl_->RequireWritable());
  {
    Gate::Shared inside(impl_->gate);
    LK_TRY(impl_->SetTrashed(ids, trashed, user));
  }
  impl_->SaveIndexesIfDue();
  return {};
}

Result<uint64_t> Library::PurgeTrash(int64_t before_ms, const CancelFlag& cancel) {
  constexpr size_t kAtOnce = 256;
  LK_TRY(impl_->RequireWritable());
  uint64_t purged = 0;
  for (;;) {
    LK_ASSIGN(const std::vector<ImageId> ids, impl_->catalog->ListTrashedBefore(before_ms, kAtOnce));
    if (ids.empty()) return purged;
    for (ImageId id : ids) {
      if (cancel.cancelled()) return purged;
      LK_ASSIGN(const bool deleted, impl_->DeleteImage(id, before_ms));
      purged += deleted;
    }
  }
}

Status Library::DeleteImage(ImageId id) {
  LK_TRY(impl_->RequireWritable());
  const Result<bool> deleted = impl_->DeleteImage(id, std::nullopt);
  return deleted ? Status{} : std::unexpected(deleted.error());
}

Result<bool> Library::Impl::DeleteImage(ImageId id, std::optional<int64_t> trashed_before_ms) {
  Gate::Shared inside(gate);
  if (!AwaitDurable(id)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  {
    std::lock_guard order(change_mutex);
    if (trashed_before_ms) {  // it may have come back meanwhile
      LK_ASSIGN(const catalog::ImageRow row, catalog->GetImage(id));
      if (row.trashed_at_ms == 0 || row.trashed_at_ms >= *trashed_before_ms) return false;
    }
    LK_TRY(catalog->DeleteImage(id));
    ForgetFacts(id);
    RemoveFromIndexes(id);
  }
  NoteChange();
  SharedStore features = FeaturesStore(), thumbnails = ThumbnailsStore();
  for (blob::VolumeStore* store : {originals.get(), features.get(), thumbnails.get()}) {
    Status marked = store->AppendTombstone(id.value, 0);
    if (marked.has_value()) marked = store->Sync();
    if (marked.has_value()) continue;
    // It is gone already; the next opening marks what is left of it.
    leave_unclean = true;
    if (!store->writable()) writable = false;
    Log(LogLevel::kWarning, "tombstone_missing",
        {{"image", fmt::format("{}", id.value)}, {"error", marked.error().Text()}});
  }
  return true;
}

}  // namespace likeness::engine
