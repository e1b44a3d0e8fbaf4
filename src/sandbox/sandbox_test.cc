#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "base/threads.h"
#include "codec/encode.h"
#include "image/colour.h"
#include "sandbox/isolation.h"
#include "sandbox/pool.h"
#include "sandbox/worker_process.h"

namespace likeness::sandbox {
namespace {

image::Bitmap Scene(int width, int height, int seed) {
  image::Bitmap bitmap(width, height, 3);
  std::mt19937 random(static_cast<unsigned>(seed));
  for (uint8_t& sample : bitmap.pixels) sample = 120;
  for (int i = 0; i < 200 && std::min(width, height) > 4; ++i) {
    int w = 4 + static_cast<int>(random() % (width / 4)), h = 4 + static_cast<int>(random() % (height / 4));
    int x0 = static_cast<int>(random() % (width - w)), y0 = static_cast<int>(random() % (height - h));
    uint8_t rgb[3] = {static_cast<uint8_t>(random()), static_cast<uint8_t>(random()), static_cast<uint8_t>(random())};
    for (int y = y0; y < y0 + h; ++y)
      for (int x = x0; x < x0 + w; ++x)
        for (int c = 0; c < 3; ++c) bitmap.row(y)[x * 3 + c] = rgb[c];
  }
  return bitmap;
}

Bytes SceneJpeg(int width, int height, int seed) {
  return codec::EncodeJpeg(Scene(width, height, seed), 90).value();
}

std::unique_ptr<Pool> OpenPool(size_t workers, Limits limits = {}) {
  Pool::Options options;
  options.workers = workers;
  options.limits = limits;
  auto pool = Pool::Open(options);
  EXPECT_TRUE(pool) << pool.error().Text();
  return std::move(*pool);
}

TEST(AnalysisWire, SurvivesTheRoundTrip) {
  auto analysis = Analyze(SceneJpeg(800, 600, 1), {}, {});
  ASSERT_TRUE(analysis) << analysis.error().Text();
  EXPECT_EQ(analysis->features.width, 800u);
  EXPECT_GE(analysis->features.local.keypoints.size(), 100u);
  EXPECT_FALSE(analysis->thumbnail.empty());
  EXPECT_FALSE(analysis->preview.empty());
  EXPECT_FALSE(analysis->placeholder.empty());
  auto read = Deserialize(Serialize(analysis));
  ASSERT_TRUE(read) << read.error().Text();
  EXPECT_EQ(read->features.phash, analysis->features.phash);
  EXPECT_EQ(read->features.local.descriptors, analysis->features.local.descriptors);
  EXPECT_EQ(read->local_mirrored.descriptors, analysis->local_mirrored.descriptors);
  EXPECT_EQ(read->thumbnail, analysis->thumbnail);
  EXPECT_EQ(read->info.jpeg_quality, analysis->info.jpeg_quality);
}

TEST(AnalysisWire, ErrorsCross) {
  auto read = Deserialize(Serialize(Fail(ErrorCode::kLimitExceeded, "too big", "raise it")));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(read.error().message, "too big");
  EXPECT_EQ(read.error().hint, "raise it");
}

TEST(AnalysisWire, NoTruncationIsAccepted) {
  Bytes whole = Serialize(Analyze(SceneJpeg(120, 80, 2), {}, {}));
  for (size_t size = 0; size < whole.size(); size += 1 + size / 64)
    EXPECT_FALSE(Deserialize(ByteView(whole).first(size))) << "cut to " << size;
}

TEST(AnalysisWire, FlippedBitsNeverCrashTheReader) {
  const Bytes whole = Serialize(Analyze(SceneJpeg(120, 80, 3), {}, {}));
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    Bytes bad = whole;
    bad[random() % bad.size()] ^= static_cast<uint8_t>(1 << random() % 8);
    auto read = Deserialize(bad);
    if (read) {
      EXPECT_LE(read->features.local.keypoints.size(), size_t{feature::kLocalPointsMax});
    }
  }
}

TEST(Analysis, PhashAloneIsThatOfTheWholeAnalysisWithinAFewBits) {
  struct Row {
    int width, height;
  };
  for (const Row& row : {Row{1200, 900}, Row{901, 1203}, Row{333, 128}, Row{100, 80}}) {
    Bytes file = SceneJpeg(row.width, row.height, row.width);
    AnalyzeOptions only;
    only.phash_only = true;
    auto quick = Analyze(file, {}, only);
    auto whole = Analyze(file, {}, {});
    ASSERT_TRUE(quick && whole);
    EXPECT_LE(feature::HammingDistance(quick->features.phash, whole->features.phash), 6) << row.width;
    EXPECT_EQ(quick->info.width, whole->info.width);
    EXPECT_TRUE(quick->features.local.keypoints.empty());
  }
  AnalyzeOptions only;
  only.phash_only = true;
  Bytes half = SceneJpeg(1200, 900, 1);
  half.resize(half.size() / 4);
  EXPECT_FALSE(Analyze(half, {}, only));
}

TEST(Pool, AnswersAsTheFunctionItself) {
  auto pool = OpenPool(1);
  Bytes file = SceneJpeg(640, 480, 4);
  auto direct = Analyze(file, {}, {});
  auto sandboxed = pool->Analyze(file, {});
  ASSERT_TRUE(sandboxed) << sandboxed.error().Text();
  EXPECT_EQ(sandboxed->features.phash, direct->features.phash);
  EXPECT_EQ(sandboxed->features.pixel_hash, direct->features.pixel_hash);
  EXPECT_EQ(sandboxed->features.colour, direct->features.colour);
  EXPECT_EQ(sandboxed->features.local.descriptors, direct->features.local.descriptors);
}

TEST(Pool, DecodesPicturesAtFullSize) {
  auto pool = OpenPool(2);
  const image::Bitmap colour = Scene(640, 480, 6);
  image::Bitmap translucent = image::ToRgba(colour);
  for (size_t i = 3; i < translucent.pixels.size(); i += 8) translucent.pixels[i] = static_cast<uint8_t>(i);
  Bytes damaged = *codec::EncodePng(colour);
  damaged[damaged.size() / 2] ^= 1;
  struct Row {
    const char* name;
    Bytes file;
  };
  // The last one is put down in more than one window.
  for (const Row& row :
       {Row{"JPEG", SceneJpeg(640, 480, 6)}, Row{"PNG", *codec::EncodePng(colour)},
        Row{"translucent PNG", *codec::EncodePng(translucent)},
        Row{"grey PNG", *codec::EncodePng(image::ToLuma(colour))}, Row{"one pixel", *codec::EncodePng(Scene(1, 1, 1))},
        Row{"large grey PNG", *codec::EncodePng(image::Bitmap(4000, 2500, 1))}}) {
    auto picture = pool->Decode(row.file, codec::DefaultFormats());
    ASSERT_TRUE(picture) << row.name << ": " << picture.error().Text();
    const image::Bitmap expected = image::ToRgba(codec::Decode(row.file, {})->bitmap);
    ASSERT_EQ(picture->size(), (image::Size{expected.width, expected.height})) << row.name;
    EXPECT_TRUE(std::equal(expected.pixels.begin(), expected.pixels.end(), picture->pixels())) << row.name;
  }
  for (const Bytes& bad : {damaged, Bytes{}, Bytes(100, 7)}) EXPECT_FALSE(pool->Decode(bad, codec::DefaultFormats()));
  EXPECT_EQ(pool->stats().crashed, 0u);
}

TEST(Picture, IsRefusedWhileSomebodyMayWriteToIt) {
  const auto make = [](size_t bytes) {
    const int descriptor = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    EXPECT_EQ(ftruncate(descriptor, static_cast<off_t>(bytes)), 0);
    return descriptor;
  };
  codec::ImageInfo info;
  info.width = info.height = 10;
  EXPECT_TRUE(Picture::Map(make(400), info));
  EXPECT_FALSE(Picture::Map(make(399), info));
  const int descriptor = make(4096);
  void* writable = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  EXPECT_FALSE(Picture::Map(descriptor, info));
  munmap(writable, 4096);
}

TEST(Pool, BadFilesCostOneErrorEach) {
  auto pool = OpenPool(1);
  Bytes good = SceneJpeg(200, 150, 5);
  const Bytes bad[] = {{}, Bytes(100, 0), Bytes(good.begin(), good.begin() + 100), Bytes(3, 0xFF)};
  for (const Bytes& file : bad) {
    auto result = pool->Analyze(file, {});
    ASSERT_FALSE(result);
    EXPECT_FALSE(result.error().message.empty());
    EXPECT_TRUE(pool->Analyze(good, {})) << "the pool goes on";
  }
  EXPECT_EQ(pool->stats().crashed, 0u);
}

TEST(Pool, ManyThreadsShareFewWorkers) {
  auto pool = OpenPool(2);
  std::atomic<int> good{0};
  ParallelFor(24, 6, nullptr, [&](size_t i) {
    if (pool->Analyze(SceneJpeg(160, 120, static_cast<int>(i)), {})) ++good;
  });
  EXPECT_EQ(good, 24);
  EXPECT_EQ(pool->stats().jobs, 24u);
  EXPECT_EQ(pool->stats().busy, 0u);
}

// Processes whose parent is this one.
std::vector<pid_t> Children() {
  std::vector<pid_t> out;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    pid_t pid = std::atoi(entry.path().filename().c_str());
    if (pid <= 0) continue;
    std::ifstream file(entry.path() / "stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    int parent = 0;
    size_t name_end = text.rfind(')');
    if (name_end != std::string::npos && std::sscanf(text.c_str() + name_end, ") %*c %d", &parent) == 1 &&
        parent == getpid())
      out.push_back(pid);
  }
  return out;
}

TEST(Pool, AWorkerThatDiedWhileIdleCostsNoFile) {
  auto pool = OpenPool(1);
  ASSERT_TRUE(pool->Analyze(SceneJpeg(160, 120, 1), {}));
  std::vector<pid_t> children = Children();
  ASSERT_EQ(children.size(), 1u);
  kill(children[0], SIGKILL);
  siginfo_t info;
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(children[0]), &info, WEXITED | WNOWAIT), 0);
  auto result = pool->Analyze(SceneJpeg(160, 120, 2), {});
  EXPECT_TRUE(result) << result.error().Text();
}

