#include "http/share_grants.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>

#include "base/text.h"

namespace likeness::http {
namespace {

constexpr size_t kGrantsOfShareMax = 1000;
constexpr size_t kCookiesMax = 50;
constexpr double kTriesMax = 10, kTriesASecond = 1.0 / 6;
constexpr std::string_view kName = "share-", kSecureName = "__Host-share-";

}  // namespace

Result<std::string> MakeSecret() {
  std::array<uint8_t, 16> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return Fail(ErrorCode::kIo, "the system gives no random bytes");
  return ToHex(bytes);
}

Result<std::string> ShareGrants::Open(catalog::ShareId share, AlbumId album, bool secure) {
  LK_ASSIGN(const std::string secret, MakeSecret());
  const Sha256 hash = ComputeSha256(AsBytes(secret));
  {
    std::lock_guard lock(mutex_);
    grants_[hash] = {share, album};
    std::deque<Sha256>& known = by_share_[share];
    known.push_back(hash);
    if (known.size() > kGrantsOfShareMax) {
      grants_.erase(known.front());
      known.pop_front();
    }
  }
  return fmt::format("{}{}={}; Path=/; HttpOnly; SameSite=Lax{}", secure ? kSecureName : kName, album.value, secret,
                     secure ? "; Secure" : "");
}

std::vector<ShareGrants::Grant> ShareGrants::FindIn(std::string_view cookie_header) const {
  std::vector<Grant> found;
  size_t looked = 0;
  while (!cookie_header.empty() && looked < kCookiesMax) {
    const size_t end = std::min(cookie_header.find_first_of(";,"), cookie_header.size());
    const std::string_view cookie = Trim(cookie_header.substr(0, end));
    cookie_header.remove_prefix(std::min(end + 1, cookie_header.size()));
    if (!cookie.starts_with(kName) && !cookie.starts_with(kSecureName)) continue;
    const size_t equals = cookie.find('=');
    if (equals == std::string_view::npos) continue;
    ++looked;
    const Sha256 hash = ComputeSha256(AsBytes(cookie.substr(equals + 1)));
    std::lock_guard lock(mutex_);
    if (auto grant = grants_.find(hash); grant != grants_.end() && !std::ranges::count(found, grant->second))
      found.push_back(grant->second);
  }
  return found;
}

Status ShareGrants::TryPassword(catalog::ShareId share, Clock::time_point now) {
  std::lock_guard lock(mutex_);
  auto [tries, fresh] = tries_.try_emplace(share, Tries{kTriesMax, now});
  Tries& of = tries->second;
  of.left = std::min(kTriesMax, of.left + std::chrono::duration<double>(now - of.at).count() * kTriesASecond);
  of.at = now;
  if (of.left < 1)
    return Fail(ErrorCode::kUnavailable, "too many wrong passwords for this link", "try again in some seconds");
  of.left -= 1;
  return {};
}

void ShareGrants::Forgive(catalog::ShareId share) {
  std::lock_guard lock(mutex_);
  tries_.erase(share);
}

}  // namespace likeness::http
