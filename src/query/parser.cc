// The grammar. Precedence NOT 3, AND 2, OR 1; AND and OR associate to the left. Blanks around tokens mean nothing.
//
//   query    = or
//   or       = and { "||" and }
//   and      = not { ( "&&" | "," ) not }
//   not      = ( "!" | "-" ) not | primary
//   primary  = "(" or ")" | operand                 which "(" groups: lexer.cc; at the end of the query ")" may be
//   missing operand  = words | field | tag words    = "~" ( quoted | text ) field    = number ( ":" | "==" | ">=" |
//   "<=" | ">" | "<" ) value      number: width height pixels ratio size tags
//                                                                          rating, and date
//            | number ( ":" | "==" ) [ value ] ".." [ value ]
//            | name ( ":" | "==" ) pattern          name: camera lens format album author orientation has
//            | ( "colour" | "color" ) ":" [ "#" ] hex
//            | ( "like" | "copy-of" ) ":" id
//            | "sort" ":" [ "-" ] order             beside && only, once in a query
//   tag      = pattern
//   pattern  = text | { quoted | "*" }              "*" in text, and beside quoted text, is a wildcard
//   quoted   = '"' { character | "\" character } '"'
//   text     = whatever else stands between two operators, without the blanks around it
//
// Names of fields are not case-sensitive. A name that is no field's makes a tag: artist:shishkin. The names alone are
// tags too ("camera", "size"), but width and height.
#include "query/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "query/fields.h"
#include "query/lexer.h"
#include "query/operand.h"

namespace likeness::query {
namespace {

using MaybeNode = std::expected<NodePtr, Fault>;  // null: only an order stood there

class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, const ParseOptions& options)
      : text_(text), tokens_(std::move(tokens)), options_(options) {}

  std::expected<Query, Fault> Run() {
    auto where = ParseOr(0);
    if (!where) return std::unexpected(std::move(where).error());
    if (Next().kind != TokenKind::kEnd) return MissingOperator();
    return Query{*std::move(where), sort_};
  }

 private:
  const Token& Next() const { return tokens_[at_]; }
  std::string_view Text(const Token& token) const { return text_.substr(token.begin, token.end - token.begin); }

  static std::unexpected<Fault> Refuse(std::string message, size_t position, std::string hint) {
    return std::unexpected(Fault{std::move(message), position, std::move(hint)});
  }

  template <typename T>
  static NodePtr Join(NodePtr left, NodePtr right) {
    size_t position = left->position;
    return std::make_unique<const Node>(Node{T{std::move(left), std::move(right)}, position});
  }

  MaybeNode ParseOr(size_t depth) {
    bool had_sort = sort_.has_value();
    auto left = ParseAnd(depth);
    while (left && Next().kind == TokenKind::kOr) {
      ++at_;
      auto right = ParseAnd(depth);
      if (!right) return right;
      if (sort_.has_value() != had_sort) return MisplacedSort("||");
      left = Join<Or>(*std::move(left), *std::move(right));
    }
    return left;
  }

  MaybeNode ParseAnd(size_t depth) {
    auto left = ParseNot(depth);
    while (left && Next().kind == TokenKind::kAnd) {
      ++at_;
      auto right = ParseNot(depth);
      if (!right) return right;
      if (!*left) {
        left = std::move(right);
      } else if (*right) {
        left = Join<And>(*std::move(left), *std::move(right));
      }
    }
    return left;
  }

  MaybeNode ParseNot(size_t depth) {
    bool had_sort = sort_.has_value();
    size_t first = at_;
    while (Next().kind == TokenKind::kNot) ++at_;
    size_t count = at_ - first;
    auto node = ParsePrimary(depth + count);
    if (!node || count == 0) return node;
    if (sort_.has_value() != had_sort) return MisplacedSort(Text(tokens_[first]));
    for (size_t i = first + count; i-- > first;) {
      node = std::make_unique<const Node>(Node{Not{*std::move(node)}, tokens_[i].begin});
    }
    return node;
  }