TEST(Pool, RefusesFilesOverTheLimitUnread) {
  Limits limits;
  limits.file_bytes_max = 1000;
  auto pool = OpenPool(1, limits);
  auto result = pool->Analyze(SceneJpeg(400, 300, 6), {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::kLimitExceeded);
}

TEST(Pool, WorkerThatDoesNotStartIsAnError) {
  Pool::Options options;
  options.workers = 1;
  options.worker_command = {"/bin/false"};
  auto pool = Pool::Open(options);
  ASSERT_FALSE(pool);
  EXPECT_NE(pool.error().message.find("did not start"), std::string::npos);
}

// This program run as a worker that misbehaves in a chosen way after its first job arrives.
TEST(Pool, DeathAndHangCostOneFileAndAreReplaced) {
  struct Row {
    const char* how;
    ErrorCode expected;
    uint64_t Pool::Stats::*counter;
  };
  const Row rows[] = {{"crash", ErrorCode::kCorruption, &Pool::Stats::crashed},
                      {"hang", ErrorCode::kLimitExceeded, &Pool::Stats::timed_out},
                      {"garbage", ErrorCode::kCorruption, nullptr},
                      {"overlong", ErrorCode::kCorruption, &Pool::Stats::crashed}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.how);
    Pool::Options options;
    options.workers = 1;
    options.limits.worker_wall_seconds_max = 1;
    options.worker_command = {"/proc/self/exe", "misbehave", row.how};
    auto pool = Pool::Open(options);
    ASSERT_TRUE(pool) << pool.error().Text();
    for (int i = 0; i < 2; ++i) {
      auto result = (*pool)->Analyze(SceneJpeg(32, 32, 1), {});
      ASSERT_FALSE(result);
      EXPECT_EQ(result.error().code, row.expected) << result.error().Text();
    }
    EXPECT_EQ((*pool)->stats().replaced, 2u);
    if (row.counter != nullptr) {
      EXPECT_EQ((*pool)->stats().*row.counter, 2u);
    }
  }
}

