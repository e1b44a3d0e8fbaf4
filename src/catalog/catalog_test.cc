#include "catalog/catalog.h"

#include <gmock/gmock.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "catalog/schema.h"
#include "catalog/test_support.h"

namespace likeness::catalog {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint64_t> Ids(const std::vector<ImageRow>& rows) {
  std::vector<uint64_t> out;
  for (const ImageRow& row : rows) out.push_back(row.id.value);
  return out;
}

std::vector<std::string> FeedOf(const Catalog& catalog, uint64_t after = 0) {
  std::vector<std::string> out;
  std::vector<FeedRow> feed = catalog.ReadFeed(after, 1000).value();
  for (const FeedRow& row : feed)
    out.push_back(std::string(1, "?+~-"[static_cast<size_t>(row.operation)]) + std::to_string(row.image.value));
  return out;
}

TEST(Catalog, KeepsEveryField) {
  TemporaryFolder folder;
  ImageRow row = Image(7);
  row.name = "Хризантема.jpg";
  row.source_path = std::string("/a\0b", 4);
  row.title = "'); DROP TABLE images; --";
  row.sha256.fill(0xAB);
  row.placeholder = {0, 1, 255};
  row.metadata_json = "{\"camera\":\"x\"}";
  row.description = "two\nlines";
  row.taken_at = "2020-02-29T12:00:00";
  row.rating = -1;
  row.low_information = true;
  row.linked_to = 3;
  row.trashed_at_ms = 55;
  row.sort_at_ms = -1000;
  row.size_bytes = 1ull << 40;
  row.tags = {"b", "a", "B", "b"};
  row.blobs = {{BlobKind::kOriginal, 1, 32, 999}, {BlobKind::kThumbnail, 4294967295u, 1ull << 50, 0}};
  for (bool reopened : {false, true}) {
    auto catalog = OpenCatalog(folder);
    ASSERT_TRUE(reopened || catalog->InsertImages({row}).has_value());
    ImageRow got = catalog->GetImage(ImageId{7}).value();
    EXPECT_EQ(got.name, row.name);
    EXPECT_EQ(got.source_path, row.source_path);
    EXPECT_EQ(got.source_url, row.source_url);
    EXPECT_EQ(got.format, row.format);
    EXPECT_EQ(got.width, row.width);
    EXPECT_EQ(got.height, row.height);
    EXPECT_EQ(got.frames, row.frames);
    EXPECT_EQ(got.size_bytes, row.size_bytes);
    EXPECT_EQ(got.sha256, row.sha256);
    EXPECT_EQ(got.imported_at_ms, row.imported_at_ms);
    EXPECT_EQ(got.sort_at_ms, row.sort_at_ms);
    EXPECT_EQ(got.taken_at, row.taken_at);
    EXPECT_EQ(got.title, row.title);
    EXPECT_EQ(got.description, row.description);
    EXPECT_EQ(got.rating, row.rating);
    EXPECT_EQ(got.metadata_json, row.metadata_json);
    EXPECT_EQ(got.placeholder, row.placeholder);
    EXPECT_EQ(got.low_information, row.low_information);
    EXPECT_EQ(got.linked_to, row.linked_to);
    EXPECT_EQ(got.trashed_at_ms, row.trashed_at_ms);
    EXPECT_THAT(got.tags, ElementsAre("b", "a", "B"));
    ASSERT_EQ(got.blobs.size(), 2u);
    EXPECT_EQ(got.blobs[1].kind, BlobKind::kThumbnail);
    EXPECT_EQ(got.blobs[1].volume, 4294967295u);
    EXPECT_EQ(got.blobs[1].offset, 1ull << 50);
  }
}

TEST(Catalog, InsertIsAllOrNone) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  ASSERT_TRUE(catalog->InsertImages({Image(1)}));
  struct Row {
    std::vector<ImageRow> images;
    ErrorCode expected;
  };
  ImageRow bad_rating = Image(9), empty_tag = Image(9);
  bad_rating.rating = 6;
  empty_tag.tags = {""};
  const Row rows[] = {{{Image(2), Image(1)}, ErrorCode::kAlreadyExists},
                      {{Image(2), Image(0)}, ErrorCode::kInvalidArgument},
                      {{Image(2), Image(UINT64_MAX)}, ErrorCode::kInvalidArgument},
                      {{Image(2), bad_rating}, ErrorCode::kInvalidArgument},
                      {{Image(2), empty_tag}, ErrorCode::kInvalidArgument}};
  for (const Row& row : rows) {
    EXPECT_EQ(catalog->InsertImages(row.images).error().code, row.expected);
    EXPECT_EQ(catalog->GetImage(ImageId{2}).error().code, ErrorCode::kNotFound);
    EXPECT_THAT(FeedOf(*catalog), ElementsAre("+1"));
  }
  EXPECT_TRUE(catalog->InsertImages({}));
  EXPECT_TRUE(catalog->InsertImages({Image(2)}));
}

