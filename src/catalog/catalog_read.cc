// The catalog's answers. Each is one snapshot, but for ForEachImage.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "catalog/catalog_impl.h"
#include "catalog/findable.h"

#define LK_IMAGE_COLUMNS                                                                                           \
  "i.id, i.name, i.source_path, i.source_url, i.format, i.width, i.height, i.frames, i.size_bytes, i.sha256, "     \
  "i.imported_at_ms, i.sort_at_ms, i.taken_at, i.title, i.description, i.rating, i.metadata_json, i.placeholder, " \
  "i.low_information, i.linked_to, i.trashed_at_ms, i.author, i.owner_id, i.visibility, i.pending"

namespace likeness::catalog {
namespace {

constexpr int64_t kIntegerMax = std::numeric_limits<int64_t>::max();
constexpr size_t kForEachRows = 256;
constexpr std::string_view kOneImage = "SELECT " LK_IMAGE_COLUMNS " FROM images i WHERE i.id = ?";

int64_t Clamp(uint64_t value) {
  return static_cast<int64_t>(std::min<uint64_t>(value, kIntegerMax));
}

ImageRow ToImage(const Query& query) {
  ImageRow out;
  out.id.value = query.Unsigned(0);
  out.name = query.Text(1);
  out.source_path = query.Text(2);
  out.source_url = query.Text(3);
  out.format = query.Text(4);
  out.width = static_cast<uint32_t>(query.Integer(5));
  out.height = static_cast<uint32_t>(query.Integer(6));
  out.frames = static_cast<uint32_t>(query.Integer(7));
  out.size_bytes = query.Unsigned(8);
  Bytes sha256 = query.Blob(9);
  std::copy_n(sha256.begin(), std::min(sha256.size(), out.sha256.size()), out.sha256.begin());
  out.imported_at_ms = query.Integer(10);
  out.sort_at_ms = query.Integer(11);
  out.taken_at = query.Text(12);
  out.title = query.Text(13);
  out.description = query.Text(14);
  out.rating = static_cast<int>(query.Integer(15));
  out.metadata_json = query.Text(16);
  out.placeholder = query.Blob(17);
  out.low_information = query.Integer(18) != 0;
  out.linked_to = query.Unsigned(19);
  out.trashed_at_ms = query.Integer(20);
  out.author = query.Text(21);
  out.owner.value = query.Unsigned(22);
  out.visibility = static_cast<Visibility>(query.Integer(23));
  out.pending = query.Integer(24) != 0;
  return out;
}

// One query for many images, by json_each, takes as long: it is the rows that cost.
Status LoadTags(Connection& connection, std::span<ImageRow> images) {
  for (ImageRow& image : images) {
    LK_ASSIGN(Query query, connection.Prepare("SELECT t.name FROM image_tags it JOIN tags t ON t.id = it.tag_id "
                                              "WHERE it.image_id = ? ORDER BY it.position"));
    query.Bind(image.id.value);
    LK_ASSIGN(image.tags, Collect<std::string>(query, ToText));
  }
  return {};
}

Status LoadBlobs(Connection& connection, ImageRow* image) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT kind, volume, offset, length FROM blobs WHERE image_id = ? "
                                            "ORDER BY kind"));
  query.Bind(image->id.value);
  LK_ASSIGN(image->blobs, Collect<BlobRow>(query, ToBlob));
  return {};
}

