#include "engine/expression.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/fold.h"
#include "engine/tag_words.h"
#include "query/parser.h"
#include "query/printer.h"

namespace likeness::engine {
namespace {

using index::TagBound;
using index::TagColumn;
using index::TagFilter;
using Kind = TagFilter::Kind;

TagColumn ColumnOf(query::NumberField field) {
  switch (field) {
    case query::NumberField::kWidth:
      return TagColumn::kWidth;
    case query::NumberField::kHeight:
      return TagColumn::kHeight;
    case query::NumberField::kPixels:
      return TagColumn::kPixels;
    case query::NumberField::kRatio:
      return TagColumn::kRatio;
    case query::NumberField::kSize:
      return TagColumn::kSize;
    case query::NumberField::kTags:
      return TagColumn::kTags;
    case query::NumberField::kRating:
      return TagColumn::kRating;
  }
  return TagColumn::kWidth;
}

TermKind KindOf(query::TextField field) {
  switch (field) {
    case query::TextField::kCamera:
      return TermKind::kCamera;
    case query::TextField::kLens:
      return TermKind::kLens;
    case query::TextField::kFormat:
      return TermKind::kFormat;
    case query::TextField::kAlbum:
      return TermKind::kAlbum;
    case query::TextField::kAuthor:
      return TermKind::kAuthor;
    case query::TextField::kOrientation:
      return TermKind::kOrientation;
    case query::TextField::kHas:
      return TermKind::kHas;
  }
  return TermKind::kTag;
}

// The ends of a comparison with a span of values: `first` and `last` are in it.
TagFilter RangeOf(TagColumn column, query::Op op, TagBound first, TagBound last) {
  TagFilter filter{.kind = Kind::kRange, .column = column};
  const bool excluded = op == query::Op::kLess || op == query::Op::kGreater;
  if (op == query::Op::kGreater) first = last;
  if (op == query::Op::kLess) last = first;
  first.excluded = last.excluded = excluded;
  if (op != query::Op::kAtMost && op != query::Op::kLess) filter.least = first;
  if (op != query::Op::kAtLeast && op != query::Op::kGreater) filter.most = last;
  return filter;
}

TagFilter ToFilter(const query::Comparison& node) {
  auto bound = [](const query::Number& number) { return TagBound{number.numerator, number.denominator}; };
  return RangeOf(ColumnOf(node.field), node.op, bound(node.value),
                 bound(node.op == query::Op::kBetween ? node.max : node.value));
}

// Days are numbers that ascend with them (TagColumn::kDay); what has no date is in no comparison.
TagFilter ToFilter(const query::DateComparison& node) {
  auto day = [](const query::Date& date, int missing) {
    return TagBound{date.year * 10000 + (date.month ? date.month : missing) * 100 + (date.day ? date.day : missing)};
  };
  const query::Date& end = node.op == query::Op::kBetween ? node.max : node.value;
  TagFilter filter = RangeOf(TagColumn::kDay, node.op, day(node.value, 0), day(end, 99));
  if (!filter.least) filter.least = TagBound{1};
  return filter;
}

class Compiler {
 public:
  Compiler(std::string_view text, const TermLookup& terms, const SetLookup& sets, Expression* out)
      : text_(text), terms_(terms), sets_(sets), out_(*out) {}

  // What stands beside && at the top.
  ExpressionResult<void> TakeTop(const query::Node& node) {
    if (auto* both = std::get_if<query::And>(&node.value)) {
      LK_TRY(TakeTop(*both->left));
      return TakeTop(*both->right);
    }
    std::visit(query::Overloaded{[&](const query::Colour& n) { out_.ranked.emplace_back(n); },
                                 [&](const query::Like& n) { out_.ranked.emplace_back(n); },
                                 [&](const query::Words& n) { out_.ranked.emplace_back(n); },
                                 [&](const query::CopyOf& n) { out_.ranked.emplace_back(n); }, [](const auto&) {}},
               node.value);
    const bool only_ranks = std::holds_alternative<query::Colour>(node.value) ||
                            std::holds_alternative<query::Like>(node.value) ||
                            std::holds_alternative<query::Words>(node.value);
    if (only_ranks) return {};
    LK_ASSIGN(TagFilter filter, ToFilter(node));
    out_.filter.of.push_back(std::move(filter));
    return {};
  }

