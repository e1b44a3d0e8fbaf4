#include <gtest/gtest.h>

#include <fstream>

#include "feature/hash_text.h"
#include "http/api.h"
#include "http/test_library.h"

namespace likeness::http {
namespace {

class HashListRoutesTest : public ::testing::Test {
 protected:
  TestLibrary lib;

  Response Owner(const std::string& method, const std::string& target, const std::string& body = "") {
    return lib.Send(method, target, body, kOwner);
  }
  Json OwnerJson(const std::string& method, const std::string& target, const std::string& body = "") {
    return lib.SendJson(method, target, body, kOwner);
  }
  // The hash of a stored picture, as a line.
  std::string HashOf(uint64_t id) { return feature::ToHex(lib.library().GetFeatures(ImageId{id})->pdq.hash); }

  Response UploadList(const std::string& name, const std::string& text, const std::string& mode = "",
                      const std::string& skip_bad = "") {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/hash-lists";
    request.caller = kOwner;
    request.request_id = "test";
    auto field = [&](const char* field_name, const std::string& value) {
      Part part;
      part.name = field_name;
      part.bytes.assign(value.begin(), value.end());
      request.parts.push_back(part);
    };
    field("name", name);
    if (!mode.empty()) field("mode", mode);
    if (!skip_bad.empty()) field("skip_bad", skip_bad);
    Part file;
    file.name = "file";
    file.file_name = "list.csv";
    file.is_file = true;
    file.bytes.assign(text.begin(), text.end());
    file.length = text.size();
    request.parts.push_back(file);
    return lib.api().Handle(request, {}, CancelFlag());
  }
};

TEST_F(HashListRoutesTest, FromUploadToRemoval) {
  const uint64_t id = lib.Import(1);
  lib.Import(2);
  const std::string hash = HashOf(id);
  Response made = UploadList("spam", "hash,label\n" + hash + ",bad\n");
  ASSERT_EQ(made.status, 200) << made.text();
  EXPECT_EQ(ParseJson(made.text()).value()["list"]["entries"].AsInt(), 1);
  EXPECT_EQ(UploadList("spam", hash).status, 409);
  EXPECT_EQ(UploadList("spam", hash, "sideways").status, 400);
  EXPECT_EQ(UploadList("spam", hash + "\nx\n", "replace").status, 400);
  EXPECT_EQ(UploadList("spam", hash + ",90,bad\nx\n", "replace", "true").status, 200);
  EXPECT_EQ(UploadList("a/b", hash).status, 400);

  Json shown = OwnerJson("GET", "/api/v1/hash-lists/spam?limit=1");
  EXPECT_EQ(shown["entries"][size_t{0}]["hash"].AsString(), hash);
  EXPECT_EQ(shown["entries"][size_t{0}]["quality"].AsInt(), 90);
  EXPECT_TRUE(OwnerJson("GET", "/api/v1/hash-lists/spam?after=" + std::to_string(shown["next"].AsInt()))["entries"]
                  .items()
                  .empty());
  EXPECT_EQ(OwnerJson("PATCH", "/api/v1/hash-lists/spam", R"({"radius_bits":9})")["radius_bits"].AsInt(), 9);
  EXPECT_EQ(Owner("PATCH", "/api/v1/hash-lists/spam", R"({"radius_bits":65})").status, 400);
  EXPECT_EQ(Owner("PATCH", "/api/v1/hash-lists/spam", "{}").status, 400);

  Json library = OwnerJson("POST", "/api/v1/hash-lists/match", R"({"library":true})");
  EXPECT_EQ(library["count"].AsInt(), 1);
  EXPECT_EQ(library["ids"][size_t{0}].AsInt(), static_cast<int64_t>(id));
  EXPECT_EQ(library["images"][size_t{0}]["listed"][size_t{0}]["label"].AsString(), "bad");
  Json by_id = OwnerJson("POST", "/api/v1/hash-lists/match", "{\"ids\":[" + std::to_string(id) + "]}");
  EXPECT_EQ(by_id["results"][size_t{0}]["listed"][size_t{0}]["distance"].AsInt(-1), 0);
  Json by_hash = OwnerJson("POST", "/api/v1/hash-lists/match", "{\"hashes\":[\"" + hash + "\"]}");
  EXPECT_EQ(by_hash["results"][size_t{0}]["listed"][size_t{0}]["list"].AsString(), "spam");
  for (const char* bad : {"{}", R"({"ids":[1],"library":true})", R"({"hashes":["xyz"]})", R"({"ids":[0]})"})
    EXPECT_EQ(Owner("POST", "/api/v1/hash-lists/match", bad).status, 400) << bad;
  EXPECT_EQ(Owner("POST", "/api/v1/hash-lists/match", R"({"ids":[999]})").status, 404);

  Response csv = Owner("GET", "/api/v1/hash-lists/spam/export");
  EXPECT_EQ(csv.text(), "hash,quality,labels,status,severity,description,source\n" + hash + ",90,bad,,,,\n");
  Response json = Owner("GET", "/api/v1/hash-lists/spam/export?format=json");
  EXPECT_EQ(ParseJson(json.text()).value()[size_t{0}]["indicator"].AsString(), hash);
  EXPECT_EQ(Owner("GET", "/api/v1/hash-lists/spam/export?format=xml").status, 400);
  EXPECT_EQ(ParseJson(Owner("GET", "/api/v1/pdq-hashes?format=json").text()).value().items().size(), 2u);
  EXPECT_EQ(ParseJson(Owner("GET", "/api/v1/pdq-hashes?format=json&ids=1").text()).value().items().size(), 1u);
  EXPECT_EQ(Owner("GET", "/api/v1/pdq-hashes?ids=x").status, 400);
  EXPECT_EQ(Owner("GET", "/api/v1/pdq-hashes?ids=").status, 400);

  EXPECT_EQ(Owner("DELETE", "/api/v1/hash-lists/spam").status, 204);
  EXPECT_EQ(Owner("DELETE", "/api/v1/hash-lists/spam").status, 404);
  EXPECT_TRUE(OwnerJson("GET", "/api/v1/hash-lists")["lists"].items().empty());
}

TEST_F(HashListRoutesTest, VisitorsLearnNothingOfLists) {
  for (const char* path : {"/api/v1/hash-lists", "/api/v1/hash-lists/spam", "/api/v1/pdq-hashes"}) {
    Response response = lib.Send("GET", path);
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_EQ(ParseJson(response.text()).value()["message"].AsString(), "no such route") << path;
  }
}

// A server may refuse listed uploads; an upload cannot ask for less.
TEST_F(HashListRoutesTest, UploadsOfListedPictures) {
  const uint64_t id = lib.Import(1);
  ASSERT_EQ(UploadList("spam", HashOf(id) + ",90,bad\n").status, 200);
  ASSERT_EQ(lib.Send("DELETE", "/api/v1/images/" + std::to_string(id)).status, 204);
  const Bytes picture = MakePicture(1, 400, 300);
  Api::Options rejecting = Api::OptionsFor(&lib.analyzer(), &lib.library());
  rejecting.on_listed = engine::OnListed::kReject;
  Api strict(rejecting);
  auto upload = [&](Api& api, const std::string& on_listed) {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/images";
    request.request_id = "test";
    Part file, field;
    file.name = "file";
    file.file_name = "a.jpg";
    file.is_file = true;
    file.bytes = picture;
    file.length = picture.size();
    field.name = "on_listed";
    field.bytes.assign(on_listed.begin(), on_listed.end());
    request.parts = {field, file};
    return api.Handle(request, {}, CancelFlag());
  };
  for (const auto& [api, policy] : {std::pair{&strict, "report"}, std::pair{&lib.api(), "reject"}}) {
    Response refused = upload(*api, policy);
    EXPECT_EQ(refused.status, 403) << refused.text();
    EXPECT_NE(refused.text().find("the hash list \\\"spam\\\" (bad)"), std::string::npos) << refused.text();
  }
  EXPECT_EQ(upload(lib.api(), "perhaps").status, 400);
  Response taken = upload(lib.api(), "");
  ASSERT_EQ(taken.status, 200) << taken.text();
  Json result = ParseJson(taken.text()).value()["results"][size_t{0}];
  EXPECT_EQ(result["status"].AsString(), "imported");
  EXPECT_EQ(result["listed"][size_t{0}]["list"].AsString(), "spam");
  EXPECT_EQ(result["listed"][size_t{0}]["distance"].AsInt(-1), 0);
}

TEST_F(HashListRoutesTest, FilesOfTheOwner) {
  const uint64_t id = lib.Import(1);
  const std::string folder = lib.folder().string();
  std::ofstream(folder + "/list.json") << "[{\"type\":\"HASH_PDQ\",\"indicator\":\"" << HashOf(id)
                                       << "\",\"tags\":[\"x\"]}]";
  Json report = OwnerJson("POST", "/local/v1/hash-lists/import",
                          "{\"name\":\"spam\",\"path\":\"" + folder + "/list.json\",\"radius_bits\":20}");
  EXPECT_EQ(report["list"]["radius_bits"].AsInt(), 20);
  EXPECT_EQ(report["list"]["source"].AsString(), "list.json");
  for (const char* what : {"\"name\":\"spam\"", "\"library\":true"}) {
    Json written = OwnerJson("POST", "/local/v1/hash-lists/export",
                             "{" + std::string(what) + ",\"path\":\"" + folder + "/out.csv\"}");
    std::ifstream in(folder + "/out.csv");
    std::string header, line;
    std::getline(in, header);
    std::getline(in, line);
    EXPECT_TRUE(line.starts_with(HashOf(id))) << line;
  }
  EXPECT_EQ(Owner("POST", "/local/v1/hash-lists/export", "{\"path\":\"/x\"}").status, 400);
  EXPECT_EQ(Owner("POST", "/local/v1/hash-lists/import", R"({"name":"a","path":"/nothing/here"})").status, 404);
}

}  // namespace
}  // namespace likeness::http
