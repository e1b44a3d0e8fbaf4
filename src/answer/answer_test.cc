#include <gtest/gtest.h>

#include "answer/pair_json.h"
#include "answer/sentences.h"

namespace likeness::answer {
namespace {

TEST(PairJson, ADifferenceHasTheMembersOfTheApi) {
  compare::Difference difference;
  difference.different = 12;
  difference.canvas = {40, 30};
  difference.size_a = difference.size_b = {40, 30};
  difference.bounds = {1, 2, 3, 4};
  compare::ChangedRegion moved;
  moved.kind = compare::ChangeKind::kMoved;
  moved.box = {1, 2, 3, 4};
  moved.from = {5, 6, 3, 4};
  moved.different = 12;
  moved.severity = 0.123456789;
  const std::vector<compare::ChangedRegion> regions = {moved};
  FoundDifference found{.difference = difference, .regions = regions};
  found.regions_found = 1;
  found.compared = 1200;
  found.a = found.b = {40, 30};
  found.fidelity = compare::Fidelity{};
  EXPECT_EQ(ToJson(found).Dump(),
            R"({"equal":false,"sentence":"1.00 % of the pixels differ, in 1 region.","different_pixels":12,)"
            R"("different_percent":1,"compared_pixels":1200,"antialiased_pixels":0,"ignored_pixels":0,)"
            R"("canvas":{"width":40,"height":30},"a":{"width":40,"height":30},"b":{"width":40,"height":30},)"
            R"("bounds":{"x":1,"y":2,"width":3,"height":4},"regions":[{"kind":"moved",)"
            R"("box":{"x":1,"y":2,"width":3,"height":4},"from":{"x":5,"y":6,"width":3,"height":4},)"
            R"("different_pixels":12,"severity":0.123457}],"regions_found":1,"psnr":null,"ssim":null,"ms_ssim":null})");
}

TEST(PairJson, AnAlignmentIsToldOnlyWhereThereIsOne) {
  compare::Difference difference;
  difference.size_a = difference.size_b = {40, 30};
  const std::vector<compare::ChangedRegion> none;
  FoundDifference found{.difference = difference, .regions = none};
  found.a = {40, 30};
  found.b = {80, 60};
  found.aligned = false;
  EXPECT_FALSE(ToJson(found)["aligned"].AsBool(true));
  EXPECT_FALSE(ToJson(found).Has("alignment"));
  compare::Alignment alignment;
  alignment.b_from_a.h = {2, 0, 0, 0, 2, 0, 0, 0, 1};
  found.aligned = true;
  found.alignment = &alignment;
  const Json told = ToJson(found)["alignment"];
  EXPECT_EQ(told["sentence"].AsString(), "b shows all of a, at 2.00 times the size");
  EXPECT_EQ(told["scale"].AsDouble(), 2);
  EXPECT_EQ(told["a_shared"].AsDouble(), 1);
  EXPECT_EQ(told["a_in_b"][2][0].AsDouble(), 80);
}

TEST(PairJson, APairInDoubtTellsTheLookAtItsPixels) {
  compare::PairSignals signals;
  signals.query_size = signals.match_size = {400, 300};
  signals.overlay = compare::Overlay{};
  signals.overlay->places = 100;
  signals.overlay->agreeing_share = signals.overlay->correlation = 0.99;
  signals.overlay->query_coverage = signals.overlay->match_coverage = 1;
  signals.overlay->region_in_query = {{{0, 0}, {400, 0}, {400, 300}, {0, 300}}};
  const Json told = ComparisonToJson(dedupe::Decide(signals), {400, 300}, {400, 300});
  EXPECT_EQ(told["verdict"]["rule"].AsString(), "overlay");
  EXPECT_EQ(told["signals"]["overlay"]["places"].AsInt(), 100);
  EXPECT_EQ(told["overlap"][2][0].AsDouble(), 400);
  EXPECT_EQ(told["transform"]["scale"].AsDouble(), 1);
  EXPECT_GE(told["similarity_percent"].AsDouble(), 90);
  signals.overlay.reset();
  const Json without = ComparisonToJson(dedupe::Decide(signals), {400, 300}, {400, 300});
  EXPECT_FALSE(without.Has("transform"));
  EXPECT_LT(without["similarity_percent"].AsDouble(), 70);
}

TEST(Sentences, OfDifferences) {
  struct Row {
    uint64_t different;
    image::Size b;
    bool aligned;
    const char* sentence;
  };
  const Row rows[] = {{0, {40, 30}, false, "The pictures are equal."},
                      {0, {40, 20}, false, "Nothing differs, but the sizes do."},
                      {0, {40, 30}, true, "Nothing differs where both show the same."},
                      {600, {40, 30}, false, "50.00 % of the pixels differ."},
                      {600, {40, 20}, false, "50.00 % of the pixels differ, and the sizes do."}};
  const compare::Alignment alignment;
  for (const Row& row : rows) {
    compare::Difference difference;
    difference.different = row.different;
    difference.size_a = {40, 30};
    difference.size_b = row.b;
    const std::vector<compare::ChangedRegion> none;
    FoundDifference found{.difference = difference, .regions = none};
    found.compared = 1200;
    found.alignment = row.aligned ? &alignment : nullptr;
    EXPECT_EQ(Describe(found), row.sentence);
  }
}

}  // namespace
}  // namespace likeness::answer
