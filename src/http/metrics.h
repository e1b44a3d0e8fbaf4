// Counters of the door, written as Prometheus text (exposition format 0.0.4). Thread-safe; counting is a few relaxed
// atomic additions.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace likeness::http {

class Metrics {
 public:
  // One row of counters for each name; the index is the handle.
  explicit Metrics(std::vector<std::string> routes);

  void CountRequest(size_t route, int status, double seconds);
  void CountImport(std::string_view status);
  void Print(std::string* out) const;

 private:
  static constexpr std::array<double, 11> kBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5, 15};
  static constexpr std::array<int, 19> kStatuses = {200, 204, 206, 304, 400, 401, 403, 404, 405, 409,
                                                    413, 415, 416, 422, 429, 499, 500, 503, 0};
  struct Row {
    std::array<std::atomic<uint64_t>, kStatuses.size()> by_status{};
    std::array<std::atomic<uint64_t>, kBounds.size() + 1> by_time{};
    std::atomic<uint64_t> microseconds{0};
  };
  std::vector<std::string> routes_;
  std::unique_ptr<Row[]> rows_;
  std::array<std::atomic<uint64_t>, 4> imports_{};  // imported, duplicate, rejected, failed
};

// Appends "# HELP", "# TYPE" and one sample.
void PrintMetric(std::string* out, std::string_view name, std::string_view type, std::string_view help, double value);

}  // namespace likeness::http
