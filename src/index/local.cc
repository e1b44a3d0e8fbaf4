// Pictures live in sealed segments, sorted by id, and one mutable tail. A segment keeps its points picture by picture:
// signature (16 bytes) and geometry (8 bytes). A segment with many points also has a bucket table over a prefix of the
// signature; its width follows the number of points, and because segments merge geometrically it is rebuilt as they
// grow. Small segments are scanned whole, which is exact over signatures.
#include "index/local.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "index/local_points.h"
#include "index/local_vote.h"
#include "index/storage.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

using feature::LocalFeatures;

constexpr size_t kTailPointsMax = 1 << 16;
constexpr size_t kMergeRatio = 4;
constexpr size_t kTableFromPoints = 1 << 20;
constexpr size_t kSegmentPointsMax = size_t{1} << 31;
constexpr int kSignatureBitsMax = 28;
constexpr int kAgreeingMin = 3;
constexpr size_t kBlockPoints = 4096;
constexpr uint32_t kIds = Tag("IDS "), kCounts = Tag("NPTS"), kSignatures = Tag("SIGS"), kGeometry = Tag("GEOM");

// Buckets by the first `bits` bits of the signature.
struct PrefixTable {
  int bits = 0;
  HugeVector<uint32_t> starts;
  HugeVector<uint32_t> points;

  uint32_t Bucket(uint64_t first_word) const { return static_cast<uint32_t>(first_word & ((uint64_t{1} << bits) - 1)); }

  void Build(const HugeVector<uint64_t>& signatures) {
    size_t count = signatures.size() / 2;
    bits = std::clamp(static_cast<int>(std::bit_width(count)) - 5, 8, 26);
    starts.assign((size_t{1} << bits) + 1, 0);
    points.resize(count);
    for (size_t i = 0; i < count; ++i) ++starts[Bucket(signatures[2 * i]) + 1];
    for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
    for (size_t i = 0; i < count; ++i) points[starts[Bucket(signatures[2 * i])]++] = static_cast<uint32_t>(i);
    std::copy_backward(starts.begin(), starts.end() - 1, starts.end());
    starts[0] = 0;
  }
};

struct Segment {
  std::vector<uint64_t> ids;          // ascending when sealed
  std::vector<uint32_t> first_point;  // one more than ids
  std::vector<bool> dead;
  size_t dead_count = 0;
  HugeVector<uint64_t> signatures;  // two words each
  HugeVector<PointGeometry> geometry;
  PrefixTable table;

  Segment() { first_point.push_back(0); }
  size_t images() const { return ids.size(); }
  size_t points() const { return geometry.size(); }
  size_t ImageOf(uint32_t point) const {
    return static_cast<size_t>(std::upper_bound(first_point.begin(), first_point.end(), point) - first_point.begin()) -
           1;
  }
  void Append(uint64_t id, const uint64_t* first_signature, const PointGeometry* first_geometry, size_t count) {
    ids.push_back(id);
    dead.push_back(false);
    signatures.insert(signatures.end(), first_signature, first_signature + 2 * count);
    geometry.insert(geometry.end(), first_geometry, first_geometry + count);
    first_point.push_back(static_cast<uint32_t>(geometry.size()));
  }
  void AppendFrom(const Segment& other, size_t image) {
    uint32_t first = other.first_point[image];
    Append(other.ids[image], other.signatures.data() + 2 * size_t{first}, other.geometry.data() + first,
           other.first_point[image + 1] - first);
  }
  size_t memory_bytes() const {
    return ids.capacity() * 8 + first_point.capacity() * 4 + dead.capacity() / 8 + signatures.capacity() * 8 +
           geometry.capacity() * sizeof(PointGeometry) + table.starts.capacity() * 4 + table.points.capacity() * 4;
  }
};

struct QueryPoint {
  Signature signature;
  PointGeometry geometry;
};

struct Found {
  uint32_t image;  // within its segment
  uint32_t point;
  uint16_t query_point, distance;
};

void ScanAll(const Segment& segment, std::span<const QueryPoint> query, std::vector<Found>& found) {
  thread_local std::vector<simd::SignatureHit> hits(kBlockPoints);
  // Blocks outside, query points inside: a block stays in the cache for all query points.
  for (size_t begin = 0; begin < segment.points(); begin += kBlockPoints) {
    size_t count = std::min(kBlockPoints, segment.points() - begin);
    for (size_t q = 0; q < query.size(); ++q) {
      size_t got = simd::ScanSignatures(&segment.signatures[2 * begin], count, query[q].signature.data(),
                                        kSignatureBitsMax, hits.data());
      for (size_t i = 0; i < got; ++i) {
        auto point = static_cast<uint32_t>(begin + hits[i].index);
        found.push_back({static_cast<uint32_t>(segment.ImageOf(point)), point, static_cast<uint16_t>(q),
                         static_cast<uint16_t>(hits[i].distance)});
      }
    }
  }
}

