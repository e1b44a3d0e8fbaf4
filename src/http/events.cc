#include "http/events.h"

#include <fmt/format.h>

namespace likeness::http {

uint64_t EventHub::Subscribe(Listener listener) {
  std::lock_guard lock(mutex_);
  listeners_[next_] = std::move(listener);
  return next_++;
}

void EventHub::Unsubscribe(uint64_t token) {
  std::lock_guard lock(mutex_);
  listeners_.erase(token);
}

void EventHub::Publish(std::string_view name, std::string_view json) {
  std::lock_guard lock(mutex_);
  if (listeners_.empty()) return;
  std::string event = fmt::format("event: {}\ndata: {}\n\n", name, json);
  for (auto& [token, listener] : listeners_) listener(event);
}

size_t EventHub::size() const {
  std::lock_guard lock(mutex_);
  return listeners_.size();
}

}  // namespace likeness::http
