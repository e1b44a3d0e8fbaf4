#include "account/roster.h"

namespace likeness::account {

Status Roster::Load() {
  std::lock_guard refreshing(refresh_mutex_);
  constexpr size_t kPage = 1000;
  std::unordered_map<UserId, std::vector<catalog::SessionRow>> sessions;
  std::unordered_map<UserId, std::vector<catalog::TokenRow>> tokens;
  LK_ASSIGN(std::vector<catalog::SessionRow> all_sessions, accounts_.ListSessions({}));
  for (catalog::SessionRow& row : all_sessions) sessions[row.user].push_back(std::move(row));
  LK_ASSIGN(std::vector<catalog::TokenRow> all_tokens, accounts_.ListTokens({}));
  for (catalog::TokenRow& row : all_tokens) tokens[row.user].push_back(std::move(row));
  for (UserId after{};;) {
    LK_ASSIGN(std::vector<catalog::UserRow> rows, accounts_.ListUsers(after, kPage));
    for (const catalog::UserRow& row : rows) Put(row, sessions[row.id], tokens[row.id]);
    if (rows.size() < kPage) return {};
    after = rows.back().id;
  }
}

Status Roster::Refresh(UserId user) {
  std::lock_guard refreshing(refresh_mutex_);
  LK_ASSIGN(std::optional<catalog::UserRow> row, accounts_.FindUser(user));
  LK_ASSIGN(std::vector<catalog::SessionRow> sessions, accounts_.ListSessions(user));
  LK_ASSIGN(std::vector<catalog::TokenRow> tokens, accounts_.ListTokens(user));
  Put(row.value_or(catalog::UserRow{.id = user, .role = catalog::Role::kVisitor}), sessions, tokens);
  return {};
}

// A row that is a visitor's is of nobody: they are gone.
void Roster::Put(const catalog::UserRow& row, const std::vector<catalog::SessionRow>& sessions,
                 const std::vector<catalog::TokenRow>& tokens) {
  std::unique_lock lock(mutex_);
  Entry& entry = people_[row.id];
  for (const Sha256& hash : entry.keys) keys_.erase(hash);
  entry.keys.clear();
  if (row.role == catalog::Role::kVisitor) {
    people_.erase(row.id);
    return;
  }
  entry.person = {.id = row.id,
                  .name = row.name,
                  .email = row.email,
                  .role = row.role,
                  .disabled = row.disabled,
                  .totp = row.totp_on};
  for (const catalog::SessionRow& session : sessions) {
    keys_[session.hash] = {row.id, session.id, 0, session.expires_at_ms};
    entry.keys.push_back(session.hash);
  }
  for (const catalog::TokenRow& token : tokens) {
    keys_[token.hash] = {row.id, 0, token.scopes, token.expires_at_ms};
    entry.keys.push_back(token.hash);
  }
}

bool Roster::empty() const {
  std::shared_lock lock(mutex_);
  return people_.empty();
}

bool Roster::has_admin() const {
  std::shared_lock lock(mutex_);
  for (const auto& [id, entry] : people_) {
    if (entry.person.role == catalog::Role::kAdmin && !entry.person.disabled) return true;
  }
  return false;
}

std::optional<Person> Roster::Find(UserId id) const {
  std::shared_lock lock(mutex_);
  auto found = people_.find(id);
  return found == people_.end() ? std::nullopt : std::optional(found->second.person);
}

std::optional<Identity> Roster::Look(const Sha256& hash, int64_t now_ms, bool session) {
  std::shared_lock lock(mutex_);
  auto key = keys_.find(hash);
  if (key == keys_.end() || (key->second.session != 0) != session || key->second.expires_at_ms <= now_ms) return {};
  auto person = people_.find(key->second.user);
  if (person == people_.end() || person->second.person.disabled) return {};
  return Identity{key->second.user, person->second.person.role, key->second.session, key->second.scopes};
}

std::optional<Identity> Roster::FindSession(const Sha256& hash, int64_t now_ms) {
  std::optional<Identity> found = Look(hash, now_ms, true);
  if (found) {
    std::lock_guard lock(seen_mutex_);
    seen_[found->session] = now_ms;
  }
  return found;
}

std::optional<Identity> Roster::FindToken(const Sha256& hash, int64_t now_ms) {
  return Look(hash, now_ms, false);
}

std::vector<std::pair<uint64_t, int64_t>> Roster::TakeSeen() {
  std::lock_guard lock(seen_mutex_);
  std::vector<std::pair<uint64_t, int64_t>> out(seen_.begin(), seen_.end());
  seen_.clear();
  return out;
}

}  // namespace likeness::account
