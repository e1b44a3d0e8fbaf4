#include "sandbox/analysis.h"

#include <cmath>
#include <ctime>

#include "codec/encode.h"
#include "codec/jpeg_points.h"
#include "feature/extract.h"
#include "image/colour.h"
#include "image/resize.h"
#include "image/thumbhash.h"

namespace likeness::sandbox {
namespace {

// Adds the processor time between construction and destruction to a stage.
class StageClock {
 public:
  explicit StageClock(uint32_t& microseconds) : microseconds_(microseconds), start_(Now()) {}
  ~StageClock() { microseconds_ += static_cast<uint32_t>(Now() - start_); }

 private:
  static int64_t Now() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  }
  uint32_t& microseconds_;
  int64_t start_;
};

// A query that needs no pixel hash may be decoded smaller: enough for every other feature.
constexpr uint32_t kQuerySideMin = 1024;
constexpr int kThumbnailQuality = 80;

void MakeThumbnails(const image::Bitmap& preview, const codec::ImageInfo& info, Analysis& out) {
  StageClock clock(out.thumbnail_us);
  const int sides[] = {kThumbnailSide};
  image::Bitmap thumbnail = image::Cascade(preview, sides).front();
  out.placeholder = image::EncodeThumbHash(thumbnail);
  if (Result<Bytes> encoded = codec::EncodeJpeg(thumbnail, kThumbnailQuality)) out.thumbnail = std::move(*encoded);
  if (std::max(info.width, info.height) <= static_cast<uint32_t>(kThumbnailSide)) return;
  if (Result<Bytes> encoded = codec::EncodeJpeg(preview, kThumbnailQuality)) out.preview = std::move(*encoded);
}

// What turning a stored picture upright by its EXIF orientation does to it.
feature::Orientation8 Uprighting(uint8_t exif_orientation) {
  using enum feature::Orientation8;
  constexpr feature::Orientation8 kTable[] = {
      kUpright,   kMirrored,          kRotated180, kMirroredRotated180, kMirroredRotated270,
      kRotated90, kMirroredRotated90, kRotated270};
  return exif_orientation >= 1 && exif_orientation <= 8 ? kTable[exif_orientation - 1] : kUpright;
}

// The hash of a JPEG from the few pixels it needs; Unsupported where that is not possible.
Result<feature::Hash256> PhashOfJpeg(ByteView file, const Limits& limits, const codec::ImageInfo& info) {
  constexpr int kSideMin = 2 * feature::kPhashSide;  // below, the columns wanted are not in ascending order
  LK_ASSIGN(const image::Size stored, codec::JpegPointsSize(file, limits));
  if (stored.width < kSideMin || stored.height < kSideMin ||
      (!info.colour_profile.empty() && info.colour_profile.find("sRGB") == std::string::npos))
    return Fail(ErrorCode::kUnsupported, "too small, or of a colour space of its own");
  LK_ASSIGN(const image::Bitmap crossings, codec::DecodeJpegPoints(file, limits, feature::PhashColumns(stored.width),
                                                                   feature::PhashRows(stored.height)));
  const auto turned = static_cast<size_t>(Uprighting(info.orientation));
  return feature::ComputePhashVariants(feature::ComputePhashLuma(crossings, stored))[turned];
}

Result<Analysis> AnalyzePhash(ByteView file, const Limits& limits, const codec::DecodeOptions& decode) {
  Analysis out;
  LK_ASSIGN(out.info, codec::ReadHeader(file, decode));
  out.features.width = out.info.width;
  out.features.height = out.info.height;
  if (out.info.format == codec::Format::kJpeg) {
    if (Result<feature::Hash256> quick = PhashOfJpeg(file, limits, out.info)) {
      out.features.phash = *quick;
      return out;
    }
  }
  LK_ASSIGN(codec::Decoded decoded, codec::Decode(file, decode));
  out.features.phash = feature::ComputePhash(image::FlattenToShow(std::move(decoded.bitmap)));
  return out;
}

}  // namespace

Result<Analysis> Analyze(ByteView file, const Limits& limits, const AnalyzeOptions& options) {
  codec::DecodeOptions decode;
  decode.limits = limits;
  decode.formats = options.formats;
  decode.side_min = options.pixel_hash || options.phash_only ? 0 : kQuerySideMin;
  decode.want_metadata = options.metadata;
  if (options.phash_only) return AnalyzePhash(file, limits, decode);
  Analysis out;
  codec::Decoded decoded;
  {
    StageClock clock(out.decode_us);
    LK_ASSIGN(decoded, codec::Decode(file, decode));
  }
  out.info = std::move(decoded.info);
  out.metadata = std::move(decoded.metadata);
  feature::Features& features = out.features;
  features.width = out.info.width;
  features.height = out.info.height;
  {
    StageClock clock(out.colour_us);
    features.colour = feature::ComputeColour(decoded.bitmap);
  }
  {
    StageClock clock(out.hash_us);
    if (options.pixel_hash) features.pixel_hash = feature::ComputePixelHash(decoded.bitmap);
  }
  // All else is about what a person sees.
  const image::Bitmap bitmap = image::FlattenToShow(std::move(decoded.bitmap));
  image::Bitmap preview;
  {
    StageClock clock(out.thumbnail_us);
    const int sides[] = {kPreviewSide};
    preview = image::Cascade(bitmap, sides).front();
  }
  if (!features.colour.empty()) {
    StageClock clock(out.colour_us);
    features.layout = feature::ComputeColourLayout(preview);
  }
  image::Bitmap working;
  {
    StageClock clock(out.hash_us);
    out.phash_variants = feature::ComputePhashVariants(bitmap);
    features.phash = out.phash_variants[0];
    working = feature::WorkingLuma(preview);
    features.pdq = feature::ComputePdq(bitmap);
    features.structure = feature::ComputeStructure(working);
    features.quality = feature::ComputeQuality(bitmap, working, out.info.jpeg_quality);
  }
  if (options.local) {
    StageClock clock(out.local_us);
    image::Size original{static_cast<int>(out.info.width), static_cast<int>(out.info.height)};
    features.local = feature::ComputeLocal(working, original);
    out.local_mirrored = feature::MirrorLocal(features.local, original);
  }
  // Without local features only flatness can tell.
  features.low_information = feature::IsLowInformation(
      features.quality, options.local ? features.local.keypoints.size() : feature::kLocalPointsMin);
  if (options.thumbnails) MakeThumbnails(preview, out.info, out);
  return out;
}

}  // namespace likeness::sandbox
