#include "index/local_segment.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace likeness::index {
namespace {

constexpr uint32_t kHeadTag = Tag("LHDR"), kIdsTag = Tag("IDS "), kBucketsTag = Tag("BKTS"), kWideTag = Tag("WIDE"),
                   kBlocksTag = Tag("BLKS"), kCellsTag = Tag("CELL");
// Buckets of 8 to 16 points on average, as soon as there are enough for that.
constexpr int kBucketPointsLog2 = 4;
constexpr size_t kPointsBetweenLooks = 1 << 14;  // whether a merge is cancelled

size_t BlocksFor(size_t points) {
  return (points + simd::kSignatureBlock - 1) / simd::kSignatureBlock;
}

PointPlace PlaceFrom(uint32_t payload) {
  return std::bit_cast<PointPlace>(payload);
}

float Finite(float value) {
  return std::isfinite(value) ? value : 0.0f;
}

}  // namespace

QueryPlace PlaceOf(const feature::Keypoint& keypoint, uint32_t width, uint32_t height) {
  const auto side = static_cast<float>(std::max({width, height, 1u}));
  const float turn = Finite(keypoint.angle_degrees) / 360.0f;
  return {std::clamp(Finite(keypoint.x) / side, 0.0f, 1.0f), std::clamp(Finite(keypoint.y) / side, 0.0f, 1.0f),
          (turn - std::floor(turn)) * kAngleSteps,
          std::log2(std::max(Finite(keypoint.size), 1e-3f) / side) * kScaleStepsPerOctave};
}

PointPlace Rounded(const QueryPlace& place) {
  PointPlace rounded;
  rounded.angle = static_cast<uint32_t>(std::lround(place.angle)) % kAngleSteps;
  rounded.scale = static_cast<uint32_t>(std::lround(place.scale) + 4096) % kScaleSteps;
  auto step = [](float share) { return std::min(static_cast<uint32_t>(share * kPositionSteps), kPositionSteps - 1); };
  rounded.x = step(place.x) & (kPositionSteps - 1);
  rounded.y = step(place.y) & (kPositionSteps - 1);
  return rounded;
}

// Walks over a segment's points in order.
class SegmentCursor {
 public:
  explicit SegmentCursor(const LocalSegment& segment) : segment_(segment) { Settle(); }
  bool done() const { return at_ == segment_.points_; }
  uint32_t cell() const { return segment_.cells_.empty() ? bucket_ : segment_.cells_[at_]; }
  PointPlace place() const { return PlaceFrom(block().payload[at_ % simd::kSignatureBlock]); }
  uint32_t signature() const { return block().signature[at_ % simd::kSignatureBlock]; }
  void Next() {
    ++at_;
    Settle();
  }

 private:
  const simd::SignatureBlock& block() const { return segment_.blocks_[at_ / simd::kSignatureBlock]; }
  void Settle() {
    if (!segment_.cells_.empty()) return;
    while (at_ < segment_.points_ && bucket_end_ <= at_) bucket_end_ = segment_.buckets_.Range(++bucket_).second;
  }
  const LocalSegment& segment_;
  size_t at_ = 0, bucket_end_ = 0;
  uint32_t bucket_ = ~uint32_t{0};  // before the first
};

// Takes points in the order of (cell, picture).
class SegmentWriter {
 public:
  SegmentWriter(std::vector<uint64_t> ids, size_t points)
      : segment_(new LocalSegment),
        bits_(std::clamp(static_cast<int>(std::bit_width(points)) - kBucketPointsLog2, 0, kCellBits)),
        buckets_(bits_) {
    segment_->bits_ = bits_;
    segment_->points_ = points;
    LocalSegment::Arrays& own = segment_->own_;
    own.ids = std::move(ids);
    own.blocks.reserve(BlocksFor(points));  // filled as points come: a merge that ends early has not touched them all
    if (bits_ < kCellBits) own.cells.reserve(points);
  }
  void Put(uint32_t cell, uint32_t signature, PointPlace place) {
    LocalSegment::Arrays& own = segment_->own_;
    const size_t lane = at_ % simd::kSignatureBlock;
    if (lane == 0) own.blocks.emplace_back();
    simd::SignatureBlock& block = own.blocks.back();
    block.signature[lane] = signature;
    block.payload[lane] = std::bit_cast<uint32_t>(place);
    if (bits_ < kCellBits) own.cells.push_back(cell);
    buckets_.Put(cell >> (kCellBits - bits_));
    ++at_;
  }
  std::shared_ptr<LocalSegment> Finish() {
    buckets_.Finish();
    segment_->own_.groups = std::move(buckets_.groups());
    segment_->own_.wide = std::move(buckets_.wide());
    segment_->Bind();
    segment_->MakeMarks();
    return std::move(segment_);
  }

