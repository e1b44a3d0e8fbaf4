#include "index/storage.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <new>

#include "base/checksum.h"

namespace likeness::index {
namespace {

constexpr size_t kHugePage = 2u << 20;
constexpr size_t kHugeFrom = 4u << 20;

constexpr uint8_t kMagic[8] = {'L', 'K', 'I', 'N', 'D', 'E', 'X', '\n'};
constexpr uint32_t kVersion = 4;
constexpr size_t kHeaderBytes = 64, kEntryBytes = 24, kCrcAt = 60;
constexpr uint32_t kSectionsMax = 16;
constexpr uint64_t kAlignment = 64;

uint64_t RoundUp(uint64_t value) {
  return (value + kAlignment - 1) / kAlignment * kAlignment;
}

uint32_t HeaderCrc(ByteView header_and_table) {
  return Crc32c(header_and_table.subspan(kHeaderBytes), Crc32c(header_and_table.first(kCrcAt)));
}

}  // namespace

void* AllocateHuge(size_t size_bytes) {
  bool huge = size_bytes >= kHugeFrom;
  size_t alignment = huge ? kHugePage : 64;
  void* memory = std::aligned_alloc(alignment, (size_bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  if (huge) ::madvise(memory, size_bytes, MADV_HUGEPAGE);  // a wish; without it things are only slower
  return memory;
}

void FreeHuge(void* memory, size_t) {
  std::free(memory);
}

Status WriteContainer(const std::filesystem::path& path, FileKind kind, uint64_t applied, uint64_t count,
                      std::span<const Section> sections) {
  ByteWriter head;
  head.PutBytes(kMagic);
  head.Put(kVersion);
  head.Put(static_cast<uint32_t>(kind));
  head.Put(applied);
  head.Put(count);
  head.Put(static_cast<uint32_t>(sections.size()));
  head.Put(uint32_t{0});
  uint64_t file_bytes = kHeaderBytes + kEntryBytes * sections.size();
  for (const Section& section : sections) file_bytes = RoundUp(file_bytes) + section.bytes.size();
  head.Put(file_bytes);
  head.PutBytes(Bytes(kHeaderBytes - head.size(), 0));
  uint64_t offset = kHeaderBytes + kEntryBytes * sections.size();
  for (const Section& section : sections) {
    offset = RoundUp(offset);
    head.Put(section.tag);
    head.Put(Crc32c(section.bytes));
    head.Put(offset);
    head.Put(static_cast<uint64_t>(section.bytes.size()));
    offset += section.bytes.size();
  }
  head.Patch(kCrcAt, HeaderCrc(head.view()));

  std::filesystem::path temporary = path;
  temporary += ".tmp";
  {
    LK_ASSIGN(File file, File::Open(temporary, File::Mode::kCreate));
    LK_TRY(file.Truncate(0));
    LK_TRY(file.Pwrite(0, head.view()));
    uint64_t at = head.size();
    for (const Section& section : sections) {
      at = RoundUp(at);
      LK_TRY(file.Pwrite(at, section.bytes));
      at += section.bytes.size();
    }
    LK_TRY(file.Truncate(file_bytes));
    LK_TRY(file.Sync());
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0)
    return FailErrno(fmt::format("cannot rename {} to {}", temporary.string(), path.string()), errno);
  return SyncDirectory(path.parent_path());
}

std::unexpected<Error> ContainerReader::Malformed(std::string_view why) const {
  return Fail(ErrorCode::kCorruption, fmt::format("index file {}: {}", path_.string(), why),
              "it is derived state: run rebuild, which makes it again");
}

Result<ContainerReader> ContainerReader::Open(const std::filesystem::path& path, FileKind kind) {
  ContainerReader reader;
  reader.path_ = path;
  LK_ASSIGN(reader.file_, File::Open(path, File::Mode::kRead));
  LK_ASSIGN(uint64_t file_bytes, reader.file_.Size());
  if (file_bytes < kHeaderBytes) return reader.Malformed("shorter than its header");
  Bytes head(kHeaderBytes);
  LK_TRY(reader.file_.Pread(0, head));
  ByteReader fields(head);
  ByteView magic = fields.GetBytes(sizeof kMagic);
  if (!std::equal(magic.begin(), magic.end(), kMagic)) return reader.Malformed("not an index file");
  uint32_t version = fields.Get<uint32_t>();
  if (version != kVersion) return reader.Malformed(fmt::format("version {}, this program reads {}", version, kVersion));
  uint32_t found_kind = fields.Get<uint32_t>();
  if (found_kind != static_cast<uint32_t>(kind)) return reader.Malformed("another kind of index");
  reader.applied_ = fields.Get<uint64_t>();
  reader.count_ = fields.Get<uint64_t>();
  uint32_t section_count = fields.Get<uint32_t>();
  fields.Skip(4);
  uint64_t said_bytes = fields.Get<uint64_t>();
  if (section_count > kSectionsMax) return reader.Malformed("too many sections");
  if (said_bytes != file_bytes) return reader.Malformed(fmt::format("{} bytes, {} expected", file_bytes, said_bytes));
  size_t head_bytes = kHeaderBytes + kEntryBytes * section_count;
  if (file_bytes < head_bytes) return reader.Malformed("shorter than its section table");
  head.resize(head_bytes);
  LK_TRY(reader.file_.Pread(0, head));
  std::memcpy(&reader.head_crc_, head.data() + kCrcAt, sizeof reader.head_crc_);
  if (reader.head_crc_ != HeaderCrc(head)) return reader.Malformed("checksum of the header does not match");
  ByteReader table(ByteView(head).subspan(kHeaderBytes));
  for (uint32_t i = 0; i < section_count; ++i) {
    Entry entry{table.Get<uint32_t>(), table.Get<uint32_t>(), table.Get<uint64_t>(), table.Get<uint64_t>()};
    if (entry.offset > file_bytes || entry.size_bytes > file_bytes - entry.offset)
      return reader.Malformed("a section lies outside the file");
    reader.entries_.push_back(entry);
  }
  return reader;
}

Result<uint64_t> ContainerReader::SizeOf(uint32_t tag) const {
  for (const Entry& entry : entries_)
    if (entry.tag == tag) return entry.size_bytes;
  return Malformed("a section is missing");
}

Status ContainerReader::ReadInto(uint32_t tag, std::span<uint8_t> out) const {
  for (const Entry& entry : entries_) {
    if (entry.tag != tag) continue;
    LK_TRY(file_.Pread(entry.offset, out));
    if (Crc32c(out) != entry.crc) return Malformed("checksum of a section does not match");
    return {};
  }
  return Malformed("a section is missing");
}

void Unmap::operator()(const uint8_t* memory) const {
  ::munmap(const_cast<uint8_t*>(memory), size_bytes);
}

Status ContainerReader::Map() {
  LK_ASSIGN(uint64_t file_bytes, file_.Size());
  void* memory = ::mmap(nullptr, file_bytes, PROT_READ, MAP_SHARED, file_.descriptor(), 0);
  if (memory == MAP_FAILED) return FailErrno(fmt::format("cannot map {}", path_.string()), errno);
  ::madvise(memory, file_bytes, MADV_HUGEPAGE);
  map_ = {static_cast<const uint8_t*>(memory), Unmap{static_cast<size_t>(file_bytes)}};
  file_ = File();
  for (const Entry& entry : entries_)
    if (entry.offset % kAlignment != 0 || entry.offset + entry.size_bytes > file_bytes)
      return Malformed("a section lies outside the file");
  return {};
}

Result<ByteView> ContainerReader::ViewBytes(uint32_t tag) const {
  for (const Entry& entry : entries_) {
    if (entry.tag != tag) continue;
    ByteView bytes(map_.get() + entry.offset, static_cast<size_t>(entry.size_bytes));
    if (Crc32c(bytes) != entry.crc) return Malformed("checksum of a section does not match");
    return bytes;
  }
  return Malformed("a section is missing");
}

}  // namespace likeness::index