// The trash is told apart by a literal, so that the partial indexes apply; the tag's page is read from its own index.
// A trashed picture is found by its owner and whoever finds everything.
std::string_view ListSql(bool with_tag, bool trashed, bool pending) {
  if (pending)
    return "SELECT " LK_IMAGE_COLUMNS
           " FROM images i INDEXED BY images_pending WHERE i.pending = 1 AND i.trashed_at_ms = 0 "
           "AND " LK_FOUND " AND i.id > ?4 ORDER BY i.id LIMIT ?5";
  if (with_tag) {
    return trashed ? "SELECT " LK_IMAGE_COLUMNS
                     " FROM image_tags t CROSS JOIN images i ON i.id = t.image_id "
                     "WHERE t.tag_id = (SELECT id FROM tags WHERE name = ?6) AND (t.sort_at_ms, t.image_id) < (?3, ?4) "
                     "AND i.trashed_at_ms <> 0 AND (?1 OR (?2 <> 0 AND i.owner_id = ?2)) "
                     "ORDER BY t.sort_at_ms DESC, t.image_id DESC LIMIT ?5"
                   : "SELECT " LK_IMAGE_COLUMNS
                     " FROM image_tags t CROSS JOIN images i ON i.id = t.image_id "
                     "WHERE t.tag_id = (SELECT id FROM tags WHERE name = ?6) AND (t.sort_at_ms, t.image_id) < (?3, ?4) "
                     "AND i.trashed_at_ms = 0 AND " LK_FOUND " ORDER BY t.sort_at_ms DESC, t.image_id DESC LIMIT ?5";
  }
  return trashed ? "SELECT " LK_IMAGE_COLUMNS
                   " FROM images i INDEXED BY images_trash WHERE i.trashed_at_ms <> 0 "
                   "AND (?1 OR (?2 <> 0 AND i.owner_id = ?2)) AND (i.sort_at_ms, i.id) < (?3, ?4) "
                   "ORDER BY i.sort_at_ms DESC, i.id DESC LIMIT ?5"
                 : "SELECT " LK_IMAGE_COLUMNS
                   " FROM images i INDEXED BY images_layout WHERE i.trashed_at_ms = 0 "
                   "AND " LK_FOUND
                   " AND (i.sort_at_ms, i.id) < (?3, ?4) ORDER BY i.sort_at_ms DESC, i.id DESC LIMIT ?5";
}

}  // namespace

Result<ImageRow> Catalog::GetImage(ImageId id) const {
  ImageRow image;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare(kOneImage));
    LK_ASSIGN(bool found, query.Bind(Clamp(id.value)).Step());
    if (!found) return Fail(ErrorCode::kNotFound, fmt::format("there is no image {}", id.value));
    image = ToImage(query);
    LK_TRY(LoadTags(connection, {&image, 1}));
    return LoadBlobs(connection, &image);
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return image;
}

Result<std::vector<ImageRow>> Catalog::GetImages(const std::vector<ImageId>& ids) const {
  std::vector<ImageRow> out;
  out.reserve(ids.size());
  Status done = impl_->Read([&](Connection& connection) -> Status {
    for (ImageId id : ids) {
      LK_ASSIGN(Query query, connection.Prepare(kOneImage));
      LK_ASSIGN(bool found, query.Bind(Clamp(id.value)).Step());
      if (found) out.push_back(ToImage(query));
    }
    return LoadTags(connection, out);
  });
  LK_TRY(done);
  return out;
}

Result<std::vector<ImageId>> Catalog::FindBySha256(const Sha256& sha256) const {
  return impl_->ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT id FROM images WHERE sha256 = ? ORDER BY id"));
    query.Bind(ByteView(sha256));
    return Collect<ImageId>(query, ToImageId);
  });
}

Result<std::vector<std::pair<std::string, ImageId>>> Catalog::ReadNames(const std::vector<ImageId>& ids) const {
  std::vector<std::pair<std::string, ImageId>> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    for (ImageId id : ids) {
      LK_ASSIGN(Query query, connection.Prepare("SELECT name FROM images WHERE id = ?"));
      LK_ASSIGN(bool found, query.Bind(Clamp(id.value)).Step());
      if (found) out.emplace_back(query.Text(0), id);
    }
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<ImageId>> Catalog::ListIds() const {
  return impl_->ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT id FROM images ORDER BY id"));
    return Collect<ImageId>(query, ToImageId);
  });
}

Result<std::vector<ImageId>> Catalog::ListDeletedIds() const {
  return impl_->ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT DISTINCT image_id FROM feed WHERE operation = 3 AND "
                                              "image_id NOT IN (SELECT id FROM images) ORDER BY image_id"));
    return Collect<ImageId>(query, ToImageId);
  });
}

