// Compaction: the live records of volumes that are mostly dead go into a new volume. Order of events, so that a crash
// at any moment loses nothing: copy and verify, sync, rename, sync the folder, tell the caller and let it commit,
// unlink.
//
// A record that is appended before its row is committed is not live yet and must neither be dropped nor moved: so a
// volume is left alone while it holds a record that was appended since the store was opened, that is not live, and that
// no tombstone deletes. What an import that failed left behind is dropped after the next opening.
//
// Numbers: the output takes the number after the volume being written, which is sealed; a fresh volume with the next
// number takes the appends from then on. So everything appended while compaction runs, tombstones above all, stands
// after the copies, and the highest number is never dropped (numbers are not used twice).
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <unordered_map>

#include "blob/volume_store_impl.h"

namespace likeness::blob {
namespace {

struct Candidate {
  std::shared_ptr<Volume> volume;
  std::vector<uint64_t> keep;  // offsets of records to copy, ascending
  uint64_t keep_bytes = 0;
};

struct Survey {
  struct Part {
    Candidate candidate;
    std::vector<ScannedRecord> tombstones;
    std::vector<ScannedRecord> undecided;  // perhaps on its way into the catalog
    uint64_t bytes = 0;
    bool sealed = false;  // before the look: one that was sealed since then holds records that were not looked at
    std::vector<Damage> damage;
  };
  std::vector<Part> parts;
  std::unordered_map<uint64_t, std::vector<ScannedRecord>> dead;  // by id; label left out
};

Survey SurveyVolumes(const std::vector<std::shared_ptr<Volume>>& volumes,
                     const std::function<bool(const ScannedRecord&)>& is_live,
                     const std::function<bool(const Location&)>& is_fresh) {
  Survey survey;
  std::unordered_map<uint64_t, std::vector<ScannedRecord>> tombstones;
  for (size_t i = 0; i < volumes.size(); ++i) {
    Survey::Part part;
    part.candidate.volume = volumes[i];
    part.sealed = volumes[i]->sealed;
    part.bytes = volumes[i]->end;
    auto visit = [&](const ScannedRecord& record) {
      if (record.tombstone) {
        part.tombstones.push_back(record);
        tombstones[record.info.id].push_back(record);
      } else if (record.info.kind != 0 && is_live(record)) {
        part.candidate.keep.push_back(record.location.offset);
        part.candidate.keep_bytes += AlignUp(kRecordHeaderBytes + record.info.label.size() + record.location.length);
      } else {
        ScannedRecord bare = record;
        bare.info.label.clear();
        if (is_fresh(record.location)) part.undecided.push_back(bare);
        survey.dead[record.info.id].push_back(std::move(bare));
      }
    };
    ScanVolume(*volumes[i], false, i + 1 < volumes.size(), visit, &part.damage);
    survey.parts.push_back(std::move(part));
  }
  for (Survey::Part& part : survey.parts) {
    std::erase_if(part.undecided, [&](const ScannedRecord& record) {
      const std::vector<ScannedRecord>& stones = tombstones[record.info.id];
      return std::any_of(stones.begin(), stones.end(),
                         [&](const ScannedRecord& stone) { return Covers(stone, record); });
    });
  }
  // A tombstone is needed while a record that it deletes lies in another volume: without it a catalog made anew from
  // the volumes would bring that record back.
  for (Survey::Part& part : survey.parts) {
    for (const ScannedRecord& tombstone : part.tombstones) {
      auto it = survey.dead.find(tombstone.info.id);
      if (it == survey.dead.end()) continue;
      bool needed = std::any_of(it->second.begin(), it->second.end(), [&](const ScannedRecord& record) {
        return record.location.volume != tombstone.location.volume && Covers(tombstone, record);
      });
      if (!needed) continue;
      part.candidate.keep.push_back(tombstone.location.offset);
      part.candidate.keep_bytes += kRecordHeaderBytes + kTombstonePayloadBytes;
    }
    std::sort(part.candidate.keep.begin(), part.candidate.keep.end());
  }
  return survey;
}

// Appends the candidate's records to the output. On failure the output is as before.
Status CopyRecords(const Candidate& candidate, Volume* output, std::vector<VolumeStore::Move>* moves) {
  uint64_t end_before = output->end, records_before = output->records;
  size_t moves_before = moves->size();
  auto undo = [&](Error error) -> Status {
    moves->resize(moves_before);
    output->end = end_before;
    output->records = records_before;
    LK_TRY(output->file.Truncate(end_before));
    return std::unexpected(std::move(error));
  };
  for (uint64_t offset : candidate.keep) {
    auto header = ReadRecordHeader(*candidate.volume, offset);
    if (!header.has_value()) return undo(header.error());
    Bytes payload(header->payload_bytes);
    Status read = candidate.volume->file.Pread(offset + header->header_bytes, payload);
    if (!read.has_value()) return undo(read.error());
    if (Crc32c(payload) != header->payload_crc)
      return undo({ErrorCode::kCorruption,
                   fmt::format("{} at {}: the payload's checksum is wrong", candidate.volume->path.string(), offset),
                   {}});
    Location from{candidate.volume->number, offset, header->payload_bytes};
    header->volume = output->number;
    header->offset = output->end;
    header->salt = *output->salt;
    if (Status written = WriteRecord(&output->file, *header, payload); !written.has_value())
      return undo(written.error());
    Location to{output->number, header->offset, header->payload_bytes};
    output->end += header->record_bytes();
    output->records += 1;
    if (!header->is_tombstone()) moves->push_back({header->id, header->kind, from, to});
  }
  return {};
}

Status DropVolume(const std::filesystem::path& folder, const Volume& volume) {
  if (::unlink(volume.path.c_str()) != 0 && errno != ENOENT)
    return FailErrno(fmt::format("cannot remove {}", volume.path.string()), errno);
  return SyncDirectory(folder);
}

Status SealOutput(Volume* output, int64_t now_ms) {
  RecordHeader seal = SealHeader(*output, now_ms);
  LK_TRY(WriteRecord(&output->file, seal, {}));
  output->end += kRecordHeaderBytes;
  output->sealed = true;
  return {};
}

}  // namespace

// One call of Compact.
struct VolumeStore::Impl::Compaction {
  Impl& store;
  const double live_share_min;
  const std::function<bool(const ScannedRecord&)>& is_live;
  const std::function<Status(const std::vector<Move>&)>& moved;
  std::string damaged;  // volumes that are left as they are, and why

