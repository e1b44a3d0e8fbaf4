// The gallery: lists, layout, one image, uploads, tags.
#include <fmt/format.h>

#include "base/log.h"
#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

std::string CursorText(const catalog::PageCursor& cursor) {
  return fmt::format("{:x}.{:x}", cursor.sort_at_ms, cursor.id);
}

Result<catalog::PageCursor> ParseCursor(const std::string& text) {
  long long sort = 0;
  unsigned long long id = 0;
  int end = 0;
  if (text.size() > 40 ||
      sscanf(text.c_str(), "%llx.%llx%n", reinterpret_cast<unsigned long long*>(&sort), &id, &end) != 2 ||
      static_cast<size_t>(end) != text.size())
    return Fail(ErrorCode::kInvalidArgument, "?cursor: not a cursor of ours", "use next_cursor of the page before");
  return catalog::PageCursor{sort, id};
}

Result<Response> ListByIds(Context& context, const std::string& ids) {
  std::vector<ImageId> found;
  size_t count = 0;
  std::string_view rest = ids;
  while (!rest.empty()) {
    std::string_view item = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(item.size() + 1, rest.size()));
    if (++count > context.limits().results_max)
      return Fail(ErrorCode::kLimitExceeded, fmt::format("?ids: more than {}", context.limits().results_max));
    const Result<ImageId> id = IdFromText(item);
    if (!id) return Fail(ErrorCode::kInvalidArgument, "?ids: expected whole numbers from 1, with commas between");
    // A list, though one that was asked for: nothing unlisted is in it.
    const Result<catalog::Standing> standing = context.library().FindStanding(*id);
    if (!standing && standing.error().code != ErrorCode::kNotFound) return std::unexpected(standing.error());
    if (!standing || !AudienceOf(context.request.caller).Finds(*standing)) continue;
    found.push_back(*id);
  }
  LK_ASSIGN(const std::vector<catalog::ImageRow> rows, context.library().GetImages(found));
  Json images = Json::MakeArray();
  for (const catalog::ImageRow& row : rows) images.Append(ListedJson(row));
  return JsonResponse(Json().Set("images", std::move(images)));
}

Result<Response> ListImages(Context& context) {
  const Request& request = context.request;
  if (auto q = request.query.find("q"); q != request.query.end()) return FindImages(context, q->second);
  if (auto ids = request.query.find("ids"); ids != request.query.end()) return ListByIds(context, ids->second);
  catalog::ListOptions options;
  options.audience = AudienceOf(request.caller);
  LK_ASSIGN(int64_t limit, QueryInt(request, "limit", 100, 1, context.limits().results_max));
  LK_ASSIGN(options.trashed, QueryBool(request, "trashed", false));
  options.limit = static_cast<size_t>(limit) + 1;  // one more tells whether there is a next page
  if (auto cursor = request.query.find("cursor"); cursor != request.query.end() && !cursor->second.empty()) {
    LK_ASSIGN(options.after, ParseCursor(cursor->second));
  }
  if (auto tag = request.query.find("tag"); tag != request.query.end())
    options.tag = CleanText(tag->second, context.limits().tag_bytes_max);
  LK_ASSIGN(std::vector<catalog::ImageRow> rows, context.library().ListImages(options));
  bool more = rows.size() > static_cast<size_t>(limit);
  if (more) rows.resize(static_cast<size_t>(limit));
  Json images = Json::MakeArray();
  for (const catalog::ImageRow& row : rows) images.Append(ListedJson(row));
  Json page = Json().Set("images", std::move(images));
  if (more) page.Set("next_cursor", CursorText({rows.back().sort_at_ms, rows.back().id.value}));
  return JsonResponse(page);
}

Result<Response> GetLayout(Context& context) {
  LK_ASSIGN(const auto rows, context.library().ListLayout(AudienceOf(context.request.caller)));
  Response response;
  response.headers = {{"Content-Type", "application/json"}};
  response.body = LayoutToJson(rows);
  return response;
}

Result<Response> GetImage(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(AuthorizeImage(context, Action::kSeeImage, id));
  return ShowImage(context, id);
}

