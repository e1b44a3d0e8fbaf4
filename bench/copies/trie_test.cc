#include "copies/trie.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

namespace likeness::bench {
namespace {

using Row = std::array<uint8_t, PrefixTree::kRowBytes>;

// The text's bits in front, zeros behind.
Row RowOf(const char* bits) {
  Row row{};
  for (size_t i = 0; bits[i]; ++i) row[i / 8] |= uint8_t((bits[i] == '1') << (7 - i % 8));
  return row;
}

std::vector<uint8_t> Flat(const std::vector<Row>& rows) {
  std::vector<uint8_t> flat;
  for (const Row& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return flat;
}

std::vector<uint32_t> Numbers(size_t count) {
  std::vector<uint32_t> numbers(count);
  for (size_t i = 0; i < count; ++i) numbers[i] = uint32_t(i);
  return numbers;
}

std::vector<uint32_t> Found(const PrefixTree& tree, const Row& query, int error_max) {
  std::vector<uint32_t> found;
  tree.Search(query, error_max, found);
  std::ranges::sort(found);
  return found;
}

int Distance(const Row& a, const Row& b) {
  int sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::popcount(uint8_t(a[i] ^ b[i]));
  return sum;
}

// The textbook example: three-bit strings, one error allowed.
TEST(PrefixTree, FindsTheStringAndItsNeighboursOfOneBit) {
  std::vector<Row> rows{RowOf("000"), RowOf("001"), RowOf("010"), RowOf("100"), RowOf("101"), RowOf("110")};
  PrefixTree tree(Flat(rows), Numbers(rows.size()));
  EXPECT_EQ(Found(tree, RowOf("010"), 1), (std::vector<uint32_t>{0, 2, 5}));
  EXPECT_EQ(Found(tree, RowOf("010"), 0), (std::vector<uint32_t>{2}));
  EXPECT_EQ(Found(tree, RowOf("011"), 0), (std::vector<uint32_t>{}));
}

TEST(PrefixTree, AnEmptyTreeFindsNothing) {
  EXPECT_TRUE(Found(PrefixTree({}, {}), RowOf("1"), 3).empty());
}

TEST(PrefixTree, EqualRowsAllAnswer) {
  std::vector<Row> rows(5, RowOf("1101"));
  EXPECT_EQ(Found(PrefixTree(Flat(rows), Numbers(5)), RowOf("1111"), 1), Numbers(5));
}

// Descriptors that share long prefixes and differ late, as well as random ones.
TEST(PrefixTree, AnswersAsALinearScanDoes) {
  for (uint32_t seed = 1; seed <= 5; ++seed) {
    std::mt19937 random(seed);
    std::vector<Row> rows;
    for (int i = 0; i < 1500; ++i) {
      Row row;
      if (i % 3 == 0 || rows.empty())
        for (uint8_t& byte : row) byte = uint8_t(random());
      else
        row = rows[random() % rows.size()];
      for (uint32_t flips = random() % 4; flips > 0; --flips) {
        uint32_t bit = random() % 486;
        row[bit / 8] ^= uint8_t(1 << (bit % 8));
      }
      rows.push_back(row);
    }
    PrefixTree tree(Flat(rows), Numbers(rows.size()));
    for (int i = 0; i < 100; ++i) {
      Row query = rows[random() % rows.size()];
      for (uint32_t flips = random() % 4; flips > 0; --flips) query[random() % 61] ^= uint8_t(1 << (random() % 8));
      for (int error_max : {0, 1, 3, 8}) {
        std::vector<uint32_t> expected;
        for (uint32_t at = 0; at < rows.size(); ++at)
          if (Distance(query, rows[at]) <= error_max) expected.push_back(at);
        ASSERT_EQ(Found(tree, query, error_max), expected) << "seed " << seed << ", error " << error_max;
      }
    }
  }
}

}  // namespace
}  // namespace likeness::bench
