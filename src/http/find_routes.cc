// Search expressions, and the tags that an expression is made of.
#include <fmt/format.h>

#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr int64_t kSuggestionsMax = 100;

Result<Response> CompleteTags(Context& context) {
  LK_ASSIGN(int64_t limit, QueryInt(context.request, "limit", 20, 1, kSuggestionsMax));
  auto prefix = context.request.query.find("prefix");
  const std::string text =
      prefix == context.request.query.end() ? std::string() : CleanText(prefix->second, context.limits().tag_bytes_max);
  return JsonResponse(Json().Set("tags", ToJson(context.library().CompleteTags(text, static_cast<size_t>(limit),
                                                                               AudienceOf(context.request.caller)))));
}

constexpr const char* kRuleKinds[] = {"", "alias", "implies"};

Result<Response> ListTagRules(Context& context) {
  LK_ASSIGN(std::vector<catalog::TagRule> rules, context.library().ListTagRules());
  Json out = Json::MakeArray();
  for (const catalog::TagRule& rule : rules)
    out.Append(Json().Set("name", rule.name).Set("target", rule.target).Set("kind", kRuleKinds[int(rule.kind)]));
  return JsonResponse(Json().Set("rules", std::move(out)));
}

Result<Response> WriteTagRule(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("name"), target = fields.String("target"), kind = fields.String("kind");
  for (const char* field : {"name", "target", "kind"}) fields.Require(field);
  if (kind && *kind != kRuleKinds[1] && *kind != kRuleKinds[2]) fields.Fault("kind", "expected alias or implies");
  LK_TRY(fields.Finish());
  const auto which = *kind == kRuleKinds[1] ? catalog::TagRuleKind::kAlias : catalog::TagRuleKind::kImplies;
  LK_TRY(context.library().WriteTagRule({*name, *target, which}));
  return ListTagRules(context);
}

Result<Response> RemoveTagRule(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const auto name = fields.String("name"), target = fields.String("target");
  for (const char* field : {"name", "target"}) fields.Require(field);
  LK_TRY(fields.Finish());
  LK_TRY(context.library().RemoveTagRule(*name, *target));
  return NoContent();
}

std::string CursorText(const engine::FindCursor& cursor) {
  return fmt::format("{:x}.{:x}.{:x}", static_cast<uint64_t>(cursor.key), cursor.id, cursor.seed);
}

Result<engine::FindCursor> ParseFindCursor(const std::string& text) {
  unsigned long long key = 0, id = 0, seed = 0;
  int end = 0;
  if (text.size() > 60 || sscanf(text.c_str(), "%llx.%llx.%llx%n", &key, &id, &seed, &end) != 3 ||
      static_cast<size_t>(end) != text.size())
    return Fail(ErrorCode::kInvalidArgument, "?cursor: not a cursor of ours", "use next_cursor of the page before");
  return engine::FindCursor{static_cast<int64_t>(key), id, seed};
}

}  // namespace

Response FaultResponse(const Context& context, const engine::ExpressionFault& fault) {
  const Error error = ForCaller(context, fault.error);
  Json body = ToJson(error);
  if (fault.character) body.Set("position", *fault.character);
  Response response = JsonResponse(body.Set("request_id", context.request.request_id));
  response.status = Info(error.code).http_status;
  return response;
}

Result<engine::FindOptions> PageFromQuery(const Context& context) {
  const Request& request = context.request;
  engine::FindOptions options;
  LK_ASSIGN(int64_t limit, QueryInt(request, "limit", 100, 1, context.limits().results_max));
  options.count = static_cast<size_t>(limit);
  if (auto cursor = request.query.find("cursor"); cursor != request.query.end() && !cursor->second.empty()) {
    LK_ASSIGN(options.after, ParseFindCursor(cursor->second));
  }
  return options;
}

Json PageToJson(const Context& context, const engine::FindResult& found, bool by_link) {
  Json images = Json::MakeArray();
  for (const catalog::ImageRow& row : found.images)
    if (by_link ? !row.pending : MaySee(context, row.id)) images.Append(ListedJson(row));
  Json page = Json().Set("images", std::move(images)).Set("total", found.total);
  if (found.next) page.Set("next_cursor", CursorText(*found.next));
  return page;
}

Result<Response> FindImages(Context& context, const std::string& expression) {
  const Request& request = context.request;
  for (const char* other : {"ids", "tag", "trashed"})
    if (request.query.contains(other))
      return Fail(ErrorCode::kInvalidArgument, fmt::format("?{} does not go with ?q", other),
                  "say it in the expression");
  LK_ASSIGN(engine::FindOptions options, PageFromQuery(context));
  options.expression = expression;
  options.audience = AudienceOf(request.caller);
  const engine::ExpressionResult<engine::FindResult> found = context.library().Find(options);
  if (!found) return FaultResponse(context, found.error());
  Json page = PageToJson(context, *found);
  page.Set("total_is_exact", !found->at_least).Set("expression", found->expression).Set("took_ms", found->took_ms);
  if (!found->note.empty()) page.Set("note", found->note);
  return JsonResponse(page);
}

Result<Response> CountTagsAmong(Context& context, const std::string& expression) {
  LK_ASSIGN(int64_t limit, QueryInt(context.request, "limit", 20, 1, kSuggestionsMax));
  const auto found =
      context.library().CountTagsAmong(expression, static_cast<size_t>(limit), AudienceOf(context.request.caller));
  if (!found) return FaultResponse(context, found.error());
  return JsonResponse(Json().Set("tags", ToJson(*found)));
}

std::vector<Route> FindRoutes() {
  return {{.method = "GET",
           .pattern = "/api/v1/tags/complete",
           .action = Action::kList,
           .handler = CompleteTags,
           .cached = true},
          {"GET", "/api/v1/tags/rules", Action::kList, ListTagRules},
          {"PUT", "/api/v1/tags/rules", Action::kDecide, WriteTagRule},
          {"DELETE", "/api/v1/tags/rules", Action::kDecide, RemoveTagRule}};
}

}  // namespace likeness::http
