// Append-only volumes of checksummed records (docs/formats/volume.md). Does not know what an image is: a record is
// bytes with an id, a kind number and a small label. Sealed volumes never change; a deletion is a tombstone record at
// the end.
//
// Append writes without syncing; Sync makes all that was appended before durable (many appends share one). The first
// failed sync is final: from then on every Append and Sync fails with Unavailable; reads go on. An append that fails
// for want of space is undone and leaves the store usable. Thread-safe: reads are positioned reads (a lock is held only
// to look the volume up); appends are serialised. One store object may write to a folder at a time: the caller holds
// the lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"

namespace likeness::blob {

struct Location {
  uint32_t volume = 0;  // from 1
  uint64_t offset = 0;  // of the record's header
  uint64_t length = 0;  // of the payload
  friend bool operator==(const Location&, const Location&) = default;
};

struct RecordInfo {
  uint64_t id = 0;
  uint16_t kind = 0;          // the caller's; 0 is a tombstone
  int64_t written_at_ms = 0;  // UTC milliseconds
  Sha256 sha256{};            // of the payload, as the caller gave it (all 0: none)
  std::string label = {};     // at most 4096 bytes, e.g. the file name as JSON
};

// What a tombstone record deletes: every record of its id and of `kind` (0: of every kind) that lies before the place.
struct Tombstone {
  uint16_t kind = 0;
  uint32_t before_volume = 0;
  uint64_t before_offset = 0;
};

struct ScannedRecord {
  RecordInfo info;
  Location location;
  bool payload_ok = true;              // false: damage was reported for it. Payloads are looked at only when asked for
  std::optional<Tombstone> tombstone;  // for info.kind 0
};

// Does the tombstone delete that record? Of the records that are left, the last one of an id and kind counts.
bool Covers(const ScannedRecord& tombstone, const ScannedRecord& record);

struct Damage {
  uint32_t volume = 0;
  uint64_t offset = 0;
  std::string what;
};

class VolumeStore {
 public:
  struct Options {
    std::filesystem::path folder;
    uint64_t volume_bytes_max = 4ull << 30;  // then it is sealed and a new one begins
    bool read_only = false;                  // changes nothing, not even a torn tail
    std::function<int64_t()> now_ms = {};    // UTC milliseconds; empty: the system's clock
  };

  // Opens or creates. A torn record at the end of the last volume (a crash while appending) is cut off, after its bytes
  // were found to be the front of a record that was never whole; nothing else is changed. Damage does not keep a store
  // from opening (Scan tells of it); a volume of a newer format does (Unsupported).
  static Result<std::unique_ptr<VolumeStore>> Open(Options options);
  ~VolumeStore();

  // REQUIRES info.kind != 0. InvalidArgument for a label over 4096 bytes; Unavailable when the disk is full.
  Result<Location> Append(const RecordInfo& info, ByteView payload);
  // Marks id+kind as deleted (kind 0: every kind of the id), as far as appended until now.
  Status AppendTombstone(uint64_t id, uint16_t kind);
  // Returns when everything that was appended before the call is durable. Callers that come while a sync is running
  // share the next one.
  Status Sync();
  // False after a failed sync, and for a read-only store.
  bool writable() const;

  // The payload, checksum verified, and that the record carries this id. NotFound also for a place in a volume that
  // compaction has dropped meanwhile: look the place up again.
  Result<Bytes> Read(const Location& location, uint64_t id) const;
  // Where the payload's bytes lie, for sendfile: the header is verified, the payload if asked for.
  struct Extent {
    int descriptor = -1;
    uint64_t offset = 0;
    uint64_t length = 0;
    std::shared_ptr<const void> keep_open;  // the descriptor is valid while this lives, also after compaction
  };
  Result<Extent> Find(const Location& location, uint64_t id, bool verify_payload = false) const;

  // Visits every record in order, tombstones too, resynchronising after garbage. Damage is collected, not fatal.
  // With verify_payloads every bit of the volumes is looked at. Records that lie before `from` are left out.
  Status Scan(bool verify_payloads, const std::function<void(const ScannedRecord&)>& visit, std::vector<Damage>* damage,
              const Location& from = {}) const;
  // Where the next record would begin at the earliest, without a length; volume 0 for an empty store.
  Location End() const;

  // Rewrites volumes in which less than live_share_min of the bytes are live (the volume being written is sealed
  // first); `moved` tells new locations and must make them durable before the old volumes are dropped. A crash at any
  // moment leaves the old or both. `is_live` may not hold for a record that has a tombstone. A record that was appended
  // since Open and is neither live nor deleted by a tombstone may be on its way into the catalog: its volume is left
  // alone. Volumes with damage are left as they are and reported as Corruption after the others are done.
  struct Move {
    uint64_t id;
    uint16_t kind;
    Location from, to;
  };
  Status Compact(double live_share_min, const std::function<bool(const ScannedRecord&)>& is_live,
                 const std::function<Status(const std::vector<Move>&)>& moved);

  // `records` counts tombstones too.
  struct Stats {
    uint32_t volumes = 0;
    uint64_t bytes = 0;
    uint64_t records = 0;
  };
  Stats stats() const;

 private:
  struct Impl;
  explicit VolumeStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::blob
