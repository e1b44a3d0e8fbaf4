// Words, looks, suggested tags and scores through the API.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/files.h"
#include "engine/model_store.h"
#include "http/api.h"
#include "http/test_library.h"

namespace likeness::http {
namespace {

namespace fs = std::filesystem;

fs::path SharedModels() {
  const char* set = std::getenv("LIKENESS_SHARED");
  const fs::path models = fs::path(set ? set : LIKENESS_SOURCE_DIR "/../shared") / "models";
  return fs::is_directory(models) ? models : fs::path();
}

class MeaningRoutesTest : public ::testing::Test {
 protected:
  TestLibrary lib;

  Response Post(const std::string& body) { return lib.Send("POST", "/api/v1/search", body); }
  void Pull(const std::string& model) {
    const auto report = engine::ModelStore(lib.library().folder() / "models")
                            .Pull({.model = model, .from = SharedModels(), .sha256 = {}}, {}, {});
    ASSERT_TRUE(report) << report.error().Text();
  }
};

TEST_F(MeaningRoutesTest, WithoutAModelTheAnswerSaysHowToGetOne) {
  const uint64_t id = lib.Import(1);
  for (const std::string& body :
       {std::string(R"({"text":["a dog"]})"), R"({"by":"look","like":)" + std::to_string(id) + "}"}) {
    const Response response = Post(body);
    EXPECT_EQ(response.status, 409) << response.text();
    EXPECT_NE(response.text().find("likeness models pull"), std::string::npos) << response.text();
  }
  const Json detail = lib.SendJson("GET", "/api/v1/images/" + std::to_string(id));
  EXPECT_GT(detail["quality"]["jpeg_quality"].AsInt(), 80);
  EXPECT_FALSE(detail["quality"].Has("score"));
  EXPECT_TRUE(detail["automatic_tags"].items().empty());
  EXPECT_TRUE(lib.SendJson("GET", "/api/v1/stats")["models"].items().empty());
}

TEST_F(MeaningRoutesTest, RefusesWhatIsNoSearch) {
  const uint64_t id = lib.Import(1);
  const std::string like = "\"like\":" + std::to_string(id);
  for (const std::string& body : {std::string("{}"), std::string(R"({"text":["-only minus"]})"),
                                  std::string(R"({"text":["x"],"colour":"#ff0000"})"), "{" + like + R"(,"expand":51})",
                                  "{" + like + R"(,"expand":-1})", "{" + like + R"(,"by":"smell"})",
                                  R"({"text":[")" + std::string(20'000, 'x') + "\"]}"}) {
    const Response response = Post(body);
    EXPECT_TRUE(response.status == 400 || response.status == 413) << body.substr(0, 60) << response.text();
  }
}

TEST_F(MeaningRoutesTest, ModelsAnswerAndPeopleDecide) {
  if (SharedModels().empty()) GTEST_SKIP() << "no shared model collection";
  for (const char* model : {"text-image-conse", "squeezenet-places365", "brisque-live"}) Pull(model);
  std::vector<uint64_t> ids;
  for (int seed = 1; seed <= 4; ++seed) ids.push_back(lib.Import(seed));
  const std::string like = "\"like\":" + std::to_string(ids[0]);
  EXPECT_EQ(Post("{" + like + R"(,"by":"look"})").status, 404) << "nobody has looked yet";
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/stats")["models"].items().size(), 3u);
  ASSERT_TRUE(lib.library().ApplyModels({}, {}));

  const Json words = lib.SendJson("POST", "/api/v1/search", R"({"text":["beach","-people"],"k":3})");
  ASSERT_EQ(words["results"].items().size(), 3u) << words.Dump();
  const Json& signal = words["results"].items()[0]["signals"].items()[0];
  EXPECT_EQ(signal["signal"].AsString(), "text");
  EXPECT_NEAR(signal["cosine"].AsDouble(), 1 - signal["distance"].AsDouble(), 1e-6);
  EXPECT_FALSE(words["partial"].AsBool());

  const Json alike = lib.SendJson("GET", "/api/v1/images/" + std::to_string(ids[0]) + "/similar?by=look&expand=2&k=2");
  ASSERT_EQ(alike["results"].items().size(), 2u);
  EXPECT_NE(alike["results"].items()[0]["id"].AsInt(), int64_t(ids[0]));
  const Json both = lib.SendJson("POST", "/api/v1/search", "{" + like + R"(,"by":"look","text":["beach"]})");
  EXPECT_EQ(both["results"].items()[0]["signals"].items().size(), 2u);

  std::string path, tag;
  for (uint64_t id : ids) {
    const Json detail = lib.SendJson("GET", "/api/v1/images/" + std::to_string(id));
    EXPECT_TRUE(detail["quality"].Has("score"));
    if (!tag.empty() || detail["automatic_tags"].items().empty()) continue;
    path = "/api/v1/images/" + std::to_string(id);
    const Json& suggested = detail["automatic_tags"].items()[0];
    tag = suggested["tag"].AsString();
    EXPECT_EQ(suggested["state"].AsString(), "suggested");
    EXPECT_EQ(suggested["model"].AsString(), "squeezenet-places365");
    EXPECT_GT(suggested["confidence"].AsDouble(), 0.29);
  }
  ASSERT_FALSE(tag.empty());
  const auto edit = [&](const char* what) {
    return lib.Send("PATCH", path, Json().Set(what, Json::MakeArray().Append(tag)).Dump(), kOwner);
  };
  EXPECT_EQ(edit("tags_accept").status, 200);
  EXPECT_EQ(lib.SendJson("GET", path)["tags"].items()[0].AsString(), tag);
  EXPECT_EQ(edit("tags_reject").status, 200);
  EXPECT_TRUE(lib.SendJson("GET", path)["tags"].items().empty());
  EXPECT_EQ(lib.SendJson("GET", path)["automatic_tags"].items()[0]["state"].AsString(), "rejected");
  // All or nothing.
  const std::string half =
      Json().Set("tags_accept", Json::MakeArray().Append(tag).Append("no such tag")).Set("title", "half").Dump();
  EXPECT_EQ(lib.Send("PATCH", path, half, kOwner).status, 404);
  EXPECT_TRUE(lib.SendJson("GET", path)["tags"].items().empty());
  EXPECT_NE(lib.SendJson("GET", path)["title"].AsString(), "half");

  // By a file's path, as the command asks.
  const Bytes picture = MakePicture(1, 400, 300);
  const fs::path file = lib.folder() / "query.jpg";
  ASSERT_TRUE(WriteFileAtomically(file, picture));
  const std::string by_file = Json().Set("path", file.string()).Set("by", "look").Set("expand", 2).Set("k", 2).Dump();
  const Response found = lib.Send("POST", "/local/v1/search", by_file, kOwner);
  EXPECT_EQ(found.status, 200) << found.text();
  EXPECT_EQ(ParseJson(found.text()).value()["results"].items()[0]["id"].AsInt(), int64_t(ids[0]));
}

}  // namespace
}  // namespace likeness::http
