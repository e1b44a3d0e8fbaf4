// Logging in with an account elsewhere. The state of an attempt is bound to the browser by a cookie, so that nobody can
// be logged in by a link of somebody else.
#include <fmt/format.h>

#include <algorithm>

#include "account/secrets.h"
#include "account/service.h"
#include "base/log.h"

namespace likeness::account {
namespace {

constexpr int64_t kAttemptMs = 10 * 60'000;
constexpr size_t kAttemptsMax = 10'000;

Provider* FindProvider(const std::vector<std::unique_ptr<Provider>>& providers, const std::string& id) {
  for (const auto& provider : providers) {
    if (provider->options().id == id) return provider.get();
  }
  return nullptr;
}

// A name of ours out of the provider's.
std::string NameFrom(const Provider::Identity& identity) {
  std::string wish = identity.name.substr(0, identity.name.find('@'));
  while (wish.size() > 60) wish.pop_back();
  Result<std::string> name = CleanName(wish);
  return name ? *name : "user";
}

}  // namespace

Result<Service::Departure> Service::LeaveFor(const std::string& provider_id, UserId logged_in) {
  Provider* provider = FindProvider(providers_, provider_id);
  if (!provider || !has_accounts()) return Fail(ErrorCode::kNotFound, "there is no such provider");
  Attempt attempt{.provider = provider_id,
                  .nonce = MakeSecret(),
                  .verifier = MakeSecret(),
                  .binding = {},
                  .logged_in = logged_in,
                  .expires_at_ms = now_ms() + kAttemptMs};
  const std::string state = MakeSecret(), binding = MakeSecret();
  attempt.binding = HashSecret(binding);
  LK_ASSIGN(std::string url, provider->AuthorizeUrl(state, attempt.nonce, attempt.verifier));
  std::lock_guard lock(mutex_);
  std::erase_if(attempts_, [&](const auto& row) { return row.second.expires_at_ms <= now_ms(); });
  if (attempts_.size() >= kAttemptsMax)
    return Fail(ErrorCode::kUnavailable, "too many people log in at this moment", "try again in a minute");
  attempts_[state] = std::move(attempt);
  return Departure{std::move(url), binding};
}

std::expected<Service::LoggedIn, std::string> Service::ReturnFrom(const std::string& provider_id,
                                                                  const std::string& code, const std::string& state,
                                                                  const std::string& binding, UserId logged_in,
                                                                  const Peer& peer) {
  const auto refuse = [&](const char* reason, const std::string& detail = {}) {
    Audit("login_elsewhere_failed", {}, peer, fmt::format("{} {} {}", provider_id, reason, detail));
    return std::unexpected(std::string(reason));
  };
  Provider* provider = FindProvider(providers_, provider_id);
  Attempt attempt;
  {
    std::lock_guard lock(mutex_);
    auto found = attempts_.find(state);
    if (!provider || found == attempts_.end() || found->second.provider != provider_id ||
        found->second.binding != HashSecret(binding) || found->second.expires_at_ms <= now_ms())
      return refuse("expired");
    attempt = std::move(found->second);
    attempts_.erase(found);
  }
  if (code.empty()) return refuse("refused");
  Result<Provider::Identity> identity = provider->Redeem(code, attempt.nonce, attempt.verifier, now_ms() / 1000);
  if (!identity)
    return refuse(identity.error().code == ErrorCode::kPermissionDenied ? "refused" : "trouble",
                  identity.error().message);
  const std::string& issuer = provider->options().issuer;
  Result<std::optional<UserId>> known = accounts_.FindIdentity(issuer, identity->subject);
  if (!known) return refuse("trouble", known.error().message);
  UserId user = known->value_or(UserId{});
  if (!user && logged_in && logged_in == attempt.logged_in) {
    user = logged_in;  // asked for by somebody who is logged in: this is theirs as well
    if (Status bound = accounts_.AddIdentity(issuer, identity->subject, user); !bound)
      return refuse("trouble", bound.error().message);
    Audit("identity_bound", user, peer, provider_id);
  }
  if (!user) {
    if (!settings().sign_up_open) return refuse("closed");
    if (identity->email.empty()) return refuse("unverified");
    Result<std::optional<catalog::UserRow>> owner = accounts_.FindByEmail(identity->email);
    if (!owner) return refuse("trouble", owner.error().message);
    if (*owner) return refuse("taken");  // an address alone proves nothing to an account that is there
    Result<catalog::UserRow> added = AddNamed({.name = NameFrom(*identity), .email = identity->email});
    if (!added) return refuse("trouble", added.error().message);
    if (Status bound = accounts_.AddIdentity(issuer, identity->subject, added->id); !bound)
      return refuse("trouble", bound.error().message);
    user = added->id;
    Audit("account_made", user, peer, provider_id);
  }
  std::optional<Person> person = roster_.Find(user);
  if (!person || person->disabled) return refuse("disabled");
  Result<LoggedIn> session = BeginSession(user, std::nullopt, peer);
  if (!session) return refuse("trouble", session.error().message);
  return std::move(*session);
}

}  // namespace likeness::account
