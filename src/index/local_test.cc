#include "index/local.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <thread>

#include "index/local_points.h"
#include "index/local_vote.h"
#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::Descriptor;
using feature::Keypoint;
using feature::LocalFeatures;

constexpr uint32_t kWidth = 1600, kHeight = 1200;

LocalFeatures RandomFeatures(size_t points, std::mt19937_64& random) {
  LocalFeatures features;
  for (size_t i = 0; i < points; ++i) {
    features.keypoints.push_back({static_cast<float>(random() % kWidth), static_cast<float>(random() % kHeight),
                                  static_cast<float>(8 << random() % 4), static_cast<float>(random() % 360),
                                  static_cast<float>(points - i)});
    Descriptor descriptor;
    for (uint64_t& word : descriptor.words) word = random();
    descriptor.words.back() &= (uint64_t{1} << feature::kDescriptorBits % 64) - 1;
    features.descriptors.push_back(descriptor);
  }
  return features;
}

// What the features of an edited copy look like: turned, scaled, moved; bits flipped; only some points left, some new.
LocalFeatures Edited(const LocalFeatures& original, float degrees, float scale, float dx, float dy, double kept,
                     int bit_flips, std::mt19937_64& random) {
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
    Descriptor descriptor = original.descriptors[i];
    for (int flip = 0; flip < bit_flips; ++flip) {
      uint64_t bit = random() % feature::kDescriptorBits;
      descriptor.words[bit / 64] ^= uint64_t{1} << (bit % 64);
    }
    features.keypoints.push_back(point);
    features.descriptors.push_back(descriptor);
  }
  LocalFeatures noise = RandomFeatures(original.keypoints.size() / 2, random);
  for (size_t i = 0; i < noise.keypoints.size() && features.keypoints.size() < 256; ++i) {
    features.keypoints.push_back(noise.keypoints[i]);
    features.descriptors.push_back(noise.descriptors[i]);
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
  int bit_flips;
};
constexpr Edit kEdits[] = {{"same", 0, 1, 0, 0, 1, 0},
                           {"noisy", 0, 1, 0, 0, 0.7, 40},
                           {"turned", 30, 0.8f, 300, 50, 0.5, 30},
                           {"upside down", 180, 1, 1600, 1200, 0.5, 30},
                           {"enlarged crop", 0, 2, -900, -700, 0.3, 30},
                           {"small", -10, 0.4f, 100, 300, 0.4, 40}};

TEST(LocalIndex, FindsEditedCopies) {
  Collection collection;
  collection.Fill(300, 120);
  for (const Edit& edit : kEdits)
    for (uint64_t id : {1, 150, 300}) {
      LocalFeatures query = Edited(collection.all[id], edit.degrees, edit.scale, edit.dx, edit.dy, edit.kept,
                                   edit.bit_flips, collection.random);
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
                                   edit.bit_flips, collection.random);
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
    collection.index.Add(ImageId{id}, Edited(original, 0, 1, 0, 0, 0.9, 20, collection.random), kWidth, kHeight);
  for (uint64_t id = 2001; id <= 2200; ++id) collection.index.Add(ImageId{id}, original, kWidth, kHeight);
  auto hits = collection.index.Search(original, nullptr, kWidth, kHeight, 60);
  EXPECT_EQ(hits.size(), 60u);
  for (const LocalCandidate& hit : hits) EXPECT_GT(hit.id.value, 1000u);
  auto edited = Edited(original, 20, 0.7f, 90, 10, 0.6, 30, collection.random);
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
    LocalFeatures query = Edited(collection.all[id], 15, 1.2f, -50, 20, 0.7, 30, collection.random);
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
  ExpectDamageIsHarmless(folder / "l", [&] {
    LocalIndex index;
    auto applied = index.Load(folder / "l");
    if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
    return *applied == 31 && index.Search(collection.all[2], nullptr, kWidth, kHeight, 10) == expected;
  });
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

TEST(LocalPoints, OddKeypointsAreHarmless) {
  const float odd[] = {std::nanf(""), INFINITY, -INFINITY, -1, 0, 1e30f};
  for (float value : odd)
    for (uint32_t side : {0u, 1u, 4'000'000'000u}) {
      PointGeometry geometry = GeometryOf({value, value, value, value, 0}, side, side);
      EXPECT_LE(std::max(geometry.x, geometry.y), kPositionMax);
    }
}

}  // namespace
}  // namespace likeness::index
