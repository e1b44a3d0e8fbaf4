#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <chrono>

#include "base/json.h"

namespace likeness {
namespace {

std::atomic<LogLevel> g_level{
    LogLevel::kWarning};  // the one process-wide setting: where standard error's volume is kept
constexpr std::string_view kNames[] = {"debug", "info", "audit", "warning", "error"};

}  // namespace

void SetLogLevel(LogLevel level) {
  g_level = level;
}

void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields) {
  if (level < g_level.load()) return;
  auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  std::string line = fmt::format("{{\"time\":\"{:%Y-%m-%dT%H:%M:%SZ}\",\"level\":\"{}\",\"event\":{}",
                                 fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                                 kNames[static_cast<int>(level)], JsonQuote(event));
  for (const auto& [key, value] : fields) line += fmt::format(",{}:{}", JsonQuote(key), JsonQuote(value));
  line += "}\n";
  [[maybe_unused]] ssize_t ignored = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace likeness
