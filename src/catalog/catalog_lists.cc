// The catalog's lists of hashes. A list changes as a whole in one transaction; none of it is in the feed, since no
// image changes.
#include <fmt/format.h>

#include <algorithm>

#include "catalog/catalog_impl.h"

namespace likeness::catalog {
namespace {

constexpr int kRadiusDefault = 31;
#define LK_LIST_COLUMNS "id, name, radius_bits, source, created_at_ms, updated_at_ms, entries, matched"
#define LK_ENTRY_COLUMNS "id, hash, quality, labels, status, severity, description, source, matched"

Status NoSuchList() {
  return Fail(ErrorCode::kNotFound, "there is no such hash list");
}

HashListRow ToList(const Query& query) {
  return {.id = HashListId{query.Unsigned(0)},
          .name = query.Text(1),
          .radius_bits = static_cast<int>(query.Integer(2)),
          .source = query.Text(3),
          .created_at_ms = query.Integer(4),
          .updated_at_ms = query.Integer(5),
          .entries = query.Unsigned(6),
          .matched = query.Unsigned(7)};
}

std::string Join(const std::vector<std::string>& labels) {
  return fmt::format("{}", fmt::join(labels, ";"));
}

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> labels;
  for (size_t at = 0; at < text.size();) {
    size_t end = std::min(text.find(';', at), text.size());
    labels.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return labels;
}

Result<ListedHashRow> ToEntry(const Query& query) {
  ListedHashRow row;
  row.id.value = query.Unsigned(0);
  Bytes hash = query.Blob(1);
  if (hash.size() != row.hash.size())
    return Fail(ErrorCode::kCorruption, fmt::format("listed hash {} has {} bytes", row.id.value, hash.size()));
  std::ranges::copy(hash, row.hash.begin());
  row.quality = static_cast<int>(query.Integer(2));
  row.labels = Split(query.Text(3));
  row.status = query.Text(4);
  row.severity = query.Text(5);
  row.description = query.Text(6);
  row.source = query.Text(7);
  row.matched = query.Integer(8) != 0;
  return row;
}

// The list of that name, id 0 when there is none.
Result<HashListRow> FindList(Connection& connection, const std::string& name) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_LIST_COLUMNS " FROM hash_lists WHERE name = ?"));
  LK_ASSIGN(bool found, query.Bind(name).Step());
  return found ? ToList(query) : HashListRow{};
}

