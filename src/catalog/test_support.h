// What the tests of this module share.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/files.h"
#include "catalog/catalog.h"

namespace likeness::catalog {

inline constexpr int64_t kNowMs = 1700000000000;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where there is such a place: the tests sync thousands of times, and none asks what a disk keeps.
    bool in_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "likeness-catalog-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file() const { return path_ / "c.sqlite"; }

 private:
  std::filesystem::path path_;
};

inline std::unique_ptr<Catalog> OpenCatalog(const TemporaryFolder& folder, size_t readers = 4) {
  auto catalog = Catalog::Open({.path = folder.file(), .readers = readers, .now_ms = [] { return kNowMs; }});
  EXPECT_TRUE(catalog.has_value()) << catalog.error().Text();
  return catalog.has_value() ? std::move(*catalog) : nullptr;
}

inline ImageRow Image(uint64_t id) {
  ImageRow row;
  row.id.value = id;
  row.name = "image" + std::to_string(id) + ".jpg";
  row.format = "jpeg";
  row.width = 4000 + static_cast<uint32_t>(id % 7);
  row.height = 3000;
  row.size_bytes = 1000 + id;
  row.imported_at_ms = row.sort_at_ms = static_cast<int64_t>(id);
  row.sha256 = ComputeSha256(AsBytes(row.name));
  return row;
}

}  // namespace likeness::catalog
