// Reopening, recovery, fsck, rebuild, compaction: what must hold when files are lost, damaged or left as a crash leaves
// them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "engine/library.h"
#include "engine/test_library.h"

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

// What searches answer, as text to compare.
std::string Answers(Library& library, const std::vector<ImageId>& ids) {
  std::string text;
  SearchOptions options;
  for (SearchBy by : {SearchBy::kCopy, SearchBy::kAll, SearchBy::kColour}) {
    options.by = by;
    for (ImageId id : ids) {
      Result<SearchResult> result = library.SearchById(id, options);
      if (!result.has_value()) {
        text += result.error().Text();
        continue;
      }
      for (const SearchHit& hit : result->hits) {
        text += std::to_string(hit.id.value) + " " + std::to_string(hit.score) + " " + hit.verdict.sentence;
        for (const SignalHit& signal : hit.signals) text += " " + signal.signal + std::to_string(signal.distance);
        text += "\n";
      }
    }
  }
  return text;
}

// A library with copies that were kept, one picture in the trash, and flat ones.
struct Furnished : TestLibrary {
  std::vector<ImageId> ids;
  Furnished() {
    image::Bitmap scene = Scene(200);
    ids.push_back(ImportNew(Jpeg(scene)));
    for (const image::Bitmap& copy : {Mirrored(scene), Cropped(scene, 50, 50, 450, 350), Resized(scene, 320, 240)})
      ids.push_back(Import(Jpeg(copy), OnDuplicate::kKeep).id);
    for (int i = 201; i < 206; ++i) ids.push_back(ImportNew(Jpeg(Scene(i))));
    ids.push_back(ImportNew(Png(Flat(90))));
    ImageId trashed = Import(Jpeg(scene, 40), OnDuplicate::kKeep).id;
    EXPECT_TRUE(library->Decide(ids[0], trashed, catalog::DecisionKind::kDuplicate, "").has_value());
    EXPECT_TRUE(library->DeleteImage(ImportNew(Jpeg(Scene(210)))).has_value());
  }
  fs::path File(const char* folder) {
    for (const fs::directory_entry& entry : fs::directory_iterator(data() / folder))
      if (entry.file_size() > 1000) return entry.path();
    return {};
  }
};

void FlipByte(const fs::path& path, std::streamoff offset) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(offset);
  int byte = file.get();
  file.seekp(offset);
  file.put(static_cast<char>(byte ^ 0x10));
}

// Position of `needle` in the file, for aiming at one picture's bytes.
std::streamoff FindIn(const fs::path& path, ByteView needle) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  return static_cast<std::streamoff>(text.find(AsText(needle)));
}

TEST(LibraryReopen, AnswersStayTheSame) {
  struct Row {
    const char* what;
    std::vector<const char*> remove;
  };
  Furnished library;
  const std::string before = Answers(*library.library, library.ids);
  for (const Row& row : {Row{"clean", {}}, Row{"no mark of a clean close", {"derived/closed"}},
                         Row{"one index gone", {"derived/index/local"}}, Row{"all indexes gone", {"derived/index"}},
                         Row{"feature records gone", {"derived/features"}}, Row{"thumbnails gone", {"derived/thumbs"}},
                         Row{"features and indexes gone", {"derived/features", "derived/index"}},
                         Row{"all derived gone", {"derived"}}}) {
    library.Close();
    for (const char* path : row.remove) EXPECT_GT(fs::remove_all(library.data() / path), 0u) << path;
    library.Open();
    EXPECT_EQ(Answers(*library.library, library.ids), before) << row.what;
    FsckReport report = library.Fsck();
    EXPECT_TRUE(report.clean()) << row.what << "\n" << Describe(report);
    for (ImageId id : library.ids)
      EXPECT_TRUE(library->FindBytes(id, catalog::BlobKind::kThumbnail).has_value()) << row.what;
  }
}

TEST(LibraryReopen, DamagedIndexesAreRebuilt) {
  Furnished library;
  std::string before = Answers(*library.library, library.ids);
  library.Close();
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(library.data() / "derived/index"))
    if (entry.is_regular_file()) files.push_back(entry.path());
  EXPECT_GE(files.size(), 6u);
  for (const fs::path& name : files) {
    library.Close();
    if (!fs::exists(name)) continue;  // a segment of an index that was made anew has another number
    FlipByte(name, static_cast<std::streamoff>(fs::file_size(name) / 2));
    library.Open();
    EXPECT_EQ(Answers(*library.library, library.ids), before) << name;
  }
}

