// Values of fields from their text. An error is what is wrong, without the position. Internal to this module.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "query/ast.h"

namespace likeness::query {

struct BadValue {
  std::string message;
  std::string hint;
};
template <typename T>
using Value = std::expected<T, BadValue>;

// Whole numbers; kSize takes B kB MB GB TB (powers of 1000) and KiB MiB GiB TiB, kPixels MP; kRatio takes 16:9 and 1.5.
Value<Number> ParseNumber(NumberField field, std::string_view text);
Value<Date> ParseDate(std::string_view text);
Value<uint32_t> ParseColour(std::string_view text);  // #rrggbb, #rgb, the '#' may be left out
Value<uint64_t> ParseId(std::string_view text);
// '*' is a wildcard outside of quotes.
Value<Pattern> ParsePattern(std::string_view text);
// One literal in quotes, or text as it stands.
Value<std::string> ParsePlainText(std::string_view text);

// a < b as fractions.
bool Less(const Number& a, const Number& b);
// The first day of a is later than the last one of b.
bool After(const Date& a, const Date& b);

}  // namespace likeness::query
