// The checker: walks over volumes without believing anything, and says what is wrong.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "blob/volume_file.h"
#include "blob/volume_store_impl.h"

namespace likeness::blob {
namespace {

constexpr uint64_t kVerifyWindowBytes = 1 << 20;
constexpr uint64_t kSkipWindowBytes = 4 << 10;

// A buffered look at a file, for reads that mostly go forward.
class Window {
 public:
  Window(const File& file, uint64_t end, uint64_t window_bytes) : file_(file), end_(end), window_bytes_(window_bytes) {}

  // `count` bytes at `offset`, fewer at the end. Empty when the system refused to read.
  ByteView Get(uint64_t offset, uint64_t count) {
    if (offset >= end_) return {};
    count = std::min(count, end_ - offset);
    if (offset < start_ || offset + count > start_ + buffer_.size()) {
      start_ = offset;
      buffer_.resize(std::min(std::max(count, window_bytes_), end_ - offset));
      if (!file_.Pread(offset, buffer_).has_value()) {
        buffer_.clear();
        read_failed_ = true;
        return {};
      }
    }
    return ByteView(buffer_).subspan(offset - start_, count);
  }
  uint64_t window_bytes() const { return window_bytes_; }
  bool read_failed() const { return read_failed_; }

 private:
  const File& file_;
  const uint64_t end_;
  const uint64_t window_bytes_;
  uint64_t start_ = 0;
  Bytes buffer_;
  bool read_failed_ = false;
};

class Walker {
 public:
  Walker(const Volume& volume, uint64_t end, bool verify, const VisitRecord& visit, std::vector<Damage>* damage)
      : volume_(volume),
        end_(end),
        verify_(verify),
        visit_(visit),
        damage_(damage),
        window_(volume.file, end, verify ? kVerifyWindowBytes : kSkipWindowBytes) {}

  uint64_t Run(uint64_t begin) {
    uint64_t whole_end = std::min(begin, end_);
    uint64_t at = whole_end;
    while (at < end_) {
      auto header = HeaderAt(at);
      if (!header.has_value()) {
        uint64_t next = FindRecord(at + kAlignment);
        Report(at, fmt::format("{} bytes are no record: {}", next - at, header.error().message));
        at = next;
        continue;
      }
      VisitOne(*header);
      at = whole_end = at + header->record_bytes();
      whole_end = std::min(whole_end, end_);
    }
    return whole_end;
  }

 private:
  Result<RecordHeader> HeaderAt(uint64_t at) {
    ByteView raw = window_.Get(at, kRecordHeaderBytes);
    if (window_.read_failed()) return Fail(ErrorCode::kIo, "the bytes cannot be read");
    if (raw.size() < kRecordHeaderBytes) return Fail(ErrorCode::kCorruption, "too few bytes for a header");
    auto header_bytes = PeekHeaderBytes(raw);
    if (!header_bytes) return Fail(ErrorCode::kCorruption, "no record header");
    raw = window_.Get(at, *header_bytes);
    LK_ASSIGN(RecordHeader header, DecodeRecordHeader(raw, volume_.number, at, volume_.salt));
    if (header.payload_bytes > end_ - at - header.header_bytes)
      return Fail(ErrorCode::kCorruption, "the record reaches over the end of the volume");
    return header;
  }

  // The first place from `at` on where a record stands, else the end.
  uint64_t FindRecord(uint64_t at) {
    while (at < end_ && !window_.read_failed()) {
      ByteView raw = window_.Get(at, window_.window_bytes());
      uint64_t found = raw.size();
      for (uint64_t i = 0; i + sizeof kRecordMagic <= raw.size(); i += kAlignment) {
        if (std::memcmp(raw.data() + i, &kRecordMagic, sizeof kRecordMagic) == 0) {
          found = i;
          break;
        }
      }
      if (found < raw.size()) {
        at += found;
        if (HeaderAt(at).has_value()) return at;
        at += kAlignment;
      } else {
        at += AlignUp(std::max<uint64_t>(raw.size(), 1));
      }
    }
    return end_;
  }

  void VisitOne(const RecordHeader& header) {
    bool ok = true;
    if (header.version != kFormatVersion) {
      Report(header.offset, fmt::format("record of id {} has version {}, this build knows {}", header.id,
                                        header.version, kFormatVersion));
      ok = false;
    } else if (verify_ && !PayloadIsSound(header)) {
      ok = false;
    }
    visit_(header, ok);
  }

