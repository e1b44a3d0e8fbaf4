// Who sees what: every route, walked by everybody, never tells of a picture that is kept from who asks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "http/test_library.h"

namespace likeness::http {
namespace {

using catalog::Role;
using catalog::Visibility;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr UserId kAnna{1}, kBoris{2}, kModeratorId{3};

Caller Person(UserId user, Role role) {
  Caller caller;
  caller.accounts = true;
  caller.user = user;
  caller.role = role;
  return caller;
}
Caller Visitor(bool may_look = true) {
  Caller caller;
  caller.accounts = true;
  caller.visitors_look = may_look;
  return caller;
}
Caller Token(Role role, uint32_t scopes) {
  Caller caller = Person(kBoris, role);
  caller.by_token = true;
  caller.scopes = scopes;
  return caller;
}

TEST(Access, TheMatrixOfActions) {
  // The first of these who may, in this order.
  const std::vector<std::pair<std::string, Caller>> people = {
      {"visitor", Visitor()},
      {"user", Person(kAnna, Role::kUser)},
      {"uploader", Person(kAnna, Role::kUploader)},
      {"moderator", Person(kAnna, Role::kModerator)},
      {"admin", Person(kAnna, Role::kAdmin)},
      {"owner", kOwner},
  };
  const std::map<Action, std::string> first = {
      {Action::kProbe, "visitor"},    {Action::kSignIn, "visitor"},   {Action::kList, "visitor"},
      {Action::kSeeImage, "visitor"}, {Action::kSeeBytes, "visitor"}, {Action::kSearch, "visitor"},
      {Action::kAccount, "user"},     {Action::kCollect, "user"},     {Action::kAdd, "user"},
      {Action::kEdit, "user"},        {Action::kDecide, "moderator"}, {Action::kModerate, "moderator"},
      {Action::kOperate, "admin"},    {Action::kDelete, "admin"},     {Action::kManage, "admin"},
      {Action::kLocal, "owner"},      {Action::kShared, "visitor"},
  };
  for (const RouteInfo& route : Api::Routes()) ASSERT_TRUE(first.contains(route.action)) << route.pattern;
  for (const auto& [action, who] : first) {
    bool may = false;
    for (const auto& [name, caller] : people) {
      may = may || name == who;
      EXPECT_EQ(Authorize(caller, action).has_value(), may) << name << " and action " << int(action);
    }
  }
}

TEST(Access, AnswersSayWhatWouldHelp) {
  EXPECT_EQ(Authorize(Visitor(), Action::kAdd).error().code, ErrorCode::kUnauthenticated);
  EXPECT_EQ(Authorize(Visitor(false), Action::kList).error().code, ErrorCode::kUnauthenticated);
  EXPECT_TRUE(Authorize(Visitor(false), Action::kSignIn));
  EXPECT_EQ(Authorize(Person(kAnna, Role::kUser), Action::kManage).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Authorize(Person(kAnna, Role::kAdmin), Action::kLocal).error().code, ErrorCode::kNotFound);
}

TEST(Access, ATokenDoesWhatItsScopesSayAndNoMore) {
  const Caller reader = Token(Role::kAdmin, kScopeRead);
  EXPECT_TRUE(Authorize(reader, Action::kList));
  EXPECT_FALSE(Authorize(reader, Action::kAdd));
  EXPECT_FALSE(Authorize(reader, Action::kManage));
  EXPECT_FALSE(AudienceOf(reader).everything) << "a moderator's token without that scope sees as a user does";
  const Caller all = Token(Role::kAdmin, kScopesAll);
  EXPECT_TRUE(Authorize(all, Action::kManage));
  EXPECT_FALSE(Authorize(all, Action::kAccount)) << "it can never make or widen a token";
  EXPECT_FALSE(Authorize(Token(Role::kUser, kScopesAll), Action::kDecide)) << "it can do no more than its user";
}

// A gallery with a picture of each standing, all of them Anna's, near copies of each other, each with its own tag.
class Kept : public ::testing::Test {
 protected:
  struct Picture {
    const char* name;  // of the file, and of its tag
    catalog::Standing standing;
    bool trashed = false;
    ImageId id = {};
  };

