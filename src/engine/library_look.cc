// Reading: rows, bytes, counts.

#include <fmt/format.h>

#include "codec/decode.h"
#include "codec/strip.h"
#include "engine/library_impl.h"

namespace likeness::engine {
namespace {

namespace fs = std::filesystem;

// Thumbnails and previews: their checksum costs less than sending them.
constexpr uint64_t kAlwaysVerifiedBytes = 256 << 10;

uint64_t FileBytes(const fs::path& path) {
  std::error_code error;
  uint64_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

}  // namespace

Result<catalog::ImageRow> Library::GetImage(ImageId id) const {
  return impl_->catalog->GetImage(id);
}

Result<std::vector<catalog::ImageRow>> Library::GetImages(const std::vector<ImageId>& ids) const {
  return impl_->catalog->GetImages(ids);
}

Result<std::vector<catalog::ImageRow>> Library::ListImages(const catalog::ListOptions& options) const {
  return impl_->catalog->ListImages(options);
}

Result<std::vector<catalog::Catalog::LayoutRow>> Library::ListLayout(const catalog::Audience& audience) const {
  return impl_->catalog->ListLayout(audience);
}

Result<feature::Features> Library::GetFeatures(ImageId id) const {
  LK_ASSIGN(SharedQuery query, impl_->LoadQuery(id));
  return query->features;
}

Result<Library::ImageBytes> Library::FindBytes(ImageId id, catalog::BlobKind kind) const {
  using catalog::BlobKind;
  impl_->NoteAsked();
  if (kind == BlobKind::kFeatures) return Fail(ErrorCode::kInvalidArgument, "features are no form of a picture");
  // Twice: a compaction may move the record between the look into the catalog and the look into the volume.
  for (int attempt = 0;; ++attempt) {
    LK_ASSIGN(SharedFacts known, impl_->FindFacts(id));
    const catalog::BlobRow* blob = FindBlob(known->blobs, kind);
    BlobKind found_kind = kind;
    // A picture no larger than its thumbnail has no preview.
    if (blob == nullptr && kind == BlobKind::kPreview) {
      found_kind = BlobKind::kThumbnail;
      blob = FindBlob(known->blobs, found_kind);
    }
    if (blob == nullptr)
      return Fail(ErrorCode::kNotFound, fmt::format("image {} has no such form", id.value),
                  "run likeness rebuild to make thumbnails again");
    SharedStore holder;
    const auto bit = static_cast<uint8_t>(1u << static_cast<unsigned>(found_kind));
    bool verify = blob->length <= kAlwaysVerifiedBytes || (known->verified & bit) == 0;
    auto extent = impl_->StoreOf(found_kind, holder).Find(LocationOf(*blob), id.value, verify);
    if (!extent.has_value()) {
      if (attempt > 0) return std::unexpected(extent.error());
      impl_->ForgetFacts(id);
      continue;
    }
    known->verified |= bit;
    ImageBytes bytes;
    bytes.extent = std::move(*extent);
    bool original = found_kind == BlobKind::kOriginal;
    bytes.mime = codec::MimeType(original ? codec::FormatFromName(known->format) : codec::Format::kJpeg);
    constexpr const char* kTails[] = {"", "o", "f", "t", "p"};
    bytes.etag = ToHex(ByteView(known->sha256).first(16)) + "-" + kTails[static_cast<int>(found_kind)];
    bytes.name = known->name;
    bytes.has_place = original && known->has_place;
    bytes.strippable = original && codec::CanStrip(codec::FormatFromName(known->format));
    return bytes;
  }
}

Result<Bytes> Library::ReadOriginal(ImageId id) const {
  return impl_->ReadOriginal(id);
}

Result<Bytes> Library::ReadStripped(ImageId id) const {
  // A worker's answer has room for so much; one that tried more would have to be replaced.
  constexpr uint64_t kStrippedBytesMax = 31 << 20;
  LK_ASSIGN(const Bytes original, impl_->ReadOriginal(id));
  if (original.size() > kStrippedBytesMax)
    return Fail(ErrorCode::kLimitExceeded, fmt::format("it has more than {} MB", kStrippedBytesMax >> 20));
  return impl_->options.analyzer->pool().Strip(original, impl_->options.analyzer->options().formats);
}

Result<Stats> Library::CollectStats() const {
  Stats stats;
  LK_ASSIGN(stats.totals, impl_->catalog->CountAll());
  auto originals = impl_->originals->stats();
  auto features = impl_->FeaturesStore()->stats(), thumbnails = impl_->ThumbnailsStore()->stats();
  stats.original_bytes = originals.bytes;
  stats.derived_bytes = features.bytes + thumbnails.bytes;
  stats.volumes = originals.volumes + features.volumes + thumbnails.volumes;
  auto indexes = impl_->CurrentIndexes();
  stats.index_bytes = indexes->memory_bytes() + impl_->tags.memory_bytes() + impl_->lists->memory_bytes();
  stats.phash_entries = indexes->phash.size();
  stats.colour_entries = indexes->colour.size();
  stats.layout_entries = indexes->layout.size();
  stats.local_entries = indexes->local.size();
  fs::path wal = impl_->layout.catalog;
  wal += "-wal";
  stats.models = DescribeModels();
  stats.catalog_bytes = FileBytes(impl_->layout.catalog) + FileBytes(wal);
  return stats;
}

}  // namespace likeness::engine
