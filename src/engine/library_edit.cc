// Edits: checked, written with their history, followed by the indexes.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

using catalog::EditChange;
using catalog::EditField;

const EditChange* FindChange(const catalog::EditRow& edit, EditField field) {
  const auto found = std::ranges::find(edit.changes, field, &EditChange::field);
  return found == edit.changes.end() ? nullptr : &*found;
}

catalog::ImageEdit Clean(const catalog::ImageEdit& edit, const Limits& limits) {
  catalog::ImageEdit clean = edit;
  if (clean.title) clean.title = CleanText(*clean.title, limits.text_bytes_max);
  if (clean.description) clean.description = CleanText(*clean.description, limits.text_bytes_max, true);
  if (clean.source_url) clean.source_url = CleanText(*clean.source_url, limits.url_bytes_max);
  if (clean.author) clean.author = CleanText(*clean.author, limits.name_bytes_max);
  clean.tags_add = MergeTags(clean.tags_add, {}, limits);
  return clean;
}

}  // namespace

Result<uint64_t> Library::EditImages(const std::vector<ImageId>& ids, const catalog::ImageEdit& edit, UserId user) {
  LK_TRY(impl_->RequireWritable());
  const Limits& limits = impl_->limits();
  if (edit.rating && (*edit.rating < -1 || *edit.rating > 5))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a rating of {} is not in -1..5", *edit.rating));
  const catalog::ImageEdit clean = Clean(edit, limits);
  const size_t more = clean.tags_add.size() + clean.tags_accept.size();
  uint64_t batch = 0;
  {
    Gate::Shared inside(impl_->gate);
    for (ImageId id : ids) {
      LK_ASSIGN(catalog::ImageRow row, impl_->catalog->GetImage(id));
      if (row.tags.size() + more > limits.tags_max + clean.tags_remove.size() &&
          MergeTags(row.tags, clean.tags_add, limits).size() >= limits.tags_max)
        return Fail(ErrorCode::kLimitExceeded, fmt::format("image {}: more than {} tags", id.value, limits.tags_max));
    }
    // With the lock, so that the indexes see changes of one picture in the catalog's order.
    std::lock_guard order(impl_->change_mutex);
    LK_ASSIGN(batch, impl_->catalog->EditImages(ids, clean, user));
    for (ImageId id : ids) impl_->ForgetFacts(id);
    ++impl_->index_changes;
  }
  impl_->NoteChange();
  impl_->SaveIndexesIfDue();
  return batch;
}

Result<uint64_t> Library::UndoEdits(const std::vector<catalog::EditRow>& edits, UserId user) {
  LK_TRY(impl_->RequireWritable());
  uint64_t batch = 0;
  {
    Gate::Shared inside(impl_->gate);
    std::vector<EditId> ids;
    for (const catalog::EditRow& edit : edits) {
      ids.push_back(edit.id);
      if (const EditChange* trash = FindChange(edit, EditField::kTrashed))
        LK_TRY(impl_->PrepareTrash({edit.image}, trash->before != "0"));
    }
    std::lock_guard order(impl_->change_mutex);
    LK_ASSIGN(batch, impl_->catalog->UndoEdits(ids, user));
    for (const catalog::EditRow& edit : edits) {
      impl_->ForgetFacts(edit.image);
      if (const EditChange* trash = FindChange(edit, EditField::kTrashed))
        LK_TRY(impl_->FollowTrash(edit.image, trash->before != "0"));
    }
    ++impl_->index_changes;
  }
  impl_->NoteChange();
  impl_->SaveIndexesIfDue();
  return batch;
}

Result<std::vector<catalog::EditRow>> Library::ListEdits(ImageId id, size_t limit) const {
  LK_TRY(impl_->FindFacts(id));
  return impl_->catalog->ListEdits(id, limit);
}

Result<std::vector<catalog::EditRow>> Library::ListBatch(uint64_t batch) const {
  LK_ASSIGN(std::vector<catalog::EditRow> edits, impl_->catalog->ListBatch(batch));
  if (edits.empty()) return Fail(ErrorCode::kNotFound, fmt::format("there is no batch of edits {}", batch));
  return edits;
}

Result<catalog::EditRow> Library::GetEdit(EditId id) const {
  return impl_->catalog->GetEdit(id);
}

}  // namespace likeness::engine
