// A search expression (docs/guide/search.md) made ready for the tag index: what it demands of a picture as a filter,
// and what it ranks by. Words, like: and colour: give an order and no yes or no, so they stand beside && at the top
// only; copy-of: is a set, and may stand anywhere. Pure, but for the lookup of copies.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "engine/tag_rules.h"
#include "index/tags.h"
#include "query/ast.h"

namespace likeness::engine {

// What is wrong with an expression, and where.
struct ExpressionFault {
  Error error;
  std::optional<size_t> character = {};  // code points from 0; none: not a matter of one place

  ExpressionFault() = default;
  ExpressionFault(Error given) : error(std::move(given)) {}  // so that LK_TRY passes other errors on
  ExpressionFault(Error given, size_t at) : error(std::move(given)), character(at) {}
};
template <typename T>
using ExpressionResult = std::expected<T, ExpressionFault>;

using RankedOperand = std::variant<query::Colour, query::Like, query::CopyOf, query::Words>;

struct Expression {
  index::TagFilter filter;
  std::vector<RankedOperand> ranked;  // as written
  std::optional<query::Sort> sort;
  std::string text;  // canonical
};

// The terms that a tag or a field's text stands for: those of the same folded text, those that fit a wildcard, and
// where it is exact also those of its aliases and of tags that imply it.
class TermLookup {
 public:
  explicit TermLookup(const index::TagIndex& tags, std::shared_ptr<const TagRules> rules = nullptr)
      : tags_(tags), rules_(std::move(rules)) {}
  std::vector<index::TermId> Find(char kind, const query::Pattern& pattern) const;

 private:
  const index::TagIndex& tags_;
  std::shared_ptr<const TagRules> rules_;
};

// What is looked up elsewhere while an expression is compiled, as ids of pictures.
struct SetLookup {
  using Ids = Result<std::vector<ImageId>>;
  std::function<Ids(ImageId)> copies;                // of a picture
  std::function<Ids(const query::Pattern&)> albums;  // what is in albums of such a name
  std::function<Ids()> favourites;
};

// Faults: those of the parser, InvalidArgument where a ranked operand stands where it means nothing, and those of
// `sets`.
ExpressionResult<Expression> CompileExpression(std::string_view text, const Limits& limits, const TermLookup& terms,
                                               const SetLookup& sets);

// Whether a text fits a pattern, whatever the case.
bool FitsFolded(const query::Pattern& pattern, std::string_view text);

}  // namespace likeness::engine
