// Faults at every system call of a run: the process is killed before and after the n-th, in the midst of a write, or
// the call fails. Afterwards everything that was acknowledged is there and the scan finds no damage.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <map>
#include <sstream>

#include "blob/test_support.h"
#include "fault_shim/fault_child.h"

namespace likeness::blob {
namespace {

namespace fs = std::filesystem;
using likeness::testing::ChildOutcome;
using likeness::testing::Fault;
using likeness::testing::RunWithFault;

class VolumeFault : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!likeness::testing::CanInjectFaults()) GTEST_SKIP() << "not under a sanitizer";
  }
};

ChildOutcome RunChild(const std::string& verb, const fs::path& folder, const Fault& fault) {
  return RunWithFault({LIKENESS_FAULT_CHILD, verb, folder.string()}, fault);
}

std::map<uint64_t, Location> Acknowledged(const ChildOutcome& outcome) {
  std::map<uint64_t, Location> out;
  for (const std::string& line : outcome.lines) {
    std::istringstream in(line);
    std::string word;
    uint64_t id = 0;
    Location location;
    if (in >> word >> id >> location.volume >> location.offset >> location.length && word == "acked")
      out[id] = location;
  }
  return out;
}

size_t CountErrors(const ChildOutcome& outcome) {
  return static_cast<size_t>(std::count_if(outcome.lines.begin(), outcome.lines.end(),
                                           [](const std::string& line) { return line.starts_with("error"); }));
}

void ExpectAllThere(const fs::path& folder, const std::map<uint64_t, Location>& acknowledged, const std::string& what) {
  auto store = OpenStore(folder, 60'000);
  ASSERT_TRUE(store) << what;
  for (const auto& [id, location] : acknowledged) {
    auto payload = store->Read(location, id);
    ASSERT_TRUE(payload.has_value()) << what << ": id " << id << ": " << payload.error().Text();
    EXPECT_EQ(*payload, Payload(id, location.length)) << what;
  }
  ScanResult scan = ScanAll(*store);
  EXPECT_TRUE(scan.damage.empty()) << what << ": " << scan.damage[0].what << " at " << scan.damage[0].offset;
  for (const ScannedRecord& record : scan.records) EXPECT_TRUE(record.payload_ok) << what;
  // And it goes on working.
  Location added = Add(*store, 5000, 123);
  EXPECT_TRUE(store->Sync()) << what;
  EXPECT_TRUE(store->Read(added, 5000)) << what;
}

constexpr const char* kEveryCall = "pwrite,write,fdatasync,fsync,rename,ftruncate,unlink";

TEST_F(VolumeFault, KilledAtEveryCallWhileAppending) {
  TemporaryFolder count_folder;
  long calls = RunChild("append", count_folder.path() / "b", {.calls = kEveryCall}).calls;
  ASSERT_GT(calls, 40);
  for (const char* action : {"kill_before", "kill_after", "short_kill"}) {
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("append", folder.path() / "b", {.calls = kEveryCall, .at = at, .action = action});
      std::string what = std::string(action) + " at call " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      ASSERT_EQ(outcome.signal, SIGKILL) << what;
      ExpectAllThere(folder.path() / "b", Acknowledged(outcome), what);
    }
  }
}

TEST_F(VolumeFault, AFailedSyncIsFinal) {
  TemporaryFolder count_folder;
  for (const char* call : {"fdatasync", "fsync"}) {
    long calls = RunChild("append", count_folder.path() / call, {.calls = call}).calls;
    ASSERT_GT(calls, 3) << call;
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome = RunChild("append", folder.path() / "b", {.calls = call, .at = at, .action = "errno:EIO"});
      std::string what = std::string(call) + " number " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      ASSERT_EQ(outcome.exit_status, 0) << what;
      // Once it failed nothing is acknowledged any more, and every refusal is `unavailable`.
      bool refused = false;
      for (const std::string& line : outcome.lines) {
        refused |= line.starts_with("error");
        // While the store is being opened it is an error of the disk, and there is no store.
        if (refused && outcome.lines[0] == "open") {
          EXPECT_EQ(line, "error unavailable") << what;
        }
      }
      EXPECT_TRUE(refused) << what;
      ExpectAllThere(folder.path() / "b", Acknowledged(outcome), what);
    }
  }
}

TEST_F(VolumeFault, AFailedWriteIsUndone) {
  struct Row {
    const char* action;
    bool sticky;
    bool refuses;
  };
  const Row rows[] = {{"errno:ENOSPC", false, true},
                      {"errno:EIO", false, true},
                      {"errno:EINTR", false, false},
                      {"short", false, false}};
  TemporaryFolder count_folder;
  long calls = RunChild("append", count_folder.path() / "b", {.calls = "pwrite"}).calls;
  for (const Row& row : rows) {
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      ChildOutcome outcome =
          RunChild("append", folder.path() / "b", {.calls = "pwrite", .at = at, .action = row.action});
      std::string what = std::string(row.action) + " at write " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      EXPECT_EQ(CountErrors(outcome), row.refuses ? 1u : 0u) << what;
      // One append failed, and nothing else.
      EXPECT_GE(Acknowledged(outcome).size(), row.refuses ? 27u : 28u) << what;
      ExpectAllThere(folder.path() / "b", Acknowledged(outcome), what);
    }
  }
}

