// Which addresses are public ones, and fetching from them with a network of the test's own.
#include "net/address_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "net/fetch_public.h"
#include "net/test_servers.h"

namespace likeness::net {
namespace {

using ::testing::HasSubstr;
using testing::HttpAsked;
using testing::HttpServer;
using ::testing::Not;

TEST(JudgeUrl, WritesWhatItTakesAnew) {
  struct Row {
    const char *url, *expected;
  };
  for (const Row& row :
       {Row{"https://example.com/a.jpg", "https://example.com/a.jpg"},
        {"HTTP://Example.COM", "http://example.com/"},
        {"http://example.com:80/a", "http://example.com/a"},
        {"http://example.com:443/a", "http://example.com:443/a"},
        {"https://example.com.:443?q=1", "https://example.com/?q=1"},
        {"https://example.com/a#b", "https://example.com/a"},
        {"https://example.com#@127.0.0.1/a", "https://example.com/"},
        {"https://example.com/a@b:99/%20?x=http://127.0.0.1/", "https://example.com/a@b:99/%20?x=http://127.0.0.1/"},
        {"https://8.8.8.8/a", "https://8.8.8.8/a"},
        {"https://[2606:4700::1111]:443/a", "https://[2606:4700::1111]/a"},
        {"https://xn--caf-dma.example/", "https://xn--caf-dma.example/"},
        {"https://example.com:/a", "https://example.com/a"}}) {
    const Result<PublicUrl> judged = JudgeUrl(row.url);
    ASSERT_TRUE(judged) << row.url << ": " << judged.error().Text();
    EXPECT_EQ(judged->url, row.expected);
  }
}

TEST(JudgeUrl, RefusesWhatIsNoPublicAddress) {
  for (const char* url : {"",
                          "http",
                          "http://",
                          "https:///a",
                          "https://./",
                          "https://..a/",
                          "https://a..b/",
                          "http://127.1/",
                          "http://0/",
                          "http://0x7f000001/",
                          "http://017700000001/",
                          "http://0x7f.1/",
                          "http://127.0.0.1./",
                          "http://1.2.3.4.5/",
                          "http://LocalHost/",
                          "http://a.localhost./",
                          "http://[::1]/",
                          "http://[::ffff:10.0.0.1]/",
                          "http://[64:ff9b::a00:1]/",
                          "http://[2002:a00:1::]/",
                          "http://[2001:0:7f00:1::1]/",
                          "http://[fe80::1%25lo]/",
                          "http://[::1",
                          "http://[::1]x/",
                          "http://[1.2.3.4]/",
                          "http://example.com:0/",
                          "http://example.com:8080/",
                          "http://example.com:65616/",
                          "http://example.com:80x/",
                          "http://user@example.com/",
                          "http://a:b@example.com/",
                          "http://example.com\\@127.0.0.1/",
                          "http://example.com%2f@127.0.0.1/",
                          "http://example.com%00/",
                          "http://ex ample.com/",
                          "http://example.com/a\r\nHost: x",
                          "http:/example.com/",
                          "http:example.com/",
                          "//example.com/",
                          "file:///a",
                          "ftp://example.com/",
                          "gopher://example.com/",
                          "data:image/png;base64,AAAA",
                          "javascript:1",
                          "http://①②⑦.0.0.1/",
                          "http://127。0.0.1/",
                          "https://exämple.com/"})
    EXPECT_FALSE(JudgeUrl(url)) << url;
  EXPECT_FALSE(JudgeUrl("https://example.com/" + std::string(3000, 'a')));
}

TEST(JudgeAddress, TakesGlobalUnicastAlone) {
  for (const char* address :
       {"8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111",
        "2a00::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2001:200::1"})
    EXPECT_TRUE(JudgeAddress(address, 80)) << address;
  for (const char* address : {"0.0.0.0",
                              "0.255.255.255",
                              "10.0.0.0",
                              "10.255.255.255",
                              "100.64.0.0",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.0",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.0.0",
                              "198.18.0.0",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::127.0.0.1",
                              "::8.8.8.8",
                              "::ffff:127.0.0.1",
                              "::ffff:0:0",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::808:808",
                              "100::1",
                              "2001:0:808:808::1",
                              "2001:db8::1",
                              "2001:10::1",
                              "2002:7f00:1::1",
                              "2002:c0a8:1::1",
                              "3fff::1",
                              "4000::1",
                              "5f00::1",
                              "fc00::1",
                              "fd00:ec2::254",
                              "fe80::1",
                              "fec0::1",
                              "ff02::1",
                              "",
                              "x",
                              "1.2.3",
                              "0x7f.1"})
    EXPECT_FALSE(JudgeAddress(address, 80)) << address;
}

TEST(JudgeUrl, HostileListOfTheProject) {
  const char* shared = std::getenv("LIKENESS_SHARED");
  const std::filesystem::path folder = shared ? shared : LIKENESS_SOURCE_DIR "/../shared";
  std::ifstream file(folder / "hostile-images" / "hostile-urls.jsonl");
  if (!file) GTEST_SKIP() << "no shared collection of hostile addresses";
  int refused = 0, with_network = 0;
  for (std::string line; std::getline(file, line);) {
    const auto row = boost::json::parse(line);
    const std::string url(row.at("url").as_string()), why(row.at("why").as_string());
    // Their servers are those of FetchPublic's tests below.
    if (url.find(".test/") != std::string::npos) {
      ++with_network;
      continue;
    }
    const Result<PublicUrl> judged = JudgeUrl(url);
    if (row.at("expect").as_string() == "refuse") {
      EXPECT_FALSE(judged) << url << ": " << why;
      ++refused;
    } else {
      EXPECT_TRUE(!judged || judged->host == "example.com") << url << ": " << why;
    }
  }
  EXPECT_GE(refused, 60);
  EXPECT_GE(with_network, 9);
}

// Names that lead to one server on loopback; what is public is said by a table.
class FetchPublicTest : public ::testing::Test {
 protected:
  FetchPublicTest()
      : server([this](const HttpAsked& asked) {
          asked_.push_back(asked);
          return answers[asked.target];
        }) {
    judge.url = [this](std::string_view url) -> Result<PublicUrl> {
      LK_ASSIGN(PublicUrl judged, JudgeUrl(url));
      judged.url = server.url() + judged.url.substr(judged.url.find('/', 8));
      return judged;
    };
    judge.resolve = [this](const std::string& host) -> Result<std::vector<std::string>> {
      ++resolved;
      if (!names.contains(host)) return Fail(ErrorCode::kUnavailable, "no such name");
      return names[host];
    };
    judge.address = [this](const std::string& address, uint16_t port) -> Status {
      if (address == "127.0.0.1") return connects ? Status{} : JudgeAddress(address, port);
      return JudgeAddress(address, port);
    };
    names["example.com"] = {"8.8.8.8"};
    answers["/a.jpg"] = HttpServer::Answer(200, "a picture");
  }
  Result<PublicBody> Fetch(const std::string& path, uint64_t bytes_max = 1000) {
    return FetchPublic("https://example.com" + path, judge, {.bytes_max = bytes_max, .seconds_max = 2});
  }
  ErrorCode Refused(const std::string& path) {
    const Result<PublicBody> body = Fetch(path);
    EXPECT_FALSE(body) << path;
    return body ? ErrorCode::kInternal : body.error().code;
  }

