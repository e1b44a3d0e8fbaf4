#include "blob/volume_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace likeness::blob {
namespace {

constexpr std::array<uint8_t, 8> kFileMagic = {'L', 'K', 'V', 'O', 'L', 'U', 'M', '\n'};
constexpr size_t kFileCrcAt = 28;
constexpr size_t kRecordCrcAt = 92;

uint32_t HeaderCrc(ByteView header) {
  return Crc32c(header.subspan(kRecordHeaderBytes), Crc32c(header.first(kRecordCrcAt)));
}

}  // namespace

Bytes EncodeFileHeader(const FileHeader& header) {
  ByteWriter out;
  out.PutBytes(kFileMagic);
  out.Put(header.version);
  out.Put(uint16_t{0});
  out.Put(header.volume);
  out.Put(header.salt);
  out.Put(header.created_at_ms);
  out.Put(Crc32c(out.view()));
  return out.Take();
}

Result<FileHeader> DecodeFileHeader(ByteView bytes) {
  if (bytes.size() < kFileHeaderBytes || !std::equal(kFileMagic.begin(), kFileMagic.end(), bytes.begin()))
    return Fail(ErrorCode::kCorruption, "no volume header");
  ByteReader in(bytes.first(kFileHeaderBytes));
  in.Skip(kFileMagic.size());
  FileHeader header;
  header.version = in.Get<uint16_t>();
  in.Skip(2);
  header.volume = in.Get<uint32_t>();
  header.salt = in.Get<uint32_t>();
  header.created_at_ms = in.Get<int64_t>();
  if (in.Get<uint32_t>() != Crc32c(bytes.first(kFileCrcAt)))
    return Fail(ErrorCode::kCorruption, "the volume header's checksum is wrong");
  if (header.version != kFormatVersion)
    return Fail(ErrorCode::kUnsupported,
                fmt::format("the volume has format {}, this build knows {}", header.version, kFormatVersion),
                "open it with a newer build");
  return header;
}

Bytes EncodeRecordHeader(RecordHeader header) {
  header.header_bytes = static_cast<uint16_t>(kRecordHeaderBytes + header.label.size());
  ByteWriter out;
  out.Put(kRecordMagic);
  out.Put(header.version);
  out.Put(header.header_bytes);
  out.Put(header.kind);
  out.Put(header.flags);
  out.Put(static_cast<uint32_t>(header.label.size()));
  out.Put(header.id);
  out.Put(header.payload_bytes);
  out.Put(header.written_at_ms);
  out.PutBytes(header.sha256);
  out.Put(header.offset);
  out.Put(header.volume);
  out.Put(header.payload_crc);
  out.Put(header.salt);
  out.Put(uint32_t{0});
  out.PutBytes(AsBytes(header.label));
  out.Patch(kRecordCrcAt, HeaderCrc(out.view()));
  return out.Take();
}

std::optional<uint16_t> PeekHeaderBytes(ByteView bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kRecordMagic) return std::nullopt;
  in.Skip(2);
  auto header_bytes = in.Get<uint16_t>();
  if (in.failed() || header_bytes < kRecordHeaderBytes) return std::nullopt;
  return header_bytes;
}

Result<RecordHeader> DecodeRecordHeader(ByteView bytes, uint32_t volume, uint64_t offset,
                                        std::optional<uint32_t> salt) {
  if (bytes.size() < kRecordHeaderBytes || PeekHeaderBytes(bytes) != bytes.size())
    return Fail(ErrorCode::kCorruption, "no record header");
  ByteReader in(bytes);
  RecordHeader header;
  in.Skip(4);
  header.version = in.Get<uint16_t>();
  header.header_bytes = in.Get<uint16_t>();
  header.kind = in.Get<uint16_t>();
  header.flags = in.Get<uint16_t>();
  auto label_bytes = in.Get<uint32_t>();
  header.id = in.Get<uint64_t>();
  header.payload_bytes = in.Get<uint64_t>();
  header.written_at_ms = in.Get<int64_t>();
  ByteView sha256 = in.GetBytes(header.sha256.size());
  std::copy(sha256.begin(), sha256.end(), header.sha256.begin());
  header.offset = in.Get<uint64_t>();
  header.volume = in.Get<uint32_t>();
  header.payload_crc = in.Get<uint32_t>();
  header.salt = in.Get<uint32_t>();
  if (in.Get<uint32_t>() != HeaderCrc(bytes))
    return Fail(ErrorCode::kCorruption, "the record header's checksum is wrong");
  if (header.volume != volume || header.offset != offset)
    return Fail(ErrorCode::kCorruption,
                fmt::format("the record belongs to volume {} offset {}, not to volume {} offset {}", header.volume,
                            header.offset, volume, offset));
  if (salt && header.salt != *salt) return Fail(ErrorCode::kCorruption, "the record belongs to another store");
  if (header.payload_bytes > kPayloadBytesMax)
    return Fail(ErrorCode::kCorruption, fmt::format("the record cannot have {} bytes", header.payload_bytes));
  if (header.version != kFormatVersion) return header;
  if (label_bytes != header.header_bytes - kRecordHeaderBytes || label_bytes > kLabelBytesMax)
    return Fail(ErrorCode::kCorruption, fmt::format("the record's label cannot have {} bytes", label_bytes));
  header.label = AsText(in.GetBytes(label_bytes));
  return header;
}

Bytes EncodeTombstone(const TombstonePayload& tombstone) {
  ByteWriter out;
  out.Put(tombstone.volume);
  out.Put(tombstone.kind);
  out.Put(uint16_t{0});
  out.Put(tombstone.offset);
  return out.Take();
}

Result<TombstonePayload> DecodeTombstone(ByteView payload) {
  if (payload.size() != kTombstonePayloadBytes)
    return Fail(ErrorCode::kCorruption, fmt::format("a tombstone of {} bytes", payload.size()));
  ByteReader in(payload);
  TombstonePayload out;
  out.volume = in.Get<uint32_t>();
  out.kind = in.Get<uint16_t>();
  in.Skip(2);
  out.offset = in.Get<uint64_t>();
  return out;
}

}  // namespace likeness::blob
