// Append-only volumes of checksummed records (docs/formats/volume.md). Does not know what an image is: a record is bytes
// with an id, a kind number and a small label. Sealed volumes never change; a deletion is a tombstone record at the end.
//
// Append writes without syncing; Sync makes all that was appended before durable (many appends share one). The first
// failed sync is final: from then on every Append and Sync fails and the store says so.
// Thread-safe: reads are lock-free positioned reads; appends are serialised.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"

namespace likeness::blob {

struct Location {
  uint32_t volume = 0;    // from 1
  uint64_t offset = 0;    // of the record's header
  uint64_t length = 0;    // of the payload
  friend bool operator==(const Location&, const Location&) = default;
};

struct RecordInfo {
  uint64_t id = 0;
  uint16_t kind = 0;         // the caller's; 0 is a tombstone
  int64_t written_at_ms = 0; // UTC milliseconds
  Sha256 sha256{};           // of the payload, as the caller gave it (all 0: none)
  std::string label;         // at most 4096 bytes, e.g. the file name as JSON
};

struct ScannedRecord {
  RecordInfo info;
  Location location;
  bool payload_ok = true;    // checksum verified (false only when the scan was asked to go on over damage)
};

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
    bool read_only = false;
  };

  // Opens or creates. A torn record at the end of the last volume (a crash while appending) is cut off, after its bytes
  // were found not to be a whole record; nothing else is changed.
  static Result<std::unique_ptr<VolumeStore>> Open(Options options);
  ~VolumeStore();

  Result<Location> Append(const RecordInfo& info, ByteView payload);
  // Marks id+kind as deleted (kind 0: every kind of the id).
  Status AppendTombstone(uint64_t id, uint16_t kind);
  Status Sync();

  // The payload, checksum verified, and that the record carries this id.
  Result<Bytes> Read(const Location& location, uint64_t id) const;
  // Where the payload's bytes lie, for sendfile: the header is verified, the payload is not.
  struct Extent { int descriptor = -1; uint64_t offset = 0; uint64_t length = 0; };
  Result<Extent> Find(const Location& location, uint64_t id) const;

  // Visits every record in order, tombstones too, resynchronising after garbage. Damage is collected, not fatal.
  Status Scan(bool verify_payloads, const std::function<void(const ScannedRecord&)>& visit,
              std::vector<Damage>* damage) const;

  // Rewrites sealed volumes in which less than live_share_min of the bytes are live; `moved` tells new locations and must
  // make them durable before the old volume is dropped.
  struct Move { uint64_t id; uint16_t kind; Location from, to; };
  Status Compact(double live_share_min, const std::function<bool(const ScannedRecord&)>& is_live,
                 const std::function<Status(const std::vector<Move>&)>& moved);

  struct Stats { uint32_t volumes = 0; uint64_t bytes = 0; uint64_t records = 0; };
  Stats stats() const;

 private:
  struct Impl;
  explicit VolumeStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::blob
