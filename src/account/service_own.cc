// One's own account.
#include <fmt/format.h>

#include <algorithm>

#include "account/secrets.h"
#include "account/service.h"
#include "account/totp.h"
#include "base/text.h"

namespace likeness::account {
namespace {

constexpr int64_t kDayMs = int64_t{24} * 3600 * 1000;
constexpr size_t kRecoveryCodes = 10, kRecoveryBytes = 10, kTokensMax = 50;

}  // namespace

Result<catalog::UserRow> Service::Get(UserId user) const {
  LK_ASSIGN(std::optional<catalog::UserRow> row, accounts_.FindUser(user));
  if (!row) return Fail(ErrorCode::kNotFound, "there is no such account");
  return std::move(*row);
}

Result<std::vector<std::string>> Service::ProvidersOf(UserId user) const {
  LK_ASSIGN(const std::vector<std::string> issuers, accounts_.ListIssuers(user));
  std::vector<std::string> ids;
  for (const std::string& issuer : issuers) {
    for (const auto& provider : providers_) {
      if (provider->options().issuer == issuer) ids.push_back(provider->options().id);
    }
  }
  return ids;
}

Status Service::LeaveProvider(UserId user, const std::string& provider_id, const std::string& current_password,
                              const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow row, Get(user));
  LK_TRY(Prove(row, current_password, peer));
  const auto provider = std::ranges::find(providers_, provider_id, [](const auto& each) { return each->options().id; });
  if (provider == providers_.end()) return Fail(ErrorCode::kNotFound, "there is no such provider");
  std::vector<std::string> issuers;
  for (const auto& each : providers_) issuers.push_back(each->options().issuer);
  LK_TRY(accounts_.RemoveIdentity((*provider)->options().issuer, user, issuers));
  Audit("identity_left", user, peer, provider_id);
  Post(row.email, fmt::format("{}: log-in removed", settings().site_name),
       fmt::format("{} can no longer be logged in to with {}.\n", row.name, (*provider)->options().name));
  return {};
}

Status Service::Prove(const catalog::UserRow& user, const std::string& current_password, const Peer& peer) {
  if (user.password_hash.empty()) return {};
  const std::string key = AccountKey(user.name, user.id, peer);
  LK_TRY(Slow(key, kAccountPace, kNetworkPace, peer));
  LK_ASSIGN(const bool right, hasher_.Verify(current_password, user.password_hash));
  if (!right) {
    Audit("password_not_proved", user.id, peer);
    return Fail(ErrorCode::kPermissionDenied, "the current password is wrong");
  }
  throttle_.Clear(key);
  throttle_.Forgive("network " + NetworkOf(peer.address));
  return {};
}

Result<catalog::UserRow> Service::EditOwn(UserId user, uint64_t session, const Edit& edit, const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow before, Get(user));
  std::string name, email, hash;
  if (edit.name) {
    LK_ASSIGN(name, CleanName(*edit.name));
  }
  if (edit.email) {
    LK_ASSIGN(email, CleanEmail(*edit.email));
  }
  if (edit.password || edit.email) LK_TRY(Prove(before, edit.current_password, peer));
  if (edit.password) {
    LK_TRY(CheckPassword(*edit.password, edit.name ? name : before.name, edit.email ? email : before.email));
    LK_ASSIGN(hash, hasher_.Hash(*edit.password));
  }
  const bool confirm = edit.email && !email.empty() && email != before.email && Require(true);
  const auto change = [&](catalog::UserRow& row) -> Status {
    if (edit.name) row.name = name;
    if (edit.password) row.password_hash = hash;
    if (edit.email) (confirm ? row.unconfirmed_email : row.email) = email;
    if (edit.email && !confirm) row.unconfirmed_email.clear();
    return {};
  };
  LK_ASSIGN(catalog::UserRow row,
            Change(user, change, {.sessions = edit.password.has_value(), .but_session = session}));
  if (confirm)
    LK_TRY(PostLink({.purpose = catalog::MailPurpose::kConfirmEmail, .user = user, .email = email},
                    fmt::format("{}: confirmation link", settings().site_name),
                    fmt::format("This link makes this the address of {}:", row.name), "confirm"));
  if (edit.password) {
    Audit("password_changed", user, peer);
    Post(before.email, fmt::format("{}: your password was changed", settings().site_name),
         fmt::format("The password of {} was changed. All other sessions have ended.\n", row.name));
  }
  if (edit.email && email != before.email) {
    Audit("email_change_asked", user, peer);
    Post(before.email, fmt::format("{}: your address was changed", settings().site_name),
         fmt::format("Another mail address was given for {}.\n", row.name));
  }
  return row;
}

Result<std::vector<catalog::SessionRow>> Service::ListSessions(UserId user) {
  LK_TRY(accounts_.MarkSeen(roster_.TakeSeen()));
  LK_ASSIGN(std::vector<catalog::SessionRow> rows, accounts_.ListSessions(user));
  std::erase_if(rows, [&](const catalog::SessionRow& row) { return row.expires_at_ms <= now_ms(); });
  return rows;
}

