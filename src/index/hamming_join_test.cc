#include "index/hamming_join.h"

#include <gtest/gtest.h>

#include <tuple>

#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::Hash256;
using feature::HashVariants;

// Every pair, as the header says.
std::vector<NearestRow> Plainly(const std::vector<Hash256>& rows, const std::vector<HashVariants>& queries,
                                int radius) {
  std::vector<NearestRow> out(queries.size());
  for (size_t q = 0; q < queries.size(); ++q) {
    int best = radius + 1;
    for (uint32_t row = 0; row < rows.size(); ++row) {
      for (uint16_t v = 0; v < queries[q].size(); ++v) {
        int distance = HammingDistance(rows[row], queries[q][v]);
        if (distance < best) best = distance, out[q] = {row, static_cast<uint16_t>(distance), v};
      }
    }
  }
  return out;
}

void Check(size_t row_count, size_t query_count, std::mt19937_64& random) {
  std::vector<Hash256> rows(row_count);
  for (Hash256& row : rows) {
    // Clusters, and the same row several times.
    row = random() % 3 == 0 ? Flip(rows[random() % rows.size()], static_cast<int>(random() % 40), random)
                            : RandomHash(random);
  }
  std::vector<HashVariants> queries(query_count);
  for (HashVariants& query : queries) {
    for (Hash256& variant : query) variant = RandomHash(random);
    if (random() % 2 == 0 && row_count > 0)
      query[random() % 8] = Flip(rows[random() % row_count], static_cast<int>(random() % 80), random);
  }
  for (int radius : {0, 1, 15, 16, 31, 40, 64, 100}) {
    auto got = JoinNearest(rows, queries, radius, 2, CancelFlag());
    ASSERT_TRUE(got.has_value());
    ASSERT_EQ(*got, Plainly(rows, queries, radius)) << row_count << " rows, " << query_count << " queries, " << radius;
  }
}

TEST(HammingJoin, EqualsEveryPair) {
  std::mt19937_64 random(17);
  for (size_t rows : {0, 1, 7, 9, 300})
    for (size_t queries : {0, 1, 13, 5000}) Check(rows, queries, random);
}

TEST(HammingJoin, EqualsEveryPairAboveTheCrossover) {
  std::mt19937_64 random(18);
  Check(3000, 1500, random);
}

TEST(HammingJoin, StopsWhenTold) {
  std::mt19937_64 random(19);
  std::vector<Hash256> rows(3000);
  for (Hash256& row : rows) row = RandomHash(random);
  std::vector<HashVariants> queries(2000);
  CancelFlag cancel;
  cancel.Cancel();
  EXPECT_EQ(JoinNearest(rows, queries, 31, 2, cancel).error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace likeness::index
