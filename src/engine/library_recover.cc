// What an unclean end leaves behind, and what a lost catalog can be made again from.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "base/log.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// The file of Impl::WriteScanMark: magic, feed sequence, volume and offset of each store's end, CRC32C.
constexpr uint64_t kScanMarkMagic = 0x314B52414D4E4353;  // "SCNMARK1"
constexpr size_t kScanMarkBytes = 8 * 8 + 4;

struct ScanMark {
  uint64_t feed_sequence = 0;
  blob::Location ends[3];  // originals, features, thumbnails
};

std::optional<ScanMark> ReadScanMark(const fs::path& path) {
  Result<Bytes> bytes = ReadFile(path, kScanMarkBytes);
  if (!bytes.has_value() || bytes->size() != kScanMarkBytes) return std::nullopt;
  ByteReader in(*bytes);
  if (in.Get<uint64_t>() != kScanMarkMagic) return std::nullopt;
  ScanMark mark;
  mark.feed_sequence = in.Get<uint64_t>();
  for (blob::Location& end : mark.ends) {
    end.volume = static_cast<uint32_t>(in.Get<uint64_t>());
    end.offset = in.Get<uint64_t>();
  }
  if (in.Get<uint32_t>() != Crc32c(ByteView(*bytes).first(kScanMarkBytes - 4))) return std::nullopt;
  return mark;
}

struct Leftovers {
  std::unordered_set<uint64_t> live;        // ids of which the store still holds records that no tombstone covers
  std::unordered_set<uint64_t> tombstoned;  // ids with a tombstone for every kind
};

Result<Leftovers> ScanLeftovers(const blob::VolumeStore& store, const blob::Location& from, uint64_t& id_max) {
  std::unordered_map<uint64_t, std::vector<blob::ScannedRecord>> live;
  Leftovers out;
  LK_TRY(store.Scan(
      false,
      [&](const blob::ScannedRecord& record) {
        id_max = std::max(id_max, record.info.id);
        if (!record.tombstone.has_value()) {
          if (record.info.kind == 0) return;
          blob::ScannedRecord bare = record;
          bare.info.label.clear();
          live[record.info.id].push_back(std::move(bare));
          return;
        }
        if (record.tombstone->kind == 0) out.tombstoned.insert(record.info.id);
        if (auto it = live.find(record.info.id); it != live.end()) {
          std::erase_if(it->second, [&](const blob::ScannedRecord& older) { return blob::Covers(record, older); });
          if (it->second.empty()) live.erase(it);
        }
      },
      nullptr, from));
  for (const auto& [id, records] : live) out.live.insert(id);
  return out;
}

}  // namespace

Status Library::Impl::RecoverUnclean() {
  LK_ASSIGN(std::vector<ImageId> images, catalog->ListIds());
  auto is_known = [&](uint64_t id) { return std::binary_search(images.begin(), images.end(), ImageId{id}); };
  uint64_t id_max = 0, orphans = 0;
  SharedStore features_now = FeaturesStore(), thumbnails_now = ThumbnailsStore();
  blob::VolumeStore* const stores[] = {originals.get(), features_now.get(), thumbnails_now.get()};
  LK_ASSIGN(catalog::Totals totals, catalog->CountAll());
  std::optional<ScanMark> mark = ReadScanMark(layout.scan_mark);
  if (mark && mark->feed_sequence > totals.feed_sequence) mark.reset();
  for (int i = 0; i < 3 && mark; ++i) {
    blob::Location end = stores[i]->End();
    if (std::tie(end.volume, end.offset) < std::tie(mark->ends[i].volume, mark->ends[i].offset)) mark.reset();
  }
  // Deleted since the mark: records before it may have lost their image without a tombstone.
  std::unordered_set<uint64_t> deleted;
  constexpr size_t kFeedPage = 4096;
  for (uint64_t after = mark ? mark->feed_sequence : totals.feed_sequence;;) {
    LK_ASSIGN(std::vector<catalog::FeedRow> rows, catalog->ReadFeed(after, kFeedPage));
    for (const catalog::FeedRow& row : rows)
      if (row.operation == catalog::FeedOperation::kDelete && !is_known(row.image.value))
        deleted.insert(row.image.value);
    if (rows.size() < kFeedPage) break;
    after = rows.back().sequence;
  }
  for (int i = 0; i < 3; ++i) {
    LK_ASSIGN(Leftovers found, ScanLeftovers(*stores[i], mark ? mark->ends[i] : blob::Location{}, id_max));
    for (uint64_t id : deleted)
      if (!found.tombstoned.contains(id)) found.live.insert(id);
    for (uint64_t id : found.live) {
      if (is_known(id)) continue;
      LK_TRY(stores[i]->AppendTombstone(id, 0));
      ++orphans;
    }
    LK_TRY(stores[i]->Sync());
  }
  catalog->SkipIds(ImageId{id_max});
  if (orphans != 0) Log(LogLevel::kInfo, "unfinished_imports_dropped", {{"records", fmt::format("{}", orphans)}});

  // A decision is written before its trash: finish what a crash cut between the two.
  LK_ASSIGN(std::vector<catalog::DecisionRow> decisions, catalog->ListDecisions(false, SIZE_MAX / 2));
  std::vector<ImageId> to_trash;
  for (const catalog::DecisionRow& row : decisions) {
    if (row.kind != catalog::DecisionKind::kDuplicate) continue;
    Result<SharedFacts> a = FindFacts(row.a), b = FindFacts(row.b);
    if (a.has_value() && b.has_value() && !(*a)->standing.trashed && !(*b)->standing.trashed) to_trash.push_back(row.b);
  }
  if (!to_trash.empty()) LK_TRY(catalog->SetTrashed(to_trash, true));
  ForgetAllFacts();
  return {};
}

Status Library::Impl::WriteScanMark() const {
  ByteWriter out;
  out.Put(kScanMarkMagic);
  out.Put(feed_sequence);
  for (const blob::Location& end : {originals->End(), FeaturesStore()->End(), ThumbnailsStore()->End()}) {
    out.Put(uint64_t{end.volume});
    out.Put(end.offset);
  }
  out.Put(Crc32c(out.view()));
  return WriteFileAtomically(layout.scan_mark, out.view());
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
    row.visibility = catalog::Visibility::kPrivate;  // what was public is not known any more
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
