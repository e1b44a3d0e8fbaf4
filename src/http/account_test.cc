// Accounts through Api::Handle, with a mail server and an OpenID issuer on the loopback interface.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/secrets.h"
#include "account/totp.h"
#include "http/test_library.h"
#include "net/test_servers.h"

namespace likeness::http {
namespace {

using net::testing::HttpAsked;
using net::testing::HttpServer;
using net::testing::SmtpSink;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Headers = std::map<std::string, std::string, std::less<>>;

constexpr const char* kPassword = "correct horse battery";

std::string FromBase64(std::string text) {
  std::string url;
  for (char c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
    if (c != '=' && c != '\r' && c != '\n') url.push_back(c);
  }
  return std::string(AsText(account::FromBase64Url(url).value_or(Bytes{})));
}

class AccountTest : public ::testing::Test {
 protected:
  SmtpSink sink;
  int64_t now_ms = int64_t{1'800'000'000} * 1000;
  std::string claims;
  HttpServer issuer{[this](const HttpAsked& asked) {
    if (asked.target.starts_with("/.well-known/"))
      return HttpServer::Answer(
          200,
          fmt::format(R"({{"issuer":"{0}","authorization_endpoint":"{0}/a","token_endpoint":"{0}/t"}})", issuer.url()));
    return HttpServer::Answer(200, fmt::format(R"({{"id_token":"e30.{}.x"}})", account::Base64Url(AsBytes(claims))));
  }};
  TestLibrary lib{[this] {
    account::Options options;
    options.site_url = "https://photos.example";
    options.mail = net::MailServer{.host = "127.0.0.1",
                                   .port = sink.port(),
                                   .security = net::MailServer::Security::kNone,
                                   .from = "photos@example.org"};
    options.providers = {{.id = "oidc",
                          .name = "Issuer",
                          .github = false,
                          .issuer = issuer.url(),
                          .api = {},
                          .client_id = "me",
                          .secret = "provider-secret",
                          .redirect_uri = {}}};
    options.now_ms = [this] { return now_ms; };
    return options;
  }()};
  std::string cookie;  // of the last log-in

  Response Send(const std::string& method, const std::string& target, const Json& body = {}, Headers headers = {}) {
    if (!cookie.empty()) headers.emplace("cookie", cookie);
    headers.emplace("host", "localhost:8080");
    Response response = lib.Send(method, target, body.is_null() ? "" : body.Dump(), {}, headers);
    for (const auto& [name, value] : response.headers) {
      if (name == "Set-Cookie" && value.starts_with("session="))
        cookie = value.starts_with("session=;") ? "" : value.substr(0, value.find(';'));
    }
    return response;
  }
  Json Ok(const std::string& method, const std::string& target, const Json& body = {}) {
    Response response = Send(method, target, body);
    EXPECT_THAT(response.status, AnyOf(200, 202, 204)) << method << target << response.text();
    return ParseJson(response.text()).value_or(Json());
  }
  static std::string CodeOf(const Response& response) {
    return ParseJson(response.text()).value_or(Json())["code"].AsString();
  }
  Response LogIn(const std::string& login, const std::string& password = kPassword, const std::string& code = "") {
    cookie.clear();
    Json body = Json().Set("login", login).Set("password", password);
    if (!code.empty()) body.Set("code", code);
    return Send("POST", "/api/v1/session", body);
  }
  // The first administrator, by the owner's door.
  void AddUser(const std::string& name, const std::string& role, const std::string& email = "") {
    Response added = lib.Send("POST", "/local/v1/users",
                              Json()
                                  .Set("verb", "add")
                                  .Set("name", name)
                                  .Set("email", email)
                                  .Set("password", kPassword)
                                  .Set("role", role)
                                  .Dump(),
                              kOwner);
    ASSERT_EQ(added.status, 200) << added.text();
  }
  // The secret in the newest mail's link to a page; waits for the mailer.
  std::string LinkTo(const std::string& page, size_t mails) {
    const auto taken = sink.AwaitMails(mails);
    if (taken.size() < mails) return "";
    const std::string message = taken.back().message;
    const std::string text = FromBase64(message.substr(message.find("\r\n\r\n") + 4));
    const std::string begin = "https://photos.example/" + page + "#";
    const size_t at = text.find(begin);
    return at == std::string::npos ? "" : text.substr(at + begin.size(), 43);
  }
};

TEST_F(AccountTest, IsSetUpOnceByTheLink) {
  EXPECT_FALSE(Ok("GET", "/api/v1/site")["accounts"].AsBool());
  EXPECT_EQ(Send("GET", "/api/v1/users").status, 404) << "without accounts nobody manages them";
  const std::string code = lib.api().accounts()->OpenSetup();
  Json body = Json().Set("name", "Ann").Set("password", kPassword).Set("visitors", "nothing");
  Json wrong = body, right = body, weak = Json().Set("code", code).Set("name", "Ann").Set("password", "password1");
  EXPECT_EQ(Send("POST", "/api/v1/setup", wrong.Set("code", "guess")).status, 403);
  EXPECT_EQ(Send("POST", "/api/v1/setup", weak).status, 400);
  Json site = Ok("POST", "/api/v1/setup", right.Set("code", code));
  EXPECT_EQ(site["user"]["role"].AsString(), "admin");
  EXPECT_EQ(site["may"].items().size(), 8u);
  cookie.clear();
  EXPECT_EQ(Send("POST", "/api/v1/setup", right).status, 403) << "once";
  EXPECT_EQ(lib.api().accounts()->OpenSetup(), "");
  EXPECT_EQ(Send("GET", "/api/v1/images").status, 401) << "visitors see nothing";
  EXPECT_EQ(Send("GET", "/api/v1/site").status, 200);
}

TEST_F(AccountTest, LogsInAndOut) {
  AddUser("Ann", "admin", "Ann@Example.org");
  for (const char* login : {"ann", "ANN", "ann@example.org", "ANN@example.ORG"}) {
    EXPECT_EQ(LogIn(login).status, 200) << login;
    EXPECT_EQ(Ok("GET", "/api/v1/account")["name"].AsString(), "Ann");
  }
  Response in = LogIn("ann");
  EXPECT_THAT(*in.header("Set-Cookie"), AllOf(HasSubstr("; HttpOnly; SameSite=Lax"), HasSubstr("Max-Age=1209600")));
  EXPECT_THAT(in.text(), HasSubstr("\"fetch\"")) << "what may be done is that of whoever has just logged in";
  cookie.clear();
  Response over_tls = Send("POST", "/api/v1/session", Json().Set("login", "ann").Set("password", kPassword),
                           {{"host", "photos.example"}});
  EXPECT_THAT(*over_tls.header("Set-Cookie"), AllOf(StartsWith("__Host-session="), HasSubstr("; Secure")));
  ASSERT_EQ(LogIn("ann").status, 200);
  const std::string kept = cookie;
  EXPECT_EQ(Send("DELETE", "/api/v1/session").status, 204);
  cookie = kept;
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 401) << "the session has ended, not only the cookie";
  ASSERT_EQ(LogIn("ann").status, 200);
  now_ms += account::Service::kSessionMs + 1;
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 401) << "after 14 days";
}

TEST_F(AccountTest, TellsNobodyWhoHasAnAccount) {
  AddUser("ann", "admin", "ann@example.org");
  ASSERT_EQ(LogIn("ann").status, 200);
  Ok("PATCH", "/api/v1/settings", Json().Set("sign_up", "open"));
  const auto texts = [&](const char* method, const char* path, const std::vector<Json>& bodies) {
    std::set<std::string> answers;
    for (const Json& body : bodies) {
      cookie.clear();
      Response response = Send(method, path, body);
      answers.insert(std::to_string(response.status) + std::string(response.text()));
    }
    return answers.size();
  };
  const auto login = [](const char* name, const char* password) {
    return Json().Set("login", name).Set("password", password);
  };
  EXPECT_EQ(texts("POST", "/api/v1/session",
                  {login("ann", "wrong one"), login("nobody", "wrong one"), login("a@b", "wrong one"), login("", ""),
                   login("ann", ""), login("' OR 1=1 --", "x")}),
            1u);
  EXPECT_EQ(texts("POST", "/api/v1/account/recovery",
                  {Json().Set("email", "ann@example.org"), Json().Set("email", "no@example.org")}),
            1u);
  const auto sign_up = [](const char* email) {
    return Json().Set("name", "new").Set("email", email).Set("password", kPassword);
  };
  EXPECT_EQ(texts("POST", "/api/v1/account", {sign_up("ann@example.org"), sign_up("no@example.org")}), 1u);
}

TEST_F(AccountTest, SlowsGuessingAndLocksNobodyOut) {
  AddUser("ann", "admin");
  lib.peer = "192.0.2.1";
  ASSERT_EQ(LogIn("ann").status, 200);
  lib.peer = "203.0.113.9";
  int tried = 0;
  Response last;
  for (; tried < 50; ++tried) {
    last = LogIn("ann", "guess " + std::to_string(tried));
    if (last.status != 401) break;
  }
  EXPECT_EQ(tried, 8);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(CodeOf(last), "too_many_requests");
  EXPECT_EQ(*last.header("Retry-After"), "1");
  lib.peer = "198.51.100.1";
  EXPECT_EQ(LogIn("ann", "guess").status, 429) << "another network does not help";
  lib.peer = "192.0.2.77";
  EXPECT_EQ(LogIn("ann").status, 200) << "where somebody has logged in before, others' failures do not count";
  lib.peer = "203.0.113.9";
  now_ms += 60'000;
  EXPECT_EQ(LogIn("ann").status, 200) << "slowed, not locked out";
}

TEST_F(AccountTest, APasswordEndsTheOtherSessions) {
  AddUser("ann", "admin");
  ASSERT_EQ(LogIn("ann").status, 200);
  const std::string other = cookie;
  ASSERT_EQ(LogIn("ann").status, 200);
  EXPECT_EQ(Ok("GET", "/api/v1/account/sessions")["sessions"].items().size(), 2u);
  const std::string fresh = "another horse battery";
  EXPECT_EQ(Send("PATCH", "/api/v1/account", Json().Set("password", fresh)).status, 403) << "without the current one";
  EXPECT_EQ(Send("PATCH", "/api/v1/account", Json().Set("password", fresh).Set("current_password", "wrong")).status,
            403);
  Ok("PATCH", "/api/v1/account", Json().Set("password", fresh).Set("current_password", kPassword));
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 200) << "this one goes on";
  cookie = other;
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 401);
  EXPECT_EQ(LogIn("ann").status, 401);
  EXPECT_EQ(LogIn("ann", fresh).status, 200);
  AddUser("bob", "user");
  ASSERT_EQ(LogIn("bob").status, 200);
  const std::string bob = cookie;
  ASSERT_EQ(LogIn("ann", fresh).status, 200);
  const int64_t id = Ok("GET", "/api/v1/users")["users"][1]["id"].AsInt();
  Ok("PATCH", "/api/v1/users/" + std::to_string(id), Json().Set("disabled", true));
  cookie = bob;
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 401) << "disabled: all ends";
  EXPECT_EQ(LogIn("bob").status, 403);
}

