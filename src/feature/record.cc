#include "feature/record.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>

namespace likeness::feature {
namespace {

constexpr uint32_t kMagic = 0x52464B4C;  // "LKFR"
constexpr uint16_t kFlagLowInformation = 1;
constexpr uint32_t kTagLayout = 0x4F59414C;  // "LAYO"
constexpr uint32_t kSideMax = 0x7FFFFFFF;

void PutHash(const Hash256& hash, ByteWriter* out) {
  for (uint64_t word : hash.words) out->Put(word);
}

Hash256 GetHash(ByteReader* in) {
  Hash256 hash;
  for (uint64_t& word : hash.words) word = in->Get<uint64_t>();
  return hash;
}

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorCode::kCorruption, fmt::format("malformed feature record: {}", what), "analyse the picture again");
}

bool InRange(float value, float low, float high) {
  return value >= low && value <= high;
}  // false for NaN

struct Counts {
  uint16_t colour = 0, keypoints = 0;
};

int KeypointsMax(uint16_t version) {
  return version < 3 ? 256 : kLocalPointsMax;
}

Result<Counts> ReadFixed(ByteReader* in, uint16_t version, Features* out) {
  auto flags = in->Get<uint16_t>();
  out->width = in->Get<uint32_t>();
  out->height = in->Get<uint32_t>();
  ByteView pixel_hash = in->GetBytes(out->pixel_hash.size());
  out->phash = GetHash(in);
  out->pdq.hash = GetHash(in);
  out->pdq.quality = in->Get<uint8_t>();
  Quality& quality = out->quality;
  quality.jpeg_quality = in->Get<uint8_t>();
  Counts counts;
  counts.colour = in->Get<uint16_t>();
  counts.keypoints = in->Get<uint16_t>();
  auto reserved = in->Get<uint16_t>();
  quality.sharpness = in->Get<float>();
  quality.upscale_ratio = in->Get<float>();
  quality.contrast = in->Get<float>();
  ByteView structure = in->GetBytes(out->structure.size());
  if (in->failed()) return Malformed("cut short");
  std::memcpy(out->pixel_hash.data(), pixel_hash.data(), pixel_hash.size());
  std::memcpy(out->structure.data(), structure.data(), structure.size());
  out->low_information = flags & kFlagLowInformation;
  if (flags & ~kFlagLowInformation || reserved != 0) return Malformed("unknown flags");
  if (out->width < 1 || out->height < 1 || out->width > kSideMax || out->height > kSideMax) {
    return Malformed("size out of range");
  }
  if (out->pdq.quality > 100 || quality.jpeg_quality > 100) return Malformed("quality out of range");
  if (!(quality.sharpness >= 0) || !std::isfinite(quality.sharpness) || !InRange(quality.upscale_ratio, 0, 1) ||
      quality.upscale_ratio == 0 || !InRange(quality.contrast, 0, 127.5f)) {
    return Malformed("quality out of range");
  }
  if (counts.colour > kColourBins || counts.keypoints > KeypointsMax(version)) return Malformed("count out of range");
  return counts;
}

Status ReadColour(ByteReader* in, size_t count, ColourHistogram* out) {
  uint32_t total = 0;
  int last_bin = -1;
  for (size_t i = 0; i < count; ++i) {
    ColourBin bin;
    bin.bin = in->Get<uint16_t>();
    bin.weight = in->Get<uint16_t>();
    if (bin.bin <= last_bin || bin.bin >= kColourBins || bin.weight == 0) return Malformed("colour bin out of order");
    last_bin = bin.bin;
    total += bin.weight;
    out->push_back(bin);
  }
  if (count > 0 && total != kColourTotal) return Malformed("colour shares do not sum to the whole");
  return {};
}

Status ReadLocal(ByteReader* in, size_t count, const Features& features, LocalFeatures* out) {
  auto width = static_cast<float>(features.width), height = static_cast<float>(features.height);
  for (size_t i = 0; i < count; ++i) {
    Keypoint point;
    point.x = in->Get<float>();
    point.y = in->Get<float>();
    point.size = in->Get<float>();
    point.angle_degrees = in->Get<float>();
    point.response = in->Get<float>();
    bool valid = InRange(point.x, 0, width) && InRange(point.y, 0, height) && point.size > 0 &&
                 std::isfinite(point.size) && InRange(point.angle_degrees, 0, 360) && point.angle_degrees < 360 &&
                 std::isfinite(point.response);
    if (!valid) return Malformed("keypoint out of range");
    out->keypoints.push_back(point);
  }
  for (size_t i = 0; i < count; ++i) {
    Descriptor descriptor;
    ByteView bytes = in->GetBytes(kDescriptorBytes);
    std::memcpy(descriptor.words.data(), bytes.data(), bytes.size());
    if (bytes[kDescriptorBytes - 1] >> (kDescriptorBits % 8)) return Malformed("descriptor has bits past its end");
    out->descriptors.push_back(descriptor);
  }
  return {};
}

