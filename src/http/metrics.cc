#include "http/metrics.h"

#include <fmt/format.h>

namespace likeness::http {
namespace {
constexpr std::array<std::string_view, 4> kImports = {"imported", "duplicate", "rejected", "failed"};
}

Metrics::Metrics(std::vector<std::string> routes)
    : routes_(std::move(routes)), rows_(std::make_unique<Row[]>(routes_.size())) {}

void Metrics::CountRequest(size_t route, int status, double seconds) {
  if (route >= routes_.size()) return;
  Row& row = rows_[route];
  size_t at = 0;
  while (at + 1 < kStatuses.size() && kStatuses[at] != status) ++at;
  row.by_status[at].fetch_add(1, std::memory_order_relaxed);
  size_t bucket = 0;
  while (bucket < kBounds.size() && seconds > kBounds[bucket]) ++bucket;
  row.by_time[bucket].fetch_add(1, std::memory_order_relaxed);
  row.microseconds.fetch_add(static_cast<uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

void Metrics::CountImport(std::string_view status) {
  for (size_t i = 0; i < kImports.size(); ++i) {
    if (kImports[i] == status) imports_[i].fetch_add(1, std::memory_order_relaxed);
  }
}

void Metrics::Print(std::string* out) const {
  auto to = std::back_inserter(*out);
  out->append("# HELP likeness_requests_total Requests answered.\n# TYPE likeness_requests_total counter\n");
  for (size_t r = 0; r < routes_.size(); ++r) {
    for (size_t s = 0; s < kStatuses.size(); ++s) {
      uint64_t count = rows_[r].by_status[s].load(std::memory_order_relaxed);
      if (count == 0) continue;
      fmt::format_to(to, "likeness_requests_total{{route=\"{}\",status=\"{}\"}} {}\n", routes_[r],
                     kStatuses[s] ? fmt::to_string(kStatuses[s]) : "other", count);
    }
  }
  out->append("# HELP likeness_request_seconds Time in the handler.\n# TYPE likeness_request_seconds histogram\n");
  for (size_t r = 0; r < routes_.size(); ++r) {
    uint64_t sum = 0;
    for (const auto& count : rows_[r].by_time) sum += count.load(std::memory_order_relaxed);
    if (sum == 0) continue;
    uint64_t running = 0;
    for (size_t b = 0; b < kBounds.size(); ++b) {
      running += rows_[r].by_time[b].load(std::memory_order_relaxed);
      fmt::format_to(to, "likeness_request_seconds_bucket{{route=\"{}\",le=\"{}\"}} {}\n", routes_[r], kBounds[b],
                     running);
    }
    running += rows_[r].by_time[kBounds.size()].load(std::memory_order_relaxed);
    fmt::format_to(to, "likeness_request_seconds_bucket{{route=\"{}\",le=\"+Inf\"}} {}\n", routes_[r], running);
    fmt::format_to(to, "likeness_request_seconds_sum{{route=\"{}\"}} {}\n", routes_[r],
                   static_cast<double>(rows_[r].microseconds.load(std::memory_order_relaxed)) / 1e6);
    fmt::format_to(to, "likeness_request_seconds_count{{route=\"{}\"}} {}\n", routes_[r], running);
  }
  out->append("# HELP likeness_imports_total Files offered, by outcome.\n# TYPE likeness_imports_total counter\n");
  for (size_t i = 0; i < kImports.size(); ++i)
    fmt::format_to(to, "likeness_imports_total{{status=\"{}\"}} {}\n", kImports[i], imports_[i].load());
}

void PrintMetric(std::string* out, std::string_view name, std::string_view type, std::string_view help, double value) {
  fmt::format_to(std::back_inserter(*out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
}

}  // namespace likeness::http
