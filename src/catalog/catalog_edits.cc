// Edits of pictures with their history: what a picture was before and is after is compared, whatever changed it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "base/text.h"
#include "catalog/catalog_impl.h"

namespace likeness::catalog {
namespace {

// The columns that an edit may change, by EditField; tags are rows of their own.
struct Column {
  EditField field;
  bool number;
  std::string_view read, write;
};
#define LK_COLUMN(field, number, name)                                    \
  {                                                                       \
    EditField::field, number, "SELECT " name " FROM images WHERE id = ?", \
        "UPDATE images SET " name " = ? WHERE id = ?"                     \
  }
constexpr Column kColumns[] = {LK_COLUMN(kTitle, false, "title"),       LK_COLUMN(kDescription, false, "description"),
                               LK_COLUMN(kSource, false, "source_url"), LK_COLUMN(kRating, true, "rating"),
                               LK_COLUMN(kAuthor, false, "author"),     LK_COLUMN(kVisibility, true, "visibility"),
                               LK_COLUMN(kPending, true, "pending"),    LK_COLUMN(kTrashed, true, "trashed_at_ms")};
#undef LK_COLUMN

const Column* FindColumn(EditField field) {
  const Column* found = std::ranges::find(kColumns, field, &Column::field);
  return found == std::end(kColumns) ? nullptr : found;
}

struct State {
  std::map<EditField, std::string> values;
  std::vector<std::string> tags;
};

Result<State> ReadState(Connection& connection, ImageId id) {
  State state;
  for (const Column& column : kColumns) {
    LK_ASSIGN(Query query, connection.Prepare(column.read));
    LK_ASSIGN(bool found, query.Bind(id.value).Step());
    if (!found) return std::unexpected(NoSuchImage(id).error());
    std::string text = column.number ? fmt::to_string(query.Integer(0)) : query.Text(0);
    // That it was trashed matters, not when.
    if (column.field == EditField::kTrashed) text = text == "0" ? "0" : "1";
    state.values[column.field] = std::move(text);
  }
  LK_ASSIGN(Query query, connection.Prepare("SELECT t.name FROM image_tags it JOIN tags t ON t.id = it.tag_id "
                                            "WHERE it.image_id = ? ORDER BY it.position"));
  query.Bind(id.value);
  LK_ASSIGN(state.tags, Collect<std::string>(query, ToText));
  return state;
}

// Those of `tags` that `others` lacks, a line each.
std::string Missing(const std::vector<std::string>& tags, const std::vector<std::string>& others) {
  std::string out;
  for (const std::string& tag : tags)
    if (std::ranges::find(others, tag) == others.end()) out += out.empty() ? tag : "\n" + tag;
  return out;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    out.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<EditChange> Compare(const State& before, const State& after) {
  std::vector<EditChange> changes;
  for (const auto& [field, value] : before.values)
    if (after.values.at(field) != value) changes.push_back({field, value, after.values.at(field)});
  EditChange tags{EditField::kTags, Missing(before.tags, after.tags), Missing(after.tags, before.tags)};
  if (!tags.before.empty() || !tags.after.empty()) changes.push_back(std::move(tags));
  return changes;
}

// The edits of one stroke: each picture is looked at before and after, and what differs is written down.
class Stroke {
 public:
  Stroke(Connection& connection, UserId user, int64_t now_ms) : connection_(connection), user_(user), now_ms_(now_ms) {}

  uint64_t batch() const { return batch_; }  // 0: nothing changed

  Status Change(ImageId id, EditId undoes, const std::function<Status(const State&)>& change) {
    LK_ASSIGN(const State before, ReadState(connection_, id));
    LK_TRY(change(before));
    LK_ASSIGN(const State after, ReadState(connection_, id));
    const std::vector<EditChange> changes = Compare(before, after);
    if (changes.empty()) return {};
    LK_TRY(Write(id, undoes, changes));
    return AppendFeed(connection_, id, FeedOf(changes, after));
  }

 private:
  static FeedOperation FeedOf(const std::vector<EditChange>& changes, const State& after) {
    if (std::ranges::find(changes, EditField::kTrashed, &EditChange::field) == changes.end())
      return FeedOperation::kUpdate;
    return after.values.at(EditField::kTrashed) == "0" ? FeedOperation::kAdd : FeedOperation::kDelete;
  }

  Status Write(ImageId id, EditId undoes, const std::vector<EditChange>& changes) {
    {
      LK_ASSIGN(Query query, connection_.Prepare("INSERT INTO edits (image_id, user_id, batch, edited_at_ms, undoes) "
                                                 "VALUES (?, ?, ?, ?, ?)"));
      LK_TRY(query.Bind(id.value).Bind(user_.value).Bind(batch_).Bind(now_ms_).Bind(undoes.value).Run());
    }
    const auto edit = static_cast<uint64_t>(connection_.last_row_id());
    if (batch_ == 0) {
      batch_ = edit;
      LK_ASSIGN(Query query, connection_.Prepare("UPDATE edits SET batch = id WHERE id = ?"));
      LK_TRY(query.Bind(edit).Run());
    }
    for (const EditChange& change : changes) {
      LK_ASSIGN(Query query,
                connection_.Prepare("INSERT INTO edit_changes (edit_id, field, before, after) VALUES (?, ?, ?, ?)"));
      query.Bind(edit).Bind(static_cast<uint8_t>(change.field)).Bind(change.before).Bind(change.after);
      LK_TRY(query.Run());
    }
    return {};
  }

  Connection& connection_;
  const UserId user_;
  const int64_t now_ms_;
  uint64_t batch_ = 0;
};

Status SetColumn(Connection& connection, ImageId id, EditField field, std::string_view value) {
  const Column* column = FindColumn(field);
  if (!column) return Fail(ErrorCode::kCorruption, fmt::format("an edit of the unknown field {}", int(field)));
  LK_ASSIGN(Query query, connection.Prepare(column->write));
  if (!column->number) return query.Bind(value).Bind(id.value).Run();
  int64_t number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec != std::errc()) return Fail(ErrorCode::kCorruption, fmt::format("\"{}\" is no number", value));
  return query.Bind(number).Bind(id.value).Run();
}

Result<int64_t> SortTimeOf(Connection& connection, ImageId id) {
  LK_ASSIGN(Query query, connection.Prepare("SELECT sort_at_ms FROM images WHERE id = ?"));
  LK_ASSIGN(bool found, query.Bind(id.value).Step());
  if (!found) return std::unexpected(NoSuchImage(id).error());
  return query.Integer(0);
}

Status Apply(Connection& connection, ImageId id, const ImageEdit& edit) {
  LK_ASSIGN(const int64_t sort_at_ms, SortTimeOf(connection, id));
  for (const auto& [field, text] :
       {std::pair{EditField::kTitle, &edit.title}, std::pair{EditField::kDescription, &edit.description},
        std::pair{EditField::kSource, &edit.source_url}, std::pair{EditField::kAuthor, &edit.author}})
    if (*text) LK_TRY(SetColumn(connection, id, field, **text));
  if (edit.rating) LK_TRY(SetColumn(connection, id, EditField::kRating, fmt::to_string(*edit.rating)));
  if (edit.visibility)
    LK_TRY(SetColumn(connection, id, EditField::kVisibility, fmt::to_string(static_cast<int>(*edit.visibility))));
  if (edit.pending) LK_TRY(SetColumn(connection, id, EditField::kPending, *edit.pending ? "1" : "0"));
  for (const auto& [tags, state] :
       {std::pair{&edit.tags_accept, TagState::kAccepted}, std::pair{&edit.tags_reject, TagState::kRejected},
        std::pair{&edit.tags_suggest, TagState::kSuggested}})
    for (const std::string& tag : *tags) LK_TRY(SetTagState(connection, id, sort_at_ms, tag, state));
  for (const std::string& tag : edit.tags_remove) LK_TRY(RemoveTag(connection, id, tag));
  for (const std::string& tag : edit.tags_add) LK_TRY(AddTag(connection, id, sort_at_ms, tag));
  return {};
}

// Puts back what `edit` changed. What is not as the edit left it was changed since, and is not overwritten.
Status Revert(Connection& connection, const EditRow& edit, const State& now, int64_t now_ms) {
  LK_ASSIGN(const int64_t sort_at_ms, SortTimeOf(connection, edit.image));
  for (const EditChange& change : edit.changes) {
    if (change.field == EditField::kTags) {
      for (const std::string& tag : Lines(change.after)) LK_TRY(RemoveTag(connection, edit.image, tag));
      for (const std::string& tag : Lines(change.before)) LK_TRY(AddTag(connection, edit.image, sort_at_ms, tag));
      continue;
    }
    const auto value = now.values.find(change.field);
    if (value == now.values.end() || value->second != change.after)
      return Fail(ErrorCode::kFailedPrecondition, fmt::format("image {} was changed again since", edit.image.value),
                  "undo what came later first");
    const bool trash = change.field == EditField::kTrashed && change.before != "0";
    LK_TRY(SetColumn(connection, edit.image, change.field, trash ? fmt::to_string(now_ms) : change.before));
  }
  return {};
}

EditRow ToEdit(const Query& query) {
  return {.id = EditId{query.Unsigned(0)},
          .image = ImageId{query.Unsigned(1)},
          .user = UserId{query.Unsigned(2)},
          .batch = query.Unsigned(3),
          .edited_at_ms = query.Integer(4),
          .undoes = EditId{query.Unsigned(5)},
          .undone = query.Integer(6) != 0,
          .changes = {}};
}

// The rows of a bound query, with their changes.
Result<std::vector<EditRow>> ReadEdits(Connection& connection, Query& query) {
  LK_ASSIGN(std::vector<EditRow> rows, Collect<EditRow>(query, ToEdit));
  for (EditRow& row : rows) {
    LK_ASSIGN(Query changes,
              connection.Prepare("SELECT field, before, after FROM edit_changes WHERE edit_id = ? ORDER BY field"));
    changes.Bind(row.id.value);
    LK_ASSIGN(row.changes, Collect<EditChange>(changes, [](const Query& each) {
                return EditChange{static_cast<EditField>(each.Integer(0)), each.Text(1), each.Text(2)};
              }));
  }
  return rows;
}

#define LK_EDIT_COLUMNS "SELECT id, image_id, user_id, batch, edited_at_ms, undoes, undone FROM edits "

Result<EditRow> ReadEdit(Connection& connection, EditId id) {
  LK_ASSIGN(Query query, connection.Prepare(LK_EDIT_COLUMNS "WHERE id = ?"));
  query.Bind(id.value);
  LK_ASSIGN(std::vector<EditRow> rows, ReadEdits(connection, query));
  if (rows.empty()) return Fail(ErrorCode::kNotFound, fmt::format("there is no edit {}", id.value));
  return std::move(rows.front());
}

}  // namespace

Result<uint64_t> Catalog::EditImages(const std::vector<ImageId>& ids, const ImageEdit& edit, UserId user) {
  if (edit.rating && (*edit.rating < -1 || *edit.rating > 5))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("a rating of {}; -1 to 5 are possible", *edit.rating));
  uint64_t batch = 0;
  const Status done = impl_->Write([&](Connection& connection) -> Status {
    Stroke stroke(connection, user, impl_->NowMs());
    for (ImageId id : ids) LK_TRY(stroke.Change(id, {}, [&](const State&) { return Apply(connection, id, edit); }));
    batch = stroke.batch();
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return batch;
}

Status Catalog::SetTrashed(const std::vector<ImageId>& ids, bool trashed, UserId user) {
  if (ids.empty()) return {};
  const int64_t now_ms = std::max<int64_t>(impl_->NowMs(), 1);
  return impl_->Write([&](Connection& connection) -> Status {
    Stroke stroke(connection, user, now_ms);
    for (ImageId id : ids)
      LK_TRY(stroke.Change(id, {}, [&](const State& before) -> Status {
        if ((before.values.at(EditField::kTrashed) != "0") == trashed) return {};
        return SetColumn(connection, id, EditField::kTrashed, trashed ? fmt::to_string(now_ms) : "0");
      }));
    return {};
  });
}

Result<uint64_t> Catalog::UndoEdits(const std::vector<EditId>& edits, UserId user) {
  uint64_t batch = 0;
  const Status done = impl_->Write([&](Connection& connection) -> Status {
    const int64_t now_ms = std::max<int64_t>(impl_->NowMs(), 1);
    Stroke stroke(connection, user, now_ms);
    for (EditId id : edits) {
      LK_ASSIGN(const EditRow edit, ReadEdit(connection, id));
      if (edit.undone) return Fail(ErrorCode::kFailedPrecondition, fmt::format("edit {} was undone already", id.value));
      LK_TRY(stroke.Change(edit.image, id, [&](const State& now) { return Revert(connection, edit, now, now_ms); }));
      LK_ASSIGN(Query mark, connection.Prepare("UPDATE edits SET undone = 1 WHERE id = ?"));
      LK_TRY(mark.Bind(id.value).Run());
    }
    batch = stroke.batch();
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return batch;
}

Result<std::vector<EditRow>> Catalog::ListEdits(ImageId image, size_t limit) const {
  return impl_->ReadAs<std::vector<EditRow>>([&](Connection& connection) -> Result<std::vector<EditRow>> {
    LK_ASSIGN(Query query, connection.Prepare(LK_EDIT_COLUMNS "WHERE image_id = ? ORDER BY id DESC LIMIT ?"));
    query.Bind(image.value).Bind(limit);
    return ReadEdits(connection, query);
  });
}

Result<std::vector<EditRow>> Catalog::ListBatch(uint64_t batch) const {
  return impl_->ReadAs<std::vector<EditRow>>([&](Connection& connection) -> Result<std::vector<EditRow>> {
    LK_ASSIGN(Query query, connection.Prepare(LK_EDIT_COLUMNS "WHERE batch = ? ORDER BY id"));
    query.Bind(batch);
    return ReadEdits(connection, query);
  });
}

Result<EditRow> Catalog::GetEdit(EditId id) const {
  return impl_->ReadAs<EditRow>([&](Connection& connection) -> Result<EditRow> { return ReadEdit(connection, id); });
}

}  // namespace likeness::catalog
