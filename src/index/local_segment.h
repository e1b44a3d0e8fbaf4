// Inside the index module: an immutable set of pictures' points, in the order of their cells (local_code.h), so that
// all points of a coarse cell lie together. A segment's arrays lie in memory of its own or in a mapped file
// (docs/formats/index.md); searches do not know which. Thread-safe; only the marks of dead pictures change.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "feature/types.h"
#include "index/local_buckets.h"
#include "index/local_code.h"
#include "index/storage.h"
#include "simd/types.h"

namespace likeness::index {

// Where a keypoint lies, roughly, relative to the longer side of the picture, so that a similarity of the pictures is a
// similarity of these.
inline constexpr uint32_t kAngleSteps = 16, kScaleSteps = 16, kPositionSteps = 4;
inline constexpr float kScaleStepsPerOctave = 4;  // so that a scale comes back after four octaves
struct PointPlace {
  uint32_t image : 20 = 0;  // the picture's number in its segment
  uint32_t angle : 4 = 0;   // sixteenths of a turn, clockwise
  uint32_t scale : 4 = 0;   // of log2(size / longer side), modulo
  uint32_t x : 2 = 0, y : 2 = 0;
};
static_assert(sizeof(PointPlace) == 4);
inline constexpr size_t kSegmentImagesMax = size_t{1} << 20;

// The same of a query's point, unrounded.
struct QueryPlace {
  float x = 0, y = 0;  // 0..1
  float angle = 0;     // kAngleSteps to a turn
  float scale = 0;     // kScaleStepsPerOctave to an octave
};
QueryPlace PlaceOf(const feature::Keypoint& keypoint, uint32_t width, uint32_t height);
PointPlace Rounded(const QueryPlace& place);

struct IndexedPoint {
  PointCode code;
  PointPlace place;
};

class LocalSegment {
 public:
  // Pictures ascend; the points' places name them by their number. Points come in any order.
  // REQUIRES: at most kSegmentImagesMax pictures, fewer than 2^32 points.
  static std::shared_ptr<LocalSegment> Build(std::vector<uint64_t> ids, std::vector<IndexedPoint> points);
  // The living pictures of all, or null when cancelled. REQUIRES: no id lives in two of them.
  static std::shared_ptr<LocalSegment> Merge(std::span<const std::shared_ptr<LocalSegment>> parts,
                                             const CancelFlag& cancel);
  // Maps a file. Corruption when a checksum or a rule is broken.
  static Result<std::shared_ptr<LocalSegment>> Open(const std::filesystem::path& path);
  Status Save(const std::filesystem::path& path) const;

  int bits() const { return bits_; }  // of a cell number that address a bucket
  size_t points() const { return points_; }
  uint32_t head_crc() const { return file_ == nullptr ? 0 : file_->head_crc(); }  // of its file
  std::span<const uint64_t> ids() const { return ids_; }
  const BucketTable& buckets() const { return buckets_; }
  const simd::SignatureBlock* blocks() const { return blocks_.data(); }

  bool dead(size_t image) const { return dead_[image / 64].load(std::memory_order_relaxed) >> (image % 64) & 1; }
  size_t dead_count() const { return dead_count_.load(std::memory_order_relaxed); }
  std::vector<uint64_t> DeadMarks() const;  // a bit for each picture, lowest first
  // False when it was dead already. REQUIRES: one writer at a time.
  bool Kill(size_t image);
  // The living picture's number, or ids().size().
  size_t Find(uint64_t id) const;
  // Without what only merging reads, where that lies in a file.
  size_t memory_bytes() const;

 private:
  friend class SegmentCursor;
  friend class SegmentWriter;

  LocalSegment() = default;
  Status Check(const ContainerReader& reader) const;
  void Bind();
  void MakeMarks();

  int bits_ = 0;
  size_t points_ = 0;
  std::span<const uint64_t> ids_;
  BucketTable buckets_;
  std::span<const simd::SignatureBlock> blocks_;
  std::span<const uint32_t> cells_;  // each point's; empty when buckets are whole cells
  std::unique_ptr<std::atomic<uint64_t>[]> dead_;
  std::atomic<size_t> dead_count_{0};

  struct Arrays {
    std::vector<uint64_t> ids;
    HugeVector<BucketGroup> groups;
    std::vector<WideGroup> wide;
    HugeVector<uint32_t> cells;
    HugeVector<simd::SignatureBlock> blocks;
  } own_;
  std::unique_ptr<ContainerReader> file_;
};

}  // namespace likeness::index
