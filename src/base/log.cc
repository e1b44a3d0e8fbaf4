#include "base/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iterator>

#include "base/text.h"

namespace likeness {
namespace {

std::atomic<LogLevel> g_level{
    LogLevel::kWarning};  // the one process-wide setting: where standard error's volume is kept
constexpr std::string_view kNames[] = {"debug", "info", "audit", "warning", "error"};

}  // namespace

void SetLogLevel(LogLevel level) {
  g_level = level;
}

void AppendJsonQuoted(std::string_view text, std::string* out) {
  out->push_back('"');
  // As a rule nothing is to be done.
  if (std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; })) {
    out->append(text).push_back('"');
    return;
  }
  std::string clean;
  if (!IsValidUtf8(text)) text = clean = CleanText(text, text.size() * 3, true);
  for (char c : text) {
    if (c == '"' || c == '\\') {
      out->push_back('\\');
      out->push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(*out), "\\u{:04x}", static_cast<int>(c));
    } else {
      out->push_back(c);
    }
  }
  out->push_back('"');
}

std::string JsonQuote(std::string_view text) {
  std::string out;
  AppendJsonQuoted(text, &out);
  return out;
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
