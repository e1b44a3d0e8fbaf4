#include "engine/image_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <unordered_set>

#include "base/text.h"

namespace likeness::engine {
namespace {

constexpr size_t kLabelBytesMax = 4096;

std::string MetadataJson(const codec::Metadata& metadata, const codec::ImageInfo& info) {
  SmallJsonWriter out;
  auto text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) out.Put(key, value);
  };
  auto number = [&](std::string_view key, const auto& value) {
    if (value.has_value()) out.PutNumber(key, static_cast<double>(*value));
  };
  text("camera_make", metadata.camera_make);
  text("camera_model", metadata.camera_model);
  text("lens", metadata.lens);
  number("exposure_seconds", metadata.exposure_seconds);
  number("f_number", metadata.f_number);
  number("focal_length_mm", metadata.focal_length_mm);
  if (metadata.iso.has_value()) out.PutInteger("iso", *metadata.iso);
  number("latitude", metadata.latitude);
  number("longitude", metadata.longitude);
  number("altitude_m", metadata.altitude_m);
  text("creator", metadata.creator);
  text("copyright", metadata.copyright);
  text("software", metadata.software);
  text("colour_profile", info.colour_profile);
  if (info.jpeg_quality != 0) out.PutInteger("jpeg_quality", info.jpeg_quality);
  return out.Take();
}

}  // namespace

bool HasPlace(std::string_view metadata_json) {
  // A quote inside of a value is escaped: these are members.
  return metadata_json.contains("\"latitude\":") || metadata_json.contains("\"altitude_m\":");
}

int64_t NowMs() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t ParseTakenAt(std::string_view text) {
  std::tm tm{};
  char sign = 0;
  int hours = 0, minutes = 0;
  std::string copy(text.substr(0, 40));
  int got = std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d%c%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
                        &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &sign, &hours, &minutes);
  if (got < 6 || tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31) return 0;
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  int64_t seconds = timegm(&tm);
  if (got == 9 && (sign == '+' || sign == '-')) seconds -= (sign == '+' ? 1 : -1) * (hours * 3600 + minutes * 60);
  return seconds * 1000;
}

catalog::ImageRow DescribeImage(const AnalyzedFile& file, int64_t imported_at_ms, const Limits& limits) {
  const sandbox::Analysis& analysis = file.analysis;
  const codec::Metadata& metadata = analysis.metadata;
  catalog::ImageRow row;
  row.format = codec::Name(analysis.info.format);
  row.width = analysis.info.width;
  row.height = analysis.info.height;
  row.frames = analysis.info.frames;
  row.size_bytes = file.size_bytes;
  row.sha256 = file.sha256;
  row.imported_at_ms = imported_at_ms;
  row.taken_at = metadata.taken_at;
  int64_t taken_at_ms = ParseTakenAt(metadata.taken_at);
  row.sort_at_ms = taken_at_ms != 0 ? taken_at_ms : imported_at_ms;
  row.title = CleanText(metadata.title, limits.text_bytes_max);
  row.description = CleanText(metadata.description, limits.text_bytes_max, true);
  row.rating = std::clamp(metadata.rating.value_or(0), -1, 5);
  row.metadata_json = MetadataJson(metadata, analysis.info);
  row.placeholder = analysis.placeholder;
  row.low_information = analysis.features.low_information;
  return row;
}

std::vector<std::string> MergeTags(const std::vector<std::string>& given, const std::vector<std::string>& keywords,
                                   const Limits& limits) {
  std::vector<std::string> tags;
  std::unordered_set<std::string> seen;
  for (const auto* list : {&given, &keywords}) {
    for (const std::string& raw : *list) {
      if (tags.size() >= limits.tags_max) return tags;
      std::string tag = CleanText(raw, limits.tag_bytes_max);
      if (!tag.empty() && seen.insert(tag).second) tags.push_back(std::move(tag));
    }
  }
  return tags;
}

int CountMetadataFields(const codec::Metadata& m) {
  int count = static_cast<int>(m.keywords.size());
  for (const std::string* text : {&m.taken_at, &m.camera_make, &m.camera_model, &m.lens, &m.title, &m.description,
                                  &m.creator, &m.copyright, &m.software})
    count += !text->empty();
  count += m.exposure_seconds.has_value() + m.f_number.has_value() + m.focal_length_mm.has_value() + m.iso.has_value() +
           m.latitude.has_value() + m.longitude.has_value() + m.altitude_m.has_value() + m.rating.has_value();
  return count;
}

int CountMetadataFields(const catalog::ImageRow& row) {
  int count = static_cast<int>(row.tags.size()) + !row.title.empty() + !row.description.empty() +
              !row.taken_at.empty() + (row.rating != 0);
  if (Result<SmallObject> metadata = ParseSmallJson(row.metadata_json); metadata.has_value())
    for (const auto& [key, value] : *metadata) count += key != "jpeg_quality" && key != "colour_profile";
  return count;
}

std::string MakeLabel(const catalog::ImageRow& row) {
  bool path = !row.source_path.empty(), url = !row.source_url.empty();
  for (size_t tags = row.tags.size();;) {
    SmallJsonWriter out;
    out.Put("name", row.name).PutInteger("at", row.imported_at_ms);
    if (row.linked_to != 0) out.PutInteger("linked_to", static_cast<int64_t>(row.linked_to));
    if (path) out.Put("path", row.source_path);
    if (url) out.Put("url", row.source_url);
    if (tags > 0) out.PutTexts("tags", {row.tags.begin(), row.tags.begin() + static_cast<ptrdiff_t>(tags)});
    if (out.size() <= kLabelBytesMax) return out.Take();
    if (path) {
      path = false;
    } else if (url) {
      url = false;
    } else if (tags > 0) {
      tags /= 2;
    } else {
      return "{}";
    }
  }
}

Status ReadLabel(std::string_view label, catalog::ImageRow& row) {
  LK_ASSIGN(SmallObject object, ParseSmallJson(label));
  row.name = GetText(object, "name");
  row.source_path = GetText(object, "path");
  row.source_url = GetText(object, "url");
  row.tags = GetTexts(object, "tags");
  row.imported_at_ms = static_cast<int64_t>(GetNumber(object, "at", 0));
  row.linked_to = static_cast<uint64_t>(std::max(0.0, GetNumber(object, "linked_to", 0)));
  return {};
}

}  // namespace likeness::engine
