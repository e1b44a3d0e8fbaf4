// The process that the fault tests kill, starve and lie to. It says on standard output, a line at a time, what it was
// promised; the test holds the store that is left against that.
//   append FOLDER             appends, syncs now and then, deletes; "acked ID VOLUME OFFSET SIZE" after the sync
//   compact FOLDER            rewrites volumes; record ids that are divisible by 3 are live
// "error CODE" tells a refusal; the process goes on, to show that nothing is acknowledged wrongly afterwards.
#include <cstdio>
#include <string_view>

#include "base/checksum.h"
#include "blob/test_payload.h"
#include "blob/volume_store.h"

namespace likeness::blob {
namespace {

void Tell(const Error& error) {
  std::printf("error %.*s\n", static_cast<int>(Info(error.code).name.size()), Info(error.code).name.data());
  std::fflush(stdout);
}

int Append(VolumeStore& store) {
  struct Pending {
    uint64_t id;
    Location location;
  };
  std::vector<Pending> pending;
  for (uint64_t id = 1; id <= 30; ++id) {
    // One is longer than what is written in one call.
    Bytes payload = Payload(id, id == 17 ? (1 << 20) + 11 : id * 997 % 9000);
    auto location =
        store.Append({.id = id, .kind = 1, .sha256 = ComputeSha256(payload), .label = "{\"n\":1}"}, payload);
    if (location.has_value()) {
      pending.push_back({id, *location});
    } else {
      Tell(location.error());
    }
    if (id % 7 == 0) {
      if (Status stone = store.AppendTombstone(1000 + id, 0); !stone.has_value()) Tell(stone.error());
    }
    if (id % 4 != 0) continue;
    if (Status synced = store.Sync(); !synced.has_value()) {
      Tell(synced.error());
      continue;
    }
    for (const Pending& one : pending)
      std::printf("acked %lu %u %lu %lu\n", one.id, one.location.volume, one.location.offset, one.location.length);
    std::fflush(stdout);
    pending.clear();
  }
  return 0;
}

int Compact(VolumeStore& store) {
  Status status = store.Compact(
      0.9, [](const ScannedRecord& record) { return record.info.id % 3 == 0 && record.location.volume < 1000; },
      [](const std::vector<VolumeStore::Move>& moves) -> Status {
        for (const VolumeStore::Move& move : moves)
          std::printf("acked %lu %u %lu %lu\n", move.id, move.to.volume, move.to.offset, move.to.length);
        std::fflush(stdout);
        return {};
      });
  if (!status.has_value()) Tell(status.error());
  return 0;
}

}  // namespace
}  // namespace likeness::blob

int main(int argc, char** argv) {
  using namespace likeness::blob;
  if (argc != 3) return 2;
  auto store = VolumeStore::Open({.folder = argv[2], .volume_bytes_max = 60'000});
  if (!store.has_value()) {
    Tell(store.error());
    return 0;
  }
  std::puts("open");
  std::fflush(stdout);
  return std::string_view(argv[1]) == "append" ? Append(**store) : Compact(**store);
}
