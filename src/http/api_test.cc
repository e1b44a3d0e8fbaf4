// The contract through Api::Handle, on a real library of generated pictures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "http/test_library.h"

namespace likeness::http {
namespace {

std::string BytesOf(const Response& response) {
  if (response.extent.descriptor < 0) return std::string(response.text());
  std::string out(response.extent.length, '\0');
  EXPECT_EQ(pread(response.extent.descriptor, out.data(), out.size(), static_cast<off_t>(response.extent.offset)),
            ssize_t(out.size()));
  return out;
}

class ApiTest : public testing::Test {
 protected:
  TestLibrary lib;
};

TEST_F(ApiTest, UploadShowEditDelete) {
  Bytes picture = MakePicture(1, 400, 300);
  Json uploaded = *ParseJson(lib.Upload(picture, "../../été.jpg").text());
  const Json& outcome = uploaded["results"][0];
  ASSERT_EQ(outcome["status"].AsString(), "imported") << uploaded.Dump();
  std::string route = "/api/v1/images/" + std::to_string(outcome["id"].AsInt());

  Json image = lib.SendJson("GET", route);
  EXPECT_EQ(image["name"].AsString(), "été.jpg");
  EXPECT_EQ(image["width"].AsInt(), 400);
  EXPECT_EQ(image["format"].AsString(), "jpeg");
  EXPECT_EQ(image["sha256"].AsString(), ToHex(ComputeSha256(picture)));
  EXPECT_FALSE(image["placeholder"].AsString().empty());

  Json edited = lib.SendJson("PATCH", route, R"({"title":"A <b>title</b>","rating":4,"tags_add":["sea"," sky "]})");
  EXPECT_EQ(edited["title"].AsString(), "A <b>title</b>");
  EXPECT_EQ(edited["tags"].items().size(), 2u);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/images?tag=sky")["images"].items().size(), 1u);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/tags")["tags"][0]["count"].AsInt(), 1);
  for (const char* bad : {R"({"rating":6})", R"({"tagz":[]})", R"({"tags_add":"sea"})", "[]", "{", R"({"title":1})"})
    EXPECT_EQ(lib.Send("PATCH", route, bad).status, 400) << bad;

  EXPECT_EQ(lib.Send("DELETE", route + "?forever=true").status, 204);
  EXPECT_EQ(lib.Send("GET", route).status, 404);
  EXPECT_EQ(lib.Send("DELETE", route + "?forever=true").status, 404);
  EXPECT_EQ(lib.Send("GET", "/i/" + std::to_string(outcome["id"].AsInt()) + "/original").status, 404);
}

TEST_F(ApiTest, UploadTellsOfCopiesAndOverrides) {
  uint64_t first = lib.Import(1);
  Bytes same = MakePicture(1, 400, 300);
  Json again = *ParseJson(lib.Upload(same, "again.jpg").text());
  EXPECT_EQ(again["results"][0]["status"].AsString(), "duplicate");
  EXPECT_EQ(again["results"][0]["verdict"]["kind"].AsString(), "exact");
  EXPECT_EQ(again["results"][0]["verdict"]["of"].AsInt(), int64_t(first));
  EXPECT_FALSE(again["results"][0]["verdict"]["sentence"].AsString().empty());
  Json smaller = *ParseJson(lib.Upload(MakePicture(1, 400, 300, 50), "smaller.jpg").text());
  EXPECT_EQ(smaller["results"][0]["status"].AsString(), "duplicate") << smaller.Dump();
  EXPECT_EQ(smaller["results"][0]["verdict"]["kind"].AsString(), "same_picture");
  Json kept = *ParseJson(lib.Upload(same, "kept.jpg", "keep").text());
  EXPECT_EQ(kept["results"][0]["status"].AsString(), "imported");
  EXPECT_EQ(lib.Upload(same, "x.jpg", "no-such-policy").status, 400);
}

