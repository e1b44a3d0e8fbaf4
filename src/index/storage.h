// Inside the index module: arrays on huge pages, and the file container all indexes share (docs/formats/index.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/files.h"

namespace likeness::index {

void* AllocateHuge(size_t size_bytes);
void FreeHuge(void* memory, size_t size_bytes);

// Large arrays are aligned to huge pages and ask the kernel for them: random reads then miss the TLB far less.
template <typename T>
struct HugeAllocator {
  using value_type = T;
  HugeAllocator() = default;
  template <typename U>
  HugeAllocator(const HugeAllocator<U>&) {}
  T* allocate(size_t count) { return static_cast<T*>(AllocateHuge(count * sizeof(T))); }
  void deallocate(T* memory, size_t count) { FreeHuge(memory, count * sizeof(T)); }
  template <typename U>
  bool operator==(const HugeAllocator<U>&) const {
    return true;
  }
};
template <typename T>
using HugeVector = std::vector<T, HugeAllocator<T>>;

// A shared mutex at which nobody starves: glibc's prefers readers, and a steady stream of searches would keep an import
// waiting for ever. Whoever comes later than a waiting writer waits behind it.
class FairSharedMutex {
 public:
  void lock() {
    std::lock_guard gate(gate_);
    state_.lock();
  }
  void unlock() { state_.unlock(); }
  void lock_shared() {
    std::lock_guard gate(gate_);
    state_.lock_shared();
  }
  void unlock_shared() { state_.unlock_shared(); }

 private:
  std::mutex gate_;
  std::shared_mutex state_;
};

enum class FileKind : uint32_t { kHamming = 1, kColour = 2, kLocal = 3, kLayout = 4, kLocalSegment = 5, kEmbedding = 6, kTags = 7 };

struct Section {
  uint32_t tag;
  ByteView bytes;
};

constexpr uint32_t Tag(const char (&text)[5]) {
  return static_cast<uint32_t>(text[0]) | static_cast<uint32_t>(text[1]) << 8 | static_cast<uint32_t>(text[2]) << 16 |
         static_cast<uint32_t>(text[3]) << 24;
}

template <typename Vector>
ByteView BytesOf(const Vector& values) {
  return {reinterpret_cast<const uint8_t*>(values.data()), values.size() * sizeof(values[0])};
}

// Written under a temporary name, synced, renamed.
Status WriteContainer(const std::filesystem::path& path, FileKind kind, uint64_t applied, uint64_t count,
                      std::span<const Section> sections);

struct Unmap {
  size_t size_bytes = 0;
  void operator()(const uint8_t* memory) const;
};

// Reads and checks a container. Everything it returns has passed its checksum, so what is left to check is sense.
class ContainerReader {
 public:
  static Result<ContainerReader> Open(const std::filesystem::path& path, FileKind kind);

  uint64_t applied() const { return applied_; }
  uint64_t count() const { return count_; }
  // Of header and section table, and so, by the sections' checksums, of all that is in the file.
  uint32_t head_crc() const { return head_crc_; }
  // The section's size, or Corruption when there is none.
  Result<uint64_t> SizeOf(uint32_t tag) const;
  // The whole section as values of T; Corruption when it is not exactly `values` of them.
  template <typename T, typename Vector = std::vector<T>>
  Result<Vector> Read(uint32_t tag, uint64_t values) const {
    LK_ASSIGN(uint64_t size_bytes, SizeOf(tag));
    if (size_bytes % sizeof(T) != 0 || size_bytes / sizeof(T) != values) return Malformed("section of a wrong size");
    Vector out(values);
    LK_TRY(ReadInto(tag, {reinterpret_cast<uint8_t*>(out.data()), static_cast<size_t>(size_bytes)}));
    return out;
  }
  std::unexpected<Error> Malformed(std::string_view why) const;

  // Maps the whole file, whose length was checked; it must not be made shorter while the reader lives.
  Status Map();
  // The section where it lies in the mapping, checked as by Read. REQUIRES: mapped.
  template <typename T>
  Result<std::span<const T>> View(uint32_t tag, uint64_t values) const {
    LK_ASSIGN(ByteView bytes, ViewBytes(tag));
    if (bytes.size() % sizeof(T) != 0 || bytes.size() / sizeof(T) != values)
      return Malformed("section of a wrong size");
    return std::span<const T>(reinterpret_cast<const T*>(bytes.data()), static_cast<size_t>(values));
  }

 private:
  struct Entry {
    uint32_t tag, crc;
    uint64_t offset, size_bytes;
  };
  Status ReadInto(uint32_t tag, std::span<uint8_t> out) const;
  Result<ByteView> ViewBytes(uint32_t tag) const;

  std::unique_ptr<const uint8_t, Unmap> map_;
  std::filesystem::path path_;
  File file_;  // closed once the file is mapped
  uint64_t applied_ = 0, count_ = 0;
  uint32_t head_crc_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace likeness::index
