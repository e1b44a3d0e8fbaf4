#include "account/service.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "account/secrets.h"
#include "base/fold.h"
#include "base/log.h"
#include "base/text.h"

namespace likeness::account {
namespace {

constexpr size_t kNameBytesMax = 64;
constexpr size_t kFamiliarMax = 50'000;

}  // namespace

Result<std::string> CleanName(const std::string& name) {
  std::string clean = CleanText(name, kNameBytesMax);
  if (clean.empty() || FoldText(clean).empty() || clean.find('@') != std::string::npos || name.size() > kNameBytesMax)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a name has 1 to {} bytes and no @", kNameBytesMax));
  return clean;
}

Result<std::string> CleanEmail(const std::string& email) {
  std::string clean(Trim(email));
  if (!clean.empty() && !net::IsMailAddress(clean))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no mail address", CleanText(clean, 100)));
  std::ranges::transform(clean, clean.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return clean;
}

Service::Service(catalog::Accounts& accounts, Options options)
    : accounts_(accounts), options_(std::move(options)), roster_(accounts) {
  for (Provider::Options provider : options_.providers) {
    provider.redirect_uri = fmt::format("{}/api/v1/auth/{}/callback", options_.site_url, provider.id);
    providers_.push_back(std::make_unique<Provider>(std::move(provider)));
  }
}

Result<std::unique_ptr<Service>> Service::Open(catalog::Accounts& accounts, Options options) {
  std::unique_ptr<Service> service(new Service(accounts, std::move(options)));
  LK_TRY(service->roster_.Load());
  LK_ASSIGN(const auto stored, accounts.ReadSettings());
  for (const auto& [name, value] : stored) {
    if (name == "site_name") service->settings_.site_name = value;
    if (name == "visitors") service->settings_.visitors_look = value == "look";
    if (name == "sign_up") service->settings_.sign_up_open = value == "open";
    if (name == "trash_days") service->settings_.trash_days = std::strtoll(value.c_str(), nullptr, 10);
  }
  return service;
}

Service::~Service() {
  (void)accounts_.MarkSeen(roster_.TakeSeen());
}

int64_t Service::now_ms() const {
  if (options_.now_ms) return options_.now_ms();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

Settings Service::settings() const {
  std::lock_guard lock(mutex_);
  return settings_;
}

Status Service::WriteSettings(const Settings& settings, const Peer& peer) {
  LK_TRY(accounts_.WriteSettings({{"site_name", settings.site_name},
                                  {"visitors", settings.visitors_look ? "look" : "nothing"},
                                  {"sign_up", settings.sign_up_open ? "open" : "closed"},
                                  {"trash_days", std::to_string(settings.trash_days)}}));
  Audit("settings_changed", {}, peer);
  std::lock_guard lock(mutex_);
  settings_ = settings;
  return {};
}

std::optional<Identity> Service::FindSession(const std::string& secret) {
  return roster_.FindSession(HashSecret(secret), now_ms());
}

std::optional<Identity> Service::FindToken(const std::string& secret) {
  return roster_.FindToken(HashSecret(secret), now_ms());
}

void Service::Audit(std::string_view event, UserId user, const Peer& peer, const std::string& detail) const {
  Log(LogLevel::kAudit, event,
      {{"user", user ? std::to_string(user.value) : ""},
       {"address", peer.address.empty() ? "owner" : peer.address},
       {"request_id", peer.request_id},
       {"detail", detail}});
}

Status Service::Slow(const std::string& own, Pace pace, Pace network_pace, const Peer& peer) {
  if (peer.address.empty()) return {};
  std::vector<Throttle::Key> keys{{own, pace}};
  if (const std::string network = NetworkOf(peer.address); !network.empty())
    keys.push_back({"network " + network, network_pace});
  return Wait(keys, peer);
}

Status Service::Wait(const std::vector<Throttle::Key>& keys, const Peer& peer) {
  const int64_t wait_ms = throttle_.Begin(keys, now_ms());
  if (wait_ms <= 0) return {};
  const int seconds = static_cast<int>((wait_ms + 999) / 1000);
  Error error{ErrorCode::kTooManyRequests, "too many attempts", fmt::format("try again in {} seconds", seconds)};
  error.retry_after_seconds = seconds;
  Audit("slowed", {}, peer);
  return std::unexpected(std::move(error));
}

// From a network where somebody has logged in before, others' failures elsewhere do not slow them.
std::string Service::AccountKey(const std::string& login, UserId user, const Peer& peer) const {
  if (!user) return "login " + ToHex(HashSecret(FoldText(login)));
  const std::string at = fmt::format("{}@{}", user.value, NetworkOf(peer.address));
  std::lock_guard lock(mutex_);
  return familiar_.contains(at) ? "user " + at : fmt::format("user {}", user.value);
}

Result<Service::LoggedIn> Service::BeginSession(UserId user, const std::optional<std::string>& proved_hash,
                                                const Peer& peer) {
  const std::string secret = MakeSecret();
  (void)accounts_.MarkSeen(roster_.TakeSeen());
  LK_TRY(accounts_.AddSession({.hash = HashSecret(secret),
                               .user = user,
                               .created_at_ms = now_ms(),
                               .seen_at_ms = now_ms(),
                               .expires_at_ms = now_ms() + kSessionMs,
                               .agent = CleanText(peer.agent, 200)},
                              proved_hash));
  LK_TRY(roster_.Refresh(user));
  Audit("logged_in", user, peer);
  std::lock_guard lock(mutex_);
  if (familiar_.size() >= kFamiliarMax) familiar_.clear();
  familiar_.insert(fmt::format("{}@{}", user.value, NetworkOf(peer.address)));
  return LoggedIn{secret, user};
}

Result<catalog::UserRow> Service::Change(UserId user, const std::function<Status(catalog::UserRow&)>& change,
                                         catalog::Ends ends) {
  LK_ASSIGN(catalog::UserRow row, accounts_.ChangeUser(user, change, ends));
  LK_TRY(roster_.Refresh(user));
  return row;
}

// A name that is taken gets a number.
Result<catalog::UserRow> Service::AddNamed(catalog::UserRow row) {
  const std::string wish = row.name;
  for (int number = 2;; ++number) {
    LK_ASSIGN(std::optional<catalog::UserRow> taken, accounts_.FindByName(row.name));
    if (!taken) break;
    if (number > 1000) return Fail(ErrorCode::kAlreadyExists, "the name is taken", "choose another one");
    row.name = fmt::format("{}{}", wish, number);
  }
  LK_ASSIGN(catalog::UserRow added, accounts_.AddUser(std::move(row)));
  LK_TRY(roster_.Refresh(added.id));
  return added;
}

Status Service::AllowFetch(UserId user, bool trusted, const std::string& captcha, const Peer& peer) {
  if (!trusted && !options_.captcha)
    return Fail(ErrorCode::kPermissionDenied, "your account may not have this server fetch pictures",
                "fetch the file yourself, then choose it");
  if (peer.address.empty()) return {};
  LK_TRY(Wait({{user ? fmt::format("fetch {}", user.value) : "fetch " + NetworkOf(peer.address), kFetchPace}}, peer));
  return trusted ? Status{} : CheckPerson(peer, captcha);
}

Status Service::CheckPerson(const Peer& peer, const std::string& captcha) const {
  if (!options_.captcha || peer.address.empty()) return {};
  return CheckCaptcha(*options_.captcha, captcha, peer.address);
}

}  // namespace likeness::account
