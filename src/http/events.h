// Who listens to changes: server-sent events of all connections. Thread-safe; listeners are called on the thread that
// publishes and must be quick.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace likeness::http {

class EventHub {
 public:
  // One whole event in text/event-stream form.
  using Listener = std::function<void(const std::string& event)>;

  uint64_t Subscribe(Listener listener);
  // After it returned, the listener is not running and will not be called again.
  void Unsubscribe(uint64_t token);
  void Publish(std::string_view name, std::string_view json);
  size_t size() const;

 private:
  mutable std::mutex mutex_;
  uint64_t next_ = 1;
  std::map<uint64_t, Listener> listeners_;
};

}  // namespace likeness::http
