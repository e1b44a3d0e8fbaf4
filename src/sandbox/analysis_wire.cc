// The wire form of an Analysis: a status byte, then the fields in order, features in their stored form. The reader runs
// in the parent on bytes a compromised worker may have made: every length is checked, every number is in range, all
// text is cleaned again.
#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "feature/record.h"
#include "sandbox/analysis.h"
#include "sandbox/wire.h"

namespace likeness::sandbox {
namespace {

constexpr uint32_t kMagic = 0x314E414Cu;  // "LAN1"
constexpr size_t kTextMax = 64u << 10;
constexpr size_t kKeywordsMax = 1000;
constexpr size_t kJpegMax = 16u << 20;
constexpr size_t kPlaceholderMax = 64;

void Put(ByteWriter& out, const std::optional<double>& value) {
  out.Put<uint8_t>(value.has_value());
  out.Put<double>(value.value_or(0));
}

std::optional<double> GetOptional(ByteReader& in) {
  bool present = in.Get<uint8_t>() != 0;
  double value = in.Get<double>();
  if (!present || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string GetText(ByteReader& in) {
  std::string raw = in.GetString();
  if (raw.size() > kTextMax) in.MarkFailed();
  return CleanText(raw, kTextMax, true);
}

Bytes GetBlob(ByteReader& in, size_t bytes_max) {
  uint32_t size = in.Get<uint32_t>();
  if (size > bytes_max) in.MarkFailed();
  ByteView view = in.GetBytes(size);
  return {view.begin(), view.end()};
}

void PutBlob(ByteWriter& out, ByteView bytes) {
  out.Put(static_cast<uint32_t>(bytes.size()));
  out.PutBytes(bytes);
}

void PutInfo(ByteWriter& out, const codec::ImageInfo& info) {
  out.Put(static_cast<uint8_t>(info.format));
  out.Put(info.width);
  out.Put(info.height);
  out.Put(info.frames);
  out.Put(info.bits_per_sample);
  out.Put<uint8_t>(static_cast<uint8_t>(info.has_alpha | info.grey << 1 | info.progressive << 2 | info.truncated << 3));
  out.Put(info.orientation);
  out.Put(info.jpeg_quality);
  out.PutString(info.colour_profile);
}

void GetInfo(ByteReader& in, codec::ImageInfo& info) {
  uint8_t format = in.Get<uint8_t>();
  if (format == 0 || format > static_cast<uint8_t>(codec::Format::kJxl)) in.MarkFailed();
  info.format = static_cast<codec::Format>(format);
  info.width = in.Get<uint32_t>();
  info.height = in.Get<uint32_t>();
  info.frames = in.Get<uint32_t>();
  if (info.width == 0 || info.height == 0 || info.frames == 0) in.MarkFailed();
  info.bits_per_sample = in.Get<uint8_t>();
  uint8_t flags = in.Get<uint8_t>();
  info.has_alpha = flags & 1;
  info.grey = flags & 2;
  info.progressive = flags & 4;
  info.truncated = flags & 8;
  info.orientation = in.Get<uint8_t>();
  info.jpeg_quality = std::min<uint8_t>(in.Get<uint8_t>(), 100);
  info.colour_profile = GetText(in);
}

void PutMetadata(ByteWriter& out, const codec::Metadata& metadata) {
  for (const std::string* text :
       {&metadata.taken_at, &metadata.camera_make, &metadata.camera_model, &metadata.lens, &metadata.title,
        &metadata.description, &metadata.creator, &metadata.copyright, &metadata.software})
    out.PutString(*text);
  for (const auto& value : {metadata.exposure_seconds, metadata.f_number, metadata.focal_length_mm, metadata.latitude,
                            metadata.longitude, metadata.altitude_m})
    Put(out, value);
  Put(out, metadata.iso ? std::optional<double>(*metadata.iso) : std::nullopt);
  Put(out, metadata.rating ? std::optional<double>(*metadata.rating) : std::nullopt);
  out.Put(static_cast<uint32_t>(metadata.keywords.size()));
  for (const std::string& keyword : metadata.keywords) out.PutString(keyword);
}

void GetMetadata(ByteReader& in, codec::Metadata& metadata) {
  for (std::string* text :
       {&metadata.taken_at, &metadata.camera_make, &metadata.camera_model, &metadata.lens, &metadata.title,
        &metadata.description, &metadata.creator, &metadata.copyright, &metadata.software})
    *text = GetText(in);
  for (auto* value : {&metadata.exposure_seconds, &metadata.f_number, &metadata.focal_length_mm, &metadata.latitude,
                      &metadata.longitude, &metadata.altitude_m})
    *value = GetOptional(in);
  if (auto iso = GetOptional(in); iso && *iso >= 0 && *iso <= 1e9) metadata.iso = static_cast<uint32_t>(*iso);
  if (auto rating = GetOptional(in); rating && *rating >= -1 && *rating <= 5)
    metadata.rating = static_cast<int>(*rating);
  uint32_t keywords = in.Get<uint32_t>();
  if (keywords > kKeywordsMax) in.MarkFailed();
  for (uint32_t i = 0; i < keywords && !in.failed(); ++i) metadata.keywords.push_back(GetText(in));
}

// Keypoints and descriptors ride in the stored form of features, which has its own checking reader.
void PutLocal(ByteWriter& out, const feature::LocalFeatures& local, const feature::Features& owner) {
  feature::Features carrier;
  carrier.width = owner.width;
  carrier.height = owner.height;
  carrier.local = local;
  PutBlob(out, feature::SerializeFeatures(carrier));
}

bool GetFeatures(ByteReader& in, feature::Features& features) {
  Bytes stored = GetBlob(in, 1u << 20);
  if (in.failed()) return false;
  Result<feature::Features> read = feature::DeserializeFeatures(stored);
  if (!read) {
    in.MarkFailed();
    return false;
  }
  features = std::move(*read);
  return true;
}

Result<Analysis> BadAnswer() {
  return Fail(ErrorCode::kCorruption, "the decoder's answer makes no sense", "the file is damaged or hostile");
}

}  // namespace

Bytes Serialize(const Result<Analysis>& analysis) {
  ByteWriter out;
  out.Put(kMagic);
  out.Put<uint8_t>(analysis.has_value());
  if (!analysis) {
    out.Put(static_cast<uint8_t>(analysis.error().code));
    out.PutString(analysis.error().message);
    out.PutString(analysis.error().hint);
    return out.Take();
  }
  PutInfo(out, analysis->info);
  PutMetadata(out, analysis->metadata);
  PutBlob(out, feature::SerializeFeatures(analysis->features));
  for (const feature::Hash256& hash : analysis->phash_variants)
    for (uint64_t word : hash.words) out.Put(word);
  PutLocal(out, analysis->local_mirrored, analysis->features);
  PutBlob(out, analysis->thumbnail);
  PutBlob(out, analysis->preview);
  PutBlob(out, analysis->placeholder);
  PutBlob(out, analysis->stripped);
  for (uint32_t value :
       {analysis->decode_us, analysis->hash_us, analysis->colour_us, analysis->local_us, analysis->thumbnail_us})
    out.Put(value);
  return out.Take();
}

Result<Analysis> Deserialize(ByteView bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kMagic) return BadAnswer();
  if (in.Get<uint8_t>() == 0) {
    uint8_t code = in.Get<uint8_t>();
    std::string message = GetText(in);
    std::string hint = GetText(in);
    if (!in.Done() || code > static_cast<uint8_t>(ErrorCode::kInternal)) return BadAnswer();
    return Fail(static_cast<ErrorCode>(code), std::move(message), std::move(hint));
  }
  Analysis out;
  GetInfo(in, out.info);
  GetMetadata(in, out.metadata);
  if (!GetFeatures(in, out.features)) return BadAnswer();
  for (feature::Hash256& hash : out.phash_variants)
    for (uint64_t& word : hash.words) word = in.Get<uint64_t>();
  feature::Features carrier;
  if (!GetFeatures(in, carrier)) return BadAnswer();
  out.local_mirrored = std::move(carrier.local);
  out.thumbnail = GetBlob(in, kJpegMax);
  out.preview = GetBlob(in, kJpegMax);
  out.placeholder = GetBlob(in, kPlaceholderMax);
  out.stripped = GetBlob(in, wire::kOutputBytes);
  for (uint32_t* value : {&out.decode_us, &out.hash_us, &out.colour_us, &out.local_us, &out.thumbnail_us})
    *value = in.Get<uint32_t>();
  if (!in.Done() || out.features.width != out.info.width || out.features.height != out.info.height) return BadAnswer();
  return out;
}

}  // namespace likeness::sandbox
