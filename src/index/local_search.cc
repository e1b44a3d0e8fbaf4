// 1. Probes: for each query point the coarse cells that most likely hold its partners (NearestCells); their buckets are
//    scanned by signature. Memory is asked for ahead: nearly every probe of a large segment misses the cache.
// 2. Of what a query point finds in all segments, the nearest kFoundMax are kept.
// 3. Pictures that only one or two points found are dropped: chance does that to thousands of a million.
// 4. By picture: one correspondence for each query point, the nearest. Its weight falls with its distance and with the
//    number of pictures the query point finds. Pictures are ranked by the weight that agrees on one turn, scale and
//    move.
#include "index/local_search.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <unordered_map>

#include "base/threads.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

// Of kSignatureBits. 5 finds fewer copies (docs/decisions/0007-local-index.md), each bit more lets twice the
// strangers pass.
constexpr int kSignatureBitsMax = 6;
// For each query point; beyond, only what is nearer.
constexpr size_t kFoundMax = 1024;
// What one query point may find in one segment before its probes end.
constexpr size_t kFoundInSegmentMax = 16 * kFoundMax;
// Points of one bucket that a probe looks at: more share a bucket only where thousands of pictures carry the same
// thing. Of such a bucket each query point looks at another stretch, so that no picture is left out by all.
constexpr size_t kBucketScanMax = 4096;
constexpr uint64_t kSpread = 0x9E3779B97F4A7C15;
constexpr size_t kAgreeingMin = 3;
constexpr size_t kCountersMax = 1 << 18;  // bytes that stay in the second cache
// Whole buckets, then points, are asked for this many probes ahead.
constexpr size_t kBucketsAhead = 24, kPointsAhead = 12;
constexpr size_t kBlocksAhead = 4, kBlock = simd::kSignatureBlock;
// What hits point to is asked for, and read when there are so many.
constexpr size_t kWaitingMax = 128;

// The cells to probe for each of a query's points in the segment of the most cells: all queries look into about as
// many, so that one of few points finds more partners of each. Segments of fewer, wider cells hold as many partners in
// fewer of them: measured at 18, 21 and 24 bits, see docs/decisions/0007-local-index.md.
size_t ProbesFor(size_t query_points, int bits, int bits_most) {
  constexpr double kProbes = 32 * 1024, kMost = 256, kGrowth = 0.22;  // doublings a bit
  const double probes = std::min(kMost, kProbes / static_cast<double>(std::max<size_t>(1, query_points)));
  return std::max<size_t>(1, static_cast<size_t>(std::lround(probes * std::exp2(kGrowth * (bits - bits_most)))));
}

// One correspondence in 64 bits, so that sorting needs no more: picture, mirrored or not, query point, distance,
// the stored point's rounded angle, scale and position.
struct Found {
  uint64_t bits;

  Found(PointPlace place, uint32_t query_point, bool mirrored, uint32_t distance)
      : bits(uint64_t{place.image} << 44 | uint64_t{mirrored} << 43 | uint64_t{query_point} << 32 |
             uint64_t{distance} << 24 | std::bit_cast<uint32_t>(place) >> 20) {}
  uint32_t group() const { return static_cast<uint32_t>(bits >> 43); }  // picture and mirrored
  uint32_t image() const { return static_cast<uint32_t>(bits >> 44); }
  bool mirrored() const { return bits >> 43 & 1; }
  uint32_t query_point() const { return static_cast<uint32_t>(bits >> 32) & (kQueryPointsMax - 1); }
  uint32_t distance() const { return static_cast<uint32_t>(bits >> 24) & 255; }
  PointPlace place() const { return std::bit_cast<PointPlace>(static_cast<uint32_t>(bits << 20)); }
  friend bool operator<(Found a, Found b) { return a.bits < b.bits; }
};

// A hit whose place is on its way from memory.
struct Hit {
  uint32_t point;
  uint16_t query_point, distance;
};

struct Probe {
  uint32_t bucket;
  uint32_t query_point;
};

// A stretch of a query's points and where each segment is probed for them.
struct Slice {
  uint32_t first_point = 0;
  std::span<const QueryPoint> query;
  std::vector<uint32_t> signatures;
  std::vector<std::vector<Probe>> probes;  // by segment; the points of one count from the slice's first
};

