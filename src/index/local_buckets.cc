#include "index/local_buckets.h"

#include <algorithm>

namespace likeness::index {

bool BucketTable::Check(size_t points) const {
  size_t at = 0, rows = 0;
  for (const BucketGroup& group : groups_) {
    if (group.ends[kGroupBuckets - 1] == BucketGroup::kWide) {
      if (group.first != rows || rows == wide_.size()) return false;
      const WideGroup& row = wide_[rows++];
      if (row.front() != at || !std::ranges::is_sorted(row)) return false;
      at = row.back();
    } else {
      if (group.first != at || !std::ranges::is_sorted(group.ends)) return false;
      at += group.ends[kGroupBuckets - 1];
    }
  }
  return at == points && rows == wide_.size();
}

void BucketWriter::Flush() {
  WideGroup positions{points_};
  for (size_t i = 0; i < kGroupBuckets; ++i) positions[i + 1] = positions[i] + counts_[i];
  BucketGroup group{points_, {}};
  if (positions.back() - points_ < BucketGroup::kWide) {
    for (size_t i = 0; i < kGroupBuckets; ++i) group.ends[i] = static_cast<uint16_t>(positions[i + 1] - points_);
  } else {
    group.first = static_cast<uint32_t>(wide_.size());
    group.ends[kGroupBuckets - 1] = BucketGroup::kWide;
    wide_.push_back(positions);
  }
  groups_.push_back(group);
  points_ = positions.back();
  counts_ = {};
}

}  // namespace likeness::index
