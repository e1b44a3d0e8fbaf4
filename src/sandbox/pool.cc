#include "sandbox/pool.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "sandbox/worker_process.h"

namespace likeness::sandbox {

struct Pool::Impl {
  Options options;
  std::mutex mutex;
  std::condition_variable worker_free;
  std::vector<std::unique_ptr<WorkerProcess>> idle;
  size_t busy = 0;
  Stats stats;
  std::vector<std::string> isolation;

  // An idle worker, waiting for one if need be; an empty pointer stands for one that has to be started.
  std::unique_ptr<WorkerProcess> Borrow() {
    std::unique_lock lock(mutex);
    worker_free.wait(lock, [this] { return !idle.empty(); });
    std::unique_ptr<WorkerProcess> worker = std::move(idle.back());
    idle.pop_back();
    ++busy;
    return worker;
  }

  void GiveBack(std::unique_ptr<WorkerProcess> worker) {
    {
      std::lock_guard lock(mutex);
      // To the end of the queue: a replacement that is still starting is taken only when the others are busy.
      idle.insert(idle.begin(), std::move(worker));
      --busy;
    }
    worker_free.notify_one();
  }

  std::unique_ptr<WorkerProcess> StartOne() {
    Result<std::unique_ptr<WorkerProcess>> started = WorkerProcess::Start(options.worker_command, options.limits);
    if (started) return std::move(*started);
    Log(LogLevel::kError, "worker_not_started", {{"error", started.error().Text()}});
    return nullptr;
  }

  Result<Analysis> Run(const WorkerProcess::Request& request);

  void Count(uint64_t Stats::*field) {
    std::lock_guard lock(mutex);
    ++(stats.*field);
  }
};

Result<std::unique_ptr<Pool>> Pool::Open(Options options) {
  auto impl = std::make_unique<Impl>();
  if (options.worker_command.empty()) options.worker_command = {"/proc/self/exe", kWorkerArgument};
  if (options.workers == 0) options.workers = std::max(1u, std::thread::hardware_concurrency());
  impl->options = std::move(options);
  for (size_t i = 0; i < impl->options.workers; ++i) {
    LK_ASSIGN(auto worker, WorkerProcess::Start(impl->options.worker_command, impl->options.limits));
    impl->idle.push_back(std::move(worker));
  }
  // The others finish starting while the first one is waited for.
  WorkerProcess& first = *impl->idle.back();
  LK_TRY(first.WaitReady());
  const wire::Ready& ready = first.ready();
  if (ready.isolation & wire::kSeccomp) impl->isolation.push_back("seccomp allowlist");
  if (ready.landlock_abi > 0) impl->isolation.push_back(fmt::format("landlock abi {}", ready.landlock_abi));
  if (ready.isolation & wire::kMemoryLimit)
    impl->isolation.push_back(fmt::format("{} MB memory", impl->options.limits.worker_bytes_max >> 20));
  impl->isolation.push_back(fmt::format("{} s processor, {} s wall clock", impl->options.limits.worker_cpu_seconds_max,
                                        impl->options.limits.worker_wall_seconds_max));
  return std::unique_ptr<Pool>(new Pool(std::move(impl)));
}

Pool::Pool(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Pool::~Pool() = default;

// Lends a worker to one request, and replaces it when it is not to be trusted with the next one.
Result<Analysis> Pool::Impl::Run(const WorkerProcess::Request& request) {
  if (request.file.size() > options.limits.file_bytes_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("it has {} bytes, more than {}", request.file.size(), options.limits.file_bytes_max),
                "raise limits.file_bytes_max to allow it");
  std::unique_ptr<WorkerProcess> worker = Borrow();
  Count(&Stats::jobs);
  if (worker == nullptr) worker = StartOne();
  if (worker == nullptr) {
    GiveBack(nullptr);
    return Fail(ErrorCode::kUnavailable, "no decoding worker could be started", "run 'likeness doctor'");
  }
  WorkerProcess::Answer answer = worker->Run(request);
  if (answer.end == WorkerProcess::End::kNotStarted) {
    // It died between two jobs, of which this file knows nothing.
    Count(&Stats::replaced);
    worker = StartOne();
    if (worker != nullptr) answer = worker->Run(request);
    if (answer.end == WorkerProcess::End::kNotStarted)
      answer.error = {ErrorCode::kUnavailable, "the decoding workers die before they have work",
                      "run 'likeness doctor'"};
  }
  Result<Analysis> result =
      answer.end == WorkerProcess::End::kAnswered ? Deserialize(answer.bytes) : std::unexpected(answer.error);
  if (answer.end == WorkerProcess::End::kCrashed) Count(&Stats::crashed);
  if (answer.end == WorkerProcess::End::kTimedOut) Count(&Stats::timed_out);
  // A worker that saw a bad file, or many files, is not trusted with the next one.
  bool clean = result.has_value() || result.error().code == ErrorCode::kUnsupported;
  if (!clean || worker->jobs() >= options.limits.worker_jobs_max) {
    Count(&Stats::replaced);
    worker = StartOne();
  }
  GiveBack(std::move(worker));
  return result;
}

Result<Analysis> Pool::Analyze(ByteView file, const AnalyzeOptions& options, ByteView sidecar) {
  if (!options.metadata || sidecar.size() > impl_->options.limits.xmp_bytes_max) sidecar = {};
  WorkerProcess::Request request{.file = file, .sidecar = sidecar, .formats = options.formats.bits()};
  if (options.pixel_hash) request.flags |= wire::kPixelHash;
  if (options.thumbnails) request.flags |= wire::kThumbnails;
  if (options.local) request.flags |= wire::kLocal;
  if (options.metadata) request.flags |= wire::kMetadata;
  if (options.phash_only) request.flags |= wire::kPhashOnly;
  return impl_->Run(request);
}

Result<Picture> Pool::Decode(ByteView file, codec::FormatSet formats) {
  WorkerProcess::Request request{.file = file, .flags = wire::kPicture, .formats = formats.bits()};
  // Only what is written takes memory.
  request.picture_bytes_max = 4 * impl_->options.limits.decode_pixels_max;
  request.picture = memfd_create("likeness-picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (request.picture < 0 || ftruncate(request.picture, static_cast<off_t>(request.picture_bytes_max)) != 0 ||
      fcntl(request.picture, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) != 0) {
    const int reason = errno;
    if (request.picture >= 0) close(request.picture);
    return FailErrno("cannot create shared memory for a picture", reason);
  }
  Result<Analysis> answer = impl_->Run(request);
  if (!answer) {
    close(request.picture);
    return std::unexpected(answer.error());
  }
  return Picture::Map(request.picture, std::move(answer->info));
}

Result<Bytes> Pool::Strip(ByteView file, codec::FormatSet formats) {
  LK_ASSIGN(Analysis answer, impl_->Run({.file = file, .flags = wire::kStripped, .formats = formats.bits()}));
  return std::move(answer.stripped);
}

Pool::Stats Pool::stats() const {
  std::lock_guard lock(impl_->mutex);
  Stats out = impl_->stats;
  out.workers = impl_->options.workers;
  out.busy = impl_->busy;
  return out;
}

std::vector<std::string> Pool::Isolation() const {
  return impl_->isolation;
}

}  // namespace likeness::sandbox
