#include "catalog/schema.h"

#include <fmt/format.h>

namespace likeness::catalog {
namespace {

// image_tags repeats the image's sort_at_ms, which never changes, so that a page of one tag is read in order from an
// index. images_layout holds all that ListLayout and the totals
// need.
constexpr Migration kMigrations[] = {{"first schema", R"sql(
CREATE TABLE images (
  id INTEGER PRIMARY KEY CHECK (id > 0),
  name TEXT NOT NULL,
  source_path TEXT NOT NULL,
  source_url TEXT NOT NULL,
  format TEXT NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  frames INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
  imported_at_ms INTEGER NOT NULL,
  sort_at_ms INTEGER NOT NULL,
  taken_at TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  rating INTEGER NOT NULL CHECK (rating BETWEEN -1 AND 5),
  metadata_json TEXT NOT NULL,
  placeholder BLOB NOT NULL,
  low_information INTEGER NOT NULL CHECK (low_information IN (0, 1)),
  linked_to INTEGER NOT NULL,
  trashed_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX images_sha256 ON images (sha256);
CREATE INDEX images_layout ON images (sort_at_ms, id, width, height, size_bytes) WHERE trashed_at_ms = 0;
CREATE INDEX images_trash ON images (sort_at_ms, id, size_bytes) WHERE trashed_at_ms <> 0;

CREATE TABLE tags (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (name <> '')
) STRICT;
CREATE TABLE image_tags (
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  tag_id INTEGER NOT NULL REFERENCES tags (id),
  sort_at_ms INTEGER NOT NULL,
  PRIMARY KEY (image_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX image_tags_order ON image_tags (tag_id, sort_at_ms, image_id);

CREATE TABLE blobs (
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  kind INTEGER NOT NULL,
  volume INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL,
  PRIMARY KEY (image_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE feed (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL,
  operation INTEGER NOT NULL CHECK (operation IN (1, 2, 3))
) STRICT;

CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  a INTEGER NOT NULL,
  b INTEGER NOT NULL,
  kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 4),
  reason TEXT NOT NULL,
  decided_at_ms INTEGER NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;

CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('deleted_images', 0), ('reserved_image_id', 0);
)sql"},
                                     {"hash lists", R"sql(
CREATE TABLE hash_lists (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE CHECK (name <> ''),
  radius_bits INTEGER NOT NULL CHECK (radius_bits BETWEEN 0 AND 256),
  source TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  matched INTEGER NOT NULL
) STRICT;
CREATE TABLE listed_hashes (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  list_id INTEGER NOT NULL REFERENCES hash_lists (id) ON DELETE CASCADE,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  quality INTEGER NOT NULL CHECK (quality BETWEEN -1 AND 100),
  labels TEXT NOT NULL,
  status TEXT NOT NULL,
  severity TEXT NOT NULL,
  description TEXT NOT NULL,
  source TEXT NOT NULL,
  matched INTEGER NOT NULL CHECK (matched IN (0, 1)),
  UNIQUE (list_id, hash)
) STRICT;
CREATE INDEX listed_hashes_order ON listed_hashes (list_id, id);
)sql"},
                                     {"the queue of models and automatic tags", R"sql(
CREATE TABLE model_roles (
  role INTEGER PRIMARY KEY CHECK (role BETWEEN 1 AND 6),
  model TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  feed_sequence INTEGER NOT NULL,
  serving_model TEXT NOT NULL,
  serving_fingerprint TEXT NOT NULL
) STRICT;
CREATE TABLE model_jobs (
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  role INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  leased_until_ms INTEGER NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (image_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_jobs_order ON model_jobs (role, not_before_ms, image_id);
CREATE TABLE automatic_tags (
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  name TEXT NOT NULL CHECK (name <> ''),
  role INTEGER NOT NULL,
  model TEXT NOT NULL,
  confidence INTEGER NOT NULL CHECK (confidence BETWEEN 0 AND 1000),
  state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
  PRIMARY KEY (image_id, name, role)
) STRICT, WITHOUT ROWID;
CREATE TABLE quality_scores (
  image_id INTEGER PRIMARY KEY REFERENCES images (id) ON DELETE CASCADE,
  model TEXT NOT NULL,
  score_hundredths INTEGER NOT NULL CHECK (score_hundredths BETWEEN 0 AND 10000)
) STRICT;
)sql"},
                                     {"aliases and implications of tags", R"sql(
CREATE TABLE tag_rules (
  name TEXT NOT NULL CHECK (name <> ''),
  target TEXT NOT NULL CHECK (target <> '' AND target <> name),
  kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
  PRIMARY KEY (name, target)
) STRICT, WITHOUT ROWID;
)sql"},
                                     {"standing of pictures, and the history of their edits", R"sql(
ALTER TABLE images ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE images ADD COLUMN owner_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE images ADD COLUMN visibility INTEGER NOT NULL DEFAULT 1 CHECK (visibility BETWEEN 1 AND 3);
ALTER TABLE images ADD COLUMN pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));
DROP INDEX images_layout;
CREATE INDEX images_layout ON images (sort_at_ms, id, width, height, size_bytes, visibility, pending, owner_id)
  WHERE trashed_at_ms = 0;
CREATE INDEX images_pending ON images (id) WHERE pending = 1 AND trashed_at_ms = 0;

CREATE TABLE edits (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL,
  batch INTEGER NOT NULL,
  edited_at_ms INTEGER NOT NULL,
  undoes INTEGER NOT NULL DEFAULT 0,
  undone INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;
CREATE INDEX edits_image ON edits (image_id, id);
CREATE INDEX edits_batch ON edits (batch, id);
CREATE TABLE edit_changes (
  edit_id INTEGER NOT NULL REFERENCES edits (id) ON DELETE CASCADE,
  field INTEGER NOT NULL CHECK (field BETWEEN 1 AND 9),
  before TEXT NOT NULL,
  after TEXT NOT NULL,
  PRIMARY KEY (edit_id, field)
) STRICT, WITHOUT ROWID;
)sql"},
                                     {"albums, share links and favourites", R"sql(
CREATE TABLE albums (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id INTEGER NOT NULL,
  name TEXT NOT NULL CHECK (name <> ''),
  description TEXT NOT NULL,
  visibility INTEGER NOT NULL CHECK (visibility BETWEEN 1 AND 3),
  expression TEXT NOT NULL,
  cover_id INTEGER REFERENCES images (id) ON DELETE SET NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  UNIQUE (owner_id, name)
) STRICT;
CREATE INDEX albums_cover ON albums (cover_id) WHERE cover_id IS NOT NULL;
CREATE TABLE album_images (
  album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  PRIMARY KEY (album_id, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX album_images_of ON album_images (image_id, album_id);
CREATE TABLE shares (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  album_id INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  password_hash TEXT NOT NULL,
  sees_everything INTEGER NOT NULL CHECK (sees_everything IN (0, 1)),
  user_id INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX shares_of ON shares (album_id, id);
CREATE TABLE favourites (
  user_id INTEGER NOT NULL,
  image_id INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  PRIMARY KEY (user_id, image_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX favourites_order ON favourites (user_id, position);
CREATE INDEX favourites_of ON favourites (image_id);
)sql"},
                                     {"accounts", R"sql(
CREATE TABLE users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL CHECK (name <> ''),
  folded_name TEXT NOT NULL UNIQUE CHECK (folded_name <> ''),
  email TEXT NOT NULL,
  unconfirmed_email TEXT NOT NULL,
  role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 4),
  disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
  password_hash TEXT NOT NULL,
  totp_secret BLOB NOT NULL,
  totp_on INTEGER NOT NULL CHECK (totp_on IN (0, 1)),
  totp_step INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX users_email ON users (email) WHERE email <> '';
CREATE TABLE recovery_codes (
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (user_id, hash)
) STRICT, WITHOUT ROWID;
CREATE TABLE identities (
  issuer TEXT NOT NULL CHECK (issuer <> ''),
  subject TEXT NOT NULL CHECK (subject <> ''),
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_user ON identities (user_id);
CREATE TABLE sessions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created_at_ms INTEGER NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);
CREATE TABLE api_tokens (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
  user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  scopes INTEGER NOT NULL CHECK (scopes BETWEEN 1 AND 31),
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX api_tokens_user ON api_tokens (user_id);
CREATE TABLE mail_tokens (
  hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
  purpose INTEGER NOT NULL CHECK (purpose BETWEEN 1 AND 3),
  user_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
)sql"}};

}  // namespace

std::span<const Migration> Migrations() {
  return kMigrations;
}

Status CheckIdentity(Connection& connection, std::span<const Migration> migrations) {
  LK_ASSIGN(int64_t application, connection.ReadInteger("PRAGMA application_id"));
  LK_ASSIGN(int64_t version, connection.ReadInteger("PRAGMA user_version"));
  LK_ASSIGN(int64_t tables, connection.ReadInteger("SELECT count(*) FROM sqlite_schema"));
  if (application != kApplicationId && (application != 0 || tables != 0))
    return Fail(ErrorCode::kFailedPrecondition, "the database is not a catalog of Likeness");
  if (version < 0 || version > static_cast<int64_t>(migrations.size()))
    return Fail(ErrorCode::kFailedPrecondition,
                fmt::format("the catalog has schema {}, this build knows {}", version, migrations.size()),
                "open it with a newer build");
  return {};
}

Status Migrate(Connection& connection, std::span<const Migration> migrations) {
  LK_TRY(CheckIdentity(connection, migrations));
  LK_ASSIGN(int64_t version, connection.ReadInteger("PRAGMA user_version"));
  for (; version < static_cast<int64_t>(migrations.size()); ++version) {
    const Migration& step = migrations[static_cast<size_t>(version)];
    auto take = [&]() -> Status {
      LK_TRY(connection.Execute("BEGIN IMMEDIATE"));
      int64_t before = 0;
      if (version > 0) {
        LK_ASSIGN(before, connection.ReadInteger("SELECT count(*) FROM images"));
      }
      LK_TRY(connection.Execute(step.sql));
      LK_ASSIGN(int64_t after, connection.ReadInteger("SELECT count(*) FROM images"));
      if (before != after) return Fail(ErrorCode::kInternal, fmt::format("{} images before, {} after", before, after));
      LK_TRY(connection.Execute(
          fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}; COMMIT", kApplicationId, version + 1)));
      return {};
    };
    if (Status taken = take(); !taken.has_value()) {
      (void)connection.Execute("ROLLBACK");
      return std::unexpected(
          taken.error().Within(fmt::format("cannot take schema step {} ({})", version + 1, step.name)));
    }
  }
  return {};
}

}  // namespace likeness::catalog
