// Real photos, where this machine has them: groups of copies are found, different photos are not grouped.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/library.h"
#include "engine/test_library.h"

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;

#define NEED_PHOTOS(folder, inside)                      \
  std::optional<fs::path> folder = SharedFolder(inside); \
  if (!folder) GTEST_SKIP() << "the shared folder " << inside << " is not on this machine"

// The two folders named after images4 hold one and the same photo.
std::string PhotoOf(const std::string& folder) {
  return folder.find("-images4-") == std::string::npos ? folder : "images4";
}

std::set<std::set<std::string>> GroupNames(const std::vector<DuplicateGroup>& groups, const fs::path& root) {
  std::set<std::set<std::string>> names;
  for (const DuplicateGroup& group : groups) {
    std::set<std::string> members;
    for (const DuplicateMember& member : group.members) members.insert(fs::relative(member.path, root).string());
    names.insert(members);
  }
  return names;
}

TEST(Photos, GroupsOfCopiesAreFound) {
  NEED_PHOTOS(folder, "photos/neardup");
  TestLibrary library;
  ImportOptions options;
  options.on_duplicate = OnDuplicate::kKeep;
  std::vector<ImportOutcome> failures;
  auto summary = library->ImportPaths(
      {folder->string()}, options, CancelFlag(),
      [&](const ImportOutcome& outcome) {
        if (outcome.error) failures.push_back(outcome);
      },
      nullptr);
  ASSERT_TRUE(summary.has_value());
  for (const ImportOutcome& outcome : failures) ADD_FAILURE() << Describe(outcome);
  // Kept on purpose: taken back, so that all pairs are open.
  std::vector<catalog::DecisionRow> kept = library->ListDecisions(false, 10000).value();
  for (const catalog::DecisionRow& row : kept) ASSERT_TRUE(library->UndoDecision(row.id).has_value());
  std::map<std::string, size_t> wanted;
  std::ifstream table(*folder / "GROUPS.tsv");
  std::string line;
  std::getline(table, line);
  while (std::getline(table, line)) {
    std::string group = line.substr(0, line.find('\t')), files = line.substr(line.rfind('\t') + 1);
    std::istringstream words(files);
    for (std::string word; words >> word;) ++wanted[PhotoOf(group)];
  }
  ASSERT_FALSE(wanted.empty());
  std::map<std::string, size_t> found;
  for (const std::set<std::string>& members : GroupNames(library.Duplicates(), *folder)) {
    std::set<std::string> folders;
    for (const std::string& name : members) folders.insert(PhotoOf(name.substr(0, name.find('/'))));
    EXPECT_EQ(folders.size(), 1u) << "a group over several photos: " << ::testing::PrintToString(members);
    size_t& best = found[*folders.begin()];
    best = std::max(best, members.size());
  }
  size_t photos = 0, grouped = 0;
  for (const auto& [group, size] : wanted) {
    photos += size;
    grouped += found[group];
    EXPECT_GE(found[group], 2u) << group << " was not found at all";
    if (found[group] < size)
      std::cout << "    " << group << ": " << found[group] << " of " << size << " in one group\n";
  }
  std::cout << "    " << grouped << " of " << photos << " photos in their groups\n";
  RecordProperty("grouped", static_cast<int>(grouped));
  EXPECT_GE(grouped * 100, photos * 90);
}

TEST(Photos, DifferentPhotosAreNotGrouped) {
  NEED_PHOTOS(folder, "photos/main");
  auto found = SharedAnalyzer().FindDuplicates({folder->string()}, CancelFlag(), nullptr);
  ASSERT_TRUE(found.has_value()) << found.error().Text();
  EXPECT_GT(found->files, 100u);
  for (const DuplicateGroup& group : found->groups) {
    std::string text;
    for (const DuplicateEvidence& evidence : group.evidence)
      text += group.members[evidence.a].name + " " + group.members[evidence.b].name + ": " + evidence.verdict.sentence +
              " (" + evidence.verdict.rule + ")\n";
    ADD_FAILURE() << text;
  }
}

TEST(Photos, OrientationsAreOnePicture) {
  NEED_PHOTOS(folder, "photos/formats/exif");
  std::map<std::string, std::set<std::string>> families;  // "Landscape_3.jpg" is of the family "Landscape"
  for (const fs::directory_entry& entry : fs::directory_iterator(*folder)) {
    std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".jpg") continue;
    families[name.substr(0, name.find_last_of("_-0123456789"))].insert(name);
  }
  auto found = SharedAnalyzer().FindDuplicates({folder->string()}, CancelFlag(), nullptr);
  ASSERT_TRUE(found.has_value()) << found.error().Text();
  size_t largest = 0;
  for (const DuplicateGroup& group : found->groups) {
    // Each file bears its number in the middle, which some pairs of digits make an edit.
    for (const DuplicateEvidence& evidence : group.evidence)
      EXPECT_TRUE(
          evidence.verdict.kind == dedupe::VerdictKind::kExact ||
          evidence.verdict.kind == dedupe::VerdictKind::kPixelEqual ||
          evidence.verdict.kind == dedupe::VerdictKind::kSamePicture ||
          (evidence.verdict.kind == dedupe::VerdictKind::kEdited && evidence.verdict.signals.changed_share < 0.005))
          << group.members[evidence.a].name << " " << group.members[evidence.b].name << ": "
          << evidence.verdict.sentence;
    largest = std::max(largest, group.members.size());
  }
  EXPECT_GE(largest, 8u) << "all eight orientations are one upright picture";
}

}  // namespace
}  // namespace likeness::engine::testing
