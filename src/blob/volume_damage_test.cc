// Torn ends, flipped bits, garbage and misplaced records: found by the scan, never given out, never cut off when they
// might be a damaged record.
#include <gmock/gmock.h>

#include <random>

#include "blob/test_support.h"

namespace likeness::blob {
namespace {

namespace fs = std::filesystem;

struct Stored {
  uint64_t id;
  size_t size;
  Location location;
};

std::vector<Stored> Fill(const fs::path& folder, std::initializer_list<size_t> sizes) {
  auto store = OpenStore(folder);
  std::vector<Stored> out;
  for (size_t size : sizes) {
    uint64_t id = out.size() + 1;
    out.push_back({id, size, Add(*store, id, size)});
  }
  EXPECT_TRUE(store->Sync());
  return out;
}

// Whatever the damage: each record is read right or not at all.
size_t CountReadable(const VolumeStore& store, const std::vector<Stored>& records) {
  size_t readable = 0;
  for (const Stored& record : records) {
    auto payload = store.Read(record.location, record.id);
    if (!payload.has_value()) continue;
    EXPECT_EQ(*payload, Payload(record.id, record.size));
    ++readable;
  }
  return readable;
}

TEST(VolumeDamage, TornAtEveryByteOfTheLastRecord) {
  TemporaryFolder folder;
  std::vector<Stored> records = Fill(folder.path(), {1000, 333, 501});
  fs::path path = VolumePath(folder.path(), 1);
  const Bytes whole = Slurp(path);
  const Location last = records[2].location;
  const uint64_t payload_end = last.offset + kRecordHeaderBytes + 18 + 501;
  ASSERT_EQ(AlignUp(payload_end), whole.size());
  for (uint64_t size = last.offset; size <= whole.size(); ++size) {
    Spill(path, ByteView(whole).first(size));
    bool last_is_whole = size >= payload_end;
    {
      auto store = OpenStore(folder.path());
      ASSERT_TRUE(store);
      EXPECT_EQ(CountReadable(*store, records), last_is_whole ? 3u : 2u) << size;
      Location added = Add(*store, 4, 77);
      EXPECT_EQ(added.offset, last_is_whole ? whole.size() : last.offset) << size;
      ASSERT_TRUE(store->Sync());
    }
    auto store = OpenStore(folder.path());
    ScanResult scan = ScanAll(*store);
    EXPECT_TRUE(scan.damage.empty()) << size << ": " << scan.damage[0].what;
    EXPECT_EQ(scan.records.size(), last_is_whole ? 4u : 3u) << size;
  }
}

TEST(VolumeDamage, TornFileHeaderNeverAppears) {
  // Volumes get their names when they are whole; a file that is too short is damage, and stays readable as an error.
  TemporaryFolder folder;
  for (size_t size = 0; size < kFileHeaderBytes; ++size) {
    Spill(VolumePath(folder.path(), 1), ByteView(EncodeFileHeader({.volume = 1})).first(size));
    auto store = OpenStore(folder.path());
    ASSERT_TRUE(store);
    EXPECT_EQ(ScanAll(*store).damage.size(), 1u) << size;
    Location location = Add(*store, 1, 10);
    EXPECT_EQ(location.volume, 2u);
    EXPECT_TRUE(store->Sync());
    store.reset();
    fs::remove(VolumePath(folder.path(), 2));
  }
}

TEST(VolumeDamage, ZerosAtTheEndAreCutOff) {
  TemporaryFolder folder;
  std::vector<Stored> records = Fill(folder.path(), {100, 200});
  fs::path path = VolumePath(folder.path(), 1);
  uint64_t size = fs::file_size(path);
  for (uint64_t zeros : {1u, 95u, 96u, 5000u, 200'000u}) {
    fs::resize_file(path, size + zeros);
    auto store = OpenStore(folder.path());
    EXPECT_EQ(fs::file_size(path), size);
    EXPECT_EQ(CountReadable(*store, records), 2u);
  }
}

// Every bit of the volume matters: some flip anywhere is found, with the volume open for appends and sealed.
TEST(VolumeDamage, FlippedBitsAreFound) {
  for (bool sealed : {false, true}) {
    TemporaryFolder folder;
    std::vector<Stored> records = Fill(folder.path(), {1003, 0, 333, 4000, 5});
    if (sealed) {
      auto store = OpenStore(folder.path(), 1);
      records.push_back({6, 10, Add(*store, 6, 10)});
      ASSERT_TRUE(store->Sync());
    }
    fs::path path = VolumePath(folder.path(), 1);
    const Bytes whole = Slurp(path);
    std::mt19937 random(20'240'601);
    std::vector<size_t> bits;
    for (size_t i = 0; i < 800; ++i) bits.push_back(random() % (whole.size() * 8));
    // Headers make few of the bytes: all of the file header, of the second record, and the last record's.
    for (size_t i = 0; i < kFileHeaderBytes * 8; ++i) bits.push_back(i);
    for (size_t i = 0; i < 114 * 8; ++i) bits.push_back(records[1].location.offset * 8 + i);
    for (size_t i = 0; i < 96 * 8; ++i) bits.push_back(records[4].location.offset * 8 + i);
    for (size_t bit : bits) {
      Bytes flipped = whole;
      flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      Spill(path, flipped);
      auto store = VolumeStore::Open({.folder = folder.path()});
      ASSERT_TRUE(store.has_value()) << "bit " << bit << ": " << store.error().Text();
      EXPECT_FALSE(ScanAll(**store).damage.empty()) << "bit " << bit << " sealed " << sealed;
      EXPECT_GE(CountReadable(**store, records), records.size() - 1) << "bit " << bit;
    }
  }
}

TEST(VolumeDamage, ScanGoesOnAfterGarbage) {
  struct Row {
    std::string name;
    std::function<void(Bytes&, const std::vector<Stored>&)> harm;
    std::vector<uint64_t> ids;  // that the scan finds, whole or not
    size_t damage;
  };
  auto overwrite = [](Bytes& file, uint64_t at, size_t count) {
    std::mt19937 random(7);
    for (size_t i = 0; i < count; ++i) file[at + i] = static_cast<uint8_t>(random());
  };
  const Row rows[] = {
      {"a header", [&](Bytes& f, const auto& r) { overwrite(f, r[1].location.offset, 96); }, {1, 3, 4}, 1},
      {"a payload", [&](Bytes& f, const auto& r) { overwrite(f, r[1].location.offset + 200, 50); }, {1, 2, 3, 4}, 1},
      {"over two records",
       [&](Bytes& f, const auto& r) { overwrite(f, r[1].location.offset + 300, 2'500'000); },
       {1, 2, 4},
       2},
      {"zeros",
       [&](Bytes& f, const auto& r) { std::fill_n(f.begin() + static_cast<ptrdiff_t>(r[0].location.offset), 1000, 0); },
       {2, 3, 4},
       1},
      {"bytes put in",
       [&](Bytes& f, const auto& r) { f.insert(f.begin() + static_cast<ptrdiff_t>(r[1].location.offset), 8, 1); },
       {1},
       1},
      {"a record put elsewhere",
       [&](Bytes& f, const auto& r) {
         std::copy_n(f.begin() + static_cast<ptrdiff_t>(r[3].location.offset), 96,
                     f.begin() + static_cast<ptrdiff_t>(r[1].location.offset));
       },
       {1, 3, 4},
       1},
  };
  for (const Row& row : rows) {
    TemporaryFolder folder;
    std::vector<Stored> records = Fill(folder.path(), {900, 3000, 2'600'000, 900});
    fs::path path = VolumePath(folder.path(), 1);
    Bytes file = Slurp(path);
    row.harm(file, records);
    Spill(path, file);
    auto store = OpenStore(folder.path());
    ASSERT_TRUE(store) << row.name;
    ScanResult scan = ScanAll(*store);
    std::vector<uint64_t> ids;
    for (const ScannedRecord& record : scan.records) ids.push_back(record.info.id);
    EXPECT_EQ(ids, row.ids) << row.name;
    EXPECT_EQ(scan.damage.size(), row.damage) << row.name;
    CountReadable(*store, records);
    EXPECT_EQ(Slurp(path), file) << row.name << ": opening changed it";
    Location added = Add(*store, 9, 50);
    EXPECT_TRUE(store->Read(added, 9)) << row.name;
  }
}

// Content that looks like records (a volume uploaded as a picture) is not taken for records when its own header is
// lost.
TEST(VolumeDamage, RecordsWithinAPayloadAreNotBelieved) {
  TemporaryFolder folder;
  const uint64_t payload_at = kFileHeaderBytes + kRecordHeaderBytes;
  RecordHeader forged;
  forged.id = 666;
  forged.kind = 1;
  forged.volume = 1;
  forged.offset = payload_at;  // right in every way but for the salt, which is drawn at random
  Bytes content = EncodeRecordHeader(forged);
  content.resize(1000);
  {
    auto store = OpenStore(folder.path());
    ASSERT_TRUE(store->Append({.id = 1, .kind = 1}, content));
    Add(*store, 2, 100);
  }
  fs::path path = VolumePath(folder.path(), 1);
  Bytes file = Slurp(path);
  file[kFileHeaderBytes] ^= 1;
  Spill(path, file);
  ScanResult scan = ScanAll(*OpenStore(folder.path()));
  ASSERT_EQ(scan.records.size(), 1u);
  EXPECT_EQ(scan.records[0].info.id, 2u);
}

TEST(VolumeDamage, ALostEndOfASealedVolumeIsFound) {
  TemporaryFolder folder;
  std::vector<Stored> records = Fill(folder.path(), {500, 600});
  {
    auto store = OpenStore(folder.path(), 1);
    Add(*store, 3, 10);
    ASSERT_TRUE(store->Sync());
  }
  fs::path path = VolumePath(folder.path(), 1);
  const Bytes whole = Slurp(path);
  for (uint64_t size = records[0].location.offset; size < whole.size(); size += 7) {
    Spill(path, ByteView(whole).first(size));
    auto store = OpenStore(folder.path());
    EXPECT_FALSE(ScanAll(*store).damage.empty()) << size;
    EXPECT_EQ(fs::file_size(path), size) << "a volume that is not the last must not be cut";
  }
}

TEST(VolumeDamage, ShrinkingWhileOpenIsAnError) {
  TemporaryFolder folder;
  auto store = OpenStore(folder.path());
  Location first = Add(*store, 1, 5000), second = Add(*store, 2, 5000);
  fs::resize_file(VolumePath(folder.path(), 1), second.offset + 300);
  EXPECT_TRUE(store->Read(first, 1));
  EXPECT_EQ(store->Read(second, 2).error().code, ErrorCode::kCorruption);
  EXPECT_FALSE(ScanAll(*store).damage.empty());
}

}  // namespace
}  // namespace likeness::blob