int Distance(const uint64_t* a, const Signature& b) {
  return std::popcount(a[0] ^ b[0]) + std::popcount(a[1] ^ b[1]);
}

void ProbeTable(const Segment& segment, std::span<const QueryPoint> query, std::vector<Found>& found) {
  const PrefixTable& table = segment.table;
  std::vector<uint32_t> buckets;
  for (size_t q = 0; q < query.size(); ++q) {
    uint32_t home = table.Bucket(query[q].signature[0]);
    buckets.assign(1, home);
    for (int i = 0; i < table.bits; ++i) {
      buckets.push_back(home ^ (1u << i));
      for (int j = 0; j < i; ++j) buckets.push_back(home ^ (1u << i) ^ (1u << j));
    }
    for (uint32_t bucket : buckets) __builtin_prefetch(&table.starts[bucket]);
    for (uint32_t bucket : buckets)
      for (uint32_t at = table.starts[bucket]; at < table.starts[bucket + 1]; ++at) {
        uint32_t point = table.points[at];
        int distance = Distance(&segment.signatures[2 * size_t{point}], query[q].signature);
        if (distance > kSignatureBitsMax) continue;
        found.push_back({static_cast<uint32_t>(segment.ImageOf(point)), point, static_cast<uint16_t>(q),
                         static_cast<uint16_t>(distance)});
      }
  }
}

std::vector<QueryPoint> PointsOf(const LocalFeatures& features, uint32_t width, uint32_t height) {
  size_t count = std::min({features.keypoints.size(), features.descriptors.size(), size_t{feature::kLocalPointsMax}});
  std::vector<QueryPoint> points(count);
  for (size_t i = 0; i < count; ++i)
    points[i] = {SignatureOf(features.descriptors[i]), GeometryOf(features.keypoints[i], width, height)};
  return points;
}

// One correspondence for each (query point, picture): the nearest. Sorted by picture, then query point.
void KeepNearest(std::vector<Found>& found) {
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return std::tie(a.image, a.query_point, a.distance, a.point) <
           std::tie(b.image, b.query_point, b.distance, b.point);
  });
  found.erase(
      std::unique(found.begin(), found.end(),
                  [](const Found& a, const Found& b) { return a.image == b.image && a.query_point == b.query_point; }),
      found.end());
}

}  // namespace

struct LocalIndex::Impl {
  std::mutex writer;                               // one writer at a time; taken before `state`
  mutable FairSharedMutex state;                   // everything below
  std::vector<std::shared_ptr<Segment>> segments;  // largest first
  Segment tail;
  size_t live = 0;

  bool RemoveLocked(uint64_t id) {
    for (size_t i = 0; i < tail.images(); ++i)
      if (tail.ids[i] == id && !tail.dead[i]) return Kill(tail, i);
    for (const auto& segment : segments) {
      auto at = std::lower_bound(segment->ids.begin(), segment->ids.end(), id);
      size_t image = static_cast<size_t>(at - segment->ids.begin());
      if (at != segment->ids.end() && *at == id && !segment->dead[image]) return Kill(*segment, image);
    }
    return false;
  }
  bool Kill(Segment& segment, size_t image) {
    segment.dead[image] = true;
    ++segment.dead_count;
    --live;
    return true;
  }
  void Seal(bool all);
  void SearchOne(const LocalFeatures& query, uint32_t width, uint32_t height, bool mirrored, size_t k,
                 std::unordered_map<uint64_t, LocalCandidate>& best) const;
};

// REQUIRES: `writer` held, `state` not.
void LocalIndex::Impl::Seal(bool all) {
  std::vector<std::pair<const Segment*, size_t>> images;
  size_t points = 0;
  auto take = [&](const Segment& segment) {
    for (size_t i = 0; i < segment.images(); ++i)
      if (!segment.dead[i]) images.emplace_back(&segment, i);
    points += segment.points();
  };
  take(tail);
  size_t kept = segments.size();
  while (kept > 0) {
    const Segment& segment = *segments[kept - 1];
    if (points + segment.points() > kSegmentPointsMax || (!all && segment.points() > kMergeRatio * points)) break;
    take(segment);
    --kept;
  }
  std::sort(images.begin(), images.end(),
            [](const auto& a, const auto& b) { return a.first->ids[a.second] < b.first->ids[b.second]; });
  auto merged = std::make_shared<Segment>();
  for (auto [segment, image] : images) merged->AppendFrom(*segment, image);
  merged->signatures.shrink_to_fit();
  merged->geometry.shrink_to_fit();
  if (merged->points() >= kTableFromPoints) merged->table.Build(merged->signatures);
  std::unique_lock lock(state);
  segments.resize(kept);
  if (merged->images() > 0) segments.push_back(std::move(merged));
  std::sort(segments.begin(), segments.end(), [](const auto& a, const auto& b) { return a->points() > b->points(); });
  tail = Segment();
}

