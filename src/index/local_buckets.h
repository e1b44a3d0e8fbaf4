// Inside the index module: where the buckets of a segment lie, in 2.1 bytes a bucket and one cache line a look.
//
// A group stands for 30 buckets: bucket i of it holds the points first + (i > 0 ? ends[i - 1] : 0) to first + ends[i]
// - 1. A group of 65,535 points or more has kWide as its last end; its `first` names a row of the wide table, 31
// positions, of which bucket i lies between the i-th and the next. Immutable views, thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "index/storage.h"

namespace likeness::index {

inline constexpr size_t kGroupBuckets = 30;
struct alignas(64) BucketGroup {
  static constexpr uint16_t kWide = 0xFFFF;
  uint32_t first = 0;
  uint16_t ends[kGroupBuckets] = {};
};
static_assert(sizeof(BucketGroup) == 64);
using WideGroup = std::array<uint32_t, kGroupBuckets + 1>;

constexpr size_t GroupsFor(int bits) {
  return ((size_t{1} << bits) + kGroupBuckets - 1) / kGroupBuckets;
}

class BucketTable {
 public:
  BucketTable() = default;
  BucketTable(std::span<const BucketGroup> groups, std::span<const WideGroup> wide) : groups_(groups), wide_(wide) {}

  // Its points: first, and behind the last. REQUIRES: Check went well, or a BucketWriter made it.
  std::pair<size_t, size_t> Range(uint32_t bucket) const {
    const BucketGroup& group = groups_[bucket / kGroupBuckets];
    const size_t i = bucket % kGroupBuckets;
    if (group.ends[kGroupBuckets - 1] == BucketGroup::kWide) [[unlikely]]
      return {wide_[group.first][i], wide_[group.first][i + 1]};
    return {group.first + (i > 0 ? size_t{group.ends[i - 1]} : 0), size_t{group.first} + group.ends[i]};
  }
  void Prefetch(uint32_t bucket) const { __builtin_prefetch(&groups_[bucket / kGroupBuckets]); }

  // Whether the buckets hold the points 0 to points - 1, in order, and each wide row belongs to one group.
  bool Check(size_t points) const;
  std::span<const BucketGroup> groups() const { return groups_; }
  std::span<const WideGroup> wide() const { return wide_; }
  size_t memory_bytes() const { return groups_.size_bytes() + wide_.size_bytes(); }

 private:
  std::span<const BucketGroup> groups_;
  std::span<const WideGroup> wide_;
};

// Takes the buckets of all points in ascending order.
class BucketWriter {
 public:
  explicit BucketWriter(int bits) : groups_wanted_(GroupsFor(bits)) { groups_.reserve(groups_wanted_); }
  void Put(uint32_t bucket) {
    while (bucket / kGroupBuckets != groups_.size()) Flush();
    ++counts_[bucket % kGroupBuckets];
  }
  // The end of it.
  void Finish() {
    while (groups_.size() < groups_wanted_) Flush();
  }
  HugeVector<BucketGroup>& groups() { return groups_; }
  std::vector<WideGroup>& wide() { return wide_; }

 private:
  void Flush();

  size_t groups_wanted_;
  uint32_t points_ = 0;  // before the group that is being counted
  std::array<uint32_t, kGroupBuckets> counts_{};
  HugeVector<BucketGroup> groups_;
  std::vector<WideGroup> wide_;
};

}  // namespace likeness::index
