// The models of the data folder, for its owner: they are files of this machine, and fetching them reaches out.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "engine/model_set.h"
#include "engine/model_store.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

engine::ModelStore Store(Context& context) {
  return engine::ModelStore(context.library().folder() / "models");
}

Json ToJson(const engine::ModelStore::Entry& entry) {
  const engine::ModelManifest& manifest = entry.manifest;
  Json out = Json().Set("name", manifest.name).Set("installed", entry.installed).Set("in_use", entry.in_use);
  out.Set("built_in", entry.built_in);
  if (entry.error) return out.Set("error", http::ToJson(*entry.error));
  Json files = Json::MakeArray();
  uint64_t size = 0;
  bool known = true, fetched = true, pinned = true;
  for (const engine::ModelFile& file : manifest.files) {
    Json item = Json().Set("path", file.path);
    if (file.size_bytes > 0) item.Set("size_bytes", file.size_bytes);
    if (!file.sha256.empty()) item.Set("sha256", file.sha256);
    if (!file.url.empty()) item.Set("url", file.url);
    files.Append(std::move(item));
    size += file.size_bytes;
    known &= file.size_bytes > 0;
    fetched &= !file.url.empty();
    pinned &= !file.sha256.empty();
  }
  out.Set("role", engine::Name(manifest.spec.role)).Set("title", manifest.title).Set("licence", manifest.licence);
  if (!manifest.about.empty()) out.Set("about", manifest.about);
  if (known) out.Set("size_bytes", size);
  return out.Set("downloadable", fetched).Set("checksums_known", pinned).Set("files", std::move(files));
}

Result<std::string> ModelName(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("name");
  auto name = fields.String("name");
  LK_TRY(fields.Finish());
  return *name;
}

Result<Response> List(Context& context) {
  LK_ASSIGN(auto entries, Store(context).List());
  Json models = Json::MakeArray();
  for (const auto& entry : entries) models.Append(ToJson(entry));
  return JsonResponse(Json().Set("models", std::move(models)));
}

Result<Response> Pull(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  fields.Require("model");
  auto model = fields.String("model"), from = fields.String("from");
  const Json* sums = fields.Any("sha256");
  engine::ModelStore::PullOptions options;
  for (const JsonMember& member : sums ? sums->members() : Json::Object{}) {
    if (!member.value.is_string()) fields.Fault("sha256", "expected {file: checksum}");
    options.sha256[member.name] = member.value.AsString();
  }
  LK_TRY(fields.Finish());
  options.model = *model;
  if (from) options.from = *from;
  auto on_progress = [&](const engine::ModelStore::PullProgress& progress) {
    context.Emit(Json().Set("progress", Json()
                                            .Set("file", progress.file)
                                            .Set("done_bytes", progress.done_bytes)
                                            .Set("total_bytes", progress.total_bytes)));
  };
  LK_ASSIGN(auto report, Store(context).Pull(options, context.cancel, on_progress));
  Json trusted = Json::MakeArray();
  for (const std::string& file : report.trusted_now) trusted.Append(file);
  context.Emit(Json().Set("pulled", Json()
                                        .Set("name", report.manifest.name)
                                        .Set("role", engine::Name(report.manifest.spec.role))
                                        .Set("licence", report.manifest.licence)
                                        .Set("already", report.already)
                                        .Set("in_use", report.in_use)
                                        .Set("trusted_now", std::move(trusted))));
  Response response;
  response.headers.emplace_back("Content-Type", "application/x-ndjson");
  return response;
}

Result<Response> Verify(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  auto wanted = fields.String("name");
  LK_TRY(fields.Finish());
  const engine::ModelStore store = Store(context);
  std::vector<std::string> names;
  if (wanted) {
    names.push_back(*wanted);
  } else {
    LK_ASSIGN(auto entries, store.List());
    for (const auto& entry : entries)
      if (entry.installed) names.push_back(entry.manifest.name);
  }
  auto runtime = feature::ModelRuntime::Open({});
  Json models = Json::MakeArray();
  for (const std::string& name : names) {
    Result<std::vector<std::string>> damage = store.Verify(name, context.cancel);
    if (!damage && (wanted || damage.error().code == ErrorCode::kCancelled)) return std::unexpected(damage.error());
    Json faults = Json::MakeArray();
    if (!damage) faults.Append(damage.error().Text());
    for (const std::string& fault : damage.value_or(std::vector<std::string>{})) faults.Append(fault);
    bool opened = false;
    if (runtime && faults.items().empty()) {
      Status tried = engine::TryModel(store, name, *runtime);
      opened = tried.has_value();
      if (!tried) faults.Append(tried.error().Text());
    }
    models.Append(Json().Set("name", name).Set("opened", opened).Set("faults", std::move(faults)));
  }
  Json out = Json().Set("models", std::move(models));
  if (!runtime) out.Set("runtime_error", http::ToJson(runtime.error()));
  return JsonResponse(out);
}

Result<Response> Use(Context& context) {
  LK_ASSIGN(std::string name, ModelName(context));
  LK_TRY(Store(context).Use(name));
  LK_ASSIGN(auto manifest, Store(context).GetInstalled(name));
  return JsonResponse(Json().Set("name", name).Set("role", engine::Name(manifest.spec.role)));
}

Result<Response> Remove(Context& context) {
  LK_ASSIGN(std::string name, ModelName(context));
  LK_TRY(Store(context).Remove(name));
  return JsonResponse(Json().Set("name", name).Set("removed", true));
}

Result<Response> Apply(Context& context) {
  // Describing counts every job that waits: about once a second, and at the end.
  constexpr auto kTellEvery = std::chrono::seconds(1);
  const auto tell = [&] { context.Emit(Json().Set("models", http::ToJson(context.library().DescribeModels()))); };
  std::chrono::steady_clock::time_point told_at;
  LK_TRY(context.library().ApplyModels(context.cancel, [&] {
    if (std::chrono::steady_clock::now() - told_at < kTellEvery) return;
    told_at = std::chrono::steady_clock::now();
    tell();
  }));
  tell();
  Response response;
  response.headers.emplace_back("Content-Type", "application/x-ndjson");
  return response;
}

}  // namespace

std::vector<Route> ModelRoutes() {
  return {
      {"GET", "/local/v1/models", Action::kLocal, List},
      {"POST", "/local/v1/models/pull", Action::kLocal, Pull},
      {"POST", "/local/v1/models/apply", Action::kLocal, Apply},
      {"POST", "/local/v1/models/verify", Action::kLocal, Verify},
      {"POST", "/local/v1/models/use", Action::kLocal, Use},
      {"POST", "/local/v1/models/remove", Action::kLocal, Remove},
  };
}

}  // namespace likeness::http
