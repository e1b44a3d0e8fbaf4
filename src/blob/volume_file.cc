#include "blob/volume_file.h"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

namespace likeness::blob {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "volume-";
constexpr std::string_view kSuffix = ".lkv";
constexpr std::string_view kTemporarySuffix = ".lkv.tmp";
// Above this a record is written in pieces, so that its payload need not be copied.
constexpr size_t kOneWriteBytesMax = 1 << 20;
constexpr size_t kHeaderReadBytes = 512;

fs::path TemporaryPath(const fs::path& folder, uint32_t number) {
  fs::path path = VolumePath(folder, number);
  path += ".tmp";
  return path;
}

std::optional<uint32_t> NumberOf(std::string_view name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) return std::nullopt;
  name.remove_prefix(kPrefix.size());
  name.remove_suffix(kSuffix.size());
  uint32_t number = 0;
  auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
  return number;
}

Result<uint32_t> DrawSalt() {
  uint32_t salt = 0;
  if (::getrandom(&salt, sizeof salt, 0) != sizeof salt) return FailErrno("cannot draw a random number", errno);
  return salt;
}

// The seal is the last record and has neither label nor payload, so its place is known from the file's size.
bool LoadSeal(Volume* volume, uint64_t size) {
  if (size < kFileHeaderBytes + kRecordHeaderBytes || size % kAlignment != 0) return false;
  Bytes raw(kRecordHeaderBytes);
  uint64_t offset = size - kRecordHeaderBytes;
  if (!volume->file.Pread(offset, raw).has_value()) return false;
  auto header = DecodeRecordHeader(raw, volume->number, offset, volume->salt);
  if (!header.has_value() || !header->is_seal()) return false;
  volume->records = header->id;
  volume->sealed = true;
  return true;
}

// True when the bytes from `offset` to the end of the file can only be the front of a record that was never written
// whole: too few for a header, nothing but zeros, or a header that reaches over the end. Other garbage may be a
// damaged record and stays for the scanner to report.
bool IsTorn(const Volume& volume, uint64_t offset, uint64_t size) {
  if (size - offset < kRecordHeaderBytes) return true;
  Bytes raw(std::min<uint64_t>(size - offset, kRecordHeaderBytes + kLabelBytesMax));
  if (!volume.file.Pread(offset, raw).has_value()) return false;
  if (auto header_bytes = PeekHeaderBytes(raw)) {
    if (*header_bytes <= raw.size()) {
      auto header = DecodeRecordHeader(ByteView(raw).first(*header_bytes), volume.number, offset, volume.salt);
      return header.has_value() && header->payload_bytes > size - offset - header->header_bytes;
    }
    // Torn within the label: the checksum cannot be computed, so every field that is known must agree.
    ByteReader in(raw);
    in.Skip(4);
    auto version = in.Get<uint16_t>();
    in.Skip(6);
    auto label_bytes = in.Get<uint32_t>();
    in.Skip(56);
    auto own_offset = in.Get<uint64_t>();
    auto own_volume = in.Get<uint32_t>();
    in.Skip(4);
    auto salt = in.Get<uint32_t>();
    return version == kFormatVersion && label_bytes == *header_bytes - kRecordHeaderBytes && own_offset == offset &&
           own_volume == volume.number && (!volume.salt || salt == *volume.salt);
  }
  Bytes chunk(64 << 10);
  for (uint64_t at = offset; at < size; at += chunk.size()) {
    auto part = std::span(chunk).first(std::min<uint64_t>(chunk.size(), size - at));
    if (!volume.file.Pread(at, part).has_value()) return false;
    if (std::any_of(part.begin(), part.end(), [](uint8_t byte) { return byte != 0; })) return false;
  }
  return true;
}

}  // namespace

fs::path VolumePath(const fs::path& folder, uint32_t number) {
  return folder / fmt::format("{}{:06}{}", kPrefix, number, kSuffix);
}

Result<std::vector<uint32_t>> ListVolumes(const fs::path& folder) {
  std::vector<uint32_t> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (auto number = NumberOf(it->path().filename().string())) out.push_back(*number);
  if (error) return FailErrno(fmt::format("cannot list {}", folder.string()), error.value());
  std::sort(out.begin(), out.end());
  return out;
}

Status RemoveTemporaries(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name.starts_with(kPrefix) && name.ends_with(kTemporarySuffix)) found.push_back(it->path());
  }
  for (const fs::path& path : found)
    if (!error) fs::remove(path, error);
  if (error) return FailErrno(fmt::format("cannot tidy {}", folder.string()), error.value());
  return {};
}

Result<std::shared_ptr<Volume>> CreateVolume(const fs::path& folder, uint32_t number, int64_t now_ms) {
  LK_ASSIGN(uint32_t salt, DrawSalt());
  auto volume = std::make_shared<Volume>();
  volume->number = number;
  volume->path = VolumePath(folder, number);
  volume->salt = salt;
  LK_ASSIGN(volume->file, File::Open(TemporaryPath(folder, number), File::Mode::kCreate));
  LK_TRY(volume->file.Truncate(0));
  LK_TRY(volume->file.Pwrite(0, EncodeFileHeader({.volume = number, .salt = salt, .created_at_ms = now_ms})));
  volume->end = kFileHeaderBytes;
  return volume;
}

