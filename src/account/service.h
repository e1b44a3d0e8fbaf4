// What can be done about accounts: signing up, logging in and out, passwords, second factors, tokens, people, settings.
// Decides whether a proof holds, never what somebody may do (http/access.h). Answers about who has an account are the
// same for all, and cost the same. Guessing is slowed by account and by network (throttle.h). Every outcome is a line
// in the log, without secrets. Thread-safe; passwords and providers block.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "account/captcha.h"
#include "account/password.h"
#include "account/provider.h"
#include "account/roster.h"
#include "account/throttle.h"
#include "base/threads.h"
#include "net/mail.h"

namespace likeness::account {

struct Options {
  std::string site_url;                 // "https://photos.example", for links in mails; empty: none
  std::optional<net::MailServer> mail;  // none: no sign-up, no recovery
  std::optional<Captcha> captcha;
  std::vector<Provider::Options> providers;
  std::function<int64_t()> now_ms;  // empty: the system's clock
};

struct Settings {
  std::string site_name = "Likeness";
  bool visitors_look = true;
  bool sign_up_open = false;
  int64_t trash_days = 30;  // 0: until it is emptied by hand
};

// Who asks, as far as the network tells.
struct Peer {
  std::string address;  // numeric; empty: the owner of the data folder
  std::string agent;
  std::string request_id;
};

class Service {
 public:
  static Result<std::unique_ptr<Service>> Open(catalog::Accounts& accounts, Options options);
  ~Service();

  // --- known at once ------------------------------------------------------------------------------------------------
  bool has_accounts() const { return !roster_.empty(); }
  bool has_admin() const { return roster_.has_admin(); }
  std::optional<Person> Find(UserId id) const { return roster_.Find(id); }
  std::optional<Identity> FindSession(const std::string& secret);
  std::optional<Identity> FindToken(const std::string& secret);
  Settings settings() const;
  const Options& options() const { return options_; }
  PasswordHasher& hasher() { return hasher_; }  // for other passwords than people's

  // Before this server fetches a picture from another one for somebody: slows down whoever asks often, and of those
  // that are not `trusted` to have it fetched asks for a captcha. TooManyRequests; PermissionDenied: no answer, a wrong
  // one, or the site has no captcha.
  Status AllowFetch(UserId user, bool trusted, const std::string& captcha, const Peer& peer);

  // --- logging in (service_log_in.cc) -------------------------------------------------------------------------------
  struct LoggedIn {
    std::string secret;  // of the new session
    UserId user;
  };
  // Unauthenticated, SecondFactor, TooManyRequests, PermissionDenied (disabled; captcha).
  Result<LoggedIn> LogIn(const std::string& login, const std::string& password, const std::string& code,
                         const std::string& captcha, const Peer& peer);
  Status LogOut(UserId user, uint64_t session, const Peer& peer);
  static constexpr int64_t kSessionMs = int64_t{14} * 24 * 3600 * 1000;

  // The one-time code that makes the first administrator; empty when there are accounts.
  std::string OpenSetup();
  bool setup_open() const;
  Result<LoggedIn> SetUp(const std::string& code, const std::string& name, const std::string& email,
                         const std::string& password, bool visitors_look, const Peer& peer);

  // --- by mail (service_mail.cc) ------------------------------------------------------------------------------------
  // FailedPrecondition: closed. What else goes wrong with the name or password is said; about the address nothing is.
  Status SignUp(const std::string& name, const std::string& email, const std::string& password,
                const std::string& captcha, const Peer& peer);
  Status Confirm(const std::string& token, const Peer& peer);  // NotFound
  Status Recover(const std::string& email, const std::string& captcha, const Peer& peer);
  Status ResetPassword(const std::string& token, const std::string& password, const Peer& peer);  // NotFound

