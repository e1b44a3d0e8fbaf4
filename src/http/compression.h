// gzip (RFC 1952) and Brotli (RFC 7932) for answers. Pure.
#pragma once

#include <string>
#include <string_view>

namespace likeness::http {

// Empty when the library fails. `level` 1 (fast) to 9.
std::string Gzip(std::string_view text, int level);
// `level` 0 (fast) to 11.
std::string Brotli(std::string_view text, int level);
// True when an Accept-Encoding value takes `coding` (RFC 9110 12.5.3, q=0 refuses).
bool Accepts(std::string_view accept_encoding, std::string_view coding);

}  // namespace likeness::http