 private:
  ExpressionResult<TagFilter> ToFilter(const query::Node& node) {
    return std::visit(
        query::Overloaded{
            [&](const query::And& n) { return Join(Kind::kAnd, *n.left, *n.right); },
            [&](const query::Or& n) { return Join(Kind::kOr, *n.left, *n.right); },
            [&](const query::Not& n) -> ExpressionResult<TagFilter> {
              TagFilter filter{.kind = Kind::kNot};
              LK_ASSIGN(TagFilter child, ToFilter(*n.child));
              filter.of.push_back(std::move(child));
              return filter;
            },
            [&](const query::Tag& n) -> ExpressionResult<TagFilter> {
              // "*" is any tag at all: a million sets that need not be united.
              if (n.name.parts == std::vector<std::string>{"", ""})
                return TagFilter{.kind = Kind::kRange, .column = TagColumn::kTags, .least = TagBound{1}};
              return TagFilter{.kind = Kind::kTerms, .terms = terms_.Find(static_cast<char>(TermKind::kTag), n.name)};
            },
            [&](const query::TextMatch& n) -> ExpressionResult<TagFilter> {
              if (n.field == query::TextField::kAlbum) return ToSet(node, sets_.albums(n.value));
              if (n.field == query::TextField::kHas && n.value.text() == "album")
                return ToSet(node, sets_.albums(query::Pattern{{"", ""}}));
              if (n.field == query::TextField::kHas && n.value.text() == "favourite")
                return ToSet(node, sets_.favourites());
              return TagFilter{.kind = Kind::kTerms, .terms = terms_.Find(static_cast<char>(KindOf(n.field)), n.value)};
            },
            [&](const query::Comparison& n) -> ExpressionResult<TagFilter> { return engine::ToFilter(n); },
            [&](const query::DateComparison& n) -> ExpressionResult<TagFilter> { return engine::ToFilter(n); },
            [&](const query::CopyOf& n) -> ExpressionResult<TagFilter> {
              return ToSet(node, sets_.copies(ImageId{n.id}));
            },
            [&](const auto&) -> ExpressionResult<TagFilter> { return Misplaced(node); }},
        node.value);
  }

  ExpressionResult<TagFilter> ToSet(const query::Node& node, SetLookup::Ids ids) const {
    if (!ids) return std::unexpected(ExpressionFault(ids.error(), CharacterOf(node)));
    return TagFilter{.kind = Kind::kImages, .images = std::move(*ids)};
  }

  ExpressionResult<TagFilter> Join(Kind kind, const query::Node& left, const query::Node& right) {
    TagFilter filter{.kind = kind};
    for (const query::Node* side : {&left, &right}) {
      LK_ASSIGN(TagFilter child, ToFilter(*side));
      filter.of.push_back(std::move(child));
    }
    return filter;
  }

  size_t CharacterOf(const query::Node& node) const {
    return static_cast<size_t>(std::ranges::count_if(
        text_.substr(0, node.position), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }

  std::unexpected<ExpressionFault> Misplaced(const query::Node& node) const {
    const std::string operand = query::Print(node);
    query::ParseError error;
    error.message = fmt::format("{} puts pictures in an order, it does not say which", operand);
    error.position = node.position;
    error.character = CharacterOf(node);
    error.hint = fmt::format("take it out of || and NOT, and write it beside the others: ..., {}", operand);
    return std::unexpected(ExpressionFault(query::ToError(error), error.character));
  }

  std::string_view text_;
  const TermLookup& terms_;
  const SetLookup& sets_;
  Expression& out_;
};

}  // namespace

std::vector<index::TermId> TermLookup::Find(char kind, const query::Pattern& pattern) const {
  if (!pattern.wildcard()) {
    std::vector<std::string> names;
    if (rules_ && kind == static_cast<char>(TermKind::kTag))
      names = rules_->Expand(pattern.text());
    else
      names.push_back(FoldText(pattern.text()));
    std::vector<index::TermId> terms;
    for (const std::string& name : names)
      if (index::TermId term = tags_.Find(kind + name)) terms.push_back(term);
    return terms;
  }
  std::vector<std::string> parts;
  for (const std::string& part : pattern.parts) parts.push_back(FoldText(part));
  parts.front().insert(parts.front().begin(), kind);
  return tags_.Match(parts);
}

bool FitsFolded(const query::Pattern& pattern, std::string_view text) {
  const std::string folded = FoldText(text);
  std::string_view rest = folded;
  if (!pattern.wildcard()) return rest == FoldText(pattern.text());
  const std::string first = FoldText(pattern.parts.front()), last = FoldText(pattern.parts.back());
  if (rest.size() < first.size() + last.size() || !rest.starts_with(first) || !rest.ends_with(last)) return false;
  rest = rest.substr(first.size(), rest.size() - first.size() - last.size());
  for (size_t i = 1; i + 1 < pattern.parts.size(); ++i) {
    const std::string part = FoldText(pattern.parts[i]);
    const size_t at = rest.find(part);
    if (at == std::string_view::npos) return false;
    rest.remove_prefix(at + part.size());
  }
  return true;
}

ExpressionResult<Expression> CompileExpression(std::string_view text, const Limits& limits, const TermLookup& terms,
                                               const SetLookup& sets) {
  auto parsed = query::Parse(text, {.bytes_max = limits.query_bytes_max});
  if (!parsed) return std::unexpected(ExpressionFault(query::ToError(parsed.error()), parsed.error().character));
  Expression expression;
  expression.sort = parsed->sort;
  expression.text = query::Print(*parsed);
  if (!parsed->where) return expression;
  LK_TRY(Compiler(text, terms, sets, &expression).TakeTop(*parsed->where));
  return expression;
}

}  // namespace likeness::engine
