#include "catalog/albums.h"

#include <gmock/gmock.h>

#include "catalog/test_support.h"

namespace likeness::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Audience kAll{};
constexpr Audience kNobody{.everything = false};
Audience Of(uint64_t user) {
  return {.everything = false, .user = UserId{user}};
}

struct Fixture {
  TemporaryFolder folder;
  int64_t now_ms = kNowMs;
  std::unique_ptr<Catalog> catalog;

  Fixture() {
    Open();
    for (uint64_t id = 1; id <= 6; ++id) EXPECT_TRUE(catalog->InsertImages({Image(id)}).has_value());
  }
  void Open() {
    catalog.reset();
    auto opened = Catalog::Open({.path = folder.file(), .now_ms = [this] { return now_ms; }});
    ASSERT_TRUE(opened.has_value()) << opened.error().Text();
    catalog = std::move(*opened);
  }
  Albums* operator->() { return &catalog->albums(); }
  AlbumId Make(const std::string& name, uint64_t owner = 0, Visibility visibility = Visibility::kPrivate) {
    return (*this)->Create({.owner = UserId{owner}, .name = name, .visibility = visibility}).value();
  }
};

std::vector<ImageId> Images(std::initializer_list<uint64_t> ids) {
  std::vector<ImageId> out;
  for (uint64_t id : ids) out.push_back(ImageId{id});
  return out;
}
std::vector<uint64_t> Numbers(const std::vector<ImageId>& ids) {
  std::vector<uint64_t> out;
  for (ImageId id : ids) out.push_back(id.value);
  return out;
}
std::vector<std::string> Names(const std::vector<AlbumRow>& rows) {
  std::vector<std::string> out;
  for (const AlbumRow& row : rows) out.push_back(row.name);
  return out;
}

TEST(Albums, KeepTheirFieldsAndOrderOverAReopening) {
  Fixture f;
  const AlbumId id = f->Create({.owner = UserId{7},
                                .name = "Spain, 2023",
                                .description = "'); DROP TABLE albums; --",
                                .visibility = Visibility::kUnlisted})
                         .value();
  ASSERT_TRUE(f->ChangeImages(id, Images({3, 1, 2, 3}), {}).has_value());
  ASSERT_TRUE(f->Edit(id, {.cover = ImageId{2}}).has_value());
  f.Open();
  const AlbumRow row = f->Get(id).value();
  EXPECT_EQ(row.owner, UserId{7});
  EXPECT_EQ(row.name, "Spain, 2023");
  EXPECT_EQ(row.description, "'); DROP TABLE albums; --");
  EXPECT_EQ(row.visibility, Visibility::kUnlisted);
  EXPECT_EQ(row.cover, ImageId{2});
  EXPECT_FALSE(row.smart());
  EXPECT_THAT(Numbers(f->ListImages(id, kAll, 0, 10)->ids), ElementsAre(3, 1, 2));
  EXPECT_TRUE(f->Shows(id, kAll, ImageId{3}).value());
  EXPECT_FALSE(f->Shows(id, kAll, ImageId{4}).value());
  EXPECT_EQ(f->Find(UserId{7}, "Spain, 2023").value()->id, id);
  EXPECT_FALSE(f->Find(UserId{8}, "Spain, 2023").value().has_value());
}

TEST(Albums, PagesFollowOnWhateverIsRemovedMeanwhile) {
  Fixture f;
  const AlbumId id = f.Make("a");
  ASSERT_TRUE(f->ChangeImages(id, Images({6, 5, 4, 3, 2, 1}), {}).has_value());
  ListedImages page = f->ListImages(id, kAll, 0, 2).value();
  EXPECT_EQ(page.total, 6u);
  EXPECT_THAT(Numbers(page.ids), ElementsAre(6, 5));
  ASSERT_TRUE(f->ChangeImages(id, {}, Images({5, 4})).has_value());
  page = f->ListImages(id, kAll, page.next, 2).value();
  EXPECT_EQ(page.total, 4u);
  EXPECT_THAT(Numbers(page.ids), ElementsAre(3, 2));
  ASSERT_NE(page.next, 0);
  page = f->ListImages(id, kAll, page.next, 2).value();
  EXPECT_THAT(Numbers(page.ids), ElementsAre(1));
  EXPECT_EQ(page.next, 0);
  // Put back, it stands at the end.
  ASSERT_TRUE(f->ChangeImages(id, Images({5}), {}).has_value());
  EXPECT_THAT(Numbers(f->ListImages(id, kAll, 0, 10)->ids), ElementsAre(6, 3, 2, 1, 5));
}

