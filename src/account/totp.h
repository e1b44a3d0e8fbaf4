// Codes of an authenticator: RFC 6238 with HMAC-SHA-1, 30 seconds, six digits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace likeness::account {

int64_t TotpStep(int64_t unix_s);
// `digits` is 6 but for the RFC's own examples.
std::string TotpCode(ByteView secret, int64_t step, int digits = 6);
// The step that `code` belongs to: now's, or a neighbour's, and later than `last_used`, so that no code counts twice.
std::optional<int64_t> MatchTotp(ByteView secret, std::string_view code, int64_t unix_s, int64_t last_used);
// "otpauth://totp/..." for a QR code.
std::string TotpUri(ByteView secret, std::string_view site, std::string_view user);

}  // namespace likeness::account
