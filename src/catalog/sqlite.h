// A thin, checked layer over SQLite for the catalog alone: connections with cached statements, queries with bound
// parameters, errors as values. Single-threaded: a connection belongs to one thread at a time.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace likeness::catalog {

// One run of a statement. Parameters are bound in order; when it goes out of scope the statement is reset and goes back
// to the connection's cache, so at most one Query of a text may live at a time.
class Query {
 public:
  Query(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;
  ~Query();

  Query& Bind(std::string_view text);
  Query& Bind(ByteView blob);
  template <std::integral T>
  Query& Bind(T value) {
    return BindInteger(static_cast<int64_t>(value));
  }

  // True: a row is there to read.
  Result<bool> Step();
  // Runs a statement that gives no rows.
  Status Run();

  int64_t Integer(int column) const;
  uint64_t Unsigned(int column) const { return static_cast<uint64_t>(Integer(column)); }
  std::string Text(int column) const;
  Bytes Blob(int column) const;

 private:
  Query& BindInteger(int64_t value);

  sqlite3* database_;
  sqlite3_stmt* statement_;
  int next_parameter_ = 1;
  int bind_error_ = 0;
};

inline std::string ToText(const Query& query) {
  return query.Text(0);
}

// All rows of a bound query, each made by `make`.
template <typename T, typename Make>
Result<std::vector<T>> Collect(Query& query, Make make) {
  std::vector<T> out;
  while (true) {
    LK_ASSIGN(bool row, query.Step());
    if (!row) return out;
    out.push_back(make(query));
  }
}

class Connection {
 public:
  enum class Mode {
    kWrite,     // the one that writes and checkpoints
    kRead,      // beside a writer; never checkpoints
    kImmutable  // a closed database: nothing is written, not even the shared memory file
  };
  static Result<std::unique_ptr<Connection>> Open(const std::filesystem::path& path, Mode mode);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // `sql` must live as long as the connection (a literal).
  Result<Query> Prepare(std::string_view sql);
  // Statements without parameters and results of interest: pragmas, schema.
  Status Execute(const std::string& sql);
  Result<int64_t> ReadInteger(const std::string& sql);

  // Frames in the write-ahead log after the last commit of this connection.
  int wal_frames() const { return wal_frames_; }
  // `truncate`: waits for readers and makes the log empty, else does what can be done at once.
  Status Checkpoint(bool truncate);
  // After a full checkpoint: closing then removes the empty log, as SQLite does for the last connection.
  void RemoveLogOnClose();
  int64_t changes() const;
  bool in_transaction() const;
  int64_t last_row_id() const;

 private:
  Connection() = default;

  sqlite3* database_ = nullptr;
  std::map<std::string_view, sqlite3_stmt*> statements_;
  int wal_frames_ = 0;
};

// The error of the last call on the connection: Corruption, Unavailable (disk full, busy), AlreadyExists (a
// constraint), Io and so on.
std::unexpected<Error> FailSqlite(sqlite3* database, std::string_view what);

}  // namespace likeness::catalog
