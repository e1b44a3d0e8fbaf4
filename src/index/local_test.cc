#include "index/local.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "index/local_code.h"
#include "index/local_segment.h"
#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::Descriptor;
using feature::Keypoint;
using feature::LocalFeatures;

constexpr uint32_t kWidth = 1600, kHeight = 1200;

// visit(a, b, bit): the cells, over all grids and channels, that a bit of a descriptor compares.
template <typename Visit>
void ForEachBit(Visit visit) {
  int bit = 0, base = 0;
  for (int side = 2; side <= 4; ++side)
    for (int channel = 0; channel < 3; ++channel, base += side * side)
      for (int a = 0; a < side * side; ++a)
        for (int b = a + 1; b < side * side; ++b, ++bit) visit(base + a, base + b, bit);
}

using Cells = std::array<double, kCodeCells>;

Descriptor Compared(const Cells& cells) {
  Descriptor descriptor;
  ForEachBit([&](int a, int b, int bit) {
    descriptor.words[bit / 64] |= uint64_t{cells[a] > cells[b]} << (bit % 64);
  });
  return descriptor;
}

// Another view of the same point: `noise` in shares of the spread of its cells.
Descriptor Seen(const Descriptor& point, double noise, std::mt19937_64& random) {
  Cells ranks{};
  ForEachBit([&](int a, int b, int bit) {
    const int sign = point.words[bit / 64] >> (bit % 64) & 1 ? 1 : -1;
    ranks[a] += sign;
    ranks[b] -= sign;
  });
  std::normal_distribution<double> normal;
  for (size_t cell = 0; cell < kCodeCells; ++cell)
    ranks[cell] += noise * normal(random) * (cell < 12 ? 1.9 : cell < 39 ? 4.8 : 8.9);
  return Compared(ranks);
}

LocalFeatures RandomFeatures(size_t points, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  LocalFeatures features;
  for (size_t i = 0; i < points; ++i) {
    features.keypoints.push_back({static_cast<float>(random() % kWidth), static_cast<float>(random() % kHeight),
                                  static_cast<float>(8 << random() % 4), static_cast<float>(random() % 360),
                                  static_cast<float>(points - i)});
    Cells cells;
    for (double& cell : cells) cell = normal(random);
    features.descriptors.push_back(Compared(cells));
  }
  return features;
}

// What the features of an edited copy look like: turned, scaled, moved; seen anew; only some points left, some new.
LocalFeatures Edited(const LocalFeatures& original, float degrees, float scale, float dx, float dy, double kept,
                     double noise, std::mt19937_64& random) {
  LocalFeatures features;
  float turn = degrees * 3.14159265f / 180;
  for (size_t i = 0; i < original.keypoints.size(); ++i) {
    if (static_cast<double>(random() % 1000) >= kept * 1000) continue;
    Keypoint point = original.keypoints[i];
    float x = point.x, y = point.y;
    point.x = scale * (std::cos(turn) * x - std::sin(turn) * y) + dx;
    point.y = scale * (std::sin(turn) * x + std::cos(turn) * y) + dy;
    point.size *= scale;
    point.angle_degrees = std::fmod(point.angle_degrees + degrees + 360, 360.0f);
    features.keypoints.push_back(point);
    features.descriptors.push_back(Seen(original.descriptors[i], noise, random));
  }
  LocalFeatures others = RandomFeatures(original.keypoints.size() / 2, random);
  for (size_t i = 0; i < others.keypoints.size() && features.keypoints.size() < 256; ++i) {
    features.keypoints.push_back(others.keypoints[i]);
    features.descriptors.push_back(others.descriptors[i]);
  }
  return features;
}

struct Collection {
  LocalIndex index;
  std::map<uint64_t, LocalFeatures> all;
  std::mt19937_64 random{23};

  void Fill(size_t count, size_t points) {
    for (uint64_t id = 1; id <= count; ++id) {
      all[id] = RandomFeatures(points, random);
      index.Add(ImageId{id}, all[id], kWidth, kHeight);
    }
  }
  uint64_t Best(const LocalFeatures& query, const LocalFeatures* mirrored = nullptr) const {
    auto hits = index.Search(query, mirrored, kWidth, kHeight, 20);
    return hits.empty() ? 0 : hits[0].id.value;
  }
};

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

