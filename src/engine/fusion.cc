#include "engine/fusion.h"

#include <algorithm>
#include <unordered_map>

namespace likeness::engine {
namespace {

constexpr double kRankOffset = 60;

}  // namespace

std::vector<FusedHit> Fuse(const std::vector<RankedSignal>& lists) {
  std::vector<FusedHit> fused;
  std::unordered_map<ImageId, size_t> slots;
  for (const RankedSignal& list : lists) {
    int rank = 0;
    for (size_t i = 0; i < list.hits.size(); ++i) {
      const auto& [id, distance] = list.hits[i];
      if (i == 0 || distance != list.hits[i - 1].second) rank = static_cast<int>(i) + 1;
      auto [slot, fresh] = slots.try_emplace(id, fused.size());
      if (fresh) fused.push_back({id, 0, {}});
      FusedHit& hit = fused[slot->second];
      double score = list.weight / (kRankOffset + rank);
      hit.score += score;
      hit.signals.push_back({list.signal, distance, score, rank});
    }
  }
  std::sort(fused.begin(), fused.end(),
            [](const FusedHit& a, const FusedHit& b) { return a.score != b.score ? a.score > b.score : a.id < b.id; });
  return fused;
}

}  // namespace likeness::engine
