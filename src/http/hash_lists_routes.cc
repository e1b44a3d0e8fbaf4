// Lists of PDQ hashes: import, look, match, export. For the owner alone.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "engine/hash_lists.h"
#include "feature/hash_text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr size_t kAskedMax = 100'000;
constexpr int64_t kIdMax = int64_t{1} << 60;

Json ToJson(const catalog::HashListRow& row) {
  return Json()
      .Set("name", row.name)
      .Set("entries", row.entries)
      .Set("matched", row.matched)
      .Set("radius_bits", row.radius_bits)
      .Set("source", row.source)
      .Set("created_at", IsoTime(row.created_at_ms))
      .Set("updated_at", IsoTime(row.updated_at_ms));
}

Json ToJson(const catalog::ListedHashRow& row) {
  Json labels = Json::MakeArray();
  for (const std::string& label : row.labels) labels.Append(label);
  Json out = Json().Set("id", row.id.value).Set("hash", feature::ToHex(engine::HashOf(row)));
  if (row.quality >= 0) out.Set("quality", row.quality);
  out.Set("labels", std::move(labels));
  for (const auto& [name, text] : {std::pair{"status", &row.status}, std::pair{"severity", &row.severity},
                                   std::pair{"description", &row.description}, std::pair{"source", &row.source}})
    if (!text->empty()) out.Set(name, *text);
  return out.Set("matched", row.matched);
}

Json ToJson(const engine::HashListReport& report) {
  Json faults = Json::MakeArray(), types = Json::MakeArray();
  for (const auto& [line, what] : report.faults) faults.Append(Json().Set("line", line).Set("what", what));
  for (const auto& [type, count] : report.other_types) types.Append(Json().Set("type", type).Set("count", count));
  return Json()
      .Set("list", ToJson(report.list))
      .Set("read", report.read)
      .Set("repeated", report.repeated)
      .Set("unmatched", report.unmatched)
      .Set("skipped", report.skipped)
      .Set("faults", std::move(faults))
      .Set("other_types", std::move(types));
}

Json ToJson(const engine::ListAnswer& answer) {
  return Json()
      .Set("pdq", Json().Set("hash", feature::ToHex(answer.pdq.hash)).Set("quality", answer.pdq.quality))
      .Set("compared", answer.compared)
      .Set("listed", http::ToJson(answer.listed));
}

Json ToJson(const engine::LibraryMatches& matches) {
  Json ids = Json::MakeArray(), images = Json::MakeArray();
  for (ImageId id : matches.ids) ids.Append(id.value);
  for (const auto& image : matches.images)
    images.Append(Json().Set("id", image.id.value).Set("name", image.name).Set("listed", http::ToJson(image.listed)));
  return Json()
      .Set("compared", matches.compared)
      .Set("count", matches.ids.size())
      .Set("ids", std::move(ids))
      .Set("images", std::move(images))
      .Set("took_ms", matches.took_ms);
}

Result<catalog::HashListMode> ModeFromName(std::string_view name) {
  if (name.empty() || name == "new") return catalog::HashListMode::kNew;
  if (name == "add") return catalog::HashListMode::kAdd;
  if (name == "replace") return catalog::HashListMode::kReplace;
  return Fail(ErrorCode::kInvalidArgument, fmt::format("mode: \"{}\" is unknown", CleanText(name, 40)),
              "use new, add or replace");
}

Result<engine::HashListFormat> QueryFormat(const Request& request) {
  auto found = request.query.find("format");
  return found == request.query.end() ? engine::HashListFormat::kCsv : engine::HashListFormatFromName(found->second);
}

Response FileResponse(std::string text, engine::HashListFormat format, const std::string& name) {
  const bool csv = format == engine::HashListFormat::kCsv;
  Response response;
  response.headers.emplace_back("Content-Type", csv ? "text/csv; charset=utf-8" : "application/json");
  response.headers.emplace_back("Content-Disposition",
                                fmt::format("attachment; filename=\"{}.{}\"", name, csv ? "csv" : "json"));
  response.body = std::move(text);
  return response;
}

Result<Response> List(Context& context) {
  LK_ASSIGN(auto rows, context.library().ListHashLists());
  Json lists = Json::MakeArray();
  for (const catalog::HashListRow& row : rows) lists.Append(ToJson(row));
  return JsonResponse(Json().Set("lists", std::move(lists)));
}

Result<Response> Upload(Context& context) {
  const Request& request = context.request;
  const Part* part = FindPart(request, "file");
  if (!part || !part->is_file)
    return Fail(ErrorCode::kInvalidArgument, "no part is named `file` and carries a file name",
                "send the list as a part `file` and its name as a part `name`");
  engine::HashListImport options;
  options.name = FieldText(request, "name");
  options.source = part->file_name;
  LK_ASSIGN(options.mode, ModeFromName(FieldText(request, "mode")));
  Request fields;
  for (const char* name : {"radius_bits", "skip_bad"})
    if (std::string text = FieldText(request, name); !text.empty()) fields.query[name] = text;
  LK_ASSIGN(int64_t radius, QueryInt(fields, "radius_bits", -1, 0, 256));
  options.radius_bits = static_cast<int>(radius);
  LK_ASSIGN(options.skip_bad, QueryBool(fields, "skip_bad", false));
  LK_ASSIGN(Bytes bytes, ReadPart(*part, context.limits()));
  LK_ASSIGN(engine::HashListReport report, context.library().ImportHashList(options, AsText(bytes)));
  return JsonResponse(ToJson(report));
}

