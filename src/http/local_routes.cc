// For the owner alone, through the socket in the data folder or in-process: everything that names files of this
// machine, and the care of the library. Long answers are lines of JSON.
#include <fmt/format.h>

#include "base/text.h"
#include "http/doctor.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

Response Streamed() {
  Response response;
  response.headers.emplace_back("Content-Type", "application/x-ndjson");
  return response;
}

constexpr size_t kPathsMax = 1'000'000;

Result<Response> Import(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  engine::ImportOptions options;
  fields.Require("paths");
  std::vector<std::string> paths = fields.Strings("paths", kPathsMax);
  auto policy = fields.String("on_duplicate"), listed = fields.String("on_listed");
  std::vector<std::string> tags = fields.Strings("tags", context.limits().tags_max);
  options.source_url = CleanText(fields.String("source_url").value_or(""), context.limits().url_bytes_max);
  options.dry_run = fields.Bool("dry_run").value_or(false);
  options.decided = fields.Bool("decided").value_or(false);
  options.threads = static_cast<size_t>(fields.Int("threads", 0, 256).value_or(0));
  options.ids_from_names = fields.Bool("ids_from_names").value_or(false);
  const auto folders_as = fields.String("folders_as");
  LK_TRY(fields.Finish());
  if (folders_as) {
    LK_ASSIGN(options.folders_as, engine::FoldersAsFromName(*folders_as));
  }
  if (policy) {
    LK_ASSIGN(options.on_duplicate, engine::OnDuplicateFromName(*policy));
  }
  if (listed) {
    LK_ASSIGN(options.on_listed, engine::OnListedFromName(*listed));
  }
  LK_ASSIGN(options.tags, CleanTags(tags, context.limits()));
  auto on_item = [&](const engine::ImportOutcome& outcome) {
    context.api.metrics.CountImport(engine::Name(outcome.status));
    context.Emit(ToJson(outcome));
  };
  LK_ASSIGN(engine::ImportSummary summary,
            context.library().ImportPaths(paths, options, context.cancel, on_item, EmitProgress(context, "import")));
  context.Emit(Json().Set("summary", ToJson(summary)));
  return Streamed();
}

constexpr uint64_t kMetaBytesMax = 256ull << 20;

Result<Response> ImportMeta(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  for (const char* each : {"kind", "path"}) fields.Require(each);
  const auto kind = fields.String("kind"), path = fields.String("path");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const engine::MetaKind which, engine::MetaKindFromName(*kind));
  LK_ASSIGN(const Bytes file, ReadFile(*path, kMetaBytesMax));
  const auto tell = [&](const engine::MetaProblem& problem) {
    Json line = Json().Set("entry", problem.entry);
    if (problem.id) line.Set("id", problem.id.value);
    context.Emit(Json().Set("problem", line.Set("message", problem.error.message)));
  };
  LK_ASSIGN(const engine::MetaSummary summary, context.library().ImportMeta(which, AsText(file), context.cancel, tell));
  context.Emit(Json().Set(
      "summary",
      Json().Set("changed", summary.changed).Set("unchanged", summary.unchanged).Set("skipped", summary.skipped)));
  return Streamed();
}

Result<Response> SearchFile(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("path");
  auto path = fields.String("path");
  LK_ASSIGN(const engine::SearchOptions options, TakeSearchOptions(fields, context.limits()));
  LK_ASSIGN(Bytes bytes, ReadFile(*path, context.limits().file_bytes_max));
  Result<engine::SearchResult> result = context.library().SearchByBytes(bytes, options);
  if (!result) return std::unexpected(result.error().Within(CleanText(*path, 4096)));
  return JsonResponse(ToJson(*result));
}