  Kept() {
    int quality = 95;
    for (Picture& picture : pictures_) {
      engine::ImportOptions options;
      options.on_duplicate = engine::OnDuplicate::kKeep;
      options.standing = picture.standing;
      options.tags = {picture.name, "together"};
      const engine::ImportOutcome outcome = lib_.library().ImportBytes(MakePicture(7, 400, 300, quality -= 5),
                                                                       std::string(picture.name) + ".jpg", "", options);
      EXPECT_EQ(outcome.status, engine::ImportStatus::kImported) << picture.name;
      picture.id = outcome.id;
      if (picture.trashed) {
        EXPECT_TRUE(lib_.library().TrashImages({picture.id}, true, kAnna));
      }
    }
  }

  ImageId Id(std::string_view name) const {
    for (const Picture& picture : pictures_)
      if (picture.name == name) return picture.id;
    return {};
  }
  std::string Path(std::string_view name) const { return "/api/v1/images/" + std::to_string(Id(name).value); }

  // Everything that GET routes say to the caller, by target. {id} is each picture in turn.
  std::map<std::string, std::string> AskEverything(const Caller& caller) {
    std::map<std::string, std::string> answers;
    const auto ask = [&](const std::string& target) {
      const Response response = lib_.Send("GET", target, "", caller);
      if (!response.event_stream) answers[target] = std::string(response.text());
      if (response.extent.descriptor >= 0) answers[target] = "bytes of a picture";
    };
    for (const RouteInfo& route : Api::Routes()) {
      if (route.method != "GET" || route.action == Action::kProbe) continue;
      const size_t hole = route.pattern.find("{id}");
      if (hole == std::string::npos) {
        ask(route.pattern);
        continue;
      }
      for (const Picture& picture : pictures_) {
        std::string target = route.pattern;
        target.replace(hole, 4, std::to_string(picture.id.value));
        if (const size_t size = target.find("{size}"); size != std::string::npos) target.replace(size, 6, "thumb");
        ask(target);
      }
    }
    for (const char* target : {"/api/v1/images?q=together", "/api/v1/images?q=-nothing", "/api/v1/images?tag=together",
                               "/api/v1/images?trashed=true", "/api/v1/tags?q=together", "/api/v1/tags?grouped=true",
                               "/api/v1/tags/complete?prefix=", "/", "/tags", "/search?q=together"})
      ask(target);
    for (const Picture& picture : pictures_) {
      const std::string id = std::to_string(picture.id.value);
      for (const std::string& target :
           {"/api/v1/images?ids=" + id, "/api/v1/images?q=like%3A" + id, "/api/v1/images?q=copy-of%3A" + id,
            "/photo/" + id, "/i/" + id + "/original", "/i/" + id + "/preview"})
        ask(target);
      for (const char* by : {"all", "copy", "colour", "tags", "look"})
        ask("/api/v1/images/" + id + "/similar?by=" + by);
    }
    return answers;
  }