TEST_F(ApiTest, RefusesWhatIsNoPictureWithItsReason) {
  Response response = lib.Upload(Bytes{'<', 's', 'v', 'g', '>'}, "a.jpg");
  EXPECT_EQ(response.status, 415);
  Json json = *ParseJson(response.text());
  EXPECT_EQ(json["code"].AsString(), "unsupported");
  EXPECT_EQ(json["results"][0]["status"].AsString(), "rejected");
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/stats")["images"].AsInt(), 0);
}

TEST_F(ApiTest, ServesBytesWithRangesAndTags) {
  Bytes picture = MakePicture(3, 1000, 700);
  Json uploaded = *ParseJson(lib.Upload(picture, "a \"b\"\r\n.jpg").text());
  std::string route = "/i/" + std::to_string(uploaded["results"][0]["id"].AsInt()) + "/";
  Response whole = lib.Send("GET", route + "original");
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(BytesOf(whole), AsText(picture));
  EXPECT_EQ(*whole.header("Content-Type"), "image/jpeg");
  EXPECT_EQ(*whole.header("Content-Security-Policy"), "default-src 'none'; sandbox");
  EXPECT_EQ(*whole.header("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(*whole.header("Cache-Control"), testing::HasSubstr("immutable"));
  EXPECT_THAT(*lib.Send("GET", route + "original?download=1").header("Content-Disposition"),
              testing::AllOf(testing::StartsWith("attachment; filename=\"a _b_"),
                             testing::HasSubstr("filename*=UTF-8''a%20%22b%22")));
  std::string etag = *whole.header("ETag");
  EXPECT_THAT(etag, testing::MatchesRegex("\"[^\"]+\""));
  EXPECT_EQ(lib.Send("GET", route + "original", "", Caller{}, {{"if-none-match", "\"x\", " + etag}}).status, 304);
  EXPECT_NE(*lib.Send("GET", route + "thumb").header("ETag"), etag);
  EXPECT_EQ(lib.Send("GET", route + "preview").status, 200);
  EXPECT_EQ(lib.Send("GET", route + "huge").status, 404);

  struct Row {
    std::string range;
    int status;
    size_t first, length;
  };
  size_t n = picture.size();
  for (const Row& row :
       {Row{"bytes=0-0", 206, 0, 1}, Row{"bytes=10-19", 206, 10, 10}, Row{"bytes=5-", 206, 5, n - 5},
        Row{"bytes=-7", 206, n - 7, 7}, Row{"bytes=0-999999999", 206, 0, n}, Row{"bytes=-999999999", 206, 0, n},
        Row{"bytes=0-1,3-4", 200, 0, n}, Row{"lines=0-1", 200, 0, n}, Row{"bytes=9-5", 200, 0, n},
        Row{"bytes=a-b", 200, 0, n}, Row{"bytes=999999999-", 416, 0, 0}, Row{"bytes=-0", 416, 0, 0}}) {
    Response part = lib.Send("GET", route + "original", "", Caller{}, {{"range", row.range}});
    ASSERT_EQ(part.status, row.status) << row.range;
    if (row.status != 416) {
      EXPECT_EQ(BytesOf(part), AsText(picture).substr(row.first, row.length)) << row.range;
    }
    if (row.status == 206) {
      EXPECT_EQ(*part.header("Content-Range"), "bytes " + std::to_string(row.first) + "-" +
                                                   std::to_string(row.first + row.length - 1) + "/" +
                                                   std::to_string(n));
    }
  }
  EXPECT_EQ(lib.Send("GET", route + "original", "", Caller{}, {{"range", "bytes=0-0"}, {"if-range", "\"old\""}}).status,
            200);
}

TEST_F(ApiTest, ListsByPagesAndKeepsTheLayoutFresh) {
  std::vector<int64_t> ids;
  for (int seed = 10; seed < 15; ++seed) ids.push_back(static_cast<int64_t>(lib.Import(seed, 320, 200 + seed * 10)));
  std::vector<int64_t> seen;
  std::string cursor;
  for (int page = 0; page < 10; ++page) {
    Json json = lib.SendJson("GET", "/api/v1/images?limit=2&cursor=" + cursor);
    for (const Json& image : json["images"].items()) seen.push_back(image["id"].AsInt());
    cursor = json["next_cursor"].AsString();
    if (cursor.empty()) break;
  }
  EXPECT_THAT(seen, testing::UnorderedElementsAreArray(ids));
  Response first = lib.Send("GET", "/api/v1/layout");
  Json layout = *ParseJson(first.text());
  EXPECT_EQ(layout["total"].AsInt(), 5);
  std::vector<int64_t> order;
  for (const Json& id : layout["ids"].items()) order.push_back(id.AsInt());
  EXPECT_EQ(order, seen) << "the layout has the order of the list";
  EXPECT_EQ(layout["ratios"].items().size(), 5u);
  int64_t sum = 0;
  for (const Json& month : layout["months"].items()) sum += month["count"].AsInt();
  EXPECT_EQ(sum, 5);
  std::string etag = *first.header("ETag");
  EXPECT_EQ(lib.Send("GET", "/api/v1/layout", "", Caller{}, {{"if-none-match", etag}}).status, 304);
  lib.Send("DELETE", "/api/v1/images/" + std::to_string(ids[0]));
  Response later = lib.Send("GET", "/api/v1/layout", "", Caller{}, {{"if-none-match", etag}});
  EXPECT_EQ(later.status, 200);
  EXPECT_EQ((*ParseJson(later.text()))["total"].AsInt(), 4);
  Json some = lib.SendJson("GET", "/api/v1/images?ids=" + std::to_string(ids[1]) + ",999999," + std::to_string(ids[2]));
  EXPECT_EQ(some["images"].items().size(), 2u);
  for (const char* bad : {"?limit=0", "?limit=1001", "?limit=x", "?cursor=zz", "?ids=1,a", "?trashed=maybe"})
    EXPECT_EQ(lib.Send("GET", std::string("/api/v1/images") + bad).status, 400) << bad;
}

TEST_F(ApiTest, SearchesComparesAndDecides) {
  uint64_t a = lib.Import(21), b = lib.Import(22);
  Json copy = *ParseJson(lib.Upload(MakePicture(21, 400, 300, 60), "copy.jpg", "keep").text());
  int64_t c = copy["results"][0]["id"].AsInt();
  Json similar = lib.SendJson("GET", "/api/v1/images/" + std::to_string(a) + "/similar?by=copy&k=5");
  ASSERT_FALSE(similar["results"].items().empty());
  EXPECT_EQ(similar["results"][0]["id"].AsInt(), c);
  EXPECT_GE(similar["results"][0]["signals"][0]["rank"].AsInt(), 1);
  Json by_colour = lib.SendJson("POST", "/api/v1/search", R"({"colour":"#808080","k":2})");
  EXPECT_TRUE(by_colour["results"].is_array());
  EXPECT_LE(by_colour["results"].items().size(), 2u);
  for (const char* bad : {R"({})", R"({"colour":"#ff","k":2})", R"({"like":1,"colour":"#ffffff"})",
                          R"({"like":1,"by":"magic"})", R"({"like":-1})"})
    EXPECT_EQ(lib.Send("POST", "/api/v1/search", bad).status, 400) << bad;
  std::string pair = "{\"a\":" + std::to_string(a) + ",\"b\":" + std::to_string(c);
  EXPECT_EQ(lib.SendJson("POST", "/api/v1/compare", pair + "}")["verdict"]["kind"].AsString(), "same_picture");
  EXPECT_EQ(lib.SendJson("POST", "/api/v1/compare",
                         "{\"a\":" + std::to_string(a) + ",\"b\":" + std::to_string(b) + "}")["same_dimensions"]
                .AsBool(),
            true);

  // Importing anyway was a decision; once it is undone, the pair waits for one.
  Json kept = lib.SendJson("GET", "/api/v1/decisions")["decisions"];
  ASSERT_EQ(kept.items().size(), 1u);
  EXPECT_EQ(kept[0]["kind"].AsString(), "keep_both");
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/duplicates")["groups"].items().size(), 0u);
  EXPECT_EQ(lib.Send("DELETE", "/api/v1/decisions/" + std::to_string(kept[0]["id"].AsInt())).status, 204);
  ASSERT_EQ(lib.SendJson("GET", "/api/v1/duplicates")["groups"].items().size(), 1u);
  Json decision = lib.SendJson("POST", "/api/v1/decisions", pair + ",\"kind\":\"duplicate\"}");
  EXPECT_TRUE(lib.SendJson("GET", "/api/v1/images/" + std::to_string(c))["trashed"].AsBool());
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/images?trashed=true")["images"].items().size(), 1u);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/duplicates")["groups"].items().size(), 0u);
  EXPECT_EQ(lib.Send("DELETE", "/api/v1/decisions/" + std::to_string(decision["id"].AsInt())).status, 204);
  EXPECT_FALSE(lib.SendJson("GET", "/api/v1/images/" + std::to_string(c))["trashed"].AsBool());
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/decisions")["decisions"].items().size(), 0u);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/decisions?undone=true")["decisions"].items().size(), 2u);
  EXPECT_EQ(lib.Send("POST", "/api/v1/decisions", pair + ",\"kind\":\"maybe\"}").status, 400);
}

