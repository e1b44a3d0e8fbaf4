// Other people's accounts, for administrators and the owner of the data folder.
#include <fmt/format.h>

#include "account/service.h"

namespace likeness::account {

Result<std::vector<catalog::UserRow>> Service::ListUsers(UserId after, size_t limit) const {
  return accounts_.ListUsers(after, limit);
}

Result<catalog::UserRow> Service::FindByLogin(const std::string& login) const {
  std::optional<catalog::UserRow> row;
  if (login.find('@') == std::string::npos) {
    LK_ASSIGN(row, accounts_.FindByName(login));
  } else if (Result<std::string> email = CleanEmail(login)) {
    LK_ASSIGN(row, accounts_.FindByEmail(*email));
  }
  if (!row) return Fail(ErrorCode::kNotFound, "there is no such account", "likeness user list names them");
  return std::move(*row);
}

Result<catalog::UserRow> Service::AddUser(const std::string& name, const std::string& email,
                                          const std::string& password, catalog::Role role, const Peer& peer) {
  catalog::UserRow row;
  row.role = role;
  LK_ASSIGN(row.name, CleanName(name));
  LK_ASSIGN(row.email, CleanEmail(email));
  LK_TRY(CheckPassword(password, row.name, row.email));
  LK_ASSIGN(row.password_hash, hasher_.Hash(password));
  if (!has_accounts() && role != catalog::Role::kAdmin)
    return Fail(ErrorCode::kFailedPrecondition, "the first account is an administrator's",
                "without one nobody could look after the others: give it the role admin");
  LK_ASSIGN(catalog::UserRow added, accounts_.AddUser(std::move(row)));
  LK_TRY(roster_.Refresh(added.id));
  Audit("account_made", added.id, peer, fmt::format("role {}", static_cast<int>(role)));
  return added;
}

Result<catalog::UserRow> Service::ChangeUser(UserId user, std::optional<catalog::Role> role,
                                             std::optional<bool> disabled, const Peer& peer) {
  const auto change = [&](catalog::UserRow& row) -> Status {
    if (role) row.role = *role;
    if (disabled) row.disabled = *disabled;
    return {};
  };
  LK_ASSIGN(catalog::UserRow row, Change(user, change, {.sessions = disabled.value_or(false)}));
  if (role) Audit("role_changed", user, peer, fmt::format("role {}", static_cast<int>(*role)));
  if (disabled) Audit(*disabled ? "account_disabled" : "account_enabled", user, peer);
  return row;
}

Status Service::SetPassword(UserId user, const std::string& password, const Peer& peer) {
  LK_ASSIGN(const catalog::UserRow before, Get(user));
  LK_TRY(CheckPassword(password, before.name, before.email));
  LK_ASSIGN(const std::string hash, hasher_.Hash(password));
  const auto set = [&](catalog::UserRow& row) -> Status {
    row.password_hash = hash;
    return {};
  };
  LK_TRY(Change(user, set, {.sessions = true, .tokens = true}));
  Audit("password_changed", user, peer);
  return {};
}

Status Service::RemoveUser(UserId user, const Peer& peer) {
  LK_TRY(accounts_.RemoveUser(user));
  Audit("account_removed", user, peer);
  return roster_.Refresh(user);
}

}  // namespace likeness::account
