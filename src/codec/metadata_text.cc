#include "codec/metadata_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace likeness::codec {

namespace {

void AppendUtf8(std::string& out, uint32_t code) {
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += {char(0xC0 | code >> 6), char(0x80 | (code & 63))};
  } else if (code < 0x10000) {
    out += {char(0xE0 | code >> 12), char(0x80 | (code >> 6 & 63)), char(0x80 | (code & 63))};
  } else {
    out += {char(0xF0 | code >> 18), char(0x80 | (code >> 12 & 63)), char(0x80 | (code >> 6 & 63)),
            char(0x80 | (code & 63))};
  }
}

}  // namespace

std::string ForeignText(ByteView raw, size_t bytes_max, bool keep_lines) {
  std::string_view text = AsText(raw);
  text = text.substr(0, text.find('\0'));
  // No more than can matter: cleaning only shortens by dropped characters.
  text = text.substr(0, bytes_max * 4 + 16);
  // The cut may have split a character: look at the text without its last three bytes.
  if (IsValidUtf8(text) || (text.size() > bytes_max * 4 && IsValidUtf8(CleanText(text, bytes_max)))) {
    return CleanText(text, bytes_max, keep_lines);
  }
  std::string utf8;
  for (const char c : text) AppendUtf8(utf8, static_cast<uint8_t>(c));
  return CleanText(utf8, bytes_max, keep_lines);
}

std::string ForeignUtf16(ByteView raw, size_t bytes_max) {
  std::string utf8;
  for (size_t i = 0; i + 1 < raw.size() && utf8.size() < bytes_max * 2; i += 2) {
    uint32_t code = raw[i] | uint32_t(raw[i + 1]) << 8;
    if (code == 0) break;
    if (code >= 0xD800 && code < 0xDC00 && i + 3 < raw.size()) {
      const uint32_t low = raw[i + 2] | uint32_t(raw[i + 3]) << 8;
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        i += 2;
      }
    }
    if (code >= 0xD800 && code < 0xE000) code = 0xFFFD;
    AppendUtf8(utf8, code);
  }
  return CleanText(utf8, bytes_max);
}

int TakeDigits(std::string_view& text, size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

std::string CleanOffset(std::string_view text) {
  text = Trim(text);
  if (text == "Z") return "+00:00";
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return {};
  const char sign = text[0];
  text.remove_prefix(1);
  const int hours = TakeDigits(text, 2);
  if (text.starts_with(':')) text.remove_prefix(1);
  const int minutes = TakeDigits(text, 2);
  if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59 || !text.empty()) return {};
  return fmt::format("{}{:02}:{:02}", sign, hours, minutes);
}

std::string MakeDateTime(int year, int month, int day, int hour, int minute, int second, std::string_view offset) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (year < 1 || year > 9999 || month < 1 || month > 12 || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
      second < 0 || second > 60) {
    return {};
  }
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  if (day < 1 || day > kDays[month - 1] + (month == 2 && leap)) return {};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}", year, month, day, hour, minute, second, offset);
}

std::string ExifDateTime(std::string_view text, std::string_view offset) {
  text = Trim(text.substr(0, text.find('\0')));
  int part[6];
  for (size_t i = 0; i < 6; ++i) {
    if (i > 0) {
      // Some programs write '-' or '/' between the parts of the date, or 'T' before the time.
      if (text.empty() || std::string_view(": -/T.").find(text[0]) == std::string_view::npos) return {};
      text.remove_prefix(1);
    }
    part[i] = TakeDigits(text, i == 0 ? 4 : 2);
    if (part[i] < 0) return {};
  }
  return MakeDateTime(part[0], part[1], part[2], part[3], part[4], part[5], CleanOffset(offset));
}

std::string IsoDateTime(std::string_view text) {
  text = Trim(text);
  const auto take = [&text](char before, size_t count) {
    if (before != 0) {
      if (!text.starts_with(before)) return -1;
      text.remove_prefix(1);
    }
    return TakeDigits(text, count);
  };
  const int year = take(0, 4), month = take('-', 2), day = take('-', 2);
  if (text.empty()) return MakeDateTime(year, month, day, 0, 0, 0, {});
  const int hour = take('T', 2), minute = take(':', 2);
  int second = 0;
  if (text.starts_with(':')) second = take(':', 2);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') text.remove_prefix(1);
  }
  return MakeDateTime(year, month, day, hour, minute, second, CleanOffset(text));
}

std::optional<double> ParseNumber(std::string_view text) {
  text = Trim(text);
  const auto parse = [](std::string_view part) -> std::optional<double> {
    double value = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size() || !std::isfinite(value)) return std::nullopt;
    return value;
  };
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return parse(text);
  const auto above = parse(text.substr(0, slash)), below = parse(text.substr(slash + 1));
  if (!above || !below || *below == 0 || !std::isfinite(*above / *below)) return std::nullopt;
  return *above / *below;
}

void AddKeyword(std::string keyword, const Limits& limits, Metadata& metadata) {
  if (keyword.empty() || metadata.keywords.size() >= limits.tags_max) return;
  if (std::find(metadata.keywords.begin(), metadata.keywords.end(), keyword) != metadata.keywords.end()) return;
  metadata.keywords.push_back(std::move(keyword));
}

bool IsPlausiblePlace(double latitude, double longitude) {
  return std::isfinite(latitude) && std::isfinite(longitude) && std::abs(latitude) <= 90 &&
         std::abs(longitude) <= 180 && !(latitude == 0 && longitude == 0);
}

}  // namespace likeness::codec
