// How a character is read depends on where it stands:
//
//   && || ,      always operators, but in quoted text
//   ! -          NOT where an operand may begin: at the beginning, behind an operator, another NOT or a grouping '(',
//                with or without blanks between. Elsewhere text: man-made, nice!, a -b
//   "            begins quoted text where an operand or the value of a known field may begin, and behind '~'
//   (            groups where an operand may begin. Within a tag it and its ')' are text: fate (series); with an
//   operator
//                between the two an operator is missing before the bracket
//   )            belongs to the nearest open '('
//
// A '(' that nothing closes is text: forest(wi(nter), (a. But where it stands at the beginning of an operand and an
// operator or quoted text follows, it groups to the end of the query, as if the missing ')' stood there: a&&(b||c
#include "query/lexer.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "query/fields.h"

namespace likeness::query {
namespace {

struct OpenBracket {
  size_t position;
  bool groups;              // stands where an operand may begin
  size_t token;             // its token, if it groups
  size_t operators_before;  // a larger count later means that an operator stands between
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::expected<std::vector<Token>, Fault> Run() {
    while (at_ < text_.size()) {
      if (auto fault = Step()) return std::unexpected(std::move(*fault));
    }
    SupplyClosing();
    return WithOperands();
  }

 private:
  void Add(TokenKind kind, size_t bytes) {
    tokens_.push_back({kind, at_, at_ + bytes});
    at_ += bytes;
  }

  std::optional<Fault> Step() {
    char c = text_[at_];
    std::string_view two = text_.substr(at_, 2);
    if (IsBlank(c)) {
      ++at_;
    } else if (two == "&&" || two == "||" || c == ',') {
      Add(two == "||" ? TokenKind::kOr : TokenKind::kAnd, c == ',' ? 1 : 2);
      ++operators_;
      operand_may_begin_ = true;
    } else if (c == '(') {
      open_.push_back({at_, operand_may_begin_, tokens_.size(), operators_});
      if (operand_may_begin_) {
        Add(TokenKind::kOpen, 1);
      } else {
        ++at_;
      }
    } else if (c == ')') {
      return Close();
    } else if (operand_may_begin_ && (c == '!' || c == '-')) {
      Add(TokenKind::kNot, 1);
      ++operators_;
    } else if (operand_may_begin_) {
      operand_may_begin_ = false;
      return Quoted();
    } else {
      ++at_;
    }
    return std::nullopt;
  }

  std::optional<Fault> Close() {
    if (open_.empty()) {
      return Fault{"this \")\" closes nothing", at_, "remove it, or put the tag in quotes, as in \"smile :)\""};
    }
    OpenBracket bracket = open_.back();
    open_.pop_back();
    operand_may_begin_ = false;
    if (bracket.groups) {
      Add(TokenKind::kClose, 1);
      return std::nullopt;
    }
    ++at_;
    if (operators_ == bracket.operators_before) return std::nullopt;
    return Fault{"an operator is missing before \"(\"", bracket.position,
                 "write && or || before it, or put the tag in quotes, as in \"salt (pepper, too)\""};
  }

  // An operand begins: one in quotes is taken whole, of any other only the first character.
  std::optional<Fault> Quoted() {
    size_t quote = at_;
    if (text_[at_] == '~') {
      ++operators_;
      for (++quote; quote < text_.size() && IsBlank(text_[quote]);) ++quote;
    } else if (auto field = MatchField(text_.substr(at_))) {
      quote += field->value_begin;
    }
    if (!QuoteBegins(text_, quote)) {
      ++at_;
      return std::nullopt;
    }
    size_t begin = at_, end = quote;
    for (; end < text_.size() && (text_[end] == '"' || text_[end] == '*');) {
      size_t next = text_[end] == '*' ? end + 1 : QuotedEnd(text_, end);
      if (next == std::string_view::npos) {
        return Fault{"the quoted text never ends", end,
                     "close it with \"; within quotes write \\\" for a quotation mark and \\\\ for a backslash"};
      }
      end = next;
    }
    ++operators_;
    tokens_.push_back({TokenKind::kOperand, begin, end});
    at_ = end;
    return std::nullopt;
  }

  void SupplyClosing() {
    size_t supplied = 0;
    for (const OpenBracket& bracket : open_) {
      if (!bracket.groups) continue;
      if (operators_ == bracket.operators_before) {
        // Text, and with it the brackets that follow: there is nothing else behind it.
        tokens_.resize(bracket.token);
        break;
      }
      ++supplied;
    }
    tokens_.insert(tokens_.end(), supplied, {TokenKind::kClose, text_.size(), text_.size()});
  }

  // Whatever stands between the tokens is an operand.
  std::vector<Token> WithOperands() const {
    std::vector<Token> out;
    size_t done = 0;
    auto take = [&](size_t to) {
      size_t begin = done, end = to;
      while (begin < end && IsBlank(text_[begin])) ++begin;
      while (end > begin && IsBlank(text_[end - 1])) --end;
      if (begin < end) out.push_back({TokenKind::kOperand, begin, end});
    };
    for (const Token& token : tokens_) {
      take(token.begin);
      out.push_back(token);
      done = token.end;
    }
    take(text_.size());
    out.push_back({TokenKind::kEnd, text_.size(), text_.size()});
    return out;
  }

  std::string_view text_;
  size_t at_ = 0;
  bool operand_may_begin_ = true;
  size_t operators_ = 0;
  std::vector<OpenBracket> open_;
  std::vector<Token> tokens_;
};

}  // namespace

std::expected<std::vector<Token>, Fault> Tokenize(std::string_view text) {
  return Lexer(text).Run();
}

size_t QuotedEnd(std::string_view text, size_t begin) {
  for (size_t i = begin + 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return std::string_view::npos;
}

bool QuoteBegins(std::string_view text, size_t at) {
  while (at < text.size() && text[at] == '*') ++at;
  return at < text.size() && text[at] == '"';
}

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
size_t FirstInvalidUtf8(std::string_view text) {
  auto byte = [&](size_t i) { return i < text.size() ? static_cast<uint8_t>(text[i]) : 0; };
  for (size_t i = 0; i < text.size();) {
    uint8_t lead = byte(i);
    size_t length = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4) return i;
    if (length > 1) {
      uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
      uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
      if (byte(i + 1) < low || byte(i + 1) > high) return i;
    }
    for (size_t k = 2; k < length; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return i;
    }
    i += length;
  }
  return text.size();
}

}  // namespace likeness::query
