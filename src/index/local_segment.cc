#include "index/local_segment.h"

#include <algorithm>
#include <bit>

namespace likeness::index {
namespace {

// Buckets of 256 to 512 points: large enough that a probe costs little beside its scan, small enough for the first
// cache while the query's points pass over it.
constexpr int kBucketPointsLog2 = 9;
constexpr uint32_t kGone = ~uint32_t{0};

struct Merged {
  std::vector<uint64_t> ids;
  std::vector<std::vector<uint32_t>> place_of;  // for each part and picture: its place in ids, or kGone
  size_t points = 0;
};

Merged MergeIds(std::span<const LocalSegment* const> parts) {
  struct Picture {
    uint64_t id;
    uint32_t part, image;
  };
  std::vector<Picture> pictures;
  Merged merged;
  for (uint32_t part = 0; part < parts.size(); ++part) {
    merged.place_of.emplace_back(parts[part]->ids.size(), kGone);
    for (uint32_t image = 0; image < parts[part]->ids.size(); ++image)
      if (!parts[part]->dead[image]) pictures.push_back({parts[part]->ids[image], part, image});
  }
  std::sort(pictures.begin(), pictures.end(), [](const Picture& a, const Picture& b) { return a.id < b.id; });
  for (const Picture& picture : pictures) {
    merged.place_of[picture.part][picture.image] = static_cast<uint32_t>(merged.ids.size());
    merged.ids.push_back(picture.id);
  }
  for (size_t part = 0; part < parts.size(); ++part)
    for (uint32_t image : parts[part]->images) merged.points += merged.place_of[part][image] != kGone;
  return merged;
}

// visit(part, point, place of the picture) for every living point.
template <typename Visit>
void ForEachPoint(std::span<const LocalSegment* const> parts, const Merged& merged, Visit visit) {
  for (size_t part = 0; part < parts.size(); ++part)
    for (size_t point = 0; point < parts[part]->points(); ++point)
      if (uint32_t place = merged.place_of[part][parts[part]->images[point]]; place != kGone)
        visit(*parts[part], point, place);
}

}  // namespace

void LocalSegment::Append(uint64_t id, std::span<const Signature> more, std::span<const PointGeometry> places) {
  for (const Signature& signature : more) signatures.insert(signatures.end(), signature.begin(), signature.end());
  geometry.insert(geometry.end(), places.begin(), places.end());
  images.resize(geometry.size(), static_cast<uint32_t>(ids.size()));
  starts[1] = static_cast<uint32_t>(geometry.size());
  ids.push_back(id);
  dead.push_back(false);
}

size_t LocalSegment::memory_bytes() const {
  return ids.capacity() * 8 + dead.capacity() / 8 + starts.capacity() * 4 + signatures.capacity() * 8 +
         geometry.capacity() * sizeof(PointGeometry) + images.capacity() * 4;
}

std::shared_ptr<LocalSegment> Seal(std::span<const LocalSegment* const> parts) {
  Merged merged = MergeIds(parts);
  auto sealed = std::make_shared<LocalSegment>();
  sealed->bits = std::clamp(static_cast<int>(std::bit_width(merged.points)) - kBucketPointsLog2, 0, kPrefixBits);
  HugeVector<uint32_t>& starts = sealed->starts;
  starts.assign((size_t{1} << sealed->bits) + 1, 0);
  ForEachPoint(parts, merged, [&](const LocalSegment& part, size_t point, uint32_t) {
    ++starts[sealed->Bucket(part.signatures[2 * point]) + 1];
  });
  for (size_t i = 1; i < starts.size(); ++i) starts[i] += starts[i - 1];
  sealed->signatures.resize(2 * merged.points);
  sealed->geometry.resize(merged.points);
  sealed->images.resize(merged.points);
  ForEachPoint(parts, merged, [&](const LocalSegment& part, size_t point, uint32_t place) {
    size_t to = starts[sealed->Bucket(part.signatures[2 * point])]++;
    sealed->signatures[2 * to] = part.signatures[2 * point];
    sealed->signatures[2 * to + 1] = part.signatures[2 * point + 1];
    sealed->geometry[to] = part.geometry[point];
    sealed->images[to] = place;
  });
  // Each start has moved to its bucket's end.
  std::copy_backward(starts.begin(), starts.end() - 1, starts.end());
  starts[0] = 0;
  sealed->dead.assign(merged.ids.size(), false);
  sealed->ids = std::move(merged.ids);
  return sealed;
}

LocalPictures PicturesOf(std::span<const LocalSegment* const> parts) {
  Merged merged = MergeIds(parts);
  LocalPictures pictures;
  std::vector<size_t> next(merged.ids.size() + 1, 0);
  ForEachPoint(parts, merged, [&](const LocalSegment&, size_t, uint32_t place) { ++next[place + 1]; });
  for (size_t i = 0; i < merged.ids.size(); ++i) {
    pictures.counts.push_back(static_cast<uint16_t>(next[i + 1]));
    next[i + 1] += next[i];
  }
  pictures.signatures.resize(2 * merged.points);
  pictures.geometry.resize(merged.points);
  ForEachPoint(parts, merged, [&](const LocalSegment& part, size_t point, uint32_t place) {
    size_t to = next[place]++;
    pictures.signatures[2 * to] = part.signatures[2 * point];
    pictures.signatures[2 * to + 1] = part.signatures[2 * point + 1];
    pictures.geometry[to] = part.geometry[point];
  });
  pictures.ids = std::move(merged.ids);
  return pictures;
}

}  // namespace likeness::index
