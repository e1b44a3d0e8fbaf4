// One flipped bit, or a file cut short, anywhere in a data folder: nothing crashes, no wrong bytes are ever given out,
// and a check of the closed folder finds it in volumes and indexes.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <random>

#include "base/files.h"
#include "engine/library.h"
#include "engine/test_library.h"

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;

constexpr int kFlips = 120, kCuts = 60;

Result<Bytes> ReadForm(const Library& library, ImageId id, catalog::BlobKind kind) {
  LK_ASSIGN(Library::ImageBytes found, library.FindBytes(id, kind));
  Bytes bytes(found.extent.length);
  if (::pread(found.extent.descriptor, bytes.data(), bytes.size(), static_cast<off_t>(found.extent.offset)) !=
      std::ssize(bytes))
    return Fail(ErrorCode::kIo, "short");
  return bytes;
}

// A library that was closed, and one as a killed process leaves it: not checkpointed, no mark of a clean close.
struct Pristine {
  TemporaryFolder folder;
  std::map<std::pair<ImageId, catalog::BlobKind>, Bytes> forms;
  std::map<fs::path, uint64_t> files;  // relative, with sizes
  fs::path data() const { return folder.path() / "pristine"; }

  explicit Pristine(bool killed) {
    TestLibrary library;
    std::vector<ImageId> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(library.ImportNew(Jpeg(Scene(900 + i, 200, 150), 85)));
    for (ImageId id : ids)
      for (catalog::BlobKind kind : {catalog::BlobKind::kOriginal, catalog::BlobKind::kThumbnail})
        forms[{id, kind}] = ReadForm(*library.library, id, kind).value();
    if (!killed) library.Close();
    fs::copy(library.data(), data(), fs::copy_options::recursive);
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(data()))
      if (entry.is_regular_file() && entry.file_size() > 0)
        files[fs::relative(entry.path(), data())] = entry.file_size();
  }
};

bool IsDerived(const fs::path& file) {
  return file.string().starts_with("derived/");
}
bool IsChecked(const fs::path& file) {
  return file.extension() == ".lkv" || file.extension() == ".idx";
}

// Checks and opens the damaged copy. `must_find`: the check has to see it.
void Look(const Pristine& pristine, const fs::path& data, const fs::path& file, bool must_find,
          const std::string& what) {
  auto report = FsckFolder(data, CancelFlag(), nullptr);
  if (must_find) {
    EXPECT_TRUE(!report.has_value() || !report->clean()) << what << " is not found";
  }
  Library::Options options;
  options.folder = data;
  options.analyzer = &SharedAnalyzer();
  auto library = Library::Open(options);
  if (!library.has_value()) {
    EXPECT_FALSE(IsDerived(file)) << what << ": " << library.error().Text();
    EXPECT_FALSE(library.error().message.empty());
    return;
  }
  for (const auto& [key, bytes] : pristine.forms) {
    Result<Bytes> read = ReadForm(**library, key.first, key.second);
    if (read.has_value()) {
      // A thumbnail made again is another encoding of the same picture only if the encoder changed: it did not.
      EXPECT_EQ(*read, bytes) << what << ": wrong bytes of image " << key.first.value;
    }
    if (key.second == catalog::BlobKind::kOriginal) {
      Result<Bytes> verified = (*library)->ReadOriginal(key.first);
      if (verified.has_value()) {
        EXPECT_EQ(*verified, bytes) << what;
      } else {
        EXPECT_FALSE(IsDerived(file)) << what << " costs an original: " << verified.error().Text();
      }
    }
  }
  auto repaired = (*library)->Fsck(true, CancelFlag(), nullptr);
  // A damaged catalog may refuse what a repair needs.
  if (!repaired.has_value()) {
    EXPECT_EQ(file.stem(), "catalog") << what << ": " << repaired.error().Text();
  }
}

struct Done {
  std::string what;
  bool covered = true;  // by a checksum, in a volume or an index
};

void Damage(bool killed, const std::function<Done(const fs::path&, uint64_t, std::mt19937&)>& damage, int rounds,
            bool must_find) {
  Pristine pristine(killed);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  std::vector<std::pair<fs::path, uint64_t>> files(pristine.files.begin(), pristine.files.end());
  ASSERT_GE(files.size(), 6u);
  for (int round = 0; round < rounds; ++round) {
    const auto& [file, size] = files[static_cast<size_t>(round) % files.size()];
    fs::path data = pristine.folder.path() / "damaged";
    fs::remove_all(data);
    fs::copy(pristine.data(), data, fs::copy_options::recursive);
    Done done = damage(data / file, size, random);
    std::string what = fmt::format("seed {}, {} {}", seed, file.string(), done.what);
    Look(pristine, data, file, must_find && done.covered && IsChecked(file), what);
    if (::testing::Test::HasFailure()) return;
  }
}

Done FlipBit(const fs::path& path, uint64_t size, std::mt19937& random) {
  uint64_t at = random() % size;
  unsigned bit = random() % 8;
  File file = File::Open(path, File::Mode::kReadWrite).value();
  uint8_t byte = 0;
  EXPECT_TRUE(file.Pread(at, {&byte, 1}).has_value());
  // The gaps between an index's sections are zeros that no checksum covers and nobody reads.
  bool covered = path.extension() != ".idx" || byte != 0;
  byte ^= static_cast<uint8_t>(1u << bit);
  EXPECT_TRUE(file.Pwrite(at, {&byte, 1}).has_value());
  return {fmt::format("byte {} bit {}", at, bit), covered};
}

Done CutShort(const fs::path& path, uint64_t size, std::mt19937& random) {
  uint64_t length = random() % size;
  fs::resize_file(path, length);
  return {fmt::format("cut to {} of {}", length, size)};
}

TEST(Damage, OneFlippedBitInAClosedFolder) {
  Damage(false, FlipBit, kFlips, true);
}
TEST(Damage, OneFlippedBitAfterAKill) {
  Damage(true, FlipBit, kFlips / 2, true);
}
TEST(Damage, AFileOfAClosedFolderCutShort) {
  Damage(false, CutShort, kCuts, true);
}
TEST(Damage, AFileCutShortAfterAKill) {
  // What is cut off the end of a volume that was being written may be a record that was never acknowledged; and the
  // catalog's log counts up to its last whole commit.
  Damage(true, CutShort, kCuts, false);
}

}  // namespace
}  // namespace likeness::engine::testing
