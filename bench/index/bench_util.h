// What the index benchmarks share: a clock, the median, and the two ways to print a row.
#pragma once

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace likeness::bench {

template <typename Body>
double Milliseconds(Body body) {
  auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// Processor time of all threads: on a busy machine the only figure that says what the work costs.
template <typename Body>
double ProcessorMilliseconds(Body body) {
  auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) * 1e3 + static_cast<double>(at.tv_nsec) * 1e-6;
  };
  double start = now();
  body();
  return now() - start;
}

inline double Percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values.empty()
             ? 0
             : values[std::min(values.size() - 1, static_cast<size_t>(share * static_cast<double>(values.size())))];
}

// A Markdown table on standard output; with a path, the same rows as JSON.
class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {
    fmt::print("| {} |\n|{}\n", fmt::join(columns_, " | "), Repeat("---|", columns_.size()));
  }
  void Row(std::vector<std::string> cells) {
    fmt::print("| {} |\n", fmt::join(cells, " | "));
    std::fflush(stdout);
    rows_.push_back(std::move(cells));
  }
  void WriteJson(const std::string& path) const {
    if (path.empty()) return;
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (file == nullptr) return;
    fmt::print(file, "[");
    for (size_t i = 0; i < rows_.size(); ++i) {
      fmt::print(file, "{}\n  {{", i == 0 ? "" : ",");
      for (size_t j = 0; j < columns_.size(); ++j)
        fmt::print(file, "{}\"{}\": \"{}\"", j == 0 ? "" : ", ", columns_[j], rows_[i][j]);
      fmt::print(file, "}}");
    }
    fmt::print(file, "\n]\n");
    std::fclose(file);
  }

 private:
  static std::string Repeat(const char* text, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += text;
    return out;
  }
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace likeness::bench