// Without a model: what is refused tells which words were heard.
TEST_F(ApiTest, HearsEveryTextBesideAnUploadedPicture) {
  const Bytes picture = MakePicture(23, 400, 300);
  const auto code = [&](const std::vector<std::string>& texts) {
    Request request;
    request.method = "POST";
    request.path = "/api/v1/search";
    request.request_id = "test";
    for (const std::string& text : texts) {
      Part& field = request.parts.emplace_back();
      field.name = "text";
      field.bytes.assign(text.begin(), text.end());
    }
    Part& file = request.parts.emplace_back();
    file.name = "file";
    file.file_name = "asked.jpg";
    file.is_file = true;
    file.bytes = picture;
    file.length = picture.size();
    CancelFlag cancel;
    Response response = lib.api().Handle(request, {}, cancel);
    return (*ParseJson(response.text()))["code"].AsString();
  };
  EXPECT_EQ(code({""}), "") << "an empty field says nothing";
  EXPECT_EQ(code({"-people", "-cars"}), "invalid_argument") << "only words to leave out";
  EXPECT_EQ(code({"-people", "a beach"}), "failed_precondition");
  EXPECT_EQ(code(std::vector<std::string>(33, "beach")), "limit_exceeded");
}

TEST_F(ApiTest, AnswersToASuggestionNameOne) {
  const std::string image = "/api/v1/images/" + std::to_string(lib.Import(24));
  for (const char* answer : {"tags_accept", "tags_reject", "tags_suggest"})
    EXPECT_EQ(lib.Send("PATCH", image, "{\"" + std::string(answer) + "\":[\"beach\"]}").status, 404) << answer;
}

