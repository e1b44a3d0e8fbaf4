// Slows down whoever tries often, by any key: an account, a network. Each attempt counts until it succeeds; beyond
// those that are free, one has to wait twice as long after each, up to a bound, and nobody is locked out for good.
// Memory is bounded: the keys that were quiet longest are forgotten. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace likeness::account {

struct Pace {
  int free = 0;             // attempts without a wait
  int64_t wait_max_ms = 0;  // after 1, 2, 4... seconds
};
// Of tries at one account, and of all that come from one network.
inline constexpr Pace kAccountPace{.free = 8, .wait_max_ms = 60'000};
inline constexpr Pace kNetworkPace{.free = 40, .wait_max_ms = 30'000};
// Of pictures that are fetched from other servers for one person or network.
inline constexpr Pace kFetchPace{.free = 60, .wait_max_ms = 10'000};

class Throttle {
 public:
  struct Key {
    std::string name;
    Pace pace;
  };
  // Counts an attempt for every key, unless one has to wait: then how long, in milliseconds, and nothing is counted.
  int64_t Begin(const std::vector<Key>& keys, int64_t now_ms);
  // Forgets what was counted for the key.
  void Clear(const std::string& name);
  // Takes one attempt back.
  void Forgive(const std::string& name);
  size_t size() const;

 private:
  struct Entry {
    int count = 0;
    int64_t last_ms = 0;
    std::list<std::string>::iterator place;
  };
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> quiet_;  // the one that was quiet longest first
};

// What of an address counts as one network: "192.0.2" (/24), "2001:db8:1:2" (/64); empty for anything else.
std::string NetworkOf(const std::string& address);

}  // namespace likeness::account
