// The worker's side: hello, lock in, then one job after the other.
#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include "codec/metadata.h"
#include "codec/strip.h"
#include "sandbox/isolation.h"
#include "sandbox/pool.h"
#include "sandbox/wire.h"

namespace likeness::sandbox {
namespace {

// One message of exactly `size` bytes with one descriptor or two; -1 stands for a second that did not come. False at
// the end or on anything unexpected.
bool Receive(int socket, void* message, size_t size, int (&descriptors)[2]) {
  iovec part{message, size};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
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
  const size_t got_bytes = extra->cmsg_len - CMSG_LEN(0);
  descriptors[1] = -1;
  std::memcpy(descriptors, CMSG_DATA(extra), std::min(got_bytes, sizeof descriptors));
  return true;
}

template <typename T>
bool Send(int socket, const T& message) {
  return send(socket, &message, sizeof message, MSG_NOSIGNAL) == static_cast<ssize_t>(sizeof message);
}

// The one catch-all at this border: whatever a library throws becomes that file's error.
template <typename Work>
Result<Analysis> Guarded(Work work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return Fail(ErrorCode::kLimitExceeded, "decoding it needs more memory than a worker may use",
                "raise limits.worker_bytes_max to allow it");
  } catch (const std::exception& problem) {
    return Fail(ErrorCode::kCorruption, std::string("a decoder gave up: ") + problem.what());
  }
}

// The pixels of a decoded picture into memory that the parent gave, a window at a time: all of it twice could be more
// than a worker may map.
Status PutPicture(const image::Bitmap& bitmap, int descriptor, uint64_t bytes_max) {
  constexpr size_t kWindowBytes = 32 << 20;
  const size_t total = bitmap.pixels.size();
  if (total > bytes_max) return Fail(ErrorCode::kInternal, "there is too little room for the pixels");
  for (size_t at = 0; at < total; at += kWindowBytes) {
    const size_t size = std::min(kWindowBytes, total - at);
    void* window =
        mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, static_cast<off_t>(at));
    if (window == MAP_FAILED) return FailErrno("cannot map the room for the pixels", errno);
    std::memcpy(window, bitmap.pixels.data() + at, size);
    munmap(window, size);
  }
  return {};
}

Result<Analysis> DecodePicture(ByteView file, const Limits& limits, const wire::Job& job, int descriptor) {
  codec::DecodeOptions decode;
  decode.limits = limits;
  decode.formats = codec::FormatSet::FromBits(job.formats);
  decode.want_metadata = false;
  decode.rgba = true;
  void* room = nullptr;
  size_t room_bytes = 0;
  decode.room = [&](image::Size size) -> uint8_t* {
    const size_t bytes = size_t(size.width) * size_t(size.height) * 4;
    if (room != nullptr || bytes > job.picture_bytes_max) return nullptr;
    void* mapped = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, descriptor, 0);
    if (mapped == MAP_FAILED) return nullptr;
    room = mapped;
    room_bytes = bytes;
    return static_cast<uint8_t*>(mapped);
  };
  Result<codec::Decoded> result = codec::Decode(file, decode);
  if (room != nullptr) munmap(room, room_bytes);
  if (!result) return std::unexpected(result.error());
  codec::Decoded decoded = std::move(*result);
  if (!decoded.in_room) LK_TRY(PutPicture(decoded.bitmap, descriptor, job.picture_bytes_max));
  Analysis out;
  out.info = std::move(decoded.info);
  out.features.width = out.info.width;
  out.features.height = out.info.height;
  return out;
}

Result<Analysis> StripFile(ByteView file, const Limits& limits, const wire::Job& job) {
  codec::DecodeOptions header;
  header.limits = limits;
  header.formats = codec::FormatSet::FromBits(job.formats);
  Analysis out;
  LK_ASSIGN(out.info, codec::ReadHeader(file, header));
  out.features.width = out.info.width;
  out.features.height = out.info.height;
  LK_ASSIGN(out.stripped, codec::StripMetadata(file, limits));
  return out;
}

bool RunJob(const wire::Job& job, int input, int picture, const Limits& limits, uint8_t* output, wire::Done& done) {
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
  const ByteView given{static_cast<const uint8_t*>(mapped), input_bytes};
  const ByteView file = given.first(job.file_bytes), sidecar = given.subspan(job.file_bytes);
  Bytes answer = Serialize(Guarded([&]() -> Result<Analysis> {
    if (job.flags & wire::kPicture) return DecodePicture(file, limits, job, picture);
    if (job.flags & wire::kStripped) return StripFile(file, limits, job);
    LK_ASSIGN(Analysis analysis, Analyze(file, limits, options));
    if (!sidecar.empty()) codec::MergeXmp(sidecar, limits, analysis.metadata);
    return analysis;
  }));
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
  int descriptors[2] = {-1, -1};
  if (!Receive(socket, &hello, sizeof hello, descriptors) || hello.magic != wire::kMagic) return 70;
  void* output = mmap(nullptr, wire::kOutputBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptors[0], 0);
  if (output == MAP_FAILED) return 71;
  close(descriptors[0]);
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
    if (!Receive(socket, &job, sizeof job, descriptors)) return 0;  // the parent is gone
    if (job.magic != wire::kMagic) return 70;
    wire::Done done;
    bool ran = RunJob(job, descriptors[0], descriptors[1], hello.limits, static_cast<uint8_t*>(output), done);
    close(descriptors[0]);
    if (descriptors[1] >= 0) close(descriptors[1]);
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
