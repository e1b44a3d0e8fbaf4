#include "index/local.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "index/local_segment.h"
#include "index/local_test_util.h"
#include "index/test_util.h"

namespace likeness::index {
namespace {

struct Edit {
  const char* name;
  float degrees, scale, dx, dy;
  double kept;
  double noise;
};
constexpr Edit kEdits[] = {{"same", 0, 1, 0, 0, 1, 0},
                           {"noisy", 0, 1, 0, 0, 0.7, 0.25},
                           {"turned", 30, 0.8f, 300, 50, 0.5, 0.2},
                           {"upside down", 180, 1, 1600, 1200, 0.5, 0.2},
                           {"enlarged crop", 0, 2, -900, -700, 0.3, 0.2},
                           {"small", -10, 0.4f, 100, 300, 0.4, 0.25}};

TEST(LocalIndex, FindsEditedCopies) {
  Collection collection;
  collection.Fill(300, 120);
  for (const Edit& edit : kEdits)
    for (uint64_t id : {1, 150, 300}) {
      LocalFeatures query = Edited(collection.all[id], edit.degrees, edit.scale, edit.dx, edit.dy, edit.kept,
                                   edit.noise, collection.random);
      EXPECT_EQ(collection.Best(query), id) << edit.name;
    }
}

// With enough points for many buckets, of which few are scanned.
TEST(LocalIndex, FindsEditedCopiesAmongMany) {
  Collection collection;
  collection.Fill(4600, 250);
  int found = 0, wanted = 0;
  for (const Edit& edit : kEdits)
    for (uint64_t id : {1, 2000, 3000, 4600}) {
      LocalFeatures query = Edited(collection.all[id], edit.degrees, edit.scale, edit.dx, edit.dy, edit.kept,
                                   edit.noise, collection.random);
      ++wanted;
      found += collection.Best(query) == id;
    }
  EXPECT_GE(found, wanted - 1);
}

TEST(LocalIndex, StrangersFindLittle) {
  Collection collection;
  collection.Fill(200, 200);
  LocalFeatures stranger = RandomFeatures(200, collection.random);
  for (const LocalCandidate& hit : collection.index.Search(stranger, nullptr, kWidth, kHeight, 20))
    EXPECT_LT(hit.votes, 5) << hit.id.value;
}

// More copies than a point keeps partners: their votes thin out, and still nothing else comes before them.
TEST(LocalIndex, ManyCopiesComeBeforeStrangers) {
  Collection collection;
  collection.Fill(100, 100);
  LocalFeatures original = RandomFeatures(120, collection.random);
  for (uint64_t id = 1001; id <= 1250; ++id)
    collection.index.Add(ImageId{id}, Edited(original, 0, 1, 0, 0, 0.9, 0.12, collection.random), kWidth, kHeight);
  for (uint64_t id = 2001; id <= 2200; ++id) collection.index.Add(ImageId{id}, original, kWidth, kHeight);
  auto hits = collection.index.Search(original, nullptr, kWidth, kHeight, 60);
  EXPECT_EQ(hits.size(), 60u);
  for (const LocalCandidate& hit : hits) EXPECT_GT(hit.id.value, 1000u);
  auto edited = Edited(original, 20, 0.7f, 90, 10, 0.6, 0.2, collection.random);
  hits = collection.index.Search(edited, nullptr, kWidth, kHeight, 60);
  EXPECT_EQ(hits.size(), 60u);
  for (const LocalCandidate& hit : hits) EXPECT_GT(hit.id.value, 1000u);
}

// One Add after the other with deletes and replacements in between, or all loaded at once: the same pictures are found.
// (Strangers may differ: segments of other sizes have other buckets.)
TEST(LocalIndex, HistoryHardlyMatters) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(700, 60);
  for (uint64_t id = 1; id <= 300; id += 3) collection.index.Remove(ImageId{id});
  for (uint64_t id = 2; id <= 300; id += 3)
    collection.index.Add(ImageId{id}, collection.all[id + 400], kWidth, kHeight);
  for (uint64_t id = 1; id <= 300; id += 3) collection.index.Add(ImageId{id}, collection.all[id], kWidth, kHeight);
  ASSERT_TRUE(collection.index.Save(folder / "l", 9).has_value());
  LocalIndex loaded;
  ASSERT_TRUE(loaded.Load(folder / "l").has_value());
  EXPECT_EQ(loaded.size(), 700u);
  for (uint64_t id : {1, 3, 298, 301, 399}) {
    LocalFeatures query = Edited(collection.all[id], 15, 1.2f, -50, 20, 0.7, 0.2, collection.random);
    for (const LocalIndex* index : {&collection.index, &loaded}) {
      auto hits = index->Search(query, &collection.all[400], kWidth, kHeight, 50);
      ASSERT_GE(hits.size(), 2u);
      EXPECT_EQ(hits[0].id, ImageId{400});
      EXPECT_TRUE(hits[0].mirrored);
      EXPECT_EQ(hits[1].id.value, id);
      EXPECT_FALSE(hits[1].mirrored);
    }
  }
}

TEST(LocalIndex, MirroredQueriesSayso) {
  Collection collection;
  collection.Fill(50, 100);
  LocalFeatures nothing = RandomFeatures(100, collection.random);
  auto hits = collection.index.Search(nothing, &collection.all[7], kWidth, kHeight, 20);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0].id, ImageId{7});
  EXPECT_TRUE(hits[0].mirrored);
}

