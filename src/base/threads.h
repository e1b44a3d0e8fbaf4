// A fixed pool of threads with a bounded queue, and a flag that asks long work to stop. Thread-safe.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace likeness {

// Set once by whoever wants the work to end; long loops look at it between items.
class CancelFlag {
 public:
  void Cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> cancelled_{false};
};

class ThreadPool {
 public:
  ThreadPool(size_t threads, size_t queue_max);
  ~ThreadPool();  // runs what is queued, then joins

  // Waits while the queue is full.
  void Post(std::function<void()> job);
  // False when the queue is full.
  bool TryPost(std::function<void()> job);
  size_t size() const { return threads_.size(); }

 private:
  void Run();

  std::mutex mutex_;
  std::condition_variable work_ready_, space_ready_;
  std::deque<std::function<void()>> queue_;
  const size_t queue_max_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// Calls body(i) for i in [0, count) on `threads` threads; returns when all are done or `cancel` is set.
void ParallelFor(size_t count, size_t threads, const CancelFlag* cancel, const std::function<void(size_t)>& body);

}  // namespace likeness
