#include "engine/committer.h"

namespace likeness::engine {
namespace {

// Bounds one transaction, so that the first of a burst does not wait for the last.
constexpr size_t kBatchMax = 256;

}  // namespace

Status Committer::Commit(catalog::ImageRow row) {
  Waiter own{std::move(row), false, {}};
  std::unique_lock lock(mutex_);
  queue_.push_back(&own);
  while (!own.done) {
    if (committing_) {
      changed_.wait(lock);
      continue;
    }
    committing_ = true;
    std::vector<Waiter*> batch;
    while (!queue_.empty() && batch.size() < kBatchMax) {
      batch.push_back(queue_.front());
      queue_.pop_front();
    }
    lock.unlock();
    Run(batch);
    lock.lock();
    for (Waiter* waiter : batch) waiter->done = true;
    committing_ = false;
    changed_.notify_all();
  }
  return own.status;
}

void Committer::Run(std::vector<Waiter*>& batch) {
  if (Status synced = steps_.sync(); !synced.has_value()) {
    steps_.failed_for_good(synced.error());
    for (Waiter* waiter : batch) waiter->status = synced;
    return;
  }
  std::vector<catalog::ImageRow> rows;
  rows.reserve(batch.size());
  for (Waiter* waiter : batch) rows.push_back(waiter->row);
  Status inserted = steps_.insert(rows);
  if (inserted.has_value()) {
    steps_.committed();
    return;
  }
  if (inserted.error().code == ErrorCode::kIo) steps_.failed_for_good(inserted.error());
  // One row that the catalog refuses must not take the others down.
  bool one_by_one = batch.size() > 1 && inserted.error().code != ErrorCode::kIo;
  bool any = false;
  for (size_t i = 0; i < batch.size(); ++i) {
    batch[i]->status = one_by_one ? steps_.insert({rows[i]}) : inserted;
    any = any || batch[i]->status.has_value();
  }
  if (any) steps_.committed();
}

}  // namespace likeness::engine
