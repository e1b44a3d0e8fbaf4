// Locks, in the order they are taken: `writer` (one Add, Remove, Save or Load at a time), `merging` (one merge at a
// time; its inputs do not change while it is held), `state` (what a search takes its snapshot from; held for moments).
// `wake_mutex` (the merging thread's orders) is taken alone.
#include "index/local.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "base/threads.h"
#include "index/local_search.h"
#include "index/local_segment.h"
#include "index/storage.h"

namespace likeness::index {
namespace {

namespace fs = std::filesystem;
using feature::LocalFeatures;
using Segments = std::vector<std::shared_ptr<LocalSegment>>;

// A search sorts the tail's points when it has changed.
constexpr size_t kTailPointsMax = 1 << 11, kTailImagesMax = 1 << 8;
// A segment joins a merge when it is at most this many times as large as what is merged already.
constexpr size_t kMergeRatio = 3;
// Merges of fewer points take less than a few milliseconds and are done by whoever adds.
constexpr size_t kQuickMergePoints = 1 << 16;
// With more of them an Add waits for the merge that is running instead of adding one more.
constexpr size_t kSegmentsWanted = 128;
// Save makes one segment of all when the smaller ones together hold more than one point in this many.
constexpr size_t kSmallShare = 32;
constexpr uint32_t kFilesTag = Tag("SEGS"), kDeadTag = Tag("DEAD");
constexpr std::string_view kManifest = "manifest.idx";
constexpr std::string_view kSegmentPrefix = "segment-";
constexpr uint64_t kFileNumberMax = uint64_t{1} << 48;
constexpr size_t kFilesMax = 4096;

size_t PointsOf(const LocalFeatures& features, size_t most) {
  size_t count = std::min({features.keypoints.size(), features.descriptors.size(), most});
  return count < size_t{feature::kLocalPointsMin} ? 0 : count;
}

bool MostlyDead(const LocalSegment& segment) {
  return segment.dead_count() > segment.ids().size() / 4;
}

std::string FileName(uint64_t number) {
  return fmt::format("{}{:08}.idx", kSegmentPrefix, number);
}

// A row of the manifest: which file, and what must be in it.
struct SegmentRow {
  uint64_t file;
  uint32_t pictures, points;
  uint32_t head_crc;  // covers the checksums of all sections
  uint32_t zero;

  static SegmentRow Of(const LocalSegment& segment, uint64_t file) {
    return {file, static_cast<uint32_t>(segment.ids().size()), static_cast<uint32_t>(segment.points()),
            segment.head_crc(), 0};
  }
  friend bool operator==(const SegmentRow&, const SegmentRow&) = default;
};
static_assert(sizeof(SegmentRow) == 24);

struct Manifest {
  uint64_t applied = 0;
  std::vector<SegmentRow> rows;
  std::vector<uint64_t> dead;  // place in `rows` in the upper half, the picture's number in the lower
};

Result<Manifest> ReadManifest(const ContainerReader& reader) {
  Manifest manifest{reader.applied(), {}, {}};
  if (reader.count() > kFilesMax) return reader.Malformed("too many segments");
  LK_ASSIGN(manifest.rows, reader.Read<SegmentRow>(kFilesTag, reader.count()));
  LK_ASSIGN(uint64_t dead_bytes, reader.SizeOf(kDeadTag));
  LK_ASSIGN(manifest.dead, reader.Read<uint64_t>(kDeadTag, dead_bytes / sizeof(uint64_t)));
  std::vector<uint64_t> files;
  for (const SegmentRow& row : manifest.rows) {
    if (row.file == 0 || row.file >= kFileNumberMax) return reader.Malformed("a segment without a number");
    if (row.pictures > kSegmentImagesMax) return reader.Malformed("a segment of too many pictures");
    files.push_back(row.file);
  }
  std::ranges::sort(files);
  if (std::ranges::adjacent_find(files) != files.end()) return reader.Malformed("a segment is named twice");
  for (size_t i = 0; i < manifest.dead.size(); ++i) {
    const uint64_t segment = manifest.dead[i] >> 32, image = manifest.dead[i] & 0xFFFFFFFF;
    if (segment >= manifest.rows.size() || image >= manifest.rows[segment].pictures)
      return reader.Malformed("a mark of no picture");
    if (i > 0 && manifest.dead[i] <= manifest.dead[i - 1]) return reader.Malformed("marks are not ascending");
  }
  return manifest;
}

// The file that a row names, and no other.
Result<std::shared_ptr<LocalSegment>> OpenNamed(const fs::path& folder, const SegmentRow& row) {
  const fs::path path = folder / FileName(row.file);
  LK_ASSIGN(std::shared_ptr<LocalSegment> segment, LocalSegment::Open(path));
  if (SegmentRow::Of(*segment, row.file) != row)
    return Fail(ErrorCode::kCorruption, fmt::format("index file {}: not the one that was saved", path.string()));
  return segment;
}

// Whatever stops the listing leaves the rest unseen.
template <typename Visit>
void ForEachSegmentFile(const fs::path& folder, const Visit& visit) {
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(kSegmentPrefix)) visit(at->path());
}

}  // namespace

