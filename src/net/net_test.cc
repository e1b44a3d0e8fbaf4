// Requests and mails against servers on the loopback interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/fetch.h"
#include "net/mail.h"
#include "net/test_servers.h"

namespace likeness::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::HttpAsked;
using testing::HttpServer;
using ::testing::Not;
using testing::SmtpSink;

TEST(Fetch, SendsAndReceives) {
  HttpServer server([](const HttpAsked& asked) {
    return HttpServer::Answer(201, asked.method + " " + asked.target + " " + asked.body, "X-Thing: one\r\n");
  });
  FetchOptions post{.method = "POST",
                    .headers = {{"Accept", "application/json"}},
                    .body = EncodeForm({{"a b", "ü&="}, {"c", ""}}),
                    .content_type = "application/x-www-form-urlencoded",
                    .judge_address = {}};
  Result<FetchAnswer> answer = Fetch(server.url() + "/x?y=1", post);
  ASSERT_TRUE(answer) << answer.error().Text();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "POST /x?y=1 a%20b=%C3%BC%26%3D&c=");
  EXPECT_EQ(answer->header("x-thing"), "one");
}

TEST(Fetch, FollowsNoRedirect) {
  HttpServer server([](const HttpAsked& asked) {
    return HttpServer::Answer(302, "", asked.target == "/a" ? "Location: /b\r\n" : "");
  });
  Result<FetchAnswer> answer = Fetch(server.url() + "/a", {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
  EXPECT_EQ(answer->redirect_url, server.url() + "/b");
}

TEST(Fetch, JudgesTheAddressThatIsConnectedTo) {
  int asked = 0;
  HttpServer server([&](const HttpAsked&) {
    ++asked;
    return HttpServer::Answer(200, "");
  });
  std::vector<std::string> judged;
  FetchOptions options;
  options.plain_http = true;
  options.judge_address = [&](const std::string& address, uint16_t port) -> Status {
    judged.push_back(fmt::format("{} {}", address, port == server.port()));
    return Fail(ErrorCode::kPermissionDenied, "not there");
  };
  for (const std::string host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433"}) {
    judged.clear();
    Result<FetchAnswer> refused = Fetch(fmt::format("http://{}:{}/", host, server.port()), options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied) << host << refused.error().Text();
    EXPECT_THAT(judged, ::testing::Contains("127.0.0.1 true")) << host;
  }
  EXPECT_EQ(asked, 0);
  options.judge_address = [](const std::string&, uint16_t) -> Status { return {}; };
  EXPECT_TRUE(Fetch(server.url(), options));
}

TEST(Fetch, RefusesWithItsReason) {
  HttpServer server([](const HttpAsked&) { return HttpServer::Answer(200, std::string(5000, 'x')); });
  struct Row {
    std::string url;
    FetchOptions options;
    ErrorCode code;
  };
  CancelFlag cancelled;
  cancelled.Cancel();
  const std::string closed = "http://127.0.0.1:1/";
  for (const Row& row :
       {Row{"http://example.org/", {}, ErrorCode::kInvalidArgument},
        Row{"file:///etc/passwd", {}, ErrorCode::kInvalidArgument},
        Row{"https://a\r\nb/", {}, ErrorCode::kInvalidArgument},
        Row{server.url(), {.headers = {{"A", "b\r\nC: d"}}}, ErrorCode::kInvalidArgument},
        Row{server.url(), {.method = "PUT"}, ErrorCode::kInvalidArgument},
        Row{server.url(), {.bytes_max = 4999}, ErrorCode::kLimitExceeded},
        Row{server.url(), {.cancel = &cancelled}, ErrorCode::kCancelled}, Row{closed, {}, ErrorCode::kUnavailable}}) {
    Result<FetchAnswer> answer = Fetch(row.url, row.options);
    ASSERT_FALSE(answer) << row.url;
    EXPECT_EQ(answer.error().code, row.code) << row.url << ": " << answer.error().Text();
  }
}

TEST(Mail, KnowsAddresses) {
  for (const char* good : {"a@b", "first.last+tag@example.org", "x_y@mail-1.example"})
    EXPECT_TRUE(IsMailAddress(good)) << good;
  for (const char* bad : {"", "a", "@b", "a@", "a@b c", "a b@c", "a@b\r\nRCPT TO:<x@y>", "a@b>", "<a@b>", "a,b@c",
                          "a@b@", "a..b@c", ".a@c", "a@.c", "a@c.", "\"a\"@b", "ü@b", "a@-b"})
    EXPECT_FALSE(IsMailAddress(bad)) << bad;
}

TEST(Mail, ArrivesAndKeepsToItsRecipient) {
  SmtpSink sink;
  MailServer server{.host = "127.0.0.1",
                    .port = sink.port(),
                    .security = MailServer::Security::kNone,
                    .user = "",
                    .password = "",
                    .from = "photos@example.org",
                    .from_name = "Фото\r\nBcc: x@y"};
  Mail mail{.to = "ann@example.org",
            .subject = "Ссылка для подтверждения, and more that goes beyond a line\r\nBcc: evil@example.org",
            .text = "Line\n.\nRCPT TO:<evil@example.org>\n"};
  ASSERT_TRUE(SendMail(server, mail)) << SendMail(server, mail).error().Text();
  ASSERT_EQ(sink.taken().size(), 1u);
  const SmtpSink::Taken taken = sink.taken()[0];
  EXPECT_THAT(taken.from, HasSubstr("<photos@example.org>"));
  EXPECT_THAT(taken.to, ElementsAre("<ann@example.org>"));
  EXPECT_THAT(taken.message, Not(HasSubstr("Bcc")));
  EXPECT_THAT(taken.message,
              HasSubstr("Subject: =?UTF-8?B?0KHRgdGL0LvQutCwINC00LvRjyDQv9C+0LTRgtCy0LXRgNC20LTQtdC90Lg=?=\r\n ="));
  mail.to = "ann@example.org>\r\nRCPT TO:<evil@example.org";
  EXPECT_EQ(SendMail(server, mail).error().code, ErrorCode::kInvalidArgument);
  server.host = "mail.example.org";
  EXPECT_EQ(SendMail(server, {.to = "a@b", .subject = "", .text = ""}).error().code, ErrorCode::kInvalidArgument);
  server.host = "127.0.0.1";
  server.security = MailServer::Security::kStartTls;
  EXPECT_EQ(SendMail(server, {.to = "a@b", .subject = "", .text = ""}).error().code, ErrorCode::kUnavailable)
      << "a server without STARTTLS gets nothing";
  EXPECT_EQ(sink.taken().size(), 1u);
}

}  // namespace
}  // namespace likeness::net
