// Inside the index module: the best hits so far.
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "index/index.h"

namespace likeness::index {

inline bool Nearer(const ColourHit& a, const ColourHit& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

// The k nearest within a limit, as a heap with the worst on top.
class Nearest {
 public:
  Nearest(size_t k, uint32_t limit) : k_(k), limit_(limit) {}
  uint32_t limit() const { return hits_.size() < k_ ? limit_ : hits_.front().distance; }
  void Take(ColourHit hit) {
    if (hit.distance > limit_) return;
    if (hits_.size() == k_) {
      if (!Nearer(hit, hits_.front())) return;
      std::pop_heap(hits_.begin(), hits_.end(), Nearer);
      hits_.pop_back();
    }
    hits_.push_back(hit);
    std::push_heap(hits_.begin(), hits_.end(), Nearer);
  }
  std::vector<ColourHit> Finish() {
    std::sort(hits_.begin(), hits_.end(), Nearer);
    return std::move(hits_);
  }

 private:
  size_t k_;
  uint32_t limit_;
  std::vector<ColourHit> hits_;
};

}  // namespace likeness::index
