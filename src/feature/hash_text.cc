#include "feature/hash_text.h"

#include <fmt/format.h>

#include <charconv>

namespace likeness::feature {

std::string ToHex(const Hash256& hash) {
  return fmt::format("{:016x}{:016x}{:016x}{:016x}", hash.words[0], hash.words[1], hash.words[2], hash.words[3]);
}

Result<Hash256> HashFromHex(std::string_view text) {
  Hash256 hash;
  bool valid = text.size() == 64;
  for (size_t i = 0; valid && i < hash.words.size(); ++i) {
    const char* first = text.data() + i * 16;
    auto [end, error] = std::from_chars(first, first + 16, hash.words[i], 16);
    valid = error == std::errc() && end == first + 16 && *first != '-';
  }
  if (!valid) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not a 256-bit hash: '{}'", text.substr(0, 80)),
                "give 64 hexadecimal digits");
  }
  return hash;
}

}  // namespace likeness::feature
