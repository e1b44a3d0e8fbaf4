// What the engine's tests share: drawn scenes and their copies, a library in a temporary folder, one pool of workers.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/library.h"
#include "image/bitmap.h"

namespace likeness::engine::testing {

// A scene with enough corners at many scales; scenes of other seeds are unrelated.
image::Bitmap Scene(int seed, int width = 640, int height = 480);
image::Bitmap Flat(uint8_t grey, int width = 320, int height = 240);
image::Bitmap Solid(uint8_t r, uint8_t g, uint8_t b, int width = 320, int height = 240);
image::Bitmap Mirrored(const image::Bitmap& bitmap);
image::Bitmap Rotated90(const image::Bitmap& bitmap);
image::Bitmap Cropped(const image::Bitmap& bitmap, int x, int y, int width, int height);
image::Bitmap Resized(const image::Bitmap& bitmap, int width, int height);

Bytes Jpeg(const image::Bitmap& bitmap, int quality = 90);
Bytes Png(const image::Bitmap& bitmap);
Bytes Bmp(const image::Bitmap& bitmap);  // the same pixels in other bytes than Png

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path Write(const std::string& name, ByteView bytes) const;

 private:
  std::filesystem::path path_;
};

// Shared by all tests of the program.
Analyzer& SharedAnalyzer();

struct TestLibrary {
  TemporaryFolder folder;
  std::unique_ptr<Library> library;
  TagOptions tags;  // of the next opening

  TestLibrary() { Open(); }
  void Open(bool rebuild_lost_catalog = false);
  Result<std::unique_ptr<Library>> TryOpen(bool rebuild_lost_catalog = false);
  void Close() { library.reset(); }
  std::filesystem::path data() const { return folder.path() / "data"; }

  ImportOutcome Import(ByteView bytes, OnDuplicate policy = OnDuplicate::kSkip, const std::string& name = "a.jpg");
  ImageId ImportNew(ByteView bytes, const std::string& name = "a.jpg");  // must be imported
  FsckReport Fsck(bool repair = false);
  std::vector<DuplicateGroup> Duplicates();
  Library* operator->() { return library.get(); }
};

std::string Describe(const FsckReport& report);
std::string Describe(const ImportOutcome& outcome);
std::vector<ImageId> Ids(const SearchResult& result);

// The folder of test photos, if this machine has one: $LIKENESS_SHARED, else ../shared beside the source tree.
std::optional<std::filesystem::path> SharedFolder(const std::string& inside);

}  // namespace likeness::engine::testing
