#include "copies/goals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "copies/ranking.h"

namespace likeness::bench {
namespace {

struct Goal {
  const char* name;
  double recall;
  std::vector<std::string> transforms;  // pooled
};

const std::vector<Goal>& Goals() {
  static const std::vector<Goal> goals{
      {"crop to 50 %", 0.99, {"crop-50"}},
      {"crop to 30 %", 0.96, {"crop-30"}},
      {"crop to 20 %", 0.92, {"crop-20"}},
      {"crop to 10 %", 0.80, {"crop-10"}},
      {"border 20 %", 0.98, {"border-20"}},
      {"rotation 4 degrees", 0.98, {"turn-4-filled", "turn-4-cut"}},
      {"rotation 25 degrees", 0.98, {"turn-25-filled", "turn-25-cut"}},
      {"mirror", 0.98, {"mirror"}},
      {"text line", 0.98, {"text-line"}},
      {"logo", 0.98, {"logo-20"}},
      {"tiled watermark", 0.98, {"watermark-15", "watermark-40"}},
      {"replaced banner", 0.98, {"banner-18"}},
      {"screenshot frame", 0.98, {"screenshot"}},
      {"collage", 0.90, {"collage-4"}},
      {"picture-in-picture 30 %", 0.90, {"covered-30"}},
      {"perspective", 0.90, {"perspective-6", "perspective-15"}},
      {"combinations", 0.90, {"crop-50+resize-50+jpeg-40", "mirror+crop-50", "banner-15+jpeg-50+turn-2"}},
      {"JPEG 10", 0.99, {"jpeg-10"}},
      {"resize to 10 %", 0.99, {"resize-10"}},
      {"blur", 0.99, {"blur-1.5", "blur-3", "blur-6"}},
      {"colour changes", 0.99, {"gamma-2", "brightness-60", "contrast-1.7", "grey", "saturation-0.4", "vignette-60"}},
  };
  return goals;
}
constexpr double kWhole = 0.99, kMicroAp = 0.95;

template <typename Counts>
GoalResult Pool(const Score& score, const std::vector<Transform>& transforms, const char* name, double goal,
                Counts counts) {
  size_t found = 0, queries = 0;
  for (size_t t = 0; t < transforms.size(); ++t) {
    if (!counts(transforms[t])) continue;
    found += score.rows[t].found_zero;
    queries += score.rows[t].queries;
  }
  Interval interval = Wilson(found, queries);
  return {name, goal, Share(found, queries), interval.low, interval.high, queries, {}};
}

}  // namespace

std::vector<GoalResult> CheckGoals(const Score& score, const std::vector<Transform>& transforms) {
  std::vector<GoalResult> results;
  for (const Goal& goal : Goals()) {
    results.push_back(Pool(score, transforms, goal.name, goal.recall, [&](const Transform& transform) {
      return std::ranges::find(goal.transforms, transform.name) != goal.transforms.end();
    }));
    results.back().transforms = goal.transforms;
  }
  results.push_back(Pool(score, transforms, "all whole-picture transforms", kWhole,
                         [](const Transform& transform) { return transform.group == "whole"; }));
  std::erase_if(results, [](const GoalResult& result) { return result.queries == 0; });
  if (score.total.queries > 0)
    results.push_back({"micro average precision", kMicroAp, score.micro_ap, 0, 1, score.total.queries, {}});
  return results;
}

void PrintGoals(const std::vector<GoalResult>& results) {
  fmt::print("\n| goal (recall at zero false matches) | wanted | figure | 95 % interval | queries | |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  for (const GoalResult& result : results) {
    std::string interval = result.high - result.low < 1 ? fmt::format("{:.3f} to {:.3f}", result.low, result.high) : "";
    fmt::print("| {} | {:.2f} | {:.3f} | {} | {} | {} |\n", result.name, result.goal, result.figure, interval,
               result.queries, result.figure >= result.goal ? "met" : "missed");
  }
}

std::string GoalsJson(const std::vector<GoalResult>& results) {
  std::string text = "[";
  for (const GoalResult& result : results) {
    text += fmt::format(
        "{}{{\"name\":\"{}\",\"goal\":{:.2f},\"figure\":{:.5f},\"low\":{:.5f},\"high\":{:.5f},\"queries\":{},"
        "\"transforms\":[{}]}}",
        text.size() > 1 ? "," : "", result.name, result.goal, result.figure, result.low, result.high, result.queries,
        result.transforms.empty() ? "" : fmt::format("\"{}\"", fmt::join(result.transforms, "\",\"")));
  }
  return text + "]";
}

}  // namespace likeness::bench
