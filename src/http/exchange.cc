#include "http/exchange.h"

namespace likeness::http {

bool Exchange::Emit(std::string_view text, std::string_view end) {
  {
    std::unique_lock lock(mutex_);
    space_.wait(lock, [&] { return closed_ || unsent_.size() < kUnsentBytesMax; });
    if (closed_) return false;
    unsent_.append(text).append(end);
  }
  Wake();
  return true;
}

void Exchange::Offer(std::string_view text) {
  {
    std::lock_guard lock(mutex_);
    if (closed_ || unsent_.size() >= kUnsentBytesMax) return;
    unsent_.append(text);
  }
  Wake();
}

void Exchange::Finish(Response response) {
  {
    std::lock_guard lock(mutex_);
    response_ = std::move(response);
    done_ = true;
  }
  Wake();
}

void Exchange::Close() {
  cancel.Cancel();
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }
  space_.notify_all();
}

std::string Exchange::Take() {
  std::string out;
  {
    std::lock_guard lock(mutex_);
    out.swap(unsent_);
  }
  space_.notify_all();
  return out;
}

bool Exchange::done() const {
  std::lock_guard lock(mutex_);
  return done_ && unsent_.empty();
}

bool Exchange::has_news() const {
  std::lock_guard lock(mutex_);
  return done_ || !unsent_.empty();
}

Response Exchange::TakeResponse() {
  std::lock_guard lock(mutex_);
  return std::move(response_);
}

}  // namespace likeness::http
