#include "cli/expression_mark.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace likeness::cli {

std::string MarkedExpression(std::string expression, size_t character) {
  std::ranges::replace_if(
      expression, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  if (Trim(expression).empty() || expression.size() > 200 ||
      Trim(expression) != CleanText(expression, expression.size()))
    return {};
  return fmt::format("{}\n{}^\n", expression, std::string(character, ' '));
}

}  // namespace likeness::cli
