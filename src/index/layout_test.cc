#include "index/layout.h"

#include <gtest/gtest.h>

#include <map>

#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::ColourLayout;
using feature::kLayoutBins;
using feature::kLayoutBlocks;

// Blocks like those of a photo: a few bins each, neighbours alike; now and then the whole weight in one bin.
ColourLayout RandomLayout(std::mt19937_64& random) {
  ColourLayout layout{};
  for (size_t block = 0; block < kLayoutBlocks; ++block) {
    uint8_t* shares = &layout[block * kLayoutBins];
    if (block > 0 && random() % 3 == 0) {
      std::copy_n(shares - kLayoutBins, kLayoutBins, shares);
      continue;
    }
    uint32_t left = feature::kLayoutBlockTotal;
    while (left > 0) {
      uint32_t part = random() % 20 == 0 ? left : std::min<uint32_t>(left, 1 + random() % 90);
      shares[random() % kLayoutBins] += static_cast<uint8_t>(part);
      left -= part;
    }
  }
  return layout;
}

struct Collection {
  LayoutIndex index;
  std::map<uint64_t, ColourLayout> all;
  std::mt19937_64 random{23};

  void Fill(size_t count) {
    while (all.size() < count) {
      uint64_t id = 1 + random() % (3 * count);
      // Some equal ones, so that ties by id are seen, and some near ones.
      ColourLayout layout = !all.empty() && random() % 5 == 0 ? all.begin()->second : RandomLayout(random);
      if (random() % 2 == 0) std::swap_ranges(&layout[0], &layout[kLayoutBins], &layout[kLayoutBins * 7]);
      all[id] = layout;
      index.Add(ImageId{id}, layout);
    }
  }
  std::vector<ColourHit> Oracle(const std::vector<ColourLayout>& variants, size_t k) const {
    std::vector<ColourHit> hits;
    for (const auto& [id, layout] : all) {
      uint32_t least = UINT32_MAX;
      for (const ColourLayout& variant : variants) {
        uint32_t distance = 0;
        for (size_t i = 0; i < layout.size(); ++i)
          distance += static_cast<uint32_t>(std::abs(int{layout[i]} - int{variant[i]}));
        least = std::min(least, distance);
      }
      hits.push_back({ImageId{id}, least});
    }
    std::stable_sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
    if (hits.size() > k) hits.resize(k);
    return hits;
  }
  void Compare(int queries) {
    ASSERT_EQ(index.size(), all.size());
    for (int i = 0; i < queries; ++i) {
      ColourLayout query = RandomLayout(random);
      if (!all.empty() && i % 2 == 0)
        query = std::next(all.begin(), static_cast<ptrdiff_t>(random() % all.size()))->second;
      for (const auto& variants : {std::vector{query}, std::vector{query, RandomLayout(random)}})
        for (size_t k : {size_t{1}, size_t{5}, size_t{20}, size_t{1000000}})
          ASSERT_EQ(index.Search(variants, k), Oracle(variants, k)) << all.size() << " layouts, k " << k;
    }
  }
};

TEST(LayoutIndex, SameOrderAsAFlatScan) {
  for (size_t count : {0, 1, 2, 3, 50, 3000, 40000}) {
    Collection collection;
    collection.Fill(count);
    collection.Compare(6);
  }
}

TEST(LayoutIndex, FollowsDeletesAndReplacements) {
  Collection collection;
  collection.Fill(5000);
  for (int i = 0; i < 12000; ++i) {
    uint64_t id = 1 + collection.random() % 15000;
    if (collection.random() % 2 == 0) {
      ASSERT_EQ(collection.index.Remove(ImageId{id}), collection.all.erase(id) > 0);
    } else {
      collection.all[id] = RandomLayout(collection.random);
      collection.index.Add(ImageId{id}, collection.all[id]);
    }
  }
  collection.Compare(6);
  size_t full = collection.index.memory_bytes();
  for (uint64_t id = 1; id <= 15000; ++id) collection.index.Remove(ImageId{id});
  EXPECT_EQ(collection.index.size(), 0u);
  EXPECT_LT(collection.index.memory_bytes(), full / 2);
}

TEST(LayoutIndex, MalformedLayoutsAreNotKept) {
  LayoutIndex index;
  std::mt19937_64 random(1);
  const ColourLayout good = RandomLayout(random);
  ColourLayout bad = good;
  bad[200] ^= 1;
  index.Add(ImageId{1}, good);
  EXPECT_EQ(index.size(), 1u);
  EXPECT_TRUE(index.Search({&bad, 1}, 3).empty());
  EXPECT_TRUE(index.Search({}, 3).empty());
  EXPECT_TRUE(index.Search({&good, 1}, 0).empty());
  index.Add(ImageId{1}, bad);
  EXPECT_EQ(index.size(), 0u);
}

TEST(LayoutIndex, SavesAndLoads) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(500);
  ASSERT_TRUE(collection.index.Save(folder / "l", 12).has_value());
  collection.index.Add(ImageId{777'777}, RandomLayout(collection.random));
  auto applied = collection.index.Load(folder / "l");
  ASSERT_TRUE(applied.has_value()) << applied.error().Text();
  EXPECT_EQ(*applied, 12u);
  collection.Compare(5);
}

TEST(LayoutIndex, DamagedFilesAreCorruption) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(12);
  ASSERT_TRUE(collection.index.Save(folder / "l", 12).has_value());
  const ColourLayout query = collection.all.begin()->second;
  auto expected = collection.index.Search({&query, 1}, 100);
  ExpectDamageIsHarmless(folder / "l", [&] {
    LayoutIndex index;
    auto applied = index.Load(folder / "l");
    if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
    return *applied == 12 && index.Search({&query, 1}, 100) == expected;
  });
}

}  // namespace
}  // namespace likeness::index
