// What a mail carries: links that prove an address. Whoever asks gets one answer, whatever happens next.
#include <fmt/format.h>

#include "account/secrets.h"
#include "account/service.h"
#include "base/log.h"

namespace likeness::account {
namespace {

constexpr int64_t kLinkMs = int64_t{24} * 3600 * 1000;
constexpr Pace kAddressPace{.free = 3, .wait_max_ms = 3600'000};
constexpr Pace kMailsPace{.free = 15, .wait_max_ms = 600'000};  // to whatever addresses, from one network

std::unexpected<Error> NoSuchLink() {
  return Fail(ErrorCode::kNotFound, "the link is wrong, was used, or is older than a day", "ask for a new one");
}

}  // namespace

Status Service::Require(bool mail) const {
  if (!mail || (options_.mail && !options_.site_url.empty())) return {};
  return Fail(ErrorCode::kFailedPrecondition, "this server sends no mail", "ask an administrator");
}

void Service::Post(const std::string& to, const std::string& subject, const std::string& text) {
  if (!options_.mail || to.empty()) return;
  const bool queued = mailer_.TryPost([server = *options_.mail, mail = net::Mail{to, subject, text}] {
    if (Status sent = net::SendMail(server, mail); !sent)
      Log(LogLevel::kWarning, "mail_failed", {{"error", sent.error().Text()}});
  });
  if (!queued) Log(LogLevel::kWarning, "mail_failed", {{"error", "too many mails wait"}});
}

Status Service::PostLink(catalog::MailTokenRow row, const std::string& subject, const std::string& text,
                         const std::string& page) {
  const std::string secret = MakeSecret(), to = row.email;
  row.hash = HashSecret(secret);
  row.expires_at_ms = now_ms() + kLinkMs;
  LK_TRY(accounts_.AddMailToken(row));
  Post(to, subject,
       fmt::format("{}\n\n{}/{}#{}\n\nThe link works once, within 24 hours. If you did not ask for it, do nothing.\n",
                   text, options_.site_url, page, secret));
  return {};
}

Status Service::SignUp(const std::string& name, const std::string& email, const std::string& password,
                       const std::string& captcha, const Peer& peer) {
  const Settings now = settings();
  if (!now.sign_up_open || !has_accounts())
    return Fail(ErrorCode::kFailedPrecondition, "nobody can sign up here", "ask an administrator for an account");
  LK_TRY(Require(true));
  LK_ASSIGN(const std::string own_name, CleanName(name));
  LK_ASSIGN(const std::string address, CleanEmail(email));
  if (address.empty()) return Fail(ErrorCode::kInvalidArgument, "a mail address is needed");
  LK_TRY(CheckPassword(password, own_name, address));
  LK_TRY(Slow("mail " + address, kAddressPace, kMailsPace, peer));
  LK_TRY(CheckPerson(peer, captcha));
  LK_ASSIGN(const std::string hash, hasher_.Hash(password));
  LK_ASSIGN(const auto known, accounts_.FindByEmail(address));
  Audit("sign_up", {}, peer);
  if (known) {
    Post(address, fmt::format("{}: you have an account", now.site_name),
         fmt::format("Somebody, most likely you, asked for an account with this address at {}. You have one already, "
                     "named {}. If the password is lost, ask for a new one at the log-in page.\n",
                     options_.site_url, known->name));
    return {};
  }
  return PostLink({.purpose = catalog::MailPurpose::kSignUp, .name = own_name, .email = address, .password_hash = hash},
                  fmt::format("{}: confirmation link", now.site_name),
                  fmt::format("Welcome, {}. This link makes your account:", own_name), "confirm");
}

Status Service::Confirm(const std::string& token, const Peer& peer) {
  const Sha256 hash = HashSecret(token);
  LK_ASSIGN(const auto sign_up, accounts_.TakeMailToken(hash, catalog::MailPurpose::kSignUp));
  if (sign_up) {
    LK_ASSIGN(const catalog::UserRow added, AddNamed({.name = sign_up->name,
                                                      .email = sign_up->email,
                                                      .role = catalog::Role::kUser,
                                                      .password_hash = sign_up->password_hash}));
    Audit("account_made", added.id, peer, "confirmed by mail");
    return {};
  }
  LK_ASSIGN(const auto email, accounts_.TakeMailToken(hash, catalog::MailPurpose::kConfirmEmail));
  if (!email) return NoSuchLink();
  const auto confirm = [&](catalog::UserRow& row) -> Status {
    if (row.unconfirmed_email != email->email) return NoSuchLink();
    row.email = std::exchange(row.unconfirmed_email, {});
    return {};
  };
  LK_TRY(Change(email->user, confirm));
  Audit("email_changed", email->user, peer);
  return {};
}

Status Service::Recover(const std::string& email, const std::string& captcha, const Peer& peer) {
  LK_TRY(Require(true));
  LK_ASSIGN(const std::string address, CleanEmail(email));
  if (address.empty()) return Fail(ErrorCode::kInvalidArgument, "a mail address is needed");
  LK_TRY(Slow("mail " + address, kAddressPace, kMailsPace, peer));
  LK_TRY(CheckPerson(peer, captcha));
  LK_ASSIGN(const auto known, accounts_.FindByEmail(address));
  Audit("recovery_asked", known ? known->id : UserId{}, peer);
  if (!known || known->disabled) return {};
  return PostLink({.purpose = catalog::MailPurpose::kResetPassword, .user = known->id, .email = address},
                  fmt::format("{}: restore password link", settings().site_name),
                  fmt::format("This link sets a new password for {}:", known->name), "reset");
}

Status Service::ResetPassword(const std::string& token, const std::string& password, const Peer& peer) {
  const Sha256 hash = HashSecret(token);
  LK_ASSIGN(const auto link, accounts_.FindMailToken(hash, catalog::MailPurpose::kResetPassword));
  if (!link) return NoSuchLink();
  LK_ASSIGN(const catalog::UserRow user, Get(link->user));
  if (link->email != user.email) return NoSuchLink();  // mailed to an address that is not theirs any more
  LK_TRY(CheckPassword(password, user.name, user.email));
  LK_ASSIGN(const std::string hashed, hasher_.Hash(password));
  LK_ASSIGN(const auto taken, accounts_.TakeMailToken(hash, catalog::MailPurpose::kResetPassword));
  if (!taken) return NoSuchLink();
  const auto set = [&](catalog::UserRow& row) -> Status {
    row.password_hash = hashed;
    return {};
  };
  LK_TRY(Change(user.id, set, {.sessions = true, .tokens = true}));
  Audit("password_reset", user.id, peer);
  Post(
      user.email, fmt::format("{}: your password was changed", settings().site_name),
      fmt::format("The password of {} was changed by a link that was mailed. All sessions and API tokens have ended.\n",
                  user.name));
  return {};
}

}  // namespace likeness::account
