#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dedupe/verdict.h"

namespace likeness::dedupe {
namespace {

using testing::Contains;
using testing::HasSubstr;

Candidate Jpeg(uint32_t width, uint32_t height, int quality, uint64_t size_bytes = 1000) {
  Candidate candidate;
  candidate.width = width;
  candidate.height = height;
  candidate.format = "jpeg";
  candidate.quality.jpeg_quality = uint8_t(quality);
  candidate.size_bytes = size_bytes;
  return candidate;
}

template <typename Change>
Candidate With(Candidate candidate, Change change) {
  change(candidate);
  return candidate;
}

struct Row {
  const char* name;
  std::vector<Candidate> candidates;
  size_t keep;
  const char* reason;
};

TEST(KeepTest, Table) {
  const Row rows[] = {
      {"pixels", {Jpeg(3000, 2000, 90), Jpeg(6000, 4000, 90)}, 1, "6000×4000 is 4.0 times the pixels"},
      {"quality", {Jpeg(3000, 2000, 75), Jpeg(3000, 2000, 92)}, 1, "JPEG quality 92 against 75"},
      {"pixels before quality", {Jpeg(3000, 2000, 75), Jpeg(1000, 800, 95)}, 0, "times the pixels"},
      {"enlarged",
       {With(Jpeg(6000, 4000, 95), [](auto& c) { c.quality.upscale_ratio = 0.4f; }), Jpeg(3000, 2000, 90)},
       1,
       "enlarged from a smaller picture"},
      {"part",
       {With(Jpeg(6000, 4000, 95), [](auto& c) { c.is_part = true; }), Jpeg(3000, 2000, 90)},
       1,
       "shows the whole picture"},
      {"edited",
       {With(Jpeg(6000, 4000, 95), [](auto& c) { c.is_edited = true; }), Jpeg(3000, 2000, 90)},
       1,
       "nothing was added"},
      {"lossless",
       {Jpeg(3000, 2000, 90), With(Jpeg(3000, 2000, 0), [](auto& c) { c.format = "png"; })},
       1,
       "png keeps every pixel"},
      {"looks cleaner",
       {With(Jpeg(3000, 2000, 90), [](auto& c) { c.score = 51; }),
        With(Jpeg(3000, 2000, 90), [](auto& c) { c.score = 23; })},
       1,
       "looks cleaner: 23 against 51"},
      {"hardly cleaner",
       {With(Jpeg(3000, 2000, 90, 20), [](auto& c) { c.score = 30; }),
        With(Jpeg(3000, 2000, 90, 10), [](auto& c) { c.score = 23; })},
       0,
       "larger file"},
      {"metadata",
       {Jpeg(3000, 2000, 90), With(Jpeg(3000, 2000, 90), [](auto& c) { c.metadata_fields = 9; })},
       1,
       "9 facts against 0"},
      {"bytes", {Jpeg(3000, 2000, 90, 10), Jpeg(3000, 2000, 90, 20)}, 1, "larger file"},
      {"all alike", {Jpeg(3000, 2000, 90), Jpeg(3000, 2000, 90)}, 0, "all alike"},
      {"of three", {Jpeg(1000, 800, 95), Jpeg(4000, 3200, 80), Jpeg(2000, 1600, 90)}, 1, "is 4.0 times the pixels"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    KeepProposal proposal = ProposeKeep(row.candidates);
    EXPECT_EQ(proposal.keep, row.keep);
    EXPECT_THAT(proposal.reasons, Contains(HasSubstr(row.reason)));
  }
}

TEST(KeepTest, OneAloneNeedsNoReason) {
  KeepProposal proposal = ProposeKeep({Jpeg(10, 10, 90)});
  EXPECT_EQ(proposal.keep, 0u);
  EXPECT_TRUE(proposal.reasons.empty());
}

TEST(KeepTest, TheOneThatDiffersFromAllIsTheEdited) {
  std::vector<Candidate> group(4);
  MarkCandidates(group, {{1, 0, VerdictKind::kEdited, ""},
                         {2, 0, VerdictKind::kEdited, ""},
                         {2, 1, VerdictKind::kSamePicture, ""},
                         {3, 0, VerdictKind::kEdited, ""},
                         {3, 1, VerdictKind::kPartOf, ""}});
  EXPECT_TRUE(group[0].is_edited);
  EXPECT_FALSE(group[1].is_edited || group[2].is_edited || group[3].is_edited);
  EXPECT_TRUE(group[3].is_part);
}

TEST(KeepTest, OfTwoOnlyABorderTellsWhichIsEdited) {
  std::vector<Candidate> two(2), framed(2), all(3);
  MarkCandidates(two, {{1, 0, VerdictKind::kEdited, "inliers+structure"}});
  EXPECT_FALSE(two[0].is_edited || two[1].is_edited);
  MarkCandidates(framed, {{1, 0, VerdictKind::kEdited, std::string(kBorderRule)}});
  EXPECT_TRUE(framed[1].is_edited);
  EXPECT_FALSE(framed[0].is_edited);
  MarkCandidates(
      all, {{1, 0, VerdictKind::kEdited, ""}, {2, 0, VerdictKind::kEdited, ""}, {2, 1, VerdictKind::kEdited, ""}});
  for (const Candidate& candidate : all) EXPECT_FALSE(candidate.is_edited);
}

}  // namespace
}  // namespace likeness::dedupe
