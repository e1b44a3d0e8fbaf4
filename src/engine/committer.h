// Group commit: rows that arrive while a commit runs share the next one, with one sync of the volumes and one catalog
// transaction. Whoever arrives first while nobody commits does the work for all that wait. Thread-safe.
//
//   caller: append records -> Commit(row) -> durable
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "catalog/catalog.h"

namespace likeness::engine {

class Committer {
 public:
  struct Steps {
    std::function<Status()> sync;                                         // the volumes
    std::function<Status(const std::vector<catalog::ImageRow>&)> insert;  // one durable transaction
    std::function<void()> committed;                                      // after each successful batch
    std::function<void(const Error&)> failed_for_good;                    // a sync failed: acknowledge nothing more
  };
  explicit Committer(Steps steps) : steps_(std::move(steps)) {}

  // REQUIRES: the row's records were appended. Returns when the row is durable, or with why it is not.
  Status Commit(catalog::ImageRow row);

 private:
  struct Waiter {
    catalog::ImageRow row;
    bool done = false;
    Status status;
  };
  void Run(std::vector<Waiter*>& batch);

  const Steps steps_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Waiter*> queue_;
  bool committing_ = false;
};

}  // namespace likeness::engine
