#include "index/local_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "base/checksum.h"
#include "index/local_buckets.h"
#include "index/local_segment.h"
#include "index/local_test_util.h"

namespace likeness::index {
namespace {

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

// What is stored in index files; other codes are a new version of them.
TEST(LocalCode, CodesStayTheSame) {
  std::mt19937_64 random(77);
  std::vector<uint32_t> cells, signatures;
  for (const Descriptor& descriptor : RandomFeatures(2000, random).descriptors) {
    const PointCode code = CodeOf(descriptor);
    cells.push_back(code.cell);
    signatures.push_back(code.signature);
  }
  EXPECT_EQ(Crc32c(BytesOf(cells)), 955211250u);
  EXPECT_EQ(Crc32c(BytesOf(signatures)), 2855505174u);
}

// Ordinary groups, one that has more points than its numbers can say, and a last one that is not full.
TEST(LocalBuckets, RangesAreThoseOfTheCounts) {
  std::mt19937_64 random(4);
  std::vector<uint32_t> counts(1 << 8);
  for (uint32_t& count : counts) count = static_cast<uint32_t>(random() % 3 == 0 ? 0 : random() % 40);
  counts[35] = 70'000;
  counts[95] = 65'534;
  for (size_t i = 90; i < 120; ++i) counts[i] = i == 95 ? 65'534 : 0;
  for (size_t i = 150; i < 180; ++i) counts[i] = i == 179 ? 65'535 : 0;
  BucketWriter writer(8);
  size_t points = 0;
  for (uint32_t bucket = 0; bucket < counts.size(); ++bucket)
    for (uint32_t i = 0; i < counts[bucket]; ++i, ++points) writer.Put(bucket);
  writer.Finish();
  const BucketTable table(writer.groups(), writer.wide());
  EXPECT_EQ(table.groups().size(), 9u);
  EXPECT_EQ(table.wide().size(), 2u);
  EXPECT_TRUE(table.Check(points));
  EXPECT_FALSE(table.Check(points - 1));
  size_t at = 0;
  for (uint32_t bucket = 0; bucket < counts.size(); ++bucket, at += counts[bucket - 1])
    EXPECT_EQ(table.Range(bucket), std::pair(at, at + counts[bucket])) << bucket;
  auto groups = writer.groups();
  auto wide = writer.wide();
  auto check = [&] { return BucketTable(groups, wide).Check(points); };
  for (size_t i = 0; i < groups.size(); ++i) {
    ++groups[i].first;
    EXPECT_FALSE(check()) << i;
    --groups[i].first;
  }
  std::swap(wide[0], wide[1]);
  EXPECT_FALSE(check());
  std::swap(wide[0], wide[1]);
  wide.push_back(wide[1]);
  EXPECT_FALSE(check());
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
        ASSERT_EQ(cells.size(), std::min(count, cost.size())) << bits << ' ' << count;
        uint64_t largest = 0;
        for (uint32_t cell : cells) largest = std::max(largest, cost.at(cell));
        EXPECT_LT(std::ranges::count_if(cost, [&](uint64_t one) { return one < largest; }), std::ptrdiff_t(count));
        EXPECT_EQ(std::set<uint32_t>(cells.begin(), cells.end()).size(), cells.size());
        PointCode code = CodeOf(descriptor);
        EXPECT_EQ(std::ranges::count(cells, code.cell >> (kCellBits - bits)), 1);
      }
}

// More combinations lie within reach than there is room for: the nearest ones all the same.
TEST(LocalCode, NearestCellsOfCrowdedDistances) {
  std::mt19937_64 random(8);
  for (uint32_t spread : {1u, 2u, 40u, 3000u})
    for (size_t count : {1, 64, 1024}) {
      CodewordDistances distances;
      for (auto& part : distances)
        for (uint32_t word = 0; word < kCodewords; ++word)
          part[word] = static_cast<uint32_t>(5000 + random() % spread) << 8 | word;
      std::vector<uint32_t> sums(size_t{1} << 18);  // the nearest 64 of each part hold the nearest 1024 sums
      std::array<std::vector<uint32_t>, kCodeParts> near;
      for (size_t part = 0; part < kCodeParts; ++part) {
        for (uint32_t value : distances[part]) near[part].push_back(value >> 8);
        std::sort(near[part].begin(), near[part].end());
      }
      for (size_t i = 0; i < sums.size(); ++i) sums[i] = near[0][i & 63] + near[1][i >> 6 & 63] + near[2][i >> 12];
      std::sort(sums.begin(), sums.end());
      std::vector<uint32_t> cells(count);
      cells.resize(NearestCells(distances, kCellBits, count, cells.data()));
      ASSERT_FALSE(cells.empty());
      EXPECT_EQ(std::set<uint32_t>(cells.begin(), cells.end()).size(), count);
      for (uint32_t cell : cells) {
        uint32_t sum = 0;
        for (size_t part = 0; part < kCodeParts; ++part) {
          uint32_t word = 0;
          for (int bit = 0; bit < 8; ++bit) word |= (cell >> (3 * bit + 2 - int(part)) & 1) << bit;
          sum += distances[part][word] >> 8;
        }
        EXPECT_LE(sum, sums[count - 1]) << spread << ' ' << count;
      }
    }
}

}  // namespace
}  // namespace likeness::index
