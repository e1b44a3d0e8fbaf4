#include "index/colour.h"

#include <gtest/gtest.h>

#include <map>

#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::ColourHistogram;

uint32_t DenseDistance(const ColourHistogram& a, const ColourHistogram& b) {
  std::vector<int> difference(feature::kColourBins, 0);
  for (auto bin : a) difference[bin.bin] += bin.weight;
  for (auto bin : b) difference[bin.bin] -= bin.weight;
  uint32_t distance = 0;
  for (int value : difference) distance += static_cast<uint32_t>(std::abs(value));
  return distance;
}

struct Collection {
  ColourIndex index;
  std::map<uint64_t, ColourHistogram> all;
  std::mt19937_64 random{17};

  void Fill(size_t count) {
    while (all.size() < count) {
      uint64_t id = 1 + random() % (3 * count);
      // Some equal ones, so that ties by id are seen.
      ColourHistogram histogram = !all.empty() && random() % 10 == 0 ? all.begin()->second : RandomHistogram(random);
      all[id] = histogram;
      index.Add(ImageId{id}, histogram);
    }
  }
  std::vector<ColourHit> Oracle(const ColourHistogram& query, size_t k, uint32_t distance_max) const {
    std::vector<ColourHit> hits;
    for (const auto& [id, histogram] : all)
      if (uint32_t distance = DenseDistance(query, histogram); distance <= distance_max)
        hits.push_back({ImageId{id}, distance});
    std::stable_sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
    if (hits.size() > k) hits.resize(k);
    return hits;
  }
  void Compare(int queries) {
    ASSERT_EQ(index.size(), all.size());
    for (int i = 0; i < queries; ++i) {
      ColourHistogram query = RandomHistogram(random);
      if (!all.empty() && i % 2 == 0)
        query = std::next(all.begin(), static_cast<ptrdiff_t>(random() % all.size()))->second;
      for (size_t k : {size_t{1}, size_t{5}, size_t{20}, size_t{1000000}})
        for (uint32_t distance_max : {0u, 20'000u, 90'000u, 131'069u, 131'070u})
          ASSERT_EQ(index.Search(query, k, distance_max), Oracle(query, k, distance_max))
              << all.size() << " histograms, k " << k << ", within " << distance_max;
    }
  }
};

TEST(ColourIndex, SameOrderAsADenseScan) {
  for (size_t count : {0, 1, 2, 3, 50, 3000}) {
    Collection collection;
    collection.Fill(count);
    collection.Compare(8);
  }
}

TEST(ColourIndex, FollowsDeletesAndReplacements) {
  Collection collection;
  collection.Fill(2000);
  for (int i = 0; i < 6000; ++i) {
    uint64_t id = 1 + collection.random() % 6000;
    if (collection.random() % 2 == 0) {
      ASSERT_EQ(collection.index.Remove(ImageId{id}), collection.all.erase(id) > 0);
    } else {
      collection.all[id] = RandomHistogram(collection.random);
      collection.index.Add(ImageId{id}, collection.all[id]);
    }
  }
  collection.Compare(6);
  size_t full = collection.index.memory_bytes();
  for (uint64_t id = 1; id <= 6000; ++id) collection.index.Remove(ImageId{id});
  EXPECT_EQ(collection.index.size(), 0u);
  EXPECT_LT(collection.index.memory_bytes(), full * 3 / 4);
}

TEST(ColourIndex, ExtremeHistograms) {
  Collection collection;
  ColourHistogram black{{0, 65535}}, white{{4095, 65535}}, spread;
  for (uint16_t bin = 0; bin < 4096; ++bin)
    spread.push_back({bin, static_cast<uint16_t>(bin < 4095 ? 15 : 65535 - 4095 * 15)});
  ColourHistogram two{{0, 255}, {4095, 65280}}, one_run;
  for (uint16_t i = 0; i < 256; ++i)
    one_run.push_back({static_cast<uint16_t>(512 + i), static_cast<uint16_t>(i < 255 ? 257 : 0)});
  one_run.pop_back();
  uint64_t id = 0;
  for (const auto& histogram : {black, white, spread, two, one_run}) {
    collection.all[++id] = histogram;
    collection.index.Add(ImageId{id}, histogram);
  }
  for (const auto& [unused, query] : collection.all)
    EXPECT_EQ(collection.index.Search(query, 10), collection.Oracle(query, 10, 131070));
}

TEST(ColourIndex, MalformedHistogramsAreNotKept) {
  ColourIndex index;
  const ColourHistogram good{{7, 65535}};
  const ColourHistogram bad[] = {
      {}, {{7, 65534}}, {{7, 30000}, {7, 35535}}, {{8, 1}, {7, 65534}}, {{4096, 65535}}, {{7, 0}, {8, 65535}}};
  for (const ColourHistogram& histogram : bad) {
    index.Add(ImageId{1}, good);
    index.Add(ImageId{1}, histogram);
    EXPECT_EQ(index.size(), 0u);
    EXPECT_TRUE(index.Search(histogram, 3).empty());
  }
}

TEST(ColourIndex, SavesAndLoads) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(500);
  ASSERT_TRUE(collection.index.Save(folder / "c", 12).has_value());
  collection.index.Add(ImageId{777'777}, RandomHistogram(collection.random));
  auto applied = collection.index.Load(folder / "c");
  ASSERT_TRUE(applied.has_value()) << applied.error().Text();
  EXPECT_EQ(*applied, 12u);
  collection.Compare(5);
}

TEST(ColourIndex, DamagedFilesAreCorruption) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(12);
  ASSERT_TRUE(collection.index.Save(folder / "c", 12).has_value());
  const ColourHistogram query = collection.all.begin()->second;
  auto expected = collection.index.Search(query, 100);
  ExpectDamageIsHarmless(folder / "c", [&] {
    ColourIndex index;
    auto applied = index.Load(folder / "c");
    if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
    return *applied == 12 && index.Search(query, 100) == expected;
  });
}

}  // namespace
}  // namespace likeness::index