  bool PayloadIsSound(const RecordHeader& header) {
    uint32_t crc = 0;
    uint64_t at = header.offset + header.header_bytes, stop = at + header.payload_bytes;
    while (at < stop) {
      ByteView part = window_.Get(at, std::min(stop - at, window_.window_bytes()));
      if (part.empty()) break;
      crc = Crc32c(part, crc);
      at += part.size();
    }
    std::string who = header.is_seal() ? "the seal" : fmt::format("record of id {} kind {}", header.id, header.kind);
    if (at < stop || crc != header.payload_crc) {
      Report(header.offset, fmt::format("{}: the payload's checksum is wrong", who));
      return false;
    }
    ByteView padding = window_.Get(stop, header.offset + header.record_bytes() - stop);
    if (std::any_of(padding.begin(), padding.end(), [](uint8_t byte) { return byte != 0; }))
      Report(header.offset, fmt::format("{}: the padding is not zero; the payload is whole", who));
    return true;
  }

  void Report(uint64_t offset, std::string what) {
    if (damage_ != nullptr) damage_->push_back({volume_.number, offset, std::move(what)});
  }

  const Volume& volume_;
  const uint64_t end_;
  const bool verify_;
  const VisitRecord& visit_;
  std::vector<Damage>* damage_;
  Window window_;
};

ScannedRecord ToScanned(const Volume& volume, const RecordHeader& header, bool payload_ok,
                        std::vector<Damage>* damage) {
  ScannedRecord out;
  out.info = {.id = header.id,
              .kind = header.kind,
              .written_at_ms = header.written_at_ms,
              .sha256 = header.sha256,
              .label = header.label};
  out.location = {volume.number, header.offset, header.payload_bytes};
  out.payload_ok = payload_ok;
  if (header.is_tombstone() && payload_ok) {
    Bytes payload(std::min(header.payload_bytes, kTombstonePayloadBytes));
    Result<TombstonePayload> tombstone = Fail(ErrorCode::kCorruption, "unread");
    if (volume.file.Pread(header.offset + header.header_bytes, payload).has_value() &&
        Crc32c(payload) == header.payload_crc)
      tombstone = DecodeTombstone(payload);
    if (tombstone.has_value()) {
      out.tombstone = {.kind = tombstone->kind, .before_volume = tombstone->volume, .before_offset = tombstone->offset};
    } else {
      out.payload_ok = false;
      if (damage != nullptr)
        damage->push_back({volume.number, header.offset, fmt::format("tombstone of id {} is unreadable", header.id)});
    }
  }
  return out;
}

}  // namespace

uint64_t WalkVolume(const Volume& volume, uint64_t end, bool verify_payloads, const VisitRecord& visit,
                    std::vector<Damage>* damage, uint64_t begin) {
  return Walker(volume, end, verify_payloads, visit, damage).Run(begin);
}

void ScanVolume(const Volume& volume, bool verify_payloads, bool must_be_sealed,
                const std::function<void(const ScannedRecord&)>& visit, std::vector<Damage>* damage, uint64_t begin) {
  // Sealed first, then the end: a volume is sealed by its last record.
  bool sealed = volume.sealed.load();
  uint64_t end = volume.end.load(std::memory_order_acquire);
  if (volume.header_error && damage != nullptr) damage->push_back({volume.number, 0, volume.header_error->message});
  uint64_t records = 0;
  std::optional<RecordHeader> seal;
  WalkVolume(
      volume, end, verify_payloads,
      [&](const RecordHeader& header, bool payload_ok) {
        if (header.is_seal()) {
          seal = header;
          return;
        }
        ++records;
        visit(ToScanned(volume, header, payload_ok, damage));
      },
      damage, begin);
  if (damage == nullptr) return;
  if (must_be_sealed && !seal) damage->push_back({volume.number, end, "the volume is not sealed: its end is missing"});
  if (sealed && seal && begin == kFileHeaderBytes && seal->id != records)
    damage->push_back({volume.number, seal->offset,
                       fmt::format("the volume was sealed with {} records, {} were found", seal->id, records)});
}

Status VolumeStore::Scan(bool verify_payloads, const std::function<void(const ScannedRecord&)>& visit,
                         std::vector<Damage>* damage, const Location& from) const {
  std::vector<std::shared_ptr<Volume>> volumes = impl_->Snapshot();
  for (size_t i = 0; i < volumes.size(); ++i) {
    if (volumes[i]->number < from.volume) continue;
    uint64_t begin = volumes[i]->number == from.volume ? std::max(from.offset, kFileHeaderBytes) : kFileHeaderBytes;
    ScanVolume(*volumes[i], verify_payloads, i + 1 < volumes.size(), visit, damage, begin);
  }
  return {};
}

}  // namespace likeness::blob
