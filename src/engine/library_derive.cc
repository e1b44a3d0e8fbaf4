// Derived records: where they lie, how they are read, and how they are made again from the originals.

#include <fmt/format.h>

#include "base/log.h"
#include "engine/image_facts.h"
#include "engine/library_impl.h"
#include "engine/query_record.h"

namespace likeness::engine {
namespace {

constexpr size_t kFactsCachedMax = 200'000;
// Records that share one sync and one transaction when many pictures are derived again.
constexpr size_t kRederiveBatch = 128;

}  // namespace

SharedStore Library::Impl::FeaturesStore() const {
  std::shared_lock guard(derived_mutex);
  return features_store;
}

SharedStore Library::Impl::ThumbnailsStore() const {
  std::shared_lock guard(derived_mutex);
  return thumbnails_store;
}

blob::VolumeStore& Library::Impl::StoreOf(catalog::BlobKind kind, SharedStore& holder) const {
  if (kind == catalog::BlobKind::kOriginal) return *originals;
  holder = kind == catalog::BlobKind::kFeatures ? FeaturesStore() : ThumbnailsStore();
  return *holder;
}

Result<SharedFacts> Library::Impl::FindFacts(ImageId id) const {
  uint64_t version = 0;
  {
    std::lock_guard guard(facts_mutex);
    if (auto it = facts.find(id); it != facts.end()) return it->second;
    version = facts_version;
  }
  LK_ASSIGN(catalog::ImageRow row, catalog->GetImage(id));
  auto found = std::make_shared<const BlobFacts>(row.sha256, row.format, row.name, row.standing(), std::move(row.blobs),
                                                 HasPlace(row.metadata_json));
  std::lock_guard guard(facts_mutex);
  if (version == facts_version) {
    if (facts.size() >= kFactsCachedMax) facts.clear();
    facts[id] = found;
  }
  return found;
}

void Library::Impl::ForgetFacts(ImageId id) const {
  std::lock_guard guard(facts_mutex);
  facts.erase(id);
  ++facts_version;
}

void Library::Impl::ForgetAllFacts() const {
  std::lock_guard guard(facts_mutex);
  facts.clear();
  ++facts_version;
}

Result<SharedQuery> Library::Impl::LoadQuery(ImageId id) const {
  if (SharedPending pending = log.FindPending(id); pending != nullptr) return pending->query;
  return LoadStoredQuery(id);
}

Result<SharedQuery> Library::Impl::LoadStoredQuery(ImageId id) const {
  LK_ASSIGN(Bytes bytes, ReadRecord(id, catalog::BlobKind::kFeatures));
  LK_ASSIGN(compare::QueryFeatures query, DeserializeQuery(bytes));
  return std::make_shared<const compare::QueryFeatures>(std::move(query));
}

Result<Bytes> Library::Impl::ReadRecord(ImageId id, catalog::BlobKind kind) const {
  for (int attempt = 0;; ++attempt) {
    LK_ASSIGN(SharedFacts known, FindFacts(id));
    const catalog::BlobRow* blob = FindBlob(known->blobs, kind);
    if (blob == nullptr && kind == catalog::BlobKind::kOriginal)
      return Fail(ErrorCode::kCorruption, fmt::format("image {} has no original in the catalog", id.value));
    if (blob == nullptr)
      return Fail(ErrorCode::kNotFound, fmt::format("image {} has no such derived record", id.value),
                  "run likeness rebuild");
    SharedStore holder;
    Result<Bytes> bytes = StoreOf(kind, holder).Read(LocationOf(*blob), id.value);
    if (bytes.has_value() || attempt > 0) return bytes;
    ForgetFacts(id);
  }
}

Result<Bytes> Library::Impl::ReadOriginal(ImageId id) const {
  LK_ASSIGN(Bytes bytes, ReadRecord(id, catalog::BlobKind::kOriginal));
  LK_ASSIGN(SharedFacts known, FindFacts(id));
  if (ComputeSha256(bytes) != known->sha256)
    return Fail(ErrorCode::kCorruption,
                fmt::format("the original of image {} has another SHA-256 than when it came", id.value));
  return bytes;
}

Result<std::vector<catalog::BlobRow>> Library::Impl::AppendDerived(ImageId id, const sandbox::Analysis& analysis,
                                                                   int64_t now_ms) {
  std::vector<catalog::BlobRow> rows;
  SharedStore features_now = FeaturesStore(), thumbnails_now = ThumbnailsStore();
  auto append = [&](blob::VolumeStore& store, catalog::BlobKind kind, ByteView bytes) -> Status {
    if (bytes.empty()) return {};
    blob::RecordInfo info;
    info.id = id.value;
    info.kind = static_cast<uint16_t>(kind);
    info.written_at_ms = now_ms;
    LK_ASSIGN(blob::Location at, store.Append(info, bytes));
    rows.push_back(MakeBlobRow(kind, at));
    return {};
  };
  LK_TRY(append(*features_now, catalog::BlobKind::kFeatures, SerializeQuery(MakeQuery(analysis))));
  LK_TRY(append(*thumbnails_now, catalog::BlobKind::kThumbnail, analysis.thumbnail));
  LK_TRY(append(*thumbnails_now, catalog::BlobKind::kPreview, analysis.preview));
  return rows;
}

Status Library::Impl::Rederive(const std::vector<ImageId>& ids, const CancelFlag& cancel,
                               const std::function<void(ImageId, const Result<AnalyzedFile>&)>& each) {
  std::mutex mutex;
  std::vector<std::pair<ImageId, catalog::BlobRow>> rows;
  Status failure;
  auto flush = [&](std::vector<std::pair<ImageId, catalog::BlobRow>> batch) -> Status {
    LK_TRY(FeaturesStore()->Sync());
    LK_TRY(ThumbnailsStore()->Sync());
    LK_TRY(catalog->ReplaceBlobs(batch));
    for (const auto& [id, row] : batch) {
      ForgetFacts(id);
      ForgetPairs(id);
    }
    return {};
  };
  auto one = [&](ImageId id) -> Status {
    Result<AnalyzedFile> file = [&]() -> Result<AnalyzedFile> {
      LK_ASSIGN(Bytes bytes, ReadOriginal(id));
      return options.analyzer->AnalyzeBytes(bytes, {});
    }();
    if (file.has_value()) {
      LK_ASSIGN(auto blobs, AppendDerived(id, file->analysis, NowMs()));
      std::vector<std::pair<ImageId, catalog::BlobRow>> batch;
      {
        std::lock_guard guard(mutex);
        for (const catalog::BlobRow& blob : blobs) rows.push_back({id, blob});
        if (rows.size() >= kRederiveBatch) batch.swap(rows);
      }
      if (!batch.empty()) LK_TRY(flush(std::move(batch)));
    } else {
      Log(LogLevel::kWarning, "not_derived", {{"image", fmt::format("{}", id.value)}, {"error", file.error().Text()}});
    }
    each(id, file);
    return {};
  };
  CancelFlag stop;
  ParallelFor(ids.size(), threads() + 1, &stop, [&](size_t i) {
    if (cancel.cancelled()) return stop.Cancel();
    Status status = one(ids[i]);
    if (status.has_value()) return;
    std::lock_guard guard(mutex);
    failure = status;
    stop.Cancel();
  });
  if (!failure.has_value()) {
    // A full disk passes; a failed sync does not.
    if (!FeaturesStore()->writable() || !ThumbnailsStore()->writable() || !catalog->writable()) writable = false;
    return failure;
  }
  if (!rows.empty()) LK_TRY(flush(std::move(rows)));
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  return {};
}

}  // namespace likeness::engine
