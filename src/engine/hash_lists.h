// The catalog's hash lists in memory: an index a list, read from the catalog when it is first needed and again after a
// change. Ids in these indexes are those of the entries. Thread-safe; who has a snapshot keeps it.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "catalog/catalog.h"
#include "engine/types.h"
#include "index/hamming.h"

namespace likeness::engine {

class HashLists {
 public:
  // A picture near many entries names the nearest of each list.
  static constexpr size_t kMatchesOfListMax = 10, kMatchesMax = 32;

  explicit HashLists(const catalog::Catalog& catalog) : catalog_(catalog) {}

  struct List {
    catalog::HashListRow row;
    std::shared_ptr<const index::HammingIndex> index;
  };
  using Snapshot = std::shared_ptr<const std::vector<List>>;
  Result<Snapshot> Current();

  // Entries near the picture in any of its eight orientations, nearest first. Empty below quality 50.
  Result<std::vector<ListMatch>> Match(const feature::PdqHash& pdq);

  // After a change was committed: of entries too, or of the list's row alone.
  void Forget(catalog::HashListId id, bool entries);
  size_t memory_bytes() const;

 private:
  Result<std::shared_ptr<const index::HammingIndex>> Load(const catalog::HashListRow& row) const;

  const catalog::Catalog& catalog_;
  mutable std::mutex mutex_;
  Snapshot current_;  // null: to be made anew
  std::map<catalog::HashListId, std::shared_ptr<const index::HammingIndex>> indexes_;
};

inline feature::Hash256 HashOf(const catalog::ListedHashRow& row) {
  feature::Hash256 hash;
  for (size_t i = 0; i < row.hash.size(); ++i) hash.words[i / 8] = hash.words[i / 8] << 8 | row.hash[i];
  return hash;
}

}  // namespace likeness::engine
