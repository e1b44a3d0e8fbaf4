// Search expressions of people to trees: forest && (winter || snow), width>=1920, -night. docs/guide/search.md is the
// language for users; the grammar stands at the top of parser.cc. Pure and thread-safe; any bytes are a Query or a
// ParseError, in time about linear in their number.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"
#include "query/ast.h"

namespace likeness::query {

struct ParseOptions {
  size_t bytes_max = Limits{}.query_bytes_max;
  size_t operands_max = 256;
  size_t depth_max = 64;  // brackets and NOTs around one operand
};

struct ParseError {
  std::string message;
  size_t position = 0;   // where, in bytes; the text's size where something is missing at the end
  size_t character = 0;  // the same in characters (code points)
  std::string hint;      // the way out

  bool operator==(const ParseError&) const = default;
};

// The error as the other modules carry them: InvalidArgument, the character (counted from 1) in the message.
Error ToError(const ParseError& error);

std::expected<Query, ParseError> Parse(std::string_view text, const ParseOptions& options = {});

}  // namespace likeness::query
