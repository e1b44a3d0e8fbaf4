#include "account/password.h"

#include <argon2.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "account/secrets.h"
#include "base/fold.h"

namespace likeness::account {
namespace {

constexpr uint32_t kPasses = 2, kMemoryKib = 19 << 10, kLanes = 1;
constexpr size_t kSaltBytes = 16, kHashBytes = 32;

// Stems of what people choose most: a password is compared without the digits and signs around it.
const std::set<std::string_view>& CommonStems() {
  static const std::set<std::string_view> stems{
      "",           "password",   "passwort",      "passw0rd",  "p@ssw0rd",   "p@ssword",   "pa$$word",  "parol",
      "parola",     "qwerty",     "qwertz",        "azerty",    "qwertyuiop", "qwertyui",   "asdfgh",    "asdfghjk",
      "asdfghjkl",  "zxcvbn",     "zxcvbnm",       "qazwsx",    "qazwsxedc",  "iloveyou",   "loveyou",   "letmein",
      "welcome",    "monkey",     "dragon",        "football",  "baseball",   "basketball", "superman",  "batman",
      "trustno",    "sunshine",   "princess",      "starwars",  "whatever",   "freedom",    "shadow",    "master",
      "michael",    "jennifer",   "jordan",        "hunter",    "harley",     "ranger",     "charlie",   "computer",
      "internet",   "samsung",    "pokemon",       "minecraft", "liverpool",  "chelsea",    "arsenal",   "barcelona",
      "ferrari",    "mercedes",   "corvette",      "mustang",   "midnight",   "butterfly",  "chocolate", "cheese",
      "cookie",     "flower",     "summer",        "winter",    "spring",     "autumn",     "august",    "september",
      "october",    "november",   "december",      "january",   "february",   "monday",     "friday",    "sunday",
      "abc",        "abcd",       "abcdef",        "abcdefg",   "abcdefgh",   "test",       "testtest",  "testing",
      "guest",      "admin",      "administrator", "root",      "user",       "default",    "changeme",  "secret",
      "login",      "access",     "system",        "server",    "google",     "facebook",   "photo",     "photos",
      "gallery",    "picture",    "pictures",      "likeness",  "family",     "killer",     "pepper",    "daniel",
      "andrew",     "thomas",     "robert",        "jessica",   "ashley",     "nicole",     "amanda",    "hello",
      "helloworld", "hellohello", "fuckyou",       "asshole",   "biteme",     "blink",      "matrix",    "phoenix",
      "1q2w3e4r",   "1q2w3e4r5t", "1qaz2wsx",      "q1w2e3r4",  "1q2w3e",     "zaq12wsx",   "a1b2c3d4",  "йцукен",
      "пароль",     "любовь",     "привет",        "наташа",    "йцукенг"};
  return stems;
}

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view Stem(std::string_view folded) {
  while (!folded.empty() && !IsLetter(folded.front())) folded.remove_prefix(1);
  while (!folded.empty() && !IsLetter(folded.back())) folded.remove_suffix(1);
  return folded;
}

// Digits and signs alone that count or repeat: "12345678", "11112222", "--------".
bool IsPlainNumber(std::string_view text) {
  if (std::ranges::any_of(text, IsLetter)) return false;
  size_t jumps = 0;
  for (size_t i = 1; i < text.size(); ++i) jumps += std::abs(text[i] - text[i - 1]) > 1 ? 1 : 0;
  return jumps <= text.size() / 4 || std::set(text.begin(), text.end()).size() <= 3;
}

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

size_t Processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Status CheckPassword(std::string_view password, std::string_view name, std::string_view email) {
  const size_t length = Characters(password);
  if (length < kPasswordCharactersMin || length > kPasswordCharactersMax ||
      password.size() > 4 * kPasswordCharactersMax)
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("a password has {} to {} characters", kPasswordCharactersMin, kPasswordCharactersMax),
                "some words that only you put together are good and easy to keep");
  const std::string folded = FoldText(password);
  const std::string_view stem = Stem(folded);
  const auto is = [&](std::string_view words) {
    const std::string own = FoldText(words);
    return !own.empty() && (stem == Stem(own) || folded == own);
  };
  const bool repeats = std::set(folded.begin(), folded.end()).size() <= 2;
  const bool common = repeats || IsPlainNumber(folded) || (!stem.empty() && CommonStems().contains(stem)) ||
                      CommonStems().contains(folded);
  if (common || is(name) || is(email) || is(email.substr(0, email.find('@'))))
    return Fail(ErrorCode::kInvalidArgument, "this password is among the first that others try",
                "take one that has nothing to do with your name and is not a common word with digits");
  return {};
}

// Holds a place while it lives.
class PasswordHasher::Slot {
 public:
  explicit Slot(PasswordHasher& hasher) : hasher_(hasher), entered_(hasher.Enter()) {}
  ~Slot() {
    if (entered_) hasher_.Leave();
  }
  const Status& entered() const { return entered_; }

 private:
  PasswordHasher& hasher_;
  Status entered_;
};

// Half the processors hash; fewer wait than there are threads for slow requests (twice the processors, at least four).
PasswordHasher::PasswordHasher() : slots_(std::max<size_t>(1, Processors() / 2)), waiting_max_(slots_) {}

Status PasswordHasher::Enter() {
  std::unique_lock lock(mutex_);
  if (busy_ >= slots_ && waiting_ >= waiting_max_) {
    Error error{ErrorCode::kTooManyRequests, "too many people log in at this moment", "try again in a second"};
    error.retry_after_seconds = 1;
    return std::unexpected(std::move(error));
  }
  ++waiting_;
  free_.wait(lock, [&] { return busy_ < slots_; });
  --waiting_;
  ++busy_;
  return {};
}

void PasswordHasher::Leave() {
  std::lock_guard lock(mutex_);
  --busy_;
  free_.notify_one();
}

Result<std::string> PasswordHasher::Hash(std::string_view password) {
  Slot slot(*this);
  LK_TRY(slot.entered());
  const Bytes salt = RandomBytes(kSaltBytes);
  std::string out(argon2_encodedlen(kPasses, kMemoryKib, kLanes, kSaltBytes, kHashBytes, Argon2_id), '\0');
  const int code = argon2id_hash_encoded(kPasses, kMemoryKib, kLanes, password.data(), password.size(), salt.data(),
                                         salt.size(), kHashBytes, out.data(), out.size());
  if (code != ARGON2_OK) return Fail(ErrorCode::kUnavailable, argon2_error_message(code));
  out.resize(out.find('\0'));
  return out;
}

Result<bool> PasswordHasher::Verify(std::string_view password, const std::string& hash) {
  // Of a password that nobody knows.
  static const std::string kNobody = [] { return PasswordHasher().Hash(MakeSecret()).value_or(""); }();
  Slot slot(*this);
  LK_TRY(slot.entered());
  const int code = argon2id_verify((hash.empty() ? kNobody : hash).c_str(), password.data(), password.size());
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR) return Fail(ErrorCode::kUnavailable, argon2_error_message(code));
  return code == ARGON2_OK && !hash.empty();
}

}  // namespace likeness::account
