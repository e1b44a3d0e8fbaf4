#include <gmock/gmock.h>

#include "catalog/catalog.h"
#include "catalog/test_support.h"

namespace likeness::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Fixture {
  TemporaryFolder folder;
  int64_t now_ms = kNowMs;
  std::unique_ptr<Catalog> catalog;

  Fixture() {
    Open();
    for (uint64_t id = 1; id <= 4; ++id) EXPECT_TRUE(catalog->InsertImages({Image(id)}));
  }
  void Open() {
    catalog.reset();
    catalog = std::move(*Catalog::Open({.path = folder.file(), .now_ms = [this] { return now_ms; }}));
  }
  void Fill(const std::string& fingerprint, bool afresh = false) {
    EXPECT_TRUE(catalog->FillJobs({.role = JobRole::kScenes, .model = "m", .fingerprint = fingerprint}, afresh));
  }
  std::vector<uint64_t> Lease(size_t limit = 100, JobRole role = JobRole::kScenes) {
    std::vector<uint64_t> ids;
    const std::vector<ImageId> leased = catalog->LeaseJobs(role, limit, 1000).value();
    for (ImageId id : leased) ids.push_back(id.value);
    return ids;
  }
};

TEST(ModelJobs, FollowTheFeedAndTheModel) {
  Fixture f;
  EXPECT_TRUE(f.catalog->SetTrashed({ImageId{3}}, true));
  f.Fill("a");
  EXPECT_THAT(f.Lease(2), ElementsAre(1, 2));
  EXPECT_THAT(f.Lease(), ElementsAre(4));
  EXPECT_TRUE(f.catalog->FinishJobs(JobRole::kScenes, {ImageId{1}, ImageId{2}, ImageId{4}}));
  f.Fill("a");
  EXPECT_THAT(f.Lease(), IsEmpty()) << "nothing came";
  // Back from the trash, new, and gone again before anybody looked.
  EXPECT_TRUE(f.catalog->SetTrashed({ImageId{3}}, false));
  EXPECT_TRUE(f.catalog->InsertImages({Image(5), Image(6)}));
  EXPECT_TRUE(f.catalog->DeleteImage(ImageId{6}));
  f.Fill("a");
  EXPECT_THAT(f.Lease(), ElementsAre(3, 5));
  EXPECT_TRUE(f.catalog->SetTrashed({ImageId{5}}, true));
  f.Fill("a");
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->waiting, 1u);
  EXPECT_THAT(f.Lease(100, JobRole::kObjects), IsEmpty()) << "another role";
  f.Fill("b");
  EXPECT_THAT(f.Lease(), ElementsAre(1, 2, 3, 4)) << "another model";
  f.Fill("b", true);
  EXPECT_THAT(f.Lease(), ElementsAre(1, 2, 3, 4)) << "afresh";
  f.Fill("");
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->waiting, 0u);
}

TEST(ModelJobs, LeasesEndAndFailuresWaitLongerEachTime) {
  Fixture f;
  f.Fill("a");
  EXPECT_THAT(f.Lease(), ElementsAre(1, 2, 3, 4));
  f.Open();
  EXPECT_THAT(f.Lease(), IsEmpty()) << "a lease outlives its process";
  f.now_ms += 1000;
  EXPECT_THAT(f.Lease(), ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(f.catalog->ReleaseJobs(JobRole::kScenes, {ImageId{2}}));
  EXPECT_THAT(f.Lease(), ElementsAre(2));
  EXPECT_TRUE(f.catalog->FinishJobs(JobRole::kScenes, {ImageId{2}, ImageId{3}, ImageId{4}}));
  for (int attempt = 0; attempt < 8; ++attempt) {
    EXPECT_TRUE(f.catalog->FailJob(JobRole::kScenes, ImageId{1}, "no pixels"));
    f.now_ms += (60'000ll << attempt) - 1;
    EXPECT_THAT(f.Lease(), IsEmpty()) << attempt;
    f.now_ms += 1;
    EXPECT_EQ(f.Lease().size(), attempt < 7 ? 1u : 0u) << attempt;
  }
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->waiting, 0u);
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->failed, 1u);
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->error, "no pixels");
}

TEST(ModelJobs, AScoreEndsItsJobAndGoesWithItsImage) {
  Fixture f;
  EXPECT_TRUE(f.catalog->FillJobs({.role = JobRole::kQuality, .model = "m", .fingerprint = "a"}, false));
  EXPECT_TRUE(f.catalog->WriteQuality(ImageId{1}, QualityScore{"m", 23.5f}));
  EXPECT_TRUE(f.catalog->WriteQuality(ImageId{2}, QualityScore{"m", 90}));
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kQuality)->waiting, 2u);
  EXPECT_EQ((*f.catalog->FindQuality(ImageId{1}))->score, 23.5f);
  EXPECT_EQ((*f.catalog->FindQuality(ImageId{1}))->model, "m");
  EXPECT_TRUE(f.catalog->WriteQuality(ImageId{1}, std::nullopt));
  EXPECT_FALSE(*f.catalog->FindQuality(ImageId{1}));
  EXPECT_TRUE(f.catalog->DeleteImage(ImageId{2}));
  EXPECT_FALSE(*f.catalog->FindQuality(ImageId{2}));
  EXPECT_TRUE(f.catalog->WriteQuality(ImageId{99}, QualityScore{"m", 1})) << "gone meanwhile";
}