  Status Run() {
    LK_ASSIGN(std::vector<Candidate> candidates, Choose());
    for (size_t next = 0; next < candidates.size();) LK_TRY(RewriteBatch(candidates, &next));
    if (!damaged.empty())
      return Fail(ErrorCode::kCorruption, fmt::format("not compacted: {}", damaged), "run likeness fsck");
    return {};
  }

  Survey LookAround() const {
    return SurveyVolumes(store.Snapshot(), is_live, [&](const Location& place) {
      return !store.outputs.contains(place.volume) &&
             std::pair(place.volume, place.offset) >= std::pair(store.opened_volume, store.opened_end);
    });
  }

  bool MostlyDead(const Survey::Part& part) const {
    if (!part.undecided.empty()) return false;
    const uint64_t frame_bytes = kFileHeaderBytes + kRecordHeaderBytes;
    if (part.bytes <= frame_bytes) return part.sealed;
    return static_cast<double>(part.candidate.keep_bytes) <
           live_share_min * static_cast<double>(part.bytes - frame_bytes);
  }

  Result<std::vector<Candidate>> Choose() {
    Survey survey = LookAround();
    std::shared_ptr<Volume> unsealed;
    for (const Survey::Part& part : survey.parts)
      if (!part.sealed && MostlyDead(part)) unsealed = part.candidate.volume;
    if (unsealed) {
      {
        std::lock_guard lock(store.append_mutex);
        if (store.active == unsealed) LK_TRY(store.SealActiveLocked());
      }
      survey = LookAround();
    }
    std::vector<Candidate> candidates;
    for (Survey::Part& part : survey.parts) {
      Candidate& candidate = part.candidate;
      if (!MostlyDead(part)) continue;
      if (!part.damage.empty()) {
        damaged +=
            fmt::format("{} at {}: {}; ", candidate.volume->path.string(), part.damage[0].offset, part.damage[0].what);
      } else if (part.sealed) {
        candidates.push_back(std::move(candidate));
      }
    }
    return candidates;
  }

  // Reserves the output's number between the volumes so far and those to come.
  Result<std::shared_ptr<Volume>> BeginOutput() {
    std::lock_guard lock(store.append_mutex);
    LK_TRY(store.CheckWritable());
    if (store.active) LK_TRY(store.SealActiveLocked());
    LK_ASSIGN(auto output, CreateVolume(store.options.folder, store.number_last + 1, store.NowMs()));
    store.number_last += 1;
    store.outputs.insert(output->number);
    if (Status begun = store.BeginVolumeLocked(); !begun.has_value()) {
      RemoveTemporary(store.options.folder, output->number);
      return std::unexpected(begun.error());
    }
    return output;
  }

  Status RewriteBatch(const std::vector<Candidate>& candidates, size_t* next) {
    LK_ASSIGN(std::shared_ptr<Volume> output, BeginOutput());
    std::vector<Move> moves;
    std::vector<std::shared_ptr<Volume>> drop;
    auto give_back = [&](const Error& error) -> Status {
      RemoveTemporary(store.options.folder, output->number);
      return std::unexpected(error);
    };
    for (; *next < candidates.size(); ++*next) {
      const Candidate& candidate = candidates[*next];
      uint64_t after = output->end + candidate.keep_bytes + kRecordHeaderBytes;
      if (!drop.empty() && after > store.options.volume_bytes_max) break;
      Status copied = CopyRecords(candidate, output.get(), &moves);
      if (copied.has_value()) {
        drop.push_back(candidate.volume);
      } else if (copied.error().code == ErrorCode::kCorruption) {
        damaged += copied.error().message + "; ";
      } else {
        return give_back(copied.error());
      }
    }
    if (output->records > 0) {
      if (Status sealed = SealOutput(output.get(), store.NowMs()); !sealed.has_value())
        return give_back(sealed.error());
      if (Status published = PublishVolume(output.get(), store.options.folder); !published.has_value())
        return store.PublishFailed(published.error());
      std::unique_lock lock(store.volumes_mutex);
      store.volumes[output->number] = output;
    } else {
      RemoveTemporary(store.options.folder, output->number);
    }
    if (!moves.empty()) LK_TRY(moved(moves));
    for (const auto& volume : drop) {
      LK_TRY(DropVolume(store.options.folder, *volume));
      std::unique_lock lock(store.volumes_mutex);
      store.volumes.erase(volume->number);
    }
    return {};
  }
};

Status VolumeStore::Compact(double live_share_min, const std::function<bool(const ScannedRecord&)>& is_live,
                            const std::function<Status(const std::vector<Move>&)>& moved) {
  std::lock_guard lock(impl_->compact_mutex);
  LK_TRY(impl_->CheckWritable());
  return Impl::Compaction{*impl_, live_share_min, is_live, moved, {}}.Run();
}

}  // namespace likeness::blob
