// Passwords of share links, kept as Argon2id (RFC 9106: 19 MiB, two passes, one lane) in its usual text. At most two
// are hashed at once, so that guessing cannot take memory and processors from everything else. Thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::http {

Result<std::string> HashPassword(std::string_view password);
// Takes as long for a wrong password as for the right one. Corruption: the text is no hash.
Result<bool> IsPassword(const std::string& hash, std::string_view password);

}  // namespace likeness::http
