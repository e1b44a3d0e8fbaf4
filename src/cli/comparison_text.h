// A comparison in words, for `compare`.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "http/json_value.h"

namespace likeness::cli {

// A Comparison of api/openapi.yaml.
void PrintComparison(Terminal& terminal, const Json& comparison);
// A pair of two folders; equal ones are not told.
void PrintPair(Terminal& terminal, const Json& pair);
void PrintFolders(Terminal& terminal, const Json& summary, const std::string& report);

}  // namespace likeness::cli
