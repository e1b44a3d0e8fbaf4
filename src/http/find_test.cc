// Search expressions through Api::Handle.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_library.h"
#include "http/url.h"

namespace likeness::http {
namespace {

class FindRoutesTest : public testing::Test {
 protected:
  FindRoutesTest() {
    for (int seed = 1; seed <= 3; ++seed) ids.push_back(lib.Import(seed, 300 + 100 * seed, 300));
    Edit(0, R"({"tags_add":["Sea","red, white"]})");
    Edit(1, R"({"tags_add":["sea","people"]})");
  }
  void Edit(size_t which, const std::string& body) {
    ASSERT_EQ(lib.Send("PATCH", "/api/v1/images/" + std::to_string(ids[which]), body).status, 200);
  }
  Json Find(const std::string& expression, const std::string& rest = "") {
    return lib.SendJson("GET", "/api/v1/images?q=" + PercentEncode(expression) + rest);
  }

  TestLibrary lib;
  std::vector<uint64_t> ids;
};

TEST_F(FindRoutesTest, PagesWithTotals) {
  const Json first = Find("width>=400, sort:width", "&limit=2");
  EXPECT_EQ(first["total"].AsInt(), 3);
  EXPECT_TRUE(first["total_is_exact"].AsBool());
  EXPECT_EQ(first["expression"].AsString(), "width>=400&&sort:width");
  ASSERT_EQ(first["images"].items().size(), 2u);
  EXPECT_EQ(first["images"][0]["width"].AsInt(), 600);
  const Json second = Find("width>=400, sort:width", "&limit=2&cursor=" + first["next_cursor"].AsString());
  ASSERT_EQ(second["images"].items().size(), 1u);
  EXPECT_EQ(second["images"][0]["width"].AsInt(), 400);
  EXPECT_FALSE(second.Has("next_cursor"));
  EXPECT_EQ(Find("SEA, -people")["total"].AsInt(), 1);
  EXPECT_EQ(Find("nothing")["images"].items().size(), 0u);
}

TEST_F(FindRoutesTest, FaultsSayWhere) {
  struct Row {
    const char* expression;
    const char* code;
    int position;
  };
  for (const Row& row : {Row{"sea, width=1000", "invalid_argument", 10},
                         {"", "invalid_argument", 0},
                         {"море, a)", "invalid_argument", 7},
                         {"a || like:1", "invalid_argument", 5},
                         {"~\"snow\"", "failed_precondition", -1},
                         {"like:4711", "not_found", -1}}) {
    const Response response = lib.Send("GET", "/api/v1/images?q=" + PercentEncode(row.expression));
    const Json body = *ParseJson(response.text());
    EXPECT_EQ(body["code"].AsString(), row.code) << row.expression;
    EXPECT_EQ(response.status, std::string_view(row.code) == "invalid_argument" ? 400 : response.status);
    EXPECT_EQ(body.Has("position") ? body["position"].AsInt() : -1, row.position) << row.expression;
    EXPECT_FALSE(body["message"].AsString().empty());
    EXPECT_EQ(body["request_id"].AsString(), "test");
  }
  for (const char* bad : {"?q=sea&cursor=1.2", "?q=sea&cursor=x", "?q=sea&limit=0", "?q=sea&tag=sea", "?q=sea&ids=1"})
    EXPECT_EQ(lib.Send("GET", std::string("/api/v1/images") + bad).status, 400) << bad;
}

TEST_F(FindRoutesTest, TagsWithCounts) {
  const Json tags = lib.SendJson("GET", "/api/v1/tags/complete?prefix=SE")["tags"];
  ASSERT_EQ(tags.items().size(), 1u);
  EXPECT_EQ(tags[0]["tag"].AsString(), "Sea");
  EXPECT_EQ(tags[0]["count"].AsInt(), 2);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/tags/complete?prefix=red")["tags"][0]["expression"].AsString(),
            "\"red, white\"");
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/tags?q=people")["tags"].items().size(), 2u);
  EXPECT_EQ(lib.Send("GET", "/api/v1/tags?q=a)").status, 400);
}

TEST_F(FindRoutesTest, SimilarByTags) {
  const std::string route = "/api/v1/images/" + std::to_string(ids[0]) + "/similar?by=tags";
  const Json hits = lib.SendJson("GET", route)["results"];
  ASSERT_EQ(hits.items().size(), 1u);
  EXPECT_EQ(static_cast<uint64_t>(hits[0]["id"].AsInt()), ids[1]);
  EXPECT_EQ(hits[0]["signals"][0]["signal"].AsString(), "tags");
}

TEST_F(FindRoutesTest, TagRules) {
  const std::string rules = "/api/v1/tags/rules";
  EXPECT_EQ(lib.Send("PUT", rules, R"({"name":"ocean","target":"sea","kind":"alias"})").status, 200);
  EXPECT_EQ(Find("ocean")["total"].AsInt(), 2);
  EXPECT_EQ(lib.SendJson("GET", rules)["rules"][0]["kind"].AsString(), "alias");
  for (const char* bad :
       {"{}", R"({"name":"a","target":"b","kind":"c"})", R"({"name":"a","target":"A","kind":"alias"})"})
    EXPECT_EQ(lib.Send("PUT", rules, bad).status, 400) << bad;
  EXPECT_EQ(lib.Send("DELETE", rules, R"({"name":"ocean","target":"sea"})").status, 204);
  EXPECT_EQ(Find("ocean")["total"].AsInt(), 0);
  EXPECT_EQ(lib.Send("DELETE", rules, R"({"name":"ocean","target":"sea"})").status, 404);
}

}  // namespace
}  // namespace likeness::http