#ifndef LIKENESS_SANITIZED
// Runs `body` in a child that is locked in; returns its wait status.
int StatusOfLockedIn(int (*body)()) {
  pid_t child = fork();
  if (child == 0) {
    if (!LockIn({})) _exit(99);
    _exit(body());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}
#endif

TEST(Isolation, NoFilesNoNetworkNoPrograms) {
#ifdef LIKENESS_SANITIZED
  GTEST_SKIP() << "the system-call filter is off in builds with sanitizers";
#else
  int opened = StatusOfLockedIn([] { return access("/etc/passwd", R_OK) == 0 ? 1 : 0; });
  EXPECT_TRUE(WIFEXITED(opened) && WEXITSTATUS(opened) == 0) << opened;
  int read = StatusOfLockedIn([] { return std::fopen("/etc/passwd", "r") != nullptr ? 1 : 0; });
  EXPECT_TRUE(WIFEXITED(read) && WEXITSTATUS(read) == 0) << read;
  struct Row {
    const char* what;
    int (*body)();
  };
  const Row killed[] = {
      {"socket", [] { return socket(AF_INET, SOCK_STREAM, 0); }},
      {"execve", [] { return execl("/bin/true", "true", nullptr); }},
      {"fork", [] { return static_cast<int>(syscall(SYS_fork)); }},
      {"ptrace", [] { return static_cast<int>(syscall(SYS_ptrace, 0, 0, 0, 0)); }},
      {"kill", [] { return kill(getppid(), 0); }},
      {"unlink", [] { return unlink("/nothing"); }},
  };
  for (const Row& row : killed) {
    int status = StatusOfLockedIn(row.body);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS) << row.what << " " << status;
  }
#endif
}