 private:
  std::shared_ptr<LocalSegment> segment_;
  int bits_;
  BucketWriter buckets_;
  size_t at_ = 0;
};

void LocalSegment::Bind() {
  ids_ = own_.ids;
  buckets_ = {own_.groups, own_.wide};
  blocks_ = own_.blocks;
  cells_ = own_.cells;
}

void LocalSegment::MakeMarks() {
  dead_ = std::make_unique<std::atomic<uint64_t>[]>(ids_.size() / 64 + 1);
}

std::shared_ptr<LocalSegment> LocalSegment::Build(std::vector<uint64_t> ids, std::vector<IndexedPoint> points) {
  std::sort(points.begin(), points.end(), [](const IndexedPoint& a, const IndexedPoint& b) {
    if (a.code.cell != b.code.cell) return a.code.cell < b.code.cell;
    if (a.place.image != b.place.image) return a.place.image < b.place.image;
    return a.code.signature < b.code.signature;
  });
  SegmentWriter writer(std::move(ids), points.size());
  for (const IndexedPoint& point : points) writer.Put(point.code.cell, point.code.signature, point.place);
  return writer.Finish();
}

std::shared_ptr<LocalSegment> LocalSegment::Merge(std::span<const std::shared_ptr<LocalSegment>> parts,
                                                  const CancelFlag& cancel) {
  constexpr uint32_t kGone = ~uint32_t{0};
  struct Picture {
    uint64_t id;
    uint32_t part, image;
  };
  std::vector<Picture> pictures;
  std::vector<std::vector<uint32_t>> number(parts.size());  // in the merged segment
  for (uint32_t part = 0; part < parts.size(); ++part) {
    number[part].assign(parts[part]->ids_.size(), kGone);
    for (uint32_t image = 0; image < parts[part]->ids_.size(); ++image)
      if (!parts[part]->dead(image)) pictures.push_back({parts[part]->ids_[image], part, image});
  }
  std::sort(pictures.begin(), pictures.end(), [](const Picture& a, const Picture& b) { return a.id < b.id; });
  std::vector<uint64_t> ids;
  ids.reserve(pictures.size());
  for (const Picture& picture : pictures) {
    number[picture.part][picture.image] = static_cast<uint32_t>(ids.size());
    ids.push_back(picture.id);
  }
  size_t points = 0;
  for (size_t part = 0; part < parts.size(); ++part) {
    if (std::ranges::find(number[part], kGone) == number[part].end()) {
      points += parts[part]->points_;
      continue;
    }
    for (SegmentCursor at(*parts[part]); !at.done(); at.Next()) points += number[part][at.place().image] != kGone;
    if (cancel.cancelled()) return nullptr;
  }
  std::vector<SegmentCursor> cursors;
  for (const auto& part : parts) cursors.emplace_back(*part);
  SegmentWriter writer(std::move(ids), points);
  // Each part is in the order of (cell, picture), and numbers ascend with ids in all of them.
  for (size_t put = 0; put < points;) {
    if (put % kPointsBetweenLooks == 0 && cancel.cancelled()) return nullptr;
    size_t least = parts.size();
    uint64_t least_key = 0;
    for (size_t part = 0; part < parts.size(); ++part) {
      SegmentCursor& at = cursors[part];
      while (!at.done() && number[part][at.place().image] == kGone) at.Next();
      if (at.done()) continue;
      const uint64_t key = uint64_t{at.cell()} << 32 | number[part][at.place().image];
      if (least == parts.size() || key < least_key) least = part, least_key = key;
    }
    SegmentCursor& at = cursors[least];
    PointPlace place = at.place();
    place.image = static_cast<uint32_t>(least_key) & (kSegmentImagesMax - 1);
    writer.Put(at.cell(), at.signature(), place);
    at.Next();
    ++put;
  }
  return writer.Finish();
}

