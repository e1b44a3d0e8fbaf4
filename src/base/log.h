// One line of JSON a log entry on standard error: time, level, event, fields. Secrets never go in. Thread-safe.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace likeness {

enum class LogLevel { kDebug, kInfo, kAudit /* who did what */, kWarning, kError };

// Entries below `level` are dropped. The default is kWarning; a server shows kAudit as well.
void SetLogLevel(LogLevel level);

void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<std::string_view, std::string>> fields = {});

}  // namespace likeness
