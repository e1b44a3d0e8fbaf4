#include "query/printer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "query/fields.h"

namespace likeness::query {
namespace {

// Whether text that is no pattern reads back as itself wherever an operand may stand, and, being a tag, as a tag.
bool IsPlain(std::string_view text, bool is_tag) {
  if (text.empty() || IsBlank(text.front()) || IsBlank(text.back())) return false;
  if (text.contains("&&") || text.contains("||") || text.contains(',')) return false;
  // Beside "&&" and "||" these would be read in another way.
  if (text.back() == '&' || text.back() == '|' || text.front() == '&' || text.front() == '|') return false;
  if (text.front() == '"' || text.starts_with("*\"")) return false;
  if (is_tag && (std::string_view("!-~(").contains(text.front()) || MatchField(text) || IsBareSide(text))) return false;
  int open = 0;
  for (char c : text) {
    open += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (open < 0) return false;
  }
  return open == 0;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + '"';
}

std::string Starred(const Pattern& pattern) {
  return fmt::format("{}", fmt::join(pattern.parts, "*"));
}

std::string PrintPattern(const Pattern& pattern, bool is_tag) {
  std::string plain = Starred(pattern);
  bool stars_in_text = std::ranges::any_of(pattern.parts, [](const std::string& part) { return part.contains('*'); });
  if (!stars_in_text && IsPlain(plain, is_tag)) return plain;
  std::string out;
  for (size_t i = 0; i < pattern.parts.size(); ++i) {
    if (i > 0) out.push_back('*');
    if (!pattern.parts[i].empty()) out += Quoted(pattern.parts[i]);
  }
  return out;
}

std::string PrintNumber(NumberField field, const Number& number) {
  constexpr std::array<std::pair<std::string_view, int64_t>, 4> size_units = {
      {{"TB", 1'000'000'000'000}, {"GB", 1'000'000'000}, {"MB", 1'000'000}, {"kB", 1000}}};
  if (number.denominator != 1) return fmt::format("{}:{}", number.numerator, number.denominator);
  if (number.numerator != 0 && field == NumberField::kSize) {
    for (auto [name, factor] : size_units) {
      if (number.numerator % factor == 0) return fmt::format("{}{}", number.numerator / factor, name);
    }
  }
  if (number.numerator != 0 && field == NumberField::kPixels && number.numerator % 1'000'000 == 0) {
    return fmt::format("{}MP", number.numerator / 1'000'000);
  }
  return fmt::format("{}", number.numerator);
}

std::string PrintDate(const Date& date) {
  if (date.month == 0) return fmt::format("{:04}", date.year);
  if (date.day == 0) return fmt::format("{:04}-{:02}", date.year, date.month);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::string PrintColour(const Colour& colour) {
  return fmt::format("#{:06x}", colour.rgb);
}

enum Precedence { kOr = 1, kAnd = 2, kNot = 3, kOperand = 4 };

Precedence PrecedenceOf(const Node& node) {
  if (std::holds_alternative<Or>(node.value)) return kOr;
  if (std::holds_alternative<And>(node.value)) return kAnd;
  return std::holds_alternative<Not>(node.value) ? kNot : kOperand;
}

void PrintTo(const Node& node, Precedence least, std::string& out) {
  bool brackets = PrecedenceOf(node) < least;
  if (brackets) out.push_back('(');
  std::visit(Overloaded{
                 [&](const And& n) {
                   PrintTo(*n.left, kAnd, out);
                   out += "&&";
                   PrintTo(*n.right, kNot, out);
                 },
                 [&](const Or& n) {
                   PrintTo(*n.left, kOr, out);
                   out += "||";
                   PrintTo(*n.right, kAnd, out);
                 },
                 [&](const Not& n) {
                   out.push_back('-');
                   PrintTo(*n.child, kNot, out);
                 },
                 [&](const Tag& n) { out += PrintPattern(n.name, true); },
                 [&](const Comparison& n) {
                   out += fmt::format("{}{}{}", Name(n.field), Symbol(n.op), PrintNumber(n.field, n.value));
                   if (n.op == Op::kBetween) out += ".." + PrintNumber(n.field, n.max);
                 },
                 [&](const DateComparison& n) {
                   out += fmt::format("date{}{}", Symbol(n.op), PrintDate(n.value));
                   if (n.op == Op::kBetween) out += ".." + PrintDate(n.max);
                 },
                 [&](const TextMatch& n) { out += fmt::format("{}:{}", Name(n.field), PrintPattern(n.value, false)); },
                 [&](const Colour& n) { out += "colour:" + PrintColour(n); },
                 [&](const Like& n) { out += fmt::format("like:{}", n.id); },
                 [&](const CopyOf& n) { out += fmt::format("copy-of:{}", n.id); },
                 [&](const Words& n) { out += "~" + Quoted(n.text); },
             },
             node.value);
  if (brackets) out.push_back(')');
}

std::pair<std::string_view, bool> SortName(const Sort& sort) {
  auto exact = std::ranges::find_if(Sorts(), [&](const SortRow& row) { return row.sort == sort; });
  if (exact != Sorts().end()) return {exact->name, false};
  return {std::ranges::find_if(Sorts(), [&](const SortRow& row) { return row.sort.key == sort.key; })->name, true};
}

std::string PatternJson(const Pattern& pattern) {
  std::string out = fmt::format(R"("text":{})", JsonQuote(Starred(pattern)));
  if (!pattern.wildcard()) return out;
  out += R"(,"wildcard":true,"parts":[)";
  for (size_t i = 0; i < pattern.parts.size(); ++i) out += (i > 0 ? "," : "") + JsonQuote(pattern.parts[i]);
  return out + ']';
}

std::string NumberJson(NumberField field, const Number& number) {
  if (field == NumberField::kRatio) return fmt::format("[{},{}]", number.numerator, number.denominator);
  return fmt::format("{}", number.numerator);
}

std::string_view OpJson(Op op) {
  return op == Op::kBetween ? ".." : Symbol(op);
}

void JsonTo(const Node& node, std::string& out) {
  auto join = [&](std::string_view kind, const auto&... children) {
    out += fmt::format(R"("kind":"{}","of":[)", kind);
    bool first = true;
    ((out += std::exchange(first, false) ? "" : ",", JsonTo(*children, out)), ...);
    out.push_back(']');
  };
  out.push_back('{');
  std::visit(Overloaded{
                 [&](const And& n) { join("and", n.left, n.right); },
                 [&](const Or& n) { join("or", n.left, n.right); },
                 [&](const Not& n) { join("not", n.child); },
                 [&](const Tag& n) { out += R"("kind":"tag",)" + PatternJson(n.name); },
                 [&](const Comparison& n) {
                   out += fmt::format(R"("kind":"number","field":"{}","op":"{}","value":{})", Name(n.field),
                                      OpJson(n.op), NumberJson(n.field, n.value));
                   if (n.op == Op::kBetween) out += R"(,"max":)" + NumberJson(n.field, n.max);
                 },
                 [&](const DateComparison& n) {
                   out += fmt::format(R"("kind":"date","op":"{}","value":"{}")", OpJson(n.op), PrintDate(n.value));
                   if (n.op == Op::kBetween) out += fmt::format(R"(,"max":"{}")", PrintDate(n.max));
                 },
                 [&](const TextMatch& n) {
                   out += fmt::format(R"("kind":"field","field":"{}",{})", Name(n.field), PatternJson(n.value));
                 },
                 [&](const Colour& n) { out += fmt::format(R"("kind":"colour","value":"{}")", PrintColour(n)); },
                 [&](const Like& n) { out += fmt::format(R"("kind":"like","id":{})", n.id); },
                 [&](const CopyOf& n) { out += fmt::format(R"("kind":"copy-of","id":{})", n.id); },
                 [&](const Words& n) { out += R"("kind":"words","text":)" + JsonQuote(n.text); },
             },
             node.value);
  out += fmt::format(R"(,"at":{}}})", node.position);
}

}  // namespace

std::string Print(const Node& node) {
  std::string out;
  PrintTo(node, kOr, out);
  return out;
}

std::string Print(const Query& query) {
  std::string out;
  if (query.where) PrintTo(*query.where, query.sort ? kAnd : kOr, out);
  if (query.sort) {
    auto [name, turned] = SortName(*query.sort);
    out += fmt::format("{}sort:{}{}", out.empty() ? "" : "&&", turned ? "-" : "", name);
  }
  return out;
}

std::string ToJson(const Query& query) {
  std::string out = R"({"ast":)";
  if (query.where) {
    JsonTo(*query.where, out);
  } else {
    out += R"({"kind":"all"})";
  }
  out += R"(,"sort":)";
  if (query.sort) {
    auto [name, turned] = SortName(*query.sort);
    out += fmt::format(R"({{"by":"{}","reversed":{}}})", name, turned);
  } else {
    out += "null";
  }
  return out + R"(,"text":)" + JsonQuote(Print(query)) + '}';
}

std::string ToJson(const ParseError& error) {
  return fmt::format(R"({{"error":{{"message":{},"position":{},"byte":{},"hint":{}}}}})", JsonQuote(error.message),
                     error.character, error.position, JsonQuote(error.hint));
}

}  // namespace likeness::query
