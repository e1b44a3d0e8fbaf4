#include "copies/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "copies/systems.h"
#include "dedupe/verdict.h"

namespace likeness::bench {
namespace {

constexpr double kAlikePercent = 70;

}  // namespace

void DistinctPairs(const std::vector<Photo>& photos, unsigned threads) {
  std::vector<Picture> pictures(photos.size());
  Parallel(photos.size(), threads, [&](size_t i) { pictures[i] = Analyse(photos[i].pixels, true); });
  std::mutex mutex;
  std::map<std::string, size_t> kinds;
  std::vector<std::string> named;
  double least_log10 = 0;
  size_t high = 0;
  Parallel(photos.size(), threads, [&](size_t i) {
    for (size_t j = 0; j < photos.size(); ++j) {
      if (i == j) continue;
      dedupe::Verdict verdict =
          dedupe::Decide(compare::Compare(pictures[i].likeness, pictures[j].likeness.features), {});
      double percent = dedupe::SimilarityPercent(verdict);
      std::scoped_lock lock(mutex);
      ++kinds[std::string(dedupe::Name(verdict.kind))];
      high += percent >= kAlikePercent;
      bool called = verdict.kind != dedupe::VerdictKind::kNone;
      if (!called && verdict.signals.local.inliers > 0)
        least_log10 = std::min(least_log10, verdict.signals.local.log10_false_alarms);
      if (called || percent >= kAlikePercent || verdict.signals.local.log10_false_alarms < -5)
        named.push_back(fmt::format("{} {} {} {:.0f} % {}", photos[i].name, photos[j].name, dedupe::Name(verdict.kind),
                                    percent, Explain(verdict)));
    }
  });
  std::ranges::sort(named);
  for (const std::string& line : named) fmt::print("{}\n", line);
  fmt::print("\n{} ordered pairs of distinct photos:", photos.size() * (photos.size() - 1));
  for (const auto& [kind, count] : kinds) fmt::print(" {} {}", count, kind);
  fmt::print("; {} at {} % similarity and more; best chance agreement of the unrelated: log10 {:.1f}\n", high,
             kAlikePercent, least_log10);
}

}  // namespace likeness::bench
