// Query records of many files, kept in an unnamed temporary file instead of memory: 100,000 files are 5 GB of features.
// The file has no name, so nothing is left behind however the process ends. Thread-safe.
#pragma once

#include <memory>
#include <mutex>

#include "base/error.h"
#include "compare/signals.h"

namespace likeness::engine {

class FeatureSpill {
 public:
  struct Slot {
    uint64_t offset = 0;
    uint32_t length = 0;
  };
  static Result<std::unique_ptr<FeatureSpill>> Open();
  ~FeatureSpill();

  Result<Slot> Append(const compare::QueryFeatures& query);
  Result<std::shared_ptr<const compare::QueryFeatures>> Read(Slot slot) const;

 private:
  explicit FeatureSpill(int descriptor) : descriptor_(descriptor) {}
  const int descriptor_;
  std::mutex mutex_;
  uint64_t end_ = 0;
};

}  // namespace likeness::engine