LocalIndex::LocalIndex() : impl_(std::make_unique<Impl>()) {}
LocalIndex::~LocalIndex() = default;

void LocalIndex::Add(ImageId id, const LocalFeatures& features, uint32_t width, uint32_t height) {
  std::vector<QueryPoint> points = PointsOf(features, width, height);
  if (points.size() < size_t{feature::kLocalPointsMin}) points.clear();
  std::vector<uint64_t> signatures;
  std::vector<PointGeometry> geometry;
  for (const QueryPoint& point : points) {
    signatures.insert(signatures.end(), point.signature.begin(), point.signature.end());
    geometry.push_back(point.geometry);
  }
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->RemoveLocked(id.value);
    impl_->tail.Append(id.value, signatures.data(), geometry.data(), geometry.size());
    ++impl_->live;
  }
  if (impl_->tail.points() >= kTailPointsMax || impl_->tail.images() >= kTailPointsMax / 64) impl_->Seal(false);
}

bool LocalIndex::Remove(ImageId id) {
  std::lock_guard writer(impl_->writer);
  bool removed = false, compact = false;
  {
    std::unique_lock lock(impl_->state);
    removed = impl_->RemoveLocked(id.value);
    size_t dead = impl_->tail.dead_count, images = impl_->tail.images();
    for (const auto& segment : impl_->segments) dead += segment->dead_count, images += segment->images();
    compact = dead > 200 && dead > images / 4;
  }
  if (compact) impl_->Seal(true);
  return removed;
}

void LocalIndex::Impl::SearchOne(const LocalFeatures& features, uint32_t width, uint32_t height, bool mirrored,
                                 size_t k, std::unordered_map<uint64_t, LocalCandidate>& best) const {
  std::vector<QueryPoint> query = PointsOf(features, width, height);
  if (query.size() < size_t{feature::kLocalPointsMin}) return;
  std::vector<const Segment*> parts{&tail};
  for (const auto& segment : segments) parts.push_back(segment.get());
  std::vector<std::vector<Found>> found(parts.size());
  std::vector<uint32_t> pictures_of(query.size(), 0);
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i]->table.bits > 0)
      ProbeTable(*parts[i], query, found[i]);
    else
      ScanAll(*parts[i], query, found[i]);
    std::erase_if(found[i], [&](const Found& one) { return parts[i]->dead[one.image]; });
    KeepNearest(found[i]);
    for (const Found& one : found[i]) ++pictures_of[one.query_point];
  }
  // A point that finds partners in many pictures says little about each.
  std::vector<float> weights(query.size());
  for (size_t q = 0; q < query.size(); ++q)
    weights[q] = 1.0f / (1.0f + 0.5f * std::log2(static_cast<float>(std::max<uint32_t>(pictures_of[q], 1))));

  struct Group {
    uint64_t id;
    std::vector<PointPair> pairs;
    float coarse;
  };
  std::vector<Group> groups;
  for (size_t i = 0; i < parts.size(); ++i)
    for (size_t begin = 0, end; begin < found[i].size(); begin = end) {
      for (end = begin; end < found[i].size() && found[i][end].image == found[i][begin].image; ++end) {
      }
      if (end - begin < size_t{kAgreeingMin}) continue;
      Group group{parts[i]->ids[found[i][begin].image], {}, 0};
      for (size_t j = begin; j < end; ++j) {
        const Found& one = found[i][j];
        float weight = weights[one.query_point] * (1.0f - 0.5f * one.distance / kSignatureBitsMax);
        group.pairs.push_back(
            {query[one.query_point].geometry, parts[i]->geometry[one.point], one.query_point, weight});
      }
      group.coarse = CoarseAgreement(group.pairs);
      groups.push_back(std::move(group));
    }
  std::sort(groups.begin(), groups.end(),
            [](const Group& a, const Group& b) { return a.coarse != b.coarse ? a.coarse > b.coarse : a.id < b.id; });
  const size_t verified_max = std::max<size_t>(100, 4 * k);
  if (groups.size() > verified_max) groups.resize(verified_max);
  for (const Group& group : groups) {
    int agreeing = 0;
    float votes = VerifyAgreement(group.pairs, &agreeing);
    if (agreeing < kAgreeingMin) continue;
    LocalCandidate& entry = best[group.id];
    if (votes > entry.votes) entry = {ImageId{group.id}, votes, mirrored};
  }
}

