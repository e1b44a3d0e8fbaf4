// Exact Hamming index over 256-bit hashes: range and k-nearest, several variants of a query in one pass.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "index/index.h"

namespace likeness::index {

class HammingIndex {
 public:
  HammingIndex();
  ~HammingIndex();

  void Add(ImageId id, const feature::Hash256& hash);
  // Many at once into an empty index, as quickly as Load. REQUIRES: each id once, none 0.
  void Fill(std::vector<std::pair<ImageId, feature::Hash256>> items);
  bool Remove(ImageId id);
  // Up to eight variants cost one pass. Every id within radius_bits (inclusive) of any variant, nearest first, at most
  // k.
  std::vector<HammingHit> Search(std::span<const feature::Hash256> variants, int radius_bits, size_t k) const;
  // Everything that is in it, in no order, as one snapshot; writers wait meanwhile.
  void Visit(const std::function<void(ImageId, const feature::Hash256&)>& visit) const;
  size_t size() const;
  size_t memory_bytes() const;

  Status Save(const std::filesystem::path& path, uint64_t applied) const;
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
