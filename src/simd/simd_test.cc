// Every variant of every kernel against the scalar reference: all small lengths, misalignments, extreme values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "simd/dispatch.h"
#include "simd/kernels.h"

namespace likeness::simd {
namespace {

using Hits = std::vector<std::tuple<uint32_t, int, int>>;

// Bytes at an address that is `shift` beyond a 64-byte boundary, and poisoned around so that stray reads change
// results.
template <typename T>
struct Shifted {
  Shifted(const std::vector<T>& values, size_t shift) : storage(values.size() * sizeof(T) + 256, 0xA5) {
    auto base = (reinterpret_cast<uintptr_t>(storage.data()) + 63) / 64 * 64;
    data = reinterpret_cast<T*>(base + shift);
    if (!values.empty()) std::memcpy(static_cast<void*>(data), values.data(), values.size() * sizeof(T));
  }
  std::vector<uint8_t> storage;
  T* data;
};

enum class Fill { kRandom, kZeros, kOnes, kNear };

std::vector<uint64_t> Words(size_t count, Fill fill, std::mt19937_64& random) {
  std::vector<uint64_t> words(count);
  for (uint64_t& word : words) {
    if (fill == Fill::kRandom) word = random();
    if (fill == Fill::kOnes) word = ~0ull;
    if (fill == Fill::kNear) word = 1ull << (random() % 64);
  }
  return words;
}

Hits RunScan(const KernelSet& set, const uint64_t* rows, size_t count, const uint64_t* queries, size_t variants,
             int max) {
  std::vector<HammingHit> out(count + 1, HammingHit{77, 77, 77});
  size_t found = set.scan_hamming(rows, count, queries, variants, max, out.data());
  Hits hits;
  for (size_t i = 0; i < found; ++i) hits.emplace_back(out[i].row, out[i].distance, out[i].variant);
  EXPECT_EQ(out[count].row, 77u) << "wrote past the end";
  return hits;
}

TEST(Simd, HammingScanEqualsScalar) {
  std::mt19937_64 random(1);
  for (const KernelSet* set : SupportedKernels())
    for (Fill fill : {Fill::kRandom, Fill::kZeros, Fill::kOnes, Fill::kNear})
      for (size_t count = 0; count <= 33; ++count)
        for (size_t shift : {0, 8, 1, 24}) {
          Shifted<uint64_t> rows(Words(4 * count, fill, random), shift);
          size_t variants = 1 + random() % 8;
          std::vector<uint64_t> queries = Words(4 * variants, random() % 2 ? fill : Fill::kRandom, random);
          for (int max : {-1, 0, 3, 31, 110, 128, 255, 256}) {
            Hits expected = RunScan(kScalarKernels, rows.data, count, queries.data(), variants, max);
            ASSERT_EQ(RunScan(*set, rows.data, count, queries.data(), variants, max), expected)
                << set->name << " count " << count << " shift " << shift << " variants " << variants << " max " << max;
          }
        }
}

TEST(Simd, HammingGatherEqualsScalar) {
  std::mt19937_64 random(2);
  std::vector<uint64_t> rows = Words(4 * 100, Fill::kRandom, random);
  for (const KernelSet* set : SupportedKernels())
    for (size_t count = 0; count < 70; ++count)
      for (int max : {0, 120, 128, 256}) {
        std::vector<uint32_t> candidates(count);
        for (uint32_t& candidate : candidates) candidate = random() % 100;
        const uint64_t* query = rows.data() + 4 * (random() % 100);
        auto run = [&](const KernelSet& kernels) {
          std::vector<HammingHit> out(count);
          out.resize(kernels.gather_hamming(rows.data(), candidates.data(), count, query, max, out.data()));
          Hits hits;
          for (const HammingHit& hit : out) hits.emplace_back(hit.row, hit.distance, hit.variant);
          return hits;
        };
        ASSERT_EQ(run(*set), run(kScalarKernels)) << set->name << " count " << count << " max " << max;
      }
}

TEST(Simd, SignatureScanEqualsScalar) {
  std::mt19937_64 random(3);
  for (const KernelSet* set : SupportedKernels())
    for (Fill fill : {Fill::kRandom, Fill::kZeros, Fill::kOnes, Fill::kNear})
      for (size_t end = 0; end <= 40; ++end)
        for (size_t begin = 0; begin <= end; ++begin) {
          std::vector<uint64_t> words = Words(48, fill, random);
          std::vector<SignatureBlock> blocks(3);
          std::memcpy(blocks.data(), words.data(), 3 * sizeof(SignatureBlock));
          const auto query = static_cast<uint32_t>(Words(1, fill == Fill::kOnes ? Fill::kZeros : fill, random)[0]);
          for (int max : {-1, 0, 2, 14, 16, 31, 32}) {
            auto run = [&](const KernelSet& kernels) {
              std::vector<SignatureHit> out(end - begin + 1);
              out.resize(kernels.scan_signatures(blocks.data(), begin, end, query, max, out.data()));
              Hits hits;
              for (const SignatureHit& hit : out) hits.emplace_back(hit.place, hit.distance, 0);
              return hits;
            };
            ASSERT_EQ(run(*set), run(kScalarKernels)) << set->name << ' ' << begin << ".." << end << " max " << max;
          }
        }
}

TEST(Simd, BoundsEqualScalar) {
  std::mt19937_64 random(4);
  for (const KernelSet* set : SupportedKernels())
    for (size_t count = 0; count <= 40; ++count)
      for (size_t shift : {0, 1, 17, 63})
        for (int kind = 0; kind < 3; ++kind) {
          std::vector<uint8_t> bytes(kCoarseBins * count);
          for (uint8_t& byte : bytes) byte = kind == 0 ? random() : kind == 1 ? 255 : 0;
          Shifted<uint8_t> rows(bytes, shift);
          std::vector<uint8_t> low(kCoarseBins), high(kCoarseBins);
          for (size_t i = 0; i < kCoarseBins; ++i) {
            low[i] = kind == 2 ? 255 : random();
            high[i] = kind == 1 ? 0 : random();
          }
          std::vector<uint32_t> candidates(count);
          for (uint32_t& candidate : candidates) candidate = random() % count;
          std::vector<uint16_t> got(4 * count + 1, 4711), expected(4 * count + 1, 4711);
          // As many bytes again are four times as many narrow rows.
          set->bound_narrow(rows.data, 4 * count, low.data(), high.data(), got.data());
          kScalarKernels.bound_narrow(rows.data, 4 * count, low.data(), high.data(), expected.data());
          ASSERT_EQ(got, expected) << set->name << " narrow, count " << count;
          set->bound_narrow(rows.data, count, low.data(), high.data(), got.data());
          kScalarKernels.bound_narrow(rows.data, count, low.data(), high.data(), expected.data());
          ASSERT_EQ(got, expected) << set->name << " narrow, count " << count;
          set->gather_bound(rows.data, candidates.data(), count, low.data(), high.data(), got.data());
          kScalarKernels.gather_bound(rows.data, candidates.data(), count, low.data(), high.data(), expected.data());
          ASSERT_EQ(got, expected) << set->name << " count " << count;
          std::vector<uint8_t> lows(bytes.size()), highs(bytes.size());
          for (size_t i = 0; i < bytes.size(); ++i) lows[i] = low[i % low.size()], highs[i] = high[i % high.size()];
          ASSERT_EQ(set->bound_row(rows.data, bytes.size(), lows.data(), highs.data()),
                    kScalarKernels.bound_row(rows.data, bytes.size(), lows.data(), highs.data()))
              << set->name << " row of " << bytes.size();
        }
}

TEST(Simd, ByteL1EqualsScalar) {
  std::mt19937_64 random(8);
  for (const KernelSet* set : SupportedKernels())
    for (size_t count : {0, 1, 31, 32, 33, 63, 64, 65, 255, 256, 257, 70000})
      for (size_t shift : {0, 2, 1})
        for (int kind = 0; kind < 3; ++kind) {
          std::vector<uint8_t> a(count), b(count);
          for (size_t i = 0; i < count; ++i) {
            a[i] = kind == 0 ? random() : 255;
            b[i] = kind == 0 ? random() : kind == 1 ? 0 : 255;
          }
          Shifted<uint8_t> x(a, shift), y(b, 64 - shift);
          ASSERT_EQ(set->byte_l1(x.data, y.data, count), kScalarKernels.byte_l1(a.data(), b.data(), count))
              << set->name << " count " << count;
        }
}

TEST(Simd, DenseL1EqualsScalar) {
  std::mt19937_64 random(5);
  for (const KernelSet* set : SupportedKernels())
    for (size_t count : {0, 1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 511, 512, 4095, 4096, 65536})
      for (size_t shift : {0, 2, 1})
        for (int kind = 0; kind < 3; ++kind) {
          std::vector<uint16_t> a(count), b(count);
          for (size_t i = 0; i < count; ++i) {
            a[i] = kind == 0 ? random() : 65535;
            b[i] = kind == 0 ? random() : kind == 1 ? 0 : 65535;
          }
          Shifted<uint16_t> x(a, shift), y(b, 64 - shift);
          ASSERT_EQ(set->dense_l1(x.data, y.data, count), kScalarKernels.dense_l1(a.data(), b.data(), count))
              << set->name << " count " << count;
        }
}

TEST(Simd, IntersectRunsEqualsScalar) {
  std::mt19937_64 random(6);
  for (const KernelSet* set : SupportedKernels())
    for (size_t round = 0; round < 300; ++round) {
      std::vector<uint32_t> dense(4096);
      for (uint32_t& value : dense) value = random() % 3 == 0 ? random() % 65536 : random() % 300;
      std::vector<uint16_t> runs(16);
      std::vector<uint8_t> bins, weights;
      for (uint16_t& run : runs) {
        run = random() % 4 == 0 ? random() % 257 : random() % 36;
        for (size_t i = 0; i < run; ++i) {
          bins.push_back(random());
          weights.push_back(random() % 5 == 0 ? 255 : random());
        }
      }
      bins.push_back(9), weights.push_back(9);
      ASSERT_EQ(set->intersect_runs(dense.data(), runs.data(), 16, bins.data(), weights.data()),
                kScalarKernels.intersect_runs(dense.data(), runs.data(), 16, bins.data(), weights.data()))
          << set->name;
    }
}

TEST(Simd, DotBytesEqualsScalar) {
  std::mt19937_64 random(7);
  for (const KernelSet* set : SupportedKernels())
    for (size_t row_bytes : {64, 128, 192, 512, 1280, 4096})
      for (size_t count = 0; count <= 9; ++count)
        for (size_t shift : {0, 1, 33})
          for (int kind = 0; kind < 3; ++kind) {
            auto fill = [&](size_t size, int which) {
              std::vector<int8_t> bytes(size);
              for (int8_t& byte : bytes)
                byte = static_cast<int8_t>(which == 0 ? int(random() % 255) - 127 : which == 1 ? 127 : -127);
              return bytes;
            };
            Shifted<int8_t> rows(fill(row_bytes * count, kind), shift),
                query(fill(row_bytes, random() % 3), 64 - shift);
            std::vector<int32_t> got(count + 1, 4711), expected(count + 1, 4711);
            set->dot_bytes(rows.data, row_bytes, count, query.data, got.data());
            kScalarKernels.dot_bytes(rows.data, row_bytes, count, query.data, expected.data());
            ASSERT_EQ(got, expected) << set->name << ' ' << count << " rows of " << row_bytes;
          }
}

TEST(Simd, SketchDistancesEqualScalar) {
  std::mt19937_64 random(9);
  for (const KernelSet* set : SupportedKernels())
    for (Fill fill : {Fill::kRandom, Fill::kZeros, Fill::kOnes, Fill::kNear})
      for (size_t words : {4, 8, 12, 20, 64, 120, 124, 256, 1020})
        for (size_t count = 0; count <= 9; ++count)
          for (size_t shift : {0, 1, 24}) {
            Shifted<uint64_t> rows(Words(words * count, fill, random), shift);
            std::vector<uint64_t> query = Words(words, random() % 2 ? Fill::kZeros : Fill::kRandom, random);
            std::vector<uint16_t> got(count + 1, 4711), expected(count + 1, 4711);
            set->sketch_distances(rows.data, words, count, query.data(), got.data());
            kScalarKernels.sketch_distances(rows.data, words, count, query.data(), expected.data());
            ASSERT_EQ(got, expected) << set->name << ' ' << count << " rows of " << words << " words";
          }
}

TEST(Simd, IntersectBitsEqualsScalar) {
  std::mt19937_64 random(11);
  for (const KernelSet* set : SupportedKernels())
    for (Fill fill : {Fill::kRandom, Fill::kZeros, Fill::kOnes, Fill::kNear})
      for (size_t words : {0, 8, 16, 120, 128, 248, 1024})
        for (size_t shift : {0, 1, 24})
          for (uint64_t flip : {uint64_t{0}, ~uint64_t{0}}) {
            const std::vector<uint64_t> first = Words(words, fill, random);
            Shifted<uint64_t> got(first, shift), expected(first, shift),
                other(Words(words, random() % 2 ? Fill::kOnes : Fill::kRandom, random), 64 - shift);
            EXPECT_EQ(set->intersect_bits(got.data, other.data, words, flip),
                      kScalarKernels.intersect_bits(expected.data, other.data, words, flip));
            ASSERT_EQ(std::memcmp(got.data, expected.data, words * 8), 0) << set->name << ' ' << words << " words";
          }
}

TEST(Simd, RangeBitsEqualScalar) {
  std::mt19937_64 random(12);
  for (const KernelSet* set : SupportedKernels())
    for (size_t words : {0, 1, 2, 3, 17, 1024})
      for (size_t shift : {0, 1, 33})
        for (auto [low, high] : {std::pair{0, 255}, {0, 0}, {255, 255}, {1, 254}, {127, 128}, {128, 127}, {10, 10}}) {
          std::vector<uint8_t> bytes(64 * words);
          for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
          Shifted<uint8_t> values(bytes, shift);
          std::vector<uint64_t> got(words + 1, 4711), expected(words + 1, 4711);
          set->range_bits(values.data, words, static_cast<uint8_t>(low), static_cast<uint8_t>(high), got.data());
          kScalarKernels.range_bits(values.data, words, static_cast<uint8_t>(low), static_cast<uint8_t>(high),
                                    expected.data());
          ASSERT_EQ(got, expected) << set->name << ' ' << words << " words, " << low << ".." << high;
        }
}

TEST(Simd, ScalarIsTheDefinition) {
  // Two rows by hand: all zeros, and one with 1 + 2 + 3 + 4 bits.
  const uint64_t rows[8] = {0, 0, 0, 0, 1, 3, 7, 15};
  const uint64_t queries[8] = {1, 3, 7, 15, 0, 0, 0, 0};
  EXPECT_EQ(RunScan(kScalarKernels, rows, 2, queries, 2, 9), (Hits{{0, 0, 1}, {1, 0, 0}}));
  EXPECT_EQ(RunScan(kScalarKernels, rows, 2, queries, 1, 9), (Hits{{1, 0, 0}}));
  EXPECT_EQ(RunScan(kScalarKernels, rows, 2, queries, 1, 10), (Hits{{0, 10, 0}, {1, 0, 0}}));
}

TEST(Simd, ChoiceCanBeForced) {
  EXPECT_EQ(&ChooseKernels(""), SupportedKernels().back());
  for (const KernelSet* set : SupportedKernels()) EXPECT_EQ(&ChooseKernels(set->name), set);
  EXPECT_EQ(&ChooseKernels("neon9"), &kScalarKernels);
  for (const KernelChoice& choice : KernelChoices()) EXPECT_THAT(choice.available, ::testing::Contains(choice.chosen));
}

}  // namespace
}  // namespace likeness::simd
