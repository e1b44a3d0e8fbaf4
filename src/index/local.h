// The local-feature index: which stored pictures share points with the query, and agree on how they moved?
// Approximate: 128 of the 486 descriptor bits are a point's signature. Small segments are scanned whole, which is exact
// over signatures; in large ones a prefix of the signature addresses a bucket and the buckets within two bits are
// probed (binary descriptors have no uncertain bits to choose). Points within 28 bits become correspondences, one for
// each query point and picture, weighted less the more pictures a point finds; they vote for a similarity transform.
// Candidates come back ranked by the weight that agrees; verification with full descriptors is the caller's
// (compare::MatchLocal). A query with fewer than kLocalPointsMin points finds nothing.
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