TEST(Catalog, IdsAreNeverHandedOutTwice) {
  TemporaryFolder folder;
  uint64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    auto catalog = OpenCatalog(folder);
    for (int i = 0; i < 300; ++i) {
      uint64_t id = catalog->ReserveId().value;
      EXPECT_EQ(id, last + 1);  // an orderly close leaves no gap
      last = id;
    }
  }
  auto catalog = OpenCatalog(folder);
  catalog->SkipIds(ImageId{5000});
  catalog->SkipIds(ImageId{4000});
  EXPECT_EQ(catalog->ReserveId().value, 5001u);
  ASSERT_TRUE(catalog->InsertImages({Image(6000)}));
  EXPECT_EQ(catalog->ReserveId().value, 6001u);
  ASSERT_TRUE(catalog->DeleteImage(ImageId{6000}));
  catalog.reset();
  EXPECT_EQ(OpenCatalog(folder)->ReserveId().value, 6002u);
}

TEST(Catalog, ManyThreadsGetDifferentIds) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  std::mutex mutex;
  std::set<uint64_t> seen;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        uint64_t id = catalog->ReserveId().value;
        std::lock_guard lock(mutex);
        EXPECT_NE(id, 0u);
        EXPECT_TRUE(seen.insert(id).second) << id;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 1600u);
}

