// The worker's side: hello, lock in, then one job after the other.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "codec/metadata.h"
#include "sandbox/isolation.h"
#include "sandbox/pool.h"
#include "sandbox/wire.h"

namespace likeness::sandbox {
namespace {

// One message of exactly `size` bytes and at most one descriptor. False at the end or on anything unexpected.
bool Receive(int socket, void* message, size_t size, int* descriptor) {
  iovec part{message, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t got;
  do {
    got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(size)) return false;
  const cmsghdr* extra = CMSG_FIRSTHDR(&header);
  if (extra == nullptr || extra->cmsg_type != SCM_RIGHTS) return false;
  std::memcpy(descriptor, CMSG_DATA(extra), sizeof(int));
  return true;
}

template <typename T>
bool Send(int socket, const T& message) {
  return send(socket, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

// The one catch-all at this border: whatever a library throws becomes that file's error.
Result<Analysis> AnalyzeGuarded(ByteView file, ByteView sidecar, const Limits& limits, const AnalyzeOptions& options) {
  try {
    Result<Analysis> analysis = Analyze(file, limits, options);
    if (analysis.has_value() && !sidecar.empty()) codec::MergeXmp(sidecar, limits, analysis->metadata);
    return analysis;
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimitExceeded, "decoding it needs more memory than a worker may use",
                "raise limits.worker_bytes_max to allow it");
  } catch (const std::exception& problem) {
    return Fail(ErrorCode::kCorruption, std::string("a decoder gave up: ") + problem.what());
  }
}

bool RunJob(const wire::Job& job, int input, const Limits& limits, uint8_t* output, wire::Done& done) {
  void* mapped = nullptr;
  const size_t input_bytes = job.file_bytes + job.sidecar_bytes;
  if (input_bytes > 0) {
    mapped = mmap(nullptr, input_bytes, PROT_READ, MAP_SHARED, input, 0);
    if (mapped == MAP_FAILED) return false;
  }
  AnalyzeOptions options;
  options.formats = codec::FormatSet::FromBits(job.formats);
  options.pixel_hash = job.flags & wire::kPixelHash;
  options.thumbnails = job.flags & wire::kThumbnails;
  options.local = job.flags & wire::kLocal;
  options.metadata = job.flags & wire::kMetadata;
  options.phash_only = job.flags & wire::kPhashOnly;
  options.pixels_only = job.flags & wire::kPixelsOnly;
  options.large_pixels = job.flags & wire::kLargePixels;
  const ByteView given{static_cast<const uint8_t*>(mapped), input_bytes};
  Bytes answer = Serialize(AnalyzeGuarded(given.first(job.file_bytes), given.subspan(job.file_bytes), limits, options));
  if (mapped != nullptr) munmap(mapped, input_bytes);
  if (answer.size() > wire::kOutputBytes)
    answer = Serialize(Fail(ErrorCode::kLimitExceeded, "the answer is larger than a worker may give"));
  std::memcpy(output, answer.data(), answer.size());
  done.number = job.number;
  done.answer_bytes = answer.size();
  return true;
}

}  // namespace

int RunWorker(int socket) {
  wire::Hello hello;
  int output_descriptor = -1;
  if (!Receive(socket, &hello, sizeof hello, &output_descriptor) || hello.magic != wire::kMagic) return 70;
  void* output = mmap(nullptr, wire::kOutputBytes, PROT_READ | PROT_WRITE, MAP_SHARED, output_descriptor, 0);
  if (output == MAP_FAILED) return 71;
  close(output_descriptor);
  // One picture's planes are the next one's: giving them back to the kernel in between costs a page fault for each 4
  // KB.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  Result<IsolationReport> isolation = LockIn(hello.limits);
  if (!isolation) return 72;
  wire::Ready ready;
  if (isolation->seccomp) ready.isolation |= wire::kSeccomp;
  if (isolation->memory_limit) ready.isolation |= wire::kMemoryLimit;
  ready.landlock_abi = isolation->landlock_abi;
  if (!Send(socket, ready)) return 0;
  for (;;) {
    wire::Job job;
    int input = -1;
    if (!Receive(socket, &job, sizeof job, &input)) return 0;  // the parent is gone
    if (job.magic != wire::kMagic) return 70;
    wire::Done done;
    bool ran = RunJob(job, input, hello.limits, static_cast<uint8_t*>(output), done);
    close(input);
    if (!ran) return 73;
    if (!Send(socket, done)) return 0;
  }
}

bool RunWorkerIfAsked(int argc, char** argv, int* exit_status) {
  if (argc != 2 || std::string_view(argv[1]) != kWorkerArgument) return false;
  *exit_status = RunWorker(wire::kControlDescriptor);
  // Static destructors of the libraries have nothing to say here, and some of them would ask for what is locked out.
  _exit(*exit_status);
}

}  // namespace likeness::sandbox
