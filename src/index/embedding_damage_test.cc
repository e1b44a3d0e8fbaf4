// What an embedding index writes, and what it makes of it afterwards.
#include <fstream>

#include "index/embedding_segment.h"
#include "index/embedding_test_util.h"
#include "index/storage.h"

namespace likeness::index {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

TEST(EmbeddingIndex, SavesAndLoads) {
  TemporaryFolder folder;
  EmbeddingCollection collection(4096);  // segments of 4096
  collection.Fill(5000);
  const Vector query = collection.vectors.Next();
  const auto before = collection.Search(query, 200);
  const size_t memory = collection.index.memory_bytes();
  ASSERT_TRUE(collection.index.Save(folder / "e", 12).has_value());
  EXPECT_EQ(collection.Search(query, 200), before);
  EXPECT_LT(collection.index.memory_bytes(), memory / 2) << "the floats lie in the file now";
  const auto saved = collection.all;
  collection.Add(777'777);
  for (int round = 0; round < 2; ++round) {
    auto applied = collection.index.Load(folder / "e");
    ASSERT_TRUE(applied.has_value()) << applied.error().Text();
    EXPECT_EQ(*applied, 12u);
    collection.all = saved;
    EXPECT_EQ(collection.index.size(), saved.size());
    EXPECT_EQ(collection.Search(query, 200), before);
  }
  EXPECT_GE(collection.Recall(10, 10), 0.999);
}

TEST(EmbeddingIndex, OnlyNewSegmentsAreWritten) {
  TemporaryFolder folder;
  EmbeddingCollection collection(4096);
  collection.Fill(4300);  // one whole segment, one small
  ASSERT_TRUE(collection.index.Save(folder / "e", 1).has_value());
  const auto first = FilesIn(folder / "e");
  ASSERT_EQ(first.size(), 3u);
  // A few removed and a few more: the whole segment stays, the small one is made anew.
  for (int i = 0; i < 50; ++i) {
    const uint64_t id = collection.all.begin()->first;
    ASSERT_TRUE(collection.index.Remove(ImageId{id}));
    collection.all.erase(id);
  }
  collection.Add(999'999);
  ASSERT_TRUE(collection.index.Save(folder / "e", 2).has_value());
  const auto second = FilesIn(folder / "e");
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(second[1], first[1]);
  EXPECT_NE(second[2], first[2]);
  EmbeddingIndex loaded(4096);
  ASSERT_EQ(loaded.Load(folder / "e").value_or(0), 2u);
  EXPECT_EQ(loaded.size(), collection.all.size());
  const Vector query = collection.vectors.Next();
  EXPECT_EQ(loaded.Search(query, 20), collection.Search(query, 20));
  // Another folder gets all of it.
  ASSERT_TRUE(collection.index.Save(folder / "f", 3).has_value());
  EXPECT_EQ(loaded.Load(folder / "f").value_or(0), 3u);
  // What was removed is gone for good.
  for (const auto& one : collection.all) ASSERT_TRUE(loaded.Find(ImageId{one.first}).has_value());
  EXPECT_EQ(loaded.Search(query, 5000).size(), collection.all.size());
}

TEST(EmbeddingIndex, AbsentForeignAndOtherDimension) {
  TemporaryFolder folder;
  EmbeddingCollection collection(128);
  collection.Fill(20);
  auto absent = collection.index.Load(folder / "nowhere");
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(collection.index.size(), 0u);
  collection.all.clear();
  collection.Fill(20);
  ASSERT_TRUE(collection.index.Save(folder / "e", 1).has_value());
  EmbeddingIndex other(192);
  auto loaded = other.Load(folder / "e");
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().code, ErrorCode::kCorruption);
  // A segment in the place of the manifest, and text.
  const auto files = FilesIn(folder / "e");
  fs::copy_file(files[1], files[0], fs::copy_options::overwrite_existing);
  EXPECT_EQ(collection.index.Load(folder / "e").error().code, ErrorCode::kCorruption);
  std::ofstream(files[0]) << "not an index, but long enough to be read as the header of one, if nobody looked at it";
  EXPECT_EQ(collection.index.Load(folder / "e").error().code, ErrorCode::kCorruption);
  EXPECT_EQ(collection.index.size(), 0u);
}

// Files whose checksums are right and whose content is not.
TEST(EmbeddingIndex, SenselessSegmentsAreCorruption) {
  const EmbeddingShape shape(256);
  struct Parts {
    std::vector<uint32_t> head{256, 4};
    std::vector<uint64_t> ids{3, 5};
    std::vector<float> scales{0.5f, 0.25f};
    std::vector<int8_t> bytes = std::vector<int8_t>(512, 1);
    std::vector<uint64_t> sketches = std::vector<uint64_t>(8, 1);
    std::vector<uint16_t> halves = std::vector<uint16_t>(512, 0x2C00);
  };
  struct Row {
    const char* what;
    void (*spoil)(Parts&);
  };
  const Row rows[] = {
      {"", [](Parts&) {}},
      {"dimension", [](Parts& parts) { parts.head[0] = 255; }},
      {"sketch words", [](Parts& parts) { parts.head[1] = 0; }},
      {"id 0", [](Parts& parts) { parts.ids[0] = 0; }},
      {"equal ids", [](Parts& parts) { parts.ids[1] = 3; }},
      {"scale 0", [](Parts& parts) { parts.scales[1] = 0; }},
      {"scale no number", [](Parts& parts) { parts.scales[0] = NAN; }},
      {"byte -128", [](Parts& parts) { parts.bytes[511] = -128; }},
      {"half infinite", [](Parts& parts) { parts.halves[511] = 0x7C00; }},
      {"a scale too few", [](Parts& parts) { parts.scales.pop_back(); }},
      {"half a row", [](Parts& parts) { parts.halves.resize(300); }},
      {"no rows",
       [](Parts& parts) {
         parts = Parts{{256, 4}, {}, {}, {}, {}, {}};
       }},
  };
  TemporaryFolder folder;
  for (const Row& row : rows) {
    Parts parts;
    row.spoil(parts);
    const Section sections[] = {{Tag("EHDR"), BytesOf(parts.head)},     {Tag("IDS "), BytesOf(parts.ids)},
                                {Tag("SCAL"), BytesOf(parts.scales)},   {Tag("BYTE"), BytesOf(parts.bytes)},
                                {Tag("SKET"), BytesOf(parts.sketches)}, {Tag("HALF"), BytesOf(parts.halves)}};
    ASSERT_TRUE(WriteContainer(folder / "s", FileKind::kEmbedding, 0, parts.ids.size(), sections).has_value());
    auto opened = EmbeddingSegment::Open(folder / "s", shape);
    EXPECT_EQ(opened.has_value(), row.what[0] == 0) << row.what;
    if (!opened.has_value()) {
      EXPECT_EQ(opened.error().code, ErrorCode::kCorruption) << row.what;
    }
  }
}

TEST(EmbeddingIndex, DamagedFilesAreCorruption) {
  TemporaryFolder folder;
  EmbeddingCollection collection(256);
  collection.Fill(12);
  ASSERT_TRUE(collection.index.Save(folder / "e", 12).has_value());
  const uint64_t gone = collection.all.begin()->first;
  ASSERT_TRUE(collection.index.Remove(ImageId{gone}));  // so that the manifest has a mark
  ASSERT_TRUE(collection.index.Save(folder / "e", 12).has_value());
  const Vector query = collection.vectors.Next();
  const auto expected = collection.Search(query, 100);
  ASSERT_EQ(expected.size(), 11u);
  for (const fs::path& file : FilesIn(folder / "e"))
    ExpectDamageIsHarmless(file, [&] {
      EmbeddingIndex index(256);
      auto applied = index.Load(folder / "e");
      if (!applied.has_value()) return applied.error().code == ErrorCode::kCorruption && index.size() == 0;
      return *applied == 12 && index.Search(query, 100) == expected;
    });
}

}  // namespace
}  // namespace likeness::index
