// EXIF 2.32 (CIPA DC-008): a TIFF structure of directories. Offsets, counts and the chain of directories are hostile:
// every access is bounded, a directory is read once, and the number of tags and the depth have limits. The second
// directory in the chain (the embedded thumbnail) is never followed.
#include <array>
#include <cmath>
#include <set>

#include "base/text.h"
#include "codec/metadata.h"
#include "codec/metadata_text.h"
#include "codec/picture.h"

namespace likeness::codec {

namespace {

using namespace std::literals;

enum class Directory { kMain, kExif, kGps };

struct Entry {
  uint16_t tag = 0, type = 0;
  uint32_t count = 0;
  ByteView data;  // count values
};

class ExifReader {
 public:
  ExifReader(ByteView bytes, const Limits& limits, Metadata& metadata)
      : bytes_(bytes), limits_(limits), metadata_(metadata) {}

  bool Run(uint8_t* orientation) {
    if (bytes_.size() < 8) return false;
    const std::string_view order = AsText(bytes_.first(2));
    if (order != "II" && order != "MM") return false;
    big_ = order == "MM";
    if (U16(2) != 42) return false;
    ReadDirectory(U32(4), Directory::kMain, 1);
    Settle();
    if (orientation != nullptr && orientation_ != 0) *orientation = orientation_;
    return true;
  }

 private:
  uint16_t U16(size_t at) const { return Load16(bytes_.subspan(at)); }
  uint32_t U32(size_t at) const { return Load32(bytes_.subspan(at)); }
  uint16_t Load16(ByteView b) const { return uint16_t(big_ ? b[0] << 8 | b[1] : b[1] << 8 | b[0]); }
  uint32_t Load32(ByteView b) const {
    return big_ ? uint32_t(Load16(b)) << 16 | Load16(b.subspan(2)) : uint32_t(Load16(b.subspan(2))) << 16 | Load16(b);
  }

  void ReadDirectory(uint32_t offset, Directory directory, uint32_t depth) {
    if (depth > limits_.exif_depth_max || offset > bytes_.size() || bytes_.size() - offset < 2) return;
    if (!seen_.insert(offset).second) return;
    const size_t count = U16(offset);
    for (size_t i = 0; i < count && tags_ < limits_.exif_tags_max; ++i) {
      const size_t at = offset + 2 + 12 * i;
      if (at > bytes_.size() || bytes_.size() - at < 12) return;
      ++tags_;
      Entry entry{U16(at), U16(at + 2), U32(at + 4), {}};
      constexpr std::array<uint8_t, 13> kSizes = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8};
      if (entry.type == 0 || entry.type >= kSizes.size()) continue;
      const uint64_t size = uint64_t{entry.count} * kSizes[entry.type];
      const uint64_t from = size <= 4 ? at + 8 : U32(at + 8);
      if (from > bytes_.size() || size > bytes_.size() - from || size == 0) continue;
      entry.data = bytes_.subspan(size_t(from), size_t(size));
      Take(entry, directory, depth);
    }
  }

  void Take(const Entry& entry, Directory directory, uint32_t depth) {
    switch (directory) {
      case Directory::kMain:
        TakeMain(entry, depth);
        break;
      case Directory::kExif:
        TakeExif(entry);
        break;
      case Directory::kGps:
        TakeGps(entry);
        break;
    }
  }

  void TakeMain(const Entry& entry, uint32_t depth) {
    switch (entry.tag) {
      case 0x010E:
        TakeText(entry, metadata_.description, limits_.text_bytes_max, true);
        break;
      case 0x010F:
        TakeText(entry, metadata_.camera_make);
        break;
      case 0x0110:
        TakeText(entry, metadata_.camera_model);
        break;
      case 0x0112:
        if (const auto value = Integer(entry)) orientation_ = *value >= 1 && *value <= 8 ? uint8_t(*value) : 1;
        break;
      case 0x0131:
        TakeText(entry, metadata_.software);
        break;
      case 0x0132:
        changed_ = entry.data;
        break;
      case 0x013B:
        TakeText(entry, metadata_.creator);
        break;
      case 0x4746:
        if (const auto value = Integer(entry); value && *value <= 5) metadata_.rating = int(*value);
        break;
      case 0x8298:
        TakeText(entry, metadata_.copyright, limits_.text_bytes_max);
        break;
      case 0x9C9B:
        TakeWide(entry, metadata_.title, limits_.text_bytes_max);
        break;
      case 0x9C9E:
        TakeWideKeywords(entry);
        break;
      case 0x8769:
        if (const auto value = Integer(entry)) ReadDirectory(*value, Directory::kExif, depth + 1);
        break;
      case 0x8825:
        if (const auto value = Integer(entry)) ReadDirectory(*value, Directory::kGps, depth + 1);
        break;
      default:
        break;
    }
  }

  void TakeExif(const Entry& entry) {
    switch (entry.tag) {
      case 0x829A:
        TakePositive(entry, 1e6, metadata_.exposure_seconds);
        break;
      case 0x829D:
        TakePositive(entry, 1e4, metadata_.f_number);
        break;
      case 0x8827:
        if (const auto value = Integer(entry); value && *value > 0 && *value <= 10'000'000) metadata_.iso = *value;
        break;
      case 0x9003:
        taken_ = entry.data;
        break;
      case 0x9004:
        digitised_ = entry.data;
        break;
      case 0x9010:
        changed_offset_ = entry.data;
        break;
      case 0x9011:
        taken_offset_ = entry.data;
        break;
      case 0x9012:
        digitised_offset_ = entry.data;
        break;
      case 0x920A:
        TakePositive(entry, 1e5, metadata_.focal_length_mm);
        break;
      case 0xA434:
        TakeText(entry, metadata_.lens);
        break;
      default:
        break;
    }
  }

