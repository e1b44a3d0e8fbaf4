// Kills a process that imports, deletes or compacts: at random moments, and before and after each of its writes, syncs
// and renames. Afterwards the folder opens, a check is clean without repair, and all that was acknowledged is there.

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "base/checksum.h"
#include "base/files.h"
#include "engine/test_library.h"
#include "fault_shim/fault_child.h"

extern char** environ;

namespace likeness::engine::testing {
namespace {

namespace fs = std::filesystem;
using likeness::testing::ChildOutcome;
using likeness::testing::Fault;

struct Acknowledged {
  std::map<std::string, uint64_t> imported;  // by name
  std::set<uint64_t> deleting, deleted, named;
  size_t lines = 0;
};

Acknowledged ReadList(const fs::path& path) {
  Acknowledged list;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && !file.eof();) {
    std::istringstream words(line);
    std::string what, name;
    uint64_t id = 0;
    words >> what >> id >> name;
    ++list.lines;
    if (what == "imported") list.imported[name] = id;
    if (what == "duplicate") list.named.insert(id);
    if (what == "deleting") list.deleting.insert(id);
    if (what == "deleted") list.deleted.insert(id);
  }
  return list;
}

// One data folder with its outside list.
struct Stage {
  TemporaryFolder folder;
  fs::path data() const { return folder.path() / "data"; }
  fs::path list() const { return folder.path() / "list"; }
};

void Verify(const Stage& stage, const fs::path& photos, const std::string& when) {
  Acknowledged list = ReadList(stage.list());
  // The folder as it was left, before an opening mends anything.
  auto closed = FsckFolder(stage.data(), CancelFlag(), nullptr);
  if (closed.has_value()) {
    EXPECT_TRUE(closed->clean()) << when << ", not opened yet\n" << Describe(*closed);
  } else {
    EXPECT_EQ(list.lines, 0u) << when << ": " << closed.error().Text();
  }
  Library::Options options;
  options.folder = stage.data();
  options.analyzer = &SharedAnalyzer();
  auto library = Library::Open(options);
  ASSERT_TRUE(library.has_value()) << when << ": " << library.error().Text();
  FsckReport report = (*library)->Fsck(false, CancelFlag(), nullptr).value();
  EXPECT_TRUE(report.clean()) << when << "\n" << Describe(report);
  for (const auto& [name, id] : list.imported) {
    if (list.deleting.contains(id)) continue;
    Result<Bytes> bytes = (*library)->ReadOriginal(ImageId{id});
    ASSERT_TRUE(bytes.has_value()) << when << ": acknowledged " << name << " is lost: " << bytes.error().Text();
    EXPECT_EQ(*bytes, ReadFile(photos / name, 1 << 26).value()) << when;
  }
  for (uint64_t id : list.deleting) list.named.erase(id);
  for (uint64_t id : list.named)
    EXPECT_TRUE((*library)->GetImage(ImageId{id}).has_value()) << when << ": a duplicate names " << id;
  for (uint64_t id : list.deleted)
    EXPECT_FALSE((*library)->GetImage(ImageId{id}).has_value()) << when << ": deleted " << id << " is back";
  std::vector<catalog::ImageRow> rows = (*library)->ListImages({}).value();
  for (const catalog::ImageRow& row : rows) {
    EXPECT_TRUE((*library)->ReadOriginal(row.id).has_value()) << when << ": half-visible " << row.id.value;
    EXPECT_TRUE((*library)->FindBytes(row.id, catalog::BlobKind::kThumbnail).has_value()) << when;
    EXPECT_TRUE((*library)->GetFeatures(row.id).has_value()) << when;
  }
}

void WritePhotos(const TemporaryFolder& photos, int count) {
  for (int i = 0; i < count; ++i)
    photos.Write(fmt::format("{:02}.jpg", i), Jpeg(Scene(500 + i % (count - 1), 320, 240), 85));
}

std::vector<std::string> Command(const std::string& verb, const Stage& stage, const fs::path& photos) {
  return {LIKENESS_CRASH_DRIVER, verb, stage.data().string(), stage.list().string(), photos.string()};
}

TEST(EngineCrash, KilledAtRandomMoments) {
  TemporaryFolder photos;
  WritePhotos(photos, 24);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  Stage stage;
  size_t acknowledged = 0;
  for (int round = 0; round < 25; ++round) {
    std::vector<std::string> words = Command("import", stage, photos.path());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t child = 0;
    ASSERT_EQ(::posix_spawn(&child, argv[0], nullptr, nullptr, argv.data(), environ), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 500));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    Verify(stage, photos.path(), fmt::format("seed {}, round {}", seed, round));
    if (HasFatalFailure()) return;
    acknowledged = ReadList(stage.list()).imported.size();
    if (acknowledged == 23) {  // all of it: begin anew
      fs::remove_all(stage.data());
      fs::remove(stage.list());
    }
  }
}

