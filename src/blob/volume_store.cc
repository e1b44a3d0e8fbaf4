#include "blob/volume_store.h"

#include <fmt/format.h>

#include <chrono>
#include <tuple>

#include "blob/volume_store_impl.h"

namespace likeness::blob {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kVerifyPartBytes = 256 << 10;

}  // namespace

bool Covers(const ScannedRecord& tombstone, const ScannedRecord& record) {
  if (!tombstone.tombstone || record.tombstone || record.info.id != tombstone.info.id) return false;
  const Tombstone& stone = *tombstone.tombstone;
  return (stone.kind == 0 || stone.kind == record.info.kind) &&
         std::tie(record.location.volume, record.location.offset) < std::tie(stone.before_volume, stone.before_offset);
}

int64_t VolumeStore::Impl::NowMs() const {
  if (options.now_ms) return options.now_ms();
  auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::vector<std::shared_ptr<Volume>> VolumeStore::Impl::Snapshot() const {
  std::shared_lock lock(volumes_mutex);
  std::vector<std::shared_ptr<Volume>> out;
  for (const auto& [number, volume] : volumes) out.push_back(volume);
  return out;
}

Result<std::shared_ptr<Volume>> VolumeStore::Impl::FindVolume(uint32_t number) const {
  std::shared_lock lock(volumes_mutex);
  auto it = volumes.find(number);
  if (it == volumes.end())
    return Fail(ErrorCode::kNotFound, fmt::format("{} has no volume {}", options.folder.string(), number));
  return it->second;
}

Result<RecordHeader> VolumeStore::Impl::FindRecord(const Volume& volume, const Location& location, uint64_t id) const {
  LK_ASSIGN(RecordHeader header, ReadRecordHeader(volume, location.offset));
  auto where = [&] { return fmt::format("{} at {}", volume.path.string(), location.offset); };
  if (header.version != kFormatVersion)
    return Fail(ErrorCode::kUnsupported, fmt::format("{}: record version {}", where(), header.version),
                "open it with a newer build");
  if (header.flags != 0) return Fail(ErrorCode::kNotFound, fmt::format("{}: not a record with content", where()));
  if (header.id != id || header.payload_bytes != location.length)
    return Fail(ErrorCode::kCorruption, fmt::format("{}: holds id {} with {} bytes, id {} with {} bytes was wanted",
                                                    where(), header.id, header.payload_bytes, id, location.length));
  return header;
}

Status VolumeStore::Impl::CheckWritable() const {
  if (options.read_only)
    return Fail(ErrorCode::kFailedPrecondition, fmt::format("{} is open for reading only", options.folder.string()));
  if (failed.load(std::memory_order_acquire)) {
    std::lock_guard lock(failure_mutex);
    return Fail(ErrorCode::kUnavailable, fmt::format("nothing can be stored since a sync failed: {}", failure),
                "check the disk, then restart");
  }
  return {};
}

std::unexpected<Error> VolumeStore::Impl::GiveUp(const Error& error) {
  {
    std::lock_guard lock(failure_mutex);
    if (!failed.load()) failure = error.message;
    failed.store(true, std::memory_order_release);
  }
  return Fail(ErrorCode::kUnavailable, error.message, "nothing can be stored any more: check the disk, then restart");
}

std::unexpected<Error> VolumeStore::Impl::PublishFailed(const Error& error) {
  return error.code == ErrorCode::kUnavailable ? std::unexpected(error) : GiveUp(error);
}

VolumeStore::VolumeStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VolumeStore::~VolumeStore() = default;

Result<std::unique_ptr<VolumeStore>> VolumeStore::Open(Options options) {
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  const fs::path& folder = impl->options.folder;
  bool read_only = impl->options.read_only;
  if (!read_only && !fs::exists(folder)) {
    LK_TRY(MakeDirectories(folder));
    LK_TRY(SyncDirectory(fs::absolute(folder).lexically_normal().parent_path()));
  }
  if (!read_only) LK_TRY(RemoveTemporaries(folder));
  LK_ASSIGN(std::vector<uint32_t> numbers, ListVolumes(folder));
  for (uint32_t number : numbers) {
    bool last = number == numbers.back();
    LK_ASSIGN(impl->volumes[number], OpenVolume(folder, number, last && !read_only));
    if (last && !read_only && !impl->volumes[number]->sealed && impl->volumes[number]->salt)
      impl->active = impl->volumes[number];
  }
  impl->number_last = numbers.empty() ? 0 : numbers.back();
  impl->opened_volume = impl->number_last;
  if (!numbers.empty()) impl->opened_end = impl->volumes[numbers.back()]->end;
  return std::unique_ptr<VolumeStore>(new VolumeStore(std::move(impl)));
}

bool VolumeStore::writable() const {
  return impl_->CheckWritable().has_value();
}

// --- append
// -----------------------------------------------------------------------------------------------------------

// Writes at the end of the active volume, or leaves it as it was.
Status VolumeStore::Impl::WriteAtEndLocked(const RecordHeader& header, ByteView payload) {
  uint64_t old_end = active->end.load(std::memory_order_relaxed);
  Status written = WriteRecord(&active->file, header, payload);
  if (!written.has_value()) {
    Status undone = active->file.Truncate(old_end);
    if (!undone.has_value()) return GiveUp(undone.error().Within(written.error().message));
    return written;
  }
  active->end.store(header.offset + AlignUp(kRecordHeaderBytes + header.label.size() + payload.size()),
                    std::memory_order_release);
  return {};
}

Status VolumeStore::Impl::SealActiveLocked() {
  RecordHeader seal = SealHeader(*active, NowMs());
  LK_TRY(WriteAtEndLocked(seal, {}));
  active->sealed = true;
  std::shared_ptr<Volume> volume = std::move(active);
  active = nullptr;
  if (Status synced_now = volume->file.Sync(); !synced_now.has_value()) return GiveUp(synced_now.error());
  return {};
}

Status VolumeStore::Impl::BeginVolumeLocked() {
  LK_ASSIGN(auto volume, CreateVolume(options.folder, number_last + 1, NowMs()));
  if (Status published = PublishVolume(volume.get(), options.folder); !published.has_value())
    return PublishFailed(published.error());
  number_last = volume->number;
  active = volume;
  std::unique_lock lock(volumes_mutex);
  volumes[volume->number] = volume;
  return {};
}

Result<Location> VolumeStore::Impl::AppendLocked(RecordHeader header, ByteView payload) {
  LK_TRY(CheckWritable());
  uint64_t record_bytes = AlignUp(kRecordHeaderBytes + header.label.size() + payload.size());
  if (active && active->records > 0 &&
      AlignUp(active->end) + record_bytes + kRecordHeaderBytes > options.volume_bytes_max)
    LK_TRY(SealActiveLocked());
  if (!active) LK_TRY(BeginVolumeLocked());
  header.volume = active->number;
  header.offset = AlignUp(active->end);
  header.salt = *active->salt;
  Bytes tombstone;
  if (header.is_tombstone()) {
    tombstone = EncodeTombstone({.volume = header.volume, .kind = header.kind, .offset = header.offset});
    header.kind = 0;
    payload = tombstone;
  }
  header.payload_bytes = payload.size();
  header.payload_crc = Crc32c(payload);
  LK_TRY(WriteAtEndLocked(header, payload));
  active->records.fetch_add(1);
  ++appended;
  return Location{header.volume, header.offset, header.payload_bytes};
}

Result<Location> VolumeStore::Append(const RecordInfo& info, ByteView payload) {
  if (info.kind == 0) return Fail(ErrorCode::kInvalidArgument, "a record's kind must not be 0");
  if (info.label.size() > kLabelBytesMax)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a label of {} bytes, at most {} are possible", info.label.size(), kLabelBytesMax));
  RecordHeader header;
  header.kind = info.kind;
  header.id = info.id;
  header.written_at_ms = info.written_at_ms;
  header.sha256 = info.sha256;
  header.label = info.label;
  std::lock_guard lock(impl_->append_mutex);
  return impl_->AppendLocked(std::move(header), payload);
}

Status VolumeStore::AppendTombstone(uint64_t id, uint16_t kind) {
  RecordHeader header;
  header.flags = kFlagTombstone;
  header.kind = kind;
  header.id = id;
  header.written_at_ms = impl_->NowMs();
  std::lock_guard lock(impl_->append_mutex);
  LK_TRY(impl_->AppendLocked(std::move(header), {}));
  return {};
}

// One caller syncs for all who wait: what was appended until it looked is covered by its sync. Volumes before the
// active one were synced when they were sealed.
Status VolumeStore::Sync() {
  uint64_t wanted = 0;
  {
    std::lock_guard lock(impl_->append_mutex);
    LK_TRY(impl_->CheckWritable());
    wanted = impl_->appended;
  }
  std::unique_lock lock(impl_->sync_mutex);
  impl_->sync_done.wait(lock, [&] { return !impl_->syncing || impl_->synced >= wanted || impl_->failed; });
  LK_TRY(impl_->CheckWritable());
  if (impl_->synced >= wanted) return {};
  impl_->syncing = true;
  lock.unlock();
  std::shared_ptr<Volume> volume;
  uint64_t covered = 0;
  {
    std::lock_guard append_lock(impl_->append_mutex);
    volume = impl_->active;
    covered = impl_->appended;
  }
  Status status;
  if (volume) status = volume->file.Sync();
  if (!status.has_value()) status = impl_->GiveUp(status.error());
  // A seal may have failed to sync between the append and now.
  if (status.has_value()) status = impl_->CheckWritable();
  lock.lock();
  impl_->syncing = false;
  if (status.has_value()) impl_->synced = covered;
  impl_->sync_done.notify_all();
  return status;
}

// --- read
// -------------------------------------------------------------------------------------------------------------

Result<Bytes> VolumeStore::Read(const Location& location, uint64_t id) const {
  LK_ASSIGN(auto volume, impl_->FindVolume(location.volume));
  LK_ASSIGN(RecordHeader header, impl_->FindRecord(*volume, location, id));
  Bytes payload(header.payload_bytes);
  LK_TRY(volume->file.Pread(header.offset + header.header_bytes, payload));
  if (Crc32c(payload) != header.payload_crc)
    return Fail(ErrorCode::kCorruption,
                fmt::format("{} at {}: the payload's checksum is wrong", volume->path.string(), location.offset));
  return payload;
}

Result<VolumeStore::Extent> VolumeStore::Find(const Location& location, uint64_t id, bool verify_payload) const {
  LK_ASSIGN(auto volume, impl_->FindVolume(location.volume));
  LK_ASSIGN(RecordHeader header, impl_->FindRecord(*volume, location, id));
  if (verify_payload) {
    Bytes part(std::min<uint64_t>(header.payload_bytes, kVerifyPartBytes));
    uint32_t crc = 0;
    for (uint64_t done = 0; done < header.payload_bytes; done += part.size()) {
      part.resize(std::min<uint64_t>(part.size(), header.payload_bytes - done));
      LK_TRY(volume->file.Pread(header.offset + header.header_bytes + done, part));
      crc = Crc32c(part, crc);
    }
    if (crc != header.payload_crc)
      return Fail(ErrorCode::kCorruption,
                  fmt::format("{} at {}: the payload's checksum is wrong", volume->path.string(), location.offset));
  }
  return Extent{volume->file.descriptor(), header.offset + header.header_bytes, header.payload_bytes, volume};
}

Location VolumeStore::End() const {
  std::vector<std::shared_ptr<Volume>> volumes = impl_->Snapshot();
  if (volumes.empty()) return {};
  return {volumes.back()->number, AlignUp(volumes.back()->end.load(std::memory_order_acquire)), 0};
}

VolumeStore::Stats VolumeStore::stats() const {
  Stats out;
  for (const auto& volume : impl_->Snapshot()) {
    ++out.volumes;
    out.bytes += volume->end;
    out.records += volume->records;
  }
  return out;
}

}  // namespace likeness::blob
