#include "engine/closer_look.h"

#include <optional>

#include "base/threads.h"

namespace likeness::engine {

dedupe::Verdict LookCloser(const Analyzer& analyzer, dedupe::Verdict verdict, const compare::QueryFeatures& query,
                           ByteView query_file, const feature::Features& match, ByteView match_file,
                           const dedupe::Rules& rules) {
  if (rules.policy != dedupe::Policy::kLikeness || !dedupe::InDoubt(verdict)) return verdict;
  const ByteView files[2] = {query_file, match_file};
  std::optional<sandbox::Picture> pictures[2];
  ParallelFor(2, 2, nullptr, [&](size_t i) {
    if (auto picture = analyzer.pool().Decode(files[i], analyzer.options().formats))
      pictures[i].emplace(std::move(*picture));
  });
  if (!pictures[0] || !pictures[1]) return verdict;
  const compare::PixelView query_pixels{pictures[0]->pixels(), pictures[0]->size()};
  const compare::PixelView match_pixels{pictures[1]->pixels(), pictures[1]->size()};
  if (query_pixels.size != verdict.signals.query_size || match_pixels.size != verdict.signals.match_size)
    return verdict;
  return dedupe::DecideByPixels(std::move(verdict), query, query_pixels, match, match_pixels, rules);
}

}  // namespace likeness::engine
