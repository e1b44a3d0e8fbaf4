// Kills and failures at every system call of a catalog's life. Afterwards the database is sound and holds exactly what
// was acknowledged, each image with all of its rows or not at all.
#include <gmock/gmock.h>

#include <csignal>
#include <set>
#include <sstream>

#include "catalog/schema.h"
#include "catalog/test_support.h"
#include "fault_shim/fault_child.h"

namespace likeness::catalog {
namespace {

namespace fs = std::filesystem;
using likeness::testing::ChildOutcome;
using likeness::testing::Fault;

constexpr const char* kEveryCall = "pwrite,write,fdatasync,fsync,ftruncate,unlink";

ChildOutcome RunChild(const std::string& verb, const fs::path& file, const Fault& fault) {
  return likeness::testing::RunWithFault({LIKENESS_FAULT_CHILD, verb, file.string()}, fault);
}

class CatalogFault : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!likeness::testing::CanInjectFaults()) GTEST_SKIP() << "not under a sanitizer";
  }
};

void ExpectAcknowledgedThere(const TemporaryFolder& folder, const ChildOutcome& outcome, const std::string& what) {
  std::set<uint64_t> acked, deleted, maybe;
  uint64_t reserved = 0;
  for (const std::string& line : outcome.lines) {
    std::istringstream in(line);
    std::string word;
    uint64_t id = 0;
    in >> word >> id;
    if (word == "acked") acked.insert(id);
    if (word == "deleted") deleted.insert(id);
    if (word == "maybe") maybe.insert(id);
    if (word == "reserved") reserved = id;
  }
  auto catalog = OpenCatalog(folder);
  ASSERT_TRUE(catalog) << what;
  EXPECT_THAT(catalog->CheckIntegrity().value(), ::testing::IsEmpty()) << what;
  std::set<uint64_t> found;
  ASSERT_TRUE(catalog->ForEachImage([&](const ImageRow& row) -> Status {
    EXPECT_EQ(row.tags.size(), 2u) << what;
    EXPECT_EQ(row.blobs.size(), 1u) << what;
    found.insert(row.id.value);
    return {};
  }));
  for (uint64_t id : acked) {
    // A kill between the deletion's commit and its acknowledgement may leave either.
    bool last = id + 1 == reserved;
    EXPECT_TRUE(found.contains(id) || deleted.contains(id) || maybe.contains(id) || last) << what << ": id " << id;
  }
  for (uint64_t id : deleted) EXPECT_FALSE(found.contains(id)) << what << ": id " << id;
  Totals totals = catalog->CountAll().value();
  EXPECT_EQ(totals.images, found.size()) << what;
  EXPECT_EQ(totals.feed_sequence, totals.images + 2 * totals.deleted) << what << ": the feed has each change once";
  ImageId next = catalog->ReserveId();
  EXPECT_GT(next.value, reserved) << what << ": no id twice";
  EXPECT_TRUE(catalog->InsertImages({Image(next.value)})) << what;
}

TEST_F(CatalogFault, KilledAtEveryCall) {
  TemporaryFolder count_folder;
  ChildOutcome whole = RunChild("write", count_folder.file(), {.calls = kEveryCall});
  ASSERT_GT(whole.calls, 40);
  ExpectAcknowledgedThere(count_folder, whole, "no fault");
  for (const char* action : {"kill_before", "short_kill"}) {
    for (long at = 1; at <= whole.calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("write", folder.file(), {.calls = kEveryCall, .at = at, .action = action});
      std::string what = std::string(action) + " at call " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      ASSERT_EQ(outcome.signal, SIGKILL) << what;
      ExpectAcknowledgedThere(folder, outcome, what);
    }
  }
}

TEST_F(CatalogFault, AFailedSyncIsFinal) {
  for (const char* call : {"fdatasync", "fsync"}) {
    TemporaryFolder count_folder;
    long calls = RunChild("write", count_folder.file(), {.calls = call}).calls;
    ASSERT_GT(calls, 0) << call;
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("write", folder.file(), {.calls = call, .at = at, .action = "errno:EIO"});
      std::string what = std::string(call) + " number " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      bool refused = false;
      for (const std::string& line : outcome.lines) {
        bool error = line.starts_with("error");
        EXPECT_TRUE(!refused || error || line.starts_with("maybe")) << what << ": '" << line << "' after a failed sync";
        refused |= error;
      }
      ExpectAcknowledgedThere(folder, outcome, what);
    }
  }
}

