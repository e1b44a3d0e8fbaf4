#include "index/embedding.h"

#include <atomic>
#include <limits>
#include <thread>

#include "index/embedding_code.h"
#include "index/embedding_search.h"
#include "index/embedding_segment.h"
#include "index/embedding_test_util.h"

namespace likeness::index {
namespace {

// What may be lost by comparing bytes: of 2000 nearest ones fewer than two.
constexpr double kBytesRecall = 0.999, kSketchRecall = 0.98;

TEST(EmbeddingCode, HalvesAreRoundedToTheNearest) {
  for (uint32_t half = 0; half <= 0x3C00; ++half) {
    const auto bits = static_cast<uint16_t>(half);
    ASSERT_EQ(HalfOf(FloatOf(bits)), bits);
    ASSERT_EQ(HalfOf(-FloatOf(bits)), bits | 0x8000);
    if (half == 0x3C00) break;
    const float low = FloatOf(bits), high = FloatOf(static_cast<uint16_t>(bits + 1));
    ASSERT_LT(low, high);
    ASSERT_EQ(HalfOf((low + high) / 2), half % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(HalfOf(std::nextafter((low + high) / 2, 0.0f)), bits);
    ASSERT_EQ(HalfOf(std::nextafter((low + high) / 2, 2.0f)), bits + 1);
  }
  EXPECT_EQ(FloatOf(0x3C00), 1.0f);
  EXPECT_EQ(FloatOf(0x0001), 0x1p-24f);
  EXPECT_EQ(FloatOf(0xB800), -0.5f);
}

TEST(EmbeddingCode, SketchesTellAngles) {
  for (size_t dimension : {256, 300, 512, 1280, 4096}) {
    const EmbeddingShape shape(dimension);
    Vectors vectors(dimension, 3);
    const double bits = 64.0 * static_cast<double>(shape.sketch_words);
    for (int i = 0; i < 20; ++i) {
      std::vector<uint64_t> a(shape.sketch_words), b(a), c(a);
      Vector x = vectors.Next(), y = vectors.Next(), unit(dimension), opposite(dimension);
      // A vector of one component only is as good as any.
      if (i == 0) std::fill(y.begin() + 1, y.end(), 0.0f);
      ASSERT_TRUE(Normalise(x, unit));
      SketchEmbedding(shape, unit, a.data());
      for (size_t j = 0; j < dimension; ++j) opposite[j] = -unit[j];
      SketchEmbedding(shape, opposite, c.data());
      ASSERT_TRUE(Normalise(y, unit));
      SketchEmbedding(shape, unit, b.data());
      int apart = 0, all = 0;
      for (size_t word = 0; word < a.size(); ++word) {
        apart += __builtin_popcountll(a[word] ^ b[word]);
        all += __builtin_popcountll(a[word] ^ c[word]);
      }
      EXPECT_EQ(all, static_cast<int>(bits));
      EXPECT_NEAR(apart / bits, std::acos(Cosine(x, y)) / M_PI, 5 * 0.5 / std::sqrt(bits)) << dimension;
    }
  }
}

TEST(EmbeddingIndex, FindsWhatAFlatScanFinds) {
  struct Row {
    size_t dimension, count;
    int queries;
  };
  for (const Row& row : {Row{64, 0, 2}, Row{64, 1, 2}, Row{65, 3000, 40}, Row{256, 5000, 60}, Row{300, 1000, 20},
                         Row{512, 3000, 60}, Row{1280, 700, 20}, Row{4096, 300, 10}}) {
    EmbeddingCollection collection(row.dimension);
    collection.Fill(row.count);
    ASSERT_EQ(collection.index.size(), row.count);
    for (size_t threads : {1, 3}) {
      EXPECT_GE(collection.Recall(row.queries, 10, {}, threads), kBytesRecall) << row.dimension << ' ' << row.count;
      EXPECT_EQ(collection.Recall(2, row.count + 5, {}, threads), 1) << row.dimension << ' ' << row.count;
    }
  }
}

TEST(EmbeddingSearch, SketchesFindWhatBytesFind) {
  const EmbeddingShape shape(256);
  Vectors vectors(256, 5);
  std::vector<EmbeddingPart> parts;
  Vector unit(256);
  for (size_t rows : {30'000, 20'001, 100}) {
    auto segment = EmbeddingSegment::Allocate(shape, rows);
    for (size_t row = 0; row < rows; ++row) {
      ASSERT_TRUE(Normalise(vectors.Next(), unit));
      segment->Put(row, 1 + 3 * row + parts.size(), unit);
    }
    parts.push_back({std::move(segment), nullptr, rows, parts.size() != 2});
  }
  auto marks = std::make_shared<EmbeddingMarks>();
  marks->words.resize(20'001 / 64 + 1);
  for (size_t row = 0; row < 20'001; row += 5) marks->words[row / 64] |= uint64_t{1} << (row % 64), ++marks->count;
  parts[1].marks = std::move(marks);
  std::vector<ImageId> most;
  for (uint64_t id = 1; id < 90'000; ++id)
    if (id % 7 != 0) most.push_back(ImageId{id});
  size_t found = 0, wanted = 0;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(Normalise(vectors.Next(), unit));
    for (const auto& allowed :
         {std::optional<std::span<const ImageId>>(), std::optional<std::span<const ImageId>>(most)})
      for (size_t threads : {1, 3}) {
        const auto exact = SearchEmbeddings(parts, unit, 10, allowed, threads, SIZE_MAX);
        const auto hits = SearchEmbeddings(parts, unit, 10, allowed, threads, 0);
        ASSERT_EQ(hits.size(), 10u);
        for (const EmbeddingHit& hit : exact) found += std::ranges::find(hits, hit) != hits.end();
        wanted += exact.size();
      }
  }
  EXPECT_GE(static_cast<double>(found), kSketchRecall * static_cast<double>(wanted));
  EXPECT_EQ(SearchEmbeddings(parts, unit, 100'000, std::nullopt, 2, 0).size(), 30'000u + 16'000u + 100u);
}

TEST(EmbeddingIndex, FiltersOfAnySelectivity) {
  TemporaryFolder folder;
  EmbeddingCollection collection(256);
  collection.Fill(4000);
  ASSERT_TRUE(collection.index.Save(folder / "e", 1).has_value());  // so that there is a segment beside the tail
  collection.Fill(6000);
  for (uint64_t id = 1; id < 18000; id += 7)
    ASSERT_EQ(collection.index.Remove(ImageId{id}), collection.all.erase(id) > 0);
  for (double share : {0.0, 0.0002, 0.001, 0.01, 0.1, 0.5, 0.9, 1.0}) {
    std::vector<ImageId> allowed;
    for (uint64_t id = 1; id < 20000; ++id)
      if (static_cast<double>(collection.vectors.random()() % 1000000) < share * 1e6) allowed.push_back(ImageId{id});
    for (size_t threads : {1, 3}) EXPECT_GE(collection.Recall(10, 10, allowed, threads), kBytesRecall) << share;
  }
  EXPECT_TRUE(collection.Search(collection.vectors.Next(), 10, std::vector<ImageId>{}).empty());
}

TEST(EmbeddingIndex, FollowsDeletesAndReplacements) {
  EmbeddingCollection collection(1024);  // segments of 16 thousand
  collection.Fill(3000);
  for (int i = 0; i < 9000; ++i) {
    const uint64_t id = 1 + collection.vectors.random()() % 9000;
    if (collection.vectors.random()() % 3 == 0)
      ASSERT_EQ(collection.index.Remove(ImageId{id}), collection.all.erase(id) > 0);
    else
      collection.Add(id);
    ASSERT_EQ(collection.index.size(), collection.all.size());
  }
  EXPECT_GE(collection.Recall(30, 10), kBytesRecall);
  const size_t full = collection.index.memory_bytes();
  for (uint64_t id = 1; id <= 9000; ++id) collection.index.Remove(ImageId{id});
  EXPECT_EQ(collection.index.size(), 0u);
  EXPECT_LT(collection.index.memory_bytes(), full / 2);
  EXPECT_TRUE(collection.index.Search(collection.vectors.Next(), 3).empty());
}

TEST(EmbeddingIndex, EqualVectorsComeByTheirIds) {
  EmbeddingIndex index(64);
  Vectors vectors(64, 8);
  const Vector vector = vectors.Next();
  std::vector<uint64_t> ids(3000);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = i + 1;
  std::ranges::shuffle(ids, vectors.random());
  for (uint64_t id : ids) index.Add(ImageId{id}, vector);
  for (size_t threads : {1, 2}) {
    const auto hits = index.Search(vector, 50, std::nullopt, threads);
    ASSERT_EQ(hits.size(), 50u);
    for (size_t i = 0; i < hits.size(); ++i) EXPECT_EQ(hits[i].id, ImageId{i + 1});
    EXPECT_NEAR(hits[0].score, 1, 1e-3);
  }
}

TEST(EmbeddingIndex, VectorsOfNoDirectionAreNotKept) {
  EmbeddingIndex index(64);
  const Vector good(64, 2.5f);
  Vector bad[] = {Vector(64, 0.0f), Vector(63, 1.0f), Vector(65, 1.0f), {}, good, good, Vector(64, 1e-45f)};
  bad[4][7] = std::numeric_limits<float>::quiet_NaN();
  bad[5][9] = std::numeric_limits<float>::infinity();
  for (size_t i = 0; i < 6; ++i) {
    index.Add(ImageId{1}, good);
    ASSERT_EQ(index.size(), 1u);
    EXPECT_TRUE(index.Search(bad[i], 3).empty()) << i;
    index.Add(ImageId{1}, bad[i]);
    EXPECT_EQ(index.size(), 0u) << i;
  }
  index.Add(ImageId{1}, bad[6]);  // short, but it has a direction
  index.Add(ImageId{2}, Vector(64, 3e38f));
  ASSERT_EQ(index.Search(good, 3).size(), 2u);
  EXPECT_NEAR(index.Search(good, 1)[0].score, 1, 1e-3);
  EXPECT_TRUE(index.Search(good, 0).empty());
}

TEST(EmbeddingIndex, AStoredVectorIsAQuery) {
  EmbeddingCollection collection(256);
  collection.Fill(500);
  for (const auto& [id, vector] : collection.all) {
    auto found = collection.index.Find(ImageId{id});
    ASSERT_TRUE(found.has_value());
    ASSERT_NEAR(Cosine(*found, vector), 1, 1e-6);
    ASSERT_EQ(collection.index.Search(*found, 1)[0].id, ImageId{id});
  }
  EXPECT_FALSE(collection.index.Find(ImageId{999'999}).has_value());
}

TEST(EmbeddingIndex, SearchesWhileItIsWritten) {
  EmbeddingCollection collection(512);
  collection.Fill(200);
  TemporaryFolder folder;
  std::atomic<bool> stop = false;
  std::vector<Vector> queries(8);
  for (Vector& query : queries) query = collection.vectors.Next();
  // These are never touched: a search sees them at any moment.
  std::vector<ImageId> allowed;
  for (const auto& one : collection.all) allowed.push_back(ImageId{one.first});
  std::vector<std::vector<EmbeddingHit>> expected;
  for (const Vector& query : queries) expected.push_back(collection.Search(query, 10));
  std::vector<std::thread> readers;
  std::atomic<size_t> wrong = 0, searches = 0;
  for (size_t reader = 0; reader < 3; ++reader)
    readers.emplace_back([&, reader] {
      for (size_t i = reader; !stop; ++i) {
        const size_t query = i % queries.size();
        if (collection.index.Search(queries[query], 10, allowed, 1 + i % 2) != expected[query]) ++wrong;
        // The same vector again and again: always there.
        if (i % 3 == 0 && !collection.index.Find(ImageId{1'000'000}).value_or(Vector{}).empty() &&
            collection.index.Search(queries[query], 1, std::vector{ImageId{1'000'000}}).size() != 1)
          ++wrong;
        ++searches;
      }
    });
  for (uint64_t i = 0; i < 6000 || searches < 50; ++i) {
    collection.index.Add(ImageId{1'000'000}, queries[i % 2]);
    collection.index.Add(ImageId{2'000'000 + i}, queries[i % queries.size()]);
    if (i % 3 != 0) collection.index.Remove(ImageId{2'000'000 + i - i % 3});
    if (i % 1000 == 999) {
      ASSERT_TRUE(collection.index.Save(folder / "e", i).has_value());
    }
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace likeness::index