Status Service::EndSession(UserId user, uint64_t session, const Peer& peer) {
  LK_TRY(accounts_.EndSession(user, session));
  Audit("session_ended", user, peer);
  return roster_.Refresh(user);
}

Status Service::EndOtherSessions(UserId user, uint64_t session, const Peer& peer) {
  const auto nothing = [](catalog::UserRow&) -> Status { return {}; };
  LK_TRY(Change(user, nothing, {.sessions = true, .but_session = session}));
  Audit("other_sessions_ended", user, peer);
  return {};
}

Result<Service::Totp> Service::BeginTotp(UserId user, const std::string& current_password, const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow before, Get(user));
  if (before.totp_on)
    return Fail(ErrorCode::kFailedPrecondition, "there is a second factor already", "remove it first");
  LK_TRY(Prove(before, current_password, peer));
  const Bytes secret = RandomBytes(20);
  const auto set = [&](catalog::UserRow& row) -> Status {
    row.totp_secret = secret;
    row.totp_step = 0;
    return {};
  };
  LK_TRY(Change(user, set));
  return Totp{Base32(secret), TotpUri(secret, settings().site_name, before.name)};
}

Result<std::vector<std::string>> Service::ConfirmTotp(UserId user, const std::string& code, const Peer& peer) {
  LK_TRY(Slow(fmt::format("totp {}", user.value), kAccountPace, kNetworkPace, peer));
  const auto confirm = [&](catalog::UserRow& row) -> Status {
    if (row.totp_secret.empty() || row.totp_on)
      return Fail(ErrorCode::kFailedPrecondition, "no second factor waits to be confirmed", "begin with a new secret");
    const auto step = MatchTotp(row.totp_secret, code, now_ms() / 1000, row.totp_step);
    if (!step)
      return Fail(ErrorCode::kInvalidArgument, "the code is wrong", "see that the clocks of both devices are right");
    row.totp_on = true;
    row.totp_step = *step;
    return {};
  };
  std::vector<std::string> codes;
  std::vector<Sha256> hashes;
  for (size_t i = 0; i < kRecoveryCodes; ++i) {
    std::string letters = Base32(RandomBytes(kRecoveryBytes));
    for (char& c : letters) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    hashes.push_back(HashSecret(letters));
    codes.push_back(fmt::format("{}-{}", letters.substr(0, 8), letters.substr(8)));
  }
  LK_TRY(Change(user, confirm));
  LK_TRY(accounts_.ReplaceRecoveryCodes(user, hashes));
  Audit("second_factor_on", user, peer);
  return codes;
}

Status Service::EndTotp(UserId user, const std::string& current_password, const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow before, Get(user));
  LK_TRY(Prove(before, current_password, peer));
  const auto clear = [](catalog::UserRow& row) -> Status {
    row.totp_secret.clear();
    row.totp_on = false;
    return {};
  };
  LK_TRY(Change(user, clear));
  LK_TRY(accounts_.ReplaceRecoveryCodes(user, {}));
  Audit("second_factor_off", user, peer);
  Post(before.email, fmt::format("{}: second factor removed", settings().site_name),
       fmt::format("The second factor of {} was removed.\n", before.name));
  return {};
}

Status Service::ProvePassword(UserId user, const std::string& current_password, const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow row, Get(user));
  return Prove(row, current_password, peer);
}

Result<std::vector<catalog::TokenRow>> Service::ListTokens(UserId user) const {
  return accounts_.ListTokens(user);
}

Result<Service::NewToken> Service::AddToken(UserId user, const std::string& name, uint32_t scopes,
                                            int64_t expires_at_ms, const Peer& peer) {
  const std::string clean = CleanText(name, 100);
  if (clean.empty()) return Fail(ErrorCode::kInvalidArgument, "the token needs a name");
  const int64_t now = now_ms();
  if (expires_at_ms == 0) expires_at_ms = now + 365 * kDayMs;
  if (expires_at_ms <= now || expires_at_ms > now + 3653 * kDayMs)
    return Fail(ErrorCode::kInvalidArgument, "/expires_at: expected a time within the next ten years");
  LK_ASSIGN(const std::vector<catalog::TokenRow> have, accounts_.ListTokens(user));
  if (have.size() >= kTokensMax)
    return Fail(ErrorCode::kLimitExceeded, fmt::format("an account has at most {} tokens", kTokensMax), "remove some");
  const std::string secret = MakeSecret();
  LK_ASSIGN(catalog::TokenRow row, accounts_.AddToken({.hash = HashSecret(secret),
                                                       .user = user,
                                                       .name = clean,
                                                       .scopes = scopes,
                                                       .created_at_ms = now,
                                                       .expires_at_ms = expires_at_ms}));
  LK_TRY(roster_.Refresh(user));
  Audit("token_made", user, peer, std::to_string(row.id));
  return NewToken{std::move(row), secret};
}

Status Service::RemoveToken(UserId user, uint64_t id, const Peer& peer) {
  LK_TRY(accounts_.RemoveToken(user, id));
  Audit("token_removed", user, peer, std::to_string(id));
  return roster_.Refresh(user);
}

}  // namespace likeness::account