TEST(Albums, TrashedPicturesAreNotShownAndDeletedOnesLeave) {
  Fixture f;
  const AlbumId id = f.Make("a");
  ASSERT_TRUE(f->ChangeImages(id, Images({1, 2, 3}), {}).has_value());
  ASSERT_TRUE(f->Edit(id, {.cover = ImageId{3}}).has_value());
  ASSERT_TRUE(f->SetFavourite({}, ImageId{2}, true).has_value());
  ASSERT_TRUE(f->SetFavourite({}, ImageId{3}, true).has_value());
  ASSERT_TRUE(f.catalog->SetTrashed(Images({2}), true).has_value());
  EXPECT_THAT(Numbers(f->ListImages(id, kAll, 0, 10)->ids), ElementsAre(1, 3));
  EXPECT_THAT(Numbers(f->ListIds(id).value()), ElementsAre(1, 3));
  EXPECT_EQ(f->ListImages(id, kAll, 0, 10)->total, 2u);
  EXPECT_THAT(Numbers(f->ListFavourites({}, kAll, 0, 10)->ids), ElementsAre(3));
  EXPECT_FALSE(f->Shows(id, kAll, ImageId{2}).value());
  ASSERT_TRUE(f.catalog->SetTrashed(Images({2}), false).has_value());
  EXPECT_THAT(Numbers(f->ListImages(id, kAll, 0, 10)->ids), ElementsAre(1, 2, 3));
  ASSERT_TRUE(f.catalog->DeleteImage(ImageId{3}).has_value());
  EXPECT_THAT(Numbers(f->ListImages(id, kAll, 0, 10)->ids), ElementsAre(1, 2));
  EXPECT_EQ(f->Get(id)->cover, ImageId{});
  EXPECT_THAT(Numbers(f->ListFavourites({}, kAll, 0, 10)->ids), ElementsAre(2));
  EXPECT_THAT(f.catalog->CheckIntegrity().value(), IsEmpty());
}

