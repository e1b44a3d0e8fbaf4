// Counts of a long job, told to a callback at most ten times a second and once at the end. Thread-safe; the callback is
// serialised.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>

#include "engine/types.h"

namespace likeness::engine {

class ProgressMeter {
 public:
  using Clock = std::chrono::steady_clock;

  ProgressMeter(uint64_t total, std::function<void(const ImportProgress&)> callback)
      : start_(Clock::now()), callback_(std::move(callback)) {
    progress_.total = total;
  }

  void Add(uint64_t done, uint64_t bytes = 0, uint64_t errors = 0, uint64_t duplicates = 0) {
    std::lock_guard lock(mutex_);
    progress_.done += done;
    progress_.bytes += bytes;
    progress_.errors += errors;
    progress_.duplicates += duplicates;
    Clock::time_point now = Clock::now();
    if (now - told_ < std::chrono::milliseconds(100)) return;
    told_ = now;
    Tell(now);
  }
  void AddTotal(uint64_t more) {
    std::lock_guard lock(mutex_);
    progress_.total += more;
  }
  void Finish() {
    std::lock_guard lock(mutex_);
    Tell(Clock::now());
  }
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

 private:
  void Tell(Clock::time_point now) {
    progress_.seconds = std::chrono::duration<double>(now - start_).count();
    if (callback_) callback_(progress_);
  }

  const Clock::time_point start_;
  const std::function<void(const ImportProgress&)> callback_;
  std::mutex mutex_;
  Clock::time_point told_{};
  ImportProgress progress_;
};

}  // namespace likeness::engine
