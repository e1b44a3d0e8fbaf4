// A pool of worker processes that decode and extract in isolation: no network, no file system, seccomp allowlist,
// Landlock, memory, CPU and wall-clock limits. A worker that dies, hangs, or answers nonsense costs one file a clear
// error and is replaced. Thread-safe; each call waits for a free worker.
//
// Workers are separate executions of Options::worker_command, which must end in RunWorker (apps wire that up), so that
// one can be started at any time from a threaded process. File bytes go in and results come back through shared memory.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/threads.h"
#include "sandbox/analysis.h"
#include "sandbox/picture.h"

namespace likeness::sandbox {

class Pool {
 public:
  struct Options {
    Limits limits;
    size_t workers = 0;                       // 0: number of processors
    std::vector<std::string> worker_command;  // empty: this program with the hidden argument kWorkerArgument
  };
  struct Stats {
    size_t workers = 0, busy = 0;
    uint64_t jobs = 0, crashed = 0, timed_out = 0, replaced = 0;
  };

  // Starts all workers, so that the first job waits for nothing.
  static Result<std::unique_ptr<Pool>> Open(Options options);
  ~Pool();

  // Errors: those of Analyze, plus LimitExceeded (time, memory) and Corruption ("the decoder crashed on it").
  // `sidecar`: an .xmp file's bytes, of which what the picture does not say itself is taken over.
  Result<Analysis> Analyze(ByteView file, const AnalyzeOptions& options, ByteView sidecar = {});
  // The pixels at full size. Errors: the same.
  Result<Picture> Decode(ByteView file, codec::FormatSet formats);
  // The file without its metadata (codec/strip.h). LimitExceeded when it has more than 32 MB.
  Result<Bytes> Strip(ByteView file, codec::FormatSet formats);
  Stats stats() const;
  // What the isolation consists of on this machine, for `doctor`: "seccomp", "landlock abi 7", ...
  std::vector<std::string> Isolation() const;

 private:
  struct Impl;
  explicit Pool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

inline constexpr const char* kWorkerArgument = "__decode-worker";

// The worker's main loop; returns the exit status. `descriptor` is the control socket that Pool passes.
int RunWorker(int descriptor);
// If argv asks for a worker, runs it and returns true with its exit status. First thing in main().
bool RunWorkerIfAsked(int argc, char** argv, int* exit_status);

}  // namespace likeness::sandbox
