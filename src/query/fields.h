// The names that mean something before an operator: the one table of fields, and of the values that are names.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "query/ast.h"

namespace likeness::query {

enum class FieldKind { kNumber, kDate, kText, kColour, kLike, kCopyOf, kSort };

struct FieldRow {
  std::string_view name;
  FieldKind kind;
  NumberField number;  // of kNumber
  TextField text;      // of kText
  std::string_view example;
};

struct SortRow {
  std::string_view name;
  Sort sort;
};

std::span<const FieldRow> Fields();
std::span<const SortRow> Sorts();
std::span<const std::string_view> HasNames();
std::span<const std::string_view> OrientationNames();

std::string_view Name(NumberField field);
std::string_view Name(TextField field);
// ">=" and so on; "==" for kBetween, as in width==1000..2000.
std::string_view Symbol(Op op);

// A field name at the beginning of an operand that an operator follows. `op` is the run of = < > ! or the ':' as
// written, which need not be an operator of the language. The name alone, or before anything else, is no use of it.
struct FieldUse {
  const FieldRow* row;
  std::string_view op;
  size_t op_begin;     // bytes from the operand's beginning
  size_t value_begin;  // behind the blanks that follow the operator
};
std::optional<FieldUse> MatchField(std::string_view operand);

// "width" or "height" alone, or with a number but no operator: never a tag, as in the grammar that this one succeeds.
bool IsBareSide(std::string_view operand);

constexpr bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool EqualsIgnoringCase(std::string_view a, std::string_view b);  // ASCII letters

}  // namespace likeness::query
