// The local-feature index: which stored pictures share points with the query, and agree on how they moved?
// Approximate. A point lies in one of 2^24 cells of its descriptor's space (local_code.h); the cells a query's point
// most likely shares with its partners are probed, coarser ones while there are fewer points; 32 bits of the descriptor
// tell partners from strangers there; what is left votes for a turn, a scale and a move. Candidates come back ranked by
// the weight that agrees; verification with full descriptors is the caller's (compare::MatchLocal). A query with fewer
// than kLocalPointsMin points finds nothing.
//
// 8 bytes a point. Points lie in a mutable tail and in sealed segments, at most a million pictures each, that a thread
// of the index merges in the background, so that there are few; searches run on a snapshot and wait for neither.
// Removed pictures are marked, and gone with the next merge; a segment that is a quarter dead is made anew. The
// destructor ends a merge that is running.
//
// Recall, measured on photos (docs/decisions/0007-local-index.md): about half of a point's partners are found, and a
// picture with six of them nearly always. A part that is pasted at under a quarter of its size, or shown at over four
// times, is not: scales are kept modulo four octaves.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "index/index.h"

namespace likeness::index {

// Pictures that went with damaged or missing files.
struct LocalLoss {
  size_t pictures = 0;
  std::string why;
};

class LocalIndex {
 public:
  LocalIndex();
  ~LocalIndex();

  // `size` is the picture's, to keep positions relative.
  void Add(ImageId id, const feature::LocalFeatures& features, uint32_t width, uint32_t height);
  bool Remove(ImageId id);
  // The best k candidates for the query and, if given, for its mirrored form. `threads` share the work.
  std::vector<LocalCandidate> Search(const feature::LocalFeatures& query, const feature::LocalFeatures* mirrored,
                                     uint32_t width, uint32_t height, size_t k, size_t threads = 1) const;
  size_t size() const;
  size_t memory_bytes() const;
  std::vector<ImageId> Ids() const;  // of all pictures in it, ascending

  // `folder` holds a manifest and a file for each segment; only new segments are written, old ones are removed. From
  // then on, and after Load, segments are mapped from there: nobody else may change the files.
  Status Save(const std::filesystem::path& folder, uint64_t applied);
  // A segment that is damaged, missing or not the one that was saved costs its own pictures only: Load goes on without
  // it, lost() says how many they are, and who should be in the index but is not among Ids() is to be added again.
  Result<uint64_t> Load(const std::filesystem::path& folder);
  LocalLoss lost() const;  // by the last Load
  // Waits for the merges that are due. For tests and measurements.
  void AwaitMerges();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::index