struct LocalIndex::Impl {
  struct Stored {
    std::shared_ptr<LocalSegment> segment;
    uint64_t file = 0;  // its number in `folder`; 0: none yet
  };
  struct Tail {
    std::vector<uint64_t> ids;
    std::vector<IndexedPoint> points;
    std::shared_ptr<LocalSegment> sealed;  // the same, for searches; null when it has changed
  };

  std::mutex writer, merging;
  mutable std::mutex state;      // everything below, to `folder`
  std::vector<Stored> segments;  // largest first
  mutable Tail tail;
  size_t live = 0;

  fs::path folder;  // `writer`
  uint64_t next_file = 1;
  LocalLoss lost;  // `state`
  CancelFlag closing;

  std::mutex wake_mutex;
  std::condition_variable wake, rested;
  bool due = false, busy = false, stopping = false;
  std::thread merger;

  ~Impl() {
    closing.Cancel();
    {
      std::lock_guard lock(wake_mutex);
      stopping = true;
    }
    wake.notify_all();
    if (merger.joinable()) merger.join();
  }

  Segments Snapshot() const;
  bool RemoveLocked(uint64_t id);
  void SealTail();
  Segments PickMerge(size_t points_max) const;
  Segments PickAll() const;
  void Merge(const Segments& picked);
  bool MergeOnce(size_t points_max, bool wait);
  void WakeMerger();
  void RunMerger();
  std::vector<uint64_t> LivingIds() const;
};

// REQUIRES: `state` held.
Segments LocalIndex::Impl::Snapshot() const {
  Segments all;
  for (const Stored& stored : segments) all.push_back(stored.segment);
  if (!tail.ids.empty()) {
    if (tail.sealed == nullptr) {
      std::vector<uint64_t> ids(tail.ids);
      std::vector<uint32_t> order(ids.size()), number(ids.size());
      for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
      std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return ids[a] < ids[b]; });
      for (uint32_t i = 0; i < order.size(); ++i) number[order[i]] = i;
      std::sort(ids.begin(), ids.end());
      std::vector<IndexedPoint> points(tail.points);
      for (IndexedPoint& point : points) point.place.image = number[point.place.image] & (kSegmentImagesMax - 1);
      tail.sealed = LocalSegment::Build(std::move(ids), std::move(points));
    }
    all.push_back(tail.sealed);
  }
  return all;
}

// REQUIRES: `state` held.
bool LocalIndex::Impl::RemoveLocked(uint64_t id) {
  if (auto at = std::ranges::find(tail.ids, id); at != tail.ids.end()) {
    const auto image = static_cast<uint32_t>(at - tail.ids.begin());
    tail.ids.erase(at);
    std::erase_if(tail.points, [&](const IndexedPoint& point) { return point.place.image == image; });
    for (IndexedPoint& point : tail.points)
      if (point.place.image > image) point.place.image = (point.place.image - 1) & (kSegmentImagesMax - 1);
    tail.sealed = nullptr;
    --live;
    return true;
  }
  for (const Stored& stored : segments) {
    const size_t image = stored.segment->Find(id);
    if (image == stored.segment->ids().size()) continue;
    stored.segment->Kill(image);
    --live;
    return true;
  }
  return false;
}

// REQUIRES: `writer` held.
void LocalIndex::Impl::SealTail() {
  std::lock_guard lock(state);
  if (tail.ids.empty()) return;
  Snapshot();
  segments.push_back({tail.sealed});
  tail = {};
}

