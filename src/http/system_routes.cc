// Health, figures, events and the contract itself.
#include "http/openapi.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

Response Text(std::string text, const char* type) {
  Response response;
  response.headers.emplace_back("Content-Type", type);
  response.body = std::move(text);
  return response;
}

Result<Response> Health(Context&) {
  return JsonResponse(Json().Set("status", "ok"));
}

Result<Response> Ready(Context& context) {
  if (context.api.options.library && context.library().writable()) return JsonResponse(Json().Set("status", "ready"));
  return Fail(ErrorCode::kUnavailable, "the data folder cannot be written to",
              "see the log, mend the disk (space, permissions, errors) and restart");
}

Result<Response> GetStats(Context& context) {
  LK_ASSIGN(const engine::GalleryFigures figures,
            context.api.counts.Get(context.library(), AudienceOf(context.request.caller), context.api.generation));
  Json gallery = Json()
                     .Set("images", figures.images)
                     .Set("authors", figures.authors)
                     .Set("tags", figures.tags)
                     .Set("deleted", figures.deleted)
                     .Set("last_id", figures.last_id);
  Json out;
  if (Authorize(context.request.caller, Action::kOperate)) {
    LK_ASSIGN(engine::Stats stats, context.library().CollectStats());
    out = ToJson(stats);
  }
  return JsonResponse(out.Set("gallery", std::move(gallery)));
}

Result<Response> GetMetrics(Context& context) {
  std::string out;
  context.api.metrics.Print(&out);
  sandbox::Pool::Stats pool = context.analyzer().pool().stats();
  PrintMetric(&out, "likeness_workers", "gauge", "Decode workers.", double(pool.workers));
  PrintMetric(&out, "likeness_workers_busy", "gauge", "Decode workers at work.", double(pool.busy));
  PrintMetric(&out, "likeness_worker_jobs_total", "counter", "Files given to workers.", double(pool.jobs));
  PrintMetric(&out, "likeness_worker_crashes_total", "counter", "Workers that died on a file.", double(pool.crashed));
  PrintMetric(&out, "likeness_worker_timeouts_total", "counter", "Workers stopped for taking too long.",
              double(pool.timed_out));
  PrintMetric(&out, "likeness_event_listeners", "gauge", "Connections that listen to events.",
              double(context.api.events.size()));
  PrintMetric(&out, "likeness_start_time_seconds", "gauge", "When the server started, since 1970.",
              double(context.api.started_at_s));
  if (context.api.options.library) {
    PrintMetric(&out, "likeness_writable", "gauge", "0 after a failed sync.", context.library().writable() ? 1 : 0);
    if (Result<engine::Stats> stats = context.library().CollectStats()) {
      PrintMetric(&out, "likeness_images", "gauge", "Images in the library.", double(stats->totals.images));
      PrintMetric(&out, "likeness_original_bytes", "gauge", "Bytes of originals.", double(stats->original_bytes));
      PrintMetric(&out, "likeness_derived_bytes", "gauge", "Bytes of thumbnails and features.",
                  double(stats->derived_bytes));
      PrintMetric(&out, "likeness_index_bytes", "gauge", "Bytes of saved indexes.", double(stats->index_bytes));
    }
  }
  return Text(std::move(out), "text/plain; version=0.0.4; charset=utf-8");
}

Result<Response> OpenApi(Context&) {
  return Text(std::string(kOpenApi), "application/yaml");
}

// The transport subscribes the connection to Api::events().
Result<Response> Events(Context&) {
  Response response;
  response.headers.emplace_back("Content-Type", "text/event-stream");
  response.event_stream = true;
  return response;
}

}  // namespace

std::vector<Route> SystemRoutes() {
  return {
      {"GET", "/api/v1/stats", Action::kList, GetStats},
      {"GET", "/api/v1/events", Action::kList, Events, true, true},
      {"GET", "/healthz", Action::kProbe, Health, false, true},
      {"GET", "/readyz", Action::kProbe, Ready, false, true},
      {"GET", "/metrics", Action::kOperate, GetMetrics, false},
      {"GET", "/api/openapi.yaml", Action::kProbe, OpenApi, false, true},
  };
}

}  // namespace likeness::http
