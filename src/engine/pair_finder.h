// Which items of a collection are copies of each other, and in which groups? One finder for the library and for files
// of folders: it asks the indexes for candidates of every item, compares each pair once, and groups what the rules call
// duplicates. Items are numbered by ImageId; what they are is the caller's. Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "base/threads.h"
#include "engine/evidence.h"
#include "engine/types.h"

namespace likeness::engine {

using SharedQuery = std::shared_ptr<const compare::QueryFeatures>;
using PairKey = std::pair<uint64_t, uint64_t>;  // smaller first
inline PairKey MakePairKey(ImageId a, ImageId b) {
  return a < b ? PairKey{a.value, b.value} : PairKey{b.value, a.value};
}

struct FoundPair {
  ImageId query, match;  // the later item is the query
  dedupe::Verdict verdict;
};

struct PairSearch {
  const IndexSet* indexes = nullptr;
  std::vector<ImageId> ids;
  std::function<Result<SharedQuery>(ImageId)> load;  // an item that cannot be loaded is passed over
  std::function<bool(ImageId, ImageId)> same_bytes;  // may be null
  std::set<PairKey> excluded;                        // decided already
  std::vector<PairKey> known;                        // to be compared whatever the indexes say
  dedupe::Rules rules;
  size_t threads = 1;
};

// Only duplicates; by query, then match. Cancelled when the flag was set.
Result<std::vector<FoundPair>> FindPairs(const PairSearch& search, const CancelFlag& cancel,
                                         const std::function<void(size_t done)>& progress);

struct MemberFacts {
  DuplicateMember member;
  int metadata_fields = 0;
};

// Groups with evidence, kind and the proposal which to keep. `facts` may fail: such an item is left out. Strongest and
// largest groups first.
std::vector<DuplicateGroup> BuildGroups(const std::vector<FoundPair>& pairs, const std::vector<PairKey>& not_duplicates,
                                        const std::function<Result<MemberFacts>(ImageId)>& facts);

}  // namespace likeness::engine