TEST(Catalog, EditsAndTags) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  ImageRow row = Image(1);
  row.tags = {"one", "two", "three"};
  ASSERT_TRUE(catalog->InsertImages({row, Image(2)}));
  ASSERT_TRUE(catalog->EditImages({ImageId{1}},
                                  {.title = "T",
                                   .description = "D",
                                   .source_url = "http://u",
                                   .rating = 5,
                                   .tags_add = {"four", "two", "one"},
                                   .tags_remove = {"one", "absent"}},
                                  {}));
  ImageRow got = catalog->GetImage(ImageId{1}).value();
  EXPECT_EQ(got.title, "T");
  EXPECT_EQ(got.description, "D");
  EXPECT_EQ(got.source_url, "http://u");
  EXPECT_EQ(got.rating, 5);
  EXPECT_THAT(got.tags, ElementsAre("two", "three", "four", "one"));
  EXPECT_EQ(catalog->CountAll()->tags, 4u);
  ImageEdit remove_all;
  remove_all.tags_remove = got.tags;
  ASSERT_TRUE(catalog->EditImages({ImageId{1}}, remove_all, {}));
  EXPECT_EQ(catalog->CountAll()->tags, 0u) << "a tag that nothing has is gone";
  ImageEdit rating;
  rating.rating = 6;
  EXPECT_EQ(catalog->EditImages({ImageId{1}}, rating, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(catalog->EditImages({ImageId{3}}, {}, {}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(FeedOf(*catalog), ElementsAre("+1", "+2", "~1", "~1"));
}

TEST(Catalog, DeletesFromEveryPlace) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  ImageRow row = Image(1);
  row.tags = {"a tag to forget"};
  row.title = "a title to forget";
  row.metadata_json = std::string(20'000, 'm') + "a place to forget";
  row.blobs = {{BlobKind::kOriginal, 1, 32, 10}, {BlobKind::kFeatures, 2, 40, 20}};
  ASSERT_TRUE(catalog->InsertImages({row}));
  ASSERT_TRUE(catalog->Checkpoint());
  auto blobs = catalog->DeleteImage(ImageId{1});
  ASSERT_TRUE(blobs);
  ASSERT_EQ(blobs->size(), 2u);
  EXPECT_EQ((*blobs)[1].offset, 40u);
  EXPECT_EQ(catalog->DeleteImage(ImageId{1}).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalog->GetImage(ImageId{1}).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(catalog->CountTags(10).value(), IsEmpty());
  Totals totals = catalog->CountAll().value();
  EXPECT_EQ(totals.images + totals.tags + totals.bytes, 0u);
  EXPECT_EQ(totals.deleted, 1u);
  EXPECT_THAT(FeedOf(*catalog), ElementsAre("+1", "-1"));
  EXPECT_THAT(FeedOf(*catalog, 1), ElementsAre("-1"));
  catalog.reset();
  EXPECT_EQ(AsText(ReadFile(folder.file(), 1 << 24).value()).find("to forget"), std::string_view::npos);
}

TEST(Catalog, TrashHidesAndGivesBack) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  std::vector<ImageRow> rows;
  for (uint64_t id = 1; id <= 4; ++id) {
    rows.push_back(Image(id));
    rows.back().tags = {"all", id % 2 == 0 ? "even" : "odd"};
  }
  ASSERT_TRUE(catalog->InsertImages(rows));
  ASSERT_TRUE(catalog->SetTrashed({ImageId{2}, ImageId{4}}, true));
  ASSERT_TRUE(catalog->SetTrashed({ImageId{4}}, true));
  EXPECT_THAT(Ids(catalog->ListImages({}).value()), ElementsAre(3, 1));
  EXPECT_THAT(Ids(catalog->ListImages({.after = {}, .tag = "all"}).value()), ElementsAre(3, 1));
  EXPECT_THAT(Ids(catalog->ListImages({.after = {}, .trashed = true}).value()), ElementsAre(4, 2));
  EXPECT_THAT(Ids(catalog->ListImages({.after = {}, .tag = "even", .trashed = true}).value()), ElementsAre(4, 2));
  EXPECT_EQ(catalog->ListLayout()->size(), 2u);
  std::vector<TagCount> counts = catalog->CountTags(10).value();
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0].tag, "all");
  EXPECT_EQ(counts[0].count, 2u);
  EXPECT_EQ(counts[1].tag, "odd");
  EXPECT_EQ(catalog->CountTags(1)->size(), 1u);
  Totals totals = catalog->CountAll().value();
  EXPECT_EQ(totals.images, 2u);
  EXPECT_EQ(totals.trashed, 2u);
  EXPECT_EQ(totals.bytes, 1001u + 1002 + 1003 + 1004);
  EXPECT_EQ(totals.last_id.value, 4u);
  EXPECT_EQ(catalog->GetImage(ImageId{2})->trashed_at_ms, kNowMs);
  EXPECT_EQ(catalog->SetTrashed({ImageId{2}, ImageId{99}}, false).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalog->CountAll()->trashed, 2u) << "all or none";
  ASSERT_TRUE(catalog->SetTrashed({ImageId{2}, ImageId{3}}, false));
  EXPECT_THAT(FeedOf(*catalog), ElementsAre("+1", "+2", "+3", "+4", "-2", "-4", "+2"));
  EXPECT_EQ(catalog->CountAll()->feed_sequence, 7u);
}

TEST(Catalog, PagesHoldEachImageOnce) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  std::vector<ImageRow> rows;
  for (uint64_t id = 1; id <= 50; ++id) {
    rows.push_back(Image(id));
    rows.back().sort_at_ms = static_cast<int64_t>(id * 7 % 11) - 5;  // many equal, some negative
    if (id % 3 == 0) rows.back().tags = {"third"};
    rows.back().blobs = {{BlobKind::kOriginal, 1, id * 8, 1}};
  }
  ASSERT_TRUE(catalog->InsertImages(rows));
  for (const char* tag : {"", "third"}) {
    for (size_t limit : {1, 7, 50, 1000}) {
      std::vector<ImageRow> all;
      ListOptions options{.after = {}, .limit = limit, .tag = tag, .with_blobs = true, .trashed = false};
      while (true) {
        std::vector<ImageRow> page = catalog->ListImages(options).value();
        if (page.empty()) break;
        EXPECT_LE(page.size(), limit);
        for (const ImageRow& row : page) EXPECT_EQ(row.blobs.at(0).offset, row.id.value * 8);
        all.insert(all.end(), page.begin(), page.end());
        options.after = PageCursor{page.back().sort_at_ms, page.back().id.value};
      }
      EXPECT_EQ(all.size(), *tag == 0 ? 50u : 16u) << limit;
      EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const ImageRow& a, const ImageRow& b) {
        return std::pair(a.sort_at_ms, a.id.value) > std::pair(b.sort_at_ms, b.id.value);
      }));
    }
  }
  EXPECT_THAT(catalog->ListImages({.after = {}, .tag = "THIRD"}).value(), IsEmpty());
  std::vector<Catalog::LayoutRow> layout = catalog->ListLayout().value();
  ASSERT_EQ(layout.size(), 50u);
  EXPECT_EQ(layout[0].sort_at_ms, 5);
  EXPECT_EQ(layout[0].width, rows[layout[0].id - 1].width);
}