Status LocalSegment::Save(const std::filesystem::path& path) const {
  const uint32_t head[] = {static_cast<uint32_t>(bits_), static_cast<uint32_t>(points_)};
  const Section sections[] = {
      {kHeadTag, BytesOf(std::span(head))}, {kIdsTag, BytesOf(ids_)},       {kBucketsTag, BytesOf(buckets_.groups())},
      {kWideTag, BytesOf(buckets_.wide())}, {kBlocksTag, BytesOf(blocks_)}, {kCellsTag, BytesOf(cells_)}};
  return WriteContainer(path, FileKind::kLocalSegment, 0, ids_.size(), sections);
}

Result<std::shared_ptr<LocalSegment>> LocalSegment::Open(const std::filesystem::path& path) {
  std::shared_ptr<LocalSegment> segment(new LocalSegment);
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kLocalSegment));
  LK_TRY(reader.Map());
  LK_ASSIGN(std::span<const uint32_t> head, reader.View<uint32_t>(kHeadTag, 2));
  if (head[0] > kCellBits) return reader.Malformed("too many buckets");
  segment->bits_ = static_cast<int>(head[0]);
  segment->points_ = head[1];
  LK_ASSIGN(segment->ids_, reader.View<uint64_t>(kIdsTag, reader.count()));
  LK_ASSIGN(std::span<const BucketGroup> groups, reader.View<BucketGroup>(kBucketsTag, GroupsFor(segment->bits_)));
  LK_ASSIGN(uint64_t wide_bytes, reader.SizeOf(kWideTag));
  LK_ASSIGN(std::span<const WideGroup> wide, reader.View<WideGroup>(kWideTag, wide_bytes / sizeof(WideGroup)));
  segment->buckets_ = {groups, wide};
  LK_ASSIGN(segment->blocks_, reader.View<simd::SignatureBlock>(kBlocksTag, BlocksFor(segment->points_)));
  LK_ASSIGN(segment->cells_, reader.View<uint32_t>(kCellsTag, segment->bits_ == kCellBits ? 0 : segment->points_));
  LK_TRY(segment->Check(reader));
  segment->MakeMarks();
  segment->file_ = std::make_unique<ContainerReader>(std::move(reader));
  return segment;
}

Status LocalSegment::Check(const ContainerReader& reader) const {
  if (ids_.size() > kSegmentImagesMax) return reader.Malformed("too many pictures");
  for (size_t i = 0; i < ids_.size(); ++i)
    if (ids_[i] == 0 || (i > 0 && ids_[i] <= ids_[i - 1])) return reader.Malformed("ids are not ascending");
  if (!buckets_.Check(points_)) return reader.Malformed("buckets do not hold all points in order");
  if (buckets_.Range((uint32_t{1} << bits_) - 1).second != points_) return reader.Malformed("points in no bucket");
  for (size_t i = 0; i < points_; ++i)
    if (PlaceFrom(blocks_[i / simd::kSignatureBlock].payload[i % simd::kSignatureBlock]).image >= ids_.size())
      return reader.Malformed("a point of no picture");
  for (uint32_t bucket = 0; !cells_.empty() && bucket < uint32_t{1} << bits_; ++bucket) {
    const auto [begin, end] = buckets_.Range(bucket);
    for (size_t i = begin; i < end; ++i)
      if (cells_[i] >> (kCellBits - bits_) != bucket || (i > 0 && cells_[i] < cells_[i - 1]))
        return reader.Malformed("a point in a wrong bucket");
  }
  return {};
}

std::vector<uint64_t> LocalSegment::DeadMarks() const {
  std::vector<uint64_t> marks(ids_.size() / 64 + 1);
  for (size_t i = 0; i < marks.size(); ++i) marks[i] = dead_[i].load(std::memory_order_relaxed);
  return marks;
}

bool LocalSegment::Kill(size_t image) {
  const uint64_t bit = uint64_t{1} << (image % 64);
  if (dead_[image / 64].fetch_or(bit, std::memory_order_relaxed) & bit) return false;
  dead_count_.fetch_add(1, std::memory_order_relaxed);
  return true;
}

size_t LocalSegment::Find(uint64_t id) const {
  const auto at = std::lower_bound(ids_.begin(), ids_.end(), id);
  const auto image = static_cast<size_t>(at - ids_.begin());
  return at != ids_.end() && *at == id && !dead(image) ? image : ids_.size();
}

size_t LocalSegment::memory_bytes() const {
  const size_t cells = file_ == nullptr ? cells_.size_bytes() : 0;
  return ids_.size_bytes() + ids_.size() / 8 + buckets_.memory_bytes() + blocks_.size_bytes() + cells;
}

}  // namespace likeness::index
