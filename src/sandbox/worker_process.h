// One worker process as its parent sees it: started, greeted, given a job, waited for, killed. Single-threaded: the
// pool lends a worker to one caller at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/limits.h"
#include "sandbox/wire.h"

namespace likeness::sandbox {

class WorkerProcess {
 public:
  // Starts the process; does not wait for it to be ready.
  static Result<std::unique_ptr<WorkerProcess>> Start(const std::vector<std::string>& command, const Limits& limits);
  ~WorkerProcess();  // kills and reaps
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  enum class End {
    kAnswered,
    kNotStarted,  // the worker was dead before it had the job: another one may have it
    kCrashed,
    kTimedOut
  };
  struct Answer {
    End end = End::kCrashed;
    Bytes bytes;  // when kAnswered
    Error error;  // otherwise: what the file is told
  };
  struct Request {
    ByteView file = {}, sidecar = {};
    uint32_t flags = 0;    // wire::JobFlag
    uint32_t formats = 0;  // codec::FormatSet
    // Of wire::kPicture: a memory file of that size, which stays the caller's.
    int picture = -1;
    uint64_t picture_bytes_max = 0;
  };
  // Runs one job. After anything but kAnswered the process is dead.
  Answer Run(const Request& request);

  // Waits for the worker to be ready. An error names why it could not start.
  Status WaitReady();
  const wire::Ready& ready() const { return ready_; }
  uint64_t jobs() const { return jobs_; }

 private:
  WorkerProcess() = default;
  Answer Ended(End end);

  Limits limits_;
  pid_t pid_ = -1;
  int socket_ = -1;
  int output_ = -1;
  bool is_ready_ = false;
  wire::Ready ready_;
  uint64_t jobs_ = 0;
};

}  // namespace likeness::sandbox