// The segments that a merge should take next, or none. REQUIRES: `state` held.
Segments LocalIndex::Impl::PickMerge(size_t points_max) const {
  Segments picked;
  size_t points = 0, images = 0;
  for (auto it = segments.rbegin(); it != segments.rend(); ++it) {
    const LocalSegment& segment = *it->segment;
    const size_t left = segment.ids().size() - segment.dead_count();
    if (points + segment.points() > points_max || images + left > kSegmentImagesMax) break;
    if (!picked.empty() && segment.points() > kMergeRatio * points) break;
    picked.push_back(it->segment);
    points += segment.points();
    images += left;
  }
  if (picked.size() > 1) return picked;
  for (const Stored& stored : segments)
    if (MostlyDead(*stored.segment) && stored.segment->points() <= points_max) return {stored.segment};
  return {};
}

// All that fit into one segment, when what a search pays for their number is worth the work. REQUIRES: `state` held.
Segments LocalIndex::Impl::PickAll() const {
  Segments picked;
  size_t points = 0, images = 0, largest = 0;
  for (const Stored& stored : segments) {
    const LocalSegment& segment = *stored.segment;
    if (images + segment.ids().size() - segment.dead_count() > kSegmentImagesMax) continue;
    picked.push_back(stored.segment);
    points += segment.points();
    largest = std::max(largest, segment.points());
    images += segment.ids().size() - segment.dead_count();
  }
  if (picked.size() < 2 || (points - largest) * kSmallShare < points) return {};
  return picked;
}

// REQUIRES: `merging` held, `state` not.
void LocalIndex::Impl::Merge(const Segments& picked) {
  std::vector<std::vector<uint64_t>> dead;
  for (const auto& part : picked) dead.push_back(part->DeadMarks());
  std::shared_ptr<LocalSegment> merged = LocalSegment::Merge(picked, closing);
  if (merged == nullptr) return;
  std::lock_guard lock(state);
  // Who was removed meanwhile. (Who was removed before may live on in another of the parts.)
  for (size_t part = 0; part < picked.size(); ++part) {
    const LocalSegment& segment = *picked[part];
    for (size_t image = 0; image < segment.ids().size(); ++image) {
      if (!segment.dead(image) || (dead[part][image / 64] >> (image % 64) & 1)) continue;
      if (size_t at = merged->Find(segment.ids()[image]); at != merged->ids().size()) merged->Kill(at);
    }
  }
  std::erase_if(segments,
                [&](const Stored& stored) { return std::ranges::find(picked, stored.segment) != picked.end(); });
  if (!merged->ids().empty()) segments.push_back({std::move(merged)});
  std::ranges::sort(segments, std::greater<>(), [](const Stored& stored) { return stored.segment->points(); });
}

// One merge of at most so many points; false when none is due, or one is running and `wait` is false.
bool LocalIndex::Impl::MergeOnce(size_t points_max, bool wait) {
  std::unique_lock merge(merging, std::defer_lock);
  if (wait)
    merge.lock();
  else if (!merge.try_lock())
    return false;
  Segments picked;
  {
    std::lock_guard lock(state);
    picked = PickMerge(points_max);
  }
  if (picked.empty()) return false;
  Merge(picked);
  return true;
}

void LocalIndex::Impl::WakeMerger() {
  {
    std::lock_guard lock(state);
    if (PickMerge(SIZE_MAX).empty()) return;
  }
  std::lock_guard lock(wake_mutex);
  if (!merger.joinable()) merger = std::thread([this] { RunMerger(); });
  due = true;
  wake.notify_one();
}

void LocalIndex::Impl::RunMerger() {
  std::unique_lock lock(wake_mutex);
  for (;;) {
    wake.wait(lock, [&] { return due || stopping; });
    if (stopping) return;
    due = false;
    busy = true;
    lock.unlock();
    try {
      while (MergeOnce(SIZE_MAX, true)) {
        std::lock_guard again(wake_mutex);
        if (stopping) break;
      }
    } catch (const std::exception& error) {  // no memory: all is as before, the next Add tries again
      Log(LogLevel::kWarning, "index_not_merged", {{"error", error.what()}});
    }
    lock.lock();
    busy = false;
    rested.notify_all();
  }
}

// Ascending; an id comes twice when it lives in two segments. REQUIRES: `state` held.
std::vector<uint64_t> LocalIndex::Impl::LivingIds() const {
  std::vector<uint64_t> ids(tail.ids);
  for (const Stored& stored : segments) {
    const LocalSegment& segment = *stored.segment;
    for (size_t image = 0; image < segment.ids().size(); ++image)
      if (!segment.dead(image)) ids.push_back(segment.ids()[image]);
  }
  std::ranges::sort(ids);
  return ids;
}

