#include "copies/ranking.h"

#include <algorithm>
#include <cmath>

namespace likeness::bench {

RankingFigures Figures(std::vector<RankedAnswer> answers, size_t positives) {
  std::ranges::sort(answers, [](const RankedAnswer& a, const RankedAnswer& b) {
    return a.score != b.score ? a.score > b.score : a.right < b.right;
  });
  RankingFigures figures;
  if (positives == 0) return figures;
  double hits = 0, sum = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].right) continue;
    hits += 1;
    double precision = hits / double(i + 1);
    sum += precision;
    if (precision >= 0.9) figures.recall_at_p90 = hits / double(positives);
  }
  figures.micro_average_precision = sum / double(positives);
  return figures;
}

Interval Wilson(size_t hits, size_t trials) {
  if (trials == 0) return {};
  constexpr double kZ = 1.96;
  double n = double(trials), p = double(hits) / n, z2 = kZ * kZ;
  double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  double half = kZ * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

}  // namespace likeness::bench