Slice Prepare(std::span<const std::shared_ptr<LocalSegment>> segments, std::span<const QueryPoint> query,
              size_t first_point, size_t end_point) {
  int bits_most = 0;
  for (const auto& segment : segments) bits_most = std::max(bits_most, segment->bits());
  std::vector<size_t> counts;
  for (const auto& segment : segments) counts.push_back(ProbesFor(query.size(), segment->bits(), bits_most));
  Slice slice{static_cast<uint32_t>(first_point), query.subspan(first_point, end_point - first_point), {}, {}};
  slice.probes.resize(segments.size());
  for (size_t i = 0; i < segments.size(); ++i) slice.probes[i].reserve(counts[i] * slice.query.size());
  std::vector<uint32_t> cells(ProbesFor(query.size(), bits_most, bits_most));
  CodewordDistances distances;
  for (uint32_t q = 0; q < slice.query.size(); ++q) {
    ComputeDistances(slice.query[q].descriptor, distances);
    slice.signatures.push_back(SignatureOf(slice.query[q].descriptor));
    for (size_t i = 0; i < segments.size(); ++i) {
      const size_t got = NearestCells(distances, segments[i]->bits(), counts[i], cells.data());
      for (size_t cell = 0; cell < got; ++cell) slice.probes[i].push_back({cells[cell], q});
    }
  }
  return slice;
}

std::vector<Found> Find(const LocalSegment& segment, const Slice& slice, std::span<const Probe> probes) {
  const BucketTable& buckets = segment.buckets();
  const simd::SignatureBlock* blocks = segment.blocks();
  std::array<std::pair<size_t, size_t>, kPointsAhead> ranges;  // of the next probes
  auto look = [&](size_t i) {
    const auto [begin, end] = ranges[i % kPointsAhead] = buckets.Range(probes[i].bucket);
    const size_t first = begin / kBlock;
    for (size_t block = first; block < first + kBlocksAhead && block * kBlock < end; ++block)
      __builtin_prefetch(blocks[block].signature);
  };
  std::vector<Found> found;
  std::vector<Hit> waiting;
  waiting.reserve(kWaitingMax + kBucketScanMax);
  auto settle = [&] {
    const bool any_dead = segment.dead_count() > 0;
    for (const Hit& hit : waiting) {
      const auto place = std::bit_cast<PointPlace>(blocks[hit.point / kBlock].payload[hit.point % kBlock]);
      if (any_dead && segment.dead(place.image)) continue;
      found.emplace_back(place, slice.first_point + hit.query_point, slice.query[hit.query_point].mirrored,
                         hit.distance);
    }
    waiting.clear();
  };
  std::array<simd::SignatureHit, kBucketScanMax> hits;
  uint32_t point = 0;
  size_t found_by_point = 0;
  for (size_t i = 0; i < std::min(kBucketsAhead, probes.size()); ++i) buckets.Prefetch(probes[i].bucket);
  for (size_t i = 0; i < std::min(kPointsAhead, probes.size()); ++i) look(i);
  for (size_t i = 0; i < probes.size(); ++i) {
    const auto [begin, end] = ranges[i % kPointsAhead];
    if (i + kBucketsAhead < probes.size()) buckets.Prefetch(probes[i + kBucketsAhead].bucket);
    if (i + kPointsAhead < probes.size()) look(i + kPointsAhead);
    const uint32_t query_point = probes[i].query_point;
    if (query_point != point) point = query_point, found_by_point = 0;
    if (found_by_point > kFoundInSegmentMax || begin == end) continue;
    const uint32_t signature = slice.signatures[query_point];
    size_t got = 0;
    auto scan = [&](size_t first, size_t last) {
      got += simd::ScanSignatures(blocks, first, last, signature, kSignatureBitsMax, hits.data() + got);
    };
    if (end - begin <= kBucketScanMax) {
      scan(begin, end);
    } else {
      const size_t first = begin + (signature * kSpread >> 32) % (end - begin), left = end - first;
      scan(first, std::min(end, first + kBucketScanMax));
      if (left < kBucketScanMax) scan(begin, begin + kBucketScanMax - left);
    }
    found_by_point += got;
    for (const simd::SignatureHit& hit : std::span(hits).first(got)) {
      __builtin_prefetch(blocks[hit.place / kBlock].payload);
      waiting.push_back({hit.place, static_cast<uint16_t>(query_point), static_cast<uint16_t>(hit.distance)});
    }
    if (waiting.size() >= kWaitingMax) settle();
  }
  settle();
  return found;
}

using DistanceCounts = std::array<uint32_t, kSignatureBitsMax + 1>;

