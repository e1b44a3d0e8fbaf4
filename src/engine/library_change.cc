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
  uint64_t purged = 0;
  for (;;) {
    LK_ASSIGN(const std::vector<ImageId> ids, impl_->catalog->ListTrashedBefore(before_ms, kAtOnce));
    if (ids.empty()) return purged;
    for (ImageId id : ids) {
      if (cancel.cancelled()) return purged;
      LK_TRY(DeleteImage(id));
      ++purged;
    }
  }
}

Status Library::DeleteImage(ImageId id) {
  LK_TRY(impl_->RequireWritable());
  Gate::Shared inside(impl_->gate);
  if (!impl_->AwaitDurable(id)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  {
    std::lock_guard order(impl_->change_mutex);
    LK_TRY(impl_->catalog->DeleteImage(id));
    impl_->ForgetFacts(id);
    impl_->RemoveFromIndexes(id);
  }
  impl_->NoteChange();
  SharedStore features = impl_->FeaturesStore(), thumbnails = impl_->ThumbnailsStore();
  for (blob::VolumeStore* store : {impl_->originals.get(), features.get(), thumbnails.get()}) {
    Status marked = store->AppendTombstone(id.value, 0);
    if (marked.has_value()) marked = store->Sync();
    if (marked.has_value()) continue;
    // It is gone already; the next opening marks what is left of it.
    impl_->leave_unclean = true;
    if (!store->writable()) impl_->writable = false;
    Log(LogLevel::kWarning, "tombstone_missing",
        {{"image", fmt::format("{}", id.value)}, {"error", marked.error().Text()}});
  }
  return {};
}

}  // namespace likeness::engine
