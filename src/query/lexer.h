// First half of the parser: which characters are operators, and which belong to tags. Internal to this module.
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace likeness::query {

enum class TokenKind { kAnd, kOr, kNot, kOpen, kClose, kOperand, kEnd };

// [begin, end) of the text; empty for kEnd and for a closing bracket that was supplied at the end. An operand has no
// blanks around it.
struct Token {
  TokenKind kind;
  size_t begin = 0, end = 0;
};

// What is wrong and where; the parser adds what a person needs.
struct Fault {
  std::string message;
  size_t position = 0;
  std::string hint;
};

// The tokens of valid UTF-8 text, kEnd last.
std::expected<std::vector<Token>, Fault> Tokenize(std::string_view text);

// Where the text stops being valid UTF-8; its size if it never does.
size_t FirstInvalidUtf8(std::string_view text);

// The end of the literal that begins with '"' at `begin`, behind its closing '"'; npos if there is none. '\' takes the
// next character as it is.
size_t QuotedEnd(std::string_view text, size_t begin);

// Whether quoted text begins here, perhaps behind stars: "red, white"* or *"(c)".
bool QuoteBegins(std::string_view text, size_t at);

}  // namespace likeness::query
