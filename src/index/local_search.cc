// 1. Probes: for each query point the bucket of its prefix and those within two bits, sorted by bucket, so that a
// bucket
//    is read once, and stays in the first cache while all query points that want it (plain and mirrored) pass over it.
// 2. Of what a query point finds, the nearest kFoundMax are kept.
// 3. By picture: one correspondence for each query point, the nearest. Its weight falls with its distance and with the
//    number of pictures the query point finds.
// 4. Pictures by the weight that agrees roughly; the best are verified.
#include "index/local_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

// True partners (points of edited copies at the same place, within 130 of 486 bits) and strangers: 96 % of the true are
// within 32 bits, and one in 1,100 strangers.
constexpr int kSignatureBitsMax = 32;
// For each query point; beyond, only equals of the nearest.
constexpr size_t kFoundMax = 96;
constexpr size_t kAgreeingMin = 3;
constexpr size_t kVerifiedMin = 100;
constexpr size_t kBlockPoints = 1024;
// More buckets than this are sorted by their upper bits only.
constexpr int kSortedBits = 14;

struct Probe {
  uint32_t bucket;
  uint16_t query_point;
};

struct Found {
  uint32_t image;  // its place in the segment
  uint32_t point;
  uint16_t query_point, distance;
};

template <typename Visit>
void ForEachProbe(uint32_t home, int bits, Visit visit) {
  visit(home);
  for (int i = 0; i < bits; ++i) {
    visit(home ^ (1u << i));
    for (int j = 0; j < i; ++j) visit(home ^ (1u << i) ^ (1u << j));
  }
}

std::vector<Probe> PlanProbes(const LocalSegment& segment, std::span<const QueryPoint> query) {
  const int shift = std::max(0, segment.bits - kSortedBits);
  std::vector<uint32_t> next((size_t{1} << (segment.bits - shift)) + 1, 0);
  for (const QueryPoint& point : query)
    ForEachProbe(segment.Bucket(point.signature[0]), segment.bits,
                 [&](uint32_t bucket) { ++next[(bucket >> shift) + 1]; });
  for (size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  std::vector<Probe> probes(next.back());
  for (size_t q = 0; q < query.size(); ++q)
    ForEachProbe(segment.Bucket(query[q].signature[0]), segment.bits, [&](uint32_t bucket) {
      probes[next[bucket >> shift]++] = {bucket, static_cast<uint16_t>(q)};
    });
  return probes;
}

void Find(const LocalSegment& segment, std::span<const QueryPoint> query, std::vector<Found>& found) {
  std::array<simd::SignatureHit, kBlockPoints> hits;
  const std::vector<Probe> probes = PlanProbes(segment, query);
  for (size_t first = 0, last; first < probes.size(); first = last) {
    const uint32_t bucket = probes[first].bucket;
    for (last = first + 1; last < probes.size() && probes[last].bucket == bucket;) ++last;
    for (size_t begin = segment.starts[bucket], end = segment.starts[bucket + 1]; begin < end; begin += kBlockPoints) {
      const size_t count = std::min(kBlockPoints, end - begin);
      for (size_t i = first; i < last; ++i) {
        const uint16_t q = probes[i].query_point;
        size_t got = simd::ScanSignatures(&segment.signatures[2 * begin], count, query[q].signature.data(),
                                          kSignatureBitsMax, hits.data());
        for (size_t h = 0; h < got; ++h) {
          auto point = static_cast<uint32_t>(begin + hits[h].index);
          uint32_t image = segment.images[point];
          if (segment.dead_count > 0 && segment.dead[image]) continue;
          found.push_back({image, point, q, static_cast<uint16_t>(hits[h].distance)});
        }
      }
    }
  }
}

void KeepNearest(std::span<std::vector<Found>> parts, size_t query_count) {
  std::vector<std::array<uint32_t, kSignatureBitsMax + 1>> counts(query_count);
  for (const auto& found : parts)
    for (const Found& one : found) ++counts[one.query_point][one.distance];
  std::vector<int> distance_max(query_count, kSignatureBitsMax);
  bool all = true;
  for (size_t q = 0; q < query_count; ++q) {
    size_t sum = 0;
    for (int distance = 0; distance <= kSignatureBitsMax; ++distance) {
      size_t more = counts[q][static_cast<size_t>(distance)];
      if (sum > 0 && sum + more > kFoundMax) {
        distance_max[q] = distance - 1;
        all = false;
        break;
      }
      sum += more;
    }
  }
  if (all) return;
  for (auto& found : parts)
    std::erase_if(found, [&](const Found& one) { return one.distance > distance_max[one.query_point]; });
}

// Stable. key(one) < keys.
template <typename Key>
std::vector<Found> SortedBy(std::span<const Found> found, size_t keys, Key key) {
  std::vector<uint32_t> next(keys + 1, 0);
  for (const Found& one : found) ++next[key(one) + size_t{1}];
  for (size_t i = 1; i <= keys; ++i) next[i] += next[i - 1];
  std::vector<Found> sorted(found.size());
  for (const Found& one : found) sorted[next[key(one)]++] = one;
  return sorted;
}

// Sorted by picture and query point, one for each of both: the nearest. Ties by the places, not by
// the order of points, which merging changes.
void GroupByImage(const LocalSegment& segment, size_t query_count, std::vector<Found>& found) {
  found = SortedBy(found, query_count, [](const Found& one) { return one.query_point; });
  found = SortedBy(found, segment.ids.size(), [](const Found& one) { return one.image; });
  auto place = [&](const Found& one) { return std::bit_cast<uint32_t>(segment.geometry[one.point]); };
  size_t kept = 0;
  for (const Found& one : found) {
    Found* last = kept > 0 ? &found[kept - 1] : nullptr;
    if (last == nullptr || last->image != one.image || last->query_point != one.query_point)
      found[kept++] = one;
    else if (one.distance < last->distance || (one.distance == last->distance && place(one) < place(*last)))
      *last = one;
  }
  found.resize(kept);
}

// The correspondences of one picture with the plain or the mirrored query.
struct Group {
  uint64_t id;
  const LocalSegment* segment;
  std::span<const Found> found;
  bool mirrored;
  float weight;  // of all; then, of those that agree roughly

  bool operator<(const Group& other) const {
    return weight != other.weight ? weight < other.weight : id != other.id ? id > other.id : mirrored > other.mirrored;
  }
};

class Ranking {
 public:
  Ranking(std::span<const QueryPoint> query, std::vector<float> weights)
      : query_(query), weights_(std::move(weights)) {}

  void Add(const LocalSegment& segment, std::span<const Found> found, bool mirrored) {
    if (found.size() < kAgreeingMin) return;
    Group group{segment.ids[found[0].image], &segment, found, mirrored, 0};
    for (const Found& one : found) group.weight += WeightOf(one);
    groups_.push_back(group);
  }

  // The best by CoarseAgreement, descending. All the weight of a group is an upper bound of what agrees.
  std::vector<Group> Best(size_t count) {
    std::make_heap(groups_.begin(), groups_.end());
    std::vector<Group> best;  // a heap with its least on top once it is full
    auto greater = [](const Group& a, const Group& b) { return b < a; };
    for (size_t left = groups_.size(); left > 0; --left) {
      if (best.size() == count && groups_.front().weight < best.front().weight) break;
      std::pop_heap(groups_.begin(), groups_.begin() + static_cast<ptrdiff_t>(left));
      Group group = groups_[left - 1];
      group.weight = CoarseAgreement(PairsOf(group));
      best.push_back(group);
      std::push_heap(best.begin(), best.end(), greater);
      if (best.size() <= count) continue;
      std::pop_heap(best.begin(), best.end(), greater);
      best.pop_back();
    }
    std::sort(best.begin(), best.end(), greater);
    return best;
  }

  std::span<const PointPair> PairsOf(const Group& group) {
    pairs_.clear();
    for (const Found& one : group.found)
      pairs_.push_back(
          {query_[one.query_point].geometry, group.segment->geometry[one.point], one.query_point, WeightOf(one)});
    return pairs_;
  }

 private:
  float WeightOf(const Found& one) const {
    return weights_[one.query_point] * (1.0f - 0.5f * static_cast<float>(one.distance) / kSignatureBitsMax);
  }

  std::span<const QueryPoint> query_;
  std::vector<float> weights_;
  std::vector<Group> groups_;
  std::vector<PointPair> pairs_;
};

}  // namespace