Result<engine::ImportOptions> UploadOptions(const Context& context) {
  const Request& request = context.request;
  engine::ImportOptions options;
  options.audience = AudienceOf(request.caller);
  LK_ASSIGN(options.standing, StandingOfUpload(request));
  LK_TRY(SetPolicies(context, FieldText(request, "on_duplicate"), FieldText(request, "on_listed"), &options));
  if (std::string tags = FieldText(request, "tags"); !tags.empty()) {
    LK_ASSIGN(Json list, ParseJson(tags));
    Json wrapped = Json().Set("tags", std::move(list));
    Fields fields(wrapped);
    std::vector<std::string> texts = fields.Strings("tags", context.limits().tags_max);
    LK_TRY(fields.Finish());
    LK_ASSIGN(options.tags, CleanTags(texts, context.limits()));
  }
  std::string url = FieldText(request, "source_url");
  if (url.size() > context.limits().url_bytes_max)
    return Fail(ErrorCode::kLimitExceeded,
                fmt::format("source_url has more than {} bytes", context.limits().url_bytes_max));
  options.source_url = CleanText(url, context.limits().url_bytes_max);
  std::string dry = FieldText(request, "dry_run");
  if (!dry.empty() && dry != "true" && dry != "false")
    return Fail(ErrorCode::kInvalidArgument, "dry_run: expected true or false");
  options.dry_run = dry == "true";
  return options;
}

Result<Response> Upload(Context& context) {
  LK_ASSIGN(engine::ImportOptions options, UploadOptions(context));
  Json results = Json::MakeArray();
  for (const Part& part : context.request.parts) {
    if (part.name != "file" || !part.is_file) continue;
    if (context.cancel.cancelled()) return Fail(ErrorCode::kCancelled, "the upload was stopped");
    engine::ImportOutcome outcome;
    std::string name = CleanFileName(part.file_name, context.limits().name_bytes_max);
    Result<Bytes> bytes = ReadPart(part, context.limits());
    if (bytes) {
      outcome = context.library().ImportBytes(*bytes, name, "", options);
    } else {
      outcome.path = name;
      outcome.error = bytes.error();
      outcome.status = bytes.error().code == ErrorCode::kLimitExceeded ? engine::ImportStatus::kRejected
                                                                       : engine::ImportStatus::kFailed;
    }
    results.Append(OutcomeToJson(context, std::move(outcome)));
  }
  if (results.items().empty())
    return Fail(ErrorCode::kInvalidArgument, "no part is named `file` and carries a file name",
                "send each picture as a part `file`");
  return AnswerOutcomes(context, std::move(results));
}

Result<Response> GroupTags(Context& context, size_t limit) {
  const catalog::Audience audience = AudienceOf(context.request.caller);
  Json groups = Json::MakeArray();
  for (const auto& [name, kind] :
       {std::pair{"orientation", engine::TagGroup::kOrientation}, std::pair{"authors", engine::TagGroup::kAuthors},
        std::pair{"other", engine::TagGroup::kOther}})
    groups.Append(Json().Set("group", name).Set("tags", ToJson(context.library().CountGroup(kind, limit, audience))));
  return JsonResponse(Json().Set("groups", std::move(groups)));
}

Result<Response> ListTags(Context& context) {
  if (auto q = context.request.query.find("q"); q != context.request.query.end())
    return CountTagsAmong(context, q->second);
  LK_ASSIGN(int64_t limit, QueryInt(context.request, "limit", 1000, 1, 10000));
  LK_ASSIGN(const bool grouped, QueryBool(context.request, "grouped", false));
  if (grouped) return GroupTags(context, static_cast<size_t>(limit));
  LK_ASSIGN(std::vector<catalog::TagCount> counts,
            context.library().CountTags(static_cast<size_t>(limit), AudienceOf(context.request.caller)));
  Json tags = Json::MakeArray();
  for (const catalog::TagCount& count : counts) tags.Append(Json().Set("tag", count.tag).Set("count", count.count));
  return JsonResponse(Json().Set("tags", std::move(tags)));
}

}  // namespace

Result<catalog::Standing> StandingOfUpload(const Request& request) {
  const Caller& caller = request.caller;
  catalog::Standing standing{.owner = caller.user};
  standing.pending = !caller.owner() && caller.accounts && caller.role < catalog::Role::kUploader;
  if (std::string name = FieldText(request, "visibility"); !name.empty()) {
    const auto visibility = VisibilityFromName(name);
    if (!visibility) return Fail(ErrorCode::kInvalidArgument, "visibility: expected public, unlisted or private");
    standing.visibility = *visibility;
  }
  return standing;
}

Status SetPolicies(const Context& context, const std::string& on_duplicate, const std::string& on_listed,
                   engine::ImportOptions* options) {
  if (!on_duplicate.empty()) {
    LK_ASSIGN(options->on_duplicate, engine::OnDuplicateFromName(on_duplicate));
  }
  if (!on_listed.empty()) {
    LK_ASSIGN(options->on_listed, engine::OnListedFromName(on_listed));
  }
  if (context.api.options.on_listed == engine::OnListed::kReject) options->on_listed = engine::OnListed::kReject;
  return {};
}

