// Who there is and which secrets are good, in memory: a mirror of the catalog, which one process owns, so that a
// request is answered for without a look into the database. Thread-safe.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/accounts.h"

namespace likeness::account {

struct Person {
  UserId id = {};
  std::string name, email;
  catalog::Role role = catalog::Role::kUser;
  bool disabled = false, totp = false;
};

// Who a secret speaks for.
struct Identity {
  UserId user = {};
  catalog::Role role = catalog::Role::kUser;
  uint64_t session = 0;  // 0: an API token
  uint32_t scopes = 0;   // of the token
};

class Roster {
 public:
  explicit Roster(catalog::Accounts& accounts) : accounts_(accounts) {}

  Status Load();
  // Reads one person's rows again: after each change of them.
  Status Refresh(UserId user);

  bool empty() const;
  bool has_admin() const;  // an active one
  std::optional<Person> Find(UserId id) const;
  // Nothing for one that is unknown, has ended, or whose person is disabled.
  std::optional<Identity> FindSession(const Sha256& hash, int64_t now_ms);
  std::optional<Identity> FindToken(const Sha256& hash, int64_t now_ms);
  // Sessions that were used since the last call, and when.
  std::vector<std::pair<uint64_t, int64_t>> TakeSeen();

 private:
  struct Key {
    UserId user;
    uint64_t session;
    uint32_t scopes;
    int64_t expires_at_ms;
  };
  struct HashOf {
    size_t operator()(const Sha256& hash) const {
      size_t out;
      std::memcpy(&out, hash.data(), sizeof out);
      return out;
    }
  };
  struct Entry {
    Person person;
    std::vector<Sha256> keys;
  };
  std::optional<Identity> Look(const Sha256& hash, int64_t now_ms, bool session);
  void Put(const catalog::UserRow& row, const std::vector<catalog::SessionRow>& sessions,
           const std::vector<catalog::TokenRow>& tokens);

  catalog::Accounts& accounts_;
  std::mutex refresh_mutex_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<UserId, Entry> people_;
  std::unordered_map<Sha256, Key, HashOf> keys_;
  std::mutex seen_mutex_;
  std::map<uint64_t, int64_t> seen_;
};

}  // namespace likeness::account
