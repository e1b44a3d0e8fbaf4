// The engine's parts that need no library.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/log.h"
#include "engine/colour_query.h"
#include "engine/committer.h"
#include "engine/decision_log.h"
#include "engine/evidence.h"
#include "engine/fusion.h"
#include "engine/image_facts.h"
#include "engine/query_record.h"
#include "engine/small_json.h"
#include "engine/test_library.h"
#include "feature/extract.h"

namespace likeness::engine {
namespace {

using ::testing::ElementsAre;

TEST(Types, PoliciesHaveNames) {
  for (OnDuplicate policy :
       {OnDuplicate::kSkip, OnDuplicate::kKeep, OnDuplicate::kLink, OnDuplicate::kReplaceIfBetter, OnDuplicate::kAsk})
    EXPECT_EQ(OnDuplicateFromName(Name(policy)).value(), policy);
  EXPECT_EQ(OnDuplicateFromName("merge").error().code, ErrorCode::kInvalidArgument);
}

TEST(Evidence, SaysWhyAPlainPictureIsNotComparedByPoints) {
  feature::Features features;
  features.local.keypoints.resize(200);
  EXPECT_EQ(WhyNotByPoints(features), "");
  features.low_information = true;
  features.quality.contrast = 20;
  features.local.keypoints.resize(4);
  EXPECT_EQ(WhyNotByPoints(features),
            "The picture is too flat for points: 4 found, 10 are needed; compared by hash and colour");
  features.pdq.quality = 80;
  EXPECT_THAT(WhyNotByPoints(features), ::testing::HasSubstr("; compared by hash, PDQ and colour"));
  features.local.keypoints.clear();
  EXPECT_THAT(WhyNotByPoints(features), ::testing::HasSubstr("none was found"));
  features.quality.contrast = 0;
  EXPECT_THAT(WhyNotByPoints(features), ::testing::StartsWith("The picture is of one colour"));
}

TEST(Fusion, SumsReciprocalRanks) {
  std::vector<FusedHit> fused = Fuse({{"phash", 1, {{ImageId{1}, 3}, {ImageId{2}, 9}}},
                                      {"local", 1, {{ImageId{2}, 0.1}}},
                                      {"colour", 0.5, {{ImageId{3}, 10}, {ImageId{1}, 20}}}});
  ASSERT_EQ(fused.size(), 3u);
  EXPECT_EQ(fused[0].id, ImageId{2});
  EXPECT_DOUBLE_EQ(fused[0].score, 1.0 / 62 + 1.0 / 61);
  EXPECT_EQ(fused[1].id, ImageId{1});
  EXPECT_DOUBLE_EQ(fused[1].score, 1.0 / 61 + 0.5 / 62);
  ASSERT_EQ(fused[1].signals.size(), 2u);
  EXPECT_EQ(fused[1].signals[1].signal, "colour");
  EXPECT_EQ(fused[1].signals[1].rank, 2);
  EXPECT_EQ(fused[1].signals[1].distance, 20);
}

TEST(Fusion, EqualDistancesShareARank) {
  std::vector<FusedHit> fused = Fuse({{"phash", 1, {{ImageId{5}, 0}, {ImageId{4}, 0}, {ImageId{3}, 1}}}});
  EXPECT_THAT((std::vector{fused[0].id.value, fused[1].id.value, fused[2].id.value}), ElementsAre(4, 5, 3));
  EXPECT_EQ(fused[1].signals[0].rank, 1);
  EXPECT_EQ(fused[2].signals[0].rank, 3);
}

TEST(SmallJson, RoundTrip) {
  std::string text = SmallJsonWriter()
                         .Put("name", "a \"b\"\n\\ \xC3\xA9")
                         .PutNumber("f", 2.8)
                         .PutInteger("at", 1700000000000)
                         .PutTexts("tags", {"x", "y z"})
                         .Take();
  Result<SmallObject> object = ParseSmallJson(text);
  ASSERT_TRUE(object.has_value()) << object.error().Text();
  EXPECT_EQ(GetText(*object, "name"), "a \"b\"\n\\ \xC3\xA9");
  EXPECT_EQ(GetNumber(*object, "f", 0), 2.8);
  EXPECT_EQ(GetNumber(*object, "at", 0), 1700000000000.0);
  EXPECT_THAT(GetTexts(*object, "tags"), ElementsAre("x", "y z"));
  EXPECT_EQ(GetText(*object, "f"), "");
  EXPECT_EQ(GetText(ParseSmallJson(R"({"a":"\ud83d\ude00"})").value(), "a"), "\xF0\x9F\x98\x80");
}

TEST(SmallJson, MalformedIsRefused) {
  for (const char* text : {"", "{", "{}x", "{\"a\"}", "{\"a\":}", "{\"a\":{}}", "{\"a\":[1]}", "{\"a\":\"\\q\"}",
                           "{\"a\":\"", "{\"a\":1,}", "{\"a\":1e999}", "[\"a\"]", "{\"a\":\"\\ud800\"}"})
    EXPECT_FALSE(ParseSmallJson(text).has_value()) << text;
}

TEST(ImageFacts, TakenAt) {
  struct Row {
    const char* text;
    int64_t ms;
  };
  for (const Row& row :
       {Row{"1970-01-02T00:00:00", 86'400'000}, Row{"2023-05-17T14:03:22", 1684332202000},
        Row{"2023-05-17T14:03:22+02:00", 1684325002000}, Row{"2023-05-17T14:03:22-05:30", 1684352002000}, Row{"", 0},
        Row{"2023", 0}, Row{"2023-13-17T14:03:22", 0}, Row{"yesterday", 0}})
    EXPECT_EQ(ParseTakenAt(row.text), row.ms) << row.text;
}

TEST(ImageFacts, TagsAreCleanAndOnce) {
  Limits limits;
  limits.tags_max = 4;
  EXPECT_THAT(MergeTags({" sea ", "sea", ""}, {"sky", "sea", "a\x01g", "x", "y"}, limits),
              ElementsAre("sea", "sky", "ag", "x"));
}

TEST(ImageFacts, LabelsFitAndComeBack) {
  catalog::ImageRow row;
  row.name = "holiday.jpg";
  row.source_path = "/photos/2023/holiday.jpg";
  row.source_url = "https://example.org/a";
  row.tags = {"sea", "\xC3\xA9t\xC3\xA9"};
  row.imported_at_ms = 1700000000123;
  row.linked_to = 7;
  catalog::ImageRow read;
  ASSERT_TRUE(ReadLabel(MakeLabel(row), read).has_value());
  EXPECT_EQ(read.name, row.name);
  EXPECT_EQ(read.source_path, row.source_path);
  EXPECT_EQ(read.source_url, row.source_url);
  EXPECT_EQ(read.tags, row.tags);
  EXPECT_EQ(read.imported_at_ms, row.imported_at_ms);
  EXPECT_EQ(read.linked_to, 7u);

  row.source_path = std::string(5000, 'p');
  row.tags.assign(256, std::string(400, 't'));
  EXPECT_LE(MakeLabel(row).size(), 4096u);
  ASSERT_TRUE(ReadLabel(MakeLabel(row), read).has_value());
  EXPECT_EQ(read.name, row.name);
}

compare::QueryFeatures SceneQuery(int seed) {
  image::Bitmap bitmap = testing::Scene(seed);
  compare::QueryFeatures query;
  query.features.width = 640;
  query.features.height = 480;
  query.phash_variants = feature::ComputePhashVariants(bitmap);
  query.features.phash = query.phash_variants[0];
  query.features.colour = feature::ComputeColour(bitmap);
  query.features.layout = feature::ComputeColourLayout(bitmap);
  query.features.local = feature::ComputeLocal(bitmap, {640, 480});
  query.local_mirrored = feature::MirrorLocal(query.features.local, {640, 480});
  return query;
}

TEST(QueryRecord, RoundTrip) {
  compare::QueryFeatures query = SceneQuery(1);
  Result<compare::QueryFeatures> read = DeserializeQuery(SerializeQuery(query));
  ASSERT_TRUE(read.has_value()) << read.error().Text();
  EXPECT_EQ(read->phash_variants, query.phash_variants);
  EXPECT_EQ(read->features.colour, query.features.colour);
  EXPECT_EQ(read->features.layout, query.features.layout);
  EXPECT_EQ(read->features.local.descriptors, query.features.local.descriptors);
  EXPECT_EQ(read->local_mirrored.descriptors, query.local_mirrored.descriptors);
}

TEST(QueryRecord, AFeatureRecordOfVersion1HasNoLayout) {
  compare::QueryFeatures query = SceneQuery(3);
  query.features.layout.reset();
  query.features.local.keypoints.resize(query.features.local.leading());  // nor further points
  query.features.local.descriptors.resize(query.features.local.leading());
  Bytes bytes = SerializeQuery(query);
  bytes[16] = 1;  // the version in the feature record, behind 12 bytes of the query record
  Result<compare::QueryFeatures> read = DeserializeQuery(bytes);
  ASSERT_TRUE(read.has_value()) << read.error().Text();
  EXPECT_EQ(read->features.colour, query.features.colour);
  EXPECT_FALSE(read->features.layout.has_value());

  IndexSet indexes;
  indexes.Add(ImageId{1}, SceneQuery(3).features);
  EXPECT_EQ(indexes.layout.size(), 1u);
  indexes.Add(ImageId{1}, read->features);
  EXPECT_EQ(indexes.layout.size(), 0u);
  EXPECT_EQ(indexes.colour.size(), 1u);
}

TEST(QueryRecord, NoTruncationIsAccepted) {
  Bytes whole = SerializeQuery(SceneQuery(2));
  for (size_t size = 0; size < whole.size(); size += 1 + size / 32)
    EXPECT_FALSE(DeserializeQuery(ByteView(whole).first(size)).has_value()) << size;
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_FALSE(DeserializeQuery(longer).has_value());
  Bytes newer = whole;
  newer[4] = 99;
  EXPECT_EQ(DeserializeQuery(newer).error().code, ErrorCode::kUnsupported);
}

TEST(ColourQuery, SumsAreExactAndSharesFollow) {
  for (uint32_t rgb : {0x000000u, 0xFFFFFFu, 0xFF0000u, 0x123456u, 0x808080u}) {
    for (const feature::ColourHistogram& query : ColourQueries(rgb)) {
      uint32_t sum = 0;
      int last = -1;
      for (const feature::ColourBin& bin : query) {
        EXPECT_GT(bin.bin, last);
        last = bin.bin;
        sum += bin.weight;
      }
      EXPECT_EQ(sum, feature::kColourTotal);
    }
  }
  auto share = [](uint32_t rgb, const image::Bitmap& bitmap) {
    return ColourShare(rgb, feature::ComputeColour(bitmap));
  };
  EXPECT_DOUBLE_EQ(share(0xC81414, testing::Solid(200, 20, 20)), 1);
  EXPECT_GT(share(0xC81414, testing::Solid(200, 40, 20)), 0.5);
  EXPECT_EQ(share(0xC81414, testing::Solid(20, 200, 20)), 0);
}

catalog::ImageRow Row(uint64_t id) {
  catalog::ImageRow row;
  row.id = ImageId{id};
  return row;
}

TEST(Committer, ManyShareOneSync) {
  std::atomic<int> syncs{0}, inserted{0};
  std::atomic<bool> first_runs{false}, go_on{false};
  Committer committer({.sync = [&]() -> Status {
                         if (syncs++ == 0) {
                           first_runs = true;
                           go_on.wait(false);
                         }
                         return {};
                       },
                       .insert = [&](const std::vector<catalog::ImageRow>& rows) -> Status {
                         inserted += static_cast<int>(rows.size());
                         return {};
                       },
                       .committed = [] {},
                       .failed_for_good = [](const Error&) {}});
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  threads.emplace_back([&] { good += committer.Commit(Row(1)).has_value(); });
  while (!first_runs) std::this_thread::yield();
  for (uint64_t i = 2; i <= 20; ++i) threads.emplace_back([&, i] { good += committer.Commit(Row(i)).has_value(); });
  // All of the others arrive while the first commits; how many have queued cannot be seen, so the bound is loose.
  std::this_thread::yield();
  go_on = true;
  go_on.notify_all();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 20);
  EXPECT_EQ(inserted, 20);
  EXPECT_LE(syncs, 20);
}

TEST(Committer, FailedSyncAcknowledgesNothing) {
  bool told = false, inserted = false;
  Committer committer({.sync = []() -> Status { return Fail(ErrorCode::kIo, "no"); },
                       .insert = [&](const std::vector<catalog::ImageRow>&) -> Status {
                         inserted = true;
                         return {};
                       },
                       .committed = [] { FAIL(); },
                       .failed_for_good = [&](const Error&) { told = true; }});
  EXPECT_FALSE(committer.Commit(Row(1)).has_value());
  EXPECT_TRUE(told);
  EXPECT_FALSE(inserted);
}

TEST(Committer, OneBadRowDoesNotTakeOthersDown) {
  std::atomic<bool> first_runs{false}, go_on{false};
  std::atomic<int> syncs{0};
  std::set<uint64_t> stored;
  Committer committer({.sync = [&]() -> Status {
                         if (syncs++ == 0) {
                           first_runs = true;
                           go_on.wait(false);
                         }
                         return {};
                       },
                       .insert = [&](const std::vector<catalog::ImageRow>& rows) -> Status {
                         for (const catalog::ImageRow& row : rows)
                           if (row.id == ImageId{3}) return Fail(ErrorCode::kAlreadyExists, "there");
                         for (const catalog::ImageRow& row : rows) stored.insert(row.id.value);
                         return {};
                       },
                       .committed = [] {},
                       .failed_for_good = [](const Error&) { FAIL(); }});
  std::atomic<int> bad{0};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { bad += !committer.Commit(Row(1)).has_value(); });
  while (!first_runs) std::this_thread::yield();
  for (uint64_t id : {2, 3, 4}) threads.emplace_back([&, id] { bad += !committer.Commit(Row(id)).has_value(); });
  go_on = true;
  go_on.notify_all();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(bad, 1);
  EXPECT_THAT(stored, ElementsAre(1, 2, 4));
}

TEST(DecisionLog, KeepsWhatReadersNeed) {
  DecisionLog log;
  auto pending = std::make_shared<Pending>();
  pending->id = ImageId{1};
  uint64_t before = log.BeginRead();
  {
    auto lock = log.Lock();
    log.AddPendingLocked(pending);
    log.NoteRemovedLocked(ImageId{9});
  }
  uint64_t after = log.BeginRead();
  {
    auto lock = log.Lock();
    EXPECT_EQ(log.ChangesSinceLocked(before).size(), 2u);
    EXPECT_EQ(log.ChangesSinceLocked(after).size(), 0u);
  }
  log.EndRead(after);
  {
    auto lock = log.Lock();
    std::vector<LogEntry> changes = log.ChangesSinceLocked(before);
    ASSERT_EQ(changes.size(), 2u);
    EXPECT_EQ(changes[0].added, pending);
    EXPECT_EQ(changes[1].added, nullptr);
    log.SettleLocked(pending, Pending::State::kFailed);
  }
  log.EndRead(before);
  EXPECT_EQ(log.FindPending(ImageId{1}), nullptr);
}

}  // namespace
}  // namespace likeness::engine