TEST_F(AccountTest, SignsUpAndRecoversByMail) {
  AddUser("root", "admin");
  const Json wish = Json().Set("name", "ann").Set("email", "ann@example.org").Set("password", kPassword);
  EXPECT_EQ(CodeOf(Send("POST", "/api/v1/account", wish)), "failed_precondition") << "closed";
  ASSERT_EQ(LogIn("root").status, 200);
  Ok("PATCH", "/api/v1/settings", Json().Set("sign_up", "open"));
  cookie.clear();
  EXPECT_EQ(Send("POST", "/api/v1/account", wish).status, 202);
  EXPECT_EQ(LogIn("ann").status, 401) << "not before the link";
  const std::string token = LinkTo("confirm", 1);
  ASSERT_EQ(token.size(), 43u);
  EXPECT_EQ(Send("POST", "/api/v1/account/confirm", Json().Set("token", token)).status, 204);
  EXPECT_EQ(Send("POST", "/api/v1/account/confirm", Json().Set("token", token)).status, 404) << "once";
  ASSERT_EQ(LogIn("ann").status, 200);
  EXPECT_EQ(Ok("GET", "/api/v1/site")["user"]["role"].AsString(), "user");
  EXPECT_TRUE(Ok("GET", "/api/v1/site")["add_waits"].AsBool());
  EXPECT_EQ(Send("GET", "/api/v1/users").status, 403);
  const std::string key = Ok("POST", "/api/v1/account/tokens",
                             Json()
                                 .Set("name", "t")
                                 .Set("scopes", Json::MakeArray().Append("read"))
                                 .Set("current_password", kPassword))["token"]
                              .AsString();
  const std::string session = cookie;
  cookie.clear();
  EXPECT_EQ(Send("GET", "/api/v1/images", {}, {{"authorization", "Bearer " + key}}).status, 200);
  EXPECT_EQ(Send("POST", "/api/v1/account/recovery", Json().Set("email", "ann@example.org")).status, 202);
  const std::string reset = LinkTo("reset", 2);
  const auto set = [&](const std::string& text, const char* password) {
    return Send("POST", "/api/v1/account/password", Json().Set("token", text).Set("password", password)).status;
  };
  EXPECT_EQ(set(token, "quite another thing"), 404) << "a link for another purpose";
  EXPECT_EQ(set(reset, "short"), 400) << "and the link is not used up by that";
  EXPECT_EQ(set(reset, "quite another thing"), 204);
  EXPECT_EQ(set(reset, "quite another thing"), 404);
  EXPECT_EQ(Send("GET", "/api/v1/images", {}, {{"authorization", "Bearer " + key}}).status, 401) << "the tokens too";
  cookie = session;
  EXPECT_EQ(Send("GET", "/api/v1/account").status, 401) << "all sessions ended";
  EXPECT_EQ(LogIn("ann", "quite another thing").status, 200);
}

