// What the tests of this module share: a folder that goes away, records with content that tells its id, raw file
// access.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/checksum.h"
#include "blob/test_payload.h"
#include "blob/volume_file.h"
#include "blob/volume_store.h"

namespace likeness::blob {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where there is such a place: the tests sync thousands of times, and none asks what a disk keeps.
    bool in_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
    std::filesystem::path parent = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (parent / "likeness-blob-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline RecordInfo InfoOf(uint64_t id, ByteView payload, std::string label = "{\"name\":\"cat.jpg\"}") {
  return {.id = id,
          .kind = 1,
          .written_at_ms = 1700000000000 + static_cast<int64_t>(id),
          .sha256 = ComputeSha256(payload),
          .label = std::move(label)};
}

inline std::unique_ptr<VolumeStore> OpenStore(const std::filesystem::path& folder,
                                              uint64_t volume_bytes_max = 4ull << 30, bool read_only = false) {
  auto store =
      VolumeStore::Open({.folder = folder, .volume_bytes_max = volume_bytes_max, .read_only = read_only, .now_ms = [] {
                           return int64_t{1700000000000};
                         }});
  EXPECT_TRUE(store.has_value()) << store.error().Text();
  return store.has_value() ? std::move(*store) : nullptr;
}

inline Location Add(VolumeStore& store, uint64_t id, size_t size) {
  Bytes payload = Payload(id, size);
  auto location = store.Append(InfoOf(id, payload), payload);
  EXPECT_TRUE(location.has_value()) << location.error().Text();
  return location.value_or(Location{});
}

inline Bytes Slurp(const std::filesystem::path& path) {
  return ReadFile(path, 1ull << 30).value();
}

inline void Spill(const std::filesystem::path& path, ByteView bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

struct ScanResult {
  std::vector<ScannedRecord> records;
  std::vector<Damage> damage;
};
inline ScanResult ScanAll(const VolumeStore& store, bool verify = true) {
  ScanResult out;
  EXPECT_TRUE(store.Scan(
      verify, [&](const ScannedRecord& record) { out.records.push_back(record); }, &out.damage));
  return out;
}

}  // namespace likeness::blob
