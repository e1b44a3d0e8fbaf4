#include "catalog/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace likeness::catalog {
namespace {

constexpr int kBusyTimeoutMs = 10'000;

ErrorCode CodeOf(int extended) {
  switch (extended & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::kCorruption;
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::kUnavailable;
    case SQLITE_CONSTRAINT:
      return extended == SQLITE_CONSTRAINT_PRIMARYKEY || extended == SQLITE_CONSTRAINT_UNIQUE ||
                     extended == SQLITE_CONSTRAINT_ROWID
                 ? ErrorCode::kAlreadyExists
                 : ErrorCode::kInvalidArgument;
    case SQLITE_TOOBIG:
      return ErrorCode::kLimitExceeded;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      return ErrorCode::kIo;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kInternal;
  }
}

std::string UriOf(const std::filesystem::path& path, bool immutable) {
  std::string out = "file:";
  for (char c : path.string()) {
    if (c == '?' || c == '#' || c == '%') {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return immutable ? out + "?immutable=1" : out;
}

int CountFrames(void* frames, sqlite3*, const char*, int pages) {
  *static_cast<int*>(frames) = pages;
  return SQLITE_OK;
}

}  // namespace

std::unexpected<Error> FailSqlite(sqlite3* database, std::string_view what) {
  int code = sqlite3_extended_errcode(database);
  std::string hint = (code & 0xFF) == SQLITE_FULL ? "free some disk space and try again" : "";
  return Fail(CodeOf(code), fmt::format("{}: {} ({})", what, sqlite3_errmsg(database), code), hint);
}

Query::Query(Query&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      next_parameter_(other.next_parameter_),
      bind_error_(other.bind_error_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

// The bytes are bound without a copy: they must live until the query ends. An empty view is an empty value, not NULL.
Query& Query::Bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  int rc = sqlite3_bind_text64(statement_, next_parameter_++, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Query& Query::Bind(ByteView blob) {
  int rc = blob.empty() ? sqlite3_bind_zeroblob(statement_, next_parameter_++, 0)
                        : sqlite3_bind_blob64(statement_, next_parameter_++, blob.data(), blob.size(), SQLITE_STATIC);
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Query& Query::BindInteger(int64_t value) {
  int rc = sqlite3_bind_int64(statement_, next_parameter_++, value);
  if (rc != SQLITE_OK) bind_error_ = rc;
  return *this;
}

Result<bool> Query::Step() {
  if (bind_error_ != 0)
    return Fail(ErrorCode::kInternal,
                fmt::format("cannot bind to '{}': {}", sqlite3_sql(statement_), sqlite3_errstr(bind_error_)));
  int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc == SQLITE_DONE) return false;
  return FailSqlite(database_, "the catalog refuses");
}

Status Query::Run() {
  LK_ASSIGN(bool row, Step());
  if (row) return Fail(ErrorCode::kInternal, fmt::format("'{}' gave a row", sqlite3_sql(statement_)));
  return {};
}

int64_t Query::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string Query::Text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (text == nullptr) return {};
  return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

Bytes Query::Blob(int column) const {
  const auto* blob = static_cast<const uint8_t*>(sqlite3_column_blob(statement_, column));
  if (blob == nullptr) return {};
  return Bytes(blob, blob + sqlite3_column_bytes(statement_, column));
}

Result<std::unique_ptr<Connection>> Connection::Open(const std::filesystem::path& path, Mode mode) {
  std::unique_ptr<Connection> out(new Connection);
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE;
  flags |= mode == Mode::kWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  std::string uri = UriOf(path, mode == Mode::kImmutable);
  int rc = sqlite3_open_v2(uri.c_str(), &out->database_, flags, nullptr);
  if (out->database_ == nullptr) return Fail(ErrorCode::kInternal, "no memory for a database connection");
  std::string what = fmt::format("cannot open {}", path.string());
  if (rc != SQLITE_OK) return FailSqlite(out->database_, what);
  sqlite3* database = out->database_;
  sqlite3_busy_timeout(database, kBusyTimeoutMs);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  // Closing a reader must not checkpoint; the writer does so by itself, where it sees the outcome.
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  // A failed sync within SQLite's own automatic checkpoint is silent. So it is off, and the writer calls Checkpoint.
  sqlite3_wal_autocheckpoint(database, 0);
  if (mode == Mode::kWrite) sqlite3_wal_hook(database, CountFrames, &out->wal_frames_);
  auto settings = out->Execute(
      "PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
      // What a person deleted is overwritten in the file, not only unlinked.
      "PRAGMA secure_delete = ON;"
      "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384");
  if (!settings.has_value()) return std::unexpected(settings.error().Within(what));
  return out;
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Result<Query> Connection::Prepare(std::string_view sql) {
  auto it = statements_.find(sql);
  if (it == statements_.end()) {
    sqlite3_stmt* statement = nullptr;
    int rc = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                                &statement, nullptr);
    if (rc != SQLITE_OK) return FailSqlite(database_, fmt::format("cannot prepare '{}'", sql));
    it = statements_.emplace(sql, statement).first;
  }
  return Query(database_, it->second);
}

Status Connection::Execute(const std::string& sql) {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return FailSqlite(database_, "the catalog refuses");
  return {};
}

Result<int64_t> Connection::ReadInteger(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
    return FailSqlite(database_, fmt::format("cannot prepare '{}'", sql));
  int rc = sqlite3_step(statement);
  int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  std::unexpected<Error> failure = FailSqlite(database_, fmt::format("cannot run '{}'", sql));
  sqlite3_finalize(statement);
  if (rc != SQLITE_ROW) return failure;
  return value;
}

Status Connection::Checkpoint(bool truncate) {
  int frames = 0, done = 0;
  int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int rc = sqlite3_wal_checkpoint_v2(database_, nullptr, mode, &frames, &done);
  if (rc != SQLITE_OK && !(rc == SQLITE_BUSY && !truncate)) return FailSqlite(database_, "cannot checkpoint");
  if (frames >= 0 && frames == done) wal_frames_ = 0;
  return {};
}

void Connection::RemoveLogOnClose() {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

int64_t Connection::changes() const {
  return sqlite3_changes64(database_);
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

int64_t Connection::last_row_id() const {
  return sqlite3_last_insert_rowid(database_);
}

}  // namespace likeness::catalog
