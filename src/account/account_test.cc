#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "account/captcha.h"
#include "account/password.h"
#include "account/secrets.h"
#include "account/throttle.h"
#include "account/totp.h"
#include "net/test_servers.h"

namespace likeness::account {
namespace {

using net::testing::HttpAsked;
using net::testing::HttpServer;
using ::testing::MatchesRegex;

// RFC 6238, appendix B, SHA-1.
TEST(Totp, HasTheCodesOfTheStandard) {
  const ByteView secret = AsBytes("12345678901234567890");
  struct Row {
    int64_t unix_s;
    const char* code;
  };
  for (const Row& row : {Row{59, "94287082"}, Row{1111111109, "07081804"}, Row{1111111111, "14050471"},
                         Row{1234567890, "89005924"}, Row{2000000000, "69279037"}, Row{20000000000, "65353130"}})
    EXPECT_EQ(TotpCode(secret, TotpStep(row.unix_s), 8), row.code) << row.unix_s;
}

TEST(Totp, TakesACodeOnceAndNearItsTime) {
  const ByteView secret = AsBytes("12345678901234567890");
  const int64_t now = 1111111111, step = TotpStep(now);
  const std::string code = TotpCode(secret, step);
  EXPECT_EQ(MatchTotp(secret, code, now, 0), step);
  EXPECT_EQ(MatchTotp(secret, code, now + 30, 0), step);
  EXPECT_EQ(MatchTotp(secret, code, now - 30, 0), step);
  EXPECT_FALSE(MatchTotp(secret, code, now + 61, 0));
  EXPECT_FALSE(MatchTotp(secret, code, now, step)) << "again";
  EXPECT_FALSE(MatchTotp(secret, "", now, 0));
  EXPECT_FALSE(MatchTotp(secret, code + "0", now, 0));
}

TEST(Secrets, AreTextsOfTheirBytes) {
  struct Row {
    const char *bytes, *base32, *base64;
  };  // RFC 4648, section 10
  for (const Row& row : {Row{"", "", ""}, Row{"f", "MY", "Zg"}, Row{"fo", "MZXQ", "Zm8"}, Row{"foo", "MZXW6", "Zm9v"},
                         Row{"foob", "MZXW6YQ", "Zm9vYg"}, Row{"fooba", "MZXW6YTB", "Zm9vYmE"},
                         Row{"foobar", "MZXW6YTBOI", "Zm9vYmFy"}}) {
    EXPECT_EQ(Base32(AsBytes(row.bytes)), row.base32);
    EXPECT_EQ(Base64Url(AsBytes(row.bytes)), row.base64);
    EXPECT_EQ(AsText(FromBase64Url(row.base64).value()), row.bytes);
  }
  for (const char* bad : {"a", "Zm9v=", "Zm 9", "Zm+v", "abcde"}) EXPECT_FALSE(FromBase64Url(bad)) << bad;
  EXPECT_EQ(MakeSecret().size(), 43u);
  EXPECT_NE(MakeSecret(), MakeSecret());
}

TEST(Passwords, AreTakenByLengthAndNotByTheirLetters) {
  const std::string longest(128, 'x'), accents = "щука в реке";
  for (const std::string& good :
       {std::string("correct horse battery"), std::string("zkqwplmv"), std::string("all lower here"), accents,
        std::string("93827461"), longest.substr(0, 100) + "abcdefghijklmnopqrstuvwxyz01"})
    EXPECT_TRUE(CheckPassword(good, "ann", "ann@example.org")) << good;
  for (const std::string& bad :
       {std::string("short7!"), std::string(129, 'x') + "yz", std::string("password"), std::string("Password123!"),
        std::string("P@ssw0rd"), std::string("qwertyuiop"), std::string("12345678"), std::string("87654321"),
        std::string("11112222"), std::string("iloveyou99"), std::string("--------"), std::string("annabella1"),
        std::string("annabella@example.org"), std::string("aaaaaaaaab"), std::string("пароль2024")})
    EXPECT_EQ(CheckPassword(bad, "Annabella", "annabella@example.org").has_value(), false) << bad;
}

TEST(Passwords, AreHashedByArgon2id) {
  PasswordHasher hasher;
  const std::string hash = hasher.Hash("correct horse").value();
  EXPECT_THAT(hash, MatchesRegex("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[^$]{22}\\$[^$]{43}"));
  EXPECT_NE(hasher.Hash("correct horse").value(), hash) << "salted";
  EXPECT_TRUE(hasher.Verify("correct horse", hash).value());
  EXPECT_FALSE(hasher.Verify("correct hors", hash).value());
  EXPECT_FALSE(hasher.Verify("correct horse", "").value());
  EXPECT_FALSE(hasher.Verify("correct horse", "$argon2id$nonsense").value());
}

TEST(Throttle, SlowsAndNeverLocksOut) {
  Throttle throttle;
  const std::vector<Throttle::Key> keys{{"a", {.free = 3, .wait_max_ms = 8000}}};
  int64_t now = 1'000'000;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(throttle.Begin(keys, now), 0);
  for (int64_t wait : {1000, 2000, 4000, 8000, 8000, 8000}) {
    EXPECT_EQ(throttle.Begin(keys, now), wait);
    EXPECT_EQ(throttle.Begin(keys, now + wait - 1), 1) << "asking too early costs nothing";
    now += wait;
    EXPECT_EQ(throttle.Begin(keys, now), 0);
  }
  EXPECT_EQ(throttle.Begin({{"b", keys[0].pace}}, now), 0) << "others are not slowed";
  throttle.Clear("a");
  EXPECT_EQ(throttle.Begin(keys, now), 0);
}

TEST(Throttle, HasBoundedMemory) {
  Throttle throttle;
  for (int i = 0; i < 60'000; ++i) throttle.Begin({{std::to_string(i), {.free = 1, .wait_max_ms = 1000}}}, 1000);
  EXPECT_EQ(throttle.size(), 50'000u);
  EXPECT_GT(throttle.Begin({{"59999", {.free = 1, .wait_max_ms = 1000}}}, 1000), 0) << "the newest are kept";
}

TEST(Networks, AreOfOneNeighbourhood) {
  struct Row {
    const char *address, *network;
  };
  for (const Row& row :
       {Row{"192.0.2.7", "192.0.2"}, Row{"192.0.2.250", "192.0.2"}, Row{"2001:db8:1:2:3::4", "2001:db8:1:2"},
        Row{"2001:db8:1:2:ffff::", "2001:db8:1:2"}, Row{"::ffff:192.0.2.9", "192.0.2"}, Row{"x", ""}, Row{"", ""}})
    EXPECT_EQ(NetworkOf(row.address), row.network) << row.address;
}

TEST(Captchas, LetPeopleThrough) {
  std::string said, asked_body;
  HttpServer server([&](const HttpAsked& asked) {
    asked_body = asked.body;
    return HttpServer::Answer(200, said);
  });
  Captcha recaptcha{
      .kind = "recaptcha", .site_key = "k", .secret = "s&s", .hostname = "photos.example", .verify_url = server.url()};
  Captcha turnstile = recaptcha;
  turnstile.kind = "turnstile";
  struct Row {
    const char* said;
    bool recaptcha, turnstile;
  };
  for (const Row& row :
       {Row{R"({"success":true,"score":0.9,"hostname":"photos.example"})", true, true},
        Row{R"({"success":true,"score":0.5,"hostname":"photos.example"})", true, true},
        Row{R"({"success":true,"score":0.49,"hostname":"photos.example"})", false, true},
        Row{R"({"success":true,"hostname":"photos.example"})", false, true},
        Row{R"({"success":true,"score":0.9,"hostname":"evil.example"})", false, false},
        Row{R"({"success":false,"score":0.9,"hostname":"photos.example"})", false, false},
        Row{R"({"success":"true"})", false, false}, Row{"[]", false, false}, Row{"<html>", false, false}}) {
    said = row.said;
    EXPECT_EQ(CheckCaptcha(recaptcha, "answer", "192.0.2.1").has_value(), row.recaptcha) << row.said;
    EXPECT_EQ(CheckCaptcha(turnstile, "answer", "192.0.2.1").has_value(), row.turnstile) << row.said;
  }
  EXPECT_EQ(asked_body, "secret=s%26s&response=answer&remoteip=192.0.2.1");
  EXPECT_EQ(CheckCaptcha(recaptcha, "", "").error().code, ErrorCode::kPermissionDenied);
  recaptcha.verify_url = "http://127.0.0.1:1/";
  EXPECT_EQ(CheckCaptcha(recaptcha, "answer", "").error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace likeness::account
