// The local-feature index: which stored pictures share points with the query, and agree on how they moved?
// Approximate: a prefix of well-chosen descriptor bits addresses a bucket, neighbouring buckets are probed by flipping
// the least certain bits, a signature filters the postings, the survivors vote for a similarity transform. Candidates
// come back ranked; verification with full descriptors is the caller's (compare::MatchLocal).
#pragma once

#include <memory>

#include "index/index.h"

namespace likeness::index {

class LocalIndex {
 public:
  LocalIndex();
  ~LocalIndex();

  // `size` is the picture's, to keep positions relative.
  void Add(ImageId id, const feature::LocalFeatures& features, uint32_t width, uint32_t height);
  bool Remove(ImageId id);
  // The best k candidates for the query and, if given, for its mirrored form.
  std::vector<LocalCandidate> Search(const feature::LocalFeatures& query, const feature::LocalFeatures* mirrored,
                                     uint32_t width, uint32_t height, size_t k) const;
  size_t size() const;
  size_t memory_bytes() const;

  Status Save(const std::filesystem::path& path, uint64_t applied) const;
  Result<uint64_t> Load(const std::filesystem::path& path);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
