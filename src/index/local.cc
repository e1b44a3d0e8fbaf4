// Pictures live in sealed segments and one small mutable tail, that are merged geometrically: a segment joins a merge
// when it is at most kMergeRatio times as large as what is merged already.
#include "index/local.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "index/local_points.h"
#include "index/local_search.h"
#include "index/local_segment.h"
#include "index/storage.h"

namespace likeness::index {
namespace {

using feature::LocalFeatures;

// The tail is scanned whole by every query point.
constexpr size_t kTailPointsMax = 1 << 13, kTailImagesMax = 1 << 9;
constexpr size_t kMergeRatio = 4;
constexpr uint32_t kIds = Tag("IDS "), kCounts = Tag("NPTS"), kSignatures = Tag("SIGS"), kGeometry = Tag("GEOM");

void AddPoints(const LocalFeatures& features, uint32_t width, uint32_t height, std::vector<QueryPoint>& points) {
  size_t count = std::min({features.keypoints.size(), features.descriptors.size(), size_t{feature::kLocalPointsMax}});
  if (count < size_t{feature::kLocalPointsMin}) return;
  for (size_t i = 0; i < count; ++i)
    points.push_back({SignatureOf(features.descriptors[i]), GeometryOf(features.keypoints[i], width, height)});
}

}  // namespace

struct LocalIndex::Impl {
  std::mutex writer;                                    // one writer at a time; taken before `state`
  mutable FairSharedMutex state;                        // everything below
  std::vector<std::shared_ptr<LocalSegment>> segments;  // largest first
  LocalSegment tail;
  size_t live = 0;

  std::vector<const LocalSegment*> Parts() const {
    std::vector<const LocalSegment*> parts{&tail};
    for (const auto& segment : segments) parts.push_back(segment.get());
    return parts;
  }
  bool RemoveLocked(uint64_t id);
  void Merge(bool all);
};

bool LocalIndex::Impl::RemoveLocked(uint64_t id) {
  auto kill = [&](LocalSegment& segment, size_t image) {
    segment.Kill(image);
    --live;
    return true;
  };
  for (size_t i = 0; i < tail.ids.size(); ++i)
    if (tail.ids[i] == id && !tail.dead[i]) return kill(tail, i);
  for (const auto& segment : segments) {
    auto at = std::lower_bound(segment->ids.begin(), segment->ids.end(), id);
    size_t image = static_cast<size_t>(at - segment->ids.begin());
    if (at != segment->ids.end() && *at == id && !segment->dead[image]) return kill(*segment, image);
  }
  return false;
}

// REQUIRES: `writer` held, `state` not.
void LocalIndex::Impl::Merge(bool all) {
  std::vector<const LocalSegment*> parts{&tail};
  size_t points = tail.points(), kept = segments.size();
  while (kept > 0) {
    const LocalSegment& segment = *segments[kept - 1];
    if (points + segment.points() > kSegmentPointsMax || (!all && segment.points() > kMergeRatio * points)) break;
    points += segment.points();
    parts.push_back(&segment);
    --kept;
  }
  std::shared_ptr<LocalSegment> sealed = Seal(parts);
  std::unique_lock lock(state);
  segments.resize(kept);
  if (!sealed->ids.empty()) segments.push_back(std::move(sealed));
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a->points() > b->points(); });
  tail = LocalSegment();
}

LocalIndex::LocalIndex() : impl_(std::make_unique<Impl>()) {}
LocalIndex::~LocalIndex() = default;

void LocalIndex::Add(ImageId id, const LocalFeatures& features, uint32_t width, uint32_t height) {
  std::vector<QueryPoint> points;
  AddPoints(features, width, height, points);
  std::vector<Signature> signatures;
  std::vector<PointGeometry> geometry;
  for (const QueryPoint& point : points) {
    signatures.push_back(point.signature);
    geometry.push_back(point.geometry);
  }
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->RemoveLocked(id.value);
    impl_->tail.Append(id.value, signatures, geometry);
    ++impl_->live;
  }
  if (impl_->tail.points() >= kTailPointsMax || impl_->tail.ids.size() >= kTailImagesMax) impl_->Merge(false);
}