void RemoveTemporary(const fs::path& folder, uint32_t number) {
  std::error_code ignored;  // what stays is removed when the store is opened next
  fs::remove(TemporaryPath(folder, number), ignored);
}

Status PublishVolume(Volume* volume, const fs::path& folder) {
  LK_TRY(volume->file.Sync());
  fs::path from = TemporaryPath(folder, volume->number), to = VolumePath(folder, volume->number);
  if (::rename(from.c_str(), to.c_str()) != 0)
    return FailErrno(fmt::format("cannot rename {} to {}", from.string(), to.string()), errno);
  return SyncDirectory(folder);
}

Result<std::shared_ptr<Volume>> OpenVolume(const fs::path& folder, uint32_t number, bool cut_torn_tail) {
  auto volume = std::make_shared<Volume>();
  volume->number = number;
  volume->path = VolumePath(folder, number);
  LK_ASSIGN(volume->file, File::Open(volume->path, cut_torn_tail ? File::Mode::kReadWrite : File::Mode::kRead));
  LK_ASSIGN(uint64_t size, volume->file.Size());
  Bytes raw(std::min(size, kFileHeaderBytes));
  LK_TRY(volume->file.Pread(0, raw));
  auto header = DecodeFileHeader(raw);
  if (header.has_value() && header->volume != number)
    header = Fail(ErrorCode::kCorruption, fmt::format("the file says that it is volume {}", header->volume));
  if (header.has_value()) {
    volume->salt = header->salt;
  } else if (header.error().code == ErrorCode::kUnsupported) {
    return std::unexpected(header.error().Within(volume->path.string()));
  } else {
    volume->header_error = header.error();
  }
  volume->end = size;
  if (LoadSeal(volume.get(), size)) return volume;

  uint64_t records = 0;
  uint64_t whole_end = WalkVolume(
      *volume, size, false, [&](const RecordHeader&, bool) { ++records; }, nullptr);
  volume->records = records;
  if (whole_end < size && IsTorn(*volume, whole_end, size)) {
    volume->end = whole_end;
    if (cut_torn_tail) {
      LK_TRY(volume->file.Truncate(whole_end));
      LK_TRY(volume->file.Sync());
    }
  }
  return volume;
}

Result<RecordHeader> ReadRecordHeader(const Volume& volume, uint64_t offset) {
  uint64_t end = volume.end.load(std::memory_order_acquire);
  if (offset >= end || end - offset < kRecordHeaderBytes || offset % kAlignment != 0)
    return Fail(ErrorCode::kNotFound, fmt::format("{} has no record at {}", volume.path.string(), offset));
  auto damaged = [&](const Error& error) {
    return std::unexpected(error.Within(fmt::format("{} at {}", volume.path.string(), offset)));
  };
  Bytes raw(std::min<uint64_t>(kHeaderReadBytes, end - offset));
  LK_TRY(volume.file.Pread(offset, raw));
  auto header_bytes = PeekHeaderBytes(raw);
  if (!header_bytes || *header_bytes > end - offset)
    return damaged(Error{ErrorCode::kCorruption, "no record header", {}});
  if (*header_bytes > raw.size()) {
    raw.resize(*header_bytes);
    LK_TRY(volume.file.Pread(offset, raw));
  }
  auto header = DecodeRecordHeader(ByteView(raw).first(*header_bytes), volume.number, offset, volume.salt);
  if (!header.has_value()) return damaged(header.error());
  if (header->payload_bytes > end - offset - header->header_bytes)
    return damaged(Error{ErrorCode::kCorruption, "the record reaches over the end of the volume", {}});
  return header;
}

Status WriteRecord(File* file, const RecordHeader& header, ByteView payload) {
  Bytes front = EncodeRecordHeader(header);
  uint64_t bytes = AlignUp(front.size() + payload.size());
  if (bytes <= kOneWriteBytesMax) {
    front.reserve(bytes);
    front.insert(front.end(), payload.begin(), payload.end());
    front.resize(bytes);
    return file->Pwrite(header.offset, front);
  }
  LK_TRY(file->Pwrite(header.offset, front));
  LK_TRY(file->Pwrite(header.offset + front.size(), payload));
  uint64_t written = front.size() + payload.size();
  return file->Pwrite(header.offset + written, Bytes(bytes - written));
}

RecordHeader SealHeader(const Volume& volume, int64_t now_ms) {
  RecordHeader header;
  header.flags = kFlagSeal;
  header.id = volume.records;
  header.written_at_ms = now_ms;
  header.offset = volume.end;
  header.volume = volume.number;
  header.salt = volume.salt.value_or(0);
  return header;
}

}  // namespace likeness::blob
