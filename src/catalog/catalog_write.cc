// The catalog's changes. Each public function is one transaction, with its rows of the feed.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "catalog/catalog_impl.h"

namespace likeness::catalog {
namespace {

constexpr uint64_t kIntegerMax = std::numeric_limits<int64_t>::max();

Result<int64_t> FindOrAddTag(Connection& connection, const std::string& tag) {
  {
    LK_ASSIGN(Query find, connection.Prepare("SELECT id FROM tags WHERE name = ?"));
    LK_ASSIGN(bool found, find.Bind(tag).Step());
    if (found) return find.Integer(0);
  }
  LK_ASSIGN(Query add, connection.Prepare("INSERT INTO tags (name) VALUES (?)"));
  LK_TRY(add.Bind(tag).Run());
  return connection.last_row_id();
}

Status SetBlob(Connection& connection, ImageId image, const BlobRow& blob) {
  LK_ASSIGN(Query query,
            connection.Prepare("INSERT INTO blobs (image_id, kind, volume, offset, length) "
                               "SELECT ?1, ?2, ?3, ?4, ?5 WHERE EXISTS (SELECT 1 FROM images WHERE id = ?1) "
                               "ON CONFLICT (image_id, kind) DO UPDATE SET volume = ?3, offset = ?4, length = ?5"));
  return query.Bind(image.value)
      .Bind(static_cast<uint16_t>(blob.kind))
      .Bind(blob.volume)
      .Bind(blob.offset)
      .Bind(blob.length)
      .Run();
}

Status InsertImage(Connection& connection, const ImageRow& row) {
  if (row.id.value == 0 || row.id.value >= kIntegerMax)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} cannot be the id of an image", row.id.value));
  {
    LK_ASSIGN(
        Query query,
        connection.Prepare("INSERT INTO images (id, name, source_path, source_url, format, width, height, frames, "
                           "size_bytes, sha256, imported_at_ms, sort_at_ms, taken_at, title, description, rating, "
                           "metadata_json, placeholder, low_information, linked_to, trashed_at_ms, author, owner_id, "
                           "visibility, pending) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                           "?, ?, ?, ?, ?, ?)"));
    query.Bind(row.id.value).Bind(row.name).Bind(row.source_path).Bind(row.source_url).Bind(row.format);
    query.Bind(row.width).Bind(row.height).Bind(row.frames).Bind(row.size_bytes).Bind(ByteView(row.sha256));
    query.Bind(row.imported_at_ms).Bind(row.sort_at_ms).Bind(row.taken_at).Bind(row.title).Bind(row.description);
    query.Bind(row.rating).Bind(row.metadata_json).Bind(ByteView(row.placeholder)).Bind(row.low_information);
    query.Bind(row.linked_to).Bind(row.trashed_at_ms).Bind(row.author).Bind(row.owner.value);
    query.Bind(static_cast<uint8_t>(row.visibility)).Bind(row.pending);
    if (Status inserted = query.Run(); !inserted.has_value())
      return std::unexpected(inserted.error().Within(fmt::format("cannot add image {}", row.id.value)));
  }
  for (const std::string& tag : row.tags) LK_TRY(AddTag(connection, row.id, row.sort_at_ms, tag));
  for (const BlobRow& blob : row.blobs) LK_TRY(SetBlob(connection, row.id, blob));
  // What comes in trashed is not there for the indexes.
  return row.trashed_at_ms == 0 ? AppendFeed(connection, row.id, FeedOperation::kAdd) : Status{};
}

}  // namespace

Status AddTag(Connection& connection, ImageId image, int64_t sort_at_ms, const std::string& tag) {
  if (tag.empty()) return Fail(ErrorCode::kInvalidArgument, "a tag must not be empty");
  LK_ASSIGN(int64_t tag_id, FindOrAddTag(connection, tag));
  LK_ASSIGN(Query query, connection.Prepare("INSERT INTO image_tags (image_id, position, tag_id, sort_at_ms) "
                                            "SELECT ?1, (SELECT ifnull(max(position), 0) + 1 FROM image_tags WHERE "
                                            "image_id = ?1), ?2, ?3 "
                                            "WHERE NOT EXISTS (SELECT 1 FROM image_tags WHERE tag_id = ?2 AND "
                                            "sort_at_ms = ?3 AND image_id = ?1)"));
  return query.Bind(image.value).Bind(tag_id).Bind(sort_at_ms).Run();
}

Status RemoveTag(Connection& connection, ImageId image, const std::string& tag) {
  LK_ASSIGN(Query query, connection.Prepare("DELETE FROM image_tags WHERE image_id = ? AND tag_id = "
                                            "(SELECT id FROM tags WHERE name = ?)"));
  LK_TRY(query.Bind(image.value).Bind(tag).Run());
  LK_ASSIGN(Query tidy, connection.Prepare("DELETE FROM tags WHERE name = ? AND NOT EXISTS "
                                           "(SELECT 1 FROM image_tags WHERE tag_id = tags.id)"));
  return tidy.Bind(tag).Run();
}

Status NoSuchImage(ImageId id) {
  return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
}

Status RequireImage(Connection& connection, ImageId id) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT 1 FROM images WHERE id = ?"));
  LK_ASSIGN(bool found, query.Bind(id.value).Step());
  return found ? Status{} : NoSuchImage(id);
}