TEST(LocalIndex, FewPointsFindNothing) {
  Collection collection;
  collection.Fill(5, 100);
  LocalFeatures few = collection.all[1];
  few.keypoints.resize(9);
  few.descriptors.resize(9);
  EXPECT_TRUE(collection.index.Search(few, &few, kWidth, kHeight, 20).empty());
  EXPECT_TRUE(collection.index.Search({}, nullptr, kWidth, kHeight, 20).empty());
  EXPECT_TRUE(collection.index.Search(collection.all[1], nullptr, kWidth, kHeight, 0).empty());
}

// The geometry decides: all points of one picture, thrown about, agree on nothing.
TEST(LocalIndex, ScatteredPointsDoNotVote) {
  Collection collection;
  collection.Fill(50, 200);
  LocalFeatures scattered = RandomFeatures(200, collection.random);
  scattered.descriptors = collection.all[9].descriptors;
  auto hits = collection.index.Search(scattered, nullptr, kWidth, kHeight, 20);
  EXPECT_TRUE(hits.empty() || hits[0].votes < 10) << hits[0].votes;
}

TEST(LocalIndex, DeletesAndReplacementsGiveMemoryBack) {
  Collection collection;
  collection.Fill(1500, 100);
  size_t full = collection.index.memory_bytes();
  EXPECT_EQ(collection.Best(collection.all[3]), 3u);
  EXPECT_TRUE(collection.index.Remove(ImageId{3}));
  EXPECT_FALSE(collection.index.Remove(ImageId{3}));
  EXPECT_NE(collection.Best(collection.all[3]), 3u);
  collection.index.Add(ImageId{4}, collection.all[3], kWidth, kHeight);
  EXPECT_EQ(collection.Best(collection.all[3]), 4u);
  EXPECT_NE(collection.Best(collection.all[4]), 4u);
  EXPECT_EQ(collection.index.size(), 1499u);
  for (uint64_t id = 10; id <= 1500; ++id) collection.index.Remove(ImageId{id});
  EXPECT_EQ(collection.index.size(), 8u);
  collection.index.AwaitMerges();
  EXPECT_LT(collection.index.memory_bytes(), full / 2);
  EXPECT_EQ(collection.Best(collection.all[5]), 5u);
}

TEST(LocalIndex, SavesAndLoads) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(400, 200);
  collection.index.Remove(ImageId{20});
  ASSERT_TRUE(collection.index.Save(folder / "l", 31).has_value());
  LocalIndex other;
  auto applied = other.Load(folder / "l");
  ASSERT_TRUE(applied.has_value()) << applied.error().Text();
  EXPECT_EQ(*applied, 31u);
  EXPECT_EQ(other.size(), 399u);
  for (uint64_t id : {1, 20, 300})
    EXPECT_EQ(other.Search(collection.all[id], nullptr, kWidth, kHeight, 10),
              collection.index.Search(collection.all[id], nullptr, kWidth, kHeight, 10));
}

// Three segments of very different sizes, so that no Save makes one of them.
struct SavedSegments {
  TemporaryFolder folder;
  Collection collection;
  std::vector<uint64_t> last_of_segment;