std::vector<LocalCandidate> SearchLocal(std::span<const LocalSegment* const> parts, std::span<const QueryPoint> query,
                                        size_t plain_count, size_t k) {
  std::vector<std::vector<Found>> found(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) Find(*parts[i], query, found[i]);
  KeepNearest(found, query.size());
  std::vector<uint32_t> pictures_of(query.size(), 0);
  for (size_t i = 0; i < parts.size(); ++i) {
    GroupByImage(*parts[i], query.size(), found[i]);
    for (const Found& one : found[i]) ++pictures_of[one.query_point];
  }
  // A point that finds partners in many pictures says little about each.
  std::vector<float> weights(query.size());
  for (size_t q = 0; q < query.size(); ++q)
    weights[q] = 1.0f / (1.0f + 0.5f * std::log2(static_cast<float>(std::max<uint32_t>(pictures_of[q], 1))));

  Ranking ranking(query, std::move(weights));
  for (size_t i = 0; i < parts.size(); ++i) {
    std::span<const Found> all(found[i]);
    for (size_t begin = 0, middle, end; begin < all.size(); begin = end) {
      for (end = begin; end < all.size() && all[end].image == all[begin].image;) ++end;
      for (middle = begin; middle < end && all[middle].query_point < plain_count;) ++middle;
      ranking.Add(*parts[i], all.subspan(begin, middle - begin), false);
      ranking.Add(*parts[i], all.subspan(middle, end - middle), true);
    }
  }
  std::unordered_map<uint64_t, LocalCandidate> best;
  for (const Group& group : ranking.Best(std::max(kVerifiedMin, 4 * k))) {
    int agreeing = 0;
    float votes = VerifyAgreement(ranking.PairsOf(group), &agreeing);
    if (agreeing < static_cast<int>(kAgreeingMin)) continue;
    LocalCandidate& entry = best[group.id];
    if (votes > entry.votes) entry = {ImageId{group.id}, votes, group.mirrored};
  }
  std::vector<LocalCandidate> candidates;
  for (const auto& [id, candidate] : best) candidates.push_back(candidate);
  std::sort(candidates.begin(), candidates.end(), [](const LocalCandidate& a, const LocalCandidate& b) {
    return a.votes != b.votes ? a.votes > b.votes : a.id < b.id;
  });
  if (candidates.size() > k) candidates.resize(k);
  return candidates;
}

}  // namespace likeness::index
