#include "engine/evidence.h"

#include <fmt/format.h>

#include <unordered_set>

namespace likeness::engine {
namespace {

// Most comparisons that one query costs, by the signal that proposed them. A flat query has many equals at distance 0,
// and each of them could be pixel-equal: it looks at more.
constexpr size_t kHashCandidatesMax = 48, kFlatCandidatesMax = 256, kLocalCandidatesMax = 16;

// Looking up farther hashes takes a scan, 10 to 40 ms among a million, and finds few copies that the points of a
// picture with plenty do not find: 2 of 1,216 of the copy battery (grass at a quarter of its size).
constexpr size_t kPlentyOfPoints = 64, kScannedMax = 250'000;
constexpr int kNearHashBits = 31;

constexpr float kOneColourContrast = 0.5f;  // standard deviation of luma, grey levels

}  // namespace

void IndexSet::Add(ImageId id, const feature::Features& features) {
  phash.Add(id, features.phash);
  if (features.pdq.quality >= kPdqQualityMin)
    pdq.Add(id, features.pdq.hash);
  else
    pdq.Remove(id);
  colour.Add(id, features.colour);
  if (features.layout)
    layout.Add(id, *features.layout);
  else
    layout.Remove(id);
  if (features.local.keypoints.size() >= static_cast<size_t>(feature::kLocalPointsMin))
    local.Add(id, features.local, features.width, features.height);
  else
    local.Remove(id);
}

void IndexSet::Remove(ImageId id) {
  phash.Remove(id);
  pdq.Remove(id);
  colour.Remove(id);
  layout.Remove(id);
  local.Remove(id);
}

size_t IndexSet::memory_bytes() const {
  return phash.memory_bytes() + pdq.memory_bytes() + colour.memory_bytes() + layout.memory_bytes() +
         local.memory_bytes();
}

int HashRadius(const feature::Features& features, int radius, size_t stored) {
  const bool near = stored > kScannedMax && features.local.keypoints.size() >= kPlentyOfPoints;
  return near ? std::min(radius, kNearHashBits) : radius;
}

std::vector<ImageId> FindCandidates(const IndexSet& indexes, const compare::QueryFeatures& query,
                                    const dedupe::Rules& rules, size_t threads) {
  std::vector<ImageId> found;
  std::unordered_set<ImageId> seen;
  auto add = [&](ImageId id) {
    if (seen.insert(id).second) found.push_back(id);
  };
  const feature::Features& features = query.features;
  bool flat = features.low_information;
  int radius =
      HashRadius(features, flat ? rules.phash_low_information_bits : rules.phash_supported_bits, indexes.phash.size());
  for (const index::HammingHit& hit :
       indexes.phash.Search(query.phash_variants, radius, flat ? kFlatCandidatesMax : kHashCandidatesMax))
    add(hit.id);
  if (features.pdq.quality >= kPdqQualityMin)
    for (const index::HammingHit& hit :
         indexes.pdq.Search({&features.pdq.hash, 1}, HashRadius(features, 2 * rules.pdq_same_bits, indexes.pdq.size()),
                            kHashCandidatesMax))
      add(hit.id);
  if (features.local.keypoints.size() >= static_cast<size_t>(feature::kLocalPointsMin))
    for (const index::LocalCandidate& hit : indexes.local.Search(features.local, &query.local_mirrored, features.width,
                                                                 features.height, kLocalCandidatesMax, threads))
      add(hit.id);
  return found;
}

dedupe::Verdict Judge(const compare::QueryFeatures& query, const feature::Features& match, bool same_bytes,
                      const dedupe::Rules& rules) {
  compare::PairSignals signals = compare::Compare(query, match);
  signals.same_bytes = same_bytes;
  return dedupe::Decide(signals, rules);
}

dedupe::Verdict JudgeSameBytes(const dedupe::Rules& rules) {
  compare::PairSignals signals;
  signals.same_bytes = signals.same_pixels = true;
  signals.phash_distance = signals.phash_upright_distance = 0;
  signals.pdq_distance = 0;
  signals.changed_share = 0;
  return dedupe::Decide(signals, rules);
}

std::string WhyNotByPoints(const feature::Features& features) {
  if (!features.low_information) return {};
  const size_t points = features.local.keypoints.size();
  std::string why =
      features.quality.contrast < kOneColourContrast ? "The picture is of one colour"
      : points == 0                                  ? "The picture is too flat for points: none was found"
      : points < static_cast<size_t>(feature::kLocalPointsMin)
          ? fmt::format("The picture is too flat for points: {} found, {} are needed", points, feature::kLocalPointsMin)
          : "The picture is too flat for points";
  return why + (features.pdq.quality >= kPdqQualityMin ? "; compared by hash, PDQ and colour"
                                                       : "; compared by hash and colour");
}

int StrengthRank(dedupe::VerdictKind kind) {
  return kind == dedupe::VerdictKind::kNone ? 100 : static_cast<int>(kind);
}

bool IsStronger(const dedupe::Verdict& a, const dedupe::Verdict& b) {
  int rank_a = StrengthRank(a.kind), rank_b = StrengthRank(b.kind);
  return rank_a != rank_b ? rank_a < rank_b : a.score > b.score;
}

}  // namespace likeness::engine
