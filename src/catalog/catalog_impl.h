// The inside of Catalog, shared by its verbs (open, write, read).
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "catalog/accounts.h"
#include "catalog/albums.h"
#include "catalog/catalog.h"
#include "catalog/sqlite.h"

namespace likeness::catalog {

struct Catalog::Impl {
  Options options;

  std::mutex writer_mutex;
  std::unique_ptr<Connection> writer;  // null when read-only
  std::atomic<bool> failed{false};
  std::string failure;  // set once, before `failed`

  std::unique_ptr<Albums> albums = std::make_unique<Albums>(*this);

  std::atomic<uint64_t> next_id{0};         // 0: not loaded
  std::atomic<uint64_t> reserved_until{0};  // ids up to here may be handed out: the file says so

  Accounts accounts{this};

  mutable std::mutex readers_mutex;
  mutable std::condition_variable reader_free;
  mutable std::vector<std::unique_ptr<Connection>> readers;

  ~Impl();

  int64_t NowMs() const;
  Status CheckWritable() const;
  // One transaction on the writing connection; durable when it returns without an error, else nothing of it stays.
  Status Write(const std::function<Status(Connection&)>& body);
  Status WriteLocked(const std::function<Status(Connection&)>& body);
  Status CheckpointLocked(bool truncate);
  // One snapshot on a reading connection.
  Status Read(const std::function<Status(Connection&)>& body) const;
  // The same for what gives a value: `body` returns Result<T>.
  template <typename T, typename Body>
  Result<T> ReadAs(Body body) const {
    T out{};
    Status done = Read([&](Connection& connection) -> Status {
      LK_ASSIGN(out, body(connection));
      return {};
    });
    if (!done.has_value()) return std::unexpected(done.error());
    return out;
  }
  Status LoadNextId();
  // REQUIRES writer_mutex held.
  Status ReserveUpTo(uint64_t id);
};

// Adds the tag behind the others; one that the image has already stays where it is.
Status AddTag(Connection& connection, ImageId image, int64_t sort_at_ms, const std::string& tag);
Status RemoveTag(Connection& connection, ImageId image, const std::string& tag);
// NotFound: the image has no such automatic tag.
Status SetTagState(Connection& connection, ImageId image, int64_t sort_at_ms, const std::string& name, TagState state);
Status AppendFeed(Connection& connection, ImageId image, FeedOperation operation);
inline BlobRow ToBlob(const Query& query) {
  return {static_cast<BlobKind>(query.Integer(0)), static_cast<uint32_t>(query.Integer(1)), query.Unsigned(2),
          query.Unsigned(3)};
}
Status NoSuchImage(ImageId id);                           // NotFound
Status RequireImage(Connection& connection, ImageId id);  // NotFound

}  // namespace likeness::catalog
