// One operand of an expression: a tag, words, or a field with its value. Internal to this module.
#pragma once

#include <cstddef>
#include <expected>
#include <string_view>
#include <variant>

#include "query/ast.h"
#include "query/lexer.h"

namespace likeness::query {

// REQUIRES: [begin, end) is an operand token of text. Positions in the node and in a fault count from text's beginning.
std::expected<std::variant<NodePtr, Sort>, Fault> ParseOperand(std::string_view text, size_t begin, size_t end);

}  // namespace likeness::query