TEST(Catalog, BlobsMoveOnlyFromWhereTheyWere) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  ImageRow row = Image(1);
  row.blobs = {{BlobKind::kOriginal, 1, 32, 10}, {BlobKind::kFeatures, 1, 64, 20}};
  ASSERT_TRUE(catalog->InsertImages({row}));
  ASSERT_TRUE(catalog->ReplaceBlobs({{ImageId{1}, {BlobKind::kThumbnail, 3, 8, 5}},
                                     {ImageId{1}, {BlobKind::kFeatures, 3, 16, 25}},
                                     {ImageId{99}, {BlobKind::kFeatures, 3, 16, 25}}}));  // gone: passed over
  ASSERT_TRUE(catalog->MoveBlobs({{ImageId{1}, {BlobKind::kOriginal, 1, 32, 10}, {BlobKind::kOriginal, 9, 40, 10}},
                                  {ImageId{1}, {BlobKind::kFeatures, 1, 64, 20}, {BlobKind::kFeatures, 9, 80, 20}}}));
  std::vector<BlobRow> blobs = catalog->GetImage(ImageId{1})->blobs;
  ASSERT_EQ(blobs.size(), 3u);
  EXPECT_EQ(blobs[0].volume, 9u);
  EXPECT_EQ(blobs[1].volume, 3u) << "written anew meanwhile";
  EXPECT_EQ(blobs[1].length, 25u);
  ASSERT_TRUE(catalog->ForgetDerived());
  EXPECT_EQ(catalog->GetImage(ImageId{1})->blobs.size(), 1u);
  EXPECT_THAT(FeedOf(*catalog), ElementsAre("+1"));
}

TEST(Catalog, DecisionsAreKeptAndUndone) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  DecisionRow row;
  row.a = ImageId{1};
  row.b = ImageId{2};
  row.kind = DecisionKind::kDuplicate;
  row.reason = "{}";
  row.decided_at_ms = 5;
  DecisionId first = catalog->AddDecision(row).value();
  row.kind = DecisionKind::kKeepBoth;
  row.decided_at_ms = 0;
  DecisionId second = catalog->AddDecision(row).value();
  EXPECT_LT(first, second);
  ASSERT_TRUE(catalog->UndoDecision(first));
  ASSERT_TRUE(catalog->UndoDecision(first));
  EXPECT_EQ(catalog->UndoDecision(DecisionId{99}).error().code, ErrorCode::kNotFound);
  std::vector<DecisionRow> left = catalog->ListDecisions(false, 10).value();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].id, second);
  EXPECT_EQ(left[0].decided_at_ms, kNowMs);
  EXPECT_EQ(left[0].kind, DecisionKind::kKeepBoth);
  std::vector<DecisionRow> all = catalog->ListDecisions(true, 10).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[1].undone);
  EXPECT_EQ(catalog->ListDecisions(true, 1)->size(), 1u);
  EXPECT_EQ(catalog->CountAll()->decisions, 1u);
  row.b = row.a;
  EXPECT_EQ(catalog->AddDecision(row).error().code, ErrorCode::kInvalidArgument);
}

