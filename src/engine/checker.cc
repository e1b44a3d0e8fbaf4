#include "engine/checker.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/library_impl.h"

namespace likeness::engine {

StoreKind StoreKindOf(catalog::BlobKind kind) {
  if (kind == catalog::BlobKind::kOriginal) return StoreKind::kOriginals;
  return kind == catalog::BlobKind::kFeatures ? StoreKind::kFeatures : StoreKind::kThumbnails;
}

std::string_view Name(StoreKind kind) {
  constexpr std::string_view kNames[] = {"blobs", "derived/features", "derived/thumbs"};
  return kNames[static_cast<int>(kind)];
}

size_t Checker::AddProblem(std::string kind, std::string what, ImageId image) {
  std::lock_guard guard(mutex_);
  findings_.report.problems.push_back({std::move(kind), std::move(what), image, false});
  return findings_.report.problems.size() - 1;
}

Status Checker::ScanStore(StoreKind kind) {
  Records& records = records_[static_cast<int>(kind)];
  std::vector<blob::Damage> damage;
  LK_TRY(parts_.stores[static_cast<int>(kind)]->Scan(
      true,
      [&](const blob::ScannedRecord& record) {
        ++findings_.report.records;
        findings_.report.bytes += record.location.length;
        if (record.tombstone.has_value()) {
          auto it = records.find(record.info.id);
          if (it == records.end()) return;
          for (Record& older : it->second) {
            blob::ScannedRecord bare;
            bare.info.id = record.info.id;
            bare.info.kind = static_cast<uint16_t>(older.kind);
            bare.location = older.location;
            older.deleted = older.deleted || blob::Covers(record, bare);
          }
        } else if (record.info.kind != 0) {
          records[record.info.id].push_back({static_cast<catalog::BlobKind>(record.info.kind), record.location,
                                             record.info.sha256, record.payload_ok, false});
        }
      },
      &damage));
  for (const blob::Damage& found : damage) {
    size_t problem = AddProblem(
        "volume_damage", fmt::format("{}, volume {}, byte {}: {}", Name(kind), found.volume, found.offset, found.what));
    if (kind != StoreKind::kOriginals) findings_.derived_damage.push_back(problem);
  }
  return {};
}

const Checker::Record* Checker::Find(const Image& image, catalog::BlobKind kind) const {
  const catalog::BlobRow* blob = FindBlob(image.blobs, kind);
  if (blob == nullptr) return nullptr;
  const Records& records = records_[static_cast<int>(StoreKindOf(kind))];
  auto it = records.find(image.id.value);
  if (it == records.end()) return nullptr;
  for (const Record& record : it->second)
    if (record.kind == kind && record.location == LocationOf(*blob)) return &record;
  return nullptr;
}

void Checker::CheckOriginal(const Image& image) {
  const Record* record = Find(image, catalog::BlobKind::kOriginal);
  if (record == nullptr || !record->payload_ok) {
    size_t problem =
        AddProblem("missing_blob",
                   fmt::format("the original of image {} is not where the catalog says", image.id.value), image.id);
    auto it = records_[0].find(image.id.value);
    if (it == records_[0].end()) return;
    for (const Record& other : it->second) {
      if (other.kind != catalog::BlobKind::kOriginal || !other.payload_ok || other.sha256 != image.sha256) continue;
      std::lock_guard guard(mutex_);
      findings_.relocate.push_back({image.id, MakeBlobRow(other.kind, other.location), problem});
      return;
    }
    return;
  }
  Result<Bytes> bytes = parts_.stores[0]->Read(record->location, image.id.value);
  if (!bytes.has_value()) {
    AddProblem("missing_blob", fmt::format("the original of image {}: {}", image.id.value, bytes.error().message),
               image.id);
  } else if (ComputeSha256(*bytes) != image.sha256) {
    AddProblem("hash_mismatch",
               fmt::format("the original of image {} has another SHA-256 than the catalog says", image.id.value),
               image.id);
  } else if (record->deleted) {
    size_t problem = AddProblem("tombstoned_blob",
                                fmt::format("the original of image {} is marked as deleted", image.id.value), image.id);
    std::lock_guard guard(mutex_);
    findings_.revive.push_back({image.id, MakeBlobRow(record->kind, record->location), problem});
  }
}

bool Checker::DerivedIsThere(const Image& image, catalog::BlobKind kind, bool required) const {
  if (FindBlob(image.blobs, kind) == nullptr) return !required;
  const Record* record = Find(image, kind);
  return record != nullptr && record->payload_ok && !record->deleted;
}

void Checker::CheckImage(const Image& image) {
  CheckOriginal(image);
  for (auto [kind, required, name] : {std::tuple{catalog::BlobKind::kFeatures, true, "feature record"},
                                      std::tuple{catalog::BlobKind::kThumbnail, true, "thumbnail"},
                                      std::tuple{catalog::BlobKind::kPreview, false, "preview"}}) {
    if (DerivedIsThere(image, kind, required)) continue;
    size_t problem =
        AddProblem("missing_derived", fmt::format("image {} has no readable {}", image.id.value, name), image.id);
    std::lock_guard guard(mutex_);
    findings_.rederive.push_back({image.id, problem});
  }
}

void Checker::FindOrphans(StoreKind kind) {
  std::vector<uint64_t> ids;
  for (const auto& [id, records] : records_[static_cast<int>(kind)]) {
    bool alive = std::any_of(records.begin(), records.end(), [](const Record& record) { return !record.deleted; });
    if (alive && !image_slots_.contains(id)) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  for (uint64_t id : ids) {
    size_t problem =
        AddProblem("orphan_record", fmt::format("{} holds records of {}, which no image has", Name(kind), id));
    findings_.orphans.push_back({kind, id, problem});
  }
}

Result<Checker::Findings> Checker::Run(const CancelFlag& cancel, ProgressMeter& meter) {
  LK_ASSIGN(std::vector<std::string> broken, parts_.catalog->CheckIntegrity());
  for (std::string& text : broken) AddProblem("catalog", std::move(text));
  LK_TRY(parts_.catalog->ForEachImage([&](const catalog::ImageRow& row) -> Status {
    image_slots_[row.id.value] = images_.size();
    images_.push_back({row.id, row.sha256, row.blobs});
    findings_.live_images += row.trashed_at_ms == 0;
    return {};
  }));
  findings_.report.images = images_.size();
  meter.AddTotal(images_.size());
  for (StoreKind kind : {StoreKind::kOriginals, StoreKind::kFeatures, StoreKind::kThumbnails}) {
    if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "the check was stopped");
    LK_TRY(ScanStore(kind));
  }
  ParallelFor(images_.size(), parts_.threads, &cancel, [&](size_t i) {
    CheckImage(images_[i]);
    meter.Add(1);
  });
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "the check was stopped");
  if (!parts_.ignore_orphans)
    for (StoreKind kind : {StoreKind::kOriginals, StoreKind::kFeatures, StoreKind::kThumbnails}) FindOrphans(kind);
  meter.Finish();
  return std::move(findings_);
}

}  // namespace likeness::engine
