#include "catalog/accounts.h"

#include <algorithm>

#include "base/fold.h"
#include "catalog/catalog_impl.h"

namespace likeness::catalog {
namespace {

constexpr size_t kSessionsMax = 100;  // of one person; the oldest end
#define LK_USER_COLUMNS \
  "id, name, email, unconfirmed_email, role, disabled, password_hash, totp_secret, totp_on, totp_step, created_at_ms"
#define LK_SESSION_COLUMNS "id, hash, user_id, created_at_ms, seen_at_ms, expires_at_ms, agent"
#define LK_TOKEN_COLUMNS "id, hash, user_id, name, scopes, created_at_ms, expires_at_ms"

UserRow ToUser(const Query& query) {
  return {.id = UserId{query.Unsigned(0)},
          .name = query.Text(1),
          .email = query.Text(2),
          .unconfirmed_email = query.Text(3),
          .role = static_cast<Role>(query.Integer(4)),
          .disabled = query.Integer(5) != 0,
          .password_hash = query.Text(6),
          .totp_secret = query.Blob(7),
          .totp_on = query.Integer(8) != 0,
          .totp_step = query.Integer(9),
          .created_at_ms = query.Integer(10)};
}

Sha256 ToHash(const Query& query, int column) {
  Sha256 hash{};
  const Bytes bytes = query.Blob(column);
  std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
  return hash;
}

SessionRow ToSession(const Query& query) {
  return {.id = query.Unsigned(0),
          .hash = ToHash(query, 1),
          .user = UserId{query.Unsigned(2)},
          .created_at_ms = query.Integer(3),
          .seen_at_ms = query.Integer(4),
          .expires_at_ms = query.Integer(5),
          .agent = query.Text(6)};
}

TokenRow ToToken(const Query& query) {
  return {.id = query.Unsigned(0),
          .hash = ToHash(query, 1),
          .user = UserId{query.Unsigned(2)},
          .name = query.Text(3),
          .scopes = static_cast<uint32_t>(query.Integer(4)),
          .created_at_ms = query.Integer(5),
          .expires_at_ms = query.Integer(6)};
}

MailTokenRow ToMailToken(const Query& query, const Sha256& hash, MailPurpose purpose) {
  return {.hash = hash,
          .purpose = purpose,
          .user = UserId{query.Unsigned(0)},
          .name = query.Text(1),
          .email = query.Text(2),
          .password_hash = query.Text(3),
          .expires_at_ms = query.Integer(4)};
}

Status NoSuchUser() {
  return Fail(ErrorCode::kNotFound, "there is no such account");
}

Result<std::optional<UserRow>> ReadUser(Connection& connection, UserId id) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_USER_COLUMNS " FROM users WHERE id = ?"));
  LK_ASSIGN(bool found, query.Bind(id.value).Step());
  return found ? std::optional(ToUser(query)) : std::nullopt;
}

// Which of the two is taken; a constraint of the table alone would not say.
Status CheckFree(Connection& connection, const UserRow& row, const std::string& folded) {
  {
    LK_ASSIGN(Query query, connection.Prepare("SELECT 1 FROM users WHERE folded_name = ? AND id <> ?"));
    LK_ASSIGN(bool taken, query.Bind(folded).Bind(row.id.value).Step());
    if (taken) return Fail(ErrorCode::kAlreadyExists, "the name is taken", "choose another one");
  }
  LK_ASSIGN(Query query, connection.Prepare("SELECT 1 FROM users WHERE email = ? AND email <> '' AND id <> ?"));
  LK_ASSIGN(bool taken, query.Bind(row.email).Bind(row.id.value).Step());
  if (taken) return Fail(ErrorCode::kAlreadyExists, "the mail address belongs to another account");
  return {};
}

Result<int64_t> CountAdmins(Connection& connection) {
  return connection.ReadInteger("SELECT count(*) FROM users WHERE role = 4 AND disabled = 0");
}