Status SetState(Catalog& catalog, ImageId id, const std::string& tag, TagState state) {
  ImageEdit edit;
  (state == TagState::kAccepted   ? edit.tags_accept
   : state == TagState::kRejected ? edit.tags_reject
                                  : edit.tags_suggest) = {tag};
  const Result<uint64_t> batch = catalog.EditImages({id}, edit, {});
  return batch ? Status{} : std::unexpected(batch.error());
}

TEST(ModelJobs, APictureThatCameBackMeanwhileIsOwedAnew) {
  Fixture f;
  f.Fill("a");
  EXPECT_THAT(f.Lease(1), ElementsAre(1));
  EXPECT_TRUE(f.catalog->SetTrashed({ImageId{1}}, true));
  EXPECT_TRUE(f.catalog->SetTrashed({ImageId{1}}, false));
  EXPECT_TRUE(f.catalog->FollowFeed());
  EXPECT_TRUE(f.catalog->FinishJobs(JobRole::kScenes, {ImageId{1}}));
  EXPECT_THAT(f.Lease(1), ElementsAre(1));
  EXPECT_TRUE(f.catalog->ReleaseJobs(JobRole::kScenes, {ImageId{1}}, 5000));
  EXPECT_THAT(f.Lease(), ElementsAre(2, 3, 4));
  EXPECT_TRUE(*f.catalog->HasFreeJobs(JobRole::kScenes));
  EXPECT_FALSE(*f.catalog->HasFreeJobs(JobRole::kScenes, true));
  f.now_ms += 5000;
  EXPECT_TRUE(*f.catalog->HasFreeJobs(JobRole::kScenes, true));
  EXPECT_THAT(f.Lease(), ElementsAre(2, 3, 4, 1)) << "the other leases ended, too";
  EXPECT_FALSE(*f.catalog->HasFreeJobs(JobRole::kScenes));
}

TEST(AutomaticTags, AreOfTheirRole) {
  Fixture f;
  f.Fill("a");
  const ImageId id{1};
  EXPECT_TRUE(f.catalog->WriteAutomaticTags(JobRole::kScenes, id, {{"sea", JobRole::kScenes, "m", 400, {}}}));
  EXPECT_TRUE(f.catalog->WriteAutomaticTags(JobRole::kWords, id, {{"sea", JobRole::kWords, "w", 700, {}}}));
  ASSERT_EQ(f.catalog->ListAutomaticTags(id)->size(), 2u);
  EXPECT_EQ(f.catalog->ListAutomaticTags(id)->at(0).model, "w") << "surest first";
  EXPECT_TRUE(f.catalog->WriteAutomaticTags(JobRole::kWords, id, {}));
  EXPECT_EQ(f.catalog->ListAutomaticTags(id)->at(0).model, "m");
  f.Fill("");
  EXPECT_THAT(*f.catalog->ListAutomaticTags(id), IsEmpty()) << "no model, no suggestions";
}

TEST(AutomaticTags, WhatAPersonSaidStays) {
  Fixture f;
  f.Fill("a");
  const ImageId id{1};
  auto write = [&](const std::string& model, const std::vector<std::string>& names) {
    std::vector<AutomaticTag> tags;
    for (const std::string& name : names) tags.push_back({name, JobRole::kScenes, model, 900 - int(tags.size()), {}});
    EXPECT_TRUE(f.catalog->WriteAutomaticTags(JobRole::kScenes, id, tags));
  };
  auto text = [&] {
    std::string out;
    const std::vector<AutomaticTag> tags = f.catalog->ListAutomaticTags(id).value();
    for (const AutomaticTag& tag : tags) out += tag.name + "/" + tag.model + "/" + "?sar"[size_t(tag.state)] + " ";
    return out;
  };
  write("one", {"beach", "coast", "outdoor"});
  EXPECT_EQ(f.catalog->CountJobs(JobRole::kScenes)->waiting, 3u) << "the job ends with its tags";
  EXPECT_EQ(text(), "beach/one/s coast/one/s outdoor/one/s ");
  EXPECT_TRUE(SetState(*f.catalog, id, "beach", TagState::kRejected));
  EXPECT_TRUE(SetState(*f.catalog, id, "outdoor", TagState::kAccepted));
  EXPECT_THAT(f.catalog->GetImage(id)->tags, ElementsAre("outdoor"));
  write("two", {"beach", "outdoor", "ocean"});
  EXPECT_EQ(text(), "beach/one/r ocean/two/s outdoor/one/a ");
  EXPECT_TRUE(SetState(*f.catalog, id, "outdoor", TagState::kRejected));
  EXPECT_THAT(f.catalog->GetImage(id)->tags, IsEmpty());
  for (TagState answer : {TagState::kAccepted, TagState::kRejected}) {
    EXPECT_TRUE(SetState(*f.catalog, id, "ocean", answer));
    EXPECT_TRUE(SetState(*f.catalog, id, "ocean", TagState::kSuggested)) << "an answer is taken back";
    EXPECT_EQ(text(), "beach/one/r ocean/two/s outdoor/one/r ");
    EXPECT_THAT(f.catalog->GetImage(id)->tags, IsEmpty());
  }
  EXPECT_EQ(SetState(*f.catalog, id, "hill", TagState::kAccepted).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(f.catalog->WriteAutomaticTags(JobRole::kScenes, ImageId{99}, {{"x", JobRole::kScenes, "m", 1, {}}}));
  EXPECT_TRUE(f.catalog->DeleteImage(id));
  EXPECT_EQ(text(), "");
}

}  // namespace
}  // namespace likeness::catalog
