#include "http/url.h"

#include <fmt/format.h>

#include <cstdint>

namespace likeness::http {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool HasDotSegment(std::string_view path) {
  size_t at = 0;
  while (at < path.size()) {
    size_t end = path.find('/', at);
    if (end == std::string_view::npos) end = path.size();
    std::string_view segment = path.substr(at, end - at);
    if (segment == "." || segment == "..") return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out) {
  out->clear();
  out->reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return false;
      int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out->push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out->push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return true;
}

std::string PercentEncode(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
                 c == '_' || c == '~';
    if (plain)
      out.push_back(c);
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Result<Target> ParseTarget(std::string_view target, size_t bytes_max) {
  if (target.size() > bytes_max) {
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("the address has {} bytes, more than {}", target.size(), bytes_max),
                "raise limits.query_bytes_max to allow it");
  }
  if (target.empty() || target[0] != '/')
    return Fail(ErrorCode::kInvalidArgument, "the request target must be a path that begins with /");
  target = target.substr(0, target.find('#'));
  std::string_view query;
  if (size_t mark = target.find('?'); mark != std::string_view::npos) {
    query = target.substr(mark + 1);
    target = target.substr(0, mark);
  }
  Target out;
  if (!PercentDecode(target, false, &out.path)) return Fail(ErrorCode::kInvalidArgument, "broken % escape in the path");
  if (out.path.find('\0') != std::string::npos || HasDotSegment(out.path))
    return Fail(ErrorCode::kInvalidArgument, "the path holds a NUL, or a . or .. segment");
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    std::string name, value;
    if (!PercentDecode(pair.substr(0, equals), true, &name) ||
        (equals != std::string_view::npos && !PercentDecode(pair.substr(equals + 1), true, &value)))
      return Fail(ErrorCode::kInvalidArgument, "broken % escape in the query");
    out.query[name] = std::move(value);
  }
  return out;
}

}  // namespace likeness::http