  std::map<std::string, std::string> answers;
  std::map<std::string, std::vector<std::string>> names;
  std::vector<HttpAsked> asked_;
  bool connects = true;  // what the name led to counts as public when it is connected to
  int resolved = 0;
  HttpServer server;
  AddressJudge judge;
};

TEST_F(FetchPublicTest, AsksPlainly) {
  const Result<PublicBody> body = Fetch("/a.jpg");
  ASSERT_TRUE(body) << body.error().Text();
  EXPECT_EQ(body->bytes, "a picture");
  ASSERT_EQ(asked_.size(), 1u);
  for (const char* never : {"Cookie", "Authorization", "Accept-Encoding", "Referer"})
    EXPECT_THAT(asked_[0].head, Not(HasSubstr(never)));
}

TEST_F(FetchPublicTest, FollowsThreeRedirectsAndJudgesEach) {
  for (int i = 1; i <= 4; ++i)
    answers["/" + std::to_string(i)] = HttpServer::Answer(
        302, "", "Location: https://example.com/" + (i == 1 ? "a.jpg" : std::to_string(i - 1)) + "\r\n");
  EXPECT_TRUE(Fetch("/3"));
  EXPECT_EQ(resolved, 4);
  EXPECT_EQ(Refused("/4"), ErrorCode::kUnavailable);
  for (const char* to :
       {"http://127.0.0.1/a.jpg", "http://[::1]/a.jpg", "file:///a.jpg", "https://user@example.com/a.jpg",
        "https://example.com:22/a.jpg", "https://inside.example/a.jpg"}) {
    names["inside.example"] = {"10.0.0.1"};
    answers["/to"] = HttpServer::Answer(301, "", fmt::format("Location: {}\r\n", to));
    asked_.clear();
    EXPECT_FALSE(Fetch("/to")) << to;
    EXPECT_EQ(asked_.size(), 1u) << to;
  }
}

TEST_F(FetchPublicTest, RefusesANameOfWhichOneAddressIsInside) {
  names["example.com"] = {"8.8.8.8", "192.168.0.1"};
  EXPECT_EQ(Refused("/a.jpg"), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(FetchPublicTest, RefusesANameThatLeadsElsewhereTheSecondTime) {
  connects = false;  // public when it was resolved, loopback when it is connected to
  EXPECT_EQ(Refused("/a.jpg"), ErrorCode::kPermissionDenied);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(FetchPublicTest, IsBoundedAndTellsNothingOfTheServer) {
  answers["/large"] = HttpServer::Answer(200, std::string(2000, 'x'));
  answers["/lying"] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + std::string(5000, 'x');
  answers["/endless"] = "HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'x');
  answers["/secret"] = HttpServer::Answer(500, "the secret", "X-Secret: yes\r\n");
  answers["/empty"] = HttpServer::Answer(200, "");
  answers["/garbage"] = "SSH-2.0-OpenSSH_9.2\r\n";
  answers["/silent"] = "";
  EXPECT_EQ(Refused("/large"), ErrorCode::kLimitExceeded);
  EXPECT_EQ(Refused("/endless"), ErrorCode::kLimitExceeded);
  const Result<PublicBody> lying = Fetch("/lying");
  EXPECT_TRUE(!lying || lying->bytes.size() <= 10u);
  std::set<std::string> texts;
  for (const char* path : {"/secret", "/empty", "/garbage", "/silent", "/nothing"}) {
    const Result<PublicBody> body = Fetch(path);
    ASSERT_FALSE(body) << path;
    texts.insert(body.error().Text());
  }
  EXPECT_EQ(texts.size(), 1u) << "the answers differ by what the server does: " << ::testing::PrintToString(texts);
  names.clear();
  EXPECT_EQ(Refused("/a.jpg"), ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace likeness::net
