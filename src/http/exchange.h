// Between a handler's thread and the connection that waits for it: lines and the final response one way, "nobody
// listens" the other. Internal to the server. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include "http/api.h"

namespace likeness::http {

class Exchange {
 public:
  // `wake` makes the connection look again; called from any thread, after the state has changed.
  Exchange(bool endless, std::function<void()> wake) : endless(endless), wake_(std::move(wake)) {}

  CancelFlag cancel;
  const bool endless;  // ends only with the connection

  // Waits while much is unsent. False when nobody listens.
  bool Emit(std::string_view text, std::string_view end);
  // Drops the text when much is unsent: for events, of which the newest tell the same as the lost.
  void Offer(std::string_view text);
  void Finish(Response response);
  // Nobody listens any more: cancels the work.
  void Close();
  void Wake() { wake_(); }

  std::string Take();
  bool done() const;      // finished, and nothing is left to take
  bool has_news() const;  // finished, or something can be taken
  Response TakeResponse();

 private:
  static constexpr size_t kUnsentBytesMax = 1 << 20;

  const std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable space_;
  std::string unsent_;
  bool closed_ = false, done_ = false;
  Response response_;
};

}  // namespace likeness::http
