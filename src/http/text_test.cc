// The pure parts: JSON values, targets, multipart, content coding, origins, heads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <regex>
#include <sstream>

#include "http/access.h"
#include "http/api.h"
#include "http/compression.h"
#include "http/head_text.h"
#include "http/json_value.h"
#include "http/multipart.h"
#include "http/server.h"
#include "http/upload.h"
#include "http/url.h"

namespace likeness::http {
namespace {

TEST(Json, WritesNumbersAsPeopleDoAndNeverNan) {
  Json json = Json()
                  .Set("a", 2.8)
                  .Set("b", 3.0)
                  .Set("c", int64_t{1} << 53)
                  .Set("nan", std::numeric_limits<double>::quiet_NaN())
                  .Set("inf", std::numeric_limits<double>::infinity())
                  .Set("text", "é\"\n")
                  .Set("list", Json::Array{true, Json()});
  EXPECT_EQ(json.Dump(),
            R"({"a":2.8,"b":3,"c":9007199254740992,"nan":null,"inf":null,"text":"é\"\u000a","list":[true,null]})");
}

TEST(Json, ReadsWhatItWrites) {
  const char* text = R"({"id":42,"x":-0.125,"s":"a\u0000b","e":[],"o":{"k":[1,[2,{"d":null}]]}})";
  Result<Json> once = ParseJson(text);
  ASSERT_TRUE(once) << once.error().Text();
  Result<Json> twice = ParseJson(once->Dump());
  ASSERT_TRUE(twice);
  EXPECT_EQ(once->Dump(), twice->Dump());
  EXPECT_EQ((*once)["o"]["k"][1][0].AsInt(), 2);
}

TEST(Json, RefusesWhatIsNotOneValue) {
  for (std::string text : {"", "{", "{}x", "[1,]", "nul", "{\"a\":1}{}", "\"\xff\"", "NaN"}) {
    Result<Json> parsed = ParseJson(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(ParseJson(std::string(100'000, '['))) << "depth is bounded";
}

TEST(Fields, NameTheirPath) {
  struct Row {
    const char* body;
    const char* message;
  };
  for (const Row& row :
       {Row{R"({"tags":["a",1]})", "/tags/1: expected a string"},
        Row{R"({"k":0})", "/k: expected a whole number from 1 to 9"},
        Row{R"({"k":1.5})", "/k: expected a whole number from 1 to 9"}, Row{R"({"kk":1})", "/kk: unknown member"},
        Row{R"([])", "/: expected an object"}, Row{R"({"tags":"a"})", "/tags: expected an array of strings"}}) {
    Json json = *ParseJson(row.body);
    Fields fields(json);
    fields.Strings("tags", 10);
    fields.Int("k", 1, 9);
    Status status = fields.Finish();
    ASSERT_FALSE(status) << row.body;
    EXPECT_EQ(status.error().message, row.message);
  }
}

TEST(Target, TakesApartAndRefuses) {
  Result<Target> target = ParseTarget("/i/4%32/thumb?a=b+c%26&d&e=%C3%A9#x", 4096);
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/i/42/thumb");
  EXPECT_EQ(target->query, (std::map<std::string, std::string>{{"a", "b c&"}, {"d", ""}, {"e", "é"}}));
  for (const char* bad : {"", "http://x/", "*", "/a/../b", "/a/%2e%2e/b", "/%00", "/%zz", "/%4", "/..", "/x?a=%g0"})
    EXPECT_FALSE(ParseTarget(bad, 4096)) << bad;
  EXPECT_EQ(ParseTarget("/" + std::string(5000, 'a'), 4096).error().code, ErrorCode::kLimitExceeded);
}

struct Collected : MultipartParser::Sink {
  std::vector<std::string> parts;  // "name|file name|bytes"
  Status OnPart(const MultipartParser::PartHeader& header) override {
    parts.push_back(header.name + "|" + (header.is_file ? header.file_name : "-") + "|");
    return {};
  }
  Status OnData(std::string_view bytes) override {
    parts.back().append(bytes);
    return {};
  }
  Status OnPartEnd() override { return {}; }
};

const std::string kForm =
    "preamble\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".jpg\"\r\nContent-Type: "
    "image/jpeg\r\n\r\n"
    "\r\n--bx\r\n--\r\nbytes\xff\r\r\n"
    "\r\n--B  \r\ncontent-disposition:form-data;name=tags\r\n\r\n[\"x\"]"
    "\r\n--B\r\nContent-Disposition: form-data; name=\"empty\"; filename=\"\"\r\n\r\n"
    "\r\n--B--\r\nepilogue --B";

TEST(Multipart, IsTheSameHoweverItIsCut) {
  std::vector<std::string> whole;
  for (size_t step = 1; step <= kForm.size(); ++step) {
    Collected sink;
    MultipartParser parser("B", 10, &sink);
    for (size_t at = 0; at < kForm.size(); at += step) {
      Status fed = parser.Feed(std::string_view(kForm).substr(at, step));
      ASSERT_TRUE(fed) << "step " << step << ": " << fed.error().message;
    }
    ASSERT_TRUE(parser.Finish());
    if (whole.empty()) whole = sink.parts;
    ASSERT_EQ(sink.parts, whole) << "step " << step;
  }
  ASSERT_EQ(whole.size(), 3u);
  EXPECT_EQ(whole[0], "file|a \"b\".jpg|\r\n--bx\r\n--\r\nbytes\xff\r\r\n");
  EXPECT_EQ(whole[1], "tags|-|[\"x\"]");
  EXPECT_EQ(whole[2], "empty||");
}

TEST(Multipart, RefusesTorture) {
  auto feed = [](std::string_view text, size_t parts_max = 4) -> Status {
    Collected sink;
    MultipartParser parser("B", parts_max, &sink);
    LK_TRY(parser.Feed(text));
    return parser.Finish();
  };
  std::string part = "--B\r\nContent-Disposition: form-data; name=x\r\n\r\nv\r\n";
  EXPECT_TRUE(feed(part + "--B--"));
  EXPECT_FALSE(feed(""));
  EXPECT_FALSE(feed(part)) << "no closing delimiter";
  EXPECT_FALSE(feed("--B\r\n\r\nv\r\n--B--")) << "a part without a name";
  EXPECT_FALSE(feed("--B\r\nContent-Disposition: attachment; name=x\r\n\r\nv\r\n--B--"));
  EXPECT_FALSE(feed("--Bjunk\r\n" + part));
  EXPECT_EQ(feed(part + part + part + part + part + "--B--").error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(feed("--B\r\nX: " + std::string(100'000, 'a')).error().code, ErrorCode::kLimitExceeded);
}

TEST(Multipart, FindsTheBoundary) {
  EXPECT_EQ(BoundaryOf("multipart/form-data; boundary=abc").value(), "abc");
  EXPECT_EQ(BoundaryOf("Multipart/Form-Data; charset=x; BOUNDARY=\"a b\"").value(), "a b");
  for (std::string bad :
       {std::string("multipart/form-data"), std::string("multipart/form-data; boundary="),
        std::string("text/plain; boundary=x"), "multipart/form-data; boundary=" + std::string(71, 'x')})
    EXPECT_FALSE(BoundaryOf(bad)) << bad;
}

TEST(Upload, MarksTheFileThatIsTooLargeAndKeepsTheOthers) {
  Limits limits;
  limits.file_bytes_max = 1000;
  UploadReceiver receiver("B", limits, std::filesystem::temp_directory_path());
  auto part = [](const std::string& name, const std::string& bytes) {
    return "\r\n--B\r\nContent-Disposition: form-data; name=file; filename=" + name + "\r\n\r\n" + bytes;
  };
  std::string form =
      part("a", std::string(1000, 'a')) + part("b", std::string(5000, 'b')) + part("c", "ccc") + "\r\n--B--";
  for (size_t at = 0; at < form.size(); at += 100) ASSERT_TRUE(receiver.Feed(std::string_view(form).substr(at, 100)));
  Result<std::vector<Part>> parts = receiver.Finish();
  ASSERT_TRUE(parts);
  ASSERT_EQ(parts->size(), 3u);
  EXPECT_EQ(AsText(ReadPart((*parts)[0], limits).value()), std::string(1000, 'a'));
  EXPECT_EQ(ReadPart((*parts)[1], limits).error().code, ErrorCode::kLimitExceeded);
  EXPECT_EQ(AsText(ReadPart((*parts)[2], limits).value()), "ccc");
}

TEST(Accepts, ReadsWeights) {
  EXPECT_TRUE(Accepts("gzip, deflate, br", "gzip"));
  EXPECT_TRUE(Accepts("br;q=1.0, gzip;q=0.5", "gzip"));
  EXPECT_TRUE(Accepts("*", "gzip"));
  EXPECT_FALSE(Accepts("gzip;q=0", "gzip"));
  EXPECT_FALSE(Accepts("xgzip", "gzip"));
  EXPECT_FALSE(Accepts("", "gzip"));
}

TEST(Hosts, OnlyOwnNames) {
  for (const char* good : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]", "[::1]:80", "photos.example:443"})
    EXPECT_TRUE(IsAllowedHost(good, {"photos.example"})) << good;
  for (const char* bad :
       {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil", "localhost:80@evil", "127.0.0.2", "[::2]"})
    EXPECT_FALSE(IsAllowedHost(bad, {"photos.example"})) << bad;
}

TEST(SameOrigin, RefusesOtherSites) {
  auto check = [](const char* method, std::map<std::string, std::string, std::less<>> headers) {
    Request request;
    request.method = method;
    request.headers = std::move(headers);
    request.headers["host"] = "localhost:8080";
    return CheckSameOrigin(request).has_value();
  };
  EXPECT_TRUE(check("POST", {})) << "a program";
  EXPECT_TRUE(check("POST", {{"origin", "http://localhost:8080"}, {"sec-fetch-site", "same-origin"}}));
  EXPECT_TRUE(check("GET", {{"sec-fetch-site", "cross-site"}}));
  EXPECT_FALSE(check("POST", {{"sec-fetch-site", "cross-site"}}));
  EXPECT_FALSE(check("DELETE", {{"sec-fetch-site", "same-site"}}));
  EXPECT_FALSE(check("POST", {{"origin", "http://localhost:9999"}}));
  EXPECT_FALSE(check("POST", {{"origin", "null"}}));
  EXPECT_FALSE(check("PATCH", {{"origin", "https://evil.example"}, {"sec-fetch-site", "none"}}));
}

TEST(Access, DeniesLocalRoutesAndHashListsToVisitors) {
  int local = 0;
  for (const RouteInfo& route : Api::Routes()) {
    bool is_local = route.pattern.starts_with("/local/");
    EXPECT_EQ(is_local, route.action == Action::kLocal) << route.pattern;
    Status visitor = Authorize(Caller{}, route.action);
    const bool is_owners = is_local || route.pattern.starts_with("/api/v1/hash-lists") ||
                           route.pattern == "/api/v1/pdq-hashes" || route.action == Action::kAccount ||
                           route.action == Action::kManage;
    EXPECT_EQ(visitor.has_value(), !is_owners) << route.pattern;
    if (is_owners) {
      local += is_local;
      EXPECT_EQ(visitor.error().code, ErrorCode::kNotFound) << "its existence is nobody's business";
    }
    EXPECT_TRUE(Authorize(kOwner, route.action));
  }
  EXPECT_GE(local, 10);
}

TEST(Errors, AreThoseOfTheContract) {
  std::ifstream contract(LIKENESS_SOURCE_DIR "/api/errors.yaml");
  std::ostringstream text;
  text << contract.rdbuf();
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    const ErrorInfo& info = Info(static_cast<ErrorCode>(i));
    std::regex row("\\{code: " + std::string(info.name) + ", +http: " + std::to_string(info.http_status) + ", +exit: " +
                   std::to_string(info.exit_status) + ", +retry: " + (info.retry ? "true" : "false") + ", ");
    EXPECT_TRUE(std::regex_search(text.str(), row)) << info.name;
  }
}

TEST(Head, LeavesOutValuesWithLineEnds) {
  Response response;
  response.headers = {{"X-Good", "a"}, {"X-Bad", "a\r\nSet-Cookie: b"}};
  std::string head = HeadText(response, HttpDate(0), true, false);
  EXPECT_EQ(head, "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Good: a\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace likeness::http