Status ReadLayout(ByteReader* in, size_t size_bytes, std::optional<ColourLayout>* out) {
  ColourLayout layout;
  if (size_bytes != layout.size()) return Malformed("colour layout of a wrong size");
  ByteView bytes = in->GetBytes(layout.size());
  std::memcpy(layout.data(), bytes.data(), layout.size());
  for (size_t block = 0; block < layout.size(); block += kLayoutBins) {
    uint32_t sum = 0;
    for (size_t i = 0; i < kLayoutBins; ++i) sum += layout[block + i];
    if (sum != kLayoutBlockTotal) return Malformed("the shares of a block do not sum to the whole");
  }
  *out = layout;
  return {};
}

// Each at most once, in the order of the format page.
Status ReadSections(ByteReader* in, Features* out) {
  while (in->remaining() > 0) {
    auto tag = in->Get<uint32_t>();
    auto size_bytes = in->Get<uint32_t>();
    if (in->failed() || size_bytes > in->remaining()) return Malformed("a section is cut short");
    if (tag != kTagLayout || out->layout) return Malformed("unknown or repeated section");
    LK_TRY(ReadLayout(in, size_bytes, &out->layout));
  }
  return {};
}

}  // namespace

Bytes SerializeFeatures(const Features& features) {
  ByteWriter out;
  out.Put(kMagic);
  out.Put(kFeatureRecordVersion);
  out.Put<uint16_t>(features.low_information ? kFlagLowInformation : 0);
  out.Put(features.width);
  out.Put(features.height);
  out.PutBytes(features.pixel_hash);
  PutHash(features.phash, &out);
  PutHash(features.pdq.hash, &out);
  out.Put(features.pdq.quality);
  out.Put(features.quality.jpeg_quality);
  out.Put(static_cast<uint16_t>(features.colour.size()));
  out.Put(static_cast<uint16_t>(features.local.keypoints.size()));
  out.Put<uint16_t>(0);
  out.Put(features.quality.sharpness);
  out.Put(features.quality.upscale_ratio);
  out.Put(features.quality.contrast);
  out.PutBytes(features.structure);
  for (const ColourBin& bin : features.colour) {
    out.Put(bin.bin);
    out.Put(bin.weight);
  }
  for (const Keypoint& point : features.local.keypoints) {
    out.Put(point.x);
    out.Put(point.y);
    out.Put(point.size);
    out.Put(point.angle_degrees);
    out.Put(point.response);
  }
  for (const Descriptor& descriptor : features.local.descriptors) {
    out.PutBytes({reinterpret_cast<const uint8_t*>(descriptor.words.data()), kDescriptorBytes});
  }
  if (features.layout) {
    out.Put(kTagLayout);
    out.Put(static_cast<uint32_t>(features.layout->size()));
    out.PutBytes(*features.layout);
  }
  return out.Take();
}

Result<Features> DeserializeFeatures(ByteView bytes) {
  ByteReader in(bytes);
  if (in.Get<uint32_t>() != kMagic) return Malformed("it does not start with LKFR");
  auto version = in.Get<uint16_t>();
  if (in.failed() || version == 0) return Malformed("no version");
  if (version > kFeatureRecordVersion) {
    return Fail(
        ErrorCode::kUnsupported,
        fmt::format("feature record has version {}, this program reads up to {}", version, kFeatureRecordVersion),
        "analyse the picture again, or use the newer program");
  }
  Features features;
  LK_ASSIGN(Counts counts, ReadFixed(&in, version, &features));
  constexpr size_t kColourBytes = 4, kKeypointBytes = 20;
  const size_t counted = counts.colour * kColourBytes + counts.keypoints * (kKeypointBytes + kDescriptorBytes);
  if (in.remaining() < counted || (version == 1 && in.remaining() != counted)) {
    return Malformed("its length does not fit its counts");
  }
  LK_TRY(ReadColour(&in, counts.colour, &features.colour));
  LK_TRY(ReadLocal(&in, counts.keypoints, features, &features.local));
  LK_TRY(ReadSections(&in, &features));
  return features;
}

}  // namespace likeness::feature