TEST(Albums, ChangesAreAllOrNothing) {
  Fixture f;
  const AlbumId id = f.Make("a"), smart = f->Create({.name = "b", .expression = "cat"}).value();
  f.Make("c", 1);
  struct Row {
    Status status;
    ErrorCode expected;
  };
  const Row rows[] = {
      {f->ChangeImages(id, Images({1, 99}), {}), ErrorCode::kNotFound},
      {f->ChangeImages(AlbumId{99}, Images({1}), {}), ErrorCode::kNotFound},
      {f->ChangeImages(smart, Images({1}), {}), ErrorCode::kFailedPrecondition},
      {f->Edit(id, {.name = "x", .cover = ImageId{99}}), ErrorCode::kNotFound},
      {f->Edit(id, {.name = "b"}), ErrorCode::kAlreadyExists},
      {f->Edit(id, {.name = ""}), ErrorCode::kInvalidArgument},
      {f->Edit(AlbumId{99}, {}), ErrorCode::kNotFound},
      {f->Remove(AlbumId{99}), ErrorCode::kNotFound},
      {f->SetFavourite({}, ImageId{99}, true), ErrorCode::kNotFound},
      {f->RemoveShare(id, ShareId{1}), ErrorCode::kNotFound},
  };
  for (const Row& row : rows) {
    ASSERT_FALSE(row.status.has_value());
    EXPECT_EQ(row.status.error().code, row.expected) << row.status.error().Text();
  }
  EXPECT_EQ(f->Create({.name = "a"}).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(f->Create({.name = ""}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(f->Create({.owner = UserId{2}, .name = "a"}).has_value());
  EXPECT_THAT(f->ListIds(id).value(), IsEmpty());
  EXPECT_EQ(f->Get(id)->name, "a");
}

TEST(Albums, ListsArePublicOnesAndOnesOwn) {
  Fixture f;
  f.Make("b public", 1, Visibility::kPublic);
  f.Make("A private", 1);
  f.Make("c unlisted", 2, Visibility::kUnlisted);
  f.Make("d of the folder");
  EXPECT_THAT(Names(f->List(kAll).value()), ElementsAre("A private", "b public", "c unlisted", "d of the folder"));
  EXPECT_THAT(Names(f->List(kNobody).value()), ElementsAre("b public"));
  EXPECT_THAT(Names(f->List(Of(1)).value()), ElementsAre("A private", "b public"));
  EXPECT_THAT(Names(f->List(Of(2)).value()), ElementsAre("b public", "c unlisted"));
}

TEST(Albums, SharesEndWithTheirTimeAndWithTheirAlbum) {
  Fixture f;
  const AlbumId a = f.Make("a"), b = f.Make("b");
  const Sha256 first = ComputeSha256(AsBytes("1")), second = ComputeSha256(AsBytes("2"));
  const ShareRow row{.album = a, .token_hash = first, .password_hash = "h", .audience = Of(5)};
  const ShareId kept = f->AddShare(row).value();
  ASSERT_TRUE(f->AddShare({.album = a, .token_hash = second, .expires_at_ms = kNowMs + 10}).has_value());
  EXPECT_EQ(f->AddShare({.album = AlbumId{99}, .token_hash = {}}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(f->FindShare(first)->audience, Of(5));
  EXPECT_EQ(f->FindShare(first)->password_hash, "h");
  EXPECT_EQ(f->FindShare(second)->audience, kAll);
  EXPECT_EQ(f->ListShares(a)->size(), 2u);
  f.now_ms += 10;
  EXPECT_EQ(f->FindShare(second).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(f->ListShares(a)->size(), 2u);
  EXPECT_EQ(f->RemoveShare(b, kept).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(f->GetShare(kept).has_value());
  ASSERT_TRUE(f->Remove(a).has_value());
  EXPECT_EQ(f->FindShare(first).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(f->GetShare(kept).error().code, ErrorCode::kNotFound);
}

TEST(Albums, FavouritesAreEachPersonsOwnAndTheLastMarkedComesFirst) {
  Fixture f;
  for (uint64_t id : {2, 5, 3, 2}) ASSERT_TRUE(f->SetFavourite(UserId{1}, ImageId{id}, true).has_value());
  ASSERT_TRUE(f->SetFavourite(UserId{2}, ImageId{6}, true).has_value());
  ListedImages page = f->ListFavourites(UserId{1}, kAll, 0, 2).value();
  EXPECT_EQ(page.total, 3u);
  EXPECT_THAT(Numbers(page.ids), ElementsAre(3, 5));
  EXPECT_THAT(Numbers(f->ListFavourites(UserId{1}, kAll, page.next, 2)->ids), ElementsAre(2));
  EXPECT_TRUE(f->IsFavourite(UserId{2}, ImageId{6}).value());
  EXPECT_FALSE(f->IsFavourite(UserId{1}, ImageId{6}).value());
  ASSERT_TRUE(f->SetFavourite(UserId{1}, ImageId{3}, false).has_value());
  ASSERT_TRUE(f->SetFavourite(UserId{1}, ImageId{3}, false).has_value());
  EXPECT_THAT(Numbers(f->ListFavourites(UserId{1}, kAll, 0, 9)->ids), ElementsAre(5, 2));
}

TEST(Albums, AChangeIsSeenByItsVersion) {
  Fixture f;
  const AlbumId id = f.Make("a");
  uint64_t before = f->version();
  ASSERT_FALSE(f->ChangeImages(id, Images({99}), {}).has_value());
  EXPECT_EQ(f->version(), before);
  ASSERT_TRUE(f->ChangeImages(id, Images({1}), {}).has_value());
  EXPECT_GT(f->version(), before);
}

}  // namespace
}  // namespace likeness::catalog
