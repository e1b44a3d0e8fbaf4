// Trees to text and back, and to JSON.
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "query/parser.h"
#include "query/printer.h"

namespace likeness::query {
namespace {

TEST(Print, CanonicalText) {
  const std::pair<const char*, const char*> rows[] = {
      {" a , ( b || c ) ", "a&&(b||c)"},
      {"(a&&b)||c", "a&&b||c"},
      {"a&&(b&&c)", "a&&(b&&c)"},
      {"a||(b||c)", "a||(b||c)"},
      {"!!(a)", "--a"},
      {"-(a,b)", "-(a&&b)"},
      {"(fate (series))", "fate (series)"},
      {"a(b||c", "\"a(b\"||c"},
      {"(a", "\"(a\""},
      {"\"forest\"", "forest"},
      {"\"forest*\"", "\"forest*\""},
      {"\"a,b\"*", "\"a,b\"*"},
      {"a&&&b", "a&&\"&b\""},
      {"a&&\"b&\"", "a&&\"b&\""},
      {R"("a\\b")", R"(a\b)"},
      {R"("\"a\\")", R"("\"a\\")"},
      {"\"width\"", "\"width\""},
      {"\"size:large\"", "\"size:large\""},
      {"color:fa0", "colour:#ffaa00"},
      {"sort:newest&&(a||b)", "(a||b)&&sort:newest"},
      {"sort:largest", "sort:pixels"},
      {"size:1500000", "size==1500kB"},
      {"~snow", "~\"snow\""},
  };
  for (auto [text, canonical] : rows) {
    auto query = Parse(text);
    ASSERT_TRUE(query.has_value()) << text << ": " << query.error().message;
    EXPECT_EQ(Print(*query), canonical) << "for: " << text;
  }
}

// Trees that a parser could have made, of pieces that are hard to print.
class RandomTree {
 public:
  explicit RandomTree(uint32_t seed) : random_(seed) {}

  Query Make() {
    Query query;
    if (Below(10) > 0) query.where = MakeNode(Below(7));
    if (!query.where || Below(4) == 0) {
      query.sort = Sort{static_cast<SortKey>(Below(12)), false};
      if (query.sort->key < SortKey::kRandom) query.sort->reversed = Below(2) == 0;
    }
    return query;
  }

 private:
  int Below(int end) { return static_cast<int>(random_() % static_cast<uint32_t>(end)); }

  template <typename T>
  static NodePtr Wrap(T value) {
    return std::make_unique<const Node>(Node{std::move(value), 0});
  }

  std::string Text() {
    static const char* const kPieces[] = {"a",  "b",  " ",    "-",     "!",     "(",     ")",    "&",     "|",    "&&",
                                          ",",  "||", "\"",   "\\",    "*",     ":",     "лес",  "width", ">",    "5",
                                          "..", "~",  "date", "like:", "has:x", "sort:", "size", "=",     "\\\"", "😀"};
    std::string out;
    for (int i = Below(6); i >= 0; --i) out += kPieces[Below(static_cast<int>(std::size(kPieces)))];
    return out.find_first_not_of(' ') == std::string::npos ? out + "x" : out;
  }

  Pattern MakePattern() {
    Pattern pattern{{Text()}};
    if (Below(3) > 0) return pattern;
    for (int i = Below(3); i >= 0; --i) pattern.parts.push_back(Text());
    if (Below(2) == 0) pattern.parts.front().clear();
    if (Below(2) == 0) pattern.parts.back().clear();
    return pattern;
  }