Status CheckAdminLeft(Connection& connection, int64_t before) {
  LK_ASSIGN(int64_t after, CountAdmins(connection));
  if (before == 0 || after > 0) return {};
  return Fail(ErrorCode::kFailedPrecondition, "this is the last active administrator",
              "make somebody else an administrator first");
}

Status RunFor(Connection& connection, std::string_view sql, uint64_t id) {
  LK_ASSIGN(Query query, connection.Prepare(sql));
  return query.Bind(id).Run();
}

}  // namespace

Result<UserRow> Accounts::AddUser(UserRow row, bool first) {
  if (row.created_at_ms == 0) row.created_at_ms = impl_->NowMs();
  const std::string folded = FoldText(row.name);
  Status done = impl_->Write([&](Connection& connection) -> Status {
    if (first) {
      LK_ASSIGN(int64_t users, connection.ReadInteger("SELECT count(*) FROM users"));
      if (users > 0) return Fail(ErrorCode::kFailedPrecondition, "there are accounts already", "log in");
    }
    LK_TRY(CheckFree(connection, row, folded));
    LK_ASSIGN(Query query,
              connection.Prepare("INSERT INTO users (name, folded_name, email, unconfirmed_email, role, disabled, "
                                 "password_hash, totp_secret, totp_on, totp_step, created_at_ms) "
                                 "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    query.Bind(row.name).Bind(folded).Bind(row.email).Bind(row.unconfirmed_email).Bind(static_cast<int>(row.role));
    query.Bind(row.disabled ? 1 : 0).Bind(row.password_hash).Bind(ByteView(row.totp_secret)).Bind(row.totp_on ? 1 : 0);
    LK_TRY(query.Bind(row.totp_step).Bind(row.created_at_ms).Run());
    row.id = UserId{static_cast<uint64_t>(connection.last_row_id())};
    return {};
  });
  LK_TRY(done);
  return row;
}

Result<std::optional<UserRow>> Accounts::FindUser(UserId id) const {
  return impl_->ReadAs<std::optional<UserRow>>(
      [&](Connection& connection) -> Result<std::optional<UserRow>> { return ReadUser(connection, id); });
}

Result<std::optional<UserRow>> Accounts::FindByName(const std::string& name) const {
  std::optional<UserRow> out;
  const std::string folded = FoldText(name);
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_USER_COLUMNS " FROM users WHERE folded_name = ?"));
    LK_ASSIGN(bool found, query.Bind(folded).Step());
    if (found) out = ToUser(query);
    return {};
  });
  LK_TRY(done);
  return out;
}

Result<std::optional<UserRow>> Accounts::FindByEmail(const std::string& email) const {
  std::optional<UserRow> out;
  if (email.empty()) return out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_USER_COLUMNS " FROM users WHERE email = ? AND email <> ''"));
    LK_ASSIGN(bool found, query.Bind(email).Step());
    if (found) out = ToUser(query);
    return {};
  });
  LK_TRY(done);
  return out;
}

Result<std::vector<UserRow>> Accounts::ListUsers(UserId after, size_t limit) const {
  return impl_->ReadAs<std::vector<UserRow>>([&](Connection& connection) -> Result<std::vector<UserRow>> {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT " LK_USER_COLUMNS " FROM users WHERE id > ? ORDER BY id LIMIT ?"));
    return Collect<UserRow>(query.Bind(after.value).Bind(limit), ToUser);
  });
}

