#include "dedupe/classic.h"

#include <algorithm>
#include <vector>

namespace likeness::dedupe {
namespace {

constexpr std::array<std::string_view, 3> kNames{"likeness", "akaze-rules", "twenty-percent"};

// The candidate with most matches within `bits`; the first of equals.
AkazeAnswer Best(std::span<const compare::NearestCounts> candidates, int bits) {
  AkazeAnswer best;
  for (size_t i = 0; i < candidates.size(); ++i) {
    int matches = candidates[i].Within(bits);
    if (matches > best.matches) best = {i, 0, matches};
  }
  return best;
}

double Median(std::vector<int> counts) {
  std::ranges::sort(counts);
  size_t middle = counts.size() / 2;
  return counts.size() % 2 ? counts[middle] : (counts[middle - 1] + counts[middle]) / 2.0;
}

}  // namespace

std::string_view Name(Policy policy) {
  return kNames[size_t(policy)];
}

std::optional<Policy> PolicyFromName(std::string_view name) {
  auto found = std::ranges::find(kNames, name);
  if (found == kNames.end()) return std::nullopt;
  return Policy(found - kNames.begin());
}

std::optional<AkazeAnswer> DecideAkaze(std::span<const compare::NearestCounts> candidates, const AkazeRules& rules) {
  for (size_t rule = 0; rule < rules.near.size(); ++rule) {
    AkazeAnswer best = Best(candidates, rules.near[rule].bits);
    best.rule = int(rule);
    if (best.matches >= rules.near[rule].matches_min) return best;
  }
  AkazeAnswer best = Best(candidates, rules.far.bits);
  best.rule = int(rules.near.size());
  // Candidates are the pictures that any point votes for.
  std::vector<int> counts;
  for (const compare::NearestCounts& candidate : candidates) {
    if (int matches = candidate.Within(rules.far.bits); matches > 0) counts.push_back(matches);
  }
  if (best.matches < rules.far.matches_min || int(counts.size()) < rules.candidates_min) return std::nullopt;
  if (best.matches < rules.median_ratio_min * Median(std::move(counts))) return std::nullopt;
  return best;
}

bool DecideTwentyPercent(const compare::NearestCounts& counts, const TwentyPercentRule& rule) {
  int smaller = std::min(counts.query_points, counts.match_points);
  return smaller >= rule.points_min && counts.Within(rule.bits) > rule.share * smaller;
}

}  // namespace likeness::dedupe