// The largest distance at which each query point finds at most kFoundMax; what it shares with no fewer stays.
std::vector<uint32_t> Cut(std::span<const DistanceCounts> counts) {
  std::vector<uint32_t> distance_max(counts.size(), kSignatureBitsMax);
  for (size_t q = 0; q < counts.size(); ++q) {
    size_t sum = counts[q][0];
    for (uint32_t distance = 1; distance <= kSignatureBitsMax; ++distance) {
      if (sum > 0 && sum + counts[q][distance] > kFoundMax) {
        distance_max[q] = distance - 1;
        break;
      }
      sum += counts[q][distance];
    }
  }
  return distance_max;
}

// What is left when nearly all pictures with fewer than kAgreeingMin correspondences are gone; sorted, one for each
// picture and query point.
std::vector<Found> Group(std::span<const std::vector<Found>> parts, const LocalSegment& segment,
                         std::span<const uint32_t> distance_max) {
  // Pictures share counters, so that these stay in the cache: a few too many pass, and Ranking drops them.
  const size_t groups = 2 * segment.ids().size();
  const size_t mask = std::min(std::bit_ceil(groups), kCountersMax) - 1;
  std::vector<uint8_t> counts(mask + 1, 0);
  auto wanted = [&](Found one) { return one.distance() <= distance_max[one.query_point()]; };
  for (const auto& part : parts)
    for (Found one : part)
      if (uint8_t& count = counts[one.group() & mask]; wanted(one) && count < kAgreeingMin) ++count;
  std::vector<Found> kept;
  for (const auto& part : parts)
    for (Found one : part)
      if (counts[one.group() & mask] == kAgreeingMin && wanted(one)) kept.push_back(one);
  std::sort(kept.begin(), kept.end());
  auto same = [](Found a, Found b) { return a.bits >> 32 == b.bits >> 32; };
  kept.erase(std::unique(kept.begin(), kept.end(), same), kept.end());
  return kept;
}

// The correspondences of one picture with the plain or the mirrored query.
struct PictureGroup {
  uint64_t id;
  std::span<const Found> found;
  float weight;  // of all

  bool operator<(const PictureGroup& other) const {
    if (weight != other.weight) return weight < other.weight;
    return id != other.id ? id > other.id : found[0].mirrored() > other.found[0].mirrored();
  }
};

struct Weighted {
  float turn, scale, move_x, move_y, weight;
};

constexpr float kTurnApart = 1.6f;   // sixteenths of a turn
constexpr float kScaleApart = 2.6f;  // quarters of an octave
constexpr float kMoveApart = 0.34f;  // of the longer side: positions are known to an eighth

float Around(float value, float period) {
  return value - period * std::round(value / period);
}

// The most weight that agrees with one of the correspondences on turn, scale and move. 0 when too few agree.
float Agreement(std::span<const Weighted> pairs) {
  constexpr size_t kSeedsMax = 24;
  float best = 0;
  size_t step = std::max<size_t>(1, pairs.size() / kSeedsMax);
  for (size_t seed = 0; seed < pairs.size(); seed += step) {
    const Weighted& s = pairs[seed];
    float weight = 0;
    size_t agreeing = 0;
    for (const Weighted& p : pairs) {
      if (std::abs(Around(p.turn - s.turn, kAngleSteps)) > kTurnApart) continue;
      if (std::abs(Around(p.scale - s.scale, kScaleSteps)) > kScaleApart) continue;
      if (std::abs(p.move_x - s.move_x) > kMoveApart || std::abs(p.move_y - s.move_y) > kMoveApart) continue;
      weight += p.weight;
      ++agreeing;
    }
    if (agreeing >= kAgreeingMin) best = std::max(best, weight);
  }
  return best;
}

class Ranking {
 public:
  Ranking(std::span<const QueryPoint> query, std::vector<float> weights)
      : query_(query), weights_(std::move(weights)) {}

  void Add(const LocalSegment& segment, std::span<const Found> found) {
    for (size_t begin = 0, end; begin < found.size(); begin = end) {
      for (end = begin; end < found.size() && found[end].group() == found[begin].group();) ++end;
      if (end - begin < kAgreeingMin) continue;
      PictureGroup group{segment.ids()[found[begin].image()], found.subspan(begin, end - begin), 0};
      for (Found one : group.found) group.weight += WeightOf(one);
      groups_.push_back(group);
    }
  }