  TestLibrary lib_;
  std::vector<Picture> pictures_ = {{"shown", {.owner = kAnna}},
                                    {"alsoshown", {.owner = kAnna}},
                                    {"unlisted", {.owner = kAnna, .visibility = Visibility::kUnlisted}},
                                    {"secret", {.owner = kAnna, .visibility = Visibility::kPrivate}},
                                    {"waiting", {.owner = kAnna, .pending = true}},
                                    {"thrown", {.owner = kAnna}, true}};
};

TEST_F(Kept, NoRouteTellsOfThemToOthers) {
  for (const auto& [who, caller] : {std::pair<std::string, Caller>{"visitor", Visitor()},
                                    {"user", Person(kBoris, Role::kUser)},
                                    {"uploader", Person(kBoris, Role::kUploader)},
                                    {"token", Token(Role::kModerator, kScopeRead | kScopeEdit)}}) {
    size_t asked = 0;
    for (const auto& [target, text] : AskEverything(caller)) {
      ++asked;
      for (const char* name : {"secret", "waiting", "thrown"}) {
        EXPECT_THAT(text, Not(HasSubstr(name))) << who << " asks " << target;
        if (target.find("/" + std::to_string(Id(name).value) + "/") != std::string::npos) {
          EXPECT_NE(text, "bytes of a picture") << who << " asks " << target;
        }
      }
      const bool by_address = target.find(std::to_string(Id("unlisted").value)) != std::string::npos;
      if (!by_address) {
        EXPECT_THAT(text, Not(HasSubstr("unlisted"))) << who << " asks " << target;
      }
    }
    EXPECT_GT(asked, 100u);
  }
}

TEST_F(Kept, TheirOwnerAndModeratorsSeeThem) {
  for (const Caller& caller : {Person(kAnna, Role::kUser), Person(kModeratorId, Role::kModerator), Caller{}, kOwner}) {
    for (const Picture& picture : pictures_) {
      EXPECT_EQ(lib_.Send("GET", Path(picture.name), "", caller).status, 200) << picture.name;
      EXPECT_GE(lib_.Send("GET", "/i/" + std::to_string(picture.id.value) + "/thumb", "", caller).extent.descriptor, 0);
    }
    EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?q=together", "", caller)["total"].AsInt(), 5);
    EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?trashed=true", "", caller)["images"].items().size(), 1u);
  }
}

TEST_F(Kept, CountsAreThoseOfWhatIsFound) {
  const Caller visitor = Visitor();
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?q=together", "", visitor)["total"].AsInt(), 2);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images", "", visitor)["images"].items().size(), 2u);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/layout", "", visitor)["total"].AsInt(), 2);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/stats", "", visitor)["gallery"]["images"].AsInt(), 2);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/stats", "", visitor)["gallery"]["tags"].AsInt(), 3);
  EXPECT_FALSE(lib_.SendJson("GET", "/api/v1/stats", "", visitor).Has("original_bytes"));
  const Json completed = lib_.SendJson("GET", "/api/v1/tags/complete?prefix=together", "", visitor);
  EXPECT_EQ(completed["tags"].items()[0]["count"].AsInt(), 2);
  EXPECT_EQ(lib_.SendJson("GET", Path("shown") + "/similar?by=copy", "", visitor)["total"].AsInt(), 1);
  EXPECT_EQ(lib_.SendJson("GET", Path("shown") + "/similar?by=tags", "", visitor)["total"].AsInt(), 1);
  EXPECT_EQ(lib_.SendJson("GET", Path("shown") + "/similar?by=colour&k=1", "", visitor)["results"].items().size(), 1u)
      << "what is kept takes no place in the ranking";
}

TEST_F(Kept, WhatIsHiddenIsAnsweredLikeWhatIsNotThere) {
  const auto answer = [&](const std::string& method, const std::string& target, const std::string& body = "") {
    const Response response = lib_.Send(method, target, body, Person(kBoris, Role::kUser));
    std::string text(response.text());
    return std::to_string(response.status) + text.substr(0, text.find("request_id"));
  };
  const std::string hidden = std::to_string(Id("secret").value), absent = "99999";
  const auto same = [&](std::string about_hidden) {
    const std::string named = "image " + hidden + "\"";
    if (const size_t at = about_hidden.find(named); at != std::string::npos)
      about_hidden.replace(at, named.size(), "image " + absent + "\"");
    return about_hidden;
  };
  for (const auto& [method, before, after, body] :
       std::vector<std::tuple<std::string, std::string, std::string, std::string>>{
           {"GET", "/api/v1/images/", "", ""},
           {"GET", "/api/v1/images/", "/similar?by=copy", ""},
           {"GET", "/api/v1/images/", "/history", ""},
           {"GET", "/i/", "/original", ""},
           {"PATCH", "/api/v1/images/", "", R"({"title":"x"})"},
           {"DELETE", "/api/v1/images/", "", ""},
           {"POST", "/api/v1/images/", "/restore", ""},
           {"GET", "/api/v1/images?q=like%3A", "", ""},
           {"GET", "/api/v1/images?q=copy-of%3A", "", ""},
       })
    EXPECT_EQ(same(answer(method, before + hidden + after, body)), answer(method, before + absent + after, body))
        << method << " " << before << after;
}

TEST_F(Kept, AnUploadOfTheSameBytesTellsNothing) {
  engine::ImportOptions options;
  options.standing = {.owner = kBoris};
  options.audience = AudienceOf(Person(kBoris, Role::kUser));
  // The bytes of the third picture, which Boris cannot find, and whose near copies he can.
  TestLibrary lonely;
  engine::ImportOptions kept;
  kept.standing = {.owner = kAnna, .visibility = Visibility::kPrivate};
  const Bytes bytes = MakePicture(3, 400, 300);
  const ImageId hidden = lonely.library().ImportBytes(bytes, "secret.jpg", "", kept).id;
  const engine::ImportOutcome outcome = lonely.library().ImportBytes(bytes, "mine.jpg", "", options);
  EXPECT_EQ(outcome.status, engine::ImportStatus::kImported);
  EXPECT_FALSE(outcome.verdict);
  EXPECT_TRUE(outcome.others.empty());
  EXPECT_NE(outcome.id, hidden);
  const engine::ImportOutcome again = lonely.library().ImportBytes(bytes, "mine.jpg", "", options);
  EXPECT_EQ(again.status, engine::ImportStatus::kDuplicate) << "of one's own";
  EXPECT_EQ(again.verdict->of, outcome.id);
}