Result<std::vector<ImageRow>> Catalog::ListImages(const ListOptions& options) const {
  std::vector<ImageRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare(ListSql(!options.tag.empty(), options.trashed, options.pending)));
    query.Bind(options.audience.everything).Bind(options.audience.user.value);
    query.Bind(options.after ? options.after->sort_at_ms : kIntegerMax);
    query.Bind(options.after ? Clamp(options.after->id) : options.pending ? 0 : kIntegerMax).Bind(Clamp(options.limit));
    if (!options.tag.empty()) query.Bind(options.tag);
    LK_ASSIGN(out, Collect<ImageRow>(query, ToImage));
    LK_TRY(LoadTags(connection, out));
    if (options.with_blobs)
      for (ImageRow& image : out) LK_TRY(LoadBlobs(connection, &image));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<uint64_t> Catalog::CountPending() const {
  uint64_t count = 0;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT count(*) FROM images INDEXED BY images_pending "
                                              "WHERE pending = 1 AND trashed_at_ms = 0"));
    LK_ASSIGN(bool row, query.Step());
    if (row) count = query.Unsigned(0);
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return count;
}

Result<std::vector<ImageId>> Catalog::ListTrashedBefore(int64_t at_ms, size_t limit) const {
  return impl_->ReadAs<std::vector<ImageId>>([&](Connection& connection) -> Result<std::vector<ImageId>> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT id FROM images INDEXED BY images_trash WHERE trashed_at_ms <> 0 "
                                              "AND trashed_at_ms < ? ORDER BY trashed_at_ms LIMIT ?"));
    query.Bind(at_ms).Bind(Clamp(limit));
    return Collect<ImageId>(query, ToImageId);
  });
}

Result<std::vector<Catalog::LayoutRow>> Catalog::ListLayout(const Audience& audience) const {
  std::vector<LayoutRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT i.id, i.width, i.height, i.sort_at_ms FROM images i INDEXED BY "
                                              "images_layout WHERE i.trashed_at_ms = 0 AND " LK_FOUND
                                              " ORDER BY i.sort_at_ms DESC, i.id DESC"));
    query.Bind(audience.everything).Bind(audience.user.value);
    LK_ASSIGN(out, Collect<LayoutRow>(query, [](const Query& row) {
                return LayoutRow{row.Unsigned(0), static_cast<uint32_t>(row.Integer(1)),
                                 static_cast<uint32_t>(row.Integer(2)), row.Integer(3)};
              }));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Status Catalog::ForEachImage(const std::function<Status(const ImageRow&)>& visit) const {
  uint64_t after = 0;
  while (true) {
    std::vector<ImageRow> chunk;
    Status done = impl_->Read([&](Connection& connection) -> Status {
      LK_ASSIGN(Query query,
                connection.Prepare("SELECT " LK_IMAGE_COLUMNS " FROM images i WHERE i.id > ? ORDER BY i.id LIMIT ?"));
      query.Bind(after).Bind(kForEachRows);
      LK_ASSIGN(chunk, Collect<ImageRow>(query, ToImage));
      LK_TRY(LoadTags(connection, chunk));
      for (ImageRow& image : chunk) LK_TRY(LoadBlobs(connection, &image));
      return {};
    });
    if (!done.has_value()) return std::unexpected(done.error());
    if (chunk.empty()) return {};
    after = chunk.back().id.value;
    for (const ImageRow& image : chunk) LK_TRY(visit(image));
  }
}

Result<std::vector<FeedRow>> Catalog::ReadFeed(uint64_t after_sequence, size_t limit) const {
  std::vector<FeedRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT sequence, image_id, operation FROM feed WHERE sequence > ? "
                                              "ORDER BY sequence LIMIT ?"));
    query.Bind(Clamp(after_sequence)).Bind(Clamp(limit));
    LK_ASSIGN(out, Collect<FeedRow>(query, [](const Query& row) {
                return FeedRow{row.Unsigned(0), ImageId{row.Unsigned(1)}, static_cast<FeedOperation>(row.Integer(2))};
              }));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

