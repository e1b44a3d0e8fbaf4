#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "blob/test_support.h"

namespace likeness::blob {
namespace {

namespace fs = std::filesystem;

// A catalog in small: where the live records are.
struct Places {
  std::mutex mutex;
  std::map<uint64_t, Location> of;

  bool IsLive(const ScannedRecord& record) {
    std::lock_guard lock(mutex);
    auto it = of.find(record.info.id);
    return it != of.end() && it->second == record.location;
  }
  Status Move(const std::vector<VolumeStore::Move>& moves) {
    std::lock_guard lock(mutex);
    for (const VolumeStore::Move& move : moves) {
      auto it = of.find(move.id);
      if (it != of.end() && it->second == move.from) it->second = move.to;
    }
    return {};
  }
};

Status CompactWith(VolumeStore& store, Places& places, double share = 0.6) {
  return store.Compact(
      share, [&](const ScannedRecord& record) { return places.IsLive(record); },
      [&](const std::vector<VolumeStore::Move>& moves) { return places.Move(moves); });
}

// What a catalog made anew from the volumes alone would hold.
std::set<uint64_t> IdsFromVolumes(const VolumeStore& store) {
  std::vector<ScannedRecord> records = ScanAll(store).records;
  std::set<uint64_t> out;
  for (const ScannedRecord& record : records)
    if (!record.tombstone) out.insert(record.info.id);
  for (const ScannedRecord& stone : records) {
    if (!stone.tombstone) continue;
    bool left = std::any_of(records.begin(), records.end(), [&](const ScannedRecord& record) {
      return !record.tombstone && record.info.id == stone.info.id && !Covers(stone, record);
    });
    if (!left) out.erase(stone.info.id);
  }
  return out;
}

std::set<uint64_t> Keys(const Places& places) {
  std::set<uint64_t> out;
  for (const auto& [id, location] : places.of) out.insert(id);
  return out;
}

void Remove(VolumeStore& store, Places& places, uint64_t id) {
  {
    std::lock_guard lock(places.mutex);
    places.of.erase(id);
  }
  ASSERT_TRUE(store.AppendTombstone(id, 0));
}

TEST(VolumeCompact, KeepsTheLiveAndFreesTheRest) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 50'000);
  for (uint64_t id = 1; id <= 60; ++id) places.of[id] = Add(*store, id, 5000);
  for (uint64_t id = 1; id <= 60; ++id)
    if (id % 4 != 0) Remove(*store, places, id);
  ASSERT_TRUE(store->Sync());
  uint64_t bytes_before = store->stats().bytes;
  std::map<uint64_t, Location> before = places.of;
  auto extent = store->Find(before[4], 4).value();
  ASSERT_TRUE(CompactWith(*store, places));
  EXPECT_LT(store->stats().bytes, bytes_before / 2);
  for (int round = 0; round < 2; ++round) {
    for (const auto& [id, location] : places.of) EXPECT_EQ(store->Read(location, id).value(), Payload(id, 5000));
    EXPECT_TRUE(ScanAll(*store).damage.empty());
    EXPECT_EQ(IdsFromVolumes(*store), Keys(places));
    store = OpenStore(folder.path(), 50'000);
  }
  // The place is gone, the descriptor that was handed out is not.
  EXPECT_NE(places.of[4], before[4]);
  EXPECT_EQ(store->Read(before[4], 4).error().code, ErrorCode::kNotFound);
  Bytes raw(extent.length);
  EXPECT_EQ(::pread(extent.descriptor, raw.data(), raw.size(), static_cast<off_t>(extent.offset)), 5000);
  EXPECT_EQ(raw, Payload(4, 5000));
  // Nothing is left to do: the second run writes nothing.
  std::map<uint64_t, Location> after = places.of;
  uint32_t volumes = store->stats().volumes;
  ASSERT_TRUE(CompactWith(*store, places));
  ASSERT_TRUE(CompactWith(*store, places));
  EXPECT_EQ(places.of, after);
  EXPECT_LE(store->stats().volumes, volumes);
}

// A tombstone whose record lies in a volume that stays must survive the compaction of its own volume.
TEST(VolumeCompact, DeletedStaysDeletedWithoutTheCatalog) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 30'000);
  for (uint64_t id = 1; id <= 10; ++id) places.of[id] = Add(*store, id, 5000);  // volumes 1 and 2
  for (uint64_t id = 100; id < 140; ++id) places.of[id] = Add(*store, id, 1000);
  Remove(*store, places, 3);  // its volume stays over the share
  for (uint64_t id = 100; id < 140; ++id) Remove(*store, places, id);
  for (int round = 0; round < 4; ++round) {
    ASSERT_TRUE(CompactWith(*store, places));
    EXPECT_EQ(IdsFromVolumes(*store), Keys(places)) << round;
  }
  for (uint64_t id = 1; id <= 10; ++id) Remove(*store, places, id);
  for (int round = 0; round < 3; ++round) ASSERT_TRUE(CompactWith(*store, places));
  EXPECT_EQ(IdsFromVolumes(*store), std::set<uint64_t>{});
}

TEST(VolumeCompact, LeavesDamagedVolumes) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 30'000);
  for (uint64_t id = 1; id <= 20; ++id) places.of[id] = Add(*store, id, 5000);
  for (uint64_t id = 1; id <= 20; ++id)
    if (id % 5 != 0) Remove(*store, places, id);
  store.reset();
  fs::path path = VolumePath(folder.path(), 1);
  Bytes file = Slurp(path);
  file[places.of[5].offset + 1000] ^= 4;  // a live record's payload
  Spill(path, file);
  store = OpenStore(folder.path(), 30'000);
  EXPECT_EQ(CompactWith(*store, places).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(Slurp(path), file);
  EXPECT_EQ(store->Read(places.of[5], 5).error().code, ErrorCode::kCorruption);
  for (uint64_t id : {10, 15, 20}) EXPECT_TRUE(store->Read(places.of[id], id)) << id;
  EXPECT_EQ(ScanAll(*store).damage.size(), 1u);
}

TEST(VolumeCompact, AFailedCommitKeepsTheOldVolumes) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 30'000);
  for (uint64_t id = 1; id <= 20; ++id) places.of[id] = Add(*store, id, 5000);
  for (uint64_t id = 1; id <= 20; ++id)
    if (id % 5 != 0) Remove(*store, places, id);
  Status status = store->Compact(
      0.9, [&](const ScannedRecord& record) { return places.IsLive(record); },
      [](const std::vector<VolumeStore::Move>&) -> Status { return Fail(ErrorCode::kUnavailable, "no"); });
  EXPECT_EQ(status.error().code, ErrorCode::kUnavailable);
  for (uint64_t id : {5, 10, 15, 20}) EXPECT_TRUE(store->Read(places.of[id], id)) << id;
  ASSERT_TRUE(CompactWith(*store, places));
  for (uint64_t id : {5, 10, 15, 20}) EXPECT_TRUE(store->Read(places.of[id], id)) << id;
}

// An import appends first and commits later: a compaction in between must not take or move its record.
TEST(VolumeCompact, SparesWhatIsNotCommittedYet) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 30'000);
  Location old = Add(*store, 1, 100);
  Location pending = Add(*store, 2, 5000);
  for (uint64_t id = 3; id <= 20; ++id) {
    Add(*store, id, 5000);
    ASSERT_TRUE(store->AppendTombstone(id, 0));
  }
  ASSERT_TRUE(CompactWith(*store, places));
  EXPECT_LT(store->stats().bytes, 70'000u) << "the deleted ones elsewhere are gone";
  places.of = {{1, old}, {2, pending}};  // now they are committed
  ASSERT_TRUE(CompactWith(*store, places));
  EXPECT_EQ(store->Read(places.of[1], 1).value(), Payload(1, 100));
  EXPECT_EQ(store->Read(places.of[2], 2).value(), Payload(2, 5000));
  places.of.erase(2);  // as if its import had failed: dropped after the next opening
  store = OpenStore(folder.path(), 30'000);
  ASSERT_TRUE(CompactWith(*store, places, 1.0));
  EXPECT_EQ(IdsFromVolumes(*store), std::set<uint64_t>{1});
}

// The volume being written is filled up and sealed while it is looked at: what came after the look is not lost.
TEST(VolumeCompact, SparesAVolumeThatIsSealedMeanwhile) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 30'000);
  Add(*store, 1, 5000);
  ASSERT_TRUE(store->AppendTombstone(1, 0));
  Status status = store->Compact(
      0.9,
      [&](const ScannedRecord& record) {
        if (places.of.empty())
          for (uint64_t id = 10; id < 20; ++id) places.of[id] = Add(*store, id, 5000);
        return places.IsLive(record);
      },
      [&](const std::vector<VolumeStore::Move>& moves) { return places.Move(moves); });
  ASSERT_TRUE(status);
  for (const auto& [id, location] : places.of) EXPECT_TRUE(store->Read(location, id)) << id;
}

// Appends, deletions and reads go on while volumes are rewritten.
TEST(VolumeCompact, BesideWritersAndReaders) {
  TemporaryFolder folder;
  Places places;
  auto store = OpenStore(folder.path(), 40'000);
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (uint64_t id = 1; id <= 300; ++id) {
      Location location = Add(*store, id, 2000);
      {
        std::lock_guard lock(places.mutex);
        places.of[id] = location;
      }
      if (id % 3 != 0) Remove(*store, places, id);
      ASSERT_TRUE(store->Sync());
    }
    stop = true;
  });
  std::thread reader([&] {
    while (!stop) {
      std::map<uint64_t, Location> seen;
      {
        std::lock_guard lock(places.mutex);
        seen = places.of;
      }
      for (const auto& [id, location] : seen) {
        auto payload = store->Read(location, id);
        if (payload.has_value()) {
          EXPECT_EQ(*payload, Payload(id, 2000));
        } else {
          EXPECT_EQ(payload.error().code, ErrorCode::kNotFound) << payload.error().Text();  // moved meanwhile
        }
      }
    }
  });
  while (!stop) EXPECT_TRUE(CompactWith(*store, places, 0.8));
  writer.join();
  reader.join();
  EXPECT_TRUE(CompactWith(*store, places, 0.8));
  store = OpenStore(folder.path());
  EXPECT_EQ(places.of.size(), 100u);
  for (const auto& [id, location] : places.of) EXPECT_EQ(store->Read(location, id).value(), Payload(id, 2000));
  EXPECT_TRUE(ScanAll(*store).damage.empty());
  EXPECT_EQ(IdsFromVolumes(*store), Keys(places));
}

}  // namespace
}  // namespace likeness::blob
