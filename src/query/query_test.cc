// The language as a table: what each expression means, or where and why it is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "query/parser.h"
#include "query/printer.h"

namespace likeness::query {
namespace {

std::string Starred(const Pattern& pattern) {
  std::string out = pattern.parts[0];
  for (size_t i = 1; i < pattern.parts.size(); ++i) out += "<*>" + pattern.parts[i];
  return out;
}

// A(a,b), O(a,b), N(a); tags as their bare text, a wildcard as <*>; the rest in canonical text, between < and >.
std::string Shape(const Node& node) {
  if (auto* n = std::get_if<And>(&node.value)) return "A(" + Shape(*n->left) + "," + Shape(*n->right) + ")";
  if (auto* n = std::get_if<Or>(&node.value)) return "O(" + Shape(*n->left) + "," + Shape(*n->right) + ")";
  if (auto* n = std::get_if<Not>(&node.value)) return "N(" + Shape(*n->child) + ")";
  if (auto* n = std::get_if<Tag>(&node.value)) return Starred(n->name);
  if (auto* n = std::get_if<TextMatch>(&node.value); n != nullptr && n->value.wildcard())
    return "<" + Print(node) + "|" + Starred(n->value) + ">";
  return "<" + Print(node) + ">";
}

std::string Shape(const std::string& text) {
  auto query = Parse(text);
  if (!query) return "error";
  std::string out = query->where ? Shape(*query->where) : "all";
  if (query->sort) out += " " + Print(Query{nullptr, query->sort});
  return out;
}

struct Row {
  const char* text;
  const char* shape;
};

void CheckAll(const std::vector<Row>& rows) {
  for (const Row& row : rows) EXPECT_EQ(Shape(std::string(row.text)), row.shape) << "for: " << row.text;
}

TEST(Query, DocumentedExamples) {
  CheckAll({
      {"forest&&height>=1920&&width>=1080", "A(A(forest,<height>=1920>),<width>=1080>)"},
      {"forest(wi(nter) || nice!", "O(forest(wi(nter),nice!)"},
      {"(a||b)&&(-a||-b", "A(O(a,b),O(N(a),N(b)))"},
      {"(a||b)&&(-a||-b)", "A(O(a,b),O(N(a),N(b)))"},
      {"a&&(b||c)", "A(a,O(b,c))"},
      {"winter&&(forest||field)", "A(winter,O(forest,field))"},
      {"autumn, -forest", "A(autumn,N(forest))"},
      {"winter&&!(forest||tree)", "A(winter,N(O(forest,tree)))"},
      {"sea&&width==1920&&height==1080", "A(A(sea,<width==1920>),<height==1080>)"},
      {"mountains,width>2000,height>2000", "A(A(mountains,<width>2000>),<height>2000>)"},
      {"water && width<1000&&height<1000", "A(A(water,<width<1000>),<height<1000>)"},
      {"tag1&&(tag2||tag3)", "A(tag1,O(tag2,tag3))"},
      {"winter&&(rarity||fluttershy)", "A(winter,O(rarity,fluttershy))"},
      {"applejack&&width==1920&&height==1080", "A(A(applejack,<width==1920>),<height==1080>)"},
      {"rainbow dash && width<1000&&height<1000", "A(A(rainbow dash,<width<1000>),<height<1000>)"},
      {"(first_name=john||last_name=john)&&phone=12345678", "A(O(first_name=john,last_name=john),phone=12345678)"},
  });
}

TEST(Query, Not) {
  CheckAll({
      {"a", "a"},
      {"-a", "N(a)"},
      {"!a", "N(a)"},
      {"- a", "N(a)"},
      {"! a", "N(a)"},
      {" -a", "N(a)"},
      {"a,-b", "A(a,N(b))"},
      {"a&&-b", "A(a,N(b))"},
      {"a &&-b", "A(a,N(b))"},
      {"a,!b", "A(a,N(b))"},
      {"a&& -b", "A(a,N(b))"},
      {"a || !b", "O(a,N(b))"},
      {"a ,\t-\n b", "A(a,N(b))"},
      {"!!a", "N(N(a))"},
      {"--a", "N(N(a))"},
      {"-!a", "N(N(a))"},
      {"- ! - a", "N(N(N(a)))"},
      {"a&&!-b", "A(a,N(N(b)))"},
      {"a&&!(-b)", "A(a,N(N(b)))"},
      {"( - a)", "N(a)"},
      {"a-b", "a-b"},
      {"a - b", "a - b"},
      {"a!", "a!"},
      {"a!b", "a!b"},
      {"rock-n-roll", "rock-n-roll"},
      {"man-made", "man-made"},
      {"far-away horizon", "far-away horizon"},
      {"semi-enclosed area", "semi-enclosed area"},
      {"canal/urban", "canal/urban"},
      {"waiting in line", "waiting in line"},
      {"-far-away horizon", "N(far-away horizon)"},
      {"!a!", "N(a!)"},
      {"-a-", "N(a-)"},
      {"a--b", "a--b"},
      {"a!-b", "a!-b"},
      {"a -b", "a -b"},
      {"a !b", "a !b"},
  });
}

TEST(Query, PrecedenceAndAssociation) {
  CheckAll({
      {"a||b&&c", "O(a,A(b,c))"},
      {"a&&b||c", "O(A(a,b),c)"},
      {"a||b,c", "O(a,A(b,c))"},
      {"a,b||c,d", "O(A(a,b),A(c,d))"},
      {"a||b&&c||d", "O(O(a,A(b,c)),d)"},
      {"a , b || c", "O(A(a,b),c)"},
      {"a&&b&&c", "A(A(a,b),c)"},
      {"a,b,c", "A(A(a,b),c)"},
      {"a||b||c", "O(O(a,b),c)"},
      {"a&&!b||c", "O(A(a,N(b)),c)"},
      {"!a,b||c", "O(A(N(a),b),c)"},
      {"-a,-b,-c", "A(A(N(a),N(b)),N(c))"},
      {"-(a||b)&&c", "A(N(O(a,b)),c)"},
      {"!(a,b)", "N(A(a,b))"},
      {"!(a||b)&&!(c||d)", "A(N(O(a,b)),N(O(c,d)))"},
      {"a||!(b&&!c)", "O(a,N(A(b,N(c))))"},
      {"a&&-(b||-c)", "A(a,N(O(b,N(c))))"},
      {"((a||b)&&c)||d", "O(A(O(a,b),c),d)"},
      {"a&&(b||(c&&(d||e)))", "A(a,O(b,A(c,O(d,e))))"},
      {"(a||b)&&(c||d)", "A(O(a,b),O(c,d))"},
      {"a&b", "a&b"},
      {"a|b", "a|b"},
      {"a|||b", "O(a,|b)"},
      {"a&&&b", "A(a,&b)"},
  });
}

TEST(Query, Brackets) {
  CheckAll({
      {"(a)", "a"},
      {"a&&(b)", "A(a,b)"},
      {"(-a)", "N(a)"},
      {"(!a)", "N(a)"},
      {"-(a)", "N(a)"},
      {"!(a)", "N(a)"},
      {"a||(-b)", "O(a,N(b))"},
      {"a(b)", "a(b)"},
      {"a (b)", "a (b)"},
      {"a()", "a()"},
      {"a(b)(c)", "a(b)(c)"},
      {"fate (series)", "fate (series)"},
      {"smile (-_-)", "smile (-_-)"},
      {"fate (series)&&b", "A(fate (series),b)"},
      {"-fate (series)", "N(fate (series))"},
      {"(fate (series))", "fate (series)"},
      {"-(a (b))", "N(a (b))"},
      {"a (b) && c (d)", "A(a (b),c (d))"},
      {"((a))", "a"},
      {"!((a))", "N(a)"},
      {"(a-b)", "a-b"},
      {"(-a-b)", "N(a-b)"},
      {"(a!||b)", "O(a!,b)"},
      {"a&&(b-c)", "A(a,b-c)"},
      {"(())", "error"},
      {"a)", "error"},
      {"a)b", "error"},
      {"(a))", "error"},
      {"smile :)", "error"},
      {"a&&b||c)", "error"},
      {"(forest(wi(nter)||nice!)", "error"},
      {"x(a||b)", "error"},
      {"(a||b)c", "error"},
      {"(a)b", "error"},
      {"(a)-b", "error"},
      {"foo(bar,baz)", "error"},
      {"a(b&&c)d", "error"},
      {"(a)!", "error"},
      {"(a)(b)", "error"},
  });
}

TEST(Query, BracketThatNothingCloses) {
  CheckAll({
      {"(a", "(a"},
      {"a(b", "a(b"},
      {"((a)", "((a)"},
      {"forest(wi(nter)", "forest(wi(nter)"},
      {"a&&(b||c", "A(a,O(b,c))"},
      {"a&&(b", "A(a,(b)"},
      {"(-a", "N(a)"},
      {"((a)||b", "O(a,b)"},
      {"a&&((b||c)&&d", "A(a,A(O(b,c),d))"},
      {"a&&(b||(c&&d", "A(a,O(b,A(c,d)))"},
      {"(a||(b", "O(a,(b)"},
      {"(\"x\"", "x"},
      {"(~x", "<~\"x\">"},
      {"a (b||c", "O(a (b,c)"},
      {"(a||b)&&(", "A(O(a,b),()"},
  });
}

TEST(Query, Empty) {
  for (const char* text :
       {"",     "   ",    "&&",      "||",    ",",     "!",     "-",    "()",    "a&&", "&&a",   "a||", "a&&-",
        "a,,b", "a&&&&b", "a|| ||b", "a,&&b", "a&&()", "(a||)", "\"\"", "\" \"", "~",   "~\"\"", "- -", "(||"}) {
    EXPECT_EQ(Shape(std::string(text)), "error") << "for: " << text;
  }
}

TEST(Query, WidthAndHeight) {
  CheckAll({
      {"width>1000", "<width>1000>"},
      {"width > 1000", "<width>1000>"},
      {"width>=1000", "<width>=1000>"},
      {"width<1000", "<width<1000>"},
      {"width<=1000", "<width<=1000>"},
      {"width==1000", "<width==1000>"},
      {"width:1000", "<width==1000>"},
      {"-width>1000", "N(<width>1000>)"},
      {"!height<10", "N(<height<10>)"},
      {"width>1000,-height<500", "A(<width>1000>,N(<height<500>))"},
      {"(width>1000||height>1000)&&sea", "A(O(<width>1000>,<height>1000>),sea)"},
      {"width>-5", "<width>-5>"},
      {"Width>1000", "<width>1000>"},
      {"1000<width", "1000<width"},
      {"widescreen", "widescreen"},
      {"widthfoo", "widthfoo"},
      {"width of a river", "width of a river"},
      {"heights>5", "heights>5"},
  });
  for (const char* text :
       {"width>10.7", "width>1e3", "width>=0x10", "width>", "width=1000", "width!=1000", "width>abc", "width===1000",
        "width>=height", "width>>1000", "width<1000>500", "width", "a&&width", "width=>1000", "width 1000",
        "width>1234567890123456", "width:", "width>--5", "width:\"5\""}) {
    EXPECT_EQ(Shape(std::string(text)), "error") << "for: " << text;
  }
}

TEST(Query, OrdinaryCharactersOfTags) {
  CheckAll({
      {"A&&a", "A(A,a)"},
      {"лес&&зима", "A(лес,зима)"},
      {"tag \"quoted\"", "tag \"quoted\""},
      {"(%a", "(%a"},
      {"a#-b", "a#-b"},
      {"a#_#b", "a#_#b"},
      {"artist:shishkin", "artist:shishkin"},
      {"artist : shishkin", "artist : shishkin"},
      {"a$b", "a$b"},
      {"{a}", "{a}"},
      {"[a]", "[a]"},
      {"{\"$gt\":\"\"}", "{\"$gt\":\"\"}"},
      {"' or 1=1 --", "' or 1=1 --"},
      {"a\\b", "a\\b"},
      {":)&&b", "error"},
      {"camera", "camera"},
      {"size", "size"},
      {"sort", "sort"},
      {"size!", "size!"},
  });
}

TEST(Query, Quotes) {
  CheckAll({
      {R"("red, white && blue")", "red, white && blue"},
      {R"q(-"smile :)"&&b)q", "A(N(smile :)),b)"},
      {R"("say \"hi\" \\ \x")", R"(say "hi" \ x)"},
      {R"( ( "a||b" ) )", "a||b"},
      {R"("width>1000")", "width>1000"},
      {R"("-a")", "-a"},
      {R"(" a ")", " a "},
      {"\"a\nb\"", "a b"},
      {R"("forest*")", "forest*"},
      {R"("a)", "error"},
      {R"("a" b)", "error"},
      {R"("a"b)", "error"},
      {R"("a\")", "error"},
      {R"(a&&"b)", "error"},
  });
}

TEST(Query, Wildcards) {
  CheckAll({
      {"forest*", "forest<*>"},
      {"*forest&&-win*r", "A(<*>forest,N(win<*>r))"},
      {"a**b", "a<*>b"},
      {"*", "<*>"},
      {"***", "<*>"},
      {R"("red, white"*)", "red, white<*>"},
      {R"q(*"(c)"*"d")q", "<*>(c)<*>d"},
      {R"("a*"*)", "a*<*>"},
      {R"("a""b")", "ab"},
      {"camera:Canon*", "<camera:Canon*|Canon<*>>"},
  });
}

TEST(Query, NumberFields) {
  CheckAll({
      {"width:1000..2000", "<width==1000..2000>"},
      {"width==1000 .. 2000", "<width==1000..2000>"},
      {"width:1000..", "<width>=1000>"},
      {"width:..2000", "<width<=2000>"},
      {"width:-5..-2", "<width==-5..-2>"},
      {"pixels>=12MP", "<pixels>=12MP>"},
      {"pixels<2500000", "<pixels<2500000>"},
      {"pixels:1.5mp", "<pixels==1500000>"},
      {"ratio==16:9", "<ratio==16:9>"},
      {"ratio:1920:1080", "<ratio==16:9>"},
      {"ratio>1.5", "<ratio>3:2>"},
      {"ratio:4:3..16:9", "<ratio==4:3..16:9>"},
      {"ratio:1", "<ratio==1>"},
      {"size>=500kB", "<size>=500kB>"},
      {"size<1.5 MB", "<size<1500kB>"},
      {"size:1GB..2GB", "<size==1GB..2GB>"},
      {"size>1KiB", "<size>1024>"},
      {"size>1000B", "<size>1kB>"},
      {"tags:0", "<tags==0>"},
      {"tags>=3", "<tags>=3>"},
      {"rating:4..5", "<rating==4..5>"},
      {"width:2000..1000", "error"},
      {"width>1000..2000", "error"},
      {"width:..", "error"},
      {"width:1..2..3", "error"},
      {"ratio:16:0", "error"},
      {"ratio:16:9..4:3", "error"},
      {"ratio:1.2345678", "error"},
      {"size:1.0001kB", "error"},
      {"size:5 parsecs", "error"},
      {"size>999999999999999TB", "error"},
      {"size:large", "error"},
  });
}

TEST(Query, Dates) {
  CheckAll({
      {"date:2023", "<date==2023>"},
      {"date==2023-05", "<date==2023-05>"},
      {"date:2023-05-17", "<date==2023-05-17>"},
      {"date>=2023-05", "<date>=2023-05>"},
      {"-date<2023", "N(<date<2023>)"},
      {"date:2022..2023-05", "<date==2022..2023-05>"},
      {"date:2023..2023-05", "<date==2023..2023-05>"},
      {"date:2023-05-17..", "<date>=2023-05-17>"},
      {"date:..1999", "<date<=1999>"},
      {"date:2024-02-29", "<date==2024-02-29>"},
      {"date:2023-02-29", "error"},
      {"date:1900-02-29", "error"},
      {"date:2023-13", "error"},
      {"date:2023-00", "error"},
      {"date:2023-05-32", "error"},
      {"date:2023-05-00", "error"},
      {"date:0000", "error"},
      {"date:23", "error"},
      {"date:2023-5", "error"},
      {"date:2023-", "error"},
      {"date:2023-05-17-01", "error"},
      {"date:17.05.2023", "error"},
      {"date:2023..2022", "error"},
      {"date:", "error"},
      {"date=2023", "error"},
  });
}

TEST(Query, TextFields) {
  CheckAll({
      {"camera:Canon EOS 5D", "<camera:Canon EOS 5D>"},
      {"camera: \"Canon, Inc. (5D)\" && sea", "A(<camera:\"Canon, Inc. (5D)\">,sea)"},
      {"CAMERA:x", "<camera:x>"},
      {"camera==x", "<camera:x>"},
      {"lens:*50mm*", "<lens:*50mm*|<*>50mm<*>>"},
      {"lens:EF (USM)", "<lens:EF (USM)>"},
      {"format:png||format:jpeg", "O(<format:png>,<format:jpeg>)"},
      {"album:-x", "<album:-x>"},
      {"-author:shishkin", "N(<author:shishkin>)"},
      {"orientation:Portrait", "<orientation:portrait>"},
      {"has:gps,-has:title", "A(<has:gps>,N(<has:title>))"},
      {"has:wings", "error"},
      {"has:g*", "error"},
      {"orientation:up", "error"},
      {"camera:", "error"},
      {"camera:\"\"", "error"},
      {"camera>x", "error"},
      {"camera=x", "error"},
  });
}

TEST(Query, RankedAndSorted) {
  CheckAll({
      {"colour:#ffaa00", "<colour:#ffaa00>"},
      {"color:FFAA00", "<colour:#ffaa00>"},
      {"colour:#fa0", "<colour:#ffaa00>"},
      {"sea&&like:42", "A(sea,<like:42>)"},
      {"-copy-of:7", "N(<copy-of:7>)"},
      {"~\"a photo of a forest, in snow\"&&width>1000", "A(<~\"a photo of a forest, in snow\">,<width>1000>)"},
      {"~ \"x\"", "<~\"x\">"},
      {"~snowy mountain, -people", "A(<~\"snowy mountain\">,N(people))"},
      {"sort:newest", "all sort:newest"},
      {"sea, sort:oldest, -people", "A(sea,N(people)) sort:oldest"},
      {"(a||b)&&sort:-size", "O(a,b) sort:-size"},
      {"sort:-newest&&a", "a sort:oldest"},
      {"a&&(sort:largest)", "a sort:pixels"},
      {"colour:orange", "error"},
      {"colour:#ffaa0", "error"},
      {"colour:#ffaa0g", "error"},
      {"colour:", "error"},
      {"like:0", "error"},
      {"like:x", "error"},
      {"like:", "error"},
      {"like>3", "error"},
      {"copy-of:-7", "error"},
      {"~\"x\"*", "error"},
      {"sort:best", "error"},
      {"sort:-random", "error"},
      {"sort:newest, sort:oldest", "error"},
      {"a||sort:newest", "error"},
      {"sort:newest||a", "error"},
      {"(a&&sort:newest)||b", "error"},
      {"b||(a&&sort:newest)", "error"},
      {"-sort:newest", "error"},
      {"-(a&&sort:newest)", "error"},
  });
}

struct ErrorRow {
  std::string text;
  size_t position, character;
  const char* message;
  const char* hint;
};

TEST(Query, ErrorsSayWhereAndTheWayOut) {
  const ErrorRow rows[] = {
      {"", 0, 0, "the query is empty", "type a tag"},
      {"a&&", 3, 3, "behind \"&&\"", "remove the operator"},
      {"a,,b", 2, 2, "before \",\"", "in quotes"},
      {"лес,,b", 7, 4, "before \",\"", "in quotes"},
      {"&&a", 0, 0, "before \"&&\"", ""},
      {"a && -", 6, 6, "behind \"-\"", ""},
      {"a&&()", 3, 3, "brackets are empty", ""},
      {"(a||)", 4, 4, "before \")\"", ""},
      {"smile :)", 7, 7, "closes nothing", "\"smile :)\""},
      {"foo (bar,baz)", 4, 4, "operator is missing before \"(\"", "quotes"},
      {"(a) b", 4, 4, "operator is missing behind \")\"", "&&"},
      {"\"a\" b", 4, 4, "behind the quoted text", "&&"},
      {"a && \"b", 5, 5, "never ends", "\\\""},
      {"a&&width=1000", 8, 8, "no operator \"=\"", "write width==VALUE"},
      {"width!=1000", 5, 5, "no operator \"!=\"", "-width==VALUE"},
      {"width=>1000", 5, 5, "no operator \"=>\"", "width>=VALUE"},
      {"sea&&width > 10.7", 13, 13, "a whole number, not \"10.7\"", "\"width > 10.7\""},
      {"width>", 6, 6, "not nothing", ""},
      {"width:1..x", 9, 9, "not \"x\"", ""},
      {"width:2..1", 6, 6, "ends before it begins", ""},
      {"width", 0, 0, "must be compared", "\"width\""},
      {"date:2023-02-29", 5, 5, "the calendar has no", "date:2023"},
      {"has:wings", 4, 4, "takes no \"wings\"", "gps"},
      {"a||b&&sort:newest", 6, 6, "cannot stand beside \"||\"", "brackets"},
      {"-sort:newest", 1, 1, "cannot stand beside \"-\"", ""},
      {"a\x01z", 1, 1, "control character", "remove"},
      {std::string("a\0b", 3), 1, 1, "control character", "remove"},
      {"\xD0\xBB\xC3(", 2, 1, "UTF-8", ""},
      {"a\xC0\x80", 1, 1, "UTF-8", ""},
      {"\xED\xA0\x80", 0, 0, "UTF-8", ""},
      {"\xF4\x90\x80\x80", 0, 0, "UTF-8", ""},
      {"ab\xE2\x82", 2, 2, "UTF-8", ""},
  };
  for (const ErrorRow& row : rows) {
    auto query = Parse(row.text);
    ASSERT_FALSE(query.has_value()) << "for: " << row.text;
    const ParseError& error = query.error();
    EXPECT_EQ(error.position, row.position) << "for: " << row.text;
    EXPECT_EQ(error.character, row.character) << "for: " << row.text;
    EXPECT_THAT(error.message, testing::HasSubstr(row.message)) << "for: " << row.text;
    EXPECT_THAT(error.hint, testing::HasSubstr(row.hint)) << "for: " << row.text;
    EXPECT_NE(error.hint, "") << "for: " << row.text;
  }
}

TEST(Query, Limits) {
  auto message = [](const std::string& text, const ParseOptions& options = {}) {
    auto query = Parse(text, options);
    return query ? std::string("none") : query.error().message;
  };
  EXPECT_EQ(message(std::string(4096, 'a')), "none");
  EXPECT_THAT(message(std::string(4097, 'a')), testing::HasSubstr("limits.query_bytes_max = 4096"));
  EXPECT_EQ(message(std::string(5000, 'a'), {.bytes_max = 5000}), "none");

  std::string operands = "a";
  for (int i = 1; i < 256; ++i) operands += ",a";
  EXPECT_EQ(message(operands), "none");
  EXPECT_THAT(message(operands + ",a"), testing::HasSubstr("more than 256 operands"));

  EXPECT_EQ(message(std::string(64, '-') + "a"), "none");
  EXPECT_THAT(message(std::string(65, '-') + "a"), testing::HasSubstr("more than 64 deep"));
  EXPECT_EQ(message(std::string(64, '(') + "a" + std::string(64, ')')), "none");
  EXPECT_THAT(message(std::string(65, '(') + "a" + std::string(65, ')')), testing::HasSubstr("more than 64 deep"));
  EXPECT_THAT(message(std::string(4095, '(') + "-"), testing::HasSubstr("more than 64 deep"));
  EXPECT_THAT(message(std::string(4096, '-')), testing::HasSubstr("more than 64 deep"));
  EXPECT_EQ(message(std::string(4096, '(')), "none");  // a tag, however odd
}

TEST(Query, NodesKnowWhereTheyBegin) {
  auto query = Parse("лес && -(b||c)");
  ASSERT_TRUE(query.has_value());
  const auto& both = std::get<And>(query->where->value);
  EXPECT_EQ(both.left->position, 0u);
  EXPECT_EQ(both.right->position, 10u);
  const auto& either = std::get<Or>(std::get<Not>(both.right->value).child->value);
  EXPECT_EQ(either.left->position, 12u);
  EXPECT_EQ(either.right->position, 15u);
}

TEST(Query, AsAnErrorOfOtherModules) {
  auto query = Parse("a,,b");
  ASSERT_FALSE(query.has_value());
  Error error = ToError(query.error());
  EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.message, "cannot read the query at character 3: a tag is missing before \",\"");
  EXPECT_NE(error.hint, "");
}

}  // namespace
}  // namespace likeness::query