// Only the points of the lost segment are made again; the other indexes and the other segments stay as they are.
TEST(LibraryReopen, ALostSegmentOfPointsIsRepaired) {
  Furnished library;
  for (int scene = 300; scene < 303; ++scene) library.ids.push_back(library.ImportNew(Jpeg(Scene(scene))));
  const std::string before = Answers(*library.library, library.ids);
  const uint64_t entries = library->CollectStats().value().local_entries;
  library.Close();
  std::vector<fs::path> segments;
  for (const auto& entry : fs::directory_iterator(library.data() / "derived/index/local"))
    if (entry.path().filename().string().starts_with("segment-")) segments.push_back(entry.path());
  ASSERT_FALSE(segments.empty());
  fs::remove(segments.front());
  const auto hashes = fs::last_write_time(library.data() / "derived/index/phash.idx");
  {
    auto closed = FsckFolder(library.data(), CancelFlag(), nullptr);
    ASSERT_TRUE(closed.has_value()) << closed.error().Text();
    ASSERT_EQ(closed->problems.size(), 1u) << Describe(*closed);
    EXPECT_NE(closed->problems[0].what.find("adds them again"), std::string::npos) << closed->problems[0].what;
    EXPECT_EQ(fs::last_write_time(library.data() / "derived/index/phash.idx"), hashes);
  }
  library.Open();
  EXPECT_EQ(Answers(*library.library, library.ids), before);
  EXPECT_EQ(library->CollectStats().value().local_entries, entries);
  FsckReport report = library.Fsck();
  EXPECT_TRUE(report.clean()) << Describe(report);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_EQ(report.problems[0].kind, "index");
  EXPECT_TRUE(report.problems[0].repaired);
  library.Close();
  library.Open();
  report = library.Fsck();
  EXPECT_TRUE(report.problems.empty()) << Describe(report);
  EXPECT_EQ(Answers(*library.library, library.ids), before);
}

