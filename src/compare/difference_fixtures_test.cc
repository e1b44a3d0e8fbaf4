// The counts that the tools people know give for their own fixtures, by their presets. The pictures are outside the
// repository (LIKENESS_SHARED).
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>

#include "base/files.h"
#include "codec/decode.h"
#include "compare/difference.h"
#include "feature/test_photos.h"
#include "image/colour.h"

namespace likeness::compare {
namespace {

struct Fixture {
  std::string tool, a, b, options;
  uint64_t different = 0;
};

std::vector<Fixture> ReadFixtures(const std::filesystem::path& folder) {
  std::ifstream file(folder / "EXPECTED.tsv");
  std::vector<Fixture> rows;
  std::string line;
  for (std::getline(file, line); std::getline(file, line);) {
    std::istringstream cells(line);
    Fixture row;
    std::string count, percent;
    std::getline(cells, row.tool, '\t');
    std::getline(cells, row.a, '\t');
    std::getline(cells, row.b, '\t');
    std::getline(cells, count, '\t');
    std::getline(cells, percent, '\t');
    std::getline(cells, row.options, '\t');
    row.different = std::stoull(count);
    rows.push_back(row);
  }
  return rows;
}

DifferenceRules RulesOf(const Fixture& row) {
  const char* preset = row.tool.starts_with("odiff")                 ? "odiff"
                       : row.tool.starts_with("pixelmatch v5")       ? "pixelmatch-5"
                       : row.tool.starts_with("pixelmatch v7")       ? "pixelmatch-7"
                       : row.tool.starts_with("pixelmatch git-c6fe") ? "pixelmatch-8-preview"
                                                                     : "";
  DifferenceRules rules = FindPreset(preset)->rules;
  std::smatch match;
  if (std::regex_search(row.options, match, std::regex("threshold:? ([0-9.]+)"))) rules.threshold = std::stod(match[1]);
  if (row.options.find("antialiasing true") != std::string::npos) rules.antialiasing = Antialiasing::kSlopes;
  return rules;
}

Ignored IgnoredOf(const Fixture& row) {
  Ignored ignored;
  const std::regex corners("\\(([0-9]+),([0-9]+)\\)-\\(([0-9]+),([0-9]+)\\)");
  for (std::sregex_iterator it(row.options.begin(), row.options.end(), corners), end; it != end; ++it) {
    const int x = std::stoi((*it)[1]), y = std::stoi((*it)[2]);
    ignored.boxes.push_back({x, y, std::stoi((*it)[3]) - x + 1, std::stoi((*it)[4]) - y + 1});
  }
  return ignored;
}

TEST(DifferenceFixtures, GiveTheCountsOfTheirTools) {
  LIKENESS_NEEDS_PHOTOS();
  const std::filesystem::path folder = feature::SharedPhotos() / "diff-fixtures";
  if (!std::filesystem::exists(folder / "EXPECTED.tsv")) GTEST_SKIP() << "no fixtures of differences";
  const std::vector<Fixture> rows = ReadFixtures(folder);
  EXPECT_GE(rows.size(), 43u);
  for (const Fixture& row : rows) {
    SCOPED_TRACE(row.tool + " " + row.a + " " + row.b + " " + row.options);
    const image::Bitmap a = image::ToRgba(feature::DecodePhoto(folder / row.a));
    const image::Bitmap b = image::ToRgba(feature::DecodePhoto(folder / row.b));
    if (a.empty() || b.empty()) continue;
    const Difference difference = ComputeDifference(ViewOf(a), ViewOf(b), RulesOf(row), IgnoredOf(row));
    EXPECT_EQ(difference.different, row.different);
    EXPECT_EQ(difference.different_at.Count(), row.different);
  }
}

}  // namespace
}  // namespace likeness::compare
