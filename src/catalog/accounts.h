// People in the catalog: accounts and what proves who somebody is. Secrets come in and stay hashed; what they are and
// who may do what is others' business. Times are UTC milliseconds. Thread-safe, as the catalog. Tables:
// docs/formats/catalog.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/error.h"
#include "base/ids.h"
#include "catalog/catalog.h"
#include "catalog/people.h"

namespace likeness::catalog {

struct UserRow {
  UserId id = {};
  std::string name = {};   // unique once folded
  std::string email = {};  // lower-case, unique; empty: none
  std::string unconfirmed_email = {};
  Role role = Role::kUser;
  bool disabled = false;
  std::string password_hash = {};  // empty: no password, so none fits
  Bytes totp_secret = {};          // empty: none
  bool totp_on = false;            // the secret was confirmed
  int64_t totp_step = 0;           // the last one used
  int64_t created_at_ms = 0;
};

struct SessionRow {
  uint64_t id = 0;
  Sha256 hash = {};
  UserId user = {};
  int64_t created_at_ms = 0, seen_at_ms = 0, expires_at_ms = 0;
  std::string agent = {};
};

struct TokenRow {
  uint64_t id = 0;
  Sha256 hash = {};
  UserId user = {};
  std::string name = {};
  uint32_t scopes = 0;
  int64_t created_at_ms = 0, expires_at_ms = 0;
};

enum class MailPurpose : uint8_t { kSignUp = 1, kConfirmEmail = 2, kResetPassword = 3 };
struct MailTokenRow {
  Sha256 hash = {};
  MailPurpose purpose = MailPurpose::kSignUp;
  UserId user = {};                // none for a sign-up, which is nobody yet
  std::string name = {};           // of a sign-up
  std::string email = {};          // that the mail went to
  std::string password_hash = {};  // of a sign-up
  int64_t expires_at_ms = 0;
};

// What of a person ends together with a change of them.
struct Ends {
  bool sessions = false;  // and the links of mails
  bool tokens = false;    // of the API
  uint64_t but_session = 0;
};

class Accounts {
 public:
  explicit Accounts(Catalog::Impl* impl) : impl_(impl) {}

  // AlreadyExists: the name or the address. `first`: FailedPrecondition when there is an account already.
  Result<UserRow> AddUser(UserRow row, bool first = false);
  Result<std::optional<UserRow>> FindUser(UserId id) const;
  Result<std::optional<UserRow>> FindByName(const std::string& name) const;
  Result<std::optional<UserRow>> FindByEmail(const std::string& email) const;
  Result<std::vector<UserRow>> ListUsers(UserId after, size_t limit) const;  // by id
  // Reads, changes and writes in one transaction; what `change` fails with is the error and nothing is changed.
  // NotFound; AlreadyExists; FailedPrecondition: the last active administrator would be none.
  Result<UserRow> ChangeUser(UserId id, const std::function<Status(UserRow&)>& change, Ends ends = {});
  Status RemoveUser(UserId id);  // with all that is theirs here; NotFound, FailedPrecondition as above

  Status ReplaceRecoveryCodes(UserId user, const std::vector<Sha256>& hashes);
  Result<bool> UseRecoveryCode(UserId user, const Sha256& hash);  // false: none such

  // Who the provider's subject is here; none: nobody yet.
  Result<std::optional<UserId>> FindIdentity(const std::string& issuer, const std::string& subject) const;
  Status AddIdentity(const std::string& issuer, const std::string& subject, UserId user);  // AlreadyExists
  // NotFound; FailedPrecondition when the account has no password and none of `others`, the issuers that one can still
  // log in with.
  Status RemoveIdentity(const std::string& issuer, UserId user, const std::vector<std::string>& others);
  Result<std::vector<std::string>> ListIssuers(UserId user) const;

  // Forgets those that have ended as well. FailedPrecondition: the person is disabled, or has another password than the
  // one that was proved (its hash; nothing: it was no password that let them in).
  Result<SessionRow> AddSession(SessionRow row, const std::optional<std::string>& proved_hash);
  Result<std::vector<SessionRow>> ListSessions(UserId user /* none: of all */) const;  // newest first
  Status EndSession(UserId user, uint64_t id);                                         // NotFound
  Status MarkSeen(const std::vector<std::pair<uint64_t, int64_t>>& sessions);

  Result<TokenRow> AddToken(TokenRow row);
  Result<std::vector<TokenRow>> ListTokens(UserId user /* none: of all */) const;
  Status RemoveToken(UserId user, uint64_t id);  // NotFound

  Status AddMailToken(const MailTokenRow& row);
  Result<std::optional<MailTokenRow>> FindMailToken(const Sha256& hash, MailPurpose purpose) const;
  // As FindMailToken, and it is used up.
  Result<std::optional<MailTokenRow>> TakeMailToken(const Sha256& hash, MailPurpose purpose);

  Result<std::map<std::string, std::string>> ReadSettings() const;
  Status WriteSettings(const std::map<std::string, std::string>& settings);

 private:
  Catalog::Impl* impl_;
};

}  // namespace likeness::catalog
