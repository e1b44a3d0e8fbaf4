// The parts of Albums that are a person's: links that lend his sight, and his favourites.
#include <fmt/format.h>

#include "catalog/albums.h"
#include "catalog/catalog_impl.h"
#include "catalog/findable.h"

namespace likeness::catalog {
namespace {

#define LK_SHARE_COLUMNS \
  "id, album_id, token_hash, password_hash, sees_everything, user_id, created_at_ms, expires_at_ms"

Result<ShareRow> ToShare(const Query& query) {
  ShareRow row{.id = ShareId{query.Unsigned(0)},
               .album = AlbumId{query.Unsigned(1)},
               .password_hash = query.Text(3),
               .audience = {.everything = query.Integer(4) != 0, .user = UserId{query.Unsigned(5)}},
               .created_at_ms = query.Integer(6),
               .expires_at_ms = query.Integer(7)};
  const Bytes hash = query.Blob(2);
  if (hash.size() != row.token_hash.size())
    return Fail(ErrorCode::kCorruption, fmt::format("share {} has a hash of {} bytes", row.id.value, hash.size()));
  std::copy(hash.begin(), hash.end(), row.token_hash.begin());
  return row;
}

Error NoSuchShare() {
  return {ErrorCode::kNotFound, "there is no such share link", "it may have ended: ask whoever sent it"};
}

Result<ShareRow> TakeShare(Query& query) {
  LK_ASSIGN(bool found, query.Step());
  if (!found) return std::unexpected(NoSuchShare());
  return ToShare(query);
}

}  // namespace

Result<ShareId> Albums::AddShare(const ShareRow& row) {
  LK_TRY(Get(row.album));
  ShareId id;
  Status done = Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("INSERT INTO shares (album_id, token_hash, password_hash, sees_everything, user_id, "
                                 "created_at_ms, expires_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)"));
    query.Bind(row.album.value).Bind(ByteView(row.token_hash)).Bind(row.password_hash);
    query.Bind(row.audience.everything).Bind(row.audience.user.value).Bind(catalog_.NowMs()).Bind(row.expires_at_ms);
    LK_TRY(query.Run());
    id.value = static_cast<uint64_t>(connection.last_row_id());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return id;
}

Status Albums::RemoveShare(AlbumId album, ShareId id) {
  return Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM shares WHERE id = ? AND album_id = ?"));
    LK_TRY(query.Bind(id.value).Bind(album.value).Run());
    return connection.changes() == 0 ? std::unexpected(NoSuchShare()) : Status{};
  });
}

Result<std::vector<ShareRow>> Albums::ListShares(AlbumId id) const {
  std::vector<ShareRow> out;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT " LK_SHARE_COLUMNS " FROM shares WHERE album_id = ? ORDER BY id DESC"));
    query.Bind(id.value);
    while (true) {
      LK_ASSIGN(bool row, query.Step());
      if (!row) return {};
      LK_ASSIGN(ShareRow share, ToShare(query));
      out.push_back(std::move(share));
    }
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<ShareRow> Albums::FindShare(const Sha256& token_hash) const {
  return catalog_.ReadAs<ShareRow>([&](Connection& connection) -> Result<ShareRow> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_SHARE_COLUMNS " FROM shares WHERE token_hash = ? AND "
                                              "(expires_at_ms = 0 OR expires_at_ms > ?)"));
    return TakeShare(query.Bind(ByteView(token_hash)).Bind(catalog_.NowMs()));
  });
}

Result<ShareRow> Albums::GetShare(ShareId id) const {
  return catalog_.ReadAs<ShareRow>([&](Connection& connection) -> Result<ShareRow> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_SHARE_COLUMNS " FROM shares WHERE id = ? AND "
                                              "(expires_at_ms = 0 OR expires_at_ms > ?)"));
    return TakeShare(query.Bind(id.value).Bind(catalog_.NowMs()));
  });
}

Status Albums::SetFavourite(UserId user, ImageId image, bool favourite) {
  if (favourite) return AddFavourites(user, {image});
  return Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM favourites WHERE user_id = ? AND image_id = ?"));
    return query.Bind(user.value).Bind(image.value).Run();
  });
}

Status Albums::AddFavourites(UserId user, const std::vector<ImageId>& images) {
  return Write([&](Connection& connection) -> Status {
    for (ImageId image : images) {
      // Places ascend with the time of marking: a later one is always behind.
      LK_ASSIGN(Query query,
                connection.Prepare("INSERT INTO favourites (user_id, image_id, position) SELECT ?1, ?2, (SELECT "
                                   "ifnull(max(position), 0) + 1 FROM favourites WHERE user_id = ?1) "
                                   "WHERE EXISTS (SELECT 1 FROM images WHERE id = ?2) ON CONFLICT DO NOTHING"));
      LK_TRY(query.Bind(user.value).Bind(image.value).Run());
      if (connection.changes() == 0) LK_TRY(RequireImage(connection, image));
    }
    return {};
  });
}

Result<bool> Albums::IsFavourite(UserId user, ImageId image) const {
  bool is = false;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT 1 FROM favourites WHERE user_id = ? AND image_id = ?"));
    LK_ASSIGN(is, query.Bind(user.value).Bind(image.value).Step());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return is;
}

Result<std::vector<ImageId>> Albums::ListFavouriteIds(UserId user) const {
  return catalog_.ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT f.image_id FROM favourites f JOIN images i ON i.id = f.image_id WHERE "
                                 "f.user_id = ? AND i.trashed_at_ms = 0 ORDER BY f.image_id"));
    return Collect<ImageId>(query.Bind(user.value), ToImageId);
  });
}

Result<ListedImages> Albums::ListFavourites(UserId user, const Audience& audience, int64_t after, size_t limit) const {
  ListedImages out;
  Status done = catalog_.Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query count, connection.Prepare("SELECT count(*) FROM favourites f JOIN images i ON i.id = f.image_id "
                                              "WHERE f.user_id = ?3 AND i.trashed_at_ms = 0 AND " LK_FOUND));
    LK_TRY(BindAudience(count, audience).Bind(user.value).Step());
    out.total = count.Unsigned(0);
    LK_ASSIGN(Query query,
              connection.Prepare("SELECT f.image_id, f.position FROM favourites f JOIN images i ON i.id = f.image_id "
                                 "WHERE f.user_id = ?3 AND (?4 = 0 OR f.position < ?4) AND i.trashed_at_ms = 0 "
                                 "AND " LK_FOUND " ORDER BY f.position DESC LIMIT ?5"));
    BindAudience(query, audience).Bind(user.value).Bind(after).Bind(limit + 1);
    return TakePage(query, limit, out);
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

}  // namespace likeness::catalog
