// Files as the storage layers use them: positioned reads and writes that never come short, and syncs whose first
// failure is final. Writes go through pwrite, never through a mapping. Thread-compatible; Pread on one File is
// thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/bytes.h"
#include "base/error.h"

namespace likeness {

class File {
 public:
  enum class Mode { kRead, kReadWrite, kCreate /* read-write, made if absent */ };

  static Result<File> Open(const std::filesystem::path& path, Mode mode);
  File() = default;
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  // Exactly out.size() bytes from `offset`, else Corruption ("ends at ...").
  Status Pread(uint64_t offset, std::span<uint8_t> out) const;
  Status Pwrite(uint64_t offset, ByteView bytes);
  // fdatasync. After a failure the file's state on disk is unknown: the caller must stop acknowledging.
  Status Sync();
  Status Truncate(uint64_t size_bytes);
  Result<uint64_t> Size() const;
  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  int descriptor_ = -1;
  std::filesystem::path path_;
};

// The whole file, at most bytes_max bytes (else LimitExceeded, before reading). Regular files only.
Result<Bytes> ReadFile(const std::filesystem::path& path, uint64_t bytes_max);
// Writes under a temporary name, syncs, renames, syncs the folder: afterwards the old or the new content is whole.
Status WriteFileAtomically(const std::filesystem::path& path, ByteView bytes);
Status SyncDirectory(const std::filesystem::path& path);
Status MakeDirectories(const std::filesystem::path& path);

// An advisory lock on a file for the life of the object; FailedPrecondition when another process has it.
class FileLock {
 public:
  static Result<FileLock> Acquire(const std::filesystem::path& path);
  FileLock() = default;

 private:
  File file_;
};

}  // namespace likeness
