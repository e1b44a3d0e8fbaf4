// Inside the index module: from a query's points to ranked candidates, over the segments of an index.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "index/index.h"
#include "index/local_segment.h"

namespace likeness::index {

// At most this many points of a query, plain and mirrored together, are looked up.
inline constexpr size_t kQueryPointsMax = 2048;
static_assert(2 * feature::kLocalPointsMax <= kQueryPointsMax);

struct QueryPoint {
  feature::Descriptor descriptor;
  QueryPlace place;
  bool mirrored = false;
};

// At most one candidate for each id, best first.
std::vector<LocalCandidate> SearchLocal(std::span<const std::shared_ptr<LocalSegment>> segments,
                                        std::span<const QueryPoint> query, size_t k, size_t threads);

}  // namespace likeness::index
