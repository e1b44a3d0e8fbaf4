#include "query/operand.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "query/fields.h"
#include "query/values.h"

namespace likeness::query {
namespace {

using Answer = std::expected<std::variant<NodePtr, Sort>, Fault>;

std::string Joined(std::span<const std::string_view> names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

// "; as a tag: "size:large"", so that tags that look like fields can be found too.
std::string OrTag(std::string_view operand) {
  return operand.contains('"') ? ""
                               : fmt::format("; a tag of this name goes in quotes: \"{}\"", CleanText(operand, 60));
}

std::optional<Op> FindOp(std::string_view symbol) {
  if (symbol == ":") return Op::kEqual;
  for (Op op : {Op::kEqual, Op::kAtLeast, Op::kAtMost, Op::kLess, Op::kGreater}) {
    if (symbol == Symbol(op)) return op;
  }
  return std::nullopt;
}

class FieldParser {
 public:
  FieldParser(std::string_view operand, size_t begin, const FieldUse& use)
      : operand_(operand), begin_(begin), use_(use), value_(operand.substr(use.value_begin)) {}

  Answer Parse() {
    auto op = FindOp(use_.op);
    bool compares = use_.row->kind == FieldKind::kNumber || use_.row->kind == FieldKind::kDate;
    if (!op || (!compares && *op != Op::kEqual)) return WrongOperator(compares);
    op_ = *op;
    switch (use_.row->kind) {
      case FieldKind::kNumber:
        return ParseRange<Comparison>([&](std::string_view text) { return ParseNumber(use_.row->number, text); },
                                      [](const Number& low, const Number& high) { return Less(high, low); });
      case FieldKind::kDate:
        return ParseRange<DateComparison>(ParseDate,
                                          [](const Date& low, const Date& high) { return After(low, high); });
      case FieldKind::kText:
        return ParseText();
      case FieldKind::kColour:
        return Leaf<Colour>(ParseColour(value_));
      case FieldKind::kLike:
        return Leaf<Like>(ParseId(value_));
      case FieldKind::kCopyOf:
        return Leaf<CopyOf>(ParseId(value_));
      case FieldKind::kSort:
        break;
    }
    return ParseSort();
  }

 private:
  std::unexpected<Fault> Refuse(BadValue bad, size_t offset = 0) const {
    return std::unexpected(
        Fault{std::move(bad.message), begin_ + use_.value_begin + offset, std::move(bad.hint) + OrTag(operand_)});
  }

  template <typename T>
  Answer Make(T value) const {
    return std::make_unique<const Node>(Node{std::move(value), begin_});
  }
  template <typename T, typename V>
  Answer Leaf(Value<V> value) const {
    if (!value) return Refuse(std::move(value).error());
    return Make(T{*std::move(value)});
  }

  std::unexpected<Fault> WrongOperator(bool compares) const {
    std::string_view name = use_.row->name;
    std::string hint = fmt::format("write it as {}", use_.row->example);
    if (compares && use_.op == "=") hint = fmt::format("write {}==VALUE", name);
    if (compares && use_.op == "!=") hint = fmt::format("write -{}==VALUE", name);
    if (compares && use_.op == "=>") hint = fmt::format("write {}>=VALUE", name);
    if (compares && use_.op == "=<") hint = fmt::format("write {}<=VALUE", name);
    return std::unexpected(Fault{fmt::format("{} takes no operator \"{}\"", name, use_.op), begin_ + use_.op_begin,
                                 hint + OrTag(operand_)});
  }

  // A..B takes both ends in; an end that is left out makes it >= or <=.
  template <typename T, typename ParseOne, typename Reversed>
  Answer ParseRange(ParseOne parse, Reversed reversed) const {
    T out{};
    if constexpr (std::is_same_v<T, Comparison>) out.field = use_.row->number;
    out.op = op_;
    size_t dots = op_ == Op::kEqual ? value_.find("..") : std::string_view::npos;
    std::string_view low = Trim(value_.substr(0, dots));
    std::string_view high = dots == std::string_view::npos ? low : Trim(value_.substr(dots + 2));
    bool open = dots != std::string_view::npos && low.empty() != high.empty();
    if (open) out.op = low.empty() ? Op::kAtMost : Op::kAtLeast;
    auto first = parse(open && low.empty() ? high : low);
    if (!first) return Refuse(std::move(first).error(), open && low.empty() ? dots + 2 : 0);
    out.value = *first;
    if (dots != std::string_view::npos && !open) {
      auto second = parse(high);
      if (!second) return Refuse(std::move(second).error(), dots + 2);
      if (reversed(*first, *second)) {
        return Refuse({"the range ends before it begins", "write the smaller value first, as in width:1000..2000"});
      }
      out.op = Op::kBetween;
      out.max = *second;
    }
    return Make(std::move(out));
  }

  Answer ParseText() const {
    if (value_.empty()) {
      return Refuse({fmt::format("{} takes a text, not nothing", use_.row->name),
                     fmt::format("write for example {}", use_.row->example)});
    }
    auto pattern = ParsePattern(value_);
    if (!pattern) return Refuse(std::move(pattern).error());
    std::span<const std::string_view> names;
    if (use_.row->text == TextField::kHas) names = HasNames();
    if (use_.row->text == TextField::kOrientation) names = OrientationNames();
    if (!names.empty()) {
      auto name = std::ranges::find_if(
          names, [&](std::string_view n) { return !pattern->wildcard() && EqualsIgnoringCase(n, pattern->text()); });
      if (name == names.end()) {
        return Refuse({fmt::format("{} takes no \"{}\"", use_.row->name, CleanText(value_, 60)),
                       "it takes one of " + Joined(names)});
      }
      pattern->parts = {std::string(*name)};
    }
    return Make(TextMatch{use_.row->text, *std::move(pattern)});
  }

  Answer ParseSort() const {
    bool turned = value_.starts_with('-');
    std::string_view name = turned ? value_.substr(1) : value_;
    auto row = std::ranges::find_if(Sorts(), [&](const SortRow& r) { return EqualsIgnoringCase(r.name, name); });
    if (row == Sorts().end()) {
      std::vector<std::string_view> names;
      for (const SortRow& r : Sorts()) names.push_back(r.name);
      return Refuse(
          {fmt::format("there is no order \"{}\"", CleanText(value_, 60)), "it takes one of " + Joined(names)});
    }
    Sort sort = row->sort;
    if (turned && (sort.key == SortKey::kRandom || sort.key == SortKey::kRelevance)) {
      return Refuse({fmt::format("the order {} cannot be reversed", row->name), "remove the \"-\""});
    }
    sort.reversed ^= turned;
    return sort;
  }

  std::string_view operand_;
  size_t begin_;
  FieldUse use_;
  std::string_view value_;
  Op op_ = Op::kEqual;
};

}  // namespace

Answer ParseOperand(std::string_view text, size_t begin, size_t end) {
  std::string_view operand = text.substr(begin, end - begin);
  auto fail = [&](BadValue bad) { return std::unexpected(Fault{std::move(bad.message), begin, std::move(bad.hint)}); };
  if (operand.starts_with('~')) {
    auto words = ParsePlainText(Trim(operand.substr(1)));
    if (!words) return fail(std::move(words).error());
    return std::make_unique<const Node>(Node{Words{*std::move(words)}, begin});
  }
  if (auto use = MatchField(operand)) return FieldParser(operand, begin, *use).Parse();
  if (IsBareSide(operand)) {
    return fail({fmt::format("{} must be compared with a number", CleanText(operand, 60)),
                 "write for example width>=1920" + OrTag(operand)});
  }
  auto name = ParsePattern(operand);
  if (!name) return fail(std::move(name).error());
  return std::make_unique<const Node>(Node{Tag{*std::move(name)}, begin});
}

}  // namespace likeness::query
