#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using Groups = std::vector<std::vector<uint64_t>>;
constexpr VerdictKind kSame = VerdictKind::kSamePicture;

TEST(GroupTest, Table) {
  struct Row {
    const char* name;
    std::vector<Pair> pairs, not_duplicates;
    Groups groups;
  };
  const Row rows[] = {
      {"nothing", {}, {}, {}},
      {"chain", {{3, 2, kSame, 0.9}, {1, 2, kSame, 0.8}}, {}, {{1, 2, 3}}},
      {"two groups", {{5, 6, kSame, 0.9}, {1, 2, kSame, 0.8}}, {}, {{1, 2}, {5, 6}}},
      {"similar is no link", {{1, 2, VerdictKind::kSimilar, 0.4}, {2, 3, VerdictKind::kNone, 0}}, {}, {}},
      {"not a duplicate", {{1, 2, kSame, 0.9}}, {{2, 1}}, {}},
      {"never across", {{1, 2, kSame, 0.9}, {2, 3, kSame, 0.8}}, {{1, 3}}, {{1, 2}}},
      {"never across, surer first", {{1, 2, kSame, 0.8}, {2, 3, kSame, 0.9}}, {{1, 3}}, {{2, 3}}},
      {"enmity passes to the group",
       {{1, 2, kSame, 0.9}, {3, 4, kSame, 0.9}, {2, 3, kSame, 0.8}},
       {{1, 4}},
       {{1, 2}, {3, 4}}},
      {"itself", {{1, 1, kSame, 1}}, {{2, 2}}, {}},
  };
  for (const Row& row : rows) EXPECT_EQ(Group(row.pairs, row.not_duplicates), row.groups) << row.name;
}

TEST(GroupTest, OrderOfPairsDoesNotMatterAndDeclaredPairsStayApart) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<Pair> pairs, apart;
    for (int i = 0; i < 200; ++i)
      pairs.push_back({random() % 80, random() % 80, kSame, double(random() % 1000) / 1000});
    for (int i = 0; i < 20; ++i) apart.push_back({random() % 80, random() % 80});
    Groups groups = Group(pairs, apart);
    for (const Pair& pair : apart) {
      if (pair.a == pair.b) continue;
      for (const auto& group : groups) {
        bool has_a = std::ranges::find(group, pair.a) != group.end(),
             has_b = std::ranges::find(group, pair.b) != group.end();
        EXPECT_FALSE(has_a && has_b) << pair.a << " " << pair.b;
      }
    }
    std::shuffle(pairs.begin(), pairs.end(), random);
    EXPECT_EQ(Group(pairs, apart), groups);
  }
}

}  // namespace
}  // namespace likeness::dedupe
