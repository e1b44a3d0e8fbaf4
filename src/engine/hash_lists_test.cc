#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/files.h"
#include "engine/library.h"
#include "engine/test_library.h"
#include "feature/hash_text.h"
#include "feature/pdq.h"

namespace likeness::engine {
namespace {

using namespace testing;

feature::Hash256 Flip(feature::Hash256 hash, int bits) {
  for (int i = 0; i < bits; ++i) hash.words[static_cast<size_t>(i % 4)] ^= uint64_t{1} << (i * 7 % 64);
  return hash;
}

// A line of a list for a picture, so many bits away.
std::string Line(const Bytes& picture, int bits, const std::string& rest) {
  sandbox::AnalyzeOptions options;
  options.thumbnails = false;
  auto file = SharedAnalyzer().AnalyzeBytes(picture, options);
  EXPECT_TRUE(file.has_value());
  return feature::ToHex(Flip(file->analysis.features.pdq.hash, bits)) + "," + rest + "\n";
}

Result<HashListReport> Put(TestLibrary& library, const std::string& name, const std::string& text,
                           catalog::HashListMode mode = catalog::HashListMode::kNew, bool skip_bad = false) {
  HashListImport options;
  options.name = name;
  options.source = "/somewhere/" + name + ".csv";
  options.mode = mode;
  options.skip_bad = skip_bad;
  return library->ImportHashList(options, text);
}

std::string Told(const std::vector<ListMatch>& matches) {
  std::string out;
  for (const ListMatch& match : matches)
    out += match.list + " " + match.label + " " + std::to_string(match.distance) + " " +
           std::to_string(static_cast<int>(match.orientation)) + "\n";
  return out;
}

TEST(LibraryHashLists, TellAtImportAndSurviveAnOpening) {
  TestLibrary library;
  const Bytes one = Jpeg(Scene(1)), two = Jpeg(Scene(2)), three = Jpeg(Scene(3));
  auto report =
      Put(library, "shared", Line(one, 20, "90,bad;worse") + Line(two, 0, "49,low") + Line(three, 32, ",far"));
  ASSERT_TRUE(report.has_value()) << report.error().Text();
  EXPECT_EQ(report->read, 3u);
  EXPECT_EQ(report->unmatched, 1u);
  EXPECT_EQ(report->list.source, "shared.csv");
  ASSERT_TRUE(Put(library, "other", Line(one, 4, ",near")).has_value());
  for (int round = 0; round < 2; ++round) {
    ImportOutcome outcome = library.Import(round == 0 ? one : Jpeg(Scene(1), 60), OnDuplicate::kKeep);
    EXPECT_EQ(outcome.status, ImportStatus::kImported) << Describe(outcome);
    if (round == 0) {
      EXPECT_EQ(Told(outcome.listed), "other near 4 0\nshared bad; worse 20 0\n");
    }
    EXPECT_FALSE(outcome.listed.empty());
    EXPECT_TRUE(library.Import(two, OnDuplicate::kKeep).listed.empty()) << "quality below 50";
    EXPECT_TRUE(library.Import(three, OnDuplicate::kKeep).listed.empty()) << "32 bits";
    library.Close();
    library.Open();
  }
  // The same bytes again: a copy, and on the list all the same.
  ImportOutcome again = library.Import(one);
  EXPECT_EQ(again.status, ImportStatus::kDuplicate);
  EXPECT_EQ(again.listed.size(), 2u);
  // A wider radius reaches the third.
  ASSERT_TRUE(library->SetHashListRadius("shared", 32).has_value());
  EXPECT_EQ(Told(library.Import(three).listed), "shared far 32 0\n");
  ASSERT_TRUE(library->RemoveHashList("shared").has_value());
  EXPECT_TRUE(library.Import(three).listed.empty());
  EXPECT_EQ(library->RemoveHashList("shared").error().code, ErrorCode::kNotFound);
}

TEST(LibraryHashLists, RejectKeepsThemOut) {
  TestLibrary library;
  const Bytes one = Jpeg(Scene(1));
  ASSERT_TRUE(Put(library, "shared", Line(one, 2, "90,bad")).has_value());
  ImportOptions options;
  options.on_listed = OnListed::kReject;
  for (const Bytes& bytes : {one, Jpeg(Mirrored(Scene(1))), Png(Rotated90(Scene(1)))}) {
    ImportOutcome outcome = library->ImportBytes(bytes, "a.jpg", "", options);
    EXPECT_EQ(outcome.status, ImportStatus::kRejected) << Describe(outcome);
    ASSERT_TRUE(outcome.error.has_value());
    EXPECT_EQ(outcome.error->code, ErrorCode::kPermissionDenied);
    EXPECT_NE(outcome.error->message.find("\"shared\" (bad)"), std::string::npos) << outcome.error->Text();
    EXPECT_FALSE(outcome.listed.empty());
  }
  EXPECT_EQ(library->CollectStats()->totals.images, 0u);
  EXPECT_EQ(library->ImportBytes(Jpeg(Scene(2)), "b.jpg", "", options).status, ImportStatus::kImported);
}

TEST(LibraryHashLists, ABadLineRefusesTheFile) {
  TestLibrary library;
  const std::string text = Line(Jpeg(Scene(1)), 0, "90,x") + "nonsense\n" + Line(Jpeg(Scene(2)), 0, "200,x");
  auto refused = Put(library, "shared", text);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(refused.error().message.find("shared.csv: line 2: \"nonsense\""), std::string::npos);
  EXPECT_NE(refused.error().message.find("line 3: quality \"200\""), std::string::npos);
  EXPECT_TRUE(library->ListHashLists()->empty());
  auto taken = Put(library, "shared", text, catalog::HashListMode::kNew, true);
  ASSERT_TRUE(taken.has_value());
  EXPECT_EQ(taken->read, 1u);
  EXPECT_EQ(taken->skipped, 2u);
  EXPECT_EQ(taken->faults.size(), 2u);
  for (const char* name : {"", "a/b", "..", "-x", "a b"})
    EXPECT_EQ(Put(library, name, text, catalog::HashListMode::kNew, true).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(library->SetHashListRadius("shared", 65).error().code, ErrorCode::kInvalidArgument);
}

TEST(LibraryHashLists, ModesAndExport) {
  TestLibrary library;
  const std::string one = Line(Jpeg(Scene(1)), 0, "90,x"), two = Line(Jpeg(Scene(2)), 0, "80,\"y,z;w\"");
  ASSERT_TRUE(Put(library, "shared", one).has_value());
  auto again = Put(library, "shared", two);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_NE(again.error().hint.find("--replace"), std::string::npos);
  EXPECT_EQ(Put(library, "shared", two, catalog::HashListMode::kAdd)->list.entries, 2u);
  for (HashListFormat format : {HashListFormat::kCsv, HashListFormat::kJson}) {
    std::string text = library->ExportHashList("shared", format).value();
    ASSERT_TRUE(Put(library, "copy", text, catalog::HashListMode::kReplace).has_value()) << text;
    EXPECT_EQ(library->ExportHashList("copy", HashListFormat::kJson).value(),
              library->ExportHashList("shared", HashListFormat::kJson).value());
  }
  EXPECT_EQ(Put(library, "shared", one, catalog::HashListMode::kReplace)->list.entries, 1u);
  EXPECT_EQ(library->ExportHashList("nothing", HashListFormat::kCsv).error().code, ErrorCode::kNotFound);
}

TEST(LibraryHashLists, TheLibraryAgainstLists) {
  TestLibrary library;
  std::vector<ImageId> ids;
  for (int seed = 1; seed <= 5; ++seed) ids.push_back(library.ImportNew(Jpeg(Scene(seed)), "s.jpg"));
  EXPECT_EQ(library->MatchLibrary(10, CancelFlag())->compared, 5u);
  EXPECT_TRUE(library->MatchLibrary(10, CancelFlag())->ids.empty());
  ASSERT_TRUE(Put(library, "a", Line(Jpeg(Scene(2)), 9, ",x") + Line(Jpeg(Scene(9)), 0, "")).has_value());
  ASSERT_TRUE(Put(library, "b", Line(Jpeg(Rotated90(Scene(4))), 3, ",y") + Line(Jpeg(Scene(2)), 3, ",z")).has_value());
  auto matches = library->MatchLibrary(1, CancelFlag());
  ASSERT_TRUE(matches.has_value());
  EXPECT_EQ(matches->ids, (std::vector<ImageId>{ids[1], ids[3]}));
  ASSERT_EQ(matches->images.size(), 1u) << "as many in full as asked for";
  EXPECT_EQ(Told(matches->images[0].listed), "b z 3 0\na x 9 0\n");
  EXPECT_EQ(Told(library->MatchLists(ids[1])->listed), Told(matches->images[0].listed));
  auto turned = library->MatchLists(ids[3]);
  ASSERT_EQ(turned->listed.size(), 1u);
  EXPECT_EQ(turned->listed[0].orientation, feature::Orientation8::kRotated90);
  EXPECT_TRUE(library->MatchLists(ByteView(Jpeg(Flat(90))))->listed.empty());
  EXPECT_FALSE(library->MatchLists(ByteView(Jpeg(Flat(90))))->compared);
  ASSERT_TRUE(library->DeleteImage(ids[1]).has_value());
  EXPECT_EQ(library->MatchLibrary(10, CancelFlag())->ids, std::vector<ImageId>{ids[3]});

  // What the library exports is a list on which all of it is.
  std::string own = library->ExportHashes({}, HashListFormat::kJson, CancelFlag()).value();
  EXPECT_EQ(own.find("s.jpg"), std::string::npos);
  ASSERT_TRUE(Put(library, "own", own).has_value());
  EXPECT_EQ(library->MatchLibrary(10, CancelFlag())->ids.size(), 4u);
  std::string single = library->ExportHashes({ids[0]}, HashListFormat::kCsv, CancelFlag()).value();
  EXPECT_EQ(ReadHashList(single)->entries.size(), 1u);
  EXPECT_EQ(library->ExportHashes({ids[1]}, HashListFormat::kCsv, CancelFlag()).error().code, ErrorCode::kNotFound);
}

// Pictures come in while lists come and go: each answer is that of one whole list.
TEST(LibraryHashLists, ImportsWhileListsChange) {
  TestLibrary library;
  const Bytes one = Jpeg(Scene(1));
  const std::string line = Line(one, 0, ",x");
  std::atomic<bool> done{false};
  std::thread changes([&] {
    for (int i = 0; i < 15; ++i) {
      EXPECT_TRUE(Put(library, "shared", line, catalog::HashListMode::kReplace).has_value());
      EXPECT_TRUE(library->RemoveHashList("shared").has_value());
    }
    done = true;
  });
  ImportOptions options;
  options.dry_run = true;
  options.on_duplicate = OnDuplicate::kKeep;
  while (!done) {
    ImportOutcome outcome = library->ImportBytes(one, "a.jpg", "", options);
    EXPECT_EQ(outcome.status, ImportStatus::kImported) << Describe(outcome);
    EXPECT_LE(outcome.listed.size(), 1u);
  }
  changes.join();
  EXPECT_TRUE(library->MatchLists(ByteView(one))->listed.empty());
}

}  // namespace
}  // namespace likeness::engine
