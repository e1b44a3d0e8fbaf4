// Hashes as hexadecimal text: 64 digits, most significant bit first.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "feature/types.h"

namespace likeness::feature {

std::string ToHex(const Hash256& hash);
// InvalidArgument unless it is 64 hexadecimal digits.
Result<Hash256> HashFromHex(std::string_view text);

}  // namespace likeness::feature
