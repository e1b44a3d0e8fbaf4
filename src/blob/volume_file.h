// One volume file: its name, its life (created under a temporary name, published by a rename), and what is known of it
// in memory. Shared between the store, the scanner and compaction; not part of the module's contract.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "blob/volume_format.h"
#include "blob/volume_store.h"

namespace likeness::blob {

// Thread-safe: `end` alone changes after Open, and only grows.
struct Volume {
  uint32_t number = 0;
  std::filesystem::path path;  // the published name
  File file;
  std::optional<uint32_t> salt;  // empty when the file header is damaged
  std::optional<Error> header_error;
  std::atomic<uint64_t> end{0};      // records lie before it; what lies behind is not ours to read
  std::atomic<uint64_t> records{0};  // without the seal
  std::atomic<bool> sealed{false};
};

std::filesystem::path VolumePath(const std::filesystem::path& folder, uint32_t number);
// Numbers of the volumes in the folder, ascending. Files that are no volumes are passed over.
Result<std::vector<uint32_t>> ListVolumes(const std::filesystem::path& folder);
// Files that a crash left under their temporary names.
Status RemoveTemporaries(const std::filesystem::path& folder);

// Makes volume-<number>.lkv.tmp with a header. Not durable, not visible to Open before PublishVolume.
Result<std::shared_ptr<Volume>> CreateVolume(const std::filesystem::path& folder, uint32_t number, int64_t now_ms);
// Of a volume that will not be published after all.
void RemoveTemporary(const std::filesystem::path& folder, uint32_t number);
// Syncs, renames to the final name, syncs the folder.
Status PublishVolume(Volume* volume, const std::filesystem::path& folder);

// Opens; a sealed one in constant time, another after a walk over its headers. Unsupported: of a newer version. Damage
// is left to the scanner. `cut_torn_tail`: see VolumeStore::Open.
Result<std::shared_ptr<Volume>> OpenVolume(const std::filesystem::path& folder, uint32_t number, bool cut_torn_tail);

// The header at `offset`, verified. NotFound when the volume ends before it.
Result<RecordHeader> ReadRecordHeader(const Volume& volume, uint64_t offset);

// Writes a whole record (header first, so that a torn write is a prefix) and says what it took. On failure the bytes
// behind `offset` are undefined.
Status WriteRecord(File* file, const RecordHeader& header, ByteView payload);
RecordHeader SealHeader(const Volume& volume, int64_t now_ms);

// Walks over the records in order, the seal too, resynchronising after garbage: the next 8-byte boundary where a whole
// record header with the right checksum, volume and offset stands. Returns the end of the last whole record.
using VisitRecord = std::function<void(const RecordHeader& header, bool payload_ok)>;
uint64_t WalkVolume(const Volume& volume, uint64_t end, bool verify_payloads, const VisitRecord& visit,
                    std::vector<Damage>* damage, uint64_t begin = kFileHeaderBytes);

}  // namespace likeness::blob