// Runs the verb on copies of `before`, killed at the n-th of the counted calls, for each n and both sides of the call.
void KillAtEachCall(const std::string& verb, const Stage& before, const fs::path& photos, const std::string& calls) {
  if (!likeness::testing::CanInjectFaults()) GTEST_SKIP() << "no fault injection under sanitizers";
  auto copy = [&](const Stage& stage) {
    if (fs::exists(before.data())) fs::copy(before.data(), stage.data(), fs::copy_options::recursive);
    if (fs::exists(before.list())) fs::copy(before.list(), stage.list());
  };
  Fault count;
  count.calls = calls;
  long total = 0;
  {
    Stage stage;
    copy(stage);
    ChildOutcome outcome = likeness::testing::RunWithFault(Command(verb, stage, photos), count);
    ASSERT_EQ(outcome.exit_status, 0);
    total = outcome.calls;
    Verify(stage, photos, verb + " unharmed");
  }
  ASSERT_GT(total, 0);
  std::cout << "    " << verb << ": " << total << " calls of " << calls << "\n";
  for (long at = 1; at <= total; ++at) {
    for (const char* action : {"kill_before", "kill_after"}) {
      Stage stage;
      copy(stage);
      Fault fault = count;
      fault.at = at;
      fault.action = action;
      likeness::testing::RunWithFault(Command(verb, stage, photos), fault);
      Verify(stage, photos, fmt::format("{}, {} call {} of {}", verb, action, at, total));
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

constexpr const char* kCalls = "pwrite,pwritev,write,fdatasync,fsync,rename";

TEST(EngineCrash, ImportKilledAtEachSyncAndRename) {
  TemporaryFolder photos;
  WritePhotos(photos, 2);
  KillAtEachCall("import", Stage{}, photos.path(), "fdatasync,fsync,rename");
}

TEST(EngineCrash, ImportKilledAtEachCall) {
  TemporaryFolder photos;
  WritePhotos(photos, 2);
  KillAtEachCall("import", Stage{}, photos.path(), kCalls);
}

struct Filled : Stage {
  explicit Filled(const fs::path& photos) {
    EXPECT_EQ(likeness::testing::RunWithFault(Command("import", *this, photos), {}).exit_status, 0);
  }
};

TEST(EngineCrash, DeleteKilledAtEachCall) {
  TemporaryFolder photos;
  WritePhotos(photos, 4);
  KillAtEachCall("delete", Filled(photos.path()), photos.path(), kCalls);
}

TEST(EngineCrash, CompactionKilledAtEachCall) {
  TemporaryFolder photos;
  WritePhotos(photos, 4);
  Filled filled(photos.path());
  ASSERT_EQ(likeness::testing::RunWithFault(Command("delete", filled, photos.path()), {}).exit_status, 0);
  KillAtEachCall("compact", filled, photos.path(), std::string(kCalls) + ",unlink");
}

TEST(EngineCrash, FailedSyncsAndFullDisksAcknowledgeNothing) {
  if (!likeness::testing::CanInjectFaults()) GTEST_SKIP() << "no fault injection under sanitizers";
  TemporaryFolder photos;
  WritePhotos(photos, 3);
  for (const auto& [calls, action] :
       {std::pair{"fdatasync,fsync", "errno:EIO"}, std::pair{"pwrite,pwritev", "errno:ENOSPC"}}) {
    Stage counted;
    Fault fault;
    fault.calls = calls;
    long total = likeness::testing::RunWithFault(Command("import", counted, photos.path()), fault).calls;
    ASSERT_GT(total, 0) << calls;
    for (long at = 1; at <= total; at += 1 + total / 25) {
      Stage stage;
      fault.at = at;
      fault.action = action;
      fault.sticky = true;
      likeness::testing::RunWithFault(Command("import", stage, photos.path()), fault);
      Verify(stage, photos.path(), fmt::format("{} {} from call {} of {}", calls, action, at, total));
      if (HasFatalFailure()) return;
    }
    fault = {};
  }
}

}  // namespace
}  // namespace likeness::engine::testing
