// Changing what is known of pictures, with history and undo; the trash; the queue of what waits for a moderator.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

using catalog::EditField;

constexpr size_t kEditedMax = 10'000;  // pictures at one stroke
constexpr size_t kHistoryMax = 1'000;  // edits of one picture
constexpr int64_t kQueuePage = 50;
constexpr size_t kEvidenceMax = 10;

constexpr const char* kFields[] = {"",     "title",  "description", "source_url", "rating",
                                   "tags", "author", "visibility",  "pending",    "trashed"};

void TakeTexts(Fields& fields, const Limits& limits, catalog::ImageEdit& edit) {
  struct Text {
    const char* name;
    std::optional<std::string>* into;
    uint32_t bytes_max;
    bool lines;
  };
  for (const Text& text : {Text{"title", &edit.title, limits.text_bytes_max, false},
                           Text{"description", &edit.description, limits.text_bytes_max, true},
                           Text{"source_url", &edit.source_url, limits.url_bytes_max, false},
                           Text{"author", &edit.author, limits.name_bytes_max, false}}) {
    *text.into = fields.String(text.name);
    if (!*text.into) continue;
    if ((*text.into)->size() > text.bytes_max)
      fields.Fault(text.name, fmt::format("more than {} bytes", text.bytes_max));
    **text.into = CleanText(**text.into, text.bytes_max, text.lines);
  }
}

// The fields of an edit. Finishes `fields`.
Result<catalog::ImageEdit> TakeEdit(Fields& fields, const Limits& limits) {
  catalog::ImageEdit edit;
  TakeTexts(fields, limits, edit);
  if (auto rating = fields.Int("rating", -1, 5)) edit.rating = static_cast<int>(*rating);
  if (auto visibility = fields.String("visibility")) {
    edit.visibility = VisibilityFromName(*visibility);
    if (!edit.visibility) fields.Fault("visibility", "expected public, unlisted or private");
  }
  const std::vector<std::string> add = fields.Strings("tags_add", limits.tags_max);
  const std::vector<std::string> remove = fields.Strings("tags_remove", limits.tags_max);
  edit.tags_accept = fields.Strings("tags_accept", limits.tags_max);
  edit.tags_reject = fields.Strings("tags_reject", limits.tags_max);
  edit.tags_suggest = fields.Strings("tags_suggest", limits.tags_max);
  LK_TRY(fields.Finish());
  LK_ASSIGN(edit.tags_add, CleanTags(add, limits));
  LK_ASSIGN(edit.tags_remove, CleanTags(remove, limits));
  return edit;
}

Result<Response> EditImage(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(AuthorizeImage(context, Action::kEdit, id));
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  LK_ASSIGN(const catalog::ImageEdit edit, TakeEdit(fields, context.limits()));
  LK_TRY(context.library().EditImages({id}, edit, context.request.caller.user));
  return ShowImage(context, id);
}

Result<std::vector<ImageId>> FindForEdit(Context& context, const std::string& expression) {
  engine::FindOptions options{.expression = expression, .audience = AudienceOf(context.request.caller)};
  options.count = kEditedMax;
  const engine::ExpressionResult<engine::FindResult> found = context.library().Find(options);
  if (!found) return std::unexpected(found.error().error);
  if (found->next)
    return Fail(
        ErrorCode::kLimitExceeded,
        fmt::format("the expression finds {} pictures, and {} at most are edited at once", found->total, kEditedMax),
        "narrow it down");
  std::vector<ImageId> ids;
  for (const catalog::ImageRow& row : found->images) ids.push_back(row.id);
  return ids;
}