  SavedSegments() {
    for (auto [count, points] : {std::pair{100, 20}, {3, 12}, {1, 10}}) {
      for (int i = 0; i < count; ++i) Add(collection.all.size() + 1, static_cast<size_t>(points));
      last_of_segment.push_back(collection.all.size());
      Save();
    }
    EXPECT_EQ(Files().size(), 3u);
  }
  void Add(uint64_t id, size_t points) {
    collection.all[id] = RandomFeatures(points, collection.random);
    collection.index.Add(ImageId{id}, collection.all[id], kWidth, kHeight);
  }
  void Save() { ASSERT_TRUE(collection.index.Save(path(), 31).has_value()); }
  std::filesystem::path path() const { return folder / "l"; }
  std::vector<std::filesystem::path> Files() const {  // oldest first
    std::vector<std::filesystem::path> files;
    for (const auto& file : std::filesystem::directory_iterator(path()))
      if (file.path().filename().string().starts_with("segment-")) files.push_back(file.path());
    std::sort(files.begin(), files.end());
    return files;
  }
  // Loads, adds what is lost again, and looks for all pictures. -1: refused as Corruption and empty; else the pictures
  // that were lost.
  int LoadAndRepair(LocalIndex& index) const {
    Result<uint64_t> applied = index.Load(path());
    if (!applied.has_value()) {
      EXPECT_EQ(applied.error().code, ErrorCode::kCorruption);
      EXPECT_EQ(index.size(), 0u);
      return -1;
    }
    EXPECT_EQ(*applied, 31u);
    int missing = 0;
    const std::vector<ImageId> held = index.Ids();
    for (const auto& [id, features] : collection.all)
      if (!std::ranges::binary_search(held, ImageId{id})) {
        ++missing;
        index.Add(ImageId{id}, features, kWidth, kHeight);
      }
    EXPECT_EQ(index.lost().pictures, static_cast<size_t>(missing));
    EXPECT_EQ(index.lost().why.empty(), missing == 0);
    for (uint64_t id : last_of_segment) {
      auto hits = index.Search(collection.all.at(id), nullptr, kWidth, kHeight, 1);
      EXPECT_TRUE(hits.size() == 1 && hits[0].id.value == id) << id;
    }
    return missing;
  }
};

TEST(LocalIndex, ADamagedSegmentCostsItsPicturesOnly) {
  SavedSegments saved;
  std::vector<std::filesystem::path> files = saved.Files();
  const int pictures[] = {100, 3, 1};
  for (size_t i = 0; i < files.size(); ++i)
    ExpectDamageIsHarmless(files[i], [&] {
      LocalIndex index;
      const int lost = saved.LoadAndRepair(index);
      return lost == 0 || lost == pictures[i];  // 0: a bit between the sections
    });
  ExpectDamageIsHarmless(saved.path() / "manifest.idx", [&] {
    LocalIndex index;
    return saved.LoadAndRepair(index) <= 0;
  });
}

// What a person or another program may do to the folder.
TEST(LocalIndex, ForeignSegmentsAreNotTaken) {
  namespace fs = std::filesystem;
  struct Row {
    const char* what;
    int lost;
    std::function<void(const std::vector<fs::path>&)> change;
  };
  SavedSegments saved;
  fs::path old = saved.folder / "old";
  fs::copy_file(saved.Files()[1], old);
  saved.Add(saved.last_of_segment[1], 12);  // the second segment's picture is another one now, and its old one dead
  saved.Save();
  const Row rows[] = {
      {"as it was", 0, [](const auto&) {}},
      {"one deleted", 100, [](const auto& files) { fs::remove(files[0]); }},
      {"swapped", 3,
       [](const auto& files) {
         fs::rename(files[1], files[1].string() + "x");
         fs::rename(files[2], files[1]);
         fs::rename(files[1].string() + "x", files[2]);
       }},
      {"one by another", 2,
       [](const auto& files) { fs::copy_file(files[2], files[1], fs::copy_options::overwrite_existing); }},
      {"an older one", 1,
       [&](const auto& files) { fs::copy_file(old, files[2], fs::copy_options::overwrite_existing); }},
      {"all deleted", 104, [](const auto& files) {
         for (const auto& file : files) fs::remove(file);
       }}};
  const fs::path whole = saved.folder / "whole";
  fs::copy(saved.path(), whole, fs::copy_options::recursive);
  for (const Row& row : rows) {
    fs::remove_all(saved.path());
    fs::copy(whole, saved.path(), fs::copy_options::recursive);
    row.change(saved.Files());
    LocalIndex index;
    const int lost = saved.LoadAndRepair(index);
    EXPECT_EQ(lost, row.lost) << row.what;
    ASSERT_TRUE(index.Save(saved.path(), 31).has_value());
    LocalIndex repaired;
    EXPECT_EQ(saved.LoadAndRepair(repaired), 0) << row.what;
  }
  LocalIndex index;
  EXPECT_EQ(index.Load(saved.folder / "nothing").error().code, ErrorCode::kNotFound);
}