Status InsertEntry(Connection& connection, HashListId list, const ListedHashRow& row) {
  const std::string labels = Join(row.labels);
  LK_ASSIGN(Query query, connection.Prepare(
                             "INSERT OR REPLACE INTO listed_hashes (list_id, hash, quality, labels, status, severity, "
                             "description, source, matched) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  query.Bind(list.value).Bind(ByteView(row.hash)).Bind(row.quality).Bind(labels).Bind(row.status).Bind(row.severity);
  return query.Bind(row.description).Bind(row.source).Bind(row.matched).Run();
}

}  // namespace

Result<HashListRow> Catalog::WriteHashList(const HashListRow& row, HashListMode mode,
                                           const std::vector<ListedHashRow>& rows) {
  if (row.name.empty()) return Fail(ErrorCode::kInvalidArgument, "a hash list needs a name");
  HashListRow out;
  const int64_t now_ms = impl_->NowMs();
  Status done = impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(HashListRow list, FindList(connection, row.name));
    if (list.id && mode == HashListMode::kNew)
      return Fail(ErrorCode::kAlreadyExists, fmt::format("there is a hash list \"{}\" already", row.name));
    const int radius = row.radius_bits >= 0 ? row.radius_bits : list.id ? list.radius_bits : kRadiusDefault;
    if (!list.id) {
      LK_ASSIGN(Query add, connection.Prepare("INSERT INTO hash_lists (name, radius_bits, source, created_at_ms, "
                                              "updated_at_ms, entries, matched) VALUES (?, ?, ?, ?, ?, 0, 0)"));
      LK_TRY(add.Bind(row.name).Bind(radius).Bind(row.source).Bind(now_ms).Bind(now_ms).Run());
      list.id.value = static_cast<uint64_t>(connection.last_row_id());
    }
    if (mode == HashListMode::kReplace) {
      LK_ASSIGN(Query clear, connection.Prepare("DELETE FROM listed_hashes WHERE list_id = ?"));
      LK_TRY(clear.Bind(list.id.value).Run());
    }
    for (const ListedHashRow& entry : rows) LK_TRY(InsertEntry(connection, list.id, entry));
    {
      LK_ASSIGN(Query count,
                connection.Prepare("UPDATE hash_lists SET radius_bits = ?2, source = ?3, updated_at_ms = ?4, "
                                   "entries = (SELECT count(*) FROM listed_hashes WHERE list_id = ?1), "
                                   "matched = (SELECT ifnull(sum(matched), 0) FROM listed_hashes WHERE list_id = ?1) "
                                   "WHERE id = ?1"));
      LK_TRY(count.Bind(list.id.value).Bind(radius).Bind(row.source).Bind(now_ms).Run());
    }
    LK_ASSIGN(out, FindList(connection, row.name));
    return {};
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Status Catalog::SetHashListRadius(HashListId id, int radius_bits) {
  return impl_->Write([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("UPDATE hash_lists SET radius_bits = ? WHERE id = ?"));
    LK_TRY(query.Bind(radius_bits).Bind(id.value).Run());
    return connection.changes() == 0 ? NoSuchList() : Status{};
  });
}

Status Catalog::RemoveHashList(HashListId id) {
  return impl_->Write([&](Connection& connection) -> Status {
    {
      LK_ASSIGN(Query clear, connection.Prepare("DELETE FROM listed_hashes WHERE list_id = ?"));
      LK_TRY(clear.Bind(id.value).Run());
    }
    LK_ASSIGN(Query query, connection.Prepare("DELETE FROM hash_lists WHERE id = ?"));
    LK_TRY(query.Bind(id.value).Run());
    return connection.changes() == 0 ? NoSuchList() : Status{};
  });
}

Result<std::vector<HashListRow>> Catalog::ListHashLists() const {
  std::vector<HashListRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_LIST_COLUMNS " FROM hash_lists ORDER BY name"));
    while (true) {
      LK_ASSIGN(bool row, query.Step());
      if (!row) return {};
      out.push_back(ToList(query));
    }
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<std::vector<ListedHashRow>> Catalog::ListHashes(HashListId list, ListedHashId after, size_t limit) const {
  std::vector<ListedHashRow> out;
  Status done = impl_->Read([&](Connection& connection) -> Status {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_ENTRY_COLUMNS " FROM listed_hashes WHERE list_id = ? AND "
                                              "id > ? ORDER BY id LIMIT ?"));
    query.Bind(list.value).Bind(after.value).Bind(limit);
    while (true) {
      LK_ASSIGN(bool row, query.Step());
      if (!row) return {};
      LK_ASSIGN(ListedHashRow entry, ToEntry(query));
      out.push_back(std::move(entry));
    }
  });
  if (!done.has_value()) return std::unexpected(done.error());
  return out;
}

Result<ListedHashRow> Catalog::GetListedHash(ListedHashId id) const {
  return impl_->ReadAs<ListedHashRow>([&](Connection& connection) -> Result<ListedHashRow> {
    LK_ASSIGN(Query query, connection.Prepare("SELECT " LK_ENTRY_COLUMNS " FROM listed_hashes WHERE id = ?"));
    LK_ASSIGN(bool found, query.Bind(id.value).Step());
    if (!found) return Fail(ErrorCode::kNotFound, fmt::format("there is no listed hash {}", id.value));
    return ToEntry(query);
  });
}

}  // namespace likeness::catalog
