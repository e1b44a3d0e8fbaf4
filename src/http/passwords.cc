#include "http/passwords.h"

#include <argon2.h>
#include <sys/random.h>

#include <array>
#include <semaphore>

namespace likeness::http {
namespace {

constexpr uint32_t kMemoryKb = 19 << 10, kPasses = 2, kLanes = 1;
constexpr size_t kSaltBytes = 16, kHashBytes = 32, kTextBytes = 128;

struct OneOfTwo {
  static std::counting_semaphore<2>& Places() {
    static std::counting_semaphore<2> places(2);
    return places;
  }
  OneOfTwo() { Places().acquire(); }
  ~OneOfTwo() { Places().release(); }
};

}  // namespace

Result<std::string> HashPassword(std::string_view password) {
  std::array<uint8_t, kSaltBytes> salt{};
  if (getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size()))
    return Fail(ErrorCode::kIo, "the system gives no random bytes");
  std::array<char, kTextBytes> text{};
  OneOfTwo place;
  const int code = argon2id_hash_encoded(kPasses, kMemoryKb, kLanes, password.data(), password.size(), salt.data(),
                                         salt.size(), kHashBytes, text.data(), text.size());
  if (code != ARGON2_OK) return Fail(ErrorCode::kInternal, argon2_error_message(code));
  return std::string(text.data());
}

Result<bool> IsPassword(const std::string& hash, std::string_view password) {
  OneOfTwo place;
  const int code = argon2id_verify(hash.c_str(), password.data(), password.size());
  if (code == ARGON2_OK) return true;
  if (code == ARGON2_VERIFY_MISMATCH) return false;
  return Fail(ErrorCode::kCorruption, argon2_error_message(code));
}

}  // namespace likeness::http
