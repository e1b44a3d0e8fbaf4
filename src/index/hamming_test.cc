#include "index/hamming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "index/mih.h"
#include "index/test_util.h"

namespace likeness::index {
namespace {

using feature::Hash256;

// The oracle: every hash, every variant, sorted.
class Flat {
 public:
  void Add(uint64_t id, const Hash256& hash) { hashes_[id] = hash; }
  bool Remove(uint64_t id) { return hashes_.erase(id) > 0; }
  std::vector<HammingHit> Search(std::span<const Hash256> variants, int radius_bits, size_t k) const {
    std::vector<HammingHit> hits;
    for (const auto& [id, hash] : hashes_) {
      HammingHit best{ImageId{id}, 1000, 0};
      for (size_t v = 0; v < variants.size(); ++v)
        if (int distance = HammingDistance(hash, variants[v]); distance < best.distance)
          best.distance = distance, best.variant = static_cast<int>(v);
      if (best.distance <= radius_bits) hits.push_back(best);
    }
    std::stable_sort(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
    if (hits.size() > k) hits.resize(k);
    return hits;
  }
  size_t size() const { return hashes_.size(); }
  const std::map<uint64_t, Hash256>& hashes() const { return hashes_; }

 private:
  std::map<uint64_t, Hash256> hashes_;
};

struct Collection {
  HammingIndex index;
  Flat flat;
  std::mt19937_64 random{7};