bool LocalIndex::Remove(ImageId id) {
  std::lock_guard writer(impl_->writer);
  bool removed = false, compact = false;
  {
    std::unique_lock lock(impl_->state);
    removed = impl_->RemoveLocked(id.value);
    size_t dead = 0, images = 0;
    for (const LocalSegment* part : impl_->Parts()) dead += part->dead_count, images += part->ids.size();
    compact = dead > 200 && dead > images / 4;
  }
  if (compact) impl_->Merge(true);
  return removed;
}

std::vector<LocalCandidate> LocalIndex::Search(const LocalFeatures& query, const LocalFeatures* mirrored,
                                               uint32_t width, uint32_t height, size_t k) const {
  std::vector<QueryPoint> points;
  AddPoints(query, width, height, points);
  const size_t plain_count = points.size();
  if (mirrored != nullptr) AddPoints(*mirrored, width, height, points);
  if (k == 0 || points.empty()) return {};
  std::shared_lock lock(impl_->state);
  return SearchLocal(impl_->Parts(), points, plain_count, k);
}

size_t LocalIndex::size() const {
  std::shared_lock lock(impl_->state);
  return impl_->live;
}

size_t LocalIndex::memory_bytes() const {
  std::shared_lock lock(impl_->state);
  size_t bytes = sizeof(Impl);
  for (const LocalSegment* part : impl_->Parts()) bytes += part->memory_bytes();
  return bytes;
}

Status LocalIndex::Save(const std::filesystem::path& path, uint64_t applied) const {
  std::lock_guard writer(impl_->writer);  // searches go on
  const LocalPictures pictures = PicturesOf(impl_->Parts());
  const Section sections[] = {{kIds, BytesOf(pictures.ids)},
                              {kCounts, BytesOf(pictures.counts)},
                              {kSignatures, BytesOf(pictures.signatures)},
                              {kGeometry, BytesOf(pictures.geometry)}};
  return WriteContainer(path, FileKind::kLocal, applied, pictures.ids.size(), sections);
}

Result<uint64_t> LocalIndex::Load(const std::filesystem::path& path) {
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->segments.clear();
    impl_->tail = LocalSegment();
    impl_->live = 0;
  }
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kLocal));
  LK_ASSIGN(std::vector<uint64_t> ids, reader.Read<uint64_t>(kIds, reader.count()));
  LK_ASSIGN(std::vector<uint16_t> counts, reader.Read<uint16_t>(kCounts, reader.count()));
  uint64_t points = 0;
  for (uint16_t count : counts) points += count;
  LK_ASSIGN(auto signatures, reader.Read<Signature, HugeVector<Signature>>(kSignatures, points));
  LK_ASSIGN(auto geometry, reader.Read<PointGeometry, HugeVector<PointGeometry>>(kGeometry, points));
  std::vector<std::shared_ptr<LocalSegment>> segments;
  size_t at = 0;
  for (size_t i = 0; i < ids.size();) {
    LocalSegment loose;
    for (; i < ids.size() && loose.points() + counts[i] <= kSegmentPointsMax; ++i) {
      if (ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1])) return reader.Malformed("ids are not ascending");
      if (counts[i] > feature::kLocalPointsMax) return reader.Malformed("a picture has too many points");
      loose.Append(ids[i], {signatures.data() + at, counts[i]}, {geometry.data() + at, counts[i]});
      at += counts[i];
    }
    const LocalSegment* const parts[] = {&loose};
    segments.push_back(Seal(parts));
  }
  std::unique_lock lock(impl_->state);
  impl_->segments = std::move(segments);
  impl_->live = ids.size();
  return reader.applied();
}

}  // namespace likeness::index