  // As long as the larger end is drawn from above the smaller one, every range is sound.
  NodePtr MakeComparison() {
    Comparison out{
        .field = static_cast<NumberField>(Below(7)), .op = static_cast<Op>(Below(6)), .value = {}, .max = {}};
    if (out.field == NumberField::kRatio) {
      static const Number kRatios[] = {{-3, 2}, {0, 1}, {1, 3}, {1, 1}, {16, 9}, {999'999'999'999'999, 1}};
      int low = Below(5);
      out.value = kRatios[low];
      if (out.op == Op::kBetween) out.max = kRatios[low + 1 + Below(5 - low)];
      return Wrap(out);
    }
    static const int64_t kScales[] = {1, 1000, 1024, 1'000'000, 1'000'000'000, 999'999'999};
    out.value.numerator = (Below(2000) - 500) * kScales[Below(6)];
    if (out.op == Op::kBetween) out.max.numerator = out.value.numerator + Below(100) * kScales[Below(6)];
    return Wrap(out);
  }

  Date MakeDate(int year) {
    Date date{year, Below(13), 0};
    if (date.month > 0) date.day = Below(29);
    return date;
  }

  NodePtr MakeLeaf() {
    switch (Below(10)) {
      case 0:
        return MakeComparison();
      case 1: {
        DateComparison out{static_cast<Op>(Below(6)), MakeDate(1 + Below(5000)), {}};
        if (out.op == Op::kBetween) out.max = MakeDate(out.value.year + 1 + Below(10));
        return Wrap(out);
      }
      case 2:
        return Wrap(TextMatch{static_cast<TextField>(Below(5)), MakePattern()});
      case 3:
        return Wrap(TextMatch{TextField::kHas, {{"gps"}}});
      case 4:
        return Wrap(Colour{static_cast<uint32_t>(Below(1 << 24))});
      case 5:
        return Below(2) ? Wrap(Like{1u + static_cast<uint64_t>(Below(1000))}) : Wrap(CopyOf{999'999'999'999'999u});
      case 6:
        return Wrap(Words{Text()});
      default:
        return Wrap(Tag{MakePattern()});
    }
  }

  NodePtr MakeNode(int depth) {
    if (depth == 0) return MakeLeaf();
    int kind = Below(4);
    if (kind == 0) return Wrap(Not{MakeNode(depth - 1)});
    if (kind == 1) return MakeLeaf();
    NodePtr left = MakeNode(depth - 1), right = MakeNode(depth - 1);
    if (kind == 2) return Wrap(And{std::move(left), std::move(right)});
    return Wrap(Or{std::move(left), std::move(right)});
  }

  std::mt19937 random_;
};

TEST(Print, EveryTreeReadsBackAsItself) {
  for (uint32_t seed = 1; seed <= 20'000; ++seed) {
    Query query = RandomTree(seed).Make();
    std::string text = Print(query);
    auto again = Parse(text, {.bytes_max = text.size()});
    ASSERT_TRUE(again.has_value()) << "seed " << seed << ": " << text << "\n" << again.error().message;
    ASSERT_TRUE(*again == query) << "seed " << seed << ": " << text << "\n" << Print(*again);
    ASSERT_EQ(Print(*again), text) << "seed " << seed;
  }
}

TEST(Print, TreesDiffer) {
  EXPECT_FALSE(*Parse("a&&b") == *Parse("b&&a"));
  EXPECT_FALSE(*Parse("a&&b") == *Parse("a||b"));
  EXPECT_FALSE(*Parse("a") == *Parse("a&&sort:newest"));
  EXPECT_FALSE(*Parse("sort:newest") == *Parse("a&&sort:newest"));
  EXPECT_TRUE(*Parse(" a , b") == *Parse("a&&b"));
}

TEST(Print, Json) {
  const std::pair<const char*, const char*> rows[] = {
      {"лес, -\"a\\\"b\"", R"({"ast":{"kind":"and","of":[{"kind":"tag","text":"лес","at":0},{"kind":"not","of":[)"
                           R"({"kind":"tag","text":"a\"b","at":9}],"at":8}],"at":0},"sort":null,"text":"лес&&-a\"b"})"},
      {"for*||width:1..2",
       R"({"ast":{"kind":"or","of":[{"kind":"tag","text":"for*","wildcard":true,"parts":["for",""],"at":0},)"
       R"({"kind":"number","field":"width","op":"..","value":1,"max":2,"at":6}],"at":0},"sort":null,)"
       R"("text":"for*||width==1..2"})"},
      {"ratio>1.5&&sort:-size", R"({"ast":{"kind":"number","field":"ratio","op":">","value":[3,2],"at":0},)"
                                R"("sort":{"by":"size","reversed":true},"text":"ratio>3:2&&sort:-size"})"},
      {"sort:oldest", R"({"ast":{"kind":"all"},"sort":{"by":"oldest","reversed":false},"text":"sort:oldest"})"},
      {"date:2023..2024-05", R"({"ast":{"kind":"date","op":"..","value":"2023","max":"2024-05","at":0},"sort":null,)"
                             R"("text":"date==2023..2024-05"})"},
      {"camera:x", R"({"ast":{"kind":"field","field":"camera","text":"x","at":0},"sort":null,"text":"camera:x"})"},
      {"colour:#fa0", R"({"ast":{"kind":"colour","value":"#ffaa00","at":0},"sort":null,"text":"colour:#ffaa00"})"},
      {"copy-of:7", R"({"ast":{"kind":"copy-of","id":7,"at":0},"sort":null,"text":"copy-of:7"})"},
      {"like:7", R"({"ast":{"kind":"like","id":7,"at":0},"sort":null,"text":"like:7"})"},
      {"~x", R"({"ast":{"kind":"words","text":"x","at":0},"sort":null,"text":"~\"x\""})"},
  };
  for (auto [text, json] : rows) {
    auto query = Parse(text);
    ASSERT_TRUE(query.has_value()) << text;
    EXPECT_EQ(ToJson(*query), json) << "for: " << text;
  }
  auto error = Parse("лес,,b");
  ASSERT_FALSE(error.has_value());
  EXPECT_EQ(ToJson(error.error()),
            R"({"error":{"message":"a tag is missing before \",\"","position":4,"byte":7,)"
            R"("hint":"write a tag there, or remove the operator; a tag with operators in it goes in quotes"}})");
}

}  // namespace
}  // namespace likeness::query
