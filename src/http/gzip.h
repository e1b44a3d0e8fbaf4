// gzip (RFC 1952) through zlib, for text answers. Pure.
#pragma once

#include <string>
#include <string_view>

namespace likeness::http {

// Empty when zlib fails. `level` 1 (fast) to 9.
std::string Gzip(std::string_view text, int level);
// True when an Accept-Encoding value takes `coding` (RFC 9110 12.5.3, q=0 refuses).
bool Accepts(std::string_view accept_encoding, std::string_view coding);

}  // namespace likeness::http
