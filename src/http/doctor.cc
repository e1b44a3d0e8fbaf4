#include "http/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "catalog/catalog.h"
#include "codec/decode.h"
#include "feature/embedding/runtime.h"
#include "http/limit_table.h"
#include "simd/kernels.h"

namespace likeness::http {
namespace {

// Shared libraries as they are loaded, with the versions in their file names: "opencv_core 4.6.0".
Json LoadedLibraries() {
  static constexpr std::string_view kWanted[] = {
      "opencv_core", "opencv_features2d", "jpeg",    "png16",  "webp", "tiff", "heif",      "jxl", "lcms2",
      "expat",       "sqlite3",           "seccomp", "crypto", "z",    "fmt",  "boost_json"};
  std::set<std::string> seen;
  std::ifstream maps("/proc/self/maps");
  std::string line;
  Json out = Json::MakeArray();
  while (std::getline(maps, line)) {
    size_t slash = line.rfind('/');
    if (slash == std::string::npos || !seen.insert(line.substr(slash + 1)).second) continue;
    std::string file = line.substr(slash + 1);
    size_t so = file.find(".so");
    if (!file.starts_with("lib") || so == std::string::npos) continue;
    std::string name = file.substr(3, so - 3);
    if (std::ranges::find(kWanted, name) == std::end(kWanted)) continue;
    out.Append(Json().Set("name", name).Set("version", so + 4 < file.size() ? file.substr(so + 4) : ""));
  }
  return out;
}

Json Formats(const codec::FormatSet& on) {
  Json out = Json::MakeObject();
  for (int i = 1; i <= static_cast<int>(codec::Format::kJxl); ++i) {
    auto format = static_cast<codec::Format>(i);
    const char* state = !codec::BuiltFormats().Has(format) ? "not in this build" : on.Has(format) ? "on" : "off";
    out.Set(codec::Name(format), state);
  }
  return out;
}

Json Kernels() {
  Json out = Json::MakeArray();
  for (const simd::KernelChoice& choice : simd::KernelChoices()) {
    Json available = Json::MakeArray();
    for (std::string_view name : choice.available) available.Append(name);
    out.Append(Json().Set("family", choice.family).Set("chosen", choice.chosen).Set("available", std::move(available)));
  }
  return out;
}

// SQLite before 3.51.3 can lose a WAL when two connections write or checkpoint at once. Here one connection does both.
Json Sqlite() {
  std::string version = catalog::Catalog::EngineVersion();
  int major = 0, minor = 0, patch = 0;
  bool parsed = sscanf(version.c_str(), "%*[^0-9]%d.%d.%d", &major, &minor, &patch) == 3;
  bool fixed = parsed && (major > 3 || (major == 3 && (minor > 51 || (minor == 51 && patch >= 3))));
  return Json()
      .Set("version", version)
      .Set("note", fixed ? "has the fix of the WAL-reset bug"
                         : "older than 3.51.3, which fixes the WAL-reset bug; harmless here, as one connection alone "
                           "writes and checkpoints");
}

Json ModelRuntime() {
  auto runtime = feature::ModelRuntime::Open({});
  if (!runtime) return Json().Set("error", runtime.error().Text());
  return Json().Set("version", (*runtime)->version());
}

}  // namespace

Json DoctorFacts(const engine::Analyzer& analyzer, const engine::Library* library) {
  Json isolation = Json::MakeArray(), limits;
  for (const std::string& layer : analyzer.pool().Isolation()) isolation.Append(layer);
  ForEachLimit(analyzer.options().limits, [&](const char* name, auto value) { limits.Set(name, value); });
  sandbox::Pool::Stats pool = analyzer.pool().stats();
  Json out;
  out.Set("version", LIKENESS_VERSION)
      .Set("processors", std::thread::hardware_concurrency())
      .Set("sqlite", Sqlite())
      .Set("formats", Formats(analyzer.options().formats))
      .Set("kernels", Kernels())
      .Set("isolation", std::move(isolation))
      .Set("workers", Json()
                          .Set("count", pool.workers)
                          .Set("busy", pool.busy)
                          .Set("jobs", pool.jobs)
                          .Set("crashed", pool.crashed)
                          .Set("timed_out", pool.timed_out)
                          .Set("replaced", pool.replaced))
      .Set("model_runtime", ModelRuntime())
      .Set("libraries", LoadedLibraries())
      .Set("limits", std::move(limits));
  if (library) {
    std::error_code error;
    std::filesystem::space_info space = std::filesystem::space(library->folder(), error);
    Json folder = Json().Set("path", library->folder().string()).Set("writable", library->writable());
    if (!error) folder.Set("free_bytes", space.available).Set("disk_bytes", space.capacity);
    out.Set("folder", std::move(folder));
  }
  return out;
}

}  // namespace likeness::http