Json OutcomeToJson(Context& context, engine::ImportOutcome outcome) {
  if (outcome.error) {
    if (outcome.status == engine::ImportStatus::kFailed)
      Log(LogLevel::kError, "upload_failed",
          {{"message", outcome.error->message}, {"request_id", context.request.request_id}});
    outcome.error = ForCaller(context, *outcome.error);
  }
  const Caller& caller = context.request.caller;
  if (caller.accounts && !Authorize(caller, Action::kModerate)) outcome.listed.clear();
  context.api.metrics.CountImport(engine::Name(outcome.status));
  return ToJson(outcome);
}

Response AnswerOutcomes(const Context& context, Json results) {
  // A single refused file answers with its error's status, so that a plain client notices.
  int status = 200;
  if (results.items().size() == 1) {
    const Json& only = results.items()[0];
    if (only["status"].AsString() == "rejected" || only["status"].AsString() == "failed") {
      std::string code = only["error"]["code"].AsString();
      for (int c = 0; c <= static_cast<int>(ErrorCode::kInternal); ++c) {
        const ErrorInfo& info = Info(static_cast<ErrorCode>(c));
        if (info.name == code) status = info.http_status;
      }
    }
  }
  Response response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "application/json");
  if (status == 503) response.headers.emplace_back("Retry-After", "2");
  Json body = Json().Set("results", results);
  if (status != 200) {
    // An Error and an UploadResult at once: clients that know either understand.
    const Json& error = results.items()[0]["error"];
    body.Set("code", error["code"]).Set("message", error["message"]);
    if (error.Has("hint")) body.Set("hint", error["hint"]);
    body.Set("request_id", context.request.request_id);
  }
  body.DumpTo(&response.body);
  return response;
}

Json DetailToJson(const Context& context, const catalog::ImageRow& row) {
  const Caller& caller = context.request.caller;
  const bool of_the_house = caller.owner() || !caller.accounts || caller.role >= catalog::Role::kAdmin;
  const bool places = SeesPlaces(caller);
  Json out = ToJson(row);
  out.Set("description", row.description).Set("sha256", ToHex(row.sha256)).Set("owner", UserToJson(context, row.owner));
  if (of_the_house && !row.source_path.empty()) out.Set("source_path", row.source_path);
  if (!row.source_url.empty()) out.Set("source_url", row.source_url);
  const Result<Json> metadata = ParseJson(row.metadata_json);
  Json shown = Json::MakeObject();
  if (metadata && metadata->is_object())
    for (const auto& [key, value] : metadata->members())
      if (places || (key != "latitude" && key != "longitude" && key != "altitude_m")) shown.Set(key, value);
  return out.Set("metadata", std::move(shown));
}

Result<Response> ShowImage(Context& context, ImageId id) {
  LK_ASSIGN(catalog::ImageRow row, context.library().GetImage(id));
  LK_ASSIGN(const std::vector<catalog::AutomaticTag> tags, context.library().ListAutomaticTags(id));
  LK_ASSIGN(const std::optional<catalog::QualityScore> score, context.library().FindQuality(id));
  const Caller& caller = context.request.caller;
  bool favourite = false;  // of a visitor nothing is
  if (!caller.accounts || caller.owner() || caller.user) {
    LK_ASSIGN(favourite, context.library().albums().IsFavourite(caller.user, id));
  }
  Json detail = DetailToJson(context, row).Set("automatic_tags", ToJson(tags)).Set("favourite", favourite);
  // A picture whose feature record is damaged is shown all the same.
  if (const Result<feature::Features> features = context.library().GetFeatures(id))
    detail.Set("quality", ToJson(features->quality, score ? std::optional(score->score) : std::nullopt));
  return JsonResponse(std::move(detail));
}

std::vector<Route> ImageRoutes() {
  return {
      {.method = "GET", .pattern = "/api/v1/images", .action = Action::kList, .handler = ListImages, .cached = true},
      {"POST", "/api/v1/images", Action::kAdd, Upload, true, false, true},
      {.method = "GET", .pattern = "/api/v1/layout", .action = Action::kList, .handler = GetLayout, .cached = true},
      {.method = "GET",
       .pattern = "/api/v1/images/{id}",
       .action = Action::kSeeImage,
       .handler = GetImage,
       .cached = true},
      {.method = "GET", .pattern = "/api/v1/tags", .action = Action::kList, .handler = ListTags, .cached = true},
  };
}

}  // namespace likeness::http
