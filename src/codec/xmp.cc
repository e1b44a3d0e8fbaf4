// XMP (ISO 16684-1): RDF in XML, read by Expat as a stream of elements. A document type declaration ends the parse at
// once, so that no entity is ever defined. Only properties of the outermost rdf:Description count, simple or as a list.
#include <expat.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "base/text.h"
#include "codec/metadata.h"
#include "codec/metadata_text.h"

namespace likeness::codec {

namespace {

using namespace std::literals;

// Expat gives names as "namespace local" with the separator asked for.
#define LK_RDF "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
#define LK_DC "http://purl.org/dc/elements/1.1/ "
#define LK_XMP "http://ns.adobe.com/xap/1.0/ "
#define LK_PHOTOSHOP "http://ns.adobe.com/photoshop/1.0/ "
#define LK_EXIF "http://ns.adobe.com/exif/1.0/ "
#define LK_EXIFEX "http://cipa.jp/exif/1.0/ "
#define LK_AUX "http://ns.adobe.com/exif/1.0/aux/ "
#define LK_TIFF "http://ns.adobe.com/tiff/1.0/ "

constexpr size_t kDepthMax = 64;
constexpr size_t kValuesMax = 4096;

struct Value {
  std::string text, language;
};

class XmpParser {
 public:
  // False on malformed XML, a DTD, or nesting deeper than any real packet.
  bool Parse(ByteView packet) {
    const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(XML_ParserCreateNS(nullptr, ' '),
                                                                              XML_ParserFree);
    if (parser == nullptr) return false;
    parser_ = parser.get();
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(parser_, OnStart, OnEnd);
    XML_SetCharacterDataHandler(parser_, OnText);
    XML_SetStartDoctypeDeclHandler(parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
      static_cast<XmpParser*>(self)->Stop();
    });
    const auto status = XML_Parse(parser_, AsText(packet).data(), int(packet.size()), XML_TRUE);
    return status == XML_STATUS_OK && !stopped_;
  }

  const std::vector<Value>* Find(std::string_view name) const {
    const auto found = values_.find(name);
    return found == values_.end() || found->second.empty() ? nullptr : &found->second;
  }
  // The text for everybody of a list of languages, else the first.
  std::string_view Text(std::string_view name) const {
    const auto* values = Find(name);
    if (values == nullptr) return {};
    for (const Value& value : *values) {
      if (value.language == "x-default") return value.text;
    }
    return values->front().text;
  }

 private:
  void Stop() {
    stopped_ = true;
    XML_StopParser(parser_, XML_FALSE);
  }

  static void OnStart(void* user, const XML_Char* name, const XML_Char** attributes) {
    auto& self = *static_cast<XmpParser*>(user);
    if (self.stopped_) return;
    if (self.stack_.size() >= kDepthMax) return self.Stop();
    if (self.property_.empty()) {
      if (!self.stack_.empty() && self.stack_.back() == LK_RDF "Description") {
        self.property_ = name;
        self.property_depth_ = self.stack_.size();
        self.items_ = 0;
        self.text_.clear();
      } else if (name == LK_RDF "Description"sv) {
        for (size_t i = 0; attributes[i] != nullptr; i += 2) self.Add(attributes[i], {attributes[i + 1], {}});
      }
    } else if (name == LK_RDF "li"sv) {
      self.text_.clear();
      self.language_.clear();
      for (size_t i = 0; attributes[i] != nullptr; i += 2) {
        if (attributes[i] == "http://www.w3.org/XML/1998/namespace lang"sv) self.language_ = attributes[i + 1];
      }
    }
    self.stack_.emplace_back(name);
  }

  static void OnEnd(void* user, const XML_Char* name) {
    auto& self = *static_cast<XmpParser*>(user);
    if (self.stopped_ || self.stack_.empty()) return;
    self.stack_.pop_back();
    if (self.property_.empty()) return;
    const size_t depth = self.stack_.size();
    if (depth == self.property_depth_ + 2 && name == LK_RDF "li"sv) {
      self.Add(self.property_, {std::move(self.text_), std::move(self.language_)});
      self.text_.clear(), self.language_.clear();
      ++self.items_;
    } else if (depth == self.property_depth_) {
      if (self.items_ == 0 && !Trim(self.text_).empty()) self.Add(self.property_, {std::move(self.text_), {}});
      self.property_.clear();
      self.text_.clear();
    }
  }

  static void OnText(void* user, const XML_Char* text, int size) {
    auto& self = *static_cast<XmpParser*>(user);
    if (!self.property_.empty()) self.text_.append(text, size_t(size));
  }

  void Add(std::string_view name, Value value) {
    if (++count_ <= kValuesMax) values_[std::string(name)].push_back(std::move(value));
  }

