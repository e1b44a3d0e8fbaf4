// Random secrets, their texts and hashes. Pure but for MakeSecret.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"

namespace likeness::account {

// From the system's generator; the process ends if there is none.
Bytes RandomBytes(size_t count);
// 256 random bits as 43 letters of base64url.
std::string MakeSecret();
Sha256 HashSecret(std::string_view secret);
bool EqualInConstantTime(std::string_view a, std::string_view b);

// RFC 4648: sections 5 (without padding) and 6 (without padding).
std::string Base64Url(ByteView bytes);
Result<Bytes> FromBase64Url(std::string_view text);
std::string Base32(ByteView bytes);

}  // namespace likeness::account