TEST_F(CatalogFault, AFullDiskFailsOneChange) {
  TemporaryFolder count_folder;
  long calls = RunChild("write", count_folder.file(), {.calls = "pwrite,write"}).calls;
  ASSERT_GT(calls, 20);
  for (long at = 1; at <= calls; ++at) {
    for (bool sticky : {false, true}) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("write", folder.file(),
                                      {.calls = "pwrite,write", .at = at, .action = "errno:ENOSPC", .sticky = sticky});
      ASSERT_GE(outcome.hits, 1);
      ASSERT_EQ(outcome.exit_status, 0);
      ExpectAcknowledgedThere(folder, outcome, "full at write " + std::to_string(at));
    }
  }
}

// A list is the old one or the new one, whole, and never older than what was acknowledged.
TEST_F(CatalogFault, KilledWhileAListIsReplaced) {
  TemporaryFolder count_folder;
  long calls = RunChild("list", count_folder.file(), {.calls = kEveryCall}).calls;
  ASSERT_GT(calls, 20);
  for (const char* action : {"kill_before", "short_kill"}) {
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("list", folder.file(), {.calls = kEveryCall, .at = at, .action = action});
      std::string what = std::string(action) + " at call " + std::to_string(at);
      ASSERT_EQ(outcome.signal, SIGKILL) << what;
      auto catalog = OpenCatalog(folder);
      ASSERT_TRUE(catalog) << what;
      EXPECT_THAT(catalog->CheckIntegrity().value(), ::testing::IsEmpty()) << what;
      auto lists = catalog->ListHashLists().value();
      size_t version = 0;
      if (!lists.empty()) {
        auto rows = catalog->ListHashes(lists[0].id, {}, 10000).value();
        version = rows.size() / 300;
        EXPECT_EQ(rows.size(), 300 * version) << what;
        EXPECT_EQ(lists[0].entries, rows.size()) << what;
        for (const ListedHashRow& row : rows)
          EXPECT_EQ(row.labels, std::vector<std::string>{"version " + std::to_string(version)}) << what;
      }
      EXPECT_GE(version, outcome.lines.size()) << what;
    }
  }
}

TEST_F(CatalogFault, KilledWhileMigrating) {
  TemporaryFolder source;
  {
    auto catalog = OpenCatalog(source);
    for (uint64_t id = 1; id <= 50; ++id) ASSERT_TRUE(catalog->InsertImages({Image(id)}));
  }
  auto prepare = [&](const TemporaryFolder& folder) { fs::copy_file(source.file(), folder.file()); };
  TemporaryFolder count_folder;
  prepare(count_folder);
  long calls = RunChild("migrate", count_folder.file(), {.calls = kEveryCall}).calls;
  ASSERT_GT(calls, 4);
  for (const char* action : {"kill_before", "kill_after", "short_kill"}) {
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      prepare(folder);
      ChildOutcome outcome = RunChild("migrate", folder.file(), {.calls = kEveryCall, .at = at, .action = action});
      std::string what = std::string(action) + " at call " + std::to_string(at);
      ASSERT_EQ(outcome.signal, SIGKILL) << what;
      auto connection = Connection::Open(folder.file(), Connection::Mode::kWrite).value();
      int64_t version = connection->ReadInteger("PRAGMA user_version").value();
      int64_t steps = static_cast<int64_t>(Migrations().size());
      ASSERT_TRUE(version == steps || version == steps + 1) << what;
      bool moved = connection->ReadInteger("SELECT count(*) FROM sqlite_schema WHERE name = 'moods'").value() == 1;
      EXPECT_EQ(moved, version == steps + 1) << what;
      EXPECT_EQ(connection->ReadInteger("SELECT count(*) FROM images").value(), 50) << what;
    }
  }
}

}  // namespace
}  // namespace likeness::catalog
