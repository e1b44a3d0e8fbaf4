#include "catalog/catalog.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/files.h"
#include "base/log.h"
#include "catalog/catalog_impl.h"
#include "catalog/schema.h"

namespace likeness::catalog {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kReservedIds = 256;       // a block: the most that a crash leaves unused
constexpr int kCheckpointFrames = 1000;      // 4 MB of log
constexpr int64_t kLogBytesKept = 64 << 20;  // a longer log file is cut after a checkpoint

}  // namespace

Catalog::Catalog(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Catalog::~Catalog() = default;

Catalog::Impl::~Impl() {
  readers.clear();
  if (!writer || failed || next_id == 0) return;
  // Ids that were reserved and not handed out are given back. What fails here has no effect but a gap or a longer log.
  uint64_t last = next_id.load() - 1;
  (void)WriteLocked([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("UPDATE counters SET value = ? WHERE name = 'reserved_image_id' AND value <> ?"));
    return query.Bind(last).Bind(last).Run();
  });
  if (!failed && CheckpointLocked(true).has_value()) writer->RemoveLogOnClose();
}

Result<std::unique_ptr<Catalog>> Catalog::Open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  const fs::path& path = impl->options.path;
  auto reading = Connection::Mode::kRead;
  if (impl->options.read_only) {
    if (!fs::exists(path)) return Fail(ErrorCode::kNotFound, fmt::format("there is no {}", path.string()));
    // Without a log the file is closed and complete: then not even the shared memory file is made.
    fs::path log = path;
    log += "-wal";
    if (!fs::exists(log)) reading = Connection::Mode::kImmutable;
  } else {
    LK_ASSIGN(impl->writer, Connection::Open(path, Connection::Mode::kWrite));
    Status ready = CheckIdentity(*impl->writer, Migrations());
    if (ready.has_value()) {
      ready = impl->writer->Execute(
          fmt::format("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = {}", kLogBytesKept));
    }
    if (ready.has_value()) ready = Migrate(*impl->writer, Migrations());
    if (!ready.has_value()) {
      impl->failed = true;
      return std::unexpected(ready.error().Within(path.string()));
    }
    LK_TRY(SyncDirectory(fs::absolute(path).parent_path()));
    LK_TRY(impl->LoadNextId());
  }
  for (size_t i = 0; i < std::max<size_t>(impl->options.readers, 1); ++i) {
    LK_ASSIGN(auto reader, Connection::Open(path, reading));
    impl->readers.push_back(std::move(reader));
  }
  if (impl->options.read_only) {
    LK_TRY(CheckIdentity(*impl->readers[0], Migrations()));
    LK_ASSIGN(int64_t version, impl->readers[0]->ReadInteger("PRAGMA user_version"));
    if (version != static_cast<int64_t>(Migrations().size()))
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("{} has schema {}, this build needs {}", path.string(), version, Migrations().size()),
                  "start the server or any command that writes once: it migrates");
  }
  return std::unique_ptr<Catalog>(new Catalog(std::move(impl)));
}

std::string Catalog::EngineVersion() {
  return fmt::format("SQLite {}", sqlite3_libversion());
}

Albums& Catalog::albums() const {
  return *impl_->albums;
}

Accounts& Catalog::accounts() const {
  return impl_->accounts;
}

bool Catalog::writable() const {
  return impl_->CheckWritable().has_value();
}

int64_t Catalog::Impl::NowMs() const {
  if (options.now_ms) return options.now_ms();
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// --- transactions
// -----------------------------------------------------------------------------------------------------

Status Catalog::Impl::CheckWritable() const {
  if (!writer)
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("{} is open for reading only", options.path.string()));
  if (failed.load(std::memory_order_acquire))
    return Fail(ErrorCode::kUnavailable, fmt::format("{} takes no changes since: {}", options.path.string(), failure),
                "check the disk, then restart");
  return {};
}