TEST(Catalog, VisitsAllInOrderAndMayWrite) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder, 1);  // a single reader: a visit that reads must not wait for itself
  std::vector<ImageRow> rows;
  for (uint64_t id = 1; id <= 600; ++id) rows.push_back(Image(id));
  ASSERT_TRUE(catalog->InsertImages(rows));
  ASSERT_TRUE(catalog->SetTrashed({ImageId{5}}, true));
  uint64_t expected = 0;
  ASSERT_TRUE(catalog->ForEachImage([&](const ImageRow& row) -> Status {
    EXPECT_EQ(row.id.value, ++expected);
    EXPECT_TRUE(catalog->GetImage(row.id));
    if (expected % 100 == 0) return catalog->ReplaceBlobs({{row.id, {BlobKind::kPreview, 1, 1, 1}}});
    return {};
  }));
  EXPECT_EQ(expected, 600u);
  std::vector<ImageId> ids = catalog->ListIds().value();
  ASSERT_EQ(ids.size(), 600u);
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(
      catalog->ForEachImage([](const ImageRow&) -> Status { return Fail(ErrorCode::kCancelled, "stop"); }).error().code,
      ErrorCode::kCancelled);
}

TEST(Catalog, ReadersBesideWriters) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 60; ++i) {
        ImageId id = catalog->ReserveId();
        ImageRow row = Image(id.value);
        row.tags = {"a", "b"};
        EXPECT_TRUE(catalog->InsertImages({row}));
        EXPECT_TRUE(i % 3 != 0 || catalog->DeleteImage(id).has_value());
      }
    });
  }
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (!stop) {
        std::vector<ImageRow> page = catalog->ListImages({}).value();
        for (const ImageRow& row : page) EXPECT_EQ(row.tags.size(), 2u);
        Totals totals = catalog->CountAll().value();
        EXPECT_EQ(totals.images + 2 * totals.deleted, totals.feed_sequence) << "a snapshot";
      }
    });
  }
  threads[0].join();
  threads[1].join();
  stop = true;
  for (size_t t = 2; t < threads.size(); ++t) threads[t].join();
  EXPECT_EQ(catalog->CountAll()->images, 80u);
  EXPECT_THAT(catalog->CheckIntegrity().value(), IsEmpty());
}

TEST(Catalog, ReadOnlyLeavesNoTrace) {
  TemporaryFolder folder;
  EXPECT_EQ(Catalog::Open({.path = folder.file(), .read_only = true}).error().code, ErrorCode::kNotFound);
  {
    auto catalog = OpenCatalog(folder);
    ASSERT_TRUE(catalog->InsertImages({Image(1)}));
  }
  auto list = [&] {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(folder.path())) out.insert(entry.path().filename());
    return out;
  };
  EXPECT_THAT(list(), ElementsAre("c.sqlite")) << "an orderly close leaves one file";
  {
    auto catalog = Catalog::Open({.path = folder.file(), .read_only = true});
    ASSERT_TRUE(catalog);
    EXPECT_TRUE((*catalog)->GetImage(ImageId{1}));
    EXPECT_THAT((*catalog)->CheckIntegrity().value(), IsEmpty());
    EXPECT_FALSE((*catalog)->writable());
    EXPECT_EQ((*catalog)->InsertImages({Image(2)}).error().code, ErrorCode::kFailedPrecondition);
    EXPECT_EQ((*catalog)->ReserveId().value, 0u);
    EXPECT_THAT(list(), ElementsAre("c.sqlite"));
  }
  EXPECT_THAT(list(), ElementsAre("c.sqlite"));
}

