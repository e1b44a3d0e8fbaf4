#include "account/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "account/secrets.h"
#include "net/fetch.h"

namespace likeness::account {

int64_t TotpStep(int64_t unix_s) {
  return unix_s / 30;
}

std::string TotpCode(ByteView secret, int64_t step, int digits) {
  uint8_t counter[8];
  for (int i = 0; i < 8; ++i) counter[i] = static_cast<uint8_t>(step >> (56 - 8 * i));
  uint8_t mac[EVP_MAX_MD_SIZE] = {};
  unsigned length = 0;
  HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter, sizeof counter, mac, &length);
  const int at = mac[19] & 15;
  uint32_t value = (mac[at] & 0x7Fu) << 24 | uint32_t{mac[at + 1]} << 16 | uint32_t{mac[at + 2]} << 8 | mac[at + 3];
  uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return fmt::format("{:0{}}", value % modulus, digits);
}

std::optional<int64_t> MatchTotp(ByteView secret, std::string_view code, int64_t unix_s, int64_t last_used) {
  std::optional<int64_t> found;
  for (int64_t step = TotpStep(unix_s) - 1; step <= TotpStep(unix_s) + 1; ++step) {
    if (EqualInConstantTime(TotpCode(secret, step), code) && step > last_used) found = step;
  }
  return found;
}

std::string TotpUri(ByteView secret, std::string_view site, std::string_view user) {
  const auto encode = [](std::string_view text) { return net::EncodeForm({{"", std::string(text)}}).substr(1); };
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}", encode(site), encode(user), Base32(secret),
                     encode(site));
}

}  // namespace likeness::account