Status Catalog::Impl::Write(const std::function<Status(Connection&)>& body) {
  std::lock_guard lock(writer_mutex);
  return WriteLocked(body);
}

Status Catalog::Impl::WriteLocked(const std::function<Status(Connection&)>& body) {
  LK_TRY(CheckWritable());
  Status status = writer->Execute("BEGIN IMMEDIATE");
  if (status.has_value()) status = body(*writer);
  if (status.has_value()) status = writer->Execute("COMMIT");
  if (!status.has_value()) {
    if (writer->in_transaction()) (void)writer->Execute("ROLLBACK");
    // After a failed write or sync nobody knows what is on the disk, and a second try may succeed without cause.
    if (status.error().code == ErrorCode::kIo) {
      failure = status.error().message;
      failed.store(true, std::memory_order_release);
      return Fail(ErrorCode::kUnavailable, failure,
                  "the catalog takes no changes any more: check the disk, then restart");
    }
    return status;
  }
  // The commit is durable whatever becomes of this.
  if (writer->wal_frames() >= kCheckpointFrames) {
    if (Status done = CheckpointLocked(false); !done.has_value())
      Log(LogLevel::kWarning, "catalog.checkpoint", {{"error", done.error().message}});
  }
  return {};
}

Status Catalog::Impl::CheckpointLocked(bool truncate) {
  Status status = writer->Checkpoint(truncate);
  if (!status.has_value() && status.error().code == ErrorCode::kIo) {
    failure = status.error().message;
    failed.store(true, std::memory_order_release);
  }
  return status;
}

Status Catalog::Checkpoint() {
  std::lock_guard lock(impl_->writer_mutex);
  LK_TRY(impl_->CheckWritable());
  return impl_->CheckpointLocked(true);
}

Status Catalog::Impl::Read(const std::function<Status(Connection&)>& body) const {
  std::unique_ptr<Connection> reader;
  {
    std::unique_lock lock(readers_mutex);
    reader_free.wait(lock, [&] { return !readers.empty(); });
    reader = std::move(readers.back());
    readers.pop_back();
  }
  Status status = reader->Execute("BEGIN");
  if (status.has_value()) status = body(*reader);
  if (reader->in_transaction()) (void)reader->Execute("ROLLBACK");
  {
    std::lock_guard lock(readers_mutex);
    readers.push_back(std::move(reader));
  }
  reader_free.notify_one();
  return status;
}

// --- ids
// --------------------------------------------------------------------------------------------------------------

Status Catalog::Impl::LoadNextId() {
  LK_ASSIGN(int64_t used, writer->ReadInteger("SELECT ifnull(max(id), 0) FROM images"));
  LK_ASSIGN(int64_t reserved, writer->ReadInteger("SELECT value FROM counters WHERE name = 'reserved_image_id'"));
  next_id = static_cast<uint64_t>(std::max(used, reserved)) + 1;
  reserved_until = static_cast<uint64_t>(reserved);
  return {};
}

Status Catalog::Impl::ReserveUpTo(uint64_t id) {
  if (id <= reserved_until.load()) return {};
  Status done = WriteLocked([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("UPDATE counters SET value = ? WHERE name = 'reserved_image_id'"));
    return query.Bind(id).Run();
  });
  if (!done.has_value()) return std::unexpected(done.error());
  reserved_until = id;
  return {};
}

ImageId Catalog::ReserveId() {
  if (!impl_->writer || impl_->failed) return {};
  uint64_t id = impl_->next_id.fetch_add(1);
  if (id > impl_->reserved_until.load()) {
    std::lock_guard lock(impl_->writer_mutex);
    if (id > impl_->reserved_until.load() && !impl_->ReserveUpTo(id + kReservedIds - 1).has_value()) return {};
  }
  return ImageId{id};
}

void Catalog::SkipIds(ImageId id) {
  uint64_t next = impl_->next_id.load();
  while (next <= id.value && !impl_->next_id.compare_exchange_weak(next, id.value + 1)) {
  }
}

}  // namespace likeness::catalog
