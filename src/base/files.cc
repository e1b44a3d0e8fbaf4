#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace likeness {

namespace fs = std::filesystem;

Result<File> File::Open(const fs::path& path, Mode mode) {
  int flags = O_CLOEXEC;
  if (mode == Mode::kRead) flags |= O_RDONLY;
  if (mode == Mode::kReadWrite) flags |= O_RDWR;
  if (mode == Mode::kCreate) flags |= O_RDWR | O_CREAT;
  int descriptor = ::open(path.c_str(), flags, 0644);
  if (descriptor < 0) return FailErrno(fmt::format("cannot open {}", path.string()), errno);
  File file;
  file.descriptor_ = descriptor;
  file.path_ = path;
  return file;
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  return *this;
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Status File::Pread(uint64_t offset, std::span<uint8_t> out) const {
  size_t done = 0;
  while (done < out.size()) {
    ssize_t got = ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(fmt::format("cannot read {}", path_.string()), errno);
    if (got == 0)
      return Fail(ErrorCode::kCorruption, fmt::format("{} ends at byte {}, {} were wanted from byte {}", path_.string(),
                                                      offset + done, out.size(), offset));
    done += static_cast<size_t>(got);
  }
  return {};
}

Status File::Pwrite(uint64_t offset, ByteView bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t put = ::pwrite(descriptor_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FailErrno(fmt::format("cannot write {}", path_.string()), errno);
    done += static_cast<size_t>(put);
  }
  return {};
}

Status File::Sync() {
  if (::fdatasync(descriptor_) != 0) return FailErrno(fmt::format("cannot sync {}", path_.string()), errno);
  return {};
}

Status File::Truncate(uint64_t size_bytes) {
  if (::ftruncate(descriptor_, static_cast<off_t>(size_bytes)) != 0)
    return FailErrno(fmt::format("cannot truncate {}", path_.string()), errno);
  return {};
}

Result<uint64_t> File::Size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) return FailErrno(fmt::format("cannot stat {}", path_.string()), errno);
  return static_cast<uint64_t>(info.st_size);
}

Result<Bytes> ReadFile(const fs::path& path, uint64_t bytes_max) {
  // O_NONBLOCK: opening a pipe must not wait for a writer; fstat then refuses it.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return FailErrno(fmt::format("cannot open {}", path.string()), errno);
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};
  struct stat info {};
  if (::fstat(descriptor, &info) != 0) return FailErrno(fmt::format("cannot stat {}", path.string()), errno);
  if (!S_ISREG(info.st_mode))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} is not a regular file", path.string()));
  if (static_cast<uint64_t>(info.st_size) > bytes_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("{} has {} bytes, more than {}", path.string(), info.st_size, bytes_max),
                "raise limits.file_bytes_max to allow it");
  Bytes out(static_cast<size_t>(info.st_size));
  size_t done = 0;
  while (done < out.size()) {
    ssize_t got = ::read(descriptor, out.data() + done, out.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(fmt::format("cannot read {}", path.string()), errno);
    if (got == 0) break;  // it shrank meanwhile
    done += static_cast<size_t>(got);
  }
  out.resize(done);
  return out;
}

Status SyncDirectory(const fs::path& path) {
  int descriptor = ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FailErrno(fmt::format("cannot open folder {}", path.string()), errno);
  int failed = ::fsync(descriptor) != 0 ? errno : 0;
  ::close(descriptor);
  if (failed != 0) return FailErrno(fmt::format("cannot sync folder {}", path.string()), failed);
  return {};
}

Status WriteFileAtomically(const fs::path& path, ByteView bytes) {
  fs::path temporary = path;
  temporary += ".tmp";
  {
    LK_ASSIGN(File file, File::Open(temporary, File::Mode::kCreate));
    LK_TRY(file.Truncate(0));
    LK_TRY(file.Pwrite(0, bytes));
    LK_TRY(file.Sync());
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    return FailErrno(fmt::format("cannot rename {} to {}", temporary.string(), path.string()), errno);
  return SyncDirectory(path.parent_path());
}

Status MakeDirectories(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return FailErrno(fmt::format("cannot create folder {}", path.string()), error.value());
  return {};
}

Result<FileLock> FileLock::Acquire(const fs::path& path) {
  LK_ASSIGN(File file, File::Open(path, File::Mode::kCreate));
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return Fail(ErrorCode::kFailedPrecondition, fmt::format("{} is held by another process", path.string()));
    return FailErrno(fmt::format("cannot lock {}", path.string()), errno);
  }
  FileLock lock;
  lock.file_ = std::move(file);
  return lock;
}

}  // namespace likeness