TEST_F(AccountTest, ASecondFactorIsAskedForAndCountsOnce) {
  AddUser("ann", "admin");
  ASSERT_EQ(LogIn("ann").status, 200);
  EXPECT_EQ(Send("POST", "/api/v1/account/totp", Json().Set("current_password", "wrong")).status, 403);
  Json begun = Ok("POST", "/api/v1/account/totp", Json().Set("current_password", kPassword));
  EXPECT_THAT(begun["uri"].AsString(), HasSubstr("secret=" + begun["secret"].AsString()));
  EXPECT_EQ(LogIn("ann").status, 200) << "not before it is confirmed";
  const auto user = lib.library().accounts().FindByName("ann").value().value();
  const auto code = [&] { return account::TotpCode(user.totp_secret, account::TotpStep(now_ms / 1000)); };
  EXPECT_EQ(Send("POST", "/api/v1/account/totp/confirm", Json().Set("code", "000000x")).status, 400);
  Json confirmed = Ok("POST", "/api/v1/account/totp/confirm", Json().Set("code", code()));
  ASSERT_EQ(confirmed["recovery_codes"].items().size(), 10u);
  EXPECT_EQ(CodeOf(LogIn("ann")), "second_factor");
  EXPECT_EQ(CodeOf(LogIn("ann", "wrong password", code())), "unauthenticated");
  EXPECT_EQ(CodeOf(LogIn("ann", kPassword, code())), "second_factor") << "it was used for the confirmation";
  now_ms += 30'000;
  EXPECT_EQ(LogIn("ann", kPassword, code()).status, 200);
  EXPECT_EQ(CodeOf(LogIn("ann", kPassword, code())), "second_factor") << "replayed";
  const std::string recovery = confirmed["recovery_codes"][0].AsString();
  EXPECT_EQ(LogIn("ann", kPassword, recovery).status, 200);
  EXPECT_EQ(CodeOf(LogIn("ann", kPassword, recovery)), "second_factor");
  EXPECT_EQ(LogIn("ann", kPassword, confirmed["recovery_codes"][1].AsString()).status, 200);
  EXPECT_EQ(Send("DELETE", "/api/v1/account/totp", Json().Set("current_password", kPassword)).status, 204);
  EXPECT_EQ(LogIn("ann").status, 200);
}

