#include "catalog/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/test_support.h"

namespace likeness::catalog {
namespace {

Sha256 Hash(std::string_view text) {
  return ComputeSha256(AsBytes(text));
}

class AccountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Catalog::Options options;
    options.path = folder / "catalog.sqlite";
    options.now_ms = [this] { return now_ms; };
    catalog = Catalog::Open(options).value();
  }
  UserId Add(const std::string& name, Role role = Role::kUser, const std::string& email = "") {
    Result<UserRow> row = catalog->accounts().AddUser({.name = name, .email = email, .role = role});
    if (!row) ADD_FAILURE() << row.error().Text();
    return row ? row->id : UserId{};
  }
  void TearDown() override {
    catalog.reset();
    std::filesystem::remove_all(folder);
  }
  int64_t now_ms = 1'000'000;
  std::filesystem::path folder = [] {
    char name[] = "/tmp/likeness-accounts-XXXXXX";
    return std::filesystem::path(mkdtemp(name));
  }();
  std::unique_ptr<Catalog> catalog;
};

TEST_F(AccountsTest, NamesAndAddressesAreOnePersons) {
  const UserId ann = Add("Ann", Role::kAdmin, "ann@example.org");
  Accounts& accounts = catalog->accounts();
  for (const char* name : {"ann", "ANN", "Ａｎｎ"})
    EXPECT_EQ(accounts.AddUser({.name = name}).error().code, ErrorCode::kAlreadyExists) << name;
  EXPECT_EQ(accounts.AddUser({.name = "other", .email = "ann@example.org"}).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(accounts.FindByName("aNN").value()->id, ann);
  EXPECT_EQ(accounts.FindByEmail("ann@example.org").value()->id, ann);
  EXPECT_FALSE(accounts.FindByEmail("").value()) << "many have no address";
  EXPECT_FALSE(accounts.FindByName("' OR 1=1 --").value());
  EXPECT_EQ(accounts.AddUser({.name = "second"}, true).error().code, ErrorCode::kFailedPrecondition);
}

TEST_F(AccountsTest, AnAdministratorStays) {
  const UserId ann = Add("ann", Role::kAdmin), bob = Add("bob");
  Accounts& accounts = catalog->accounts();
  const auto disable = [](UserRow& row) -> Status {
    row.disabled = true;
    return {};
  };
  EXPECT_EQ(accounts.ChangeUser(ann, disable).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_EQ(accounts.RemoveUser(ann).error().code, ErrorCode::kFailedPrecondition);
  EXPECT_FALSE(accounts.FindUser(ann).value()->disabled) << "nothing of it stays";
  ASSERT_TRUE(accounts.ChangeUser(bob, [](UserRow& row) -> Status {
    row.role = Role::kAdmin;
    return {};
  }));
  EXPECT_TRUE(accounts.ChangeUser(ann, disable));
  EXPECT_TRUE(accounts.RemoveUser(ann));
  EXPECT_EQ(accounts.RemoveUser(ann).error().code, ErrorCode::kNotFound);
}

TEST_F(AccountsTest, ASessionBeginsOnlyWithWhatStillHolds) {
  Add("root", Role::kAdmin);
  const UserId ann = Add("ann");
  Accounts& accounts = catalog->accounts();
  const std::string hash = accounts.FindUser(ann).value()->password_hash;
  const auto begin = [&](const char* secret, const std::optional<std::string>& proved) {
    return accounts.AddSession({.hash = Hash(secret), .user = ann, .expires_at_ms = 2'000'000}, proved).has_value();
  };
  EXPECT_TRUE(begin("1", hash));
  EXPECT_TRUE(begin("2", std::nullopt));
  const auto change = [](UserRow& row) -> Status {
    row.password_hash = "another";
    return {};
  };
  ASSERT_TRUE(accounts.ChangeUser(ann, change));
  EXPECT_FALSE(begin("3", hash)) << "the password was changed while it was being proved";
  const auto disable = [](UserRow& row) -> Status {
    row.disabled = true;
    return {};
  };
  ASSERT_TRUE(accounts.ChangeUser(ann, disable));
  EXPECT_FALSE(begin("4", "another"));
  EXPECT_FALSE(begin("5", std::nullopt));
}

TEST_F(AccountsTest, WhatProvesSomebodyGoesWithThem) {
  Add("root", Role::kAdmin);
  const UserId ann = Add("ann");
  Accounts& accounts = catalog->accounts();
  const SessionRow one = accounts.AddSession({.hash = Hash("1"), .user = ann, .expires_at_ms = 2'000'000}, {}).value();
  const SessionRow two = accounts.AddSession({.hash = Hash("2"), .user = ann, .expires_at_ms = 2'000'000}, {}).value();
  ASSERT_TRUE(accounts.AddToken({.hash = Hash("t"), .user = ann, .name = "t", .scopes = 3}));
  ASSERT_TRUE(accounts.AddIdentity("https://issuer", "sub", ann));
  ASSERT_TRUE(accounts.ReplaceRecoveryCodes(ann, {Hash("a"), Hash("b")}));
  EXPECT_TRUE(accounts.UseRecoveryCode(ann, Hash("a")).value());
  EXPECT_FALSE(accounts.UseRecoveryCode(ann, Hash("a")).value()) << "once";
  EXPECT_EQ(accounts.FindIdentity("https://issuer", "sub").value(), ann);
  EXPECT_FALSE(accounts.FindIdentity("https://other", "sub").value());
  EXPECT_EQ(accounts.ListSessions(ann)->size(), 2u);
  ASSERT_TRUE(
      accounts.ChangeUser(ann, [](UserRow&) -> Status { return {}; }, {.sessions = true, .but_session = two.id}));
  ASSERT_EQ(accounts.ListSessions(ann)->size(), 1u);
  EXPECT_EQ(accounts.ListSessions({}).value()[0].hash, two.hash);
  EXPECT_EQ(accounts.EndSession(ann, one.id).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(accounts.EndSession(UserId{1}, two.id).error().code, ErrorCode::kNotFound) << "another's";
  ASSERT_TRUE(accounts.RemoveUser(ann));
  EXPECT_TRUE(accounts.ListSessions({})->empty());
  EXPECT_TRUE(accounts.ListTokens({})->empty());
  EXPECT_FALSE(accounts.FindIdentity("https://issuer", "sub").value());
  EXPECT_GT(Add("again").value, ann.value) << "ids are not used again";
}

TEST_F(AccountsTest, LinksOfMailsWorkOnceAndForATime) {
  Accounts& accounts = catalog->accounts();
  const MailTokenRow row{
      .hash = Hash("x"), .purpose = MailPurpose::kSignUp, .name = "n", .email = "e@f", .expires_at_ms = now_ms + 1000};
  ASSERT_TRUE(accounts.AddMailToken(row));
  EXPECT_FALSE(accounts.TakeMailToken(Hash("x"), MailPurpose::kResetPassword).value());
  EXPECT_EQ(accounts.FindMailToken(Hash("x"), MailPurpose::kSignUp).value()->email, "e@f");
  EXPECT_TRUE(accounts.TakeMailToken(Hash("x"), MailPurpose::kSignUp).value());
  EXPECT_FALSE(accounts.TakeMailToken(Hash("x"), MailPurpose::kSignUp).value());
  ASSERT_TRUE(accounts.AddMailToken(row));
  now_ms += 1001;
  EXPECT_FALSE(accounts.TakeMailToken(Hash("x"), MailPurpose::kSignUp).value());
}

TEST_F(AccountsTest, KeepsSettings) {
  Accounts& accounts = catalog->accounts();
  ASSERT_TRUE(accounts.WriteSettings({{"a", "1"}, {"b", "2"}}));
  ASSERT_TRUE(accounts.WriteSettings({{"a", "3"}}));
  EXPECT_EQ(accounts.ReadSettings().value(), (std::map<std::string, std::string>{{"a", "3"}, {"b", "2"}}));
}

}  // namespace
}  // namespace likeness::catalog
