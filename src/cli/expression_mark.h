// Where an expression is wrong, for a person at a terminal. Pure.
#pragma once

#include <cstddef>
#include <string>

namespace likeness::cli {

// The expression on one line and a mark under the character; nothing for what a terminal cannot show as it is.
std::string MarkedExpression(std::string expression, size_t character);

}  // namespace likeness::cli