  // At most k. All the weight of a group is an upper bound of what agrees.
  std::vector<LocalCandidate> Best(size_t k) {
    std::make_heap(groups_.begin(), groups_.end());
    std::unordered_map<uint64_t, LocalCandidate> best;
    std::vector<float> votes;  // a heap with its least on top, at most 2 k: each id may come twice
    for (size_t left = groups_.size(); left > 0; --left) {
      if (votes.size() == 2 * k && groups_.front().weight < votes.front()) break;
      std::pop_heap(groups_.begin(), groups_.begin() + static_cast<ptrdiff_t>(left));
      const PictureGroup& group = groups_[left - 1];
      const float agreed = Agreement(Weigh(group));
      if (agreed <= 0) continue;
      LocalCandidate& entry = best[group.id];
      if (agreed > static_cast<float>(entry.votes)) entry = {ImageId{group.id}, agreed, group.found[0].mirrored()};
      votes.push_back(agreed);
      std::push_heap(votes.begin(), votes.end(), std::greater<>());
      if (votes.size() > 2 * k) {
        std::pop_heap(votes.begin(), votes.end(), std::greater<>());
        votes.pop_back();
      }
    }
    std::vector<LocalCandidate> candidates;
    for (const auto& [id, candidate] : best) candidates.push_back(candidate);
    std::sort(candidates.begin(), candidates.end(), [](const LocalCandidate& a, const LocalCandidate& b) {
      return a.votes != b.votes ? a.votes > b.votes : a.id < b.id;
    });
    if (candidates.size() > k) candidates.resize(k);
    return candidates;
  }

 private:
  float WeightOf(Found one) const {
    return weights_[one.query_point()] * (1.0f - 0.5f * static_cast<float>(one.distance()) / kSignatureBitsMax);
  }

  // match = scale * turned query + move.
  std::span<const Weighted> Weigh(const PictureGroup& group) {
    pairs_.clear();
    for (Found one : group.found) {
      const PointPlace match = one.place();
      const QueryPlace& query = query_[one.query_point()].place;
      Weighted pair{static_cast<float>(match.angle) - query.angle, static_cast<float>(match.scale) - query.scale, 0, 0,
                    WeightOf(one)};
      const float turn = pair.turn * (2 * 3.14159265f / kAngleSteps);
      const float scale = std::exp2(Around(pair.scale, kScaleSteps) / kScaleStepsPerOctave);
      const float c = scale * std::cos(turn), s = scale * std::sin(turn);
      auto middle = [](uint32_t step) { return (static_cast<float>(step) + 0.5f) / kPositionSteps; };
      pair.move_x = middle(match.x) - (c * query.x - s * query.y);
      pair.move_y = middle(match.y) - (s * query.x + c * query.y);
      pairs_.push_back(pair);
    }
    return pairs_;
  }

  std::span<const QueryPoint> query_;
  std::vector<float> weights_;
  std::vector<PictureGroup> groups_;
  std::vector<Weighted> pairs_;
};

}  // namespace

std::vector<LocalCandidate> SearchLocal(std::span<const std::shared_ptr<LocalSegment>> segments,
                                        std::span<const QueryPoint> query, size_t k, size_t threads) {
  query = query.first(std::min(query.size(), kQueryPointsMax));
  // Slices of the query, so that threads share the work of each segment.
  const size_t slices = std::max<size_t>(1, std::min(threads, query.size() / 32));
  std::vector<std::vector<std::vector<Found>>> found(segments.size(), std::vector<std::vector<Found>>(slices));
  ParallelFor(slices, slices, nullptr, [&](size_t i) {
    const Slice slice = Prepare(segments, query, query.size() * i / slices, query.size() * (i + 1) / slices);
    for (size_t s = 0; s < segments.size(); ++s) found[s][i] = Find(*segments[s], slice, slice.probes[s]);
  });

  std::vector<DistanceCounts> counts(query.size());
  for (const auto& parts : found)
    for (const auto& part : parts)
      for (Found one : part) ++counts[one.query_point()][one.distance()];
  const std::vector<uint32_t> distance_max = Cut(counts);
  // A point that finds partners in many pictures says little about each.
  std::vector<float> weights(query.size());
  for (size_t q = 0; q < query.size(); ++q) {
    uint32_t partners = 0;
    for (uint32_t distance = 0; distance <= distance_max[q]; ++distance) partners += counts[q][distance];
    weights[q] = 1.0f / (1.0f + 0.5f * std::log2(static_cast<float>(std::max<uint32_t>(partners, 1))));
  }
  std::vector<std::vector<Found>> grouped(segments.size());
  Ranking ranking(query, std::move(weights));
  for (size_t i = 0; i < segments.size(); ++i) {
    grouped[i] = Group(found[i], *segments[i], distance_max);
    ranking.Add(*segments[i], grouped[i]);
  }
  return ranking.Best(k);
}

}  // namespace likeness::index
