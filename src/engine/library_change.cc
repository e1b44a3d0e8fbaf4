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

Status Library::Impl::SetTrashed(const std::vector<ImageId>& ids, bool trashed) {
  for (ImageId id : ids)
    if (!AwaitDurable(id)) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
  if (!trashed) {
    // What cannot enter the indexes stays where it is. Features may be missing after a rebuild that was stopped.
    for (ImageId id : ids)
      if (!LoadQuery(id).has_value()) LK_TRY(Rederive({id}, CancelFlag(), [](ImageId, const auto&) {}));
    for (ImageId id : ids) LK_TRY(LoadQuery(id));
  }
  std::unique_lock order(change_mutex);
  LK_TRY(catalog->SetTrashed(ids, trashed));
  for (ImageId id : ids) {
    ForgetFacts(id);
    if (trashed) {
      RemoveFromIndexes(id);
      continue;
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
    returned->state = Pending::State::kDurable;
    log.NoteReturnedLocked(returned);
    ++index_changes;
    ForgetPairs(id);
  }
  order.unlock();
  NoteChange();
  return {};
}

Status Library::EditImage(ImageId id, const catalog::ImageEdit& edit) {
  LK_TRY(impl_->RequireWritable());
  const Limits& limits = impl_->limits();
  catalog::ImageEdit clean = edit;
  if (clean.title) clean.title = CleanText(*clean.title, limits.text_bytes_max);
  if (clean.description) clean.description = CleanText(*clean.description, limits.text_bytes_max, true);
  if (clean.source_url) clean.source_url = CleanText(*clean.source_url, limits.url_bytes_max);
  if (clean.rating && (*clean.rating < -1 || *clean.rating > 5))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a rating of {} is not in -1..5", *clean.rating));
  clean.tags_add = MergeTags(clean.tags_add, {}, limits);
  const size_t more = clean.tags_add.size() + clean.tags_accept.size();
  {
    Gate::Shared inside(impl_->gate);
    LK_ASSIGN(catalog::ImageRow row, impl_->catalog->GetImage(id));
    if (MergeTags(row.tags, clean.tags_add, limits).size() < row.tags.size() ||
        row.tags.size() + more > limits.tags_max + clean.tags_remove.size())
      return Fail(ErrorCode::kLimitExceeded, fmt::format("more than {} tags", limits.tags_max));
    LK_TRY(impl_->catalog->EditImage(id, clean));
    impl_->ForgetFacts(id);
    impl_->NoteChange();
    ++impl_->index_changes;
  }
  impl_->SaveIndexesIfDue();
  return {};
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