LocalIndex::LocalIndex() : impl_(std::make_unique<Impl>()) {}
LocalIndex::~LocalIndex() = default;

void LocalIndex::Add(ImageId id, const LocalFeatures& features, uint32_t width, uint32_t height) {
  std::vector<IndexedPoint> points(PointsOf(features, feature::kLocalLeadingMax));
  for (size_t i = 0; i < points.size(); ++i)
    points[i] = {CodeOf(features.descriptors[i]), Rounded(PlaceOf(features.keypoints[i], width, height))};
  std::lock_guard writer(impl_->writer);
  bool full = false;
  {
    std::lock_guard lock(impl_->state);
    impl_->RemoveLocked(id.value);
    Impl::Tail& tail = impl_->tail;
    for (IndexedPoint& point : points) {
      point.place.image = static_cast<uint32_t>(tail.ids.size()) & (kSegmentImagesMax - 1);
      tail.points.push_back(point);
    }
    tail.ids.push_back(id.value);
    tail.sealed = nullptr;
    ++impl_->live;
    full = tail.points.size() >= kTailPointsMax || tail.ids.size() >= kTailImagesMax;
  }
  if (!full) return;
  impl_->SealTail();
  size_t segments = 0;
  {
    std::lock_guard lock(impl_->state);
    segments = impl_->segments.size();
  }
  while (impl_->MergeOnce(kQuickMergePoints, segments > kSegmentsWanted)) {
  }
  impl_->WakeMerger();
}

bool LocalIndex::Remove(ImageId id) {
  std::lock_guard writer(impl_->writer);
  bool removed = false;
  {
    std::lock_guard lock(impl_->state);
    removed = impl_->RemoveLocked(id.value);
  }
  if (removed) impl_->WakeMerger();
  return removed;
}

std::vector<LocalCandidate> LocalIndex::Search(const LocalFeatures& query, const LocalFeatures* mirrored,
                                               uint32_t width, uint32_t height, size_t k, size_t threads) const {
  std::vector<QueryPoint> points;
  auto add = [&](const LocalFeatures& features, bool is_mirrored) {
    for (size_t i = 0; i < PointsOf(features, feature::kLocalPointsMax); ++i)
      points.push_back({features.descriptors[i], PlaceOf(features.keypoints[i], width, height), is_mirrored});
  };
  add(query, false);
  if (mirrored != nullptr) add(*mirrored, true);
  if (k == 0 || points.empty()) return {};
  Segments segments;
  {
    std::lock_guard lock(impl_->state);
    segments = impl_->Snapshot();
  }
  return SearchLocal(segments, points, k, threads);
}

size_t LocalIndex::size() const {
  std::lock_guard lock(impl_->state);
  return impl_->live;
}

size_t LocalIndex::memory_bytes() const {
  std::lock_guard lock(impl_->state);
  size_t bytes = sizeof(Impl);
  for (const auto& segment : impl_->Snapshot()) bytes += segment->memory_bytes();
  return bytes;
}

LocalLoss LocalIndex::lost() const {
  std::lock_guard lock(impl_->state);
  return impl_->lost;
}

std::vector<ImageId> LocalIndex::Ids() const {
  std::vector<ImageId> ids;
  std::lock_guard lock(impl_->state);
  for (uint64_t id : impl_->LivingIds()) ids.push_back({id});
  return ids;
}

void LocalIndex::AwaitMerges() {
  std::unique_lock lock(impl_->wake_mutex);
  impl_->rested.wait(lock, [&] { return !impl_->due && !impl_->busy; });
}

