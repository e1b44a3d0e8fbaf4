#include "engine/test_library.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>

#include "base/bytes.h"
#include "codec/encode.h"
#include "image/resize.h"

namespace likeness::engine::testing {

namespace fs = std::filesystem;

image::Bitmap Scene(int seed, int width, int height) {
  image::Bitmap bitmap(width, height, 3);
  std::mt19937 random(static_cast<unsigned>(seed) * 7919u + 17u);
  auto within = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low)); };
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        bitmap.row(y)[x * 3 + c] = static_cast<uint8_t>(60 + (x * (seed % 7 + 1) + y * (c + 1)) * 100 / (width * 8));
  for (int i = 0; i < 160; ++i) {
    int w = within(6, width / 5), h = within(6, height / 5), x0 = within(-w / 2, width), y0 = within(-h / 2, height);
    bool disc = random() % 2 == 0;
    uint8_t rgb[3] = {static_cast<uint8_t>(random()), static_cast<uint8_t>(random()), static_cast<uint8_t>(random())};
    for (int y = std::max(0, y0); y < std::min(height, y0 + h); ++y) {
      for (int x = std::max(0, x0); x < std::min(width, x0 + w); ++x) {
        double u = 2.0 * (x - x0) / w - 1, v = 2.0 * (y - y0) / h - 1;
        if (disc && u * u + v * v > 1) continue;
        std::copy(rgb, rgb + 3, bitmap.row(y) + x * 3);
      }
    }
  }
  return bitmap;
}

image::Bitmap Solid(uint8_t r, uint8_t g, uint8_t b, int width, int height) {
  image::Bitmap bitmap(width, height, 3);
  for (size_t i = 0; i < bitmap.pixels.size(); i += 3) {
    bitmap.pixels[i] = r;
    bitmap.pixels[i + 1] = g;
    bitmap.pixels[i + 2] = b;
  }
  return bitmap;
}

image::Bitmap Flat(uint8_t grey, int width, int height) {
  return Solid(grey, grey, grey, width, height);
}

image::Bitmap Mirrored(const image::Bitmap& from) {
  image::Bitmap to(from.width, from.height, 3);
  for (int y = 0; y < from.height; ++y)
    for (int x = 0; x < from.width; ++x) std::copy_n(from.row(y) + x * 3, 3, to.row(y) + (from.width - 1 - x) * 3);
  return to;
}

image::Bitmap Rotated90(const image::Bitmap& from) {
  image::Bitmap to(from.height, from.width, 3);
  for (int y = 0; y < from.height; ++y)
    for (int x = 0; x < from.width; ++x) std::copy_n(from.row(y) + x * 3, 3, to.row(x) + (from.height - 1 - y) * 3);
  return to;
}

image::Bitmap Cropped(const image::Bitmap& from, int x0, int y0, int width, int height) {
  image::Bitmap to(width, height, 3);
  for (int y = 0; y < height; ++y) std::copy_n(from.row(y0 + y) + x0 * 3, width * 3, to.row(y));
  return to;
}

image::Bitmap Resized(const image::Bitmap& from, int width, int height) {
  return image::ResizeArea(from, width, height);
}

Bytes Jpeg(const image::Bitmap& bitmap, int quality) {
  return codec::EncodeJpeg(bitmap, quality).value();
}
Bytes Png(const image::Bitmap& bitmap) {
  return codec::EncodePng(bitmap).value();
}

Bytes Bmp(const image::Bitmap& bitmap) {
  uint32_t stride = (static_cast<uint32_t>(bitmap.width) * 3 + 3) / 4 * 4;
  uint32_t pixels = stride * static_cast<uint32_t>(bitmap.height);
  ByteWriter out;
  out.PutBytes(AsBytes("BM"));
  for (uint32_t value : {54 + pixels, 0u, 54u, 40u}) out.Put(value);
  out.Put(static_cast<int32_t>(bitmap.width));
  out.Put(static_cast<int32_t>(bitmap.height));
  out.Put<uint16_t>(1);
  out.Put<uint16_t>(24);
  for (uint32_t value : {0u, pixels, 2835u, 2835u, 0u, 0u}) out.Put(value);
  for (int y = bitmap.height - 1; y >= 0; --y) {
    for (int x = 0; x < bitmap.width; ++x)
      for (int c = 2; c >= 0; --c) out.Put(bitmap.row(y)[x * 3 + c]);
    for (uint32_t i = static_cast<uint32_t>(bitmap.width) * 3; i < stride; ++i) out.Put<uint8_t>(0);
  }
  return out.Take();
}

