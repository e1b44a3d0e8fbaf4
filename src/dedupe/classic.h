// The decision rules of two earlier systems, on our own points: what a library that trusts them may go on with, and
// what ours are measured against. They count near descriptors and ask neither where points lie nor what pictures look
// like, so they know no crops from edits. Pure and thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "compare/descriptor_match.h"

namespace likeness::dedupe {

enum class Policy : uint8_t {
  kLikeness,       // verdict.h
  kAkazeRules,     // five rules of an AKAZE index, 2021
  kTwentyPercent,  // share of matched points, a dating site's duplicate engine
};
std::string_view Name(Policy policy);  // "likeness", "akaze-rules", "twenty-percent"
std::optional<Policy> PolicyFromName(std::string_view name);

// Rules 0 to 3 hold where enough of the query's points have a descriptor within so many bits. Rule 4 is weaker and asks
// that the best of all candidates stands out from their median. The published text and the published program differ in
// rules 3 and 4; the defaults are the program's.
struct AkazeRules {
  struct Near {
    int bits = 0, matches_min = 0;
  };
  std::array<Near, 4> near{{{5, 2}, {10, 4}, {15, 6}, {32, 10}}};
  Near far{65, 10};
  int candidates_min = 2;  // of rule 4
  double median_ratio_min = 3;

  static AkazeRules OfTheText() { return {{{{5, 2}, {10, 4}, {15, 6}, {32, 8}}}, {64, 11}, 2, 3}; }
};
struct AkazeAnswer {
  size_t candidate = 0;  // which of them
  int rule = 0;          // 0..4
  int matches = 0;
};
// All candidates of one query: the first rule that holds for any answers with the candidate of most matches.
std::optional<AkazeAnswer> DecideAkaze(std::span<const compare::NearestCounts> candidates, const AkazeRules& rules);

// Similar when more than `share` of the smaller set of points is matched within so many bits. Pictures of fewer points
// were refused there: they are never similar.
struct TwentyPercentRule {
  int bits = 3;
  double share = 0.20;
  int points_min = 10;
};
bool DecideTwentyPercent(const compare::NearestCounts& counts, const TwentyPercentRule& rule);

}  // namespace likeness::dedupe