TEST_F(VolumeFault, ADiskThatStaysFull) {
  for (long at = 1; at <= 40; at += 3) {
    TemporaryFolder folder;
    ChildOutcome outcome = RunChild("append", folder.path() / "b",
                                    {.calls = "pwrite", .at = at, .action = "errno:ENOSPC", .sticky = true});
    ASSERT_GE(outcome.hits, 1);
    for (const std::string& line : outcome.lines)
      EXPECT_TRUE(!line.starts_with("error") || line == "error unavailable") << line;
    ExpectAllThere(folder.path() / "b", Acknowledged(outcome), "full from write " + std::to_string(at));
  }
}

TEST_F(VolumeFault, AnUndoThatFailsIsFinal) {
  // The write fails and so does the truncation that would take it back: no append may follow the remains.
  TemporaryFolder folder;
  ChildOutcome outcome = RunChild("append", folder.path() / "b",
                                  {.calls = "pwrite,ftruncate", .at = 10, .action = "errno:EIO", .sticky = true});
  ASSERT_GE(outcome.hits, 2);
  EXPECT_EQ(outcome.lines.back(), "error unavailable");
  ExpectAllThere(folder.path() / "b", Acknowledged(outcome), "failed undo");
}

// The live ones, where they were or where the process said that they are now.
void ExpectLiveThere(const fs::path& folder, std::map<uint64_t, Location> live, const ChildOutcome& outcome,
                     const std::string& what) {
  for (const auto& [id, location] : Acknowledged(outcome)) {
    ASSERT_TRUE(live.contains(id)) << what;
    live[id] = location;
  }
  ExpectAllThere(folder, live, what);
}

TEST_F(VolumeFault, CompactionAtEveryCall) {
  TemporaryFolder source;
  std::map<uint64_t, Location> live;
  {
    auto store = OpenStore(source.path() / "b", 60'000);
    for (uint64_t id = 1; id <= 60; ++id) {
      Location location = Add(*store, id, 4000);
      if (id % 3 == 0) live[id] = location;
    }
    for (uint64_t id = 1; id <= 60; ++id) ASSERT_TRUE(id % 3 == 0 || store->AppendTombstone(id, 0).has_value());
    ASSERT_TRUE(store->Sync());
  }
  auto prepare = [&](const fs::path& folder) { fs::copy(source.path() / "b", folder, fs::copy_options::recursive); };
  long calls = 0;
  {
    TemporaryFolder folder;
    prepare(folder.path() / "b");
    ChildOutcome outcome = RunChild("compact", folder.path() / "b", {.calls = kEveryCall});
    calls = outcome.calls;
    ASSERT_EQ(Acknowledged(outcome).size(), live.size());
    ExpectLiveThere(folder.path() / "b", live, outcome, "no fault");
  }
  ASSERT_GT(calls, 30);
  for (const char* action : {"kill_before", "kill_after", "short_kill", "errno:ENOSPC", "errno:EIO"}) {
    for (long at = 1; at <= calls; ++at) {
      TemporaryFolder folder;
      prepare(folder.path() / "b");
      ChildOutcome outcome =
          RunChild("compact", folder.path() / "b", {.calls = kEveryCall, .at = at, .action = action});
      std::string what = std::string(action) + " at call " + std::to_string(at);
      ASSERT_EQ(outcome.hits, 1) << what;
      ExpectLiveThere(folder.path() / "b", live, outcome, what);
    }
  }
}

// A true full disk: a small file system in memory, within a namespace of its own.
TEST_F(VolumeFault, ASmallDisk) {
  TemporaryFolder folder;
  std::string mount = (folder.path() / "m").string(), out = (folder.path() / "out").string();
  fs::create_directory(mount);
  std::string script = "mount -t tmpfs -o size=160k none " + mount + " && " + LIKENESS_FAULT_CHILD + " append " +
                       mount + "/b > " + out + " && mkdir " + mount + "2 && cp -r " + mount + "/b " + mount + "2/";
  if (std::system("unshare -Urm true 2>/dev/null") != 0) GTEST_SKIP() << "no user namespaces here";
  ASSERT_EQ(std::system(("unshare -Urm sh -c '" + script + "'").c_str()), 0);
  ChildOutcome outcome;
  std::ifstream in(out);
  for (std::string line; std::getline(in, line);) outcome.lines.push_back(line);
  EXPECT_GT(CountErrors(outcome), 0u);
  EXPECT_GT(Acknowledged(outcome).size(), 4u);
  ExpectAllThere(mount + "2/b", Acknowledged(outcome), "small disk");
}

}  // namespace
}  // namespace likeness::blob