Result<Response> Show(Context& context) {
  LK_ASSIGN(int64_t after, QueryInt(context.request, "after", 0, 0, kIdMax));
  LK_ASSIGN(int64_t limit, QueryInt(context.request, "limit", 100, 0, 10000));
  LK_ASSIGN(catalog::HashListRow list, context.library().GetHashList(context.captures[0]));
  LK_ASSIGN(auto rows, context.library().ListHashes(list.name, catalog::ListedHashId{static_cast<uint64_t>(after)},
                                                    static_cast<size_t>(limit)));
  Json entries = Json::MakeArray();
  for (const catalog::ListedHashRow& row : rows) entries.Append(ToJson(row));
  Json out = Json().Set("list", ToJson(list)).Set("entries", std::move(entries));
  if (!rows.empty() && rows.size() == static_cast<size_t>(limit)) out.Set("next", rows.back().id.value);
  return JsonResponse(out);
}

Result<Response> Edit(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("radius_bits");
  auto radius = fields.Int("radius_bits", 0, 256);
  LK_TRY(fields.Finish());
  LK_TRY(context.library().SetHashListRadius(context.captures[0], static_cast<int>(*radius)));
  LK_ASSIGN(catalog::HashListRow list, context.library().GetHashList(context.captures[0]));
  return JsonResponse(ToJson(list));
}

Result<Response> Remove(Context& context) {
  LK_TRY(context.library().RemoveHashList(context.captures[0]));
  return NoContent();
}

Result<Response> Export(Context& context) {
  LK_ASSIGN(engine::HashListFormat format, QueryFormat(context.request));
  LK_ASSIGN(std::string text, context.library().ExportHashList(context.captures[0], format));
  return FileResponse(std::move(text), format, context.captures[0]);
}

Result<std::vector<ImageId>> IdsOf(const std::vector<int64_t>& numbers) {
  std::vector<ImageId> ids;
  for (int64_t number : numbers) ids.push_back(ImageId{static_cast<uint64_t>(number)});
  return ids;
}

Result<Response> ExportOwn(Context& context) {
  LK_ASSIGN(engine::HashListFormat format, QueryFormat(context.request));
  std::vector<ImageId> ids;
  if (auto found = context.request.query.find("ids"); found != context.request.query.end()) {
    LK_ASSIGN(Json list, ParseJson("[" + found->second + "]"));
    Json wrapped = Json().Set("ids", std::move(list));
    Fields fields(wrapped);
    std::vector<int64_t> numbers = fields.Ints("ids", 1, kAskedMax);
    if (numbers.empty()) fields.Fault("ids", "expected ids, separated by commas");
    LK_TRY(fields.Finish());
    LK_ASSIGN(ids, IdsOf(numbers));
  }
  LK_ASSIGN(std::string text, context.library().ExportHashes(ids, format, context.cancel));
  return FileResponse(std::move(text), format, "pdq-hashes");
}

Result<Response> MatchUpload(Context& context) {
  Json results = Json::MakeArray();
  for (const Part& part : context.request.parts) {
    if (part.name != "file" || !part.is_file) continue;
    const std::string name = CleanFileName(part.file_name, context.limits().name_bytes_max);
    LK_ASSIGN(Bytes bytes, ReadPart(part, context.limits()));
    Result<engine::ListAnswer> answer = context.library().MatchLists(ByteView(bytes));
    if (!answer) return std::unexpected(answer.error().Within(name));
    results.Append(ToJson(*answer).Set("path", name));
  }
  if (results.items().empty())
    return Fail(ErrorCode::kInvalidArgument, "no part is named `file` and carries a file name",
                "send the picture as a part `file`");
  return JsonResponse(Json().Set("results", std::move(results)));
}

