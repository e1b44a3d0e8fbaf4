// The index contract. An index knows ids and vectors, never files, users or names. All of them:
//   Add(id, vector)     replaces what the id had; the feed's operations may be applied twice
//   Remove(id)          true if it was there; its memory comes back with the next Save or merge, when a quarter of it is gone at the latest
//   Search(...)         hits by ascending distance (ties by id), exact unless the header says otherwise
//   Save(path, applied) / Load(path) -> applied   checksummed (docs/formats/index.md), written atomically;
//                       `applied` is the feed sequence the index has seen. A damaged or foreign file is Corruption, none
//                       is NotFound; both leave the index empty: the caller rebuilds from feature records.
// Thread-safe: searches run concurrently and go on during Save; Add and Remove exclude them for a short time, and a
// steady stream of searches does not keep writers waiting.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "feature/types.h"

namespace likeness::index {

struct HammingHit {
  ImageId id;
  int distance = 0;  // bits
  int variant = 0;   // which of the query's hashes was nearest
  friend bool operator==(const HammingHit&, const HammingHit&) = default;
};

struct ColourHit {
  ImageId id;
  uint32_t distance = 0;  // L1: 0..131070 of histograms, 0..8160 of layouts
  friend bool operator==(const ColourHit&, const ColourHit&) = default;
};

struct EmbeddingHit {
  ImageId id;
  float score = 0;  // cosine, -1..1: larger is nearer
  friend bool operator==(const EmbeddingHit&, const EmbeddingHit&) = default;
};

// A candidate of the local-feature index: the weight of the query points whose partners agree on one transform. To be
// verified with full descriptors (compare::MatchLocal).
struct LocalCandidate {
  ImageId id;
  double votes = 0;
  bool mirrored = false;  // found by the mirrored query
  friend bool operator==(const LocalCandidate&, const LocalCandidate&) = default;
};

}  // namespace likeness::index