Result<UserRow> Accounts::ChangeUser(UserId id, const std::function<Status(UserRow&)>& change, Ends ends) {
  UserRow row;
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(std::optional<UserRow> found, ReadUser(connection, id));
    if (!found) return NoSuchUser();
    row = std::move(*found);
    LK_ASSIGN(const int64_t admins, CountAdmins(connection));
    LK_TRY(change(row));
    const std::string folded = FoldText(row.name);
    LK_TRY(CheckFree(connection, row, folded));
    {
      LK_ASSIGN(Query query,
                connection.Prepare("UPDATE users SET name = ?, folded_name = ?, email = ?, unconfirmed_email = ?, "
                                   "role = ?, disabled = ?, password_hash = ?, totp_secret = ?, totp_on = ?, "
                                   "totp_step = ? WHERE id = ?"));
      query.Bind(row.name).Bind(folded).Bind(row.email).Bind(row.unconfirmed_email).Bind(static_cast<int>(row.role));
      query.Bind(row.disabled ? 1 : 0).Bind(row.password_hash).Bind(ByteView(row.totp_secret));
      LK_TRY(query.Bind(row.totp_on ? 1 : 0).Bind(row.totp_step).Bind(id.value).Run());
    }
    LK_TRY(CheckAdminLeft(connection, admins));
    if (ends.tokens) LK_TRY(RunFor(connection, "DELETE FROM api_tokens WHERE user_id = ?", id.value));
    if (!ends.sessions) return {};
    {
      LK_ASSIGN(Query query, connection.Prepare("DELETE FROM sessions WHERE user_id = ? AND id <> ?"));
      LK_TRY(query.Bind(id.value).Bind(ends.but_session).Run());
    }
    return RunFor(connection, "DELETE FROM mail_tokens WHERE user_id = ?", id.value);
  });
  LK_TRY(done);
  return row;
}

Status Accounts::RemoveUser(UserId id) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(const int64_t admins, CountAdmins(connection));
    LK_TRY(RunFor(connection, "DELETE FROM mail_tokens WHERE user_id = ?", id.value));
    LK_TRY(RunFor(connection, "DELETE FROM users WHERE id = ?", id.value));
    if (connection.changes() == 0) return NoSuchUser();
    return CheckAdminLeft(connection, admins);
  });
}

Status Accounts::ReplaceRecoveryCodes(UserId user, const std::vector<Sha256>& hashes) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_TRY(RunFor(connection, "DELETE FROM recovery_codes WHERE user_id = ?", user.value));
    for (const Sha256& hash : hashes) {
      LK_ASSIGN(Query query, connection.Prepare("INSERT INTO recovery_codes (user_id, hash) VALUES (?, ?)"));
      LK_TRY(query.Bind(user.value).Bind(ByteView(hash)).Run());
    }
    return {};
  });
}

Result<bool> Accounts::UseRecoveryCode(UserId user, const Sha256& hash) {
  bool used = false;
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM recovery_codes WHERE user_id = ? AND hash = ?"));
    LK_TRY(query.Bind(user.value).Bind(ByteView(hash)).Run());
    used = connection.changes() > 0;
    return {};
  });
  LK_TRY(done);
  return used;
}

Result<std::optional<UserId>> Accounts::FindIdentity(const std::string& issuer, const std::string& subject) const {
  std::optional<UserId> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT user_id FROM identities WHERE issuer = ? AND subject = ?"));
    LK_ASSIGN(bool found, query.Bind(issuer).Bind(subject).Step());
    if (found) out = UserId{query.Unsigned(0)};
    return {};
  });
  LK_TRY(done);
  return out;
}

Status Accounts::AddIdentity(const std::string& issuer, const std::string& subject, UserId user) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("INSERT INTO identities (issuer, subject, user_id) VALUES (?, ?, ?)"));
    return query.Bind(issuer).Bind(subject).Bind(user.value).Run();
  });
}

Status Accounts::RemoveIdentity(const std::string& issuer, UserId user, const std::vector<std::string>& others) {
  return impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query query, connection.Prepare("DELETE FROM identities WHERE issuer = ? AND user_id = ?"));
      LK_TRY(query.Bind(issuer).Bind(user.value).Run());
    }
    if (connection.changes() == 0) return Fail(ErrorCode::kNotFound, "the account is not bound to it");
    LK_ASSIGN(const std::optional<UserRow> row, ReadUser(connection, user));
    LK_ASSIGN(Query query, connection.Prepare("SELECT issuer FROM identities WHERE user_id = ?"));
    LK_ASSIGN(const auto left, Collect<std::string>(query.Bind(user.value), ToText));
    const bool enters =
        std::ranges::any_of(left, [&](const auto& each) { return std::ranges::count(others, each) > 0; });
    if (!enters && row && row->password_hash.empty())
      return Fail(ErrorCode::kFailedPrecondition, "without it nobody could log in to the account any more",
                  "set a password first");
    return {};
  });
}

