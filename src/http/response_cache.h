// Answers that stay right until something changes, kept with their compressed form. A key says who asks for what; a
// generation says of which state of the gallery the answer is, and an answer of an older one is never given. The oldest
// used go first when the bytes are many. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace likeness::http {

struct Response;

class ResponseCache {
 public:
  explicit ResponseCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Null: not there, or of another generation.
  std::shared_ptr<const Response> Find(const std::string& key, uint64_t generation);
  // REQUIRES: response.shared_body.
  void Keep(const std::string& key, uint64_t generation, std::shared_ptr<const Response> response);

 private:
  struct Entry {
    std::string key;
    uint64_t generation = 0;
    size_t bytes = 0;
    std::shared_ptr<const Response> response;
  };
  void Drop(std::list<Entry>::iterator entry);

  const size_t bytes_max_;
  std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::map<std::string_view, std::list<Entry>::iterator> by_key_;
  size_t bytes_ = 0;
};

}  // namespace likeness::http