  // --- one's own account (service_own.cc) ---------------------------------------------------------------------------
  Result<catalog::UserRow> Get(UserId user) const;
  Result<std::vector<std::string>> ProvidersOf(UserId user) const;  // their ids
  // NotFound; FailedPrecondition when nothing else is left to log in with.
  Status LeaveProvider(UserId user, const std::string& provider, const std::string& current_password, const Peer& peer);
  struct Edit {
    std::optional<std::string> name, email, password;
    std::string current_password;
  };
  Result<catalog::UserRow> EditOwn(UserId user, uint64_t session, const Edit& edit, const Peer& peer);
  Result<std::vector<catalog::SessionRow>> ListSessions(UserId user);
  Status EndSession(UserId user, uint64_t session, const Peer& peer);
  Status EndOtherSessions(UserId user, uint64_t session, const Peer& peer);
  struct Totp {
    std::string secret, uri;
  };
  Result<Totp> BeginTotp(UserId user, const std::string& current_password, const Peer& peer);
  Result<std::vector<std::string>> ConfirmTotp(UserId user, const std::string& code, const Peer& peer);
  Status EndTotp(UserId user, const std::string& current_password, const Peer& peer);
  struct NewToken {
    catalog::TokenRow row;
    std::string text;
  };
  Result<std::vector<catalog::TokenRow>> ListTokens(UserId user) const;
  // expires_at_ms 0: in a year.
  Result<NewToken> AddToken(UserId user, const std::string& name, uint32_t scopes, int64_t expires_at_ms,
                            const Peer& peer);
  // That it is really them, before what outlives a session. PermissionDenied; fine for those without a password.
  Status ProvePassword(UserId user, const std::string& current_password, const Peer& peer);
  Status RemoveToken(UserId user, uint64_t id, const Peer& peer);

  // --- people and settings (service_people.cc) ----------------------------------------------------------------------
  Result<std::vector<catalog::UserRow>> ListUsers(UserId after, size_t limit) const;
  Result<catalog::UserRow> FindByLogin(const std::string& login) const;  // NotFound
  Result<catalog::UserRow> AddUser(const std::string& name, const std::string& email, const std::string& password,
                                   catalog::Role role, const Peer& peer);
  Result<catalog::UserRow> ChangeUser(UserId user, std::optional<catalog::Role> role, std::optional<bool> disabled,
                                      const Peer& peer);
  Status SetPassword(UserId user, const std::string& password, const Peer& peer);
  Status RemoveUser(UserId user, const Peer& peer);
  Status WriteSettings(const Settings& settings, const Peer& peer);

  // --- elsewhere (service_elsewhere.cc) -----------------------------------------------------------------------------
  struct Departure {
    std::string url;      // where the browser goes
    std::string binding;  // a secret for its cookie
  };
  Result<Departure> LeaveFor(const std::string& provider, UserId logged_in);
  // The reason is one word for the page: refused, expired, unverified, taken, closed, disabled, trouble.
  std::expected<LoggedIn, std::string> ReturnFrom(const std::string& provider, const std::string& code,
                                                  const std::string& state, const std::string& binding,
                                                  UserId logged_in, const Peer& peer);

 private:
  Service(catalog::Accounts& accounts, Options options);

  int64_t now_ms() const;
  // Waits are errors; `own` and the network are slowed.
  Status Slow(const std::string& own, Pace pace, Pace network_pace, const Peer& peer);
  Status Wait(const std::vector<Throttle::Key>& keys, const Peer& peer);
  std::string AccountKey(const std::string& login, UserId user, const Peer& peer) const;
  Status Prove(const catalog::UserRow& user, const std::string& current_password, const Peer& peer);
  Status CheckCode(const catalog::UserRow& user, const std::string& code);
  // `proved_hash`: of the password that let them in; nothing: something else did.
  Result<LoggedIn> BeginSession(UserId user, const std::optional<std::string>& proved_hash, const Peer& peer);
  Status CheckPerson(const Peer& peer, const std::string& captcha) const;
  Status Require(bool mail) const;
  Result<catalog::UserRow> Change(UserId user, const std::function<Status(catalog::UserRow&)>& change,
                                  catalog::Ends ends = {});
  Result<catalog::UserRow> AddNamed(catalog::UserRow row);
  void Post(const std::string& to, const std::string& subject, const std::string& text);
  Status PostLink(catalog::MailTokenRow row, const std::string& subject, const std::string& text,
                  const std::string& page);
  void Audit(std::string_view event, UserId user, const Peer& peer, const std::string& detail = {}) const;

  catalog::Accounts& accounts_;
  const Options options_;
  Roster roster_;
  PasswordHasher hasher_;
  Throttle throttle_;
  std::vector<std::unique_ptr<Provider>> providers_;

  mutable std::mutex mutex_;  // of what follows
  Settings settings_;
  std::string setup_code_;
  std::set<std::string> familiar_;  // networks that somebody has logged in from: "user@network"
  struct Attempt {
    std::string provider, nonce, verifier;
    Sha256 binding;
    UserId logged_in;
    int64_t expires_at_ms;
  };
  std::map<std::string, Attempt> attempts_;  // by state
  ThreadPool mailer_{1, 200};                // last: it ends first
};

// One line, no @, not empty once folded; InvalidArgument.
Result<std::string> CleanName(const std::string& name);
// Lower-case, or empty; InvalidArgument.
Result<std::string> CleanEmail(const std::string& email);

}  // namespace likeness::account
