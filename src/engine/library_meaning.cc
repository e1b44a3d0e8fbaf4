// What the Library asks the models, and what they need of it.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "engine/library_impl.h"
#include "image/colour.h"
#include "image/resize.h"

namespace likeness::engine {
namespace {

constexpr int64_t kQuietMs = 150;

// What networks get: the shorter side at least the first, or for quality the second, the longer at most the last.
constexpr int kSideMin = 320, kLargeSideMin = 640, kSideMax = 1440;
// A thumbnail with a shorter side is stretched by most networks: the preview has more.
constexpr int kShortSideMin = 200;

int64_t SteadyMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void Library::Impl::NoteAsked() const {
  asked_at_ms = SteadyMs();
}

Result<image::Bitmap> Library::Impl::DecodePixels(ByteView file, bool ours, bool large) const {
  codec::FormatSet formats = options.analyzer->options().formats;
  if (ours) formats.Add(codec::Format::kJpeg);
  LK_ASSIGN(const sandbox::Picture picture, options.analyzer->pool().Decode(file, formats));
  image::Bitmap bitmap(picture.size().width, picture.size().height, 4);
  std::memcpy(bitmap.pixels.data(), picture.pixels(), bitmap.pixels.size());
  bitmap = image::FlattenToShow(std::move(bitmap));
  const double longer = std::max(bitmap.width, bitmap.height), shorter = std::min(bitmap.width, bitmap.height);
  const int side_min = large ? kLargeSideMin : kSideMin;
  const int sides[] = {std::min(kSideMax, static_cast<int>(std::ceil(side_min * longer / shorter)))};
  return image::ToRgb(image::Cascade(bitmap, sides).front());
}

Result<image::Bitmap> Library::Impl::ReadPixels(ImageId id, bool large) const {
  LK_ASSIGN(SharedFacts known, FindFacts(id));
  if (known->standing.trashed) return Fail(ErrorCode::kNotFound, fmt::format("image {} is in the trash", id.value));
  const bool has_preview = FindBlob(known->blobs, catalog::BlobKind::kPreview) != nullptr;
  for (catalog::BlobKind kind : {catalog::BlobKind::kThumbnail, catalog::BlobKind::kPreview}) {
    const bool thumbnail = kind == catalog::BlobKind::kThumbnail;
    if (thumbnail && large && has_preview) continue;
    Result<Bytes> bytes = ReadRecord(id, kind);
    if (!bytes) continue;
    Result<image::Bitmap> pixels = DecodePixels(*bytes, true, large);
    const bool narrow = pixels && std::min(pixels->width, pixels->height) < kShortSideMin;
    if (pixels && !(narrow && thumbnail && has_preview)) return pixels;
  }
  // No derived record that can be read: the picture itself, if it is still there.
  LK_ASSIGN(Bytes original, ReadOriginal(id));
  return DecodePixels(original, false, large);
}

std::optional<float> Library::Impl::ScoreOf(ImageId id) const {
  const Result<std::optional<catalog::QualityScore>> found = catalog->FindQuality(id);
  return found && *found ? std::optional((*found)->score) : std::nullopt;
}

void Library::Impl::OpenMeaning() {
  Meaning::Parts parts;
  parts.models = layout.models;
  parts.indexes = layout.embeddings;
  parts.catalog = catalog.get();
  parts.read_pixels = [this](ImageId id, bool large) { return ReadPixels(id, large); };
  parts.busy = [this] {
    return options.analyzer->pool().stats().busy > 0 || SteadyMs() - asked_at_ms.load() < kQuietMs;
  };
  parts.progress = [this] {
    std::function<void()> callback;
    {
      std::lock_guard guard(feed_mutex);
      callback = on_models;
    }
    if (callback) callback();
  };
  parts.tags = options.tags;
  meaning = std::make_unique<Meaning>(std::move(parts));
}

void Library::StartModels() {
  impl_->meaning->Start();
}

void Library::StopModels() {
  impl_->meaning->Stop();
}

Status Library::ApplyModels(const CancelFlag& cancel, const std::function<void()>& each_batch) {
  LK_TRY(impl_->RequireWritable());
  return impl_->meaning->WorkOff(cancel, each_batch);
}

std::vector<RoleStatus> Library::DescribeModels() const {
  return impl_->meaning->DescribeRoles();
}

// Suggestions of what is turned off are not shown. Several roles may name one thing: the surest stands for all.
Result<std::vector<catalog::AutomaticTag>> Library::ListAutomaticTags(ImageId id) const {
  LK_ASSIGN(const std::vector<catalog::AutomaticTag> all, impl_->catalog->ListAutomaticTags(id));
  const TagOptions& options = impl_->options.tags;
  std::vector<catalog::AutomaticTag> shown;
  for (const catalog::AutomaticTag& tag : all) {
    const bool wanted = options.enabled && (tag.role != catalog::JobRole::kWords ||
                                            std::ranges::find(options.words, tag.name) != options.words.end());
    if (tag.state == catalog::TagState::kSuggested && !wanted) continue;
    if (std::ranges::find(shown, tag.name, &catalog::AutomaticTag::name) == shown.end()) shown.push_back(tag);
  }
  return shown;
}

Result<std::optional<catalog::QualityScore>> Library::FindQuality(ImageId id) const {
  return impl_->catalog->FindQuality(id);
}

void Library::OnModels(std::function<void()> callback) {
  std::lock_guard guard(impl_->feed_mutex);
  impl_->on_models = std::move(callback);
}

}  // namespace likeness::engine
