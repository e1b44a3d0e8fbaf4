// Logging in and out, and the first account.
#include <fmt/format.h>

#include "account/secrets.h"
#include "account/service.h"
#include "account/totp.h"

namespace likeness::account {
namespace {

Status WrongLogin() {
  return Fail(ErrorCode::kUnauthenticated, "this combination of name and password is not known",
              "look for capitals and another keyboard; a new password comes by mail");
}

}  // namespace

Result<Service::LoggedIn> Service::LogIn(const std::string& login, const std::string& password, const std::string& code,
                                         const std::string& captcha, const Peer& peer) {
  // What no password can be is not worth the work, whoever the name is.
  if (password.size() > 4 * kPasswordCharactersMax) return std::unexpected(WrongLogin().error());
  Result<catalog::UserRow> found = FindByLogin(login);
  if (!found && found.error().code != ErrorCode::kNotFound) return std::unexpected(found.error());
  const catalog::UserRow user = found.value_or(catalog::UserRow{});
  const std::string key = AccountKey(login, user.id, peer), network = "network " + NetworkOf(peer.address);
  LK_TRY(Slow(key, kAccountPace, kNetworkPace, peer));
  LK_TRY(CheckPerson(peer, captcha));
  LK_ASSIGN(const bool right, hasher_.Verify(password, user.password_hash));
  if (!right) {
    Audit("login_failed", user.id, peer);
    return std::unexpected(WrongLogin().error());
  }
  if (user.disabled) {
    Audit("login_refused", user.id, peer, "disabled");
    return Fail(ErrorCode::kPermissionDenied, "the account is disabled", "ask an administrator");
  }
  if (user.totp_on) {
    if (code.empty()) {
      throttle_.Forgive(key);
      throttle_.Forgive(network);
      return Fail(ErrorCode::kSecondFactor, "the code of your authenticator is needed as well");
    }
    if (Status fits = CheckCode(user, code); !fits) {
      Audit("login_failed", user.id, peer, "second factor");
      return std::unexpected(fits.error());
    }
  }
  throttle_.Clear(key);
  throttle_.Forgive(network);
  return BeginSession(user.id, user.password_hash, peer);
}

Status Service::CheckCode(const catalog::UserRow& user, const std::string& code) {
  std::string digits;
  for (char c : code) {
    if (c != ' ' && c != '-') digits.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
  }
  if (digits.size() > 6) {
    LK_ASSIGN(const bool used, accounts_.UseRecoveryCode(user.id, HashSecret(digits)));
    if (used) return {};
  }
  const auto use = [&](catalog::UserRow& row) -> Status {
    const auto step = MatchTotp(row.totp_secret, digits, now_ms() / 1000, row.totp_step);
    if (!step)
      return Fail(ErrorCode::kSecondFactor, "the code is wrong, or was used already",
                  "wait for the next one, and see that the clocks are right");
    row.totp_step = *step;
    return {};
  };
  LK_TRY(accounts_.ChangeUser(user.id, use));
  return {};
}

Status Service::LogOut(UserId user, uint64_t session, const Peer& peer) {
  Status ended = accounts_.EndSession(user, session);
  LK_TRY(roster_.Refresh(user));
  Audit("logged_out", user, peer);
  return ended;
}

std::string Service::OpenSetup() {
  if (has_accounts()) return {};
  std::lock_guard lock(mutex_);
  if (setup_code_.empty()) setup_code_ = MakeSecret();
  return setup_code_;
}

bool Service::setup_open() const {
  std::lock_guard lock(mutex_);
  return !setup_code_.empty() && !has_accounts();
}

Result<Service::LoggedIn> Service::SetUp(const std::string& code, const std::string& name, const std::string& email,
                                         const std::string& password, bool visitors_look, const Peer& peer) {
  LK_TRY(Slow("setup", kNetworkPace, kNetworkPace, peer));
  {
    std::lock_guard lock(mutex_);
    if (setup_code_.empty() || !EqualInConstantTime(setup_code_, code))
      return Fail(ErrorCode::kPermissionDenied, "the set-up link is wrong or was used",
                  "the server prints a new one at its start while there are no accounts");
  }
  catalog::UserRow row;
  row.role = catalog::Role::kAdmin;
  LK_ASSIGN(row.name, CleanName(name));
  LK_ASSIGN(row.email, CleanEmail(email));
  LK_TRY(CheckPassword(password, row.name, row.email));
  LK_ASSIGN(row.password_hash, hasher_.Hash(password));
  LK_ASSIGN(const catalog::UserRow added, accounts_.AddUser(std::move(row), true));
  LK_TRY(roster_.Refresh(added.id));
  Audit("set_up", added.id, peer);
  Settings chosen = settings();
  chosen.visitors_look = visitors_look;
  LK_TRY(WriteSettings(chosen, peer));
  {
    std::lock_guard lock(mutex_);
    setup_code_.clear();
  }
  return BeginSession(added.id, added.password_hash, peer);
}

}  // namespace likeness::account
