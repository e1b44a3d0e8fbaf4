#include "http/response_cache.h"

#include "http/api.h"

namespace likeness::http {

std::shared_ptr<const Response> ResponseCache::Find(const std::string& key, uint64_t generation) {
  std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->generation != generation) {
    Drop(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return entry->response;
}

void ResponseCache::Keep(const std::string& key, uint64_t generation, std::shared_ptr<const Response> response) {
  const size_t bytes = key.size() + response->shared_body->size() + sizeof(Entry) + sizeof(Response);
  if (bytes > bytes_max_ / 8) return;
  std::lock_guard lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) Drop(found->second);
  entries_.push_front({key, generation, bytes, std::move(response)});
  by_key_[entries_.front().key] = entries_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) Drop(std::prev(entries_.end()));
}

void ResponseCache::Drop(std::list<Entry>::iterator entry) {
  bytes_ -= entry->bytes;
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace likeness::http