// Counts from the tags' index alone, and takes off the few that are in the trash.
Result<std::vector<TagCount>> Catalog::CountTags(size_t limit) const {
  std::vector<TagCount> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare(
                               "WITH every (tag_id, n) AS (SELECT tag_id, count(*) FROM image_tags GROUP BY tag_id), "
                               "trashed (tag_id, n) AS MATERIALIZED (SELECT it.tag_id, count(*) FROM images i "
                               "CROSS JOIN image_tags it ON it.image_id = i.id WHERE i.trashed_at_ms <> 0 "
                               "GROUP BY it.tag_id) "
                               "SELECT t.name, every.n - ifnull(trashed.n, 0) AS live FROM every "
                               "JOIN tags t ON t.id = every.tag_id LEFT JOIN trashed ON trashed.tag_id = every.tag_id "
                               "WHERE live > 0 ORDER BY live DESC, t.name LIMIT ?"));
    query.Bind(Clamp(limit));
    LK_ASSIGN(out, Collect<TagCount>(query, [](const Query& row) { return TagCount{row.Text(0), row.Unsigned(1)}; }));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<DecisionRow>> Catalog::ListDecisions(bool with_undone, size_t limit) const {
  std::vector<DecisionRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT id, a, b, kind, reason, decided_at_ms, undone FROM decisions "
                                              "WHERE undone <= ? ORDER BY id DESC LIMIT ?"));
    query.Bind(with_undone).Bind(Clamp(limit));
    LK_ASSIGN(out, Collect<DecisionRow>(query, [](const Query& row) {
                return DecisionRow{.id = DecisionId{row.Unsigned(0)},
                                   .a = ImageId{row.Unsigned(1)},
                                   .b = ImageId{row.Unsigned(2)},
                                   .kind = static_cast<DecisionKind>(row.Integer(3)),
                                   .reason = row.Text(4),
                                   .decided_at_ms = row.Integer(5),
                                   .undone = row.Integer(6) != 0};
              }));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<Totals> Catalog::CountAll() const {
  Totals out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query,
              connection.Prepare(
                  "SELECT a.n, b.n, a.bytes + b.bytes, (SELECT count(*) FROM tags), "
                  "(SELECT count(*) FROM decisions WHERE undone = 0), "
                  "(SELECT value FROM counters WHERE name = 'deleted_images'), "
                  "(SELECT ifnull(max(sequence), 0) FROM feed), (SELECT ifnull(max(id), 0) FROM images) FROM "
                  "(SELECT count(*) AS n, ifnull(sum(size_bytes), 0) AS bytes FROM images INDEXED BY images_layout "
                  "WHERE trashed_at_ms = 0) a, "
                  "(SELECT count(*) AS n, ifnull(sum(size_bytes), 0) AS bytes FROM images INDEXED BY images_trash "
                  "WHERE trashed_at_ms <> 0) b"));
    LK_ASSIGN(bool row, query.Step());
    if (!row) return Fail(ErrorCode::kInternal, "the totals gave no row");
    out.images = query.Unsigned(0);
    out.trashed = query.Unsigned(1);
    out.bytes = query.Unsigned(2);
    out.tags = query.Unsigned(3);
    out.decisions = query.Unsigned(4);
    out.deleted = query.Unsigned(5);
    out.feed_sequence = query.Unsigned(6);
    out.last_id.value = query.Unsigned(7);
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<std::string>> Catalog::CheckIntegrity() const {
  std::vector<std::string> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query check, connection.Prepare("PRAGMA integrity_check"));
    LK_ASSIGN(out, Collect<std::string>(check, ToText));
    if (out.size() == 1 && out[0] == "ok") out.clear();
    LK_ASSIGN(Query foreign, connection.Prepare("PRAGMA foreign_key_check"));
    LK_ASSIGN(auto dangling, Collect<std::string>(foreign, [](const Query& row) {
                return fmt::format("a row of {} points to a row of {} that is not there", row.Text(0), row.Text(2));
              }));
    out.insert(out.end(), dangling.begin(), dangling.end());
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

}  // namespace likeness::catalog
