// The nearest row of each query, for very many queries at once: a whole library against a list of hashes. Exact.
//
// As in multi-index hashing (mih.h), whose pigeonhole argument holds here too, but both sides are sorted by the value
// of a substring: the rows of a bucket meet the queries of each near bucket as one small dense scan, so that no row is
// fetched for a single query. Pure; runs on `threads` threads.
#pragma once

#include <span>
#include <vector>

#include "base/error.h"
#include "base/threads.h"
#include "feature/types.h"

namespace likeness::index {

struct NearestRow {
  static constexpr uint32_t kNone = UINT32_MAX;

  uint32_t row = kNone;   // the first of equals
  uint16_t distance = 0;  // bits
  uint16_t variant = 0;   // which of the query's hashes
  friend bool operator==(const NearestRow&, const NearestRow&) = default;
};

// One for each query, kNone where no row is within radius_bits (inclusive) of any of its variants. Cancelled.
// REQUIRES: fewer than 2^29 queries and 2^32 - 1 rows.
Result<std::vector<NearestRow>> JoinNearest(std::span<const feature::Hash256> rows,
                                            std::span<const feature::HashVariants> queries, int radius_bits,
                                            size_t threads, const CancelFlag& cancel);

}  // namespace likeness::index
