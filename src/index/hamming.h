// Exact Hamming index over 256-bit hashes: range and k-nearest, several variants of a query in one pass.
#pragma once

#include <memory>
#include <span>

#include "index/index.h"

namespace likeness::index {

class HammingIndex {
 public:
  HammingIndex();
  ~HammingIndex();

  void Add(ImageId id, const feature::Hash256& hash);
  bool Remove(ImageId id);
  // Up to eight variants cost one pass. Every id within radius_bits (inclusive) of any variant, nearest first, at most
  // k.
  std::vector<HammingHit> Search(std::span<const feature::Hash256> variants, int radius_bits, size_t k) const;
  size_t size() const;
  size_t memory_bytes() const;

  Status Save(const std::filesystem::path& path, uint64_t applied) const;
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