TEST_F(Kept, NumbersAreNoAddressesOfWhatIsUnlisted) {
  const std::string id = std::to_string(Id("unlisted").value);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?ids=" + id, "", Visitor())["images"].items().size(), 0u);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?ids=" + id, "", Person(kAnna, Role::kUser))["images"].items().size(),
            1u);
}

TEST_F(Kept, ABetterCopyReplacesNobodyElsesPicture) {
  const size_t before = lib_.library().ListDecisions(true, 100)->size();
  engine::ImportOptions options;
  options.on_duplicate = engine::OnDuplicate::kReplaceIfBetter;
  options.standing = {.owner = kBoris, .pending = true};
  options.audience = AudienceOf(Person(kBoris, Role::kUser));
  const engine::ImportOutcome outcome =
      lib_.library().ImportBytes(MakePicture(7, 1200, 900, 98), "larger.jpg", "", options);
  EXPECT_EQ(outcome.status, engine::ImportStatus::kDuplicate);
  EXPECT_FALSE(outcome.replaced);
  EXPECT_EQ(lib_.Send("GET", Path("shown"), "", Visitor()).status, 200);
  options.on_duplicate = engine::OnDuplicate::kKeep;
  ASSERT_EQ(lib_.library().ImportBytes(MakePicture(7, 1200, 900, 98), "larger.jpg", "", options).status,
            engine::ImportStatus::kImported);
  EXPECT_EQ(lib_.library().ListDecisions(true, 100)->size(), before) << "what a pair is, is for moderators to say";
}

