#include "account/secrets.h"

#include <openssl/crypto.h>
#include <sys/random.h>

#include <cstdlib>

namespace likeness::account {

Bytes RandomBytes(size_t count) {
  Bytes out(count);
  for (size_t at = 0; at < count;) {
    const ssize_t got = getrandom(out.data() + at, count - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) std::abort();
    at += static_cast<size_t>(got);
  }
  return out;
}

std::string MakeSecret() {
  return Base64Url(RandomBytes(32));
}

Sha256 HashSecret(std::string_view secret) {
  return ComputeSha256(AsBytes(secret));
}

bool EqualInConstantTime(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {

std::string Encode(ByteView bytes, std::string_view digits, int bits) {
  std::string out;
  uint32_t held = 0;
  int count = 0;
  for (uint8_t byte : bytes) {
    held = held << 8 | byte;
    count += 8;
    for (; count >= bits; count -= bits) out.push_back(digits[held >> (count - bits) & ((1u << bits) - 1)]);
    held &= (1u << count) - 1;
  }
  if (count > 0) out.push_back(digits[held << (bits - count) & ((1u << bits) - 1)]);
  return out;
}

constexpr std::string_view kUrlDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string Base64Url(ByteView bytes) {
  return Encode(bytes, kUrlDigits, 6);
}

std::string Base32(ByteView bytes) {
  return Encode(bytes, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5);
}

Result<Bytes> FromBase64Url(std::string_view text) {
  Bytes out;
  uint32_t held = 0;
  int count = 0;
  for (char c : text) {
    const size_t digit = kUrlDigits.find(c);
    if (digit == std::string_view::npos) return Fail(ErrorCode::kInvalidArgument, "not base64url");
    held = (held << 6 | static_cast<uint32_t>(digit)) & 0xFFFFFF;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out.push_back(static_cast<uint8_t>(held >> count));
  }
  if (text.size() % 4 == 1) return Fail(ErrorCode::kInvalidArgument, "not base64url");
  return out;
}

}  // namespace likeness::account
