// The tree of a search expression: plain values, owned by the Query, never changed after the parser made them. What a
// tag, an album or an id refers to is the business of whoever evaluates the tree. Thread-safe, being immutable.
//
// && and || are binary and associate to the left, as written: a&&b&&c is And(And(a, b), c). The tree is at most as deep
// as ParseOptions allows, so that walking it by recursion is safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace likeness::query {

struct Node;
using NodePtr = std::unique_ptr<const Node>;

// Words with '*' for any run of characters, an empty one too: the literal parts between the stars. "for*st" is
// {"for", "st"}, "forest*" is {"forest", ""}; one part is exact text. No part but the first and the last is empty.
// Valid UTF-8 without control characters, as written: folding case and normalising is the index's part.
struct Pattern {
  std::vector<std::string> parts;

  bool wildcard() const { return parts.size() > 1; }
  // The text of an exact pattern. REQUIRES: !wildcard().
  const std::string& text() const { return parts.front(); }

  bool operator==(const Pattern&) const = default;
};

struct And {
  NodePtr left, right;
};
struct Or {
  NodePtr left, right;
};
struct Not {
  NodePtr child;
};

struct Tag {
  Pattern name;
  bool operator==(const Tag&) const = default;
};

// kBetween takes both ends in.
enum class Op { kEqual, kAtLeast, kAtMost, kLess, kGreater, kBetween };

enum class NumberField {
  kWidth,   // pixels, upright
  kHeight,  // pixels, upright
  kPixels,  // width times height
  kRatio,   // width divided by height
  kSize,    // bytes of the original
  kTags,    // how many tags it has
  kRating,  // -1 to 5, 0 where nobody gave one
};

// An exact fraction in lowest terms; the denominator is positive, and 1 for every field but kRatio.
struct Number {
  int64_t numerator = 0;
  int64_t denominator = 1;
  bool operator==(const Number&) const = default;
};

struct Comparison {
  NumberField field;
  Op op = Op::kEqual;
  Number value;  // the smaller end of kBetween
  Number max;    // the larger end of kBetween; 0 otherwise
  bool operator==(const Comparison&) const = default;
};

// A year, a month or a day of the proleptic Gregorian calendar; month and day are 0 where not given. It stands for that
// whole span: == is inside it, < before its first day, > after its last, <= and >= take it in.
struct Date {
  int year = 0;   // 1 to 9999
  int month = 0;  // 1 to 12
  int day = 0;
  bool operator==(const Date&) const = default;
};

// When the photo was taken.
struct DateComparison {
  Op op = Op::kEqual;
  Date value;
  Date max;  // of kBetween only
  bool operator==(const DateComparison&) const = default;
};

enum class TextField { kCamera, kLens, kFormat, kAlbum, kAuthor, kOrientation, kHas };

// kOrientation: "landscape", "portrait" or "square". kHas: a name of HasNames() in fields.h. The others: any pattern.
struct TextMatch {
  TextField field;
  Pattern value;
  bool operator==(const TextMatch&) const = default;
};

// Ranked signals: how near a picture is to a colour, a picture of the library, or a meaning.
struct Colour {
  uint32_t rgb = 0;  // 0xRRGGBB
  bool operator==(const Colour&) const = default;
};
struct Like {
  uint64_t id = 0;  // from 1
  bool operator==(const Like&) const = default;
};
struct Words {
  std::string text;
  bool operator==(const Words&) const = default;
};

// The copies of a picture, cropped or edited ones too.
struct CopyOf {
  uint64_t id = 0;  // from 1
  bool operator==(const CopyOf&) const = default;
};

struct Node {
  std::variant<And, Or, Not, Tag, Comparison, DateComparison, TextMatch, Colour, Like, CopyOf, Words> value;
  size_t position = 0;  // where it begins in the text, bytes; not compared
};

enum class SortKey {
  kTaken,
  kAdded,
  kSize,
  kPixels,
  kWidth,
  kHeight,
  kRatio,
  kTags,
  kRating,
  kName,
  kRandom,
  kRelevance
};

// The largest or the latest first, names from A to Z; `reversed` turns it round (never with kRandom, kRelevance).
struct Sort {
  SortKey key = SortKey::kTaken;
  bool reversed = false;
  bool operator==(const Sort&) const = default;
};

struct Query {
  NodePtr where;  // null: every picture
  std::optional<Sort> sort;
};

bool operator==(const Node& a, const Node& b);
bool operator==(const Query& a, const Query& b);

// Functions by operand, for std::visit.
template <typename... Fs>
struct Overloaded : Fs... {
  using Fs::operator()...;
};
template <typename... Fs>
Overloaded(Fs...) -> Overloaded<Fs...>;  // clang 16 cannot do without

}  // namespace likeness::query