// Each once.
std::vector<ImageId> TakeChosen(Fields& fields) {
  std::vector<ImageId> ids = TakeIds(fields, "ids", kEditedMax);
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

Result<Response> EditMany(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const std::optional<std::string> expression = fields.String("q");
  std::vector<ImageId> ids = TakeChosen(fields);
  const Json* wanted = fields.Any("edit");
  fields.Require("edit");
  if (wanted && !wanted->is_object()) fields.Fault("edit", "expected an object");
  if (expression.has_value() == !ids.empty()) fields.Fault("ids", "expected either ids or q");
  LK_TRY(fields.Finish());
  Fields inner(*wanted, "/edit");
  LK_ASSIGN(const catalog::ImageEdit edit, TakeEdit(inner, context.limits()));
  if (expression) {
    LK_ASSIGN(ids, FindForEdit(context, *expression));
  }
  for (ImageId id : ids) LK_TRY(AuthorizeImage(context, Action::kEdit, id));
  LK_ASSIGN(const uint64_t batch, context.library().EditImages(ids, edit, context.request.caller.user));
  size_t changed = 0;
  if (batch != 0) {
    LK_ASSIGN(const auto edits, context.library().ListBatch(batch));
    changed = edits.size();
  }
  return JsonResponse(Json().Set("changed", changed).Set("batch", batch));
}

Json TagList(const std::string& lines) {
  Json out = Json::MakeArray();
  for (size_t at = 0; at < lines.size();) {
    const size_t end = std::min(lines.find('\n', at), lines.size());
    out.Append(lines.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Json ValueOf(EditField field, const std::string& value) {
  switch (field) {
    case EditField::kTags:
      return TagList(value);
    case EditField::kRating:
      return Json(std::stoll(value));
    case EditField::kVisibility:
      return Json(VisibilityName(static_cast<catalog::Visibility>(std::stoi(value))));
    case EditField::kPending:
    case EditField::kTrashed:
      return Json(value != "0");
    default:
      return Json(value);
  }
}

Json ToJson(const Context& context, const catalog::EditRow& edit) {
  Json changes;
  for (const catalog::EditChange& change : edit.changes) {
    const bool tags = change.field == EditField::kTags;
    changes.Set(kFields[static_cast<size_t>(change.field)],
                Json()
                    .Set(tags ? "removed" : "before", ValueOf(change.field, change.before))
                    .Set(tags ? "added" : "after", ValueOf(change.field, change.after)));
  }
  Json out = Json()
                 .Set("id", edit.id.value)
                 .Set("batch", edit.batch)
                 .Set("at", IsoTime(edit.edited_at_ms))
                 .Set("user", UserToJson(context, edit.user))
                 .Set("changes", std::move(changes))
                 .Set("undone", edit.undone);
  if (edit.undoes) out.Set("undoes", edit.undoes.value);
  return out;
}

Result<Response> ListHistory(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(AuthorizeImage(context, Action::kEdit, id));
  LK_ASSIGN(const std::vector<catalog::EditRow> edits, context.library().ListEdits(id, kHistoryMax));
  Json out = Json::MakeArray();
  for (const catalog::EditRow& edit : edits) out.Append(ToJson(context, edit));
  return JsonResponse(Json().Set("edits", std::move(out)));
}

Result<Response> Undo(Context& context, const std::vector<catalog::EditRow>& edits) {
  for (const catalog::EditRow& edit : edits) {
    LK_TRY(AuthorizeImage(context, Action::kEdit, edit.image));
    // What a moderator decided is for moderators to take back.
    if (std::ranges::find(edit.changes, EditField::kPending, &catalog::EditChange::field) != edit.changes.end())
      LK_TRY(Authorize(context.request.caller, Action::kDecide));
  }
  LK_ASSIGN(const uint64_t batch, context.library().UndoEdits(edits, context.request.caller.user));
  return JsonResponse(Json().Set("changed", edits.size()).Set("batch", batch));
}

// Of a picture that is not there for the caller no edit is there either.
Result<Response> UndoEdit(Context& context) {
  LK_ASSIGN(const ImageId captured, CapturedId(context));
  LK_ASSIGN(const catalog::EditRow edit, context.library().GetEdit(EditId{captured.value}));
  if (!MaySee(context, edit.image))
    return Fail(ErrorCode::kNotFound, fmt::format("there is no edit {}", captured.value));
  return Undo(context, {edit});
}

Result<Response> UndoBatch(Context& context) {
  LK_ASSIGN(const ImageId captured, CapturedId(context));
  LK_ASSIGN(const std::vector<catalog::EditRow> edits, context.library().ListBatch(captured.value));
  for (const catalog::EditRow& edit : edits)
    if (!MaySee(context, edit.image))
      return Fail(ErrorCode::kNotFound, fmt::format("there is no batch of edits {}", captured.value));
  return Undo(context, edits);
}

Result<Response> DeleteImage(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_ASSIGN(const bool forever, QueryBool(context.request, "forever", false));
  LK_TRY(AuthorizeImage(context, forever ? Action::kDelete : Action::kEdit, id));
  if (forever)
    LK_TRY(context.library().DeleteImage(id));
  else
    LK_TRY(context.library().TrashImages({id}, true, context.request.caller.user));
  return NoContent();
}

Result<Response> RestoreImage(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(AuthorizeImage(context, Action::kEdit, id));
  LK_TRY(context.library().TrashImages({id}, false, context.request.caller.user));
  return ShowImage(context, id);
}

// What waits, each with the pictures that it may be a copy of.
Result<Response> ListQueue(Context& context) {
  LK_ASSIGN(const int64_t limit, QueryInt(context.request, "limit", 20, 1, kQueuePage));
  LK_ASSIGN(const int64_t after, QueryInt(context.request, "cursor", 0, 0, int64_t{1} << 60));
  catalog::ListOptions options;
  options.pending = true;
  options.after = catalog::PageCursor{0, static_cast<uint64_t>(after)};
  options.limit = static_cast<size_t>(limit) + 1;
  LK_ASSIGN(std::vector<catalog::ImageRow> rows, context.library().ListImages(options));
  const bool more = rows.size() > static_cast<size_t>(limit);
  if (more) rows.resize(static_cast<size_t>(limit));
  Json images = Json::MakeArray();
  for (const catalog::ImageRow& row : rows) {
    Json evidence = Json::MakeArray();
    const auto found =
        context.library().SearchById(row.id, {.audience = {}, .by = engine::SearchBy::kCopy, .count = kEvidenceMax});
    if (found)
      for (const engine::SearchHit& hit : found->hits)
        evidence.Append(http::ToJson(engine::VerdictReport{hit.verdict, hit.id, {}}));
    images.Append(http::ToJson(row).Set("evidence", std::move(evidence)).Set("owner", UserToJson(context, row.owner)));
  }
  LK_ASSIGN(const uint64_t total, context.library().CountPending());
  Json out = Json().Set("images", std::move(images)).Set("total", total);
  if (more) out.Set("next_cursor", fmt::to_string(rows.back().id.value));
  return JsonResponse(out);
}

Result<Response> DecideQueue(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const std::vector<ImageId> ids = TakeChosen(fields);
  const auto decision = fields.String("decision");
  for (const char* name : {"ids", "decision"}) fields.Require(name);
  if (decision && *decision != "approve" && *decision != "reject")
    fields.Fault("decision", "expected approve or reject");
  LK_TRY(fields.Finish());
  for (ImageId id : ids) LK_TRY(AuthorizeImage(context, Action::kDecide, id));
  const UserId user = context.request.caller.user;
  if (*decision == "approve")
    LK_TRY(context.library().EditImages(ids, {.pending = std::optional(false)}, user));
  else
    LK_TRY(context.library().TrashImages(ids, true, user));
  return JsonResponse(Json().Set("changed", ids.size()));
}

}  // namespace

std::vector<Route> EditRoutes() {
  return {
      {"PATCH", "/api/v1/images/{id}", Action::kEdit, EditImage},
      {"DELETE", "/api/v1/images/{id}", Action::kEdit, DeleteImage},
      {"POST", "/api/v1/images/edit", Action::kEdit, EditMany},
      {"POST", "/api/v1/images/{id}/restore", Action::kEdit, RestoreImage},
      {"GET", "/api/v1/images/{id}/history", Action::kEdit, ListHistory},
      {"POST", "/api/v1/edits/{id}/undo", Action::kEdit, UndoEdit},
      {"POST", "/api/v1/edits/batches/{batch}/undo", Action::kEdit, UndoBatch},
      {"GET", "/api/v1/moderation", Action::kDecide, ListQueue},
      {"POST", "/api/v1/moderation", Action::kDecide, DecideQueue},
  };
}

}  // namespace likeness::http