// `jpeg` with an EXIF block that says 48.5 N, 2.5 E.
Bytes WithPlace(const Bytes& jpeg) {
  constexpr uint8_t kBlock[] = {
      0xFF, 0xE1, 0,    80,   'E', 'x', 'i', 'f', 0, 0,                             // segment
      'M',  'M',  0,    42,   0,   0,   0,   8,                                     // header, first directory
      0,    1,    0x88, 0x25, 0,   4,   0,   0,   0, 1,  0, 0,  0, 26, 0, 0, 0, 0,  // where the places are
      0,    2,                                                                      // two of them
      0,    2,    0,    5,    0,   0,   0,   1,   0, 0,  0, 56, 0, 4,  0, 5, 0, 0, 0, 1, 0, 0,
      0,    64,   0,    0,    0,   0,   0,   0,   0, 97, 0, 0,  0, 2,  0, 0, 0, 5, 0, 0, 0, 2};
  static_assert(sizeof kBlock == 82);
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  out.insert(out.end(), std::begin(kBlock), std::end(kBlock));
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

TEST_F(Kept, WhereItWasTakenIsForThoseWhoLoggedIn) {
  const Bytes plain = MakePicture(9, 400, 300), file = WithPlace(plain);
  engine::ImportOptions options;
  options.standing = {.owner = kAnna};
  const engine::ImportOutcome outcome = lib_.library().ImportBytes(file, "place.jpg", "", options);
  ASSERT_EQ(outcome.status, engine::ImportStatus::kImported);
  const std::string id = std::to_string(outcome.id.value), facts = "/api/v1/images/" + id,
                    bytes = "/i/" + id + "/original";
  for (const Caller& caller : {Person(kBoris, Role::kUser), Person(kAnna, Role::kUser), Caller{}, kOwner}) {
    EXPECT_TRUE(lib_.SendJson("GET", facts, "", caller)["metadata"].Has("latitude"));
    const Response original = lib_.Send("GET", bytes, "", caller);
    EXPECT_EQ(original.extent.length, file.size());
    if (caller.accounts) {
      EXPECT_EQ(*original.header("Cache-Control"), "private, no-cache");
    }
  }
  EXPECT_FALSE(lib_.SendJson("GET", facts, "", Visitor())["metadata"].Has("latitude"));
  const Response original = lib_.Send("GET", bytes, "", Visitor());
  EXPECT_EQ(original.status, 200);
  EXPECT_EQ(original.extent.descriptor, -1);
  EXPECT_EQ(original.text(), AsText(plain));
  const std::string whole = *lib_.Send("GET", bytes, "", Person(kBoris, Role::kUser)).header("ETag");
  EXPECT_NE(*original.header("ETag"), whole);
  EXPECT_EQ(lib_.Send("GET", bytes, "", Visitor(), {{"if-none-match", whole}}).status, 200);
  EXPECT_EQ(lib_.Send("GET", bytes, "", Visitor(), {{"if-none-match", *original.header("ETag")}}).status, 304);
  EXPECT_EQ(lib_.Send("GET", bytes, "", Visitor(), {{"range", "bytes=0-9"}}).text(), AsText(plain));
}

// A TIFF of 64x64 grey pixels with a place.
Bytes TiffWithPlace() {
  Bytes out = {'M', 'M', 0, 42, 0, 0, 0, 8};
  const auto put = [&out](uint32_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  const auto tag = [&](uint32_t name, uint32_t type, uint32_t value) {
    put(name, 2), put(type, 2), put(1, 4);
    put(type == 3 ? value << 16 : value, 4);
  };
  constexpr uint32_t kPlace = 8 + 2 + 10 * 12 + 4, kData = kPlace + 2 + 2 * 12 + 4, kPixels = kData + 16;
  put(10, 2);
  tag(256, 3, 64), tag(257, 3, 64), tag(258, 3, 8), tag(259, 3, 1), tag(262, 3, 1), tag(273, 4, kPixels);
  tag(277, 3, 1), tag(278, 3, 64), tag(279, 4, 64 * 64), tag(0x8825, 4, kPlace);
  put(0, 4);
  put(2, 2);
  tag(2, 5, kData), tag(4, 5, kData + 8);
  put(0, 4);
  for (uint32_t value : {97, 2, 5, 2}) put(value, 4);
  for (uint32_t i = 0; i < 64 * 64; ++i) out.push_back(static_cast<uint8_t>(i * 13 + i / 64 * 7));
  return out;
}

TEST_F(Kept, OriginalsThatCannotBeStrippedAreKeptWhereTheySayAPlace) {
  engine::ImportOptions options;
  options.standing = {.owner = kAnna};
  const engine::ImportOutcome outcome = lib_.library().ImportBytes(TiffWithPlace(), "place.tif", "", options);
  ASSERT_EQ(outcome.status, engine::ImportStatus::kImported);
  const std::string id = std::to_string(outcome.id.value);
  ASSERT_TRUE(lib_.SendJson("GET", "/api/v1/images/" + id)["metadata"].Has("latitude"));
  const Response refused = lib_.Send("GET", "/i/" + id + "/original", "", Visitor());
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.text(), HasSubstr("preview"));
  EXPECT_EQ(lib_.Send("GET", "/i/" + id + "/preview", "", Visitor()).status, 200);
  EXPECT_EQ(lib_.Send("GET", "/i/" + id + "/original", "", Person(kBoris, Role::kUser)).status, 200);
}

TEST_F(Kept, EditsAreForOwnersAndModerators) {
  const std::string edit = R"({"title":"T","author":"Shishkin","tags_add":["wood"],"tags_remove":["together"]})";
  EXPECT_EQ(lib_.Send("PATCH", Path("shown"), edit, Person(kBoris, Role::kUploader)).status, 403);
  EXPECT_EQ(lib_.Send("PATCH", Path("shown"), edit, Visitor()).status, 401);
  const Json edited = lib_.SendJson("PATCH", Path("shown"), edit, Person(kAnna, Role::kUser));
  EXPECT_EQ(edited["author"].AsString(), "Shishkin");
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?q=author%3Ashishkin", "", Visitor())["total"].AsInt(), 1);

  const Json history = lib_.SendJson("GET", Path("shown") + "/history", "", Person(kAnna, Role::kUser));
  ASSERT_EQ(history["edits"].items().size(), 1u);
  const Json& changes = history["edits"].items()[0]["changes"];
  EXPECT_EQ(changes["title"]["before"].AsString(), "");
  EXPECT_EQ(changes["tags"]["added"].items()[0].AsString(), "wood");
  EXPECT_EQ(changes["tags"]["removed"].items()[0].AsString(), "together");
  const std::string undo = "/api/v1/edits/" + std::to_string(history["edits"].items()[0]["id"].AsInt()) + "/undo";
  EXPECT_EQ(lib_.Send("POST", undo, "", Person(kBoris, Role::kUser)).status, 403);
  EXPECT_EQ(lib_.Send("POST", undo, "", Person(kAnna, Role::kUser)).status, 200);
  EXPECT_EQ(lib_.Send("POST", undo, "", Person(kAnna, Role::kUser)).status, 409) << "it is undone";
  const Json back = lib_.SendJson("GET", Path("shown"), "", Visitor());
  EXPECT_EQ(back["title"].AsString(), "");
  EXPECT_THAT(back["tags"].Dump(), HasSubstr("together"));
  EXPECT_THAT(back["tags"].Dump(), Not(HasSubstr("wood")));
}

TEST_F(Kept, OneStrokeOverManyIsUndoneAsOne) {
  const Caller moderator = Person(kModeratorId, Role::kModerator);
  const Json edited =
      lib_.SendJson("POST", "/api/v1/images/edit",
                    R"({"q":"together","edit":{"tags_add":["batch"],"visibility":"private"}})", moderator);
  EXPECT_EQ(edited["changed"].AsInt(), 5);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images?q=batch", "", Visitor())["total"].AsInt(), 0);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images", "", Visitor())["images"].items().size(), 0u);
  const std::string undo = "/api/v1/edits/batches/" + std::to_string(edited["batch"].AsInt()) + "/undo";
  EXPECT_EQ(lib_.SendJson("POST", undo, "", moderator)["changed"].AsInt(), 5);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images", "", Visitor())["images"].items().size(), 2u);
  const std::string some = R"({"ids":[)" + std::to_string(Id("shown").value) + R"(,99999],"edit":{"rating":3}})";
  EXPECT_EQ(lib_.Send("POST", "/api/v1/images/edit", some, moderator).status, 404);
  EXPECT_EQ(lib_.SendJson("GET", Path("shown"), "", Visitor())["rating"].AsInt(), 0) << "all or none";
}