  // Clusters, so that there is something at every distance.
  void Fill(size_t count) {
    Hash256 centre = RandomHash(random);
    while (flat.size() < count) {
      if (random() % 20 == 0) centre = RandomHash(random);
      uint64_t id = 1 + random() % (4 * count);
      Hash256 hash = Flip(centre, static_cast<int>(random() % 90), random);
      flat.Add(id, hash);
      index.Add(ImageId{id}, hash);
    }
  }
  void Compare(int queries) {
    ASSERT_EQ(index.size(), flat.size());
    std::vector<Hash256> stored;
    for (const auto& [id, hash] : flat.hashes()) stored.push_back(hash);
    for (int i = 0; i < queries; ++i) {
      std::vector<Hash256> variants(1 + random() % 8);
      for (Hash256& variant : variants)
        variant = stored.empty() || random() % 3 == 0
                      ? RandomHash(random)
                      : Flip(stored[random() % stored.size()], static_cast<int>(random() % 40), random);
      for (int radius : {0, 1, 7, 15, 16, 31, 32, 45, 64, 100, 128, 256})
        for (size_t k : {size_t{1}, size_t{10}, size_t{100000000}})
          ASSERT_EQ(index.Search(variants, radius, k), flat.Search(variants, radius, k))
              << flat.size() << " hashes, radius " << radius << ", k " << k << ", " << variants.size() << " variants";
    }
  }
};

TEST(HammingIndex, EqualsTheFlatOracle) {
  for (size_t count : {0, 1, 2, 7, 8, 9, 100, 4096, 5000}) {
    Collection collection;
    collection.Fill(count);
    collection.Compare(10);
  }
}

TEST(HammingIndex, EqualsTheFlatOracleAboveTheCrossover) {
  Collection collection;
  collection.Fill(90'000);
  collection.Compare(4);
}

TEST(HammingIndex, FollowsDeletesAndReplacements) {
  Collection collection;
  collection.Fill(70'000);
  for (int i = 0; i < 60'000; ++i) {
    uint64_t id = 1 + collection.random() % 280'000;
    if (collection.random() % 2 == 0) {
      ASSERT_EQ(collection.index.Remove(ImageId{id}), collection.flat.Remove(id));
    } else {
      Hash256 hash = RandomHash(collection.random);
      collection.index.Add(ImageId{id}, hash);
      collection.flat.Add(id, hash);
    }
  }
  collection.Compare(3);
}

TEST(HammingIndex, GivesMemoryBack) {
  HammingIndex index;
  std::mt19937_64 random(3);
  for (uint64_t id = 1; id <= 150'000; ++id) index.Add(ImageId{id}, RandomHash(random));
  size_t full = index.memory_bytes();
  for (uint64_t id = 1; id <= 149'000; ++id) index.Remove(ImageId{id});
  EXPECT_EQ(index.size(), 1000u);
  EXPECT_LT(index.memory_bytes(), full / 2);
}

TEST(HammingIndex, OddArguments) {
  HammingIndex index;
  Hash256 hash{{1, 2, 3, 4}};
  index.Add(ImageId{5}, hash);
  EXPECT_TRUE(index.Search({}, 31, 10).empty());
  EXPECT_TRUE(index.Search(std::span(&hash, 1), -1, 10).empty());
  EXPECT_TRUE(index.Search(std::span(&hash, 1), 31, 0).empty());
  EXPECT_EQ(index.Search(std::span(&hash, 1), 100000, 10).size(), 1u);
  EXPECT_FALSE(index.Remove(ImageId{6}));
  // More variants than one pass takes.
  std::vector<Hash256> many(19, Hash256{{~0ull, 0, 0, 0}});
  many[17] = hash;
  EXPECT_EQ(index.Search(many, 0, 10), (std::vector<HammingHit>{{ImageId{5}, 0, 17}}));
}

// Both shapes of the tables against a scan, at every radius.
TEST(MultiIndexHash, MissesNothing) {
  for (bool wide : {false, true}) {
    std::mt19937_64 random(11);
    std::vector<uint64_t> rows;
    Hash256 query = RandomHash(random);
    for (int i = 0; i < 3000; ++i) {
      Hash256 hash = Flip(query, static_cast<int>(random() % 100), random);
      rows.insert(rows.end(), hash.words.begin(), hash.words.end());
    }
    MultiIndexHash tables;
    tables.Build(rows.data(), 3000, wide);
    for (int radius = 0; radius <= 48; ++radius) {
      std::vector<simd::HammingHit> hits;
      ASSERT_TRUE(tables.Search(rows.data(), query.words.data(), radius, tables.MakePlan(radius, 1e18), 1e18, hits));
      std::vector<uint32_t> got, expected;
      for (const auto& hit : hits) got.push_back(hit.row);
      std::sort(got.begin(), got.end());
      got.erase(std::unique(got.begin(), got.end()), got.end());
      for (uint32_t row = 0; row < 3000; ++row) {
        Hash256 hash{{rows[4 * row], rows[4 * row + 1], rows[4 * row + 2], rows[4 * row + 3]}};
        if (HammingDistance(hash, query) <= radius) expected.push_back(row);
      }
      ASSERT_EQ(got, expected) << "radius " << radius << (wide ? " wide" : " narrow");
    }
  }
}

TEST(HammingIndex, FillsAndVisits) {
  std::mt19937_64 random(13);
  for (size_t count : {0, 5, 50'000}) {
    Flat flat;
    std::vector<std::pair<ImageId, Hash256>> items;
    for (uint64_t id = count; id >= 1; --id) {
      items.emplace_back(ImageId{id}, RandomHash(random));
      flat.Add(id, items.back().second);
    }
    HammingIndex index;
    index.Fill(items);
    index.Add(ImageId{count + 1}, Hash256{});
    flat.Add(count + 1, Hash256{});
    EXPECT_EQ(index.Remove(ImageId{2}), flat.Remove(2));
    std::map<uint64_t, Hash256> visited;
    index.Visit([&](ImageId id, const Hash256& hash) { EXPECT_TRUE(visited.emplace(id.value, hash).second); });
    EXPECT_EQ(visited, flat.hashes());
    Hash256 query = Flip(Hash256{}, 20, random);
    EXPECT_EQ(index.Search(std::span(&query, 1), 110, 20), flat.Search(std::span(&query, 1), 110, 20));
  }
}

// What import and search ask for: far, but few; blocks of both kinds, and eight variants.
TEST(HammingIndex, EqualsTheFlatOracleAtWideRadii) {
  Collection collection;
  collection.Fill(70'000);
  std::vector<Hash256> variants(8);
  for (int i = 0; i < 6; ++i) {
    for (Hash256& variant : variants) variant = RandomHash(collection.random);
    auto stored = std::next(collection.flat.hashes().begin(), static_cast<ptrdiff_t>(collection.random() % 1000));
    variants[collection.random() % 8] = Flip(stored->second, i * 8, collection.random);
    for (int radius : {62, 64, 90})
      for (size_t k : {1, 10, 48, 256})
        ASSERT_EQ(collection.index.Search(variants, radius, k), collection.flat.Search(variants, radius, k))
            << "radius " << radius << ", k " << k;
  }
}

TEST(HammingIndex, SavesAndLoads) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(80'000);
  ASSERT_TRUE(collection.index.Save(folder / "h", 4711).has_value());
  HammingIndex other;
  other.Add(ImageId{999'999'999}, Hash256{});
  auto applied = other.Load(folder / "h");
  ASSERT_TRUE(applied.has_value()) << applied.error().Text();
  EXPECT_EQ(*applied, 4711u);
  EXPECT_EQ(other.size(), 80'000u);
  for (int i = 0; i < 20; ++i) {
    Hash256 query = Flip(collection.flat.hashes().begin()->second, i, collection.random);
    EXPECT_EQ(other.Search(std::span(&query, 1), 40, 50), collection.flat.Search(std::span(&query, 1), 40, 50));
  }
  auto missing = other.Load(folder / "nothing");
  EXPECT_FALSE(missing.has_value());
  EXPECT_EQ(other.size(), 0u);
}

TEST(HammingIndex, DamagedFilesAreCorruption) {
  TemporaryFolder folder;
  Collection collection;
  collection.Fill(60);
  ASSERT_TRUE(collection.index.Save(folder / "h", 5).has_value());
  Hash256 query = collection.flat.hashes().begin()->second;
  auto expected = collection.index.Search(std::span(&query, 1), 256, 100);
  ExpectDamageIsHarmless(folder / "h", [&] {
    HammingIndex index;
    auto applied = index.Load(folder / "h");
    if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
    return *applied == 5 && index.Search(std::span(&query, 1), 256, 100) == expected;
  });
}

TEST(HammingIndex, SearchesWhileOthersWrite) {
  HammingIndex index;
  std::atomic<bool> done{false};
  const Hash256 target{{1, 2, 3, 4}};
  index.Add(ImageId{1}, target);
  std::thread writer([&] {
    std::mt19937_64 random(5);
    for (uint64_t id = 2; id < 140'000; ++id) {
      index.Add(ImageId{id}, RandomHash(random));
      if (id % 3 == 0) index.Remove(ImageId{id - 1});
    }
    done = true;
  });
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i)
    readers.emplace_back([&] {
      do {
        auto hits = index.Search(std::span(&target, 1), 20, 5);
        ASSERT_EQ(hits.size(), 1u);
        ASSERT_EQ(hits[0].id, ImageId{1});
      } while (!done);
    });
  writer.join();
  for (auto& reader : readers) reader.join();
}

}  // namespace
}  // namespace likeness::index
