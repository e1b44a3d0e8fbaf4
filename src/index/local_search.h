// Inside the index module: from a query's points to ranked candidates, over the parts of an index.
#pragma once

#include <span>
#include <vector>

#include "index/index.h"
#include "index/local_segment.h"

namespace likeness::index {

struct QueryPoint {
  Signature signature;
  PointGeometry geometry;
};

// The points from `plain_count` on are the mirrored query's. At most one candidate for each id, best first.
std::vector<LocalCandidate> SearchLocal(std::span<const LocalSegment* const> parts, std::span<const QueryPoint> query,
                                        size_t plain_count, size_t k);

}  // namespace likeness::index