std::vector<LocalCandidate> LocalIndex::Search(const LocalFeatures& query, const LocalFeatures* mirrored,
                                               uint32_t width, uint32_t height, size_t k) const {
  if (k == 0) return {};
  std::unordered_map<uint64_t, LocalCandidate> best;
  {
    std::shared_lock lock(impl_->state);
    impl_->SearchOne(query, width, height, false, k, best);
    if (mirrored != nullptr) impl_->SearchOne(*mirrored, width, height, true, k, best);
  }
  std::vector<LocalCandidate> candidates;
  for (const auto& [id, candidate] : best) candidates.push_back(candidate);
  std::sort(candidates.begin(), candidates.end(), [](const LocalCandidate& a, const LocalCandidate& b) {
    return a.votes != b.votes ? a.votes > b.votes : a.id < b.id;
  });
  if (candidates.size() > k) candidates.resize(k);
  return candidates;
}

size_t LocalIndex::size() const {
  std::shared_lock lock(impl_->state);
  return impl_->live;
}

size_t LocalIndex::memory_bytes() const {
  std::shared_lock lock(impl_->state);
  size_t bytes = sizeof(Impl) + impl_->tail.memory_bytes();
  for (const auto& segment : impl_->segments) bytes += segment->memory_bytes();
  return bytes;
}

Status LocalIndex::Save(const std::filesystem::path& path, uint64_t applied) const {
  std::lock_guard writer(impl_->writer);  // searches go on
  std::vector<std::pair<const Segment*, size_t>> images;
  auto take = [&](const Segment& segment) {
    for (size_t i = 0; i < segment.images(); ++i)
      if (!segment.dead[i]) images.emplace_back(&segment, i);
  };
  take(impl_->tail);
  for (const auto& segment : impl_->segments) take(*segment);
  std::sort(images.begin(), images.end(),
            [](const auto& a, const auto& b) { return a.first->ids[a.second] < b.first->ids[b.second]; });
  Segment merged;
  std::vector<uint16_t> counts;
  for (auto [segment, image] : images) {
    merged.AppendFrom(*segment, image);
    counts.push_back(static_cast<uint16_t>(segment->first_point[image + 1] - segment->first_point[image]));
  }
  const Section sections[] = {{kIds, BytesOf(merged.ids)},
                              {kCounts, BytesOf(counts)},
                              {kSignatures, BytesOf(merged.signatures)},
                              {kGeometry, BytesOf(merged.geometry)}};
  return WriteContainer(path, FileKind::kLocal, applied, merged.images(), sections);
}

Result<uint64_t> LocalIndex::Load(const std::filesystem::path& path) {
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->segments.clear();
    impl_->tail = Segment();
    impl_->live = 0;
  }
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kLocal));
  LK_ASSIGN(std::vector<uint64_t> ids, reader.Read<uint64_t>(kIds, reader.count()));
  LK_ASSIGN(std::vector<uint16_t> counts, reader.Read<uint16_t>(kCounts, reader.count()));
  uint64_t points = 0;
  for (uint16_t count : counts) points += count;
  LK_ASSIGN(auto signatures, reader.Read<uint64_t, HugeVector<uint64_t>>(kSignatures, 2 * points));
  LK_ASSIGN(auto geometry, reader.Read<PointGeometry, HugeVector<PointGeometry>>(kGeometry, points));
  std::vector<std::shared_ptr<Segment>> segments;
  size_t at = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1])) return reader.Malformed("ids are not ascending");
    if (counts[i] > feature::kLocalPointsMax) return reader.Malformed("a picture has too many points");
    if (segments.empty() || segments.back()->points() + counts[i] > kSegmentPointsMax)
      segments.push_back(std::make_shared<Segment>());
    segments.back()->Append(ids[i], signatures.data() + 2 * at, geometry.data() + at, counts[i]);
    at += counts[i];
  }
  for (const auto& segment : segments)
    if (segment->points() >= kTableFromPoints) segment->table.Build(segment->signatures);
  std::unique_lock lock(impl_->state);
  impl_->segments = std::move(segments);
  impl_->live = ids.size();
  return reader.applied();
}

}  // namespace likeness::index
