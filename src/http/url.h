// Request targets (RFC 9112 origin form) taken apart: percent-decoded path and query, bounded. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::http {

struct Target {
  std::string path;                          // decoded; begins with '/'
  std::map<std::string, std::string> query;  // decoded, the last of equal names wins
};

// InvalidArgument: not origin form, a broken escape, a NUL, or a path with "." or ".." segments.
// LimitExceeded: more than `bytes_max` bytes.
Result<Target> ParseTarget(std::string_view target, size_t bytes_max);

// RFC 3986 percent-encoding of everything but unreserved characters.
std::string PercentEncode(std::string_view text);
// False for a broken escape. `plus_is_space` as in query strings.
bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out);

}  // namespace likeness::http