  MaybeNode ParsePrimary(size_t depth) {
    const Token& token = Next();
    if (depth > options_.depth_max) {
      return Refuse(fmt::format("the query is nested more than {} deep", options_.depth_max), token.begin,
                    "remove brackets and repeated NOTs that it does not need");
    }
    if (token.kind == TokenKind::kOpen) {
      ++at_;
      auto inside = ParseOr(depth + 1);
      if (!inside) return inside;
      // The lexer gave every grouping bracket its end, so that anything else here lacks an operator before it.
      if (Next().kind != TokenKind::kClose) return MissingOperator();
      ++at_;
      return inside;
    }
    if (token.kind != TokenKind::kOperand) return MissingOperand();
    if (++operands_ > options_.operands_max) {
      return Refuse(fmt::format("the query has more than {} operands", options_.operands_max), token.begin,
                    "search for less at once; a wildcard, as in forest*, may stand for many tags");
    }
    ++at_;
    auto operand = ParseOperand(text_, token.begin, token.end);
    if (!operand) return std::unexpected(std::move(operand).error());
    if (auto* node = std::get_if<NodePtr>(&*operand)) return std::move(*node);
    if (sort_) return Refuse("the query has two orders", token.begin, "leave one sort: in it");
    sort_ = std::get<Sort>(*operand);
    sort_position_ = token.begin;
    return NodePtr();
  }

  std::unexpected<Fault> MissingOperator() const {
    const Token& token = Next();
    bool quoted = tokens_[at_ - 1].kind == TokenKind::kOperand;
    return Refuse(
        fmt::format("an operator is missing behind {}", quoted ? "the quoted text" : "\")\""), token.begin,
        "write && or || between the two; a tag with brackets at its beginning or with quotation marks goes in "
        "quotes, as in \"(a) b\"");
  }

  std::unexpected<Fault> MissingOperand() const {
    const Token& token = Next();
    const char* hint = "write a tag there, or remove the operator; a tag with operators in it goes in quotes";
    if (tokens_.size() == 1) return Refuse("the query is empty", 0, "type a tag, as in forest");
    bool at_beginning = at_ == 0;
    const Token& before = tokens_[at_beginning ? 0 : at_ - 1];
    if (!at_beginning && before.kind == TokenKind::kOpen && token.kind == TokenKind::kClose) {
      return Refuse("the brackets are empty", before.begin, "write a tag between them, or remove them");
    }
    if (token.begin == token.end) {
      return Refuse(fmt::format("a tag is missing behind \"{}\"", Text(before)), token.begin, hint);
    }
    return Refuse(fmt::format("a tag is missing before \"{}\"", Text(token)), token.begin, hint);
  }

  std::unexpected<Fault> MisplacedSort(std::string_view beside) const {
    return Refuse(fmt::format("sort: orders the whole query and cannot stand beside \"{}\"", beside), sort_position_,
                  "put the rest in brackets, as in (a||b)&&sort:newest");
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  const ParseOptions& options_;
  size_t at_ = 0;
  size_t operands_ = 0;
  std::optional<Sort> sort_;
  size_t sort_position_ = 0;
};

std::expected<Query, Fault> ParseText(std::string_view text, const ParseOptions& options) {
  if (text.size() > options.bytes_max) {
    return std::unexpected(Fault{
        fmt::format("the query has {} bytes, more than limits.query_bytes_max = {}", text.size(), options.bytes_max),
        options.bytes_max, "search for less at once"});
  }
  if (size_t at = FirstInvalidUtf8(text); at < text.size()) {
    return std::unexpected(Fault{"the query is not valid UTF-8", at, "send it as UTF-8"});
  }
  auto control = std::ranges::find_if(
      text, [](char c) { return !IsBlank(c) && (static_cast<unsigned char>(c) < 0x20 || c == 0x7F); });
  if (control != text.end()) {
    return std::unexpected(Fault{"the query has a control character", static_cast<size_t>(control - text.begin()),
                                 "remove it; no tag has one"});
  }
  auto tokens = Tokenize(text);
  if (!tokens) return std::unexpected(std::move(tokens).error());
  return Parser(text, *std::move(tokens), options).Run();
}

// Bytes that begin a character, so that a position in broken UTF-8 counts too.
size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

std::expected<Query, ParseError> Parse(std::string_view text, const ParseOptions& options) {
  auto query = ParseText(text, options);
  if (query) return *std::move(query);
  Fault& fault = query.error();
  size_t position = std::min(fault.position, text.size());
  return std::unexpected(
      ParseError{std::move(fault.message), position, Characters(text.substr(0, position)), std::move(fault.hint)});
}

Error ToError(const ParseError& error) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("cannot read the query at character {}: {}", error.character + 1, error.message), error.hint};
}

}  // namespace likeness::query