// Checksums and all in order, but a picture lives in two segments: no Save makes that.
TEST(LocalIndex, APictureInTwoSegmentsIsCorruption) {
  TemporaryFolder folder;
  ASSERT_TRUE(MakeDirectories(folder / "l").has_value());
  struct SegmentRow {
    uint64_t file;
    uint32_t pictures, points, head_crc, zero;
  };
  std::vector<SegmentRow> rows;
  for (uint64_t file : {1, 2}) {
    const std::filesystem::path path = folder / "l" / ("segment-0000000" + std::to_string(file) + ".idx");
    auto segment = LocalSegment::Build({7, 10 + file}, {{{5, 9}, {0, 1, 1, 1, 1}}, {{6, 9}, {1, 1, 1, 1, 1}}});
    ASSERT_TRUE(segment->Save(path).has_value());
    rows.push_back({file, 2, 2, LocalSegment::Open(path).value()->head_crc(), 0});
  }
  auto load = [&](std::vector<uint64_t> dead) {
    const Section sections[] = {{Tag("SEGS"), BytesOf(rows)}, {Tag("DEAD"), BytesOf(dead)}};
    EXPECT_TRUE(WriteContainer(folder / "l" / "manifest.idx", FileKind::kLocal, 3, 2, sections).has_value());
    LocalIndex index;
    auto applied = index.Load(folder / "l");
    return std::pair(applied.has_value() ? ErrorCode::kInternal : applied.error().code, index.size());
  };
  EXPECT_EQ(load({}), std::pair(ErrorCode::kCorruption, size_t{0}));
  EXPECT_EQ(load({uint64_t{1} << 32}), std::pair(ErrorCode::kInternal, size_t{3}));  // dead in one of them: sound
  EXPECT_EQ(load({uint64_t{1} << 32, 0}), std::pair(ErrorCode::kCorruption, size_t{0}));
  EXPECT_EQ(load({uint64_t{2} << 32}), std::pair(ErrorCode::kCorruption, size_t{0}));
}

// The folder was deleted while its index was in use: the next Save makes all of it again.
TEST(LocalIndex, SavesAgainWhatWasDeleted) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(40, 100);
  ASSERT_TRUE(collection.index.Save(folder / "l", 1).has_value());
  std::filesystem::remove_all(folder / "l");
  ASSERT_TRUE(collection.index.Save(folder / "l", 2).has_value());
  LocalIndex loaded;
  EXPECT_EQ(loaded.Load(folder / "l").value_or(0), 2u);
  EXPECT_EQ(loaded.size(), 40u);
}

// Only what is new is written, what is gone is removed; a second folder gets everything.
TEST(LocalIndex, SavesOnlyNewSegments) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(300, 100);
  ASSERT_TRUE(collection.index.Save(folder / "l", 1).has_value());
  auto files = [](const std::filesystem::path& path) {
    std::map<std::string, std::filesystem::file_time_type> times;
    for (const auto& file : std::filesystem::directory_iterator(path))
      if (file.path().filename().string().starts_with("segment-"))
        times[file.path().filename()] = file.last_write_time();
    return times;
  };
  auto before = files(folder / "l");
  collection.index.Remove(ImageId{5});
  ASSERT_TRUE(collection.index.Save(folder / "l", 2).has_value());
  EXPECT_EQ(files(folder / "l"), before);
  collection.index.Add(ImageId{900}, collection.all[5], kWidth, kHeight);
  ASSERT_TRUE(collection.index.Save(folder / "l", 3).has_value());
  EXPECT_EQ(files(folder / "l").size(), before.size() + 1);
  ASSERT_TRUE(collection.index.Save(folder / "m", 3).has_value());
  for (const char* name : {"l", "m"}) {
    LocalIndex loaded;
    ASSERT_TRUE(loaded.Load(folder / name).has_value());
    EXPECT_EQ(loaded.size(), 300u);
    auto hits = loaded.Search(collection.all[5], nullptr, kWidth, kHeight, 1);
    ASSERT_EQ(hits.size(), 1u);
    EXPECT_EQ(hits[0].id, ImageId{900});
  }
}