TEST(LocalIndex, DamagedFilesAreCorruption) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(6, 20);
  ASSERT_TRUE(collection.index.Save(folder / "l", 31).has_value());
  auto expected = collection.index.Search(collection.all[2], nullptr, kWidth, kHeight, 10);
  ASSERT_FALSE(expected.empty());
  for (const auto& file : std::filesystem::directory_iterator(folder / "l"))
    ExpectDamageIsHarmless(file.path(), [&] {
      LocalIndex index;
      auto applied = index.Load(folder / "l");
      if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
      return *applied == 31 && index.Search(collection.all[2], nullptr, kWidth, kHeight, 10) == expected;
    });
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

// What a person or another program may do to the folder: a segment gone.
TEST(LocalIndex, ForeignFoldersAreRefused) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(6, 20);
  ASSERT_TRUE(collection.index.Save(folder / "l", 31).has_value());
  for (const auto& file : std::filesystem::directory_iterator(folder / "l"))
    if (file.path().filename().string().starts_with("segment-")) std::filesystem::remove(file.path());
  LocalIndex index;
  EXPECT_EQ(index.Load(folder / "l").error().code, ErrorCode::kCorruption);
  EXPECT_EQ(index.size(), 0u);
  EXPECT_EQ(index.Load(folder / "nothing").error().code, ErrorCode::kNotFound);
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
      if (file.path().filename().string().starts_with("segment-")) times[file.path().filename()] = file.last_write_time();
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

TEST(LocalCode, OddKeypointsAreHarmless) {
  const float odd[] = {std::nanf(""), INFINITY, -INFINITY, -1, 0, 1e30f};
  for (float value : odd)
    for (uint32_t side : {0u, 1u, 4'000'000'000u}) {
      QueryPlace place = PlaceOf({value, value, value, value, 0}, side, side);
      EXPECT_TRUE(place.x >= 0 && place.x <= 1 && place.y >= 0 && place.y <= 1);
      EXPECT_TRUE(std::isfinite(place.angle) && std::isfinite(place.scale));
      Rounded(place);
    }
}

// The probed cells are the nearest ones: against all of them, sorted.
TEST(LocalCode, NearestCellsAreTheNearest) {
  std::mt19937_64 random(3);
  LocalFeatures features = RandomFeatures(20, random);
  for (int bits : {0, 1, 5, 12, 15})
    for (size_t count : {1, 7, 200})
      for (const Descriptor& descriptor : features.descriptors) {
        CodewordDistances distances;
        ComputeDistances(descriptor, distances);
        std::vector<uint64_t> cost(size_t{1} << bits, UINT64_MAX);
        const int kept[] = {(bits + 2) / 3, (bits + 1) / 3, bits / 3};
        for (uint32_t a = 0; a < 1u << kept[0]; ++a)
          for (uint32_t b = 0; b < 1u << kept[1]; ++b)
            for (uint32_t c = 0; c < 1u << kept[2]; ++c) {
              const uint32_t groups[] = {a, b, c};
              uint64_t sum = 0;
              uint32_t cell = 0;
              for (size_t part = 0; part < kCodeParts; ++part) {
                uint32_t least = UINT32_MAX;
                const uint32_t members = kCodewords >> kept[part];
                for (uint32_t i = 0; i < members; ++i)
                  least = std::min(least, distances[part][groups[part] * members + i] >> 8);
                sum += least;
                for (int bit = 0; bit < kept[part]; ++bit)
                  cell |= (groups[part] >> (kept[part] - 1 - bit) & 1) << (kCellBits - 1 - 3 * bit - int(part));
              }
              cost[cell >> (kCellBits - bits)] = sum;
            }
        std::vector<uint32_t> cells(count);
        cells.resize(NearestCells(distances, bits, count, cells.data()));
        ASSERT_FALSE(cells.empty());
        ASSERT_GE(cells.size(), std::min(count, cost.size()) * 8 / 10) << bits << ' ' << count;
        uint64_t largest = 0;
        for (uint32_t cell : cells) largest = std::max(largest, cost.at(cell));
        EXPECT_LE(std::ranges::count_if(cost, [&](uint64_t one) { return one < largest; }), std::ptrdiff_t(count));
        EXPECT_EQ(std::set<uint32_t>(cells.begin(), cells.end()).size(), cells.size());
        PointCode code = CodeOf(descriptor);
        EXPECT_EQ(std::ranges::count(cells, code.cell >> (kCellBits - bits)), 1);
      }
}

}  // namespace
}  // namespace likeness::index
