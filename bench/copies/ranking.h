// The figures of a ranked list of answers, and how sure a share is.
#pragma once

#include <cstddef>
#include <vector>

namespace likeness::bench {

struct RankedAnswer {
  double score = 0;
  bool right = false;
};

struct RankingFigures {
  double micro_average_precision = 0;
  double recall_at_p90 = 0;  // the largest recall at which precision is still 0.9
};

// As in DISC21 and ISC2021: all answers to all queries in one list by score; each right one adds the precision up to
// it; divided by `positives`, the number of queries that have a truth. Among equal scores wrong ones come first: no
// luck by ties.
RankingFigures Figures(std::vector<RankedAnswer> answers, size_t positives);

// Wilson's interval of 95 % for `hits` of `trials`; {0, 1} without trials.
struct Interval {
  double low = 0, high = 1;
};
Interval Wilson(size_t hits, size_t trials);

}  // namespace likeness::bench
