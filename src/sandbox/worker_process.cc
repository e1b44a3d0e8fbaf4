#include "sandbox/worker_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "base/files.h"

namespace likeness::sandbox {
namespace {

// `second` is sent, too, unless it is negative.
bool SendWithDescriptors(int socket, const void* message, size_t size, int first, int second = -1) {
  iovec part{const_cast<void*>(message), size};
  const int descriptors[] = {first, second};
  const size_t descriptor_bytes = second < 0 ? sizeof(int) : 2 * sizeof(int);
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = CMSG_SPACE(descriptor_bytes);
  cmsghdr* extra = CMSG_FIRSTHDR(&header);
  extra->cmsg_level = SOL_SOCKET;
  extra->cmsg_type = SCM_RIGHTS;
  extra->cmsg_len = CMSG_LEN(descriptor_bytes);
  std::memcpy(CMSG_DATA(extra), descriptors, descriptor_bytes);
  return sendmsg(socket, &header, MSG_NOSIGNAL) == static_cast<ssize_t>(size);
}

// A message of exactly `size` bytes before `milliseconds` are over. 1: there, 0: too late, -1: the other end is gone.
int ReceiveWithin(int socket, void* message, size_t size, int64_t milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left < 0) return 0;
    pollfd wait{socket, POLLIN, 0};
    int ready = poll(&wait, 1, static_cast<int>(left) + 1);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return 0;
    ssize_t got = recv(socket, message, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return got == static_cast<ssize_t>(size) ? 1 : -1;
  }
}

// Only what a decoder may know of the environment: no secrets, no preloaded libraries.
std::vector<std::string> WorkerEnvironment() {
  std::vector<std::string> out = {"OPENBLAS_NUM_THREADS=1", "OMP_NUM_THREADS=1", "LANG=C.UTF-8"};
  for (const char* name :
       {"LIKENESS_SIMD", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS", "LD_LIBRARY_PATH"}) {
    if (const char* value = std::getenv(name); value != nullptr) out.push_back(fmt::format("{}={}", name, value));
  }
  return out;
}

std::vector<char*> Pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (std::string& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

Result<pid_t> Spawn(std::vector<std::string> command, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
#ifndef LIKENESS_SANITIZED
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
#endif
  posix_spawn_file_actions_adddup2(&actions, socket, wire::kControlDescriptor);
  posix_spawn_file_actions_addclosefrom_np(&actions, wire::kControlDescriptor + 1);
  // A group of its own: a Ctrl-C at the terminal is for the parent, which ends its workers in order.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> environment = WorkerEnvironment();
  pid_t pid = -1;
  int failed = posix_spawn(&pid, command.front().c_str(), &actions, &attributes, Pointers(command).data(),
                           Pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return FailErrno(fmt::format("cannot start a worker ({})", command.front()), failed);
  return pid;
}

// The file's bytes and the sidecar's where the worker can read and nobody can change them.
Result<int> SealedInput(ByteView file, ByteView sidecar) {
  int descriptor = memfd_create("likeness-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return FailErrno("cannot create shared memory for a file", errno);
  for (ByteView part : {file, sidecar}) {
    for (size_t done = 0; done < part.size();) {
      ssize_t put = write(descriptor, part.data() + done, part.size() - done);
      if (put < 0 && errno == EINTR) continue;
      if (put <= 0) {
        int reason = errno;
        close(descriptor);
        return FailErrno("cannot fill shared memory for a file", reason);
      }
      done += static_cast<size_t>(put);
    }
  }
  fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return descriptor;
}

double CpuSecondsOf(pid_t pid) {
  clockid_t clock;
  timespec used{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

Result<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(const std::vector<std::string>& command,
                                                            const Limits& limits) {
  std::unique_ptr<WorkerProcess> worker(new WorkerProcess);
  worker->limits_ = limits;
  int pair[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
    return FailErrno("cannot create a socket pair", errno);
  worker->socket_ = pair[0];
  worker->output_ = memfd_create("likeness-output", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (worker->output_ < 0 || ftruncate(worker->output_, wire::kOutputBytes) != 0) {
    int reason = errno;
    close(pair[1]);
    return FailErrno("cannot create shared memory for a worker", reason);
  }
  fcntl(worker->output_, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
  Result<pid_t> pid = Spawn(command, pair[1]);
  close(pair[1]);
  if (!pid) return std::unexpected(pid.error());
  worker->pid_ = *pid;
  wire::Hello hello;
  hello.limits = limits;
  // One that is gone already is told of by WaitReady, with how it ended.
  if (!SendWithDescriptors(worker->socket_, &hello, sizeof hello, worker->output_) && errno != EPIPE)
    return FailErrno("cannot greet a worker", errno);
  return worker;
}

WorkerProcess::~WorkerProcess() {
  if (socket_ >= 0) close(socket_);
  if (output_ >= 0) close(output_);
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

Status WorkerProcess::WaitReady() {
  if (is_ready_) return {};
  int got = ReceiveWithin(socket_, &ready_, sizeof ready_, 60'000);
  if (got == 1 && ready_.magic == wire::kMagic) {
    is_ready_ = true;
    return {};
  }
  Answer ended = Ended(got == 0 ? End::kTimedOut : End::kCrashed);
  return Fail(ErrorCode::kInternal, fmt::format("a decoding worker did not start: {}", ended.error.message),
              "run 'likeness doctor'; seccomp must be available");
}

WorkerProcess::Answer WorkerProcess::Run(const Request& request) {
  if (Status ready = WaitReady(); !ready) return {End::kCrashed, {}, ready.error()};
  Result<int> input = SealedInput(request.file, request.sidecar);
  if (!input) return {End::kCrashed, {}, input.error()};
  rlimit cpu{static_cast<rlim_t>(CpuSecondsOf(pid_)) + 1 + limits_.worker_cpu_seconds_max, RLIM_INFINITY};
  prlimit(pid_, RLIMIT_CPU, &cpu, nullptr);
  wire::Job job;
  job.flags = request.flags;
  job.formats = request.formats;
  job.number = ++jobs_;
  job.file_bytes = request.file.size();
  job.sidecar_bytes = request.sidecar.size();
  job.picture_bytes_max = request.picture_bytes_max;
  bool sent = SendWithDescriptors(socket_, &job, sizeof job, *input, request.picture);
  close(*input);
  if (!sent) return Ended(End::kNotStarted);
  wire::Done done;
  int got = ReceiveWithin(socket_, &done, sizeof done, int64_t{limits_.worker_wall_seconds_max} * 1000);
  if (got != 1) return Ended(got == 0 ? End::kTimedOut : End::kCrashed);
  if (done.magic != wire::kMagic || done.number != job.number || done.answer_bytes > wire::kOutputBytes)
    return Ended(End::kCrashed);
  Answer answer{End::kAnswered, Bytes(done.answer_bytes), {}};
  for (size_t at = 0; at < answer.bytes.size();) {
    ssize_t read = pread(output_, answer.bytes.data() + at, answer.bytes.size() - at, static_cast<off_t>(at));
    if (read < 0 && errno == EINTR) continue;
    if (read <= 0) return Ended(End::kCrashed);
    at += static_cast<size_t>(read);
  }
  return answer;
}

WorkerProcess::Answer WorkerProcess::Ended(End end) {
  kill(pid_, SIGKILL);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  if (end == End::kTimedOut)
    return {
        end,
        {},
        Error{ErrorCode::kLimitExceeded, fmt::format("decoding took more than {} s", limits_.worker_wall_seconds_max),
              "raise limits.worker_wall_seconds_max to allow it"}};
  int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  if (signal == SIGXCPU)
    return {End::kTimedOut,
            {},
            Error{ErrorCode::kLimitExceeded,
                  fmt::format("decoding took more than {} s of processor time", limits_.worker_cpu_seconds_max),
                  "raise limits.worker_cpu_seconds_max to allow it"}};
  std::string how = signal == SIGSYS ? "it made the decoder ask for what is forbidden"
                    : signal != 0    ? fmt::format("signal {}", signal)
                                     : fmt::format("exit status {}", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  return {end,
          {},
          Error{ErrorCode::kCorruption, fmt::format("the decoder crashed on it ({})", how),
                "the file is damaged or hostile; nothing of it was kept"}};
}

}  // namespace likeness::sandbox
