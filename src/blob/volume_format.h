// The bytes of a volume, as docs/formats/volume.md has them: encoding and decoding of the file header and of record
// headers, nothing else. Decoding trusts nothing: what is returned has the right magic, checksum and place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"

namespace likeness::blob {

inline constexpr uint64_t kFileHeaderBytes = 32;
inline constexpr uint64_t kRecordHeaderBytes = 96;  // without the label
inline constexpr uint64_t kLabelBytesMax = 4096;
inline constexpr uint64_t kPayloadBytesMax = 1ull << 48;
inline constexpr uint64_t kAlignment = 8;
inline constexpr uint64_t kTombstonePayloadBytes = 16;
inline constexpr uint16_t kFormatVersion = 1;
inline constexpr uint32_t kRecordMagic = 0x9E724B4C;  // "LKr" and 0x9E

enum RecordFlags : uint16_t { kFlagTombstone = 1, kFlagSeal = 2 };

struct FileHeader {
  uint16_t version = kFormatVersion;
  uint32_t volume = 0;
  uint32_t salt = 0;
  int64_t created_at_ms = 0;
};

struct RecordHeader {
  uint16_t version = kFormatVersion;
  uint16_t header_bytes = kRecordHeaderBytes;  // with the label
  uint16_t kind = 0;
  uint16_t flags = 0;
  uint64_t id = 0;
  uint64_t payload_bytes = 0;
  int64_t written_at_ms = 0;
  Sha256 sha256{};
  uint64_t offset = 0;
  uint32_t volume = 0;
  uint32_t payload_crc = 0;
  uint32_t salt = 0;
  std::string label;

  bool is_seal() const { return (flags & kFlagSeal) != 0; }
  bool is_tombstone() const { return (flags & kFlagTombstone) != 0; }
  // With the padding; the next record may begin at offset + this.
  uint64_t record_bytes() const { return (header_bytes + payload_bytes + kAlignment - 1) / kAlignment * kAlignment; }
};

// What a tombstone's payload says: every record of the id and of `kind` (0: of every kind) that lies before
// (volume, offset) is deleted. It is the tombstone's own place when written, and stays when compaction moves it.
struct TombstonePayload {
  uint32_t volume = 0;
  uint16_t kind = 0;
  uint64_t offset = 0;
};

Bytes EncodeFileHeader(const FileHeader& header);
// Corruption: not ours or damaged. Unsupported: of a newer version.
Result<FileHeader> DecodeFileHeader(ByteView bytes);

// The header with its label. REQUIRES: label.size() <= kLabelBytesMax; header_bytes is set here.
Bytes EncodeRecordHeader(RecordHeader header);
// The length of the whole header at the front of `bytes`, or nothing when they do not begin with the magic and a
// possible length. REQUIRES: bytes.size() >= kRecordHeaderBytes.
std::optional<uint16_t> PeekHeaderBytes(ByteView bytes);
// `bytes` is the whole header. Corruption when its checksum fails, or when it says another volume or offset than where
// it was read (a misdirected write or read), or another salt (`salt` empty: not compared). A version newer than ours
// is decoded as far as every version goes.
Result<RecordHeader> DecodeRecordHeader(ByteView bytes, uint32_t volume, uint64_t offset, std::optional<uint32_t> salt);

Bytes EncodeTombstone(const TombstonePayload& tombstone);
Result<TombstonePayload> DecodeTombstone(ByteView payload);

inline uint64_t AlignUp(uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace likeness::blob
