#include "blob/volume_store.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "blob/test_support.h"

namespace likeness::blob {
namespace {

namespace fs = std::filesystem;

TEST(VolumeStore, KeepsWhatItWasGiven) {
  TemporaryFolder folder;
  const size_t sizes[] = {0, 1, 7, 8, 9, 4095, 4096, 200'000, (1 << 20) - 96, (1 << 20) + 3, 3 << 20};
  std::vector<Location> locations;
  {
    auto store = OpenStore(folder.path() / "blobs");
    for (size_t i = 0; i < std::size(sizes); ++i) locations.push_back(Add(*store, i + 1, sizes[i]));
    ASSERT_TRUE(store->Sync());
  }
  for (bool read_only : {false, true}) {
    auto store = OpenStore(folder.path() / "blobs", 4ull << 30, read_only);
    EXPECT_EQ(store->stats().records, std::size(sizes));
    for (size_t i = 0; i < std::size(sizes); ++i) {
      EXPECT_EQ(store->Read(locations[i], i + 1).value(), Payload(i + 1, sizes[i]));
      auto extent = store->Find(locations[i], i + 1).value();
      Bytes raw(extent.length);
      EXPECT_EQ(::pread(extent.descriptor, raw.data(), raw.size(), static_cast<off_t>(extent.offset)),
                static_cast<ssize_t>(raw.size()));
      EXPECT_EQ(raw, Payload(i + 1, sizes[i]));
    }
    ScanResult scan = ScanAll(*store);
    EXPECT_TRUE(scan.damage.empty()) << scan.damage[0].what;
    ASSERT_EQ(scan.records.size(), std::size(sizes));
    for (size_t i = 0; i < std::size(sizes); ++i) {
      const ScannedRecord& record = scan.records[i];
      RecordInfo expected = InfoOf(i + 1, Payload(i + 1, sizes[i]));
      EXPECT_EQ(record.location, locations[i]);
      EXPECT_EQ(record.info.id, expected.id);
      EXPECT_EQ(record.info.kind, expected.kind);
      EXPECT_EQ(record.info.written_at_ms, expected.written_at_ms);
      EXPECT_EQ(record.info.sha256, expected.sha256);
      EXPECT_EQ(record.info.label, expected.label);
      EXPECT_TRUE(record.payload_ok);
    }
  }
}

TEST(VolumeStore, RefusesWhatARecordCannotHold) {
  TemporaryFolder folder;
  auto store = OpenStore(folder.path());
  EXPECT_EQ(store->Append({.id = 1, .kind = 0}, {}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(store->Append({.id = 1, .kind = 1, .label = std::string(4097, 'x')}, {}).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(store->Append({.id = 1, .kind = 1, .label = std::string(4096, 'x')}, AsBytes("long label")));
  EXPECT_EQ(ScanAll(*store).records.at(0).info.label.size(), 4096u);
}

TEST(VolumeStore, RefusesWrongPlaces) {
  TemporaryFolder folder;
  auto store = OpenStore(folder.path());
  Location first = Add(*store, 1, 100), second = Add(*store, 2, 100);
  ASSERT_TRUE(store->AppendTombstone(7, 0));
  Location stone = ScanAll(*store).records.at(2).location;
  struct Row {
    Location location;
    uint64_t id;
    ErrorCode expected;
  };
  const Row rows[] = {
      {first, 2, ErrorCode::kCorruption},                                     // another id
      {{first.volume, first.offset, 99}, 1, ErrorCode::kCorruption},          // another length
      {{first.volume, first.offset + 8, 100}, 1, ErrorCode::kCorruption},     // between records
      {{first.volume, first.offset + 1, 100}, 1, ErrorCode::kNotFound},       // where none can be
      {{2, first.offset, 100}, 1, ErrorCode::kNotFound},                      // no such volume
      {{first.volume, 1 << 20, 100}, 1, ErrorCode::kNotFound},                // behind the end
      {{first.volume, UINT64_MAX - 7, UINT64_MAX}, 1, ErrorCode::kNotFound},  // far behind the end
      {{first.volume, second.offset + 200, 100}, 2, ErrorCode::kCorruption},  // in the last record
      {stone, 7, ErrorCode::kNotFound},                                       // a tombstone has no content
  };
  for (const Row& row : rows) {
    EXPECT_EQ(store->Read(row.location, row.id).error().code, row.expected) << row.location.offset;
    EXPECT_EQ(store->Find(row.location, row.id).error().code, row.expected) << row.location.offset;
  }
}

TEST(VolumeStore, RollsAndSealsVolumes) {
  TemporaryFolder folder;
  std::vector<Location> locations;
  for (int round = 0; round < 3; ++round) {
    auto store = OpenStore(folder.path(), 64 << 10);
    for (int i = 0; i < 20; ++i) locations.push_back(Add(*store, locations.size() + 1, 10'000));
    locations.push_back(Add(*store, locations.size() + 1, 200'000));  // longer than a volume may be
    ASSERT_TRUE(store->Sync());
    for (size_t i = 0; i < locations.size(); ++i) EXPECT_TRUE(store->Read(locations[i], i + 1)) << i;
    EXPECT_EQ(store->stats().records, locations.size());
    EXPECT_TRUE(ScanAll(*store).damage.empty());
  }
  std::set<uint32_t> volumes;
  for (const Location& location : locations) volumes.insert(location.volume);
  EXPECT_EQ(volumes.size(), OpenStore(folder.path())->stats().volumes);
  EXPECT_GT(volumes.size(), 9u);
  for (uint32_t volume : volumes) {
    uint64_t size = fs::file_size(VolumePath(folder.path(), volume));
    EXPECT_TRUE(size <= 64 << 10 || size < 201'000) << size;
  }
}

TEST(VolumeStore, ReadOnlyChangesNothing) {
  TemporaryFolder folder;
  {
    auto store = OpenStore(folder.path());
    Add(*store, 1, 1000);
    Add(*store, 2, 1000);
  }
  fs::path path = VolumePath(folder.path(), 1);
  fs::resize_file(path, fs::file_size(path) - 100);
  Spill(folder.path() / "volume-000009.lkv.tmp", AsBytes("left by a crash"));
  Bytes before = Slurp(path);
  auto store = OpenStore(folder.path(), 4ull << 30, true);
  EXPECT_FALSE(store->writable());
  EXPECT_EQ(store->Append({.id = 3, .kind = 1}, {}).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(store->AppendTombstone(1, 0).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(store->Sync().error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(ScanAll(*store).records.size(), 1u);
  EXPECT_EQ(Slurp(path), before);
  EXPECT_TRUE(fs::exists(folder.path() / "volume-000009.lkv.tmp"));
  store = OpenStore(folder.path());
  EXPECT_FALSE(fs::exists(folder.path() / "volume-000009.lkv.tmp"));
  EXPECT_LT(fs::file_size(path), before.size());
}

TEST(VolumeStore, RefusesANewerFormat) {
  TemporaryFolder folder;
  Spill(VolumePath(folder.path(), 1), EncodeFileHeader({.version = 2, .volume = 1}));
  EXPECT_EQ(VolumeStore::Open({.folder = folder.path()}).error().code, ErrorCode::kUnsupported);
}

TEST(VolumeStore, TombstonesCoverWhatWasBefore) {
  TemporaryFolder folder;
  auto store = OpenStore(folder.path());
  auto add = [&](uint64_t id, uint16_t kind) { ASSERT_TRUE(store->Append({.id = id, .kind = kind}, AsBytes("x"))); };
  add(1, 1);
  add(1, 2);
  add(2, 1);
  ASSERT_TRUE(store->AppendTombstone(1, 2));
  add(1, 2);
  ASSERT_TRUE(store->AppendTombstone(2, 0));
  std::vector<ScannedRecord> records = ScanAll(*store).records;
  ASSERT_EQ(records.size(), 6u);
  const ScannedRecord &one_kind = records[3], &all_kinds = records[5];
  ASSERT_TRUE(one_kind.tombstone && all_kinds.tombstone);
  EXPECT_EQ(one_kind.info.kind, 0);
  auto covered = [&](const ScannedRecord& stone) {
    std::vector<size_t> out;
    for (size_t i = 0; i < records.size(); ++i)
      if (Covers(stone, records[i])) out.push_back(i);
    return out;
  };
  EXPECT_THAT(covered(one_kind), ::testing::ElementsAre(1));
  EXPECT_THAT(covered(all_kinds), ::testing::ElementsAre(2));
}

// Many threads append, sync and read at once; what was acknowledged is there afterwards.
TEST(VolumeStore, ManyThreads) {
  TemporaryFolder folder;
  constexpr uint64_t kThreads = 8, kEach = 60;
  std::mutex mutex;
  std::map<uint64_t, Location> acknowledged;
  {
    auto store = OpenStore(folder.path(), 100'000);
    std::atomic<uint64_t> next{1};
    std::vector<std::thread> threads;
    for (uint64_t t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (uint64_t i = 0; i < kEach; ++i) {
          uint64_t id = next.fetch_add(1);
          Location location = Add(*store, id, id % 5000);
          ASSERT_TRUE(store->Sync());
          std::pair<uint64_t, Location> other;
          {
            std::lock_guard lock(mutex);
            acknowledged[id] = location;
            other = *acknowledged.lower_bound(id / 2);
          }
          EXPECT_EQ(store->Read(other.second, other.first).value(), Payload(other.first, other.first % 5000));
          if (i % 20 == 7) {
            EXPECT_TRUE(ScanAll(*store).damage.empty());
          }
          EXPECT_GT(store->stats().bytes, 0u);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(acknowledged.size(), kThreads * kEach);
  auto store = OpenStore(folder.path());
  for (const auto& [id, location] : acknowledged) EXPECT_EQ(store->Read(location, id).value(), Payload(id, id % 5000));
  EXPECT_TRUE(ScanAll(*store).damage.empty());
}

// A later scan may begin where an earlier one saw the end, in the same volume or when others came since.
TEST(VolumeStore, ScansFromAnEarlierEnd) {
  TemporaryFolder folder;
  auto store = OpenStore(folder.path(), 4096);
  EXPECT_EQ(store->End(), Location{});
  std::vector<Location> ends = {store->End()};
  for (uint64_t id = 1; id <= 20; ++id) {
    Add(*store, id, 300 + id);
    ends.push_back(store->End());
  }
  EXPECT_GT(ends.back().volume, 1u);
  for (int reopened = 0; reopened < 2; ++reopened) {
    for (size_t seen = 0; seen < ends.size(); ++seen) {
      std::vector<uint64_t> ids;
      std::vector<Damage> damage;
      ASSERT_TRUE(store->Scan(
          true, [&](const ScannedRecord& record) { ids.push_back(record.info.id); }, &damage, ends[seen]));
      EXPECT_TRUE(damage.empty());
      ASSERT_EQ(ids.size(), ends.size() - 1 - seen);
      if (!ids.empty()) {
        EXPECT_EQ(ids.front(), seen + 1);
      }
    }
    store = nullptr;
    store = OpenStore(folder.path(), 4096);
    EXPECT_EQ(store->End(), ends.back());
  }
}

}  // namespace
}  // namespace likeness::blob