  XML_Parser parser_ = nullptr;
  bool stopped_ = false;
  std::vector<std::string> stack_;
  std::string property_, text_, language_;
  size_t property_depth_ = 0, items_ = 0, count_ = 0;
  std::map<std::string, std::vector<Value>, std::less<>> values_;
};

void Replace(std::string& to, std::string_view from, size_t bytes_max, bool keep_lines = false) {
  std::string text = CleanText(from, bytes_max, keep_lines);
  if (!text.empty()) to = std::move(text);
}

void Fill(std::string& to, std::string_view from) {
  if (to.empty()) to = CleanText(from, kShortTextBytesMax);
}

void FillPositive(std::optional<double>& to, std::string_view from, double max) {
  if (to) return;
  if (const auto value = ParseNumber(from); value && *value > 0 && *value <= max) to = value;
}

// "48,12.345N" or "48,12,20N".
std::optional<double> ParseDegrees(std::string_view text, char positive, char negative) {
  text = Trim(text);
  if (text.empty()) return std::nullopt;
  const char side = text.back();
  if (side != positive && side != negative) return std::nullopt;
  text.remove_suffix(1);
  double degrees = 0, unit = 1;
  for (int part = 0; part < 3 && !text.empty(); ++part, unit *= 60) {
    const size_t comma = text.find(',');
    const auto value = ParseNumber(text.substr(0, comma));
    if (!value || *value < 0) return std::nullopt;
    degrees += *value / unit;
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return side == positive ? degrees : -degrees;
}

void TakePlace(const XmpParser& xmp, Metadata& metadata) {
  const auto latitude = ParseDegrees(xmp.Text(LK_EXIF "GPSLatitude"), 'N', 'S');
  const auto longitude = ParseDegrees(xmp.Text(LK_EXIF "GPSLongitude"), 'E', 'W');
  if (latitude && longitude && IsPlausiblePlace(*latitude, *longitude)) {
    metadata.latitude = latitude;
    metadata.longitude = longitude;
  }
  const auto altitude = ParseNumber(xmp.Text(LK_EXIF "GPSAltitude"));
  if (altitude && std::abs(*altitude) < 1e6) {
    metadata.altitude_m = Trim(xmp.Text(LK_EXIF "GPSAltitudeRef")) == "1" ? -*altitude : *altitude;
  }
}

void TakeDate(const XmpParser& xmp, Metadata& metadata) {
  for (const auto name : {LK_PHOTOSHOP "DateCreated"sv, LK_EXIF "DateTimeOriginal"sv, LK_XMP "CreateDate"sv}) {
    std::string date = IsoDateTime(xmp.Text(name));
    if (date.empty()) continue;
    // A packet without time zone that agrees with a block that has one says less.
    if (!metadata.taken_at.starts_with(date) && (name != LK_XMP "CreateDate"sv || metadata.taken_at.empty())) {
      metadata.taken_at = std::move(date);
    }
    return;
  }
}

void TakeRating(const XmpParser& xmp, Metadata& metadata) {
  const auto rating = ParseNumber(xmp.Text(LK_XMP "Rating"));
  if (rating && *rating >= -1 && *rating <= 5) metadata.rating = int(std::lround(*rating));
}

void TakeCamera(const XmpParser& xmp, Metadata& metadata) {
  Fill(metadata.camera_make, xmp.Text(LK_TIFF "Make"));
  Fill(metadata.camera_model, xmp.Text(LK_TIFF "Model"));
  Fill(metadata.lens, xmp.Text(LK_EXIFEX "LensModel"));
  Fill(metadata.lens, xmp.Text(LK_AUX "Lens"));
  Fill(metadata.software, xmp.Text(LK_XMP "CreatorTool"));
  FillPositive(metadata.exposure_seconds, xmp.Text(LK_EXIF "ExposureTime"), 1e6);
  FillPositive(metadata.f_number, xmp.Text(LK_EXIF "FNumber"), 1e4);
  FillPositive(metadata.focal_length_mm, xmp.Text(LK_EXIF "FocalLength"), 1e5);
  for (const auto name : {LK_EXIFEX "PhotographicSensitivity"sv, LK_EXIF "ISOSpeedRatings"sv}) {
    if (metadata.iso) break;
    const auto iso = ParseNumber(xmp.Text(name));
    if (iso && *iso >= 1 && *iso <= 1e7) metadata.iso = uint32_t(*iso);
  }
}

}  // namespace

bool MergeXmp(ByteView packet, const Limits& limits, Metadata& metadata) {
  if (packet.empty() || packet.size() > limits.xmp_bytes_max) return false;
  // Packets come padded with NULs and blanks.
  while (!packet.empty() && (packet.back() == 0 || packet.back() == ' ' || packet.back() == '\n')) {
    packet = packet.first(packet.size() - 1);
  }
  XmpParser xmp;
  if (!xmp.Parse(packet)) return false;
  Replace(metadata.title, xmp.Text(LK_DC "title"), limits.text_bytes_max);
  Replace(metadata.description, xmp.Text(LK_DC "description"), limits.text_bytes_max, true);
  Replace(metadata.copyright, xmp.Text(LK_DC "rights"), limits.text_bytes_max);
  Replace(metadata.creator, xmp.Text(LK_DC "creator"), kShortTextBytesMax);
  if (const auto* subjects = xmp.Find(LK_DC "subject")) {
    // The packet's list is the whole list.
    metadata.keywords.clear();
    for (const Value& value : *subjects) {
      AddKeyword(CleanText(value.text, limits.tag_bytes_max), limits, metadata);
    }
  }
  TakeRating(xmp, metadata);
  TakeDate(xmp, metadata);
  TakePlace(xmp, metadata);
  TakeCamera(xmp, metadata);
  return true;
}

}  // namespace likeness::codec