TEST_F(ApiTest, WalksEveryRouteAsVisitor) {
  for (const RouteInfo& route : Api::Routes()) {
    std::string path = route.pattern;
    for (size_t at; (at = path.find("{id}")) != std::string::npos;) path.replace(at, 4, "1");
    if (size_t at = path.find("{size}"); at != std::string::npos) path.replace(at, 6, "thumb");
    Response response = lib.Send(route.method, path, "{}");
    if (route.action == Action::kLocal || route.action == Action::kModerate || route.action == Action::kAccount ||
        route.action == Action::kManage) {
      EXPECT_EQ(response.status, 404) << path;
      EXPECT_EQ(ParseJson(response.text()).value()["message"].AsString(), "no such route");
    }
    EXPECT_LT(response.status, 500) << path;
    if (response.status >= 400) {
      Json error = ParseJson(response.text()).value();
      for (const char* member : {"code", "message", "request_id"})
        EXPECT_FALSE(error[member].AsString().empty()) << path << " " << member;
    }
    EXPECT_NE(response.header("X-Content-Type-Options"), nullptr) << path;
  }
  EXPECT_EQ(lib.Send("PUT", "/api/v1/images").status, 405);
  EXPECT_EQ(*lib.Send("PUT", "/api/v1/images").header("Allow"), "GET, HEAD, POST");
  EXPECT_EQ(lib.Send("GET", "/local/v1/import").status, 404) << "not even the method is told";
  EXPECT_EQ(lib.Send("GET", "/api/v1/nothing").status, 404);
  EXPECT_EQ(lib.Send("GET", "/api/v1/images/0").status, 404);
  EXPECT_EQ(lib.Send("GET", "/api/v1/images/99999999999999999999999").status, 404);
}

