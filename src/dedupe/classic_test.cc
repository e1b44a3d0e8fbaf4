#include "dedupe/classic.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using compare::NearestCounts;

// `matches` points with nearest descriptors of exactly `bits`.
NearestCounts Counts(std::initializer_list<std::pair<int, int>> matches_at_bits, int query_points = 200,
                     int match_points = 200) {
  NearestCounts counts{{}, query_points, match_points};
  for (auto [matches, bits] : matches_at_bits) counts.at[size_t(bits)] = uint16_t(matches);
  return counts;
}

// Each row of the published table at its bound and one below it, for the text's and the program's reading.
TEST(AkazeRulesTest, Table) {
  struct Row {
    const char* name;
    std::vector<NearestCounts> candidates;
    int of_the_program, of_the_text;  // rule, -1: none
  };
  const NearestCounts weak = Counts({{3, 60}});
  const std::vector<Row> rows{
      {"rule 0", {Counts({{2, 5}})}, 0, 0},
      {"one match is not enough", {Counts({{1, 5}})}, -1, -1},
      {"rule 1", {Counts({{4, 10}})}, 1, 1},
      {"three within 10", {Counts({{3, 6}})}, -1, -1},
      {"rule 2", {Counts({{6, 15}})}, 2, 2},
      {"five within 15", {Counts({{5, 11}})}, -1, -1},
      {"rule 3: eight for the text only", {Counts({{8, 32}})}, -1, 3},
      {"rule 3: ten for both", {Counts({{10, 32}})}, 3, 3},
      {"seven within 32", {Counts({{7, 16}})}, -1, -1},
      {"rule 4: ten for the program only", {Counts({{10, 64}}), weak, weak}, 4, -1},
      {"rule 4: eleven for both", {Counts({{11, 64}}), weak, weak}, 4, 4},
      {"rule 4: 65 bits for the program only", {Counts({{11, 65}}), weak, weak}, 4, -1},
      {"rule 4 asks for a second candidate", {Counts({{30, 60}})}, -1, -1},
      {"a candidate without any vote is none", {Counts({{30, 60}}), Counts({})}, -1, -1},
      {"rule 4: three times the median", {Counts({{12, 60}}), Counts({{4, 60}}), Counts({{4, 60}})}, 4, 4},
      {"rule 4: less than that", {Counts({{12, 60}}), Counts({{5, 60}}), Counts({{5, 60}})}, -1, -1},
      {"the first rule decides", {Counts({{2, 4}, {20, 30}})}, 0, 0},
      {"nothing", {}, -1, -1},
  };
  for (const Row& row : rows) {
    auto program = DecideAkaze(row.candidates, {}), text = DecideAkaze(row.candidates, AkazeRules::OfTheText());
    EXPECT_EQ(program ? program->rule : -1, row.of_the_program) << row.name;
    EXPECT_EQ(text ? text->rule : -1, row.of_the_text) << row.name;
  }
}

TEST(AkazeRulesTest, TheCandidateOfMostMatchesAnswers) {
  std::vector<NearestCounts> candidates{Counts({{6, 12}}), Counts({{9, 12}}), Counts({{7, 12}})};
  auto answer = DecideAkaze(candidates, {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->candidate, 1u);
  EXPECT_EQ(answer->rule, 2);
  EXPECT_EQ(answer->matches, 9);
}

TEST(TwentyPercentTest, Table) {
  struct Row {
    const char* name;
    NearestCounts counts;
    bool similar;
  };
  const std::vector<Row> rows{
      {"more than a fifth of the smaller set", Counts({{21, 3}}, 100, 200), true},
      {"exactly a fifth", Counts({{20, 3}}, 100, 200), false},
      {"of the match, where that is smaller", Counts({{21, 0}}, 200, 100), true},
      {"four bits are too many", Counts({{90, 4}}, 100, 200), false},
      {"ten points are enough", Counts({{3, 3}}, 10, 200), true},
      {"nine are not", Counts({{9, 0}}, 9, 200), false},
      {"nothing", Counts({}, 0, 0), false},
  };
  for (const Row& row : rows) EXPECT_EQ(DecideTwentyPercent(row.counts, {}), row.similar) << row.name;
}

TEST(PolicyTest, NamesGoBothWays) {
  for (Policy policy : {Policy::kLikeness, Policy::kAkazeRules, Policy::kTwentyPercent})
    EXPECT_EQ(PolicyFromName(Name(policy)), policy);
  EXPECT_EQ(PolicyFromName("phash"), std::nullopt);
}

TEST(PolicyTest, VerdictsFollowThePolicy) {
  compare::PairSignals signals;
  signals.nearest = Counts({{9, 12}});
  signals.nearest_mirrored = Counts({{60, 2}});
  Rules akaze, twenty;
  akaze.policy = Policy::kAkazeRules;
  twenty.policy = Policy::kTwentyPercent;
  EXPECT_EQ(Decide(signals).kind, VerdictKind::kNone);
  Verdict by_akaze = Decide(signals, akaze), by_share = Decide(signals, twenty);
  EXPECT_EQ(by_akaze.kind, VerdictKind::kSamePicture);
  EXPECT_EQ(by_akaze.rule, "akaze-rules:2");
  EXPECT_EQ(by_share.kind, VerdictKind::kMirrored) << "only the mirrored query's points match that near";
  signals.same_bytes = true;
  EXPECT_EQ(Decide(signals, twenty).kind, VerdictKind::kExact);
}

TEST(PolicyTest, RuleFourLooksAtAllCandidatesOfAQuery) {
  Rules rules;
  rules.policy = Policy::kAkazeRules;
  std::array<Verdict, 3> verdicts;
  for (size_t i = 0; i < 3; ++i) {
    compare::PairSignals signals;
    signals.nearest = Counts({{i == 1 ? 30 : 3, 60}});
    verdicts[i] = Decide(signals, rules);
    EXPECT_EQ(verdicts[i].kind, VerdictKind::kNone);
  }
  std::array<Verdict*, 3> all{&verdicts[0], &verdicts[1], &verdicts[2]};
  SettleAkaze(all, Rules{});
  EXPECT_EQ(verdicts[1].kind, VerdictKind::kNone) << "another policy";
  SettleAkaze(all, rules);
  EXPECT_EQ(verdicts[0].kind, VerdictKind::kNone);
  EXPECT_EQ(verdicts[1].kind, VerdictKind::kSamePicture);
  EXPECT_EQ(verdicts[1].rule, "akaze-rules:4");
}

}  // namespace
}  // namespace likeness::dedupe