Status LocalIndex::Save(const fs::path& folder, uint64_t applied) {
  std::lock_guard writer(impl_->writer);  // searches go on
  LK_TRY(MakeDirectories(folder));
  impl_->SealTail();
  std::lock_guard merge(impl_->merging);
  Segments small;
  {
    std::lock_guard lock(impl_->state);
    small = impl_->PickAll();
  }
  if (!small.empty()) impl_->Merge(small);
  std::vector<Impl::Stored> stored;
  {
    std::lock_guard lock(impl_->state);
    stored = impl_->segments;
  }
  if (folder != impl_->folder) {
    impl_->folder.clear();
    for (Impl::Stored& one : stored) one.file = 0;
    ForEachSegmentFile(folder, [&](const fs::path& path) {
      const uint64_t number = std::strtoull(path.filename().c_str() + kSegmentPrefix.size(), nullptr, 10);
      if (number < kFileNumberMax) impl_->next_file = std::max(impl_->next_file, number + 1);
    });
  }
  std::vector<SegmentRow> rows;
  std::vector<uint64_t> dead;
  for (size_t i = 0; i < stored.size(); ++i) {
    Impl::Stored& one = stored[i];
    std::error_code error;
    if (one.file == 0 || !fs::exists(folder / FileName(one.file), error)) {
      one.file = impl_->next_file++;
      const fs::path path = folder / FileName(one.file);
      LK_TRY(one.segment->Save(path));
      LK_ASSIGN(std::shared_ptr<LocalSegment> mapped, LocalSegment::Open(path));
      std::lock_guard lock(impl_->state);
      for (size_t image = 0; image < mapped->ids().size(); ++image)
        if (one.segment->dead(image)) mapped->Kill(image);
      for (Impl::Stored& held : impl_->segments)
        if (held.segment == one.segment) held = {mapped, one.file};
      one.segment = std::move(mapped);
    }
    rows.push_back(SegmentRow::Of(*one.segment, one.file));
    for (size_t image = 0; image < one.segment->ids().size(); ++image)
      if (one.segment->dead(image)) dead.push_back(uint64_t{i} << 32 | image);
  }
  const Section sections[] = {{kFilesTag, BytesOf(rows)}, {kDeadTag, BytesOf(dead)}};
  LK_TRY(WriteContainer(folder / kManifest, FileKind::kLocal, applied, rows.size(), sections));
  impl_->folder = folder;
  std::vector<fs::path> unwanted;
  ForEachSegmentFile(folder, [&](const fs::path& path) {
    if (std::ranges::none_of(rows, [&](const SegmentRow& row) { return path.filename() == FileName(row.file); }))
      unwanted.push_back(path);
  });
  std::error_code ignored;  // what stays is tried again by the next Save
  for (const fs::path& path : unwanted) fs::remove(path, ignored);
  return {};
}

Result<uint64_t> LocalIndex::Load(const fs::path& folder) {
  std::lock_guard writer(impl_->writer);
  std::lock_guard merge(impl_->merging);
  {
    std::lock_guard lock(impl_->state);
    impl_->segments.clear();
    impl_->tail = {};
    impl_->live = 0;
    impl_->lost = {};
  }
  impl_->folder.clear();
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(folder / kManifest, FileKind::kLocal));
  LK_ASSIGN(Manifest manifest, ReadManifest(reader));
  std::vector<Impl::Stored> stored;
  LocalLoss lost;
  uint64_t last = 0;
  auto dead = manifest.dead.begin();
  for (size_t i = 0; i < manifest.rows.size(); ++i) {
    const SegmentRow& row = manifest.rows[i];
    last = std::max(last, row.file);
    const auto dead_end = std::lower_bound(dead, manifest.dead.end(), uint64_t{i + 1} << 32);
    Result<std::shared_ptr<LocalSegment>> segment = OpenNamed(folder, row);
    if (segment.has_value()) {
      for (auto one = dead; one != dead_end; ++one) (*segment)->Kill(*one & 0xFFFFFFFF);
      stored.push_back({std::move(*segment), row.file});
    } else if (segment.error().code == ErrorCode::kCorruption || segment.error().code == ErrorCode::kNotFound) {
      lost.pictures += row.pictures - static_cast<size_t>(dead_end - dead);
      lost.why += (lost.why.empty() ? "" : "; ") + segment.error().message;
    } else {
      return std::unexpected(segment.error());
    }
    dead = dead_end;
  }
  std::ranges::sort(stored, std::greater<>(), [](const Impl::Stored& one) { return one.segment->points(); });
  std::lock_guard lock(impl_->state);
  impl_->segments = std::move(stored);
  const std::vector<uint64_t> ids = impl_->LivingIds();
  if (std::ranges::adjacent_find(ids) != ids.end()) {
    impl_->segments.clear();
    return reader.Malformed("a picture lives in two segments");
  }
  impl_->live = ids.size();
  impl_->lost = std::move(lost);
  impl_->folder = folder;
  impl_->next_file = last + 1;
  return manifest.applied;
}

}  // namespace likeness::index