TEST(Isolation, MemoryIsBounded) {
#ifdef LIKENESS_SANITIZED
  GTEST_SKIP() << "no address-space limit in builds with sanitizers";
#else
  int status = StatusOfLockedIn([] {
    volatile char* block = static_cast<char*>(std::malloc(1ull << 30));
    return block == nullptr ? 0 : 1;
  });
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
#endif
}

}  // namespace

// A worker that greets properly and then, at its first job, does what `how` says.
int Misbehave(const std::string& how) {
  auto receive = [](void* message, size_t size) { return recv(wire::kControlDescriptor, message, size, 0); };
  wire::Hello hello;
  receive(&hello, sizeof hello);
  wire::Ready ready;
  send(wire::kControlDescriptor, &ready, sizeof ready, 0);
  wire::Job job;
  if (receive(&job, sizeof job) <= 0) return 0;
  if (how == "crash") raise(SIGSEGV);
  if (how == "hang") {
    for (;;) pause();
  }
  wire::Done done;
  done.number = job.number;
  done.answer_bytes = how == "overlong" ? wire::kOutputBytes + 1 : 100;  // the memory holds zeros
  send(wire::kControlDescriptor, &done, sizeof done, 0);
  return receive(&job, sizeof job) <= 0 ? 0 : 1;
}

}  // namespace likeness::sandbox

int main(int argc, char** argv) {
  int status = 0;
  if (likeness::sandbox::RunWorkerIfAsked(argc, argv, &status)) return status;
  if (argc == 3 && std::string_view(argv[1]) == "misbehave") return likeness::sandbox::Misbehave(argv[2]);
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
