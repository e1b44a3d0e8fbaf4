#include "catalog/albums.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog_impl.h"
#include "catalog/findable.h"

namespace likeness::catalog {
namespace {

#define LK_ALBUM_COLUMNS \
  "id, owner_id, name, description, visibility, expression, ifnull(cover_id, 0), created_at_ms, updated_at_ms"

Error NoSuchAlbum(AlbumId id) {
  return {ErrorCode::kNotFound, fmt::format("there is no album {}", id.value), {}};
}

AlbumRow ToAlbum(const Query& query) {
  return {.id = AlbumId{query.Unsigned(0)},
          .owner = UserId{query.Unsigned(1)},
          .name = query.Text(2),
          .description = query.Text(3),
          .visibility = static_cast<Visibility>(query.Integer(4)),
          .expression = query.Text(5),
          .cover = ImageId{query.Unsigned(6)},
          .created_at_ms = query.Integer(7),
          .updated_at_ms = query.Integer(8)};
}

Result<AlbumRow> Load(Connection& connection, AlbumId id) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_ALBUM_COLUMNS " FROM albums WHERE id = ?"));
  LK_ASSIGN(bool found, query.Bind(id.value).Step());
  if (!found) return std::unexpected(NoSuchAlbum(id));
  return ToAlbum(query);
}

Status NameTaken(const Status& status, const std::string& name) {
  if (status.has_value() || status.error().code != ErrorCode::kAlreadyExists) return status;
  return Fail(ErrorCode::kAlreadyExists, fmt::format("there is an album \"{}\" already", name), "give it another name");
}

Status Touch(Connection& connection, AlbumId id, int64_t now_ms) {
  LK_ASSIGN(Query query, connection.Prepare("UPDATE albums SET updated_at_ms = ? WHERE id = ?"));
  return query.Bind(now_ms).Bind(id.value).Run();
}

}  // namespace

Status Albums::Write(const std::function<Status(Connection&)>& body) {
  LK_TRY(catalog_.Write(body));
  ++version_;
  return {};
}

Result<AlbumId> Albums::Create(const AlbumRow& row) {
  if (row.name.empty()) return Fail(ErrorCode::kInvalidArgument, "an album needs a name");
  AlbumId id;
  const int64_t now_ms = catalog_.NowMs();
  Status done = Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("INSERT INTO albums (owner_id, name, description, visibility, expression, "
                                 "created_at_ms, updated_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    query.Bind(row.owner.value).Bind(row.name).Bind(row.description).Bind(static_cast<uint8_t>(row.visibility));
    LK_TRY(query.Bind(row.expression).Bind(now_ms).Bind(now_ms).Run());
    id.value = static_cast<uint64_t>(connection.last_row_id());
    return {};
  });
  done = NameTaken(done, row.name);
  if (!done.has_value()) return std::unexpected(done.error());
  return id;
}

Status Albums::Edit(AlbumId id, const AlbumEdit& edit) {
  if (edit.name && edit.name->empty()) return Fail(ErrorCode::kInvalidArgument, "an album needs a name");
  const int64_t now_ms = catalog_.NowMs();
  AlbumRow row;
  Status done = Write([&](Connection& connection) -> Status {
    LK_ASSIGN(row, Load(connection, id));
    if (edit.cover && *edit.cover) LK_TRY(RequireImage(connection, *edit.cover));
    if (edit.name) row.name = *edit.name;
    if (edit.description) row.description = *edit.description;
    if (edit.expression) row.expression = *edit.expression;
    if (edit.visibility) row.visibility = *edit.visibility;
    if (edit.cover) row.cover = *edit.cover;
    LK_ASSIGN(Query query, connection.Prepare("UPDATE albums SET name = ?, description = ?, visibility = ?, "
                                              "expression = ?, cover_id = nullif(?, 0), updated_at_ms = ? "
                                              "WHERE id = ?"));
    query.Bind(row.name).Bind(row.description).Bind(static_cast<uint8_t>(row.visibility)).Bind(row.expression);
    return query.Bind(row.cover.value).Bind(now_ms).Bind(id.value).Run();
  });
  return NameTaken(done, row.name);
}

Status Albums::Remove(AlbumId id) {
  return Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM albums WHERE id = ?"));
    LK_TRY(query.Bind(id.value).Run());
    return connection.changes() == 0 ? std::unexpected(NoSuchAlbum(id)) : Status{};
  });
}

