#include "base/text.h"

#include <cstdint>

namespace likeness {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

// One code point from text[at...]; an invalid byte gives kReplacement and advances by one. `valid` is cleared then.
uint32_t NextCodePoint(std::string_view text, size_t& at, bool& valid) {
  auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  uint8_t first = byte(at);
  if (first < 0x80) return text[at++];
  int extra = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  uint32_t point = first & (0x3F >> extra);
  bool good = first >= 0xC2 && first <= 0xF4 && at + extra < text.size();
  for (int i = 1; good && i <= extra; ++i) {
    good = (byte(at + i) & 0xC0) == 0x80;
    point = point << 6 | (byte(at + i) & 0x3F);
  }
  constexpr uint32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  good = good && point >= kSmallest[extra] && point <= 0x10FFFF && !(point >= 0xD800 && point <= 0xDFFF);
  if (!good) {
    valid = false;
    ++at;
    return kReplacement;
  }
  at += 1 + extra;
  return point;
}

void Append(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xC0 | point >> 6));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xE0 | point >> 12));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  } else {
    out.push_back(static_cast<char>(0xF0 | point >> 18));
    out.push_back(static_cast<char>(0x80 | (point >> 12 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point >> 6 & 0x3F)));
    out.push_back(static_cast<char>(0x80 | (point & 0x3F)));
  }
}

bool Dropped(uint32_t point, bool keep_lines) {
  if (keep_lines && (point == '\n' || point == '\t')) return false;
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x202A && point <= 0x202E) ||
         (point >= 0x2066 && point <= 0x2069) || point == 0xFEFF || point == 0xFFFE || point == 0xFFFF;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  bool valid = true;
  for (size_t at = 0; at < text.size() && valid;) NextCodePoint(text, at, valid);
  return valid;
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string CleanText(std::string_view raw, size_t bytes_max, bool keep_lines) {
  std::string out;
  bool valid = true;
  raw = Trim(raw);
  for (size_t at = 0; at < raw.size();) {
    uint32_t point = NextCodePoint(raw, at, valid);
    if (Dropped(point, keep_lines)) continue;
    size_t before = out.size();
    Append(out, point);
    if (out.size() > bytes_max) {
      out.resize(before);
      break;
    }
  }
  return std::string(Trim(out));
}

std::string CleanFileName(std::string_view raw, size_t bytes_max) {
  while (!raw.empty() && (raw.back() == '/' || raw.back() == '\\')) raw.remove_suffix(1);
  if (size_t slash = raw.find_last_of("/\\"); slash != std::string_view::npos) raw.remove_prefix(slash + 1);
  std::string name = CleanText(raw, bytes_max);
  return name.empty() || name == "." || name == ".." ? "unnamed" : name;
}

std::string Base64(std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out((bytes.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  const auto at = [&](size_t i) { return i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : uint8_t{0}; };
  for (size_t i = 0; i < bytes.size(); i += 3, to += 4) {
    const uint32_t group = uint32_t{at(i)} << 16 | uint32_t{at(i + 1)} << 8 | at(i + 2);
    const size_t digits = std::min<size_t>(4, bytes.size() - i + 1);
    for (size_t j = 0; j < digits; ++j) to[j] = kDigits[group >> (18 - 6 * j) & 63];
  }
  return out;
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

}  // namespace likeness
