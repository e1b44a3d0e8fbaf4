#include "base/threads.h"

#include <algorithm>

namespace likeness {

ThreadPool::ThreadPool(size_t threads, size_t queue_max) : queue_max_(std::max<size_t>(queue_max, 1)) {
  for (size_t i = 0; i < std::max<size_t>(threads, 1); ++i) threads_.emplace_back([this] { Run(); });
}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_ready_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::Post(std::function<void()> job) {
  std::unique_lock lock(mutex_);
  space_ready_.wait(lock, [this] { return queue_.size() < queue_max_; });
  queue_.push_back(std::move(job));
  work_ready_.notify_one();
}

bool ThreadPool::TryPost(std::function<void()> job) {
  std::lock_guard lock(mutex_);
  if (queue_.size() >= queue_max_) return false;
  queue_.push_back(std::move(job));
  work_ready_.notify_one();
  return true;
}

void ThreadPool::Run() {
  for (;;) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      work_ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      job = std::move(queue_.front());
      queue_.pop_front();
      space_ready_.notify_one();
    }
    job();
  }
}

void ParallelFor(size_t count, size_t threads, const CancelFlag* cancel, const std::function<void(size_t)>& body) {
  std::atomic<size_t> next{0};
  auto run = [&] {
    for (size_t i = next++; i < count; i = next++) {
      if (cancel != nullptr && cancel->cancelled()) return;
      body(i);
    }
  };
  std::vector<std::thread> helpers;
  for (size_t i = 1; i < std::min(std::max<size_t>(threads, 1), count); ++i) helpers.emplace_back(run);
  run();
  for (std::thread& helper : helpers) helper.join();
}

}  // namespace likeness