Result<Response> Match(Context& context) {
  if (!context.request.parts.empty()) return MatchUpload(context);
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const std::vector<int64_t> ids = fields.Ints("ids", 1, kAskedMax);
  const std::vector<std::string> hashes = fields.Strings("hashes", kAskedMax);
  const bool library = fields.Bool("library").value_or(false);
  const int64_t limit = fields.Int("limit", 0, 100'000).value_or(1000);
  LK_TRY(fields.Finish());
  if (int(library) + int(!ids.empty()) + int(!hashes.empty()) != 1)
    return Fail(ErrorCode::kInvalidArgument, "expected exactly one of ids, hashes and library",
                "to match a file, send it as multipart/form-data");
  if (library) {
    LK_ASSIGN(engine::LibraryMatches matches,
              context.library().MatchLibrary(static_cast<size_t>(limit), context.cancel));
    return JsonResponse(ToJson(matches));
  }
  Json results = Json::MakeArray();
  for (int64_t id : ids) {
    LK_ASSIGN(engine::ListAnswer answer, context.library().MatchLists(ImageId{static_cast<uint64_t>(id)}));
    results.Append(ToJson(answer).Set("id", id));
  }
  for (const std::string& text : hashes) {
    LK_ASSIGN(feature::Hash256 hash, feature::HashFromHex(text));
    LK_ASSIGN(engine::ListAnswer answer, context.library().MatchLists(feature::PdqHash{hash, 100}));
    results.Append(ToJson(answer));
  }
  return JsonResponse(Json().Set("results", std::move(results)));
}

// --- with paths of this machine -------------------------------------------------------------------------------------

Result<Response> ImportFile(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  for (const char* each : {"name", "path"}) fields.Require(each);
  engine::HashListImport options;
  options.name = fields.String("name").value_or("");
  const std::string path = fields.String("path").value_or("");
  const std::string mode = fields.String("mode").value_or("");
  options.radius_bits = static_cast<int>(fields.Int("radius_bits", 0, 256).value_or(-1));
  options.skip_bad = fields.Bool("skip_bad").value_or(false);
  LK_TRY(fields.Finish());
  LK_ASSIGN(options.mode, ModeFromName(mode));
  options.source = path;
  LK_ASSIGN(Bytes bytes, ReadFile(path, engine::kHashListBytesMax));
  LK_ASSIGN(engine::HashListReport report, context.library().ImportHashList(options, AsText(bytes)));
  return JsonResponse(ToJson(report));
}

Result<Response> MatchFiles(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("paths");
  const std::vector<std::string> paths = fields.Strings("paths", kAskedMax);
  LK_TRY(fields.Finish());
  LK_ASSIGN(auto files, context.analyzer().FindPictures(paths, nullptr));
  for (const std::filesystem::path& path : files) {
    if (context.cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
    auto match = [&]() -> Result<engine::ListAnswer> {
      LK_ASSIGN(Bytes bytes, ReadFile(path, context.limits().file_bytes_max));
      return context.library().MatchLists(ByteView(bytes));
    };
    Result<engine::ListAnswer> answer = match();
    Json line = answer ? ToJson(*answer) : Json().Set("error", http::ToJson(answer.error()));
    if (!context.Emit(line.Set("path", CleanText(path.string(), 4096))))
      return Fail(ErrorCode::kCancelled, "nobody listens any more");
  }
  Response response;
  response.headers.emplace_back("Content-Type", "application/x-ndjson");
  return response;
}

Result<Response> ExportFile(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("path");
  const std::string path = fields.String("path").value_or("");
  auto name = fields.String("name");
  const bool library = fields.Bool("library").value_or(false);
  const std::vector<int64_t> ids = fields.Ints("ids", 1, kAskedMax);
  const std::string format_name = fields.String("format").value_or("csv");
  if (name.has_value() == library) fields.Fault("name", "expected either a name or library");
  LK_TRY(fields.Finish());
  LK_ASSIGN(engine::HashListFormat format, engine::HashListFormatFromName(format_name));
  std::string text;
  if (library) {
    LK_ASSIGN(std::vector<ImageId> wanted, IdsOf(ids));
    LK_ASSIGN(text, context.library().ExportHashes(wanted, format, context.cancel));
  } else {
    LK_ASSIGN(text, context.library().ExportHashList(*name, format));
  }
  LK_TRY(WriteFileAtomically(path, AsBytes(text)));
  return JsonResponse(Json().Set("path", path).Set("bytes", text.size()));
}

}  // namespace

std::vector<Route> HashListRoutes() {
  return {
      {"GET", "/api/v1/hash-lists", Action::kModerate, List},
      {"POST", "/api/v1/hash-lists", Action::kModerate, Upload, true, false, true},
      {"POST", "/api/v1/hash-lists/match", Action::kModerate, Match, true, false, true},
      {"GET", "/api/v1/hash-lists/{name}", Action::kModerate, Show},
      {"PATCH", "/api/v1/hash-lists/{name}", Action::kModerate, Edit},
      {"DELETE", "/api/v1/hash-lists/{name}", Action::kModerate, Remove},
      {"GET", "/api/v1/hash-lists/{name}/export", Action::kModerate, Export},
      {"GET", "/api/v1/pdq-hashes", Action::kModerate, ExportOwn},
      {"POST", "/local/v1/hash-lists/import", Action::kLocal, ImportFile},
      {"POST", "/local/v1/hash-lists/match", Action::kLocal, MatchFiles},
      {"POST", "/local/v1/hash-lists/export", Action::kLocal, ExportFile},
  };
}

}  // namespace likeness::http
