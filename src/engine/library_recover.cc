// What an unclean end leaves behind, and what a lost catalog can be made again from.

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/log.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// Ids of which a store still holds records that no tombstone covers.
Result<std::unordered_set<uint64_t>> ScanLiveIds(const blob::VolumeStore& store, uint64_t& id_max) {
  std::unordered_map<uint64_t, std::vector<blob::ScannedRecord>> live;
  LK_TRY(store.Scan(
      false,
      [&](const blob::ScannedRecord& record) {
        id_max = std::max(id_max, record.info.id);
        if (!record.tombstone.has_value()) {
          if (record.info.kind == 0) return;
          blob::ScannedRecord bare = record;
          bare.info.label.clear();
          live[record.info.id].push_back(std::move(bare));
        } else if (auto it = live.find(record.info.id); it != live.end()) {
          std::erase_if(it->second, [&](const blob::ScannedRecord& older) { return blob::Covers(record, older); });
          if (it->second.empty()) live.erase(it);
        }
      },
      nullptr));
  std::unordered_set<uint64_t> ids;
  for (const auto& [id, records] : live) ids.insert(id);
  return ids;
}

}  // namespace

Status Library::Impl::RecoverUnclean() {
  LK_ASSIGN(std::vector<ImageId> images, catalog->ListIds());
  uint64_t id_max = 0, orphans = 0;
  SharedStore features_now = FeaturesStore(), thumbnails_now = ThumbnailsStore();
  for (blob::VolumeStore* store : {originals.get(), features_now.get(), thumbnails_now.get()}) {
    LK_ASSIGN(std::unordered_set<uint64_t> ids, ScanLiveIds(*store, id_max));
    uint64_t before = orphans;
    for (uint64_t id : ids) {
      if (std::binary_search(images.begin(), images.end(), ImageId{id})) continue;
      LK_TRY(store->AppendTombstone(id, 0));
      ++orphans;
    }
    if (orphans != before) LK_TRY(store->Sync());
  }
  catalog->SkipIds(ImageId{id_max});
  if (orphans != 0) Log(LogLevel::kInfo, "unfinished_imports_dropped", {{"records", fmt::format("{}", orphans)}});

  // A decision is written before its trash: finish what a crash cut between the two.
  LK_ASSIGN(std::vector<catalog::DecisionRow> decisions, catalog->ListDecisions(false, SIZE_MAX / 2));
  std::vector<ImageId> to_trash;
  for (const catalog::DecisionRow& row : decisions) {
    if (row.kind != catalog::DecisionKind::kDuplicate) continue;
    Result<SharedFacts> a = FindFacts(row.a), b = FindFacts(row.b);
    if (a.has_value() && b.has_value() && !(*a)->trashed && !(*b)->trashed) to_trash.push_back(row.b);
  }
  if (!to_trash.empty()) LK_TRY(catalog->SetTrashed(to_trash, true));
  ForgetAllFacts();
  return {};
}

Status Library::Impl::MoveDamagedCatalogAside() const {
  std::string suffix = fmt::format(".damaged-{}", NowMs());
  for (const char* tail : {"", "-wal", "-shm"}) {
    fs::path from = layout.catalog;
    from += tail;
    std::error_code error;
    if (!fs::exists(from, error)) continue;
    fs::path to = from;
    to += suffix;
    fs::rename(from, to, error);
    if (error) return FailErrno(fmt::format("cannot move {} aside", from.string()), error.value());
  }
  return SyncDirectory(options.folder);
}

Status Library::Impl::RebuildLostCatalog() {
  std::unordered_map<uint64_t, blob::ScannedRecord> records;
  uint64_t id_max = 0;
  LK_TRY(originals->Scan(
      true,
      [&](const blob::ScannedRecord& record) {
        id_max = std::max(id_max, record.info.id);
        if (record.tombstone.has_value()) {
          auto it = records.find(record.info.id);
          if (it != records.end() && blob::Covers(record, it->second)) records.erase(it);
        } else if (record.payload_ok && record.info.kind == static_cast<uint16_t>(catalog::BlobKind::kOriginal)) {
          records.insert_or_assign(record.info.id, record);
        }
      },
      nullptr));
  catalog->SkipIds(ImageId{id_max});
  std::vector<uint64_t> ids;
  for (const auto& [id, record] : records) ids.push_back(id);
  std::sort(ids.begin(), ids.end());

  auto restore = [&](uint64_t id) -> Status {
    const blob::ScannedRecord& record = records.at(id);
    LK_ASSIGN(Bytes bytes, originals->Read(record.location, id));
    Result<AnalyzedFile> file = options.analyzer->AnalyzeBytes(bytes, {});
    catalog::ImageRow labelled;
    if (Status read = ReadLabel(record.info.label, labelled); !read.has_value())
      Log(LogLevel::kWarning, "label_unreadable", {{"image", fmt::format("{}", id)}});
    int64_t imported_at_ms = labelled.imported_at_ms != 0 ? labelled.imported_at_ms : record.info.written_at_ms;
    if (!file.has_value()) {
      // What cannot be analysed today (its format was switched off, say) is kept all the same.
      Log(LogLevel::kWarning, "not_derived", {{"image", fmt::format("{}", id)}, {"error", file.error().Text()}});
      file = AnalyzedFile{};
      file->size_bytes = bytes.size();
      file->sha256 = ComputeSha256(bytes);
      file->analysis.info.format = codec::Sniff(bytes);
    }
    catalog::ImageRow row = DescribeImage(*file, imported_at_ms, limits());
    row.id = ImageId{id};
    row.name =
        labelled.name.empty() ? fmt::format("{}.{}", id, codec::Extension(file->analysis.info.format)) : labelled.name;
    row.source_path = labelled.source_path;
    row.source_url = labelled.source_url;
    row.linked_to = records.contains(labelled.linked_to) ? labelled.linked_to : 0;
    row.tags = MergeTags(labelled.tags, file->analysis.metadata.keywords, limits());
    if (row.width != 0) {
      LK_ASSIGN(row.blobs, AppendDerived(row.id, file->analysis, NowMs()));
    }
    row.blobs.push_back(MakeBlobRow(catalog::BlobKind::kOriginal, record.location));
    return committer->Commit(std::move(row));
  };
  std::mutex mutex;
  uint64_t failures = 0;
  ParallelFor(ids.size(), threads() + 1, nullptr, [&](size_t i) {
    Status status = restore(ids[i]);
    if (status.has_value()) return;
    Log(LogLevel::kError, "original_not_restored",
        {{"image", fmt::format("{}", ids[i])}, {"error", status.error().Text()}});
    std::lock_guard guard(mutex);
    ++failures;
  });
  if (!writable) return RequireWritable();
  std::error_code error;
  fs::remove(layout.rebuild_mark, error);
  if (error) return FailErrno("cannot remove the mark of a catalog's rebuild", error.value());
  LK_TRY(SyncDirectory(options.folder));
  Log(LogLevel::kWarning, "catalog_rebuilt",
      {{"images", fmt::format("{}", ids.size() - failures)}, {"failed", fmt::format("{}", failures)}});
  return {};
}

Status Library::Impl::RestoreDerived() {
  if (FeaturesStore()->stats().records > 0 && ThumbnailsStore()->stats().records > 0) return {};
  LK_ASSIGN(catalog::Totals totals, catalog->CountAll());
  if (totals.images + totals.trashed == 0) return {};
  LK_ASSIGN(std::vector<ImageId> ids, catalog->ListIds());
  CancelFlag never;
  return Rederive(ids, never, [](ImageId, const Result<AnalyzedFile>&) {});
}

}  // namespace likeness::engine
