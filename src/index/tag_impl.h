// Inside the tag index: its state and locks. Who changes the state holds write_mutex, and mutex for a short time; who
// only reads it for long (Save) holds write_mutex, so that no change waits at the gate before the readers.
#pragma once

#include <memory>
#include <mutex>

#include "index/tag_state.h"

namespace likeness::index {

struct TagIndex::Impl {
  std::mutex write_mutex;
  mutable FairSharedMutex mutex;  // of state
  std::unique_ptr<TagState> state = std::make_unique<TagState>();
  uint64_t changes = 0;  // of the state, under its mutex
};

}  // namespace likeness::index