TEST_F(Kept, TheQueueShowsWhatWaitsWithItsEvidence) {
  const Caller moderator = Person(kModeratorId, Role::kModerator);
  EXPECT_EQ(lib_.Send("GET", "/api/v1/moderation", "", Person(kAnna, Role::kUploader)).status, 403);
  const Json queue = lib_.SendJson("GET", "/api/v1/moderation", "", moderator);
  EXPECT_EQ(queue["total"].AsInt(), 1);
  ASSERT_EQ(queue["images"].items().size(), 1u);
  EXPECT_EQ(queue["images"].items()[0]["id"].AsInt(), int64_t(Id("waiting").value));
  EXPECT_GE(queue["images"].items()[0]["evidence"].items().size(), 2u);
  const std::string body = R"({"ids":[)" + std::to_string(Id("waiting").value) + R"(],"decision":"approve"})";
  EXPECT_EQ(lib_.Send("POST", "/api/v1/moderation", body, moderator).status, 200);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/images", "", Visitor())["images"].items().size(), 3u);
  EXPECT_EQ(lib_.SendJson("GET", "/api/v1/moderation", "", moderator)["total"].AsInt(), 0);
}

TEST_F(Kept, TheTrashKeepsUntilItIsPurged) {
  const Caller anna = Person(kAnna, Role::kUser);
  EXPECT_EQ(lib_.Send("DELETE", Path("shown"), "", anna).status, 204);
  EXPECT_EQ(lib_.Send("GET", Path("shown"), "", Visitor()).status, 404);
  EXPECT_EQ(lib_.Send("POST", Path("shown") + "/restore", "", anna).status, 200);
  EXPECT_EQ(lib_.Send("GET", Path("shown"), "", Visitor()).status, 200);
  EXPECT_EQ(lib_.Send("DELETE", Path("shown") + "?forever=true", "", anna).status, 403);
  CancelFlag never;
  EXPECT_EQ(lib_.library().PurgeTrash(1, never).value(), 0u) << "younger than that";
  EXPECT_EQ(lib_.library().PurgeTrash(int64_t{1} << 60, never).value(), 1u);
  EXPECT_EQ(lib_.Send("GET", Path("thrown"), "", kOwner).status, 404);
}

}  // namespace
}  // namespace likeness::http