  void TakeGps(const Entry& entry) {
    switch (entry.tag) {
      case 1:
        south_ = entry.data[0] == 'S' || entry.data[0] == 's';
        break;
      case 2:
        latitude_ = Degrees(entry);
        break;
      case 3:
        west_ = entry.data[0] == 'W' || entry.data[0] == 'w';
        break;
      case 4:
        longitude_ = Degrees(entry);
        break;
      case 5:
        below_sea_ = entry.data[0] == 1;
        break;
      case 6:
        altitude_ = Rational(entry, 0);
        break;
      default:
        break;
    }
  }

  void Settle() {
    if (latitude_ && longitude_) {
      const double latitude = south_ ? -*latitude_ : *latitude_, longitude = west_ ? -*longitude_ : *longitude_;
      if (IsPlausiblePlace(latitude, longitude)) metadata_.latitude = latitude, metadata_.longitude = longitude;
    }
    if (altitude_ && std::abs(*altitude_) < 1e6) metadata_.altitude_m = below_sea_ ? -*altitude_ : *altitude_;
    const std::pair<ByteView, ByteView> dates[] = {
        {taken_, taken_offset_}, {digitised_, digitised_offset_}, {changed_, changed_offset_}};
    for (const auto& [date, offset] : dates) {
      const std::string_view offset_text = AsText(offset);
      std::string text = ExifDateTime(AsText(date), offset_text.substr(0, offset_text.find('\0')));
      if (text.empty()) continue;
      metadata_.taken_at = std::move(text);
      break;
    }
  }

  void TakeText(const Entry& entry, std::string& to, size_t bytes_max = kShortTextBytesMax, bool keep_lines = false) {
    if (entry.type != 2 && entry.type != 7 && entry.type != 1) return;
    std::string text = ForeignText(entry.data, bytes_max, keep_lines);
    if (!text.empty()) to = std::move(text);
  }

  void TakeWide(const Entry& entry, std::string& to, size_t bytes_max) {
    std::string text = ForeignUtf16(entry.data, bytes_max);
    if (!text.empty()) to = std::move(text);
  }

  void TakeWideKeywords(const Entry& entry) {
    const std::string all = ForeignUtf16(entry.data, limits_.text_bytes_max);
    std::string_view rest = all;
    while (!rest.empty()) {
      const size_t end = rest.find(';');
      AddKeyword(CleanText(rest.substr(0, end), limits_.tag_bytes_max), limits_, metadata_);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
    }
  }

  std::optional<uint32_t> Integer(const Entry& entry) const {
    switch (entry.type) {
      case 1:
        return entry.data[0];
      case 3:
        return Load16(entry.data);
      case 4:
      case 13:
        return Load32(entry.data);
      default:
        return std::nullopt;
    }
  }

  // The i-th rational, signed or not; none when its denominator is 0.
  std::optional<double> Rational(const Entry& entry, size_t i) const {
    if ((entry.type != 5 && entry.type != 10) || entry.data.size() < 8 * (i + 1)) return std::nullopt;
    const uint32_t above = Load32(entry.data.subspan(8 * i)), below = Load32(entry.data.subspan(8 * i + 4));
    if (below == 0) return std::nullopt;
    return entry.type == 5 ? double(above) / double(below) : double(int32_t(above)) / double(int32_t(below));
  }

  void TakePositive(const Entry& entry, double max, std::optional<double>& to) const {
    if (const auto value = Rational(entry, 0); value && *value > 0 && *value <= max) to = value;
  }

  // Degrees, minutes, seconds; the last two may be missing.
  std::optional<double> Degrees(const Entry& entry) const {
    const auto degrees = Rational(entry, 0);
    if (!degrees || *degrees < 0) return std::nullopt;
    return *degrees + Rational(entry, 1).value_or(0) / 60 + Rational(entry, 2).value_or(0) / 3600;
  }

  ByteView bytes_;
  const Limits& limits_;
  Metadata& metadata_;
  bool big_ = false;
  uint32_t tags_ = 0;
  std::set<uint32_t> seen_;
  uint8_t orientation_ = 0;
  ByteView taken_, taken_offset_, digitised_, digitised_offset_, changed_, changed_offset_;
  std::optional<double> latitude_, longitude_, altitude_;
  bool south_ = false, west_ = false, below_sea_ = false;
};

}  // namespace

bool MergeExifOfFile(ByteView tiff, const Limits& limits, Metadata& metadata, uint8_t* orientation) {
  return ExifReader(tiff, limits, metadata).Run(orientation);
}

bool MergeExif(ByteView tiff, const Limits& limits, Metadata& metadata, uint8_t* orientation) {
  if (tiff.size() > limits.exif_bytes_max) return false;
  if (AsText(tiff).starts_with("Exif\0\0"sv)) tiff = tiff.subspan(6);
  return ExifReader(tiff, limits, metadata).Run(orientation);
}

}  // namespace likeness::codec
