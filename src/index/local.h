// The local-feature index: which stored pictures share points with the query, and agree on how they moved?
// Approximate: 128 of the 486 descriptor bits are a point's signature, chosen by what tells true partners from
// strangers. Points lie in buckets by a prefix of the signature; those within two bits of the query's are scanned
// (binary descriptors have no uncertain bits to choose), by all query points, plain and mirrored, in one pass over
// memory. Points within 32 bits become correspondences, the nearest for each query point and picture, weighted less the
// more pictures a point finds; they vote for a similarity transform. Candidates come back ranked by the weight that
// agrees; verification with full descriptors is the caller's (compare::MatchLocal). A query with fewer than
// kLocalPointsMin points finds nothing. 24 bytes a point.
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
