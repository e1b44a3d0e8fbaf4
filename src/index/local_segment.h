// Inside the index module: a set of pictures' points. Sealed segments keep the points in the order of buckets, which
// the first bits of the signature address, so that a bucket is one piece of memory; pictures are sorted by id. The tail
// has one bucket, points picture by picture.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "index/local_points.h"
#include "index/local_vote.h"
#include "index/storage.h"

namespace likeness::index {

struct LocalSegment {
  std::vector<uint64_t> ids;  // ascending when sealed
  std::vector<bool> dead;     // as many as ids
  size_t dead_count = 0;
  int bits = 0;                          // that address a bucket
  HugeVector<uint32_t> starts = {0, 0};  // of each bucket, and the end
  HugeVector<uint64_t> signatures;       // two words a point
  HugeVector<PointGeometry> geometry;    // a point's
  HugeVector<uint32_t> images;           // a point's picture: its place in ids

  size_t points() const { return geometry.size(); }
  uint32_t Bucket(uint64_t first_word) const { return static_cast<uint32_t>(first_word & ((uint64_t{1} << bits) - 1)); }
  // REQUIRES: bits == 0.
  void Append(uint64_t id, std::span<const Signature> signatures, std::span<const PointGeometry> geometry);
  void Kill(size_t image) {
    dead[image] = true;
    ++dead_count;
  }
  size_t memory_bytes() const;
};

// The pictures of all parts that are not dead, sealed. REQUIRES: no id lives twice; at most kSegmentPointsMax points.
inline constexpr size_t kSegmentPointsMax = size_t{1} << 31;
std::shared_ptr<LocalSegment> Seal(std::span<const LocalSegment* const> parts);

// The same, picture by picture in the order of ids: what the file holds.
struct LocalPictures {
  std::vector<uint64_t> ids;
  std::vector<uint16_t> counts;
  HugeVector<uint64_t> signatures;
  HugeVector<PointGeometry> geometry;
};
LocalPictures PicturesOf(std::span<const LocalSegment* const> parts);

}  // namespace likeness::index