Result<std::vector<std::string>> Accounts::ListIssuers(UserId user) const {
  return impl_->ReadAs<std::vector<std::string>>([&](Connection& connection) -> Result<std::vector<std::string>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT issuer FROM identities WHERE user_id = ? ORDER BY issuer"));
    return Collect<std::string>(query.Bind(user.value), ToText);
  });
}

Result<SessionRow> Accounts::AddSession(SessionRow row, const std::optional<std::string>& proved_hash) {
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(const std::optional<UserRow> user, ReadUser(connection, row.user));
    if (!user) return NoSuchUser();
    if (user->disabled || (proved_hash && *proved_hash != user->password_hash))
      return Fail(ErrorCode::kFailedPrecondition, "the account was changed meanwhile", "log in again");
    LK_TRY(RunFor(connection, "DELETE FROM sessions WHERE expires_at_ms < ?", static_cast<uint64_t>(impl_->NowMs())));
    {
      LK_ASSIGN(Query query, connection.Prepare("DELETE FROM sessions WHERE user_id = ?1 AND id NOT IN (SELECT id FROM "
                                                "sessions WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2)"));
      LK_TRY(query.Bind(row.user.value).Bind(kSessionsMax - 1).Run());
    }
    LK_ASSIGN(Query query, connection.Prepare(
                               "INSERT INTO sessions (hash, user_id, created_at_ms, seen_at_ms, expires_at_ms, agent) "
                               "VALUES (?, ?, ?, ?, ?, ?)"));
    query.Bind(ByteView(row.hash)).Bind(row.user.value).Bind(row.created_at_ms).Bind(row.seen_at_ms);
    LK_TRY(query.Bind(row.expires_at_ms).Bind(row.agent).Run());
    row.id = static_cast<uint64_t>(connection.last_row_id());
    return {};
  });
  LK_TRY(done);
  return row;
}

Result<std::vector<SessionRow>> Accounts::ListSessions(UserId user) const {
  return impl_->ReadAs<std::vector<SessionRow>>([&](Connection& connection) -> Result<std::vector<SessionRow>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_SESSION_COLUMNS
                                              " FROM sessions WHERE ?1 IN (0, user_id) ORDER BY id DESC"));
    return Collect<SessionRow>(query.Bind(user.value), ToSession);
  });
}

Status Accounts::EndSession(UserId user, uint64_t id) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM sessions WHERE user_id = ? AND id = ?"));
    LK_TRY(query.Bind(user.value).Bind(id).Run());
    if (connection.changes() == 0) return Fail(ErrorCode::kNotFound, "there is no such session");
    return {};
  });
}

Status Accounts::MarkSeen(const std::vector<std::pair<uint64_t, int64_t>>& sessions) {
  if (sessions.empty()) return {};
  return impl_->Write([&](Connection& connection) -> Status {
    for (const auto& [id, seen_at_ms] : sessions) {
      LK_ASSIGN(Query query, connection.Prepare("UPDATE sessions SET seen_at_ms = ? WHERE id = ?"));
      LK_TRY(query.Bind(seen_at_ms).Bind(id).Run());
    }
    return {};
  });
}

Result<TokenRow> Accounts::AddToken(TokenRow row) {
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("INSERT INTO api_tokens (hash, user_id, name, scopes, created_at_ms, expires_at_ms) "
                                 "VALUES (?, ?, ?, ?, ?, ?)"));
    query.Bind(ByteView(row.hash)).Bind(row.user.value).Bind(row.name).Bind(row.scopes);
    LK_TRY(query.Bind(row.created_at_ms).Bind(row.expires_at_ms).Run());
    row.id = static_cast<uint64_t>(connection.last_row_id());
    return {};
  });
  LK_TRY(done);
  return row;
}

