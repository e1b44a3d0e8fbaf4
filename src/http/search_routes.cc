// Searching by a picture, an id or a colour.
#include <fmt/format.h>

#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr size_t kTextsMax = 32;
constexpr int64_t kExpandMax = 50;

Result<engine::SearchOptions> OptionsFromQuery(Context& context) {
  engine::SearchOptions options;
  options.audience = AudienceOf(context.request.caller);
  if (auto by = context.request.query.find("by"); by != context.request.query.end()) {
    LK_ASSIGN(options.by, SearchByFromName(by->second));
  }
  LK_ASSIGN(int64_t k, QueryInt(context.request, "k", 20, 1, context.limits().results_max));
  options.count = static_cast<size_t>(k);
  LK_ASSIGN(int64_t expand, QueryInt(context.request, "expand", 0, 0, kExpandMax));
  options.expand = static_cast<size_t>(expand);
  return options;
}

// A text with a minus before it is to be left out.
void TakeText(const std::vector<std::string>& texts, engine::SearchOptions& options) {
  for (const std::string& text : texts) {
    if (text.starts_with('-'))
      options.text_minus.push_back(text.substr(1));
    else
      options.text.push_back(text);
  }
}

Result<Response> FindSimilar(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  LK_TRY(AuthorizeImage(context, Action::kSeeImage, id));
  LK_ASSIGN(engine::SearchOptions options, OptionsFromQuery(context));
  LK_ASSIGN(engine::SearchResult result, context.library().SearchById(id, options));
  return JsonResponse(ToJson(result));
}

Result<engine::SearchResult> SearchUpload(Context& context) {
  const Request& request = context.request;
  engine::SearchOptions options;
  options.audience = AudienceOf(request.caller);
  if (std::string by = FieldText(request, "by"); !by.empty()) {
    LK_ASSIGN(options.by, SearchByFromName(by));
  }
  Request numbers;
  for (const char* name : {"k", "expand"})
    if (std::string number = FieldText(request, name); !number.empty()) numbers.query[name] = number;
  LK_ASSIGN(int64_t count, QueryInt(numbers, "k", 20, 1, context.limits().results_max));
  options.count = static_cast<size_t>(count);
  LK_ASSIGN(int64_t expand, QueryInt(numbers, "expand", 0, 0, kExpandMax));
  options.expand = static_cast<size_t>(expand);
  std::vector<std::string> texts;
  for (const Part& field : request.parts)
    if (field.name == "text" && !field.is_file && !field.bytes.empty()) texts.emplace_back(AsText(field.bytes));
  TakeText(texts, options);
  const Part* part = FindPart(request, "file");
  if (!part || !part->is_file)
    return Fail(ErrorCode::kInvalidArgument, "no part is named `file` and carries a file name",
                "send the picture as a part `file`");
  LK_ASSIGN(Bytes bytes, ReadPart(*part, context.limits()));
  Result<engine::SearchResult> result = context.library().SearchByBytes(bytes, options);
  if (!result) {
    std::string name = CleanFileName(part->file_name, context.limits().name_bytes_max);
    return std::unexpected(result.error().message.find(name) == std::string::npos ? result.error().Within(name)
                                                                                  : result.error());
  }
  return result;
}

Result<engine::SearchResult> SearchJson(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  auto like = fields.Int("like", 1, int64_t{1} << 60);
  auto colour = fields.String("colour");
  LK_ASSIGN(engine::SearchOptions options, TakeSearchOptions(fields, context.limits()));
  options.audience = AudienceOf(context.request.caller);
  const bool words = !options.text.empty() || !options.text_minus.empty();
  if (words && !like && !colour) return context.library().SearchByText(options);
  if (like.has_value() == colour.has_value() || (colour && words))
    return Fail(ErrorCode::kInvalidArgument, "expected like, text, both of them, or colour alone",
                "to search by a file, send it as multipart/form-data");
  if (colour) {
    LK_ASSIGN(uint32_t rgb, ParseColour(*colour));
    return context.library().SearchByColour(rgb, options);
  }
  ImageId id{static_cast<uint64_t>(*like)};
  LK_TRY(AuthorizeImage(context, Action::kSeeImage, id));
  return context.library().SearchById(id, options);
}

Result<Response> Search(Context& context) {
  Result<engine::SearchResult> result = context.request.parts.empty() ? SearchJson(context) : SearchUpload(context);
  if (!result) return std::unexpected(result.error());
  return JsonResponse(ToJson(*result));
}

}  // namespace

Result<engine::SearchOptions> TakeSearchOptions(Fields& fields, const Limits& limits) {
  engine::SearchOptions options;
  const auto by = fields.String("by");
  TakeText(fields.Strings("text", kTextsMax), options);
  if (auto k = fields.Int("k", 1, limits.results_max)) options.count = static_cast<size_t>(*k);
  if (auto expand = fields.Int("expand", 0, kExpandMax)) options.expand = static_cast<size_t>(*expand);
  LK_TRY(fields.Finish());
  if (by) {
    LK_ASSIGN(options.by, SearchByFromName(*by));
  }
  return options;
}

std::vector<Route> SearchRoutes() {
  return {
      {.method = "GET",
       .pattern = "/api/v1/images/{id}/similar",
       .action = Action::kSearch,
       .handler = FindSimilar,
       .cached = true},
      {"POST", "/api/v1/search", Action::kSearch, Search, true, false, true},
  };
}

}  // namespace likeness::http
