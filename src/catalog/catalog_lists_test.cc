#include <gtest/gtest.h>

#include "catalog/catalog.h"
#include "catalog/schema.h"
#include "catalog/sqlite.h"
#include "catalog/test_support.h"

namespace likeness::catalog {
namespace {

ListedHashRow Entry(uint8_t first, std::vector<std::string> labels = {}, bool matched = true) {
  ListedHashRow row;
  row.hash[0] = first;
  row.hash[31] = 0xFE;
  row.quality = 77;
  row.labels = std::move(labels);
  row.status = "MALICIOUS";
  row.severity = "3";
  row.description = "said, \"so\"\nand so";
  row.source = "somebody";
  row.matched = matched;
  return row;
}

TEST(HashLists, KeepEveryFieldAcrossAnOpening) {
  TemporaryFolder folder;
  {
    auto catalog = OpenCatalog(folder);
    auto made = catalog->WriteHashList({.name = "a", .radius_bits = 20, .source = "a.csv"}, HashListMode::kNew,
                                       {Entry(1, {"x", "y z"}), Entry(2, {}, false)});
    ASSERT_TRUE(made.has_value()) << made.error().Text();
    EXPECT_EQ(made->entries, 2u);
    EXPECT_EQ(made->matched, 1u);
  }
  auto catalog = OpenCatalog(folder);
  auto lists = catalog->ListHashLists().value();
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].name, "a");
  EXPECT_EQ(lists[0].radius_bits, 20);
  EXPECT_EQ(lists[0].source, "a.csv");
  EXPECT_EQ(lists[0].entries, 2u);
  auto rows = catalog->ListHashes(lists[0].id, {}, 10).value();
  ASSERT_EQ(rows.size(), 2u);
  ListedHashRow wanted = Entry(1, {"x", "y z"});
  EXPECT_EQ(rows[0].hash, wanted.hash);
  EXPECT_EQ(rows[0].labels, wanted.labels);
  EXPECT_EQ(rows[0].quality, 77);
  EXPECT_EQ(rows[0].description, wanted.description);
  EXPECT_EQ(rows[0].status, "MALICIOUS");
  EXPECT_EQ(rows[0].severity, "3");
  EXPECT_EQ(rows[0].source, "somebody");
  EXPECT_TRUE(rows[0].matched);
  EXPECT_FALSE(rows[1].matched);
  EXPECT_EQ(catalog->GetListedHash(rows[1].id)->hash, rows[1].hash);
  EXPECT_EQ(catalog->ListHashes(lists[0].id, rows[0].id, 10)->size(), 1u);
}

TEST(HashLists, ModesAndRemoval) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  auto write = [&](const char* name, HashListMode mode, std::vector<ListedHashRow> rows, int radius = -1) {
    return catalog->WriteHashList({.name = name, .radius_bits = radius, .source = "f"}, mode, rows);
  };
  ASSERT_TRUE(write("a", HashListMode::kNew, {Entry(1, {"old"}), Entry(2)}));
  ASSERT_TRUE(write("b", HashListMode::kNew, {Entry(1)}, 5));
  EXPECT_EQ(write("a", HashListMode::kNew, {Entry(3)}).error().code, ErrorCode::kAlreadyExists);
  auto added = write("a", HashListMode::kAdd, {Entry(1, {"new"}), Entry(3)});
  ASSERT_TRUE(added.has_value());
  EXPECT_EQ(added->entries, 3u) << "an equal hash is replaced";
  EXPECT_EQ(added->radius_bits, 31);
  auto replaced = write("b", HashListMode::kReplace, {Entry(8), Entry(9)});
  EXPECT_EQ(replaced->entries, 2u);
  EXPECT_EQ(replaced->radius_bits, 5) << "kept";
  ASSERT_TRUE(catalog->SetHashListRadius(added->id, 12));
  ASSERT_TRUE(catalog->RemoveHashList(replaced->id));
  EXPECT_EQ(catalog->RemoveHashList(replaced->id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(catalog->SetHashListRadius(replaced->id, 1).error().code, ErrorCode::kNotFound);
  auto lists = catalog->ListHashLists().value();
  ASSERT_EQ(lists.size(), 1u);
  EXPECT_EQ(lists[0].radius_bits, 12);
  EXPECT_TRUE(catalog->ListHashes(replaced->id, {}, 10)->empty());
  EXPECT_TRUE(catalog->CheckIntegrity()->empty());
}

// All or nothing: the last row is one that the schema refuses.
TEST(HashLists, AFailingRowLeavesNothing) {
  TemporaryFolder folder;
  auto catalog = OpenCatalog(folder);
  ListedHashRow bad = Entry(9);
  bad.quality = 101;
  EXPECT_FALSE(catalog->WriteHashList({.name = "a"}, HashListMode::kNew, {Entry(1), Entry(2), bad}).has_value());
  EXPECT_TRUE(catalog->ListHashLists()->empty());
  ASSERT_TRUE(catalog->WriteHashList({.name = "a"}, HashListMode::kNew, {Entry(1)}));
  EXPECT_FALSE(catalog->WriteHashList({.name = "a"}, HashListMode::kReplace, {bad}).has_value());
  EXPECT_EQ(catalog->ListHashLists()->at(0).entries, 1u);
}

TEST(HashLists, ACatalogOfTheFirstSchemaIsBroughtUp) {
  TemporaryFolder folder;
  {
    auto connection = Connection::Open(folder.file(), Connection::Mode::kWrite).value();
    ASSERT_TRUE(Migrate(*connection, Migrations().first(1)));
  }
  auto catalog = Catalog::Open({.path = folder.file()});
  ASSERT_TRUE(catalog.has_value()) << catalog.error().Text();
  EXPECT_TRUE((*catalog)->WriteHashList({.name = "a"}, HashListMode::kNew, {Entry(1)}).has_value());
}

}  // namespace
}  // namespace likeness::catalog