Status Albums::ChangeImages(AlbumId id, const std::vector<ImageId>& add, const std::vector<ImageId>& remove) {
  const int64_t now_ms = catalog_.NowMs();
  return Write([&](Connection& connection) -> Status {
    LK_ASSIGN(const AlbumRow album, Load(connection, id));
    if (album.smart())
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("\"{}\" is a smart album: its expression says what is in it", album.name),
                  "change the expression, or make another album");
    for (ImageId image : remove) {
      LK_ASSIGN(Query query, connection.Prepare("DELETE FROM album_images WHERE album_id = ? AND image_id = ?"));
      LK_TRY(query.Bind(id.value).Bind(image.value).Run());
    }
    for (ImageId image : add) {
      LK_TRY(RequireImage(connection, image));
      LK_ASSIGN(Query query,
                connection.Prepare("INSERT INTO album_images (album_id, position, image_id) SELECT ?1, "
                                   "(SELECT ifnull(max(position), 0) + 1 FROM album_images WHERE album_id = ?1), ?2 "
                                   "WHERE NOT EXISTS (SELECT 1 FROM album_images WHERE image_id = ?2 "
                                   "AND album_id = ?1)"));
      LK_TRY(query.Bind(id.value).Bind(image.value).Run());
    }
    return Touch(connection, id, now_ms);
  });
}

Result<AlbumRow> Albums::Get(AlbumId id) const {
  return catalog_.ReadAs<AlbumRow>([&](Connection& connection) -> Result<AlbumRow> { return Load(connection, id); });
}

Result<std::optional<AlbumRow>> Albums::Find(UserId owner, const std::string& name) const {
  std::optional<AlbumRow> out;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT " LK_ALBUM_COLUMNS " FROM albums WHERE owner_id = ? AND name = ?"));
    LK_ASSIGN(bool found, query.Bind(owner.value).Bind(name).Step());
    if (found) out = ToAlbum(query);
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<AlbumRow>> Albums::List(const Audience& audience) const {
  return catalog_.ReadAs<std::vector<AlbumRow>>([&](Connection& connection) -> Result<std::vector<AlbumRow>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_ALBUM_COLUMNS " FROM albums WHERE ?1 OR visibility = 1 OR "
                                              "(?2 <> 0 AND owner_id = ?2) ORDER BY name COLLATE NOCASE, id"));
    return Collect<AlbumRow>(BindAudience(query, audience), ToAlbum);
  });
}

Result<ListedImages> Albums::ListImages(AlbumId id, const Audience& audience, int64_t after, size_t limit) const {
  ListedImages out;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query count, connection.Prepare("SELECT count(*) FROM album_images a JOIN images i ON i.id = a.image_id "
                                              "WHERE a.album_id = ?3 AND i.trashed_at_ms = 0 AND " LK_FOUND));
    LK_TRY(BindAudience(count, audience).Bind(id.value).Step());
    out.total = count.Unsigned(0);
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT a.image_id, a.position FROM album_images a JOIN images i ON "
                                 "i.id = a.image_id WHERE a.album_id = ?3 AND a.position > ?4 AND i.trashed_at_ms = 0 "
                                 "AND " LK_FOUND " ORDER BY a.position LIMIT ?5"));
    BindAudience(query, audience).Bind(id.value).Bind(after).Bind(limit + 1);
    return TakePage(query, limit, out);
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<ImageId>> Albums::ListIds(AlbumId id) const {
  return catalog_.ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT a.image_id FROM album_images a JOIN images i ON i.id = a.image_id WHERE "
                                 "a.album_id = ? AND i.trashed_at_ms = 0 ORDER BY a.image_id"));
    return Collect<ImageId>(query.Bind(id.value), ToImageId);
  });
}

Result<bool> Albums::Shows(AlbumId id, const Audience& audience, ImageId image) const {
  bool shows = false;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT 1 FROM album_images a JOIN images i ON i.id = a.image_id WHERE "
                                 "a.image_id = ?3 AND a.album_id = ?4 AND i.trashed_at_ms = 0 AND " LK_FOUND));
    LK_ASSIGN(shows, BindAudience(query, audience).Bind(image.value).Bind(id.value).Step());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return shows;
}

}  // namespace likeness::catalog
