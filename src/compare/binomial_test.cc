#include "compare/binomial.h"

#include <gtest/gtest.h>

#include <cmath>

namespace likeness::compare {
namespace {

TEST(BinomialTest, EqualsTheSumByHand) {
  struct Row {
    int k, n;
    double share, at_most, at_least;
  };
  constexpr Row kRows[] = {
      {0, 1, 0.25, 0.75, 1},
      {1, 1, 0.25, 1, 0.25},
      {2, 4, 0.5, 11.0 / 16, 11.0 / 16},
      {3, 3, 0.1, 1, 1e-3},
      {9, 10, 0.01, 1, 10 * 1e-18 * 0.99 + 1e-20},
  };
  for (const Row& row : kRows) {
    EXPECT_NEAR(Log10AtMost(row.k, row.n, row.share), std::log10(row.at_most), 1e-9);
    EXPECT_NEAR(Log10AtLeast(row.k, row.n, row.share), std::log10(row.at_least), 1e-9);
  }
  EXPECT_NEAR(Log10Choose(52, 5), std::log10(2598960.0), 1e-9);
}

TEST(BinomialTest, ReachesWhereADoubleDoesNot) {
  EXPECT_NEAR(Log10AtLeast(200, 200, 1e-3), -600, 1e-6);
  EXPECT_EQ(Log10AtMost(5, 5, 0), 0);
  EXPECT_EQ(Log10AtLeast(0, 5, 0), 0);
}

}  // namespace
}  // namespace likeness::compare
