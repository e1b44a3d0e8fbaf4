// Words of people, made safe once at the edge: bytes to valid UTF-8, control characters dropped, length bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace likeness {

bool IsValidUtf8(std::string_view text);

// Valid UTF-8 of at most `bytes_max` bytes (cut between characters): invalid bytes become U+FFFD; NUL, control
// characters (but '\n' and '\t' where keep_lines), and bidirectional overrides are dropped; outer blanks are trimmed.
std::string CleanText(std::string_view raw, size_t bytes_max, bool keep_lines = false);

// The last component of a path as a person would call the file; never empty, never "." or "..".
std::string CleanFileName(std::string_view raw, size_t bytes_max);

std::string_view Trim(std::string_view text);

// RFC 4648, section 4, with padding.
std::string Base64(std::string_view bytes);

// For the text and the attributes of HTML: & < > " ' become entities.
std::string EscapeHtml(std::string_view text);

}  // namespace likeness