TEST(LocalIndex, ThreadsShareTheWorkAndAgree) {
  Collection collection;
  collection.Fill(200, 200);
  LocalFeatures query = Edited(collection.all[9], 20, 0.7f, 90, 10, 0.6, 0.2, collection.random);
  EXPECT_EQ(collection.index.Search(query, &collection.all[4], kWidth, kHeight, 20, 1),
            collection.index.Search(query, &collection.all[4], kWidth, kHeight, 20, 3));
}

TEST(LocalIndex, SearchesWhileOthersWrite) {
  Collection collection;
  collection.Fill(20, 100);
  LocalFeatures query = collection.all[1];
  std::atomic<bool> done{false};
  std::thread writer([&] {
    std::mt19937_64 random(5);
    LocalFeatures features = RandomFeatures(100, random);
    for (uint64_t id = 100; id < 1600; ++id) {
      collection.index.Add(ImageId{id}, features, kWidth, kHeight);
      if (id % 3 == 0) collection.index.Remove(ImageId{id - 1});
    }
    done = true;
  });
  do ASSERT_EQ(collection.Best(query), 1u);
  while (!done);
  writer.join();
}

// Pictures leave and come back while their segments are being merged.
TEST(LocalIndex, ChangesDuringALargeMergeAreKept) {
  Collection collection;
  std::set<uint64_t> expected;
  auto add = [&](uint64_t id) {
    collection.index.Add(ImageId{id}, collection.all[id], kWidth, kHeight);
    expected.insert(id);
  };
  for (uint64_t id = 1; id <= 2500; ++id) {
    collection.all[id] = RandomFeatures(120, collection.random);
    add(id);
    // From 2^16 points on the background merges; each Add may start a merge.
    if (id < 1000) continue;
    const uint64_t gone = collection.random() % id + 1;
    EXPECT_EQ(collection.index.Remove(ImageId{gone}), expected.erase(gone) == 1);
    if (id % 2 == 0) add(gone);
    if (id % 3 == 0) add(collection.random() % id + 1);
  }
  collection.index.AwaitMerges();
  std::vector<uint64_t> held;
  for (ImageId id : collection.index.Ids()) held.push_back(id.value);
  EXPECT_EQ(held, std::vector<uint64_t>(expected.begin(), expected.end()));
  EXPECT_EQ(collection.index.size(), expected.size());
  for (uint64_t id = 1; id <= 2500; id += 31)
    EXPECT_EQ(collection.Best(collection.all[id]) == id, expected.contains(id)) << id;
}

TEST(LocalSegment, ACancelledMergeGivesNothing) {
  auto one = LocalSegment::Build({1}, {{{5, 9}, {0, 1, 1, 1, 1}}});
  auto two = LocalSegment::Build({2}, {{{5, 9}, {0, 1, 1, 1, 1}}});
  const std::shared_ptr<LocalSegment> parts[] = {one, two};
  CancelFlag cancel;
  EXPECT_EQ(LocalSegment::Merge(parts, cancel)->ids().size(), 2u);
  cancel.Cancel();
  EXPECT_EQ(LocalSegment::Merge(parts, cancel), nullptr);
}

// More pictures carry the same thing than a probe looks at: each of them is found all the same.
TEST(LocalIndex, OverfullBucketsLeaveNoPictureOut) {
  constexpr size_t kPictures = 6000;
  Collection collection;
  const LocalFeatures same = RandomFeatures(24, collection.random);
  for (uint64_t id = 1; id <= kPictures; ++id) collection.index.Add(ImageId{id}, same, kWidth, kHeight);
  collection.index.AwaitMerges();
  EXPECT_EQ(collection.index.Search(same, nullptr, kWidth, kHeight, kPictures).size(), kPictures);
}

}  // namespace
}  // namespace likeness::index
