// What the copy search has to reach, and whether a run reached it.
#pragma once

#include "copies/score.h"

namespace likeness::bench {

struct GoalResult {
  std::string name;
  double goal = 0, figure = 0;
  double low = 0, high = 1;  // 95 % interval of the figure; {0, 1} where it has none
  size_t queries = 0;
  std::vector<std::string> transforms;  // that it is about, where it names some
};

// Recall at zero false matches by transform, and micro average precision. Goals without a query are left out.
std::vector<GoalResult> CheckGoals(const Score& score, const std::vector<Transform>& transforms);

void PrintGoals(const std::vector<GoalResult>& results);
std::string GoalsJson(const std::vector<GoalResult>& results);

}  // namespace likeness::bench