Result<Response> Features(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("paths");
  std::vector<std::string> paths = fields.Strings("paths", kPathsMax);
  const std::string only = fields.String("only").value_or("");
  LK_TRY(fields.Finish());
  if (!only.empty() && only != "phash")
    return Fail(ErrorCode::kInvalidArgument, "/only: \"" + CleanText(only, 40) + "\" cannot be had alone",
                "\"phash\" can; leave it out for every feature");
  uint64_t ignored = 0;
  LK_ASSIGN(auto files, context.analyzer().FindPictures(paths, &ignored));
  std::mutex mutex;
  sandbox::AnalyzeOptions options;
  options.formats = context.analyzer().options().formats;
  options.thumbnails = false;
  options.phash_only = only == "phash";
  // In order, a few at a time: the next block starts when the last of the block before is done.
  size_t threads = std::max<size_t>(1, context.analyzer().pool().stats().workers);
  for (size_t start = 0; start < files.size() && !context.cancel.cancelled(); start += threads) {
    size_t count = std::min(threads, files.size() - start);
    std::vector<Json> lines(count);
    ParallelFor(count, threads, &context.cancel, [&](size_t i) {
      Result<engine::AnalyzedFile> file = context.analyzer().AnalyzeFile(files[start + i], options);
      lines[i] =
          file ? (options.phash_only ? PhashToJson(*file) : ToJson(*file))
               : Json().Set("path", CleanText(files[start + i].string(), 4096)).Set("error", ToJson(file.error()));
    });
    for (const Json& line : lines) {
      if (!line.is_null() && !context.Emit(line)) return Fail(ErrorCode::kCancelled, "nobody listens any more");
    }
  }
  if (context.cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  return Streamed();
}

Result<Response> Duplicates(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  std::vector<std::string> paths = fields.Strings("paths", kPathsMax);
  LK_TRY(fields.Finish());
  Json groups = Json::MakeArray(), failures = Json::MakeArray();
  Json last;
  if (paths.empty()) {
    if (!context.api.options.library)
      return Fail(ErrorCode::kFailedPrecondition, "no data folder is open",
                  "name one with --data DIR, or name folders to look through");
    LK_ASSIGN(auto found, context.library().FindDuplicates(context.cancel, EmitProgress(context)));
    for (const engine::DuplicateGroup& group : found) groups.Append(ToJson(group));
  } else {
    std::mutex mutex;
    auto progress = EmitProgress(context);
    auto serialised = [&](const engine::ImportProgress& p) {
      std::lock_guard lock(mutex);
      progress(p);
    };
    LK_ASSIGN(auto found, context.analyzer().FindDuplicates(paths, context.cancel, serialised));
    for (const engine::DuplicateGroup& group : found.groups) groups.Append(ToJson(group));
    for (const engine::ImportOutcome& failure : found.failures) failures.Append(ToJson(failure));
    last.Set("files", found.files);
  }
  if (context.cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  context.Emit(last.Set("groups", std::move(groups)).Set("failures", std::move(failures)));
  return Streamed();
}

Result<Response> Export(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  for (const char* each : {"ids", "folder"}) fields.Require(each);
  std::vector<int64_t> numbers = fields.Ints("ids", 1, kPathsMax);
  auto folder = fields.String("folder");
  LK_TRY(fields.Finish());
  std::vector<ImageId> ids;
  for (int64_t number : numbers) ids.push_back(ImageId{static_cast<uint64_t>(number)});
  LK_ASSIGN(uint64_t exported, context.library().Export(ids, *folder));
  return JsonResponse(Json().Set("exported", exported));
}

Result<Response> Fsck(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  bool repair = fields.Bool("repair").value_or(false);
  auto folder = fields.String("folder");
  LK_TRY(fields.Finish());
  engine::FsckReport report;
  if (folder) {
    if (context.api.options.library || repair)
      return Fail(ErrorCode::kInvalidArgument, "/folder: only for looking at a folder that no process owns");
    LK_ASSIGN(report, engine::FsckFolder(*folder, context.cancel, EmitProgress(context)));
  } else {
    if (!context.api.options.library)
      return Fail(ErrorCode::kFailedPrecondition, "no data folder is open", "name one with --data DIR");
    LK_ASSIGN(report, context.library().Fsck(repair, context.cancel, EmitProgress(context)));
  }
  context.Emit(Json().Set("fsck", ToJson(report)));
  return Streamed();
}

Result<Response> Rebuild(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  bool all = fields.Bool("all").value_or(false);
  LK_TRY(fields.Finish());
  LK_ASSIGN(engine::ImportSummary summary, context.library().Rebuild(all, context.cancel, EmitProgress(context)));
  context.Emit(Json().Set("summary", ToJson(summary)));
  return Streamed();
}

Result<Response> Compact(Context& context) {
  LK_TRY(context.library().Compact());
  return JsonResponse(Json::MakeObject());
}

Result<Response> Doctor(Context& context) {
  return JsonResponse(DoctorFacts(context.analyzer(), context.api.options.library));
}

}  // namespace

std::vector<Route> LocalRoutes() {
  return {
      {"POST", "/local/v1/import", Action::kLocal, Import},
      {"POST", "/local/v1/import-meta", Action::kLocal, ImportMeta},
      {"POST", "/local/v1/search", Action::kLocal, SearchFile},
      {"POST", "/local/v1/features", Action::kLocal, Features, false},
      {"POST", "/local/v1/duplicates", Action::kLocal, Duplicates, false},
      {"POST", "/local/v1/export", Action::kLocal, Export},
      {"POST", "/local/v1/fsck", Action::kLocal, Fsck, false},
      {"POST", "/local/v1/rebuild", Action::kLocal, Rebuild},
      {"POST", "/local/v1/compact", Action::kLocal, Compact},
      {"GET", "/local/v1/doctor", Action::kLocal, Doctor, false},
  };
}

}  // namespace likeness::http