TEST(Catalog, DamageIsSaidNotServed) {
  TemporaryFolder folder;
  {
    auto catalog = OpenCatalog(folder);
    std::vector<ImageRow> rows;
    for (uint64_t id = 1; id <= 500; ++id) rows.push_back(Image(id));
    ASSERT_TRUE(catalog->InsertImages(rows));
  }
  Bytes file = ReadFile(folder.file(), 1 << 30).value();
  for (size_t at = 8192; at < file.size(); at += 4096 * 5)
    std::fill_n(file.begin() + static_cast<ptrdiff_t>(at), 600, 0x5A);
  ASSERT_TRUE(WriteFileAtomically(folder.file(), file));
  auto catalog = Catalog::Open({.path = folder.file(), .read_only = true});
  if (catalog.has_value()) {
    auto problems = (*catalog)->CheckIntegrity();
    EXPECT_TRUE(!problems.has_value() || !problems->empty());
  }
  ASSERT_TRUE(WriteFileAtomically(folder.file(), AsBytes("this is no database, it is a text of some length .......")));
  EXPECT_EQ(Catalog::Open({.path = folder.file()}).error().code, ErrorCode::kCorruption);
}

TEST(Schema, RefusesNewerAndForeignFiles) {
  struct Row {
    const char* sql;
  };
  const Row rows[] = {{"PRAGMA application_id = 0x4C4B4354; PRAGMA user_version = 99"},
                      {"CREATE TABLE notes (x)"},
                      {"PRAGMA application_id = 1234"}};
  for (const Row& row : rows) {
    TemporaryFolder folder;
    {
      auto connection = Connection::Open(folder.file(), Connection::Mode::kWrite).value();
      ASSERT_TRUE(connection->Execute(row.sql));
    }
    Bytes before = ReadFile(folder.file(), 1 << 20).value();
    auto catalog = Catalog::Open({.path = folder.file()});
    ASSERT_FALSE(catalog.has_value()) << row.sql;
    EXPECT_EQ(catalog.error().code, ErrorCode::kFailedPrecondition) << row.sql;
    EXPECT_EQ(ReadFile(folder.file(), 1 << 20).value(), before) << "a refused file is not touched";
  }
}

TEST(Schema, StepsAreTakenWholeOrNotAtAll) {
  TemporaryFolder folder;
  {
    auto catalog = OpenCatalog(folder);
    ASSERT_TRUE(catalog->InsertImages({Image(1), Image(2)}));
  }
  std::vector<Migration> steps(Migrations().begin(), Migrations().end());
  steps.push_back({"good", "ALTER TABLE images ADD COLUMN mood TEXT NOT NULL DEFAULT ''"});
  struct Row {
    const char* name;
    const char* sql;
  };
  const Row bad[] = {{"loses an image", "CREATE TABLE x (y); DELETE FROM images WHERE id = 2"},
                     {"fails half-way", "CREATE TABLE x (y); INSERT INTO nowhere VALUES (1)"}};
  for (const Row& row : bad) {
    std::vector<Migration> with_bad = steps;
    with_bad.push_back({row.name, row.sql});
    auto connection = Connection::Open(folder.file(), Connection::Mode::kWrite).value();
    EXPECT_EQ(Migrate(*connection, with_bad).error().code, ErrorCode::kInternal) << row.name;
    EXPECT_EQ(connection->ReadInteger("PRAGMA user_version").value(), static_cast<int64_t>(steps.size()));
    EXPECT_EQ(connection->ReadInteger("SELECT count(*) FROM images WHERE mood = ''").value(), 2);
    EXPECT_EQ(connection->ReadInteger("SELECT count(*) FROM sqlite_schema WHERE name = 'x'").value(), 0);
  }
  EXPECT_EQ(Catalog::Open({.path = folder.file()}).error().code, ErrorCode::kFailedPrecondition) << "newer by one";
}

}  // namespace
}  // namespace likeness::catalog
