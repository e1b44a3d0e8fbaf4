// A real server on loopback and on its socket, spoken to in raw bytes.
#include "http/server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "http/client.h"
#include "http/test_library.h"

namespace likeness::http {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class Wire {
 public:
  explicit Wire(uint16_t port) {
    descriptor_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~Wire() { close(descriptor_); }
  Wire(const Wire&) = delete;

  bool connected() const { return connected_; }
  bool Send(std::string_view bytes) {
    return send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == ssize_t(bytes.size());
  }
  // Until the server closes.
  std::string ReadAll() {
    std::string out;
    while (ReadSome(&out)) {
    }
    return out;
  }
  // One response with Content-Length.
  std::string ReadResponse(bool head = false) {
    while (buffer_.find("\r\n\r\n") == std::string::npos) {
      if (!ReadSome(&buffer_)) return std::exchange(buffer_, {});
    }
    size_t body = buffer_.find("\r\n\r\n") + 4;
    size_t at = buffer_.find("Content-Length: ");
    size_t length = at < body && !head ? std::strtoull(buffer_.c_str() + at + 16, nullptr, 10) : 0;
    while (buffer_.size() < body + length && ReadSome(&buffer_)) {
    }
    std::string out = buffer_.substr(0, body + length);
    buffer_.erase(0, out.size());
    return out;
  }
  std::string Ask(std::string_view request) {
    Send(request);
    return ReadResponse();
  }
  bool ReadSome(std::string* out) {
    char bytes[16384];
    pollfd wait{descriptor_, POLLIN, 0};
    if (poll(&wait, 1, 20'000) <= 0) return false;
    ssize_t count = recv(descriptor_, bytes, sizeof bytes, 0);
    if (count > 0) out->append(bytes, size_t(count));
    return count > 0;
  }

 private:
  int descriptor_;
  bool connected_ = false;
  std::string buffer_;
};

std::string Get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}

std::string UploadRequest(const std::vector<std::pair<std::string, std::string>>& files,
                          const std::string& headers = "") {
  std::string body;
  for (const auto& [name, bytes] : files)
    body +=
        "--BoUnD\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name + "\"\r\n\r\n" + bytes + "\r\n";
  body += "--BoUnD--\r\n";
  return "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\n" + headers +
         "Content-Type: multipart/form-data; boundary=BoUnD\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

Json BodyOf(const std::string& response) {
  size_t at = response.find("\r\n\r\n");
  return at == std::string::npos ? Json() : ParseJson(std::string_view(response).substr(at + 4)).value_or(Json());
}

class ServerTest : public testing::Test {
 protected:
  void SetUp() override {
    Server::Options options;
    options.api = &lib.api();
    options.port = 0;
    options.socket = lib.folder() / "socket";
    options.upload_folder = lib.folder();
    options.threads = 2;
    auto opened = Server::Open(options);
    ASSERT_TRUE(opened) << opened.error().Text();
    server = std::move(*opened);
    thread = std::thread([this] { server->Run(); });
  }
  void TearDown() override {
    if (server) server->Stop();
    if (thread.joinable()) thread.join();
  }
  uint16_t port() const { return server->port(); }

  TestLibrary lib;
  std::unique_ptr<Server> server;
  std::thread thread;
};

TEST_F(ServerTest, AnswersOnOneConnectionInOrder) {
  Wire wire(port());
  ASSERT_TRUE(wire.connected());
  wire.Send(Get("/healthz") + Get("/api/v1/stats") + "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" +
            Get("/nothing.txt"));
  EXPECT_THAT(wire.ReadResponse(), testing::AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("{\"status\":\"ok\"}")));
  EXPECT_THAT(wire.ReadResponse(), HasSubstr("\"images\":0"));
  EXPECT_THAT(wire.ReadResponse(true),
              testing::AllOf(HasSubstr("Content-Length: 15\r\n"), testing::Not(HasSubstr("status"))));
  EXPECT_THAT(wire.ReadResponse(), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(wire.Ask("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"), HasSubstr("Connection: close"));
}

TEST_F(ServerTest, UploadsAndSendsPicturesBack) {
  Bytes picture = MakePicture(5, 900, 600);
  std::string bytes(AsText(picture));
  Wire wire(port());
  Json result = BodyOf(wire.Ask(UploadRequest({{"one.jpg", bytes}, {"two.jpg", bytes}, {"no.jpg", "no picture"}})));
  ASSERT_EQ(result["results"].items().size(), 3u) << result.Dump();
  EXPECT_EQ(result["results"][0]["status"].AsString(), "imported");
  EXPECT_EQ(result["results"][1]["status"].AsString(), "duplicate");
  EXPECT_EQ(result["results"][2]["status"].AsString(), "rejected");
  std::string route = "/i/" + std::to_string(result["results"][0]["id"].AsInt()) + "/";
  std::string whole = wire.Ask(Get(route + "original"));
  EXPECT_EQ(whole.substr(whole.find("\r\n\r\n") + 4), bytes);
  std::string part = wire.Ask(Get(route + "original", "Range: bytes=100-199\r\n"));
  EXPECT_THAT(part, StartsWith("HTTP/1.1 206 Partial Content\r\n"));
  EXPECT_EQ(part.substr(part.find("\r\n\r\n") + 4), bytes.substr(100, 100));
  size_t tag = whole.find("ETag: ") + 6;
  std::string etag = whole.substr(tag, whole.find("\r\n", tag) - tag);
  EXPECT_THAT(wire.Ask(Get(route + "original", "If-None-Match: " + etag + "\r\n")), StartsWith("HTTP/1.1 304"));
  EXPECT_THAT(wire.Ask(Get(route + "thumb")), HasSubstr("\xff\xd8\xff"));
  for (const auto& file : std::filesystem::directory_iterator(lib.folder()))
    EXPECT_THAT(file.path().filename().string(), testing::Not(StartsWith(".upload"))) << "a temporary file was left";
}

TEST_F(ServerTest, RefusesBadRequestsAndLivesOn) {
  std::string json = "Content-Type: application/json\r\n";
  struct Row {
    std::string request;
    const char* status;
  };
  std::string long_header = "X: " + std::string(20'000, 'a') + "\r\n";
  for (
      const Row& row : std::vector<Row>{
          {"GET / HTTP/1.1\r\n\r\n", "403"},
          {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", "403"},
          {"nonsense\r\n\r\n", "400"},
          {"GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
          {"GET /a/../b HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
          {"GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
          {"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"},
          {Get("/" + std::string(6000, 'a')), "413"},
          {Get("/", long_header), "431"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: "
           "chunked\r\n\r\n0\r\n\r\n",
           "400"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
           "400"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
           "415"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\n" + json + "Content-Length: 99999999999\r\n\r\n", "413"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\n" + json +
               "Origin: http://evil.example\r\nContent-Length: 2\r\n\r\n{}",
           "403"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\n" + json +
               "Sec-Fetch-Site: cross-site\r\nContent-Length: 2\r\n\r\n{}",
           "403"},
          {"POST /api/v1/search HTTP/1.1\r\nHost: localhost\r\n" + json + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
           "400"},
          {"POST /local/v1/import HTTP/1.1\r\nHost: localhost\r\n" + json + "Content-Length: 2\r\n\r\n{}", "404"},
          {"GET /local/v1/doctor HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"},
          {"PUT /api/v1/images HTTP/1.1\r\nHost: localhost\r\n\r\n", "405"},
          {UploadRequest({}), "400"},
          {"POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
           "boundary=B\r\nContent-Length: 3\r\n\r\nxyz",
           "400"},
      }) {
    Wire wire(port());
    ASSERT_TRUE(wire.Send(row.request));
    std::string response = wire.ReadResponse();
    EXPECT_THAT(response, StartsWith(std::string("HTTP/1.1 ") + row.status)) << row.request.substr(0, 200);
    EXPECT_FALSE(BodyOf(response)["request_id"].AsString().empty()) << row.request.substr(0, 200);
  }
  EXPECT_THAT(Wire(port()).Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, SaysContinueOnlyToWhatItWillTake) {
  Wire good(port());
  std::string request = UploadRequest({{"a.jpg", "x"}}, "Expect: 100-continue\r\n");
  size_t head = request.find("\r\n\r\n") + 4;
  good.Send(request.substr(0, head));
  std::string first;
  while (first.size() < 25 && good.ReadSome(&first)) {
  }
  EXPECT_EQ(first, "HTTP/1.1 100 Continue\r\n\r\n");
  good.Send(request.substr(head));
  EXPECT_THAT(good.ReadResponse(), StartsWith("HTTP/1.1 415"));
  Wire bad(port());
  bad.Send("POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n");
  EXPECT_THAT(bad.ReadResponse(), StartsWith("HTTP/1.1 404"));
}

TEST_F(ServerTest, SurvivesClientsThatLeave) {
  std::string request = UploadRequest({{"a.jpg", std::string(200'000, 'x')}});
  for (size_t cut = 1; cut < request.size(); cut += request.size() / 40) {
    Wire wire(port());
    wire.Send(std::string_view(request).substr(0, cut));
  }
  EXPECT_THAT(Wire(port()).Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/stats")["images"].AsInt(), 0);
}

TEST_F(ServerTest, HoldsManySilentConnections) {
  std::vector<std::unique_ptr<Wire>> silent;
  for (int i = 0; i < 300; ++i) {
    silent.push_back(std::make_unique<Wire>(port()));
    silent.back()->Send("GET /healthz HT");
  }
  for (int i = 0; i < 20; ++i) EXPECT_THAT(Wire(port()).Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServerTest, SendsEventsWhileTheyHappen) {
  Wire wire(port());
  wire.Send(Get("/api/v1/events"));
  std::string seen;
  while (seen.find("event: ping") == std::string::npos) ASSERT_TRUE(wire.ReadSome(&seen)) << seen;
  EXPECT_THAT(seen, HasSubstr("Content-Type: text/event-stream"));
  lib.Import(8);
  while (seen.find("event: change") == std::string::npos) ASSERT_TRUE(wire.ReadSome(&seen)) << seen;
}

TEST_F(ServerTest, EventsEndWithTheSession) {
  account::Service& people = *lib.api().accounts();
  ASSERT_TRUE(people.AddUser("ann", "", "correct horse battery", catalog::Role::kAdmin, {}));
  const auto session = people.LogIn("ann", "correct horse battery", "", "", {});
  ASSERT_TRUE(session);
  Wire wire(port());
  wire.Send(Get("/api/v1/events", "Cookie: session=" + session->secret + "\r\n"));
  std::string seen;
  while (seen.find("event: ping") == std::string::npos) ASSERT_TRUE(wire.ReadSome(&seen)) << seen;
  const auto import = [&](int seed) {
    const Bytes bytes = MakePicture(seed, 400, 300);
    EXPECT_EQ(lib.library().ImportBytes(bytes, "a.jpg", "", {}).status, engine::ImportStatus::kImported);
  };
  import(8);
  while (seen.find("event: change") == std::string::npos) ASSERT_TRUE(wire.ReadSome(&seen)) << seen;
  ASSERT_TRUE(people.SetPassword(session->user, "another horse battery", {})) << "which ends all sessions";
  import(9);
  const std::string rest = wire.ReadAll();
  EXPECT_EQ(rest.find("event: change"), std::string::npos) << rest;
}

TEST_F(ServerTest, TakesTheOwnerOnItsSocket) {
  EXPECT_EQ(std::filesystem::status(lib.folder() / "socket").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  Bytes picture = MakePicture(9, 300, 200);
  std::ofstream(lib.folder() / "in.jpg", std::ios::binary)
      .write(reinterpret_cast<const char*>(picture.data()), std::streamsize(picture.size()));
  auto client = Client::Connect(lib.folder() / "socket");
  ASSERT_TRUE(client) << client.error().Text();
  CancelFlag cancel;
  std::vector<Json> lines;
  Request request;
  request.method = "POST";
  request.path = "/local/v1/import";
  request.body = Json().Set("paths", Json::Array{(lib.folder() / "in.jpg").string()}).Dump();
  auto emit = [&](std::string_view line) {
    lines.push_back(ParseJson(line).value());
    return true;
  };
  Result<Response> response = (*client)->Send(request, emit, cancel);
  ASSERT_TRUE(response) << response.error().Text();
  EXPECT_EQ(response->status, 200);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back()["summary"]["imported"].AsInt(), 1);
  request.body = "{}";
  response = (*client)->Send(request, emit, cancel);
  ASSERT_TRUE(response) << "the connection goes on";
  EXPECT_EQ(response->status, 400);
}

TEST_F(ServerTest, RefusesASecondServerOnThePortAndForeignAddresses) {
  Server::Options options;
  options.api = &lib.api();
  options.port = port();
  auto second = Server::Open(options);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("in use"));
  options.address = "0.0.0.0";
  options.port = 0;
  EXPECT_EQ(Server::Open(options).error().code, ErrorCode::kFailedPrecondition) << "without an administrator";
  options.beyond_loopback = true;
  EXPECT_TRUE(Server::Open(options));
  options.address = "photos.example";
  EXPECT_EQ(Server::Open(options).error().code, ErrorCode::kInvalidArgument);
}

TEST_F(ServerTest, BelievesAProxyOnlyWhenToldTo) {
  ASSERT_TRUE(lib.api().accounts()->AddUser("ann", "", "correct horse battery", catalog::Role::kAdmin, {}));
  Server::Options options;
  options.api = &lib.api();
  options.port = 0;
  options.trust_proxy = true;
  auto trusting = Server::Open(options);
  ASSERT_TRUE(trusting);
  std::thread serving([&] { (*trusting)->Run(); });
  const std::string body = R"({"login":"ann","password":"correct horse battery"})";
  const std::string log_in =
      "POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.7, "
      "203.0.113.5\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  EXPECT_THAT(Wire((*trusting)->port()).Ask(log_in), HasSubstr("Set-Cookie: __Host-session="));
  EXPECT_THAT(Wire(port()).Ask(log_in), HasSubstr("Set-Cookie: session="));
  (*trusting)->Stop();
  serving.join();
}

TEST_F(ServerTest, StopsWithConnectionsOpen) {
  Wire idle(port()), events(port()), half(port());
  events.Send(Get("/api/v1/events"));
  half.Send("GET /healthz HTTP/1.1\r\nHo");
  std::string seen;
  while (seen.find("ping") == std::string::npos) ASSERT_TRUE(events.ReadSome(&seen));
  auto start = std::chrono::steady_clock::now();
  server->Stop();
  thread.join();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(15));
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_FALSE(Wire(port()).connected());
  EXPECT_FALSE(std::filesystem::exists(lib.folder() / "socket"));
}

TEST_F(ServerTest, StoresHostileNamesAsText) {
  const char* shared = std::getenv("LIKENESS_SHARED");
  std::filesystem::path folder = shared ? shared : LIKENESS_SOURCE_DIR "/../shared";
  std::ifstream names(folder / "hostile-images/hostile-filenames.jsonl");
  if (!names) GTEST_SKIP() << "the hostile file names are not here: " << folder;
  int seed = 100;
  for (std::string line; std::getline(names, line);) {
    Wire wire(port());  // a refusal of an over-long name closes the connection
    Result<Json> row = ParseJson(line);
    std::string name = row ? (*row)["name"].AsString() : "\xed\xa0\x80.jpg";  // the lone surrogate is no JSON text
    std::string escaped;
    for (char c : name) {
      if (c == '"')
        escaped += "%22";
      else if (c == '\r' || c == '\n')
        escaped += c == '\r' ? "%0D" : "%0A";
      else
        escaped += c;
    }
    Bytes picture = MakePicture(seed++, 64, 48);
    std::string response = wire.Ask(UploadRequest({{escaped, std::string(AsText(picture))}}, "X-Test: 1\r\n"));
    if (response.starts_with("HTTP/1.1 4") && name.size() > 8000) continue;
    Json result = BodyOf(response)["results"][0];
    ASSERT_TRUE(result["status"].AsString() == "imported" || result["status"].AsString() == "duplicate")
        << line << "\n"
        << response.substr(0, 600);
    if (!result.Has("id")) continue;
    std::string shown = wire.Ask(Get("/api/v1/images/" + std::to_string(result["id"].AsInt())));
    std::string stored = BodyOf(shown)["name"].AsString();
    EXPECT_FALSE(stored.empty()) << line;
    EXPECT_EQ(stored.find('/'), std::string::npos) << line;
    EXPECT_NE(stored, "..") << line;
    EXPECT_LE(stored.size(), 255u) << line;
    EXPECT_EQ(stored.find_first_of(std::string_view("\0\r\n\x1b", 4)), std::string::npos) << line;
    std::string file = wire.Ask(Get("/i/" + std::to_string(result["id"].AsInt()) + "/original?download=1"));
    std::string head = file.substr(0, file.find("\r\n\r\n"));
    EXPECT_THAT(head, HasSubstr("Content-Disposition: attachment; filename=\"")) << line;
    std::istringstream lines(head);
    for (std::string field; std::getline(lines, field);) {
      EXPECT_THAT(
          field,
          testing::MatchesRegex(
              "(HTTP/1.1 200|Date|ETag|Cache-Control|Content-|Accept-Ranges|X-Content-|Referrer-|Cross-Origin-).*"))
          << "a header was smuggled in by " << line;
    }
  }
  EXPECT_GT(seed, 150);
}

}  // namespace
}  // namespace likeness::http
