// The short critical section of imports. What was added to or removed from the indexes is numbered, so that an import
// gathers and compares outside the lock, and inside only looks at what came since it began. An image is pending from
// the moment its id is reserved until its commit ended. Thread-safe; methods named ...Locked want the lock held.
//
//   begin = BeginRead()            numbers up to `begin` are in the indexes
//   ... candidates, comparisons ...
//   lock; ChangesSince(begin); verdict; AddPending -> the next import sees it; unlock
//   EndRead(begin)
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "base/ids.h"
#include "catalog/people.h"
#include "compare/signals.h"
#include "dedupe/verdict.h"

namespace likeness::engine {

struct Pending {
  enum class State { kPending, kDurable, kFailed };
  ImageId id;
  Sha256 sha256{};
  std::shared_ptr<const compare::QueryFeatures> query;
  dedupe::Candidate facts;        // as a keeper
  catalog::Standing standing;     // as it came in
  State state = State::kPending;  // guarded by the log's lock
};
using SharedPending = std::shared_ptr<Pending>;

struct LogEntry {
  uint64_t number = 0;
  ImageId id;
  SharedPending added;  // null: removed
};

class DecisionLog {
 public:
  std::unique_lock<std::mutex> Lock() { return std::unique_lock(mutex_); }

  uint64_t BeginRead() {
    std::lock_guard lock(mutex_);
    readers_.insert(last_);
    return last_;
  }
  void EndRead(uint64_t begin) {
    std::lock_guard lock(mutex_);
    readers_.erase(readers_.find(begin));
    uint64_t oldest = readers_.empty() ? last_ : *readers_.begin();
    while (!entries_.empty() && entries_.front().number <= oldest) entries_.pop_front();
  }
  std::vector<LogEntry> ChangesSinceLocked(uint64_t number) const {
    std::vector<LogEntry> changes;
    for (auto it = entries_.rbegin(); it != entries_.rend() && it->number > number; ++it) changes.push_back(*it);
    return {changes.rbegin(), changes.rend()};
  }
  void AddPendingLocked(const SharedPending& pending) {
    pending_[pending->id] = pending;
    NoteLocked(pending->id, pending);
  }
  // Out of the trash: durable already, but new to the indexes.
  void NoteReturnedLocked(const SharedPending& returned) { NoteLocked(returned->id, returned); }
  void NoteRemovedLocked(ImageId id) { NoteLocked(id, nullptr); }
  void SettleLocked(const SharedPending& pending, Pending::State state) {
    pending->state = state;
    pending_.erase(pending->id);
    settled_.notify_all();
  }

  SharedPending FindPendingLocked(ImageId id) const {
    auto it = pending_.find(id);
    return it == pending_.end() ? nullptr : it->second;
  }
  SharedPending FindPending(ImageId id) {
    std::lock_guard lock(mutex_);
    return FindPendingLocked(id);
  }
  std::vector<SharedPending> FindPendingBySha256(const Sha256& sha256) {
    std::lock_guard lock(mutex_);
    std::vector<SharedPending> found;
    for (const auto& [id, pending] : pending_)
      if (pending->sha256 == sha256) found.push_back(pending);
    return found;
  }
  // Waits until the commit of `id` ended, if it is pending. False: it failed.
  bool AwaitDurable(ImageId id) {
    std::unique_lock lock(mutex_);
    auto it = pending_.find(id);
    if (it == pending_.end()) return true;
    SharedPending pending = it->second;
    settled_.wait(lock, [&] { return pending->state != Pending::State::kPending; });
    return pending->state == Pending::State::kDurable;
  }

 private:
  void NoteLocked(ImageId id, SharedPending added) { entries_.push_back({++last_, id, std::move(added)}); }

  std::mutex mutex_;
  std::condition_variable settled_;
  uint64_t last_ = 0;
  std::multiset<uint64_t> readers_;
  std::deque<LogEntry> entries_;
  std::map<ImageId, SharedPending> pending_;
};

// Lets many changes run side by side, or one whole-library job (saving indexes, rebuild, compaction) alone.
class Gate {
 public:
  void Enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !closed_; });
    ++inside_;
  }
  void Leave() {
    std::lock_guard lock(mutex_);
    if (--inside_ == 0) changed_.notify_all();
  }
  void Close() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !closed_; });
    closed_ = true;
    changed_.wait(lock, [this] { return inside_ == 0; });
  }
  void Open() {
    std::lock_guard lock(mutex_);
    closed_ = false;
    changed_.notify_all();
  }

  struct Shared {
    Gate& gate;
    explicit Shared(Gate& g) : gate(g) { gate.Enter(); }
    ~Shared() { gate.Leave(); }
    Shared(const Shared&) = delete;
    Shared& operator=(const Shared&) = delete;
  };
  struct Alone {
    Gate& gate;
    explicit Alone(Gate& g) : gate(g) { gate.Close(); }
    ~Alone() { gate.Open(); }
    Alone(const Alone&) = delete;
    Alone& operator=(const Alone&) = delete;
  };

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t inside_ = 0;
  bool closed_ = false;
};

}  // namespace likeness::engine
