#include "copies/ranking.h"

#include <gtest/gtest.h>

namespace likeness::bench {
namespace {

// By hand: precision at each right answer, summed, over the positives.
TEST(Ranking, AveragePrecisionAndRecallAtNinetyPercent) {
  struct Case {
    const char* name;
    std::vector<RankedAnswer> answers;
    size_t positives;
    double average_precision, recall_at_p90;
  };
  std::vector<RankedAnswer> nine_right_then_wrong_then_right;
  for (int i = 0; i < 9; ++i) nine_right_then_wrong_then_right.push_back({20.0 - i, true});
  nine_right_then_wrong_then_right.push_back({5, false});
  nine_right_then_wrong_then_right.push_back({4, true});
  const Case cases[] = {
      {"all right", {{3, true}, {2, true}}, 2, 1, 1},
      {"one never found", {{3, true}}, 2, 0.5, 0.5},
      {"right, wrong, right", {{3, true}, {2, false}, {1, true}}, 2, (1 + 2.0 / 3) / 2, 0.5},
      {"order of the list is no matter", {{1, true}, {2, false}, {3, true}}, 2, (1 + 2.0 / 3) / 2, 0.5},
      {"ties count against", {{1, true}, {1, false}}, 1, 0.5, 0},
      {"precision comes back above 0.9", nine_right_then_wrong_then_right, 10, (9 + 10.0 / 11) / 10, 1},
      {"nothing answered", {}, 4, 0, 0},
      {"nothing to find", {{1, false}}, 0, 0, 0},
  };
  for (const Case& c : cases) {
    RankingFigures figures = Figures(c.answers, c.positives);
    EXPECT_NEAR(figures.micro_average_precision, c.average_precision, 1e-12) << c.name;
    EXPECT_NEAR(figures.recall_at_p90, c.recall_at_p90, 1e-12) << c.name;
  }
}

// Reference values: Wilson's formula without continuity correction, computed by hand to four places.
TEST(Ranking, WilsonInterval) {
  Interval half = Wilson(5, 10);
  EXPECT_NEAR(half.low, 0.2366, 5e-5);
  EXPECT_NEAR(half.high, 0.7634, 5e-5);
  Interval all = Wilson(10, 10);
  EXPECT_NEAR(all.low, 0.7225, 5e-5);
  EXPECT_NEAR(all.high, 1, 1e-12);
  Interval none = Wilson(0, 0);
  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, 1);
}

}  // namespace
}  // namespace likeness::bench