TEST_F(ApiTest, StreamsImportsToTheOwner) {
  for (int i = 0; i < 3; ++i) {
    std::ofstream out(lib.folder() / ("p" + std::to_string(i) + ".jpg"), std::ios::binary);
    Bytes bytes = MakePicture(i < 2 ? 31 : 32, 300, 300);
    out.write(reinterpret_cast<const char*>(bytes.data()), std::streamsize(bytes.size()));
  }
  std::ofstream(lib.folder() / "bad.jpg") << "\xff\xd8\xff\xe0 not really";
  std::string body = "{\"paths\":[\"" + lib.folder().string() + "/p0.jpg\",\"" + lib.folder().string() +
                     "/p1.jpg\",\"" + lib.folder().string() + "/p2.jpg\",\"" + lib.folder().string() + "/bad.jpg\",\"" +
                     lib.folder().string() + "/none.jpg\"],\"tags\":[\"t\"],\"threads\":1}";
  Response response = lib.Send("POST", "/local/v1/import", body, kOwner);
  EXPECT_EQ(*response.header("Content-Type"), "application/x-ndjson");
  std::map<std::string, int> by_status;
  Json summary;
  std::istringstream lines(std::string(response.text()));
  for (std::string line; std::getline(lines, line);) {
    Json json = ParseJson(line).value();
    if (json.Has("status")) ++by_status[json["status"].AsString()];
    if (json.Has("summary")) summary = json["summary"];
  }
  EXPECT_EQ(by_status["imported"], 2);
  EXPECT_EQ(by_status["duplicate"], 1);
  EXPECT_EQ(by_status["rejected"] + by_status["failed"], 2);
  EXPECT_EQ(summary["imported"].AsInt(), 2) << response.text();
  EXPECT_EQ(lib.Send("POST", "/local/v1/import", R"({"path":["x"]})", kOwner).status, 400);
  Response checked = lib.Send("POST", "/local/v1/fsck", "{}", kOwner);
  EXPECT_THAT(std::string(checked.text()), testing::HasSubstr("\"clean\":true"));
}

TEST_F(ApiTest, TellsListenersOfChanges) {
  std::vector<std::string> events;
  std::mutex mutex;
  uint64_t token = lib.api().events().Subscribe([&](const std::string& event) {
    std::lock_guard lock(mutex);
    events.push_back(event);
  });
  lib.Import(41);
  lib.api().events().Unsubscribe(token);
  ASSERT_FALSE(events.empty());
  EXPECT_THAT(events[0], testing::MatchesRegex("event: change\ndata: \\{\"sequence\":[0-9]+\\}\n\n"));
}

TEST_F(ApiTest, CountsWhatItAnswered) {
  lib.Send("GET", "/healthz");
  lib.Send("GET", "/api/v1/nothing");
  std::string text(lib.Send("GET", "/metrics").text());
  EXPECT_THAT(text, testing::HasSubstr("likeness_requests_total{route=\"GET /healthz\",status=\"200\"} 1\n"));
  EXPECT_THAT(text, testing::HasSubstr("likeness_request_seconds_bucket{route=\"GET /healthz\",le=\"+Inf\"} 1\n"));
  EXPECT_THAT(text, testing::HasSubstr("likeness_images 0\n"));
  EXPECT_THAT(text, testing::HasSubstr("likeness_writable 1\n"));
}

}  // namespace
}  // namespace likeness::http
