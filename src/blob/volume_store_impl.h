// The inside of VolumeStore, shared by its verbs (append and read, scan, compact). Lock order: compact_mutex,
// append_mutex, then one of sync_mutex, volumes_mutex, failure_mutex.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>
#include <vector>

#include "blob/volume_file.h"
#include "blob/volume_store.h"

namespace likeness::blob {

struct VolumeStore::Impl {
  Options options;

  mutable std::shared_mutex volumes_mutex;
  std::map<uint32_t, std::shared_ptr<Volume>> volumes;

  std::mutex append_mutex;
  std::shared_ptr<Volume> active;  // the volume with the highest number; null: the next append begins one
  uint32_t number_last = 0;        // highest ever seen
  uint64_t appended = 1;           // counts appends; starts above `synced` so that the first Sync covers what a
                                   // process that died had written and not synced
  std::mutex sync_mutex;
  std::condition_variable sync_done;
  bool syncing = false;
  uint64_t synced = 0;  // everything up to this append is durable

  std::mutex compact_mutex;
  // Records from here on were appended by this object, but for those in volumes that compaction wrote.
  uint32_t opened_volume = 0;
  uint64_t opened_end = 0;
  std::set<uint32_t> outputs;  // guarded by compact_mutex

  std::atomic<bool> failed{false};
  mutable std::mutex failure_mutex;
  std::string failure;

  int64_t NowMs() const;
  std::vector<std::shared_ptr<Volume>> Snapshot() const;
  Result<std::shared_ptr<Volume>> FindVolume(uint32_t number) const;
  Result<RecordHeader> FindRecord(const Volume& volume, const Location& location, uint64_t id) const;

  Status CheckWritable() const;
  // After a failed sync nobody knows what is on the disk: no write is accepted or acknowledged from here on.
  std::unexpected<Error> GiveUp(const Error& error);
  // A failed publication: final if it was a sync that failed, else (disk full) the caller may try again later.
  std::unexpected<Error> PublishFailed(const Error& error);

  // REQUIRE append_mutex held.
  Result<Location> AppendLocked(RecordHeader header, ByteView payload);
  Status WriteAtEndLocked(const RecordHeader& header, ByteView payload);
  Status SealActiveLocked();
  Status BeginVolumeLocked();

  struct Compaction;
};

// Visits the records of one volume but for the seal. `must_be_sealed`: it is not the last one. `begin`: where the first
// record to visit lies.
void ScanVolume(const Volume& volume, bool verify_payloads, bool must_be_sealed,
                const std::function<void(const ScannedRecord&)>& visit, std::vector<Damage>* damage,
                uint64_t begin = kFileHeaderBytes);

}  // namespace likeness::blob
