// Names of formats, and telling the type from the bytes.
#include <algorithm>
#include <array>

#include "codec/decode.h"
#include "codec/format_table.h"

namespace likeness::codec {

namespace {

// Types that are known and never taken, so that a refusal can name them. `magic` stands at `offset`.
struct Refused {
  std::string_view what;
  size_t offset;
  std::string_view magic;
};

using namespace std::literals;

constexpr std::array kRefused = {
    Refused{"pdf", 0, "%PDF"sv},
    Refused{"postscript", 0, "%!"sv},
    Refused{"postscript", 0, "\xC5\xD0\xD3\xC6"sv},
    Refused{"psd", 0, "8BPS"sv},
    Refused{"radiance hdr", 0, "#?RADIANCE"sv},
    Refused{"radiance hdr", 0, "#?RGBE"sv},
    Refused{"openexr", 0, "\x76\x2F\x31\x01"sv},
    Refused{"ico", 0, "\x00\x00\x01\x00"sv},
    Refused{"cur", 0, "\x00\x00\x02\x00"sv},
    Refused{"jp2", 0, "\x00\x00\x00\x0CjP  "sv},
    Refused{"jpeg 2000 codestream", 0, "\xFF\x4F\xFF\x51"sv},
    Refused{"m3u playlist", 0, "#EXTM3U"sv},
    Refused{"mvg", 0, "push graphic-context"sv},
    Refused{"svgz or gzip", 0, "\x1F\x8B"sv},
    Refused{"zip", 0, "PK\x03\x04"sv},
    Refused{"rar", 0, "Rar!"sv},
    Refused{"7z", 0, "7z\xBC\xAF"sv},
    Refused{"djvu", 0, "AT&TFORM"sv},
    Refused{"xcf", 0, "gimp xcf"sv},
    Refused{"dds", 0, "DDS "sv},
    Refused{"qoi", 0, "qoif"sv},
    Refused{"fits", 0, "SIMPLE  ="sv},
    Refused{"matlab", 0, "MATLAB 5.0"sv},
    Refused{"libvips image", 0, "\x08\xF2\xA6\xB6"sv},
    Refused{"libvips image", 0, "\xB6\xA6\xF2\x08"sv},
    Refused{"flv", 0, "FLV\x01"sv},
    Refused{"matroska or webm video", 0, "\x1A\x45\xDF\xA3"sv},
    Refused{"avi video", 8, "AVI "sv},
    Refused{"wave audio", 8, "WAVE"sv},
    Refused{"mp4 or quicktime video", 4, "ftyp"sv},
    Refused{"elf program", 0,
            "\x7F"
            "ELF"sv},
};

bool EqualNoCase(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(), [](char a, char b) {
           return a == (b >= 'A' && b <= 'Z' ? char(b + 32) : b);
         });
}

bool ContainsNoCase(std::string_view text, std::string_view lower) {
  for (size_t i = 0; i + lower.size() <= text.size(); ++i) {
    if (EqualNoCase(text.substr(i), lower)) return true;
  }
  return false;
}

// Markup and scripts under an image's name. Looks at the first kilobyte.
std::string_view SniffText(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty() && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n')) {
    text.remove_prefix(1);
  }
  text = text.substr(0, 1024);
  if (text.size() >= 3 && text[0] == 'P' && ((text[1] >= '1' && text[1] <= '7') || text[1] == 'F' || text[1] == 'f') &&
      (text[2] == '\n' || text[2] == ' ' || text[2] == '\r' || text[2] == '\t' || text[2] == '#')) {
    return "ppm";
  }
  if (text.starts_with("push graphic-context") || EqualNoCase(text, "viewbox ")) return "mvg";
  if (!text.starts_with('<')) return {};
  if (ContainsNoCase(text, "<svg")) return "svg";
  if (ContainsNoCase(text, "<html") || ContainsNoCase(text, "<!doctype html") || ContainsNoCase(text, "<script") ||
      ContainsNoCase(text, "<body")) {
    return "html";
  }
  if (EqualNoCase(text, "<?php")) return "php";
  return "xml";
}

const FormatRow& Row(Format format) {
  static constexpr FormatRow kNone{Format::kUnknown, "unknown", "application/octet-stream", "bin", false, nullptr,
                                   nullptr,          nullptr};
  const FormatRow* row = FindFormat(format);
  return row != nullptr ? *row : kNone;
}

}  // namespace

std::string_view Name(Format format) {
  return Row(format).name;
}
std::string_view MimeType(Format format) {
  return Row(format).mime;
}
std::string_view Extension(Format format) {
  return Row(format).extension;
}

Format FormatFromName(std::string_view name) {
  for (const FormatRow& row : FormatTable()) {
    if (row.name == name || row.extension == name) return row.format;
  }
  return Format::kUnknown;
}

FormatSet DefaultFormats() {
  FormatSet set;
  for (const FormatRow& row : FormatTable()) {
    if (row.on_by_default && row.decode != nullptr) set.Add(row.format);
  }
  return set;
}

FormatSet BuiltFormats() {
  FormatSet set;
  for (const FormatRow& row : FormatTable()) {
    if (row.decode != nullptr) set.Add(row.format);
  }
  return set;
}

Format Sniff(ByteView bytes, std::string_view* what) {
  for (const FormatRow& row : FormatTable()) {
    if (row.sniff(bytes)) {
      if (what != nullptr) *what = row.name;
      return row.format;
    }
  }
  if (what == nullptr) return Format::kUnknown;
  *what = {};
  for (const Refused& refused : kRefused) {
    if (bytes.size() >= refused.offset && AsText(bytes.subspan(refused.offset)).starts_with(refused.magic)) {
      *what = refused.what;
      return Format::kUnknown;
    }
  }
  *what = SniffText(AsText(bytes));
  return Format::kUnknown;
}

}  // namespace likeness::codec
