// Log-in elsewhere against an issuer on the loopback interface.
#include "account/provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/secrets.h"
#include "net/test_servers.h"

namespace likeness::account {
namespace {

using net::testing::HttpAsked;
using net::testing::HttpServer;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class IssuerTest : public ::testing::Test {
 protected:
  std::string claims, asked_body;
  std::string issuer_says;  // empty: its own address
  HttpServer server{[this](const HttpAsked& asked) {
    if (asked.target == "/.well-known/openid-configuration")
      return HttpServer::Answer(
          200, fmt::format(R"({{"issuer":"{}","authorization_endpoint":"{}/a?x=1","token_endpoint":"{}/t"}})",
                           issuer_says.empty() ? server.url() : issuer_says, server.url(), server.url()));
    if (asked.target == "/t") {
      asked_body = asked.body;
      return HttpServer::Answer(200, fmt::format(R"({{"id_token":"e30.{}.c2ln"}})", Base64Url(AsBytes(claims))));
    }
    return HttpServer::Answer(404, "{}");
  }};
  Provider::Options Options() {
    return {.id = "oidc",
            .name = "Issuer",
            .github = false,
            .issuer = server.url(),
            .api = {},
            .client_id = "me",
            .secret = "sec",
            .redirect_uri = "https://photos.example/cb"};
  }
};

TEST_F(IssuerTest, SendsTheBrowserWithAChallenge) {
  Provider provider(Options());
  // RFC 7636, appendix B.
  Result<std::string> url = provider.AuthorizeUrl("st", "no", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
  ASSERT_TRUE(url) << url.error().Text();
  EXPECT_THAT(*url,
              AllOf(StartsWith(server.url() + "/a?x=1&response_type=code&client_id=me&"),
                    HasSubstr("code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"),
                    HasSubstr("state=st"), HasSubstr("nonce=no"), HasSubstr("scope=openid%20email%20profile")));
}

TEST_F(IssuerTest, BelievesOnlyWhatHolds) {
  struct Row {
    std::string claims;
    bool holds;
  };
  const std::string iss = fmt::format(R"("iss":"{}")", server.url());
  for (const Row& row :
       {Row{"{" + iss + R"(,"aud":"me","exp":2000,"nonce":"n","sub":"7","email":"A@b","email_verified":true})", true},
        Row{"{" + iss + R"(,"aud":["me"],"exp":2000,"nonce":"n","sub":"7"})", true},
        Row{"{" + iss + R"(,"aud":["me","x"],"azp":"me","exp":2000,"nonce":"n","sub":"7"})", true},
        Row{"{" + iss + R"(,"aud":["me","x"],"exp":2000,"nonce":"n","sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"other","exp":2000,"nonce":"n","sub":"7"})", false},
        Row{"{" + iss + R"(,"exp":2000,"nonce":"n","sub":"7"})", false},
        Row{R"({"iss":"https://evil","aud":"me","exp":2000,"nonce":"n","sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"me","exp":900,"nonce":"n","sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"me","nonce":"n","sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"me","exp":2000,"nonce":"other","sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"me","exp":2000,"sub":"7"})", false},
        Row{"{" + iss + R"(,"aud":"me","exp":2000,"nonce":"n"})", false}, Row{"[]", false}, Row{"", false}}) {
    claims = row.claims;
    Provider provider(Options());
    Result<Provider::Identity> identity = provider.Redeem("code", "n", "verifier", 1000);
    EXPECT_EQ(identity.has_value(), row.holds) << row.claims;
    if (identity) {
      EXPECT_EQ(identity->subject, "7");
    } else {
      EXPECT_EQ(identity.error().code, ErrorCode::kPermissionDenied);
    }
  }
  EXPECT_THAT(asked_body,
              AllOf(HasSubstr("code_verifier=verifier"), HasSubstr("client_secret=sec"), HasSubstr("code=code")));
  issuer_says = "https://evil";
  EXPECT_FALSE(Provider(Options()).AuthorizeUrl("s", "n", "v")) << "another issuer's description";
}

TEST_F(IssuerTest, TakesOnlyVerifiedAddresses) {
  for (const auto& [verified, email] : {std::pair{"true", "a@b"}, {"false", ""}, {"\"yes\"", ""}}) {
    claims =
        fmt::format(R"({{"iss":"{}","aud":"me","exp":2000,"nonce":"n","sub":"7","email":"A@b","email_verified":{}}})",
                    server.url(), verified);
    Provider provider(Options());
    EXPECT_EQ(provider.Redeem("c", "n", "v", 1000)->email, email) << verified;
  }
}

TEST(Github, IsAskedByItsOwnCalls) {
  HttpServer server([](const HttpAsked& asked) {
    if (asked.target == "/login/oauth/access_token") return HttpServer::Answer(200, R"({"access_token":"tok"})");
    if (asked.head.find("Authorization: Bearer tok") == std::string::npos) return HttpServer::Answer(401, "{}");
    if (asked.target == "/user") return HttpServer::Answer(200, R"({"id":42,"login":"octo"})");
    return HttpServer::Answer(200, R"([{"email":"x@y","primary":false,"verified":true},)"
                                   R"({"email":"Octo@Example.org","primary":true,"verified":true}])");
  });
  Provider provider({.id = "github",
                     .name = "GitHub",
                     .github = true,
                     .issuer = server.url(),
                     .api = server.url(),
                     .client_id = "me",
                     .secret = "s",
                     .redirect_uri = "r"});
  Result<Provider::Identity> identity = provider.Redeem("code", "n", "v", 0);
  ASSERT_TRUE(identity) << identity.error().Text();
  EXPECT_EQ(identity->subject, "42");
  EXPECT_EQ(identity->name, "octo");
  EXPECT_EQ(identity->email, "octo@example.org");
}

}  // namespace
}  // namespace likeness::account