TEST(LibraryReopen, OldIndexesCatchUpFromTheFeed) {
  Furnished library;
  library.Close();
  fs::path kept = library.folder.path() / "kept";
  fs::copy(library.data() / "derived/index", kept, fs::copy_options::recursive);
  library.Open();
  ImageId added = library.ImportNew(Jpeg(Scene(220)));
  ASSERT_TRUE(library->DeleteImage(library.ids.back()).has_value());
  library.ids.back() = added;
  auto decisions = library->ListDecisions(false, 100).value();
  for (const catalog::DecisionRow& row : decisions)
    if (row.kind == catalog::DecisionKind::kDuplicate) {
      ASSERT_TRUE(library->UndoDecision(row.id).has_value());
    }
  std::string before = Answers(*library.library, library.ids);
  library.Close();
  fs::remove_all(library.data() / "derived/index");
  fs::rename(kept, library.data() / "derived/index");
  library.Open();
  EXPECT_EQ(Answers(*library.library, library.ids), before);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

TEST(LibraryReopen, ACopyTakenWhileOpenIsWhole) {
  // A copy of the folder between two acknowledged changes is what a killed process leaves.
  Furnished library;
  std::string before = Answers(*library.library, library.ids);
  fs::path copy = library.folder.path() / "copy";
  fs::copy(library.data(), copy, fs::copy_options::recursive);
  Library::Options options;
  options.folder = copy;
  options.analyzer = &SharedAnalyzer();
  auto opened = Library::Open(options);
  ASSERT_TRUE(opened.has_value()) << opened.error().Text();
  EXPECT_EQ(Answers(**opened, library.ids), before);
  FsckReport report = (*opened)->Fsck(false, CancelFlag(), nullptr).value();
  EXPECT_TRUE(report.clean()) << Describe(report);
}

TEST(LibraryOpen, OneOwnerAtATime) {
  TestLibrary library;
  auto second = library.TryOpen();
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(FsckFolder(library.data(), CancelFlag(), nullptr).error().code, ErrorCode::kFailedPrecondition);
}

TEST(LibraryOpen, ALostCatalogIsRefusedThenMadeAgain) {
  for (bool damaged : {false, true}) {
    Furnished library;
    catalog::ImageRow first = library->GetImage(library.ids[0]).value();
    library.Close();
    if (damaged) {
      fs::resize_file(library.data() / "catalog.sqlite", 4096);
      for (int i = 0; i < 4096; i += 7) FlipByte(library.data() / "catalog.sqlite", i);
    } else {
      fs::remove(library.data() / "catalog.sqlite");
    }
    EXPECT_FALSE(library.TryOpen().has_value());
    auto checked = FsckFolder(library.data(), CancelFlag(), nullptr);
    if (checked.has_value()) {
      EXPECT_FALSE(checked->clean());
    }
    library.Open(true);
    ASSERT_NE(library.library, nullptr);
    // The trashed one is back: the trash was the catalog's. The deleted one is not.
    EXPECT_EQ(library->ListImages({}).value().size(), library.ids.size() + 1);
    catalog::ImageRow again = library->GetImage(first.id).value();
    EXPECT_EQ(again.name, first.name);
    EXPECT_EQ(again.sha256, first.sha256);
    EXPECT_EQ(again.imported_at_ms, first.imported_at_ms);
    EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
    ImageId next = library.ImportNew(Jpeg(Scene(230)));
    EXPECT_GT(next.value, library.ids.back().value + 2) << "ids seen in volumes are not used again";
  }
}

TEST(LibraryFsck, ClosedFolderIsCheckedWithoutChange) {
  Furnished library;
  library.Close();
  auto report = FsckFolder(library.data(), CancelFlag(), nullptr);
  ASSERT_TRUE(report.has_value()) << report.error().Text();
  EXPECT_TRUE(report->clean()) << Describe(*report);
  EXPECT_EQ(report->images, library.ids.size() + 1);
  EXPECT_EQ(FsckFolder(library.folder.path() / "nowhere", CancelFlag(), nullptr).error().code, ErrorCode::kNotFound);
}

TEST(LibraryFsck, MissingDerivedIsRepairedOnce) {
  for (const char* folder : {"derived/features", "derived/thumbs"}) {
    Furnished library;
    std::string before = Answers(*library.library, library.ids);
    // Damage in the middle of the file, seen while the library is open.
    fs::path path = library.File(folder);
    FlipByte(path, static_cast<std::streamoff>(fs::file_size(path) / 2));
    EXPECT_FALSE(library.Fsck().clean());
    FsckReport repaired = library.Fsck(true);
    EXPECT_FALSE(repaired.problems.empty());
    EXPECT_TRUE(repaired.clean()) << Describe(repaired);
    FsckReport second = library.Fsck(true);
    EXPECT_THAT(second.problems, IsEmpty()) << Describe(second);
    EXPECT_EQ(Answers(*library.library, library.ids), before);
  }
}

TEST(LibraryFsck, ADamagedOriginalIsFoundAndNeverServed) {
  TestLibrary library;
  Bytes bytes = Jpeg(Scene(240));
  ImageId id = library.ImportNew(bytes);
  fs::path volume;
  for (const fs::directory_entry& entry : fs::directory_iterator(library.data() / "blobs")) volume = entry.path();
  FlipByte(volume, FindIn(volume, ByteView(bytes).subspan(300, 60)));
  EXPECT_FALSE(library->ReadOriginal(id).has_value());
  FsckReport report = library.Fsck(true);
  EXPECT_FALSE(report.clean());
  std::set<std::string> kinds;
  for (const Problem& problem : report.problems) kinds.insert(problem.kind);
  EXPECT_EQ(kinds, (std::set<std::string>{"missing_blob", "volume_damage"})) << Describe(report);
  FsckReport second = library.Fsck(true);
  EXPECT_EQ(second.problems.size(), report.problems.size()) << "nothing can mend it, nothing is made worse";
}

TEST(LibraryFsck, OrphanRecordsGetTombstones) {
  TestLibrary library;
  library.ImportNew(Jpeg(Scene(241)));
  library.Close();
  {
    blob::VolumeStore::Options options;
    options.folder = library.data() / "blobs";
    auto store = blob::VolumeStore::Open(options).value();
    blob::RecordInfo info;
    info.id = 4711;
    info.kind = static_cast<uint16_t>(catalog::BlobKind::kOriginal);
    ASSERT_TRUE(store->Append(info, Jpeg(Scene(242))).has_value());
    ASSERT_TRUE(store->Sync().has_value());
  }
  library.Open();
  FsckReport report = library.Fsck();
  ASSERT_EQ(report.problems.size(), 1u) << Describe(report);
  EXPECT_EQ(report.problems[0].kind, "orphan_record");
  EXPECT_TRUE(library.Fsck(true).clean());
  EXPECT_THAT(library.Fsck(true).problems, IsEmpty());
}

TEST(LibraryRebuild, GivesTheSameAnswers) {
  for (bool all : {false, true}) {
    Furnished library;
    std::string before = Answers(*library.library, library.ids);
    auto groups_before = library.Duplicates().size();
    uint64_t told = 0;
    auto summary = library->Rebuild(all, CancelFlag(), [&](const ImportProgress& progress) { told = progress.done; });
    ASSERT_TRUE(summary.has_value()) << summary.error().Text();
    EXPECT_EQ(summary->failed, 0u);
    EXPECT_EQ(summary->imported, library.ids.size() + (all ? 1 : 0));
    EXPECT_EQ(told, summary->imported);
    EXPECT_EQ(Answers(*library.library, library.ids), before);
    EXPECT_EQ(library.Duplicates().size(), groups_before);
    EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
    library.Close();
    library.Open();
    EXPECT_EQ(Answers(*library.library, library.ids), before);
  }
}

TEST(LibraryRebuild, CancelledIsFinishedByTheNextOpening) {
  Furnished library;
  std::string before = Answers(*library.library, library.ids);
  CancelFlag cancel;
  cancel.Cancel();
  auto summary = library->Rebuild(true, cancel, nullptr);
  ASSERT_TRUE(summary.has_value()) << summary.error().Text();
  EXPECT_TRUE(summary->cancelled);
  library.Close();
  library.Open();
  EXPECT_EQ(Answers(*library.library, library.ids), before);
  library.Fsck(true);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

// What the trash holds has features too: undoing must not fail half-way for want of them.
TEST(LibraryRebuild, CancelledLeavesTheTrashUsable) {
  TestLibrary library;
  ImageId kept = library.ImportNew(Jpeg(Scene(250, 320, 240)));
  Bytes bytes = Jpeg(Scene(251, 320, 240));
  ImageId trashed = library.ImportNew(bytes);
  DecisionId decision = library->Decide(kept, trashed, catalog::DecisionKind::kDuplicate, "").value().id;
  CancelFlag cancel;
  cancel.Cancel();
  ASSERT_TRUE(library->Rebuild(true, cancel, nullptr).has_value());
  Status undone = library->UndoDecision(decision);
  ASSERT_TRUE(undone.has_value()) << undone.error().Text();
  SearchOptions options;
  options.by = SearchBy::kCopy;
  EXPECT_THAT(Ids(library->SearchByBytes(bytes, options).value()), ::testing::Contains(trashed));
  EXPECT_TRUE(library->FindBytes(trashed, catalog::BlobKind::kThumbnail).has_value());
}

size_t CountOpenFiles() {
  return static_cast<size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

TEST(LibraryRebuild, ReplacedVolumesAreClosed) {
  TestLibrary library;
  ImageId id = library.ImportNew(Jpeg(Scene(252, 320, 240)));
  auto sent_from = library->FindBytes(id, catalog::BlobKind::kThumbnail).value();
  size_t before = CountOpenFiles();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(library->Rebuild(true, CancelFlag(), nullptr).has_value());
  EXPECT_LE(CountOpenFiles(), before + 1) << "one is still being sent from";
  Bytes read(sent_from.extent.length);
  EXPECT_EQ(::pread(sent_from.extent.descriptor, read.data(), read.size(), std::streamoff(sent_from.extent.offset)),
            std::ssize(read));
}

TEST(LibraryCompact, GivesSpaceBackAndKeepsAll) {
  Furnished library;
  std::string before = Answers(*library.library, library.ids);
  std::vector<ImageId> doomed;
  for (int i = 0; i < 20; ++i) doomed.push_back(library.ImportNew(Jpeg(Scene(300 + i))));
  for (ImageId id : doomed) ASSERT_TRUE(library->DeleteImage(id).has_value());
  auto sent_from = library->FindBytes(library.ids[0], catalog::BlobKind::kOriginal).value();
  Bytes original = library->ReadOriginal(library.ids[0]).value();
  uint64_t bytes_before = library->CollectStats().value().original_bytes;
  ASSERT_TRUE(library->Compact().has_value());
  EXPECT_LT(library->CollectStats().value().original_bytes, bytes_before * 3 / 4);
  EXPECT_EQ(Answers(*library.library, library.ids), before);
  EXPECT_EQ(library->ReadOriginal(library.ids[0]).value(), original);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
  library.Close();
  library.Open();
  EXPECT_EQ(Answers(*library.library, library.ids), before);
  EXPECT_TRUE(library.Fsck().clean()) << Describe(library.Fsck());
}

}  // namespace
}  // namespace likeness::engine::testing