TEST_F(AccountTest, ATokenStaysWithinItsScopes) {
  AddUser("ann", "admin");
  ASSERT_EQ(LogIn("ann").status, 200);
  const auto make = [&](const char* scope) {
    Json body =
        Json().Set("name", "t").Set("scopes", Json::MakeArray().Append(scope)).Set("current_password", kPassword);
    return Ok("POST", "/api/v1/account/tokens", body);
  };
  EXPECT_EQ(Send("POST", "/api/v1/account/tokens",
                 Json().Set("name", "t").Set("scopes", Json::MakeArray().Append("read")).Set("current_password", "no"))
                .status,
            403)
      << "a session alone makes none";
  const std::string read = make("read")["token"].AsString();
  const Json manager = make("manage");
  const std::string manage = manager["token"].AsString();
  const std::string session = std::exchange(cookie, "");
  const auto with = [&](const std::string& token, const char* method, const std::string& path, const Json& body = {}) {
    return Send(method, path, body, {{"authorization", "Bearer " + token}}).status;
  };
  EXPECT_EQ(with(read, "GET", "/api/v1/images"), 200);
  EXPECT_EQ(with(read, "GET", "/api/v1/users"), 403);
  EXPECT_EQ(with(manage, "GET", "/api/v1/users"), 200);
  EXPECT_EQ(with(manage, "GET", "/api/v1/images"), 403);
  for (const std::string& token : {read, manage}) {
    Json wider = Json().Set("name", "w").Set("scopes", Json::MakeArray().Append("read").Append("manage"));
    EXPECT_EQ(with(token, "POST", "/api/v1/account/tokens", wider), 403) << "no token makes tokens";
    EXPECT_EQ(with(token, "GET", "/api/v1/account/tokens"), 403);
    EXPECT_EQ(with(token, "PATCH", "/api/v1/account", Json().Set("name", "x")), 403);
  }
  EXPECT_EQ(with("unknown", "GET", "/api/v1/images"), 401) << "rather than a visitor";
  EXPECT_EQ(with(read + "x", "GET", "/healthz"), 401);
  cookie = session;
  Json list = Ok("GET", "/api/v1/account/tokens");
  EXPECT_THAT(list.Dump(), Not(AnyOf(HasSubstr(read), HasSubstr("hash"))));
  for (const char* bad : {"write", "", "READ"})
    EXPECT_EQ(
        Send("POST", "/api/v1/account/tokens",
             Json().Set("name", "t").Set("scopes", Json::MakeArray().Append(bad)).Set("current_password", kPassword))
            .status,
        400);
  EXPECT_EQ(Send("DELETE", "/api/v1/account/tokens/" + std::to_string(manager["id"].AsInt())).status, 204);
  cookie.clear();
  EXPECT_EQ(with(manage, "GET", "/api/v1/users"), 401);
  now_ms += int64_t{366} * 24 * 3600 * 1000;
  EXPECT_EQ(with(read, "GET", "/api/v1/images"), 401) << "after a year";
}

