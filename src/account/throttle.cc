#include "account/throttle.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

namespace likeness::account {
namespace {

constexpr size_t kKeysMax = 50'000;
constexpr int64_t kForgottenAfterMs = 60 * 60'000;

int64_t WaitMs(int count, const Pace& pace) {
  if (count < pace.free) return 0;
  return std::min(pace.wait_max_ms, int64_t{1000} << std::min(count - pace.free, 30));
}

}  // namespace

int64_t Throttle::Begin(const std::vector<Key>& keys, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  int64_t wait = 0;
  for (const Key& key : keys) {
    auto found = entries_.find(key.name);
    if (found == entries_.end()) continue;
    Entry& entry = found->second;
    if (now_ms - entry.last_ms > kForgottenAfterMs) entry.count = 0;
    wait = std::max(wait, entry.last_ms + WaitMs(entry.count, key.pace) - now_ms);
  }
  if (wait > 0) return wait;
  for (const Key& key : keys) {
    auto [at, fresh] = entries_.try_emplace(key.name);
    if (!fresh) quiet_.erase(at->second.place);
    at->second.place = quiet_.insert(quiet_.end(), key.name);
    ++at->second.count;
    at->second.last_ms = now_ms;
  }
  for (; entries_.size() > kKeysMax; quiet_.pop_front()) entries_.erase(quiet_.front());
  return 0;
}

void Throttle::Clear(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(name);
  if (found == entries_.end()) return;
  quiet_.erase(found->second.place);
  entries_.erase(found);
}

void Throttle::Forgive(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto found = entries_.find(name);
  if (found != entries_.end() && found->second.count > 0) --found->second.count;
}

size_t Throttle::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

std::string NetworkOf(const std::string& address) {
  uint8_t bytes[16];
  if (inet_pton(AF_INET, address.c_str(), bytes) == 1) return fmt::format("{}.{}.{}", bytes[0], bytes[1], bytes[2]);
  if (inet_pton(AF_INET6, address.c_str(), bytes) != 1) return {};
  constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (std::equal(kMapped, kMapped + 12, bytes)) return fmt::format("{}.{}.{}", bytes[12], bytes[13], bytes[14]);
  return fmt::format("{:x}:{:x}:{:x}:{:x}", bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3],
                     bytes[4] << 8 | bytes[5], bytes[6] << 8 | bytes[7]);
}

}  // namespace likeness::account
