// Passwords: what is taken (OWASP ASVS 6.2), and Argon2id (RFC 9106; 19 MiB, two passes, one lane) in a bounded number
// of slots, so that log-ins take neither all processors nor all memory. Thread-safe.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::account {

inline constexpr size_t kPasswordCharactersMin = 8, kPasswordCharactersMax = 128;

// InvalidArgument: too short, too long, a common one, or one made of `name` or `email`. Nothing is asked of its
// letters.
Status CheckPassword(std::string_view password, std::string_view name, std::string_view email);

class PasswordHasher {
 public:
  PasswordHasher();

  // "$argon2id$v=19$m=19456,t=2,p=1$..." Unavailable: too many wait already.
  Result<std::string> Hash(std::string_view password);
  // `hash` empty: the same work, and false.
  Result<bool> Verify(std::string_view password, const std::string& hash);

 private:
  class Slot;
  Status Enter();
  void Leave();

  const size_t slots_, waiting_max_;
  std::mutex mutex_;
  std::condition_variable free_;
  size_t busy_ = 0, waiting_ = 0;
};

}  // namespace likeness::account
