// Nearest neighbours by cosine among embeddings: vectors of one dimension, brought to length 1 when they are added.
//
// A vector is kept as 16-bit floats (what Find gives and every score is computed from), as signed bytes with a scale,
// and, from 256 dimensions on, as a sketch of one bit a dimension. A search compares bytes, all of them while they take
// less than 128 MB together (250 thousand vectors of 512), else those of the vectors with the nearest sketches: one in
// 256, 4096 at least. The best of them are scored with the 16-bit floats. So scores are exact. What a search
// may miss of the ten nearest is measured, not bounded: by bytes two in a thousand at most; by sketches among a million
// none for queries like the stored vectors, but 14 % for queries that are near to nothing (bench/RESULTS.md,
// docs/decisions/0010-embedding-index.md).
//
// Vectors lie in a tail and in sealed segments of some 50 MB, each in memory of its own or, once saved, in a mapped
// file, of which a search reads the floats of its finalists only. Removed vectors are marked; segments with many are
// made anew, and small ones made one. Searches run on a snapshot and wait for nobody: an Add, a Remove or a replacement
// is seen whole or not at all. Nothing but memory and disk bounds the number of vectors.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "index/index.h"

namespace likeness::index {

inline constexpr size_t kEmbeddingDimensionMin = 64, kEmbeddingDimensionMax = 4096;

class EmbeddingIndex {
 public:
  // REQUIRES: kEmbeddingDimensionMin <= dimension <= kEmbeddingDimensionMax
  explicit EmbeddingIndex(size_t dimension);
  ~EmbeddingIndex();

  size_t dimension() const;
  // A vector of another dimension, with a component that is not finite, or of length 0 is not kept; whatever the id had
  // is removed.
  void Add(ImageId id, std::span<const float> vector);
  bool Remove(ImageId id);
  // The vector as it is kept: of length 1, rounded to 16 bits.
  std::optional<std::vector<float>> Find(ImageId id) const;
  // The k nearest, nearest first, ties by id; with `allowed`, ascending ids, among those only. The query may have any
  // length but 0; one that Add would not keep finds nothing. `threads` share the work.
  std::vector<EmbeddingHit> Search(std::span<const float> query, size_t k,
                                   std::optional<std::span<const ImageId>> allowed = std::nullopt,
                                   size_t threads = 1) const;
  size_t size() const;
  // Without the floats of vectors that lie in a file.
  size_t memory_bytes() const;

  // `folder` holds a manifest and a file for each segment; only new segments are written, old ones are removed. From
  // then on, and after Load, segments are mapped from there: nobody else may change the files. A folder of vectors of
  // another dimension is Corruption.
  Status Save(const std::filesystem::path& folder, uint64_t applied);
  Result<uint64_t> Load(const std::filesystem::path& folder);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