Status AppendFeed(Connection& connection, ImageId image, FeedOperation operation) {
  LK_ASSIGN(Query query, connection.Prepare("INSERT INTO feed (image_id, operation) VALUES (?, ?)"));
  return query.Bind(image.value).Bind(static_cast<uint8_t>(operation)).Run();
}

Status Catalog::InsertImages(const std::vector<ImageRow>& rows) {
  if (rows.empty()) return {};
  Status done = impl_->Write([&](Connection& connection) -> Status {
    for (const ImageRow& row : rows) LK_TRY(InsertImage(connection, row));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  for (const ImageRow& row : rows) SkipIds(row.id);
  return {};
}

Result<std::vector<BlobRow>> Catalog::DeleteImage(ImageId id) {
  std::vector<BlobRow> blobs;
  Status done = impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query query, connection.Prepare("SELECT kind, volume, offset, length FROM blobs WHERE image_id = ?"));
      LK_ASSIGN(blobs, Collect<BlobRow>(query.Bind(id.value), ToBlob));
    }
    std::vector<std::string> tags;
    {
      LK_ASSIGN(Query query, connection.Prepare("SELECT t.name FROM image_tags it JOIN tags t ON t.id = it.tag_id "
                                                "WHERE it.image_id = ?"));
      LK_ASSIGN(tags, Collect<std::string>(query.Bind(id.value), ToText));
    }
    for (const std::string& tag : tags) LK_TRY(RemoveTag(connection, id, tag));
    LK_ASSIGN(Query remove, connection.Prepare("DELETE FROM images WHERE id = ?"));
    LK_TRY(remove.Bind(id.value).Run());
    if (connection.changes() == 0) return NoSuchImage(id);
    LK_TRY(connection.Execute("UPDATE counters SET value = value + 1 WHERE name = 'deleted_images'"));
    return AppendFeed(connection, id, FeedOperation::kDelete);
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return blobs;
}

Status Catalog::ReplaceBlobs(const std::vector<std::pair<ImageId, BlobRow>>& rows) {
  if (rows.empty()) return {};
  return impl_->Write([&](Connection& connection) -> Status {
    for (const auto& [image, blob] : rows) LK_TRY(SetBlob(connection, image, blob));
    return {};
  });
}

Status Catalog::MoveBlobs(const std::vector<BlobMove>& moves) {
  if (moves.empty()) return {};
  return impl_->Write([&](Connection& connection) -> Status {
    for (const BlobMove& move : moves) {
      LK_ASSIGN(Query query,
                connection.Prepare("UPDATE blobs SET volume = ?, offset = ?, length = ? WHERE image_id = ? "
                                   "AND kind = ? AND volume = ? AND offset = ?"));
      query.Bind(move.to.volume).Bind(move.to.offset).Bind(move.to.length).Bind(move.image.value);
      query.Bind(static_cast<uint16_t>(move.from.kind)).Bind(move.from.volume).Bind(move.from.offset);
      LK_TRY(query.Run());
    }
    return {};
  });
}

Status Catalog::ForgetDerived() {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM blobs WHERE kind <> ?"));
    return query.Bind(static_cast<uint16_t>(BlobKind::kOriginal)).Run();
  });
}

Result<DecisionId> Catalog::AddDecision(const DecisionRow& row) {
  if (!row.a || !row.b || row.a == row.b)
    return Fail(ErrorCode::kInvalidArgument, "a decision is about two different images");
  DecisionId id;
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("INSERT INTO decisions (a, b, kind, reason, decided_at_ms, undone) "
                                              "VALUES (?, ?, ?, ?, ?, ?)"));
    query.Bind(row.a.value).Bind(row.b.value).Bind(static_cast<uint8_t>(row.kind)).Bind(row.reason);
    query.Bind(row.decided_at_ms != 0 ? row.decided_at_ms : impl_->NowMs()).Bind(row.undone);
    LK_TRY(query.Run());
    id.value = static_cast<uint64_t>(connection.last_row_id());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return id;
}

Status Catalog::UndoDecision(DecisionId id) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("UPDATE decisions SET undone = 1 WHERE id = ?"));
    LK_TRY(query.Bind(id.value).Run());
    if (connection.changes() == 0) return Fail(ErrorCode::kNotFound, fmt::format("there is no decision {}", id.value));
    return {};
  });
}

}  // namespace likeness::catalog
