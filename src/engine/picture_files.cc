#include "engine/picture_files.h"

#include <algorithm>

#include "base/files.h"
#include "codec/decode.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// Enough for every signature that codec::Sniff knows, and for a text file to show that it is one.
constexpr size_t kSniffBytes = 4096;

bool LooksLikePicture(const fs::path& path) {
  Result<File> file = File::Open(path, File::Mode::kRead);
  if (!file.has_value()) return true;  // the reader will say what is wrong with it
  Result<uint64_t> size = file->Size();
  if (!size.has_value()) return true;
  Bytes head(std::min<uint64_t>(*size, kSniffBytes));
  if (!file->Pread(0, head).has_value()) return true;
  return codec::Sniff(head) != codec::Format::kUnknown;
}

void Walk(const fs::path& folder, std::vector<fs::path>& found, uint64_t& ignored) {
  std::error_code error;
  std::vector<fs::directory_entry> entries;
  for (fs::directory_iterator it(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && it != end; it.increment(error))
    entries.push_back(*it);
  std::sort(entries.begin(), entries.end());
  for (const fs::directory_entry& entry : entries) {
    std::error_code unused;
    fs::file_status status = entry.symlink_status(unused);
    if (fs::is_directory(status)) {
      Walk(entry.path(), found, ignored);
    } else if (fs::is_regular_file(status) && LooksLikePicture(entry.path())) {
      found.push_back(entry.path());
    } else {
      ++ignored;
    }
  }
}

}  // namespace

Result<std::vector<fs::path>> FindPictureFiles(const std::vector<std::string>& paths, uint64_t* ignored) {
  std::vector<fs::path> found;
  uint64_t ignored_count = 0;
  for (const std::string& path : paths) {
    if (path.empty()) return Fail(ErrorCode::kInvalidArgument, "an empty path names no file");
    std::error_code error;
    if (fs::is_directory(path, error)) {
      Walk(path, found, ignored_count);
    } else {
      found.emplace_back(path);
    }
  }
  if (ignored != nullptr) *ignored = ignored_count;
  return found;
}

Bytes ReadSidecar(const fs::path& picture, const Limits& limits) {
  for (const char* extension : {".xmp", ".XMP"}) {
    fs::path appended = picture, replaced = picture;
    appended += extension;
    replaced.replace_extension(extension);
    for (const fs::path& path : {appended, replaced}) {
      std::error_code error;
      if (path == picture || !fs::is_regular_file(fs::symlink_status(path, error))) continue;
      if (Result<Bytes> bytes = ReadFile(path, limits.xmp_bytes_max); bytes.has_value()) return std::move(*bytes);
    }
  }
  return {};
}

bool IsRejection(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kLimitExceeded:
    case ErrorCode::kUnsupported:
    case ErrorCode::kCorruption:
      return true;
    default:
      return false;
  }
}

}  // namespace likeness::engine