TEST_F(AccountTest, ACookieOfAnotherSitesPageProvesNothing) {
  AddUser("ann", "admin");
  ASSERT_EQ(LogIn("ann").status, 200);
  const Json body = Json().Set("site_name", "mine");
  EXPECT_EQ(Send("PATCH", "/api/v1/settings", body, {{"origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(Send("PATCH", "/api/v1/settings", body, {{"sec-fetch-site", "cross-site"}}).status, 403);
  EXPECT_EQ(Send("PATCH", "/api/v1/settings", body, {{"origin", "http://localhost:8080"}}).status, 200);
  EXPECT_EQ(Ok("GET", "/api/v1/site")["name"].AsString(), "mine");
}

TEST_F(AccountTest, AnAdministratorStays) {
  AddUser("ann", "admin");
  ASSERT_EQ(LogIn("ann").status, 200);
  EXPECT_EQ(CodeOf(Send("PATCH", "/api/v1/users/1", Json().Set("role", "user"))), "failed_precondition");
  EXPECT_EQ(CodeOf(Send("PATCH", "/api/v1/users/1", Json().Set("disabled", true))), "failed_precondition");
  EXPECT_EQ(CodeOf(Send("DELETE", "/api/v1/users/1")), "failed_precondition");
  EXPECT_EQ(Send("PATCH", "/api/v1/users/1", Json().Set("role", "god")).status, 400);
  EXPECT_EQ(Send("PATCH", "/api/v1/users/99", Json().Set("role", "user")).status, 404);
}

// What stands in the configuration is for the server alone: every GET route, asked by everybody, says nothing of it.
TEST(Secrets, AreInNoAnswer) {
  constexpr std::string_view kMark = "5ECRET";
  account::Options options;
  options.site_url = "https://photos.example";
  options.mail = net::MailServer{.host = "mail.example", .user = "5ECRET-user", .password = "5ECRET-mail"};
  options.captcha = account::Captcha{
      .kind = "turnstile", .site_key = "shown", .secret = "5ECRET-captcha", .hostname = {}, .verify_url = {}};
  account::Provider::Options provider;
  provider.id = provider.name = "oidc";
  provider.issuer = "https://issuer.example";
  provider.client_id = "me";
  provider.secret = "5ECRET-provider";
  options.providers = {provider};
  TestLibrary lib(options);
  Caller admin;
  admin.accounts = true;
  admin.user = UserId{1};
  admin.role = catalog::Role::kAdmin;
  size_t asked = 0;
  for (const Caller& caller : {Caller{}, admin})
    for (const RouteInfo& route : Api::Routes()) {
      if (route.method != "GET" || route.pattern.find("/auth/") != std::string::npos) continue;
      const Response response = lib.Send("GET", route.pattern, "", caller, {{"host", "photos.example"}});
      ++asked;
      EXPECT_EQ(response.text().find(kMark), std::string_view::npos) << route.pattern;
      for (const auto& [name, value] : response.headers)
        EXPECT_EQ(value.find(kMark), std::string::npos) << route.pattern << " " << name;
    }
  EXPECT_GT(asked, 60u);
  EXPECT_NE(lib.Send("GET", "/api/v1/site").text().find("shown"), std::string_view::npos) << "the walk reached it";
}

class ElsewhereTest : public AccountTest {
 protected:
  // Through the provider and back: where the browser ends.
  std::string Go(const std::string& sub, const std::string& email, bool keep_binding = true, bool keep_state = true) {
    Response leave = Send("GET", "/api/v1/auth/oidc");
    EXPECT_EQ(leave.status, 302) << leave.text();
    const std::string url = *leave.header("Location");
    const auto field = [&](const std::string& name) {
      const size_t at = url.find(name + "=") + name.size() + 1;
      return url.substr(at, url.find('&', at) - at);
    };
    const std::string binding = leave.header("Set-Cookie")->substr(0, leave.header("Set-Cookie")->find(';'));
    claims = fmt::format(R"({{"iss":"{}","aud":"me","exp":{},"nonce":"{}","sub":"{}","preferred_username":"ann",)"
                         R"("email":"{}","email_verified":true}})",
                         issuer.url(), now_ms / 1000 + 60, field("nonce"), sub, email);
    std::string cookies = cookie;
    if (keep_binding) cookies += (cookies.empty() ? "" : "; ") + binding;
    Response back = Send("GET", "/api/v1/auth/oidc/callback?code=c&state=" + (keep_state ? field("state") : "x"), {},
                         {{"cookie", cookies}});
    EXPECT_EQ(back.status, 302);
    return *back.header("Location");
  }
};

TEST_F(ElsewhereTest, LogsInWhomTheProviderKnows) {
  AddUser("root", "admin");
  EXPECT_EQ(Go("7", "ann@example.org"), "/login#closed");
  ASSERT_EQ(LogIn("root").status, 200);
  Ok("PATCH", "/api/v1/settings", Json().Set("sign_up", "open"));
  cookie.clear();
  EXPECT_EQ(Go("7", "ann@example.org"), "/");
  EXPECT_EQ(Ok("GET", "/api/v1/account")["name"].AsString(), "ann");
  EXPECT_EQ(Ok("GET", "/api/v1/account")["providers"][0].AsString(), "oidc");
  cookie.clear();
  EXPECT_EQ(Go("7", "elsewhere@example.org"), "/") << "known by the subject";
  EXPECT_EQ(Ok("GET", "/api/v1/account")["email"].AsString(), "ann@example.org");
  cookie.clear();
  EXPECT_EQ(Go("8", "ann@example.org"), "/login#taken") << "an address takes over no account";
  EXPECT_EQ(Go("9", "no address"), "/login#unverified");
  EXPECT_EQ(Go("7", "ann@example.org", false), "/login#expired") << "another browser";
  EXPECT_EQ(Go("7", "ann@example.org", true, false), "/login#expired");
  ASSERT_EQ(LogIn("root").status, 200);
  EXPECT_EQ(Go("10", "root@example.org"), "/") << "whoever is logged in binds it to their account";
  EXPECT_EQ(Ok("GET", "/api/v1/account")["name"].AsString(), "root");
  cookie.clear();
  EXPECT_EQ(Go("10", "root@example.org"), "/");
  EXPECT_EQ(Ok("GET", "/api/v1/account")["name"].AsString(), "root");
  EXPECT_EQ(Send("GET", "/api/v1/auth/none").status, 404);
}

TEST_F(ElsewhereTest, AnIdentityIsLeftUnlessNothingElseIsThere) {
  AddUser("root", "admin");
  ASSERT_EQ(LogIn("root").status, 200);
  Ok("PATCH", "/api/v1/settings", Json().Set("sign_up", "open"));
  EXPECT_EQ(Go("10", "root@example.org"), "/");
  const std::string path = "/api/v1/account/providers/oidc";
  EXPECT_EQ(Send("DELETE", path, Json().Set("current_password", "wrong")).status, 403);
  EXPECT_EQ(Send("DELETE", path, Json().Set("current_password", kPassword)).status, 204);
  EXPECT_TRUE(Ok("GET", "/api/v1/account")["providers"].items().empty());
  EXPECT_EQ(Send("DELETE", path, Json().Set("current_password", kPassword)).status, 404);
  cookie.clear();
  EXPECT_EQ(Go("10", "new@example.org"), "/") << "free for another account now";
  EXPECT_EQ(Ok("GET", "/api/v1/account")["email"].AsString(), "new@example.org");
  EXPECT_EQ(Send("DELETE", path, Json::MakeObject()).status, 409) << "there would be no way in";
  Ok("PATCH", "/api/v1/account", Json().Set("password", "a password of my own 77"));
  EXPECT_EQ(Send("DELETE", path, Json().Set("current_password", "a password of my own 77")).status, 204);
}

TEST_F(AccountTest, SecretsLeaveInNoAnswer) {
  AddUser("ann", "admin", "ann@example.org");
  ASSERT_EQ(LogIn("ann").status, 200);
  for (const RouteInfo& route : Api::Routes()) {
    if (route.method != "GET" || route.pattern.starts_with("/local")) continue;
    std::string path = route.pattern;
    for (size_t at; (at = path.find('{')) != std::string::npos;) path.replace(at, path.find('}') - at + 1, "1");
    const std::string text(Send("GET", path).text());
    EXPECT_THAT(text, AllOf(Not(HasSubstr("provider-secret")), Not(HasSubstr("$argon2")))) << path;
  }
}

}  // namespace
}  // namespace likeness::http