TemporaryFolder::TemporaryFolder() {
  // In memory where there is such a place: the tests sync thousands of times, and none asks what a disk keeps.
  bool in_memory = std::getenv("TMPDIR") == nullptr && ::access("/dev/shm", W_OK) == 0;
  fs::path parent = in_memory ? "/dev/shm" : fs::temp_directory_path();
  std::string name = (parent / "likeness-engine-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

fs::path TemporaryFolder::Write(const std::string& name, ByteView bytes) const {
  fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  return path;
}

Analyzer& SharedAnalyzer() {
  static std::unique_ptr<Analyzer> analyzer = [] {
    Analyzer::Options options;
    options.workers = 2;
    auto opened = Analyzer::Open(options);
    if (!opened.has_value()) {
      fmt::print(stderr, "{}\n", opened.error().Text());
      std::abort();
    }
    return std::move(*opened);
  }();
  return *analyzer;
}

Result<std::unique_ptr<Library>> TestLibrary::TryOpen(bool rebuild_lost_catalog) {
  Library::Options options;
  options.folder = data();
  options.analyzer = &SharedAnalyzer();
  options.tags = tags;
  options.rebuild_lost_catalog = rebuild_lost_catalog;
  return Library::Open(options);
}

void TestLibrary::Open(bool rebuild_lost_catalog) {
  auto opened = TryOpen(rebuild_lost_catalog);
  ASSERT_TRUE(opened.has_value()) << opened.error().Text();
  library = std::move(*opened);
}

ImportOutcome TestLibrary::Import(ByteView bytes, OnDuplicate policy, const std::string& name) {
  ImportOptions options;
  options.on_duplicate = policy;
  return library->ImportBytes(bytes, name, "", options);
}

ImageId TestLibrary::ImportNew(ByteView bytes, const std::string& name) {
  ImportOutcome outcome = Import(bytes, OnDuplicate::kSkip, name);
  EXPECT_EQ(outcome.status, ImportStatus::kImported) << Describe(outcome);
  return outcome.id;
}

FsckReport TestLibrary::Fsck(bool repair) {
  auto report = library->Fsck(repair, CancelFlag(), nullptr);
  EXPECT_TRUE(report.has_value()) << report.error().Text();
  return report.value_or(FsckReport{});
}

std::vector<DuplicateGroup> TestLibrary::Duplicates() {
  auto groups = library->FindDuplicates(CancelFlag(), nullptr);
  EXPECT_TRUE(groups.has_value()) << groups.error().Text();
  return groups.value_or(std::vector<DuplicateGroup>{});
}

std::string Describe(const FsckReport& report) {
  std::string text = fmt::format("{} images, {} records\n", report.images, report.records);
  for (const Problem& problem : report.problems)
    text += fmt::format("{}{}: {}\n", problem.kind, problem.repaired ? " (repaired)" : "", problem.what);
  return text;
}

std::string Describe(const ImportOutcome& outcome) {
  std::string text = fmt::format("{}: {} id {}", outcome.path, Name(outcome.status), outcome.id.value);
  if (outcome.verdict)
    text += fmt::format(", {} of {} ({})", dedupe::Name(outcome.verdict->verdict.kind), outcome.verdict->of.value,
                        outcome.verdict->verdict.sentence);
  if (outcome.error) text += ", " + outcome.error->Text();
  return text;
}

std::vector<ImageId> Ids(const SearchResult& result) {
  std::vector<ImageId> ids;
  for (const SearchHit& hit : result.hits) ids.push_back(hit.id);
  return ids;
}

std::optional<fs::path> SharedFolder(const std::string& inside) {
  const char* given = std::getenv("LIKENESS_SHARED");
  fs::path folder = given != nullptr ? fs::path(given) : fs::path(LIKENESS_SOURCE_DIR) / ".." / "shared";
  std::error_code error;
  folder /= inside;
  if (!fs::is_directory(folder, error)) return std::nullopt;
  return folder;
}

}  // namespace likeness::engine::testing
