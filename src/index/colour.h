// Exact nearest neighbours by L1 among sparse colour histograms, in the order a dense scan would give.
#pragma once

#include <memory>

#include "index/index.h"

namespace likeness::index {

class ColourIndex {
 public:
  ColourIndex();
  ~ColourIndex();

  // A histogram that breaks the rules of feature/types.h (empty: a wholly transparent picture) is not kept; whatever
  // the id had is removed.
  void Add(ImageId id, const feature::ColourHistogram& histogram);
  bool Remove(ImageId id);
  // The k nearest within distance_max, nearest first.
  std::vector<ColourHit> Search(const feature::ColourHistogram& query, size_t k,
                                uint32_t distance_max = 2 * feature::kColourTotal) const;
  size_t size() const;
  size_t memory_bytes() const;

  Status Save(const std::filesystem::path& path, uint64_t applied) const;
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