Result<std::vector<TokenRow>> Accounts::ListTokens(UserId user) const {
  return impl_->ReadAs<std::vector<TokenRow>>([&](Connection& connection) -> Result<std::vector<TokenRow>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_TOKEN_COLUMNS
                                              " FROM api_tokens WHERE ?1 IN (0, user_id) ORDER BY id DESC"));
    return Collect<TokenRow>(query.Bind(user.value), ToToken);
  });
}

Status Accounts::RemoveToken(UserId user, uint64_t id) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM api_tokens WHERE user_id = ? AND id = ?"));
    LK_TRY(query.Bind(user.value).Bind(id).Run());
    if (connection.changes() == 0) return Fail(ErrorCode::kNotFound, "there is no such token");
    return {};
  });
}

Status Accounts::AddMailToken(const MailTokenRow& row) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_TRY(
        RunFor(connection, "DELETE FROM mail_tokens WHERE expires_at_ms < ?", static_cast<uint64_t>(impl_->NowMs())));
    LK_ASSIGN(Query query, connection.Prepare("INSERT INTO mail_tokens (hash, purpose, user_id, name, email, "
                                              "password_hash, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    query.Bind(ByteView(row.hash)).Bind(static_cast<int>(row.purpose)).Bind(row.user.value).Bind(row.name);
    return query.Bind(row.email).Bind(row.password_hash).Bind(row.expires_at_ms).Run();
  });
}

namespace {

Result<std::optional<MailTokenRow>> ReadMailToken(Connection& connection, const Sha256& hash, MailPurpose purpose,
                                                  int64_t now_ms) {
  LK_ASSIGN(Query query,
            connection.Prepare("SELECT user_id, name, email, password_hash, expires_at_ms FROM mail_tokens "
                               "WHERE hash = ? AND purpose = ? AND expires_at_ms >= ?"));
  LK_ASSIGN(bool found, query.Bind(ByteView(hash)).Bind(static_cast<int>(purpose)).Bind(now_ms).Step());
  return found ? std::optional(ToMailToken(query, hash, purpose)) : std::nullopt;
}

}  // namespace

Result<std::optional<MailTokenRow>> Accounts::FindMailToken(const Sha256& hash, MailPurpose purpose) const {
  return impl_->ReadAs<std::optional<MailTokenRow>>([&](Connection& connection) -> Result<std::optional<MailTokenRow>> {
    return ReadMailToken(connection, hash, purpose, impl_->NowMs());
  });
}

Result<std::optional<MailTokenRow>> Accounts::TakeMailToken(const Sha256& hash, MailPurpose purpose) {
  std::optional<MailTokenRow> out;
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(out, ReadMailToken(connection, hash, purpose, impl_->NowMs()));
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM mail_tokens WHERE hash = ? AND purpose = ?"));
    return query.Bind(ByteView(hash)).Bind(static_cast<int>(purpose)).Run();
  });
  LK_TRY(done);
  return out;
}

Result<std::map<std::string, std::string>> Accounts::ReadSettings() const {
  std::map<std::string, std::string> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT name, value FROM settings"));
    while (true) {
      LK_ASSIGN(bool more, query.Step());
      if (!more) return {};
      out[query.Text(0)] = query.Text(1);
    }
  });
  LK_TRY(done);
  return out;
}

Status Accounts::WriteSettings(const std::map<std::string, std::string>& settings) {
  return impl_->Write([&](Connection& connection) -> Status {
    for (const auto& [name, value] : settings) {
      LK_ASSIGN(Query query, connection.Prepare("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"));
      LK_TRY(query.Bind(name).Bind(value).Run());
    }
    return {};
  });
}

}  // namespace likeness::catalog
