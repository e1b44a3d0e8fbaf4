// Pictures by their address, from a server on loopback that the test calls public.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/throttle.h"
#include "http/test_library.h"
#include "net/test_servers.h"

namespace likeness::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

net::AddressJudge LeadTo(const std::string& server) {
  net::AddressJudge judge;
  judge.url = [server](std::string_view url) -> Result<net::PublicUrl> {
    LK_ASSIGN(net::PublicUrl judged, net::JudgeUrl(url));
    judged.url = server + judged.url.substr(judged.url.find('/', 8));
    return judged;
  };
  judge.resolve = [](const std::string&) { return std::vector<std::string>{"127.0.0.1"}; };
  judge.address = [](const std::string&, uint16_t) { return Status(); };
  return judge;
}

class FromUrlTest : public testing::Test {
 protected:
  FromUrlTest()
      : server([this](const net::testing::HttpAsked& asked) {
          ++asked_times;
          if (asked.target == "/page") return net::testing::HttpServer::Answer(200, "<html>the secret</html>");
          return net::testing::HttpServer::Answer(200, std::string(AsText(picture)));
        }),
        lib({}, LeadTo(server.url())) {}

  Response Send(const std::string& body, const Caller& caller = {}) {
    return lib.Send("POST", "/api/v1/images/from-url", body, caller);
  }

  const Bytes picture = MakePicture(1, 400, 300);
  int asked_times = 0;
  static constexpr const char* kFetch = "/api/v1/fetch";
  net::testing::HttpServer server;
  TestLibrary lib;
};

TEST_F(FromUrlTest, ComesInAsAnUploadDoes) {
  const std::string url = "https://example.com/caf%C3%A9.jpg?size=large";
  Json answer = *ParseJson(Send(R"({"url":")" + url + R"(","tags":["sea"]})").text());
  ASSERT_EQ(answer["results"][0]["status"].AsString(), "imported") << answer.Dump();
  const Json image = lib.SendJson("GET", "/api/v1/images/" + std::to_string(answer["results"][0]["id"].AsInt()));
  EXPECT_EQ(image["name"].AsString(), "café.jpg");
  EXPECT_EQ(image["source_url"].AsString(), url);
  EXPECT_EQ(image["tags"][0].AsString(), "sea");
  answer = *ParseJson(Send(R"({"url":"https://example.com/"})").text());
  EXPECT_EQ(answer["results"][0]["status"].AsString(), "duplicate");
}

TEST_F(FromUrlTest, RefusesWhatIsNoPublicPicture) {
  struct Row {
    const char* body;
    int expected;
  };
  for (const Row& row : {Row{R"({"url":"http://127.0.0.1/a.jpg"})", 403},
                         {R"({"url":"http://[::ffff:127.0.0.1]/a.jpg"})", 403},
                         {R"({"url":"file:///etc/passwd"})", 400},
                         {R"({"url":"https://example.com:22/a.jpg"})", 403},
                         {R"({})", 400},
                         {R"({"url":"https://example.com/a.jpg","path":"/etc"})", 400},
                         {R"({"url":"https://example.com/page"})", 415}}) {
    const Response response = Send(row.body);
    EXPECT_EQ(response.status, row.expected) << row.body << response.text();
    EXPECT_THAT(response.text(), Not(HasSubstr("secret")));
    EXPECT_EQ(asked_times, row.expected == 415 ? 1 : 0);
  }
}

TEST_F(FromUrlTest, IsForModeratorsAsARule) {
  using catalog::Role;
  const std::string body = R"({"url":"https://example.com/a.jpg","dry_run":true})";
  std::vector<int> got;
  for (Role role : {Role::kVisitor, Role::kUser, Role::kUploader, Role::kModerator, Role::kAdmin})
    got.push_back(
        Send(body, {.accounts = true, .user = UserId{role == Role::kVisitor ? 0u : 1u}, .role = role}).status);
  EXPECT_THAT(got, ElementsAre(401, 403, 403, 200, 200));
}

TEST_F(FromUrlTest, APictureIsFetchedToSearchByIt) {
  const Response got = lib.Send("POST", kFetch, R"({"url":"https://example.com/a%20b.jpg"})");
  ASSERT_EQ(got.status, 200) << got.text();
  EXPECT_EQ(got.text(), AsText(picture));
  EXPECT_EQ(*got.header("Content-Type"), "image/jpeg");
  EXPECT_THAT(*got.header("Content-Disposition"), HasSubstr("a%20b.jpg"));
  EXPECT_THAT(*got.header("Content-Security-Policy"), HasSubstr("sandbox"));
  const Response page = lib.Send("POST", kFetch, R"({"url":"https://example.com/page"})");
  EXPECT_EQ(page.status, 415);
  EXPECT_THAT(page.text(), Not(HasSubstr("secret")));
  EXPECT_EQ(lib.Send("POST", kFetch, R"({"url":"http://127.0.0.1/a.jpg"})").status, 403);
}

TEST(FetchForVisitors, AsksForTheCaptcha) {
  const Bytes picture = MakePicture(1, 400, 300);
  net::testing::HttpServer server([&](const net::testing::HttpAsked& asked) {
    return net::testing::HttpServer::Answer(
        200, asked.target == "/verify"
                 ? R"({"success":)" + std::string(asked.body.contains("right") ? "true}" : "false}")
                 : std::string(AsText(picture)));
  });
  account::Options accounts;
  accounts.captcha = account::Captcha{
      .kind = "turnstile", .site_key = "k", .secret = "s", .hostname = {}, .verify_url = server.url() + "/verify"};
  TestLibrary lib(accounts, LeadTo(server.url()));
  lib.peer = "192.0.2.7";
  const auto ask = [&](const std::string& more, const Caller& caller) {
    return lib.Send("POST", "/api/v1/fetch", R"({"url":"https://example.com/a.jpg")" + more + "}", caller).status;
  };
  using catalog::Role;
  const Caller visitor{.accounts = true}, user{.accounts = true, .user = UserId{1}, .role = Role::kUser};
  const Caller moderator{.accounts = true, .user = UserId{2}, .role = Role::kModerator};
  Caller reader = moderator;
  reader.by_token = true;
  reader.scopes = kScopeRead;
  for (const Caller& caller : {visitor, user, reader}) {
    EXPECT_EQ(ask("", caller), 403);
    EXPECT_EQ(ask(R"(,"captcha":"wrong")", caller), 403);
    EXPECT_EQ(ask(R"(,"captcha":"right")", caller), 200);
  }
  EXPECT_EQ(ask("", moderator), 200);
}

TEST_F(FromUrlTest, FetchingIsForTheTrustedAndNotTooOften) {
  using catalog::Role;
  const std::string body = R"({"url":"https://example.com/a.jpg"})";
  lib.peer = "192.0.2.7";
  const auto ask = [&](Role role, uint64_t user) {
    return lib.Send("POST", kFetch, body, {.accounts = true, .user = UserId{user}, .role = role}).status;
  };
  EXPECT_EQ(ask(Role::kVisitor, 0), 403) << "no captcha to answer here";
  EXPECT_EQ(ask(Role::kUser, 1), 403);
  EXPECT_EQ(asked_times, 0);
  for (int i = 0; i < account::kFetchPace.free; ++i) ASSERT_EQ(ask(Role::kModerator, 1), 200) << i;
  EXPECT_EQ(ask(Role::kModerator, 1), 429);
  EXPECT_EQ(ask(Role::kModerator, 2), 200) << "others are not slowed";
}

}  // namespace
}  // namespace likeness::http
