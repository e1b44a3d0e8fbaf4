// Albums, favourites and share links through Api::Handle.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_library.h"
#include "http/url.h"

namespace likeness::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Headers = std::map<std::string, std::string, std::less<>>;

Caller Person(uint64_t id, catalog::Role role = catalog::Role::kUser) {
  return {.accounts = true, .visitors_look = false, .user = UserId{id}, .role = role};
}
const Caller kStranger{.accounts = true, .visitors_look = false};

class AlbumsTest : public testing::Test {
 protected:
  AlbumsTest() {
    for (int seed = 1; seed <= 4; ++seed) ids.push_back(lib.Import(seed, 300 + 100 * seed, 300));
  }
  int64_t Make(const std::string& body, const Caller& caller = {}) {
    return lib.SendJson("POST", "/api/v1/albums", body, caller)["id"].AsInt();
  }
  std::string At(int64_t album, const std::string& rest = "") {
    return "/api/v1/albums/" + std::to_string(album) + rest;
  }
  std::string Image(size_t which, const std::string& rest = "") {
    return "/api/v1/images/" + std::to_string(ids[which]) + rest;
  }
  std::string Numbers(std::initializer_list<size_t> which) {
    std::string out;
    for (size_t i : which) out += (out.empty() ? "" : ",") + std::to_string(ids[i]);
    return "[" + out + "]";
  }
  std::vector<size_t> Shown(const Json& page) {
    std::vector<size_t> out;
    for (const Json& image : page["images"].items())
      out.push_back(static_cast<size_t>(std::ranges::find(ids, uint64_t(image["id"].AsInt())) - ids.begin()));
    return out;
  }
  // The token of a new link.
  std::string Share(int64_t album, const std::string& body = "{}", const Caller& caller = {}) {
    const std::string path = lib.SendJson("POST", At(album, "/shares"), body, caller)["url_path"].AsString();
    EXPECT_TRUE(path.starts_with("/s/")) << path;
    return path.substr(3);
  }
  // The Cookie header that an opened link gives; empty when it is refused.
  std::string Open(const std::string& token, const std::string& password = "") {
    Json body = Json().Set("token", token);
    if (!password.empty()) body.Set("password", password);
    const Response response = lib.Send("POST", "/api/v1/share", body.Dump(), kStranger);
    status = response.status;
    const std::string* cookie = response.header("Set-Cookie");
    return cookie ? cookie->substr(0, cookie->find(';')) : "";
  }
  int Get(const std::string& target, const std::string& cookie, const Caller& caller = kStranger) {
    return lib.Send("GET", target, "", caller, {{"cookie", cookie}}).status;
  }

  TestLibrary lib;
  std::vector<uint64_t> ids;
  int status = 0;
};

TEST_F(AlbumsTest, HoldPicturesInTheirOwnOrder) {
  const int64_t album = Make(R"({"name":"Spain, 2023","description":"two\nlines","visibility":"public"})");
  Json json = lib.SendJson("POST", At(album, "/images"), "{\"add\":" + Numbers({2, 0, 3}) + "}");
  EXPECT_EQ(json["name"].AsString(), "Spain, 2023");
  EXPECT_EQ(json["count"].AsInt(), 3);
  EXPECT_EQ(json["cover_id"].AsInt(), int64_t(ids[2]));
  EXPECT_TRUE(json["editable"].AsBool());
  EXPECT_FALSE(json["smart"].AsBool());
  const Json first = lib.SendJson("GET", At(album, "/images?limit=2"));
  EXPECT_THAT(Shown(first), ElementsAre(2, 0));
  EXPECT_EQ(first["total"].AsInt(), 3);
  const Json second = lib.SendJson("GET", At(album, "/images?limit=2&cursor=" + first["next_cursor"].AsString()));
  EXPECT_THAT(Shown(second), ElementsAre(3));
  EXPECT_FALSE(second.Has("next_cursor"));
  json = lib.SendJson("PATCH", At(album), "{\"cover_id\":" + std::to_string(ids[0]) + ",\"visibility\":\"unlisted\"}");
  EXPECT_EQ(json["cover_id"].AsInt(), int64_t(ids[0]));
  json = lib.SendJson("POST", At(album, "/images"), "{\"remove\":" + Numbers({0}) + "}");
  EXPECT_EQ(json["cover_id"].AsInt(), int64_t(ids[2])) << "a cover that left the album is not shown";
  EXPECT_THAT(Shown(lib.SendJson("GET", "/api/v1/images?q=" + PercentEncode("album:\"spain, 2023\""))),
              ElementsAre(3, 2));
  EXPECT_EQ(lib.Send("DELETE", At(album)).status, 204);
  EXPECT_EQ(lib.Send("GET", At(album)).status, 404);
}

TEST_F(AlbumsTest, SmartOnesFollowTheirExpression) {
  const int64_t album = Make(R"({"name":"wide","expression":"width >= 500 , sort:width"})");
  Json json = lib.SendJson("GET", At(album));
  EXPECT_EQ(json["expression"].AsString(), "width>=500&&sort:width");
  EXPECT_EQ(json["count"].AsInt(), 3);
  EXPECT_THAT(Shown(lib.SendJson("GET", At(album, "/images"))), ElementsAre(3, 2, 1));
  EXPECT_THAT(Shown(lib.SendJson("GET", "/api/v1/images?q=" + PercentEncode("album:w*, width<700"))),
              ElementsAre(2, 1));
  // One that names itself, or another smart one, finds nothing there instead of going round for ever.
  Make(R"({"name":"wider","expression":"album:wid*"})");
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/images?q=" + PercentEncode("album:wider"))["total"].AsInt(), 0);
  json = lib.SendJson("PATCH", At(album), R"({"expression":"width<500"})");
  EXPECT_EQ(json["count"].AsInt(), 1);
  struct Row {
    std::string method, target, body;
    int expected;
  };
  for (const Row& row : {Row{"POST", "/api/v1/albums", R"({"name":"x","expression":"a && ||"})", 400},
                         {"POST", "/api/v1/albums", R"({"name":"x","expression":""})", 400},
                         {"POST", "/api/v1/albums", R"({"name":""})", 400},
                         {"POST", "/api/v1/albums", R"({"name":"wide"})", 409},
                         {"POST", "/api/v1/albums", R"({"name":"x","visibility":"secret"})", 400},
                         {"POST", "/api/v1/albums", R"({"name":"x","owner":3})", 400},
                         {"POST", At(album, "/images"), "{\"add\":[1]}", 409},
                         {"PATCH", At(album), R"({"cover_id":4711})", 404},
                         {"GET", "/api/v1/albums/4711", "", 404},
                         {"GET", At(album, "/images?cursor=x"), "", 400}})
    EXPECT_EQ(lib.Send(row.method, row.target, row.body).status, row.expected) << row.method << row.target << row.body;
}

TEST_F(AlbumsTest, SmartOnesFollowEditsAndRulesOfTags) {
  Make(R"({"name":"shore","expression":"sea"})");
  const auto count = [&] {
    return lib.SendJson("GET", "/api/v1/images?q=" + PercentEncode("album:shore"))["total"].AsInt();
  };
  EXPECT_EQ(count(), 0);
  lib.SendJson("PATCH", "/api/v1/images/" + std::to_string(ids[0]), R"({"tags_add":["sea"]})");
  lib.SendJson("PATCH", "/api/v1/images/" + std::to_string(ids[1]), R"({"tags_add":["ocean"]})");
  EXPECT_EQ(count(), 1);
  lib.SendJson("PUT", "/api/v1/tags/rules", R"({"name":"ocean","target":"sea","kind":"implies"})");
  EXPECT_EQ(count(), 2);
  lib.SendJson("PATCH", "/api/v1/images/" + std::to_string(ids[0]), R"({"tags_remove":["sea"]})");
  EXPECT_EQ(count(), 1);
}

TEST_F(AlbumsTest, AreSeenAndChangedByWhomTheyAreFor) {
  const Caller owner = Person(1), other = Person(2), moderator = Person(3, catalog::Role::kModerator);
  const int64_t secret = Make(R"({"name":"secret"})", owner);
  const int64_t hidden = Make(R"({"name":"hidden","visibility":"unlisted"})", owner);
  const int64_t open = Make(R"({"name":"open","visibility":"public"})", owner);
  auto names = [&](const Caller& caller, const char* query = "") {
    std::string out;
    const Json albums = lib.SendJson("GET", std::string("/api/v1/albums") + query, "", caller);
    for (const Json& album : albums["albums"].items()) out += album["name"].AsString() + " ";
    return out;
  };
  EXPECT_EQ(names(owner), "hidden open secret ");
  EXPECT_EQ(names(other), "open ");
  EXPECT_EQ(names(other, "?own=true"), "");
  EXPECT_EQ(names(moderator), "hidden open secret ");
  EXPECT_EQ(lib.Send("GET", "/api/v1/albums", "", kStranger).status, 401);
  struct Row {
    int64_t album;
    int by_other, change_by_other, by_moderator;
  };
  for (const Row& row : {Row{secret, 404, 404, 200}, {hidden, 200, 403, 200}, {open, 200, 403, 200}}) {
    EXPECT_EQ(lib.Send("GET", At(row.album), "", other).status, row.by_other);
    EXPECT_EQ(lib.Send("GET", At(row.album, "/images"), "", other).status, row.by_other);
    for (const auto& [method, rest, body] : {std::tuple{"PATCH", "", "{\"name\":\"mine\"}"},
                                             {"DELETE", "", ""},
                                             {"POST", "/images", "{}"},
                                             {"GET", "/shares", ""},
                                             {"POST", "/shares", "{}"},
                                             {"DELETE", "/shares/1", ""}})
      EXPECT_EQ(lib.Send(method, At(row.album, rest), body, other).status, row.change_by_other) << method << rest;
    EXPECT_EQ(lib.Send("PATCH", At(row.album), "{\"description\":\"seen\"}", moderator).status, row.by_moderator);
    EXPECT_EQ(lib.Send("PATCH", At(row.album), "{}", owner).status, 200);
  }
  lib.SendJson("POST", At(secret, "/images"), "{\"add\":" + Numbers({0}) + "}", owner);
  auto finds = [&](const Caller& caller) {
    return lib.SendJson("GET", "/api/v1/images?q=has:album", "", caller)["total"].AsInt();
  };
  EXPECT_EQ(finds(owner), 1);
  EXPECT_EQ(finds(other), 0) << "a search told what is in somebody's private album";
}

TEST_F(AlbumsTest, FavouritesAreEachPersonsOwn) {
  const Caller one = Person(1), two = Person(2);
  for (size_t which : {0, 2, 1}) EXPECT_EQ(lib.Send("PUT", Image(which, "/favourite"), "", one).status, 204);
  EXPECT_THAT(Shown(lib.SendJson("GET", "/api/v1/favourites?limit=2", "", one)), ElementsAre(1, 2));
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/favourites", "", one)["total"].AsInt(), 3);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/favourites", "", two)["total"].AsInt(), 0);
  EXPECT_TRUE(lib.SendJson("GET", Image(0), "", one)["favourite"].AsBool());
  EXPECT_FALSE(lib.SendJson("GET", Image(0), "", two)["favourite"].AsBool());
  EXPECT_EQ(lib.Send("DELETE", Image(2, "/favourite"), "", one).status, 204);
  EXPECT_EQ(lib.SendJson("GET", "/api/v1/images?q=has:favourite", "", one)["total"].AsInt(), 2);
  EXPECT_EQ(lib.Send("PUT", "/api/v1/images/4711/favourite", "", one).status, 404);
  EXPECT_EQ(lib.Send("PUT", Image(0, "/favourite"), "", kStranger).status, 401);
}

TEST_F(AlbumsTest, ALinkShowsItsAlbumsPicturesAndNothingElse) {
  const int64_t album = Make(R"({"name":"a"})"), other = Make(R"({"name":"b"})");
  lib.SendJson("POST", At(album, "/images"), "{\"add\":" + Numbers({1, 0}) + "}");
  lib.SendJson("POST", At(other, "/images"), "{\"add\":" + Numbers({2}) + "}");
  const std::string token = Share(album), cookie = Open(token), shared = "/api/v1/shared/" + std::to_string(album);
  ASSERT_THAT(cookie, HasSubstr("share-" + std::to_string(album) + "="));
  EXPECT_THAT(cookie, Not(HasSubstr(token)));
  const std::string bytes = "/i/" + std::to_string(ids[0]) + "/", foreign = "/i/" + std::to_string(ids[2]) + "/thumb";
  const Response list = lib.Send("GET", shared + "/images", "", kStranger, {{"cookie", "x=y; " + cookie}});
  EXPECT_THAT(Shown(*ParseJson(list.text())), ElementsAre(1, 0));
  EXPECT_EQ(Get(shared, cookie), 200);
  for (const char* size : {"thumb", "preview", "original"}) {
    EXPECT_EQ(Get(bytes + size, cookie), 200);
    EXPECT_EQ(Get(bytes + size, ""), 401);
    EXPECT_EQ(Get(bytes + size, "share-1=00000000000000000000000000000000"), 401);
  }
  EXPECT_EQ(Get(Image(0), cookie), 200);
  struct Row {
    std::string target;
    int expected;
  };
  for (const Row& row : std::vector<Row>{{Image(2), 401},
                                         {foreign, 401},
                                         {"/api/v1/shared/" + std::to_string(other), 404},
                                         {"/api/v1/shared/" + std::to_string(other) + "/images", 404},
                                         {At(album), 401},
                                         {At(album, "/images"), 401},
                                         {Image(0, "/similar"), 401},
                                         {"/api/v1/images", 401},
                                         {"/api/v1/images?ids=" + std::to_string(ids[0]), 401},
                                         {"/api/v1/layout", 401},
                                         {"/api/v1/tags", 401},
                                         {"/api/v1/favourites", 401}})
    EXPECT_EQ(Get(row.target, cookie), row.expected) << row.target;
  EXPECT_EQ(lib.Send("PATCH", Image(0), "{\"rating\":1}", kStranger, {{"cookie", cookie}}).status, 401);
  // What leaves the album is gone from the link, and so is what goes into the trash.
  lib.SendJson("POST", At(album, "/images"), "{\"remove\":" + Numbers({0}) + "}");
  EXPECT_EQ(Get(bytes + "thumb", cookie), 401);
  EXPECT_EQ(Get(Image(1), cookie), 200);
  EXPECT_EQ(lib.Send("DELETE", At(album, "/shares/1")).status, 204);
  EXPECT_EQ(Get(Image(1), cookie), 401);
  EXPECT_EQ(Get(shared, cookie), 404);
  EXPECT_TRUE(Open(token).empty());
  EXPECT_EQ(status, 404);
}

TEST_F(AlbumsTest, ALinkToASmartAlbumShowsWhatItFindsNow) {
  const int64_t album = Make(R"({"name":"a","expression":"best"})");
  const std::string cookie = Open(Share(album));
  EXPECT_EQ(Get(Image(1), cookie), 401);
  lib.SendJson("PATCH", Image(1), R"({"tags_add":["best"]})");
  EXPECT_EQ(Get(Image(1), cookie), 200);
  EXPECT_EQ(Get("/i/" + std::to_string(ids[1]) + "/thumb", cookie), 200);
  EXPECT_EQ(Get(Image(0), cookie), 401);
  lib.SendJson("PATCH", Image(1), R"({"tags_remove":["best"]})");
  EXPECT_EQ(Get(Image(1), cookie), 401);
}

TEST_F(AlbumsTest, ALinkLendsTheSightOfItsAlbumsOwner) {
  for (const auto& [name, role] : {std::pair{"one", "admin"}, {"two", "user"}, {"three", "moderator"}})
    lib.SendJson(
        "POST", "/local/v1/users",
        fmt::format(R"({{"verb":"add","name":"{}","role":"{}","password":"correct horse battery"}})", name, role),
        kOwner);
  const Caller moderator = Person(3, catalog::Role::kModerator), owner = Person(1);
  const int64_t album = Make(R"({"name":"a","visibility":"public"})", owner);
  lib.SendJson("POST", At(album, "/images"), "{\"add\":" + Numbers({0, 1}) + "}", owner);
  const std::string cookie = Open(Share(album, "{}", owner)), by_moderator = Open(Share(album, "{}", moderator));
  const std::string shared = "/api/v1/shared/" + std::to_string(album);
  EXPECT_EQ(Get(Image(0), cookie), 200);
  // The picture is the folder owner's: made private, nobody but moderators sees it, through no link and in no album.
  lib.SendJson("PATCH", Image(0), R"({"visibility":"private"})", kOwner);
  for (const std::string& each : {cookie, by_moderator}) {
    EXPECT_EQ(Get(Image(0), each), 401);
    EXPECT_EQ(Get("/i/" + std::to_string(ids[0]) + "/thumb", each), 401);
    const Response list = lib.Send("GET", shared + "/images", "", kStranger, {{"cookie", each}});
    EXPECT_THAT(Shown(*ParseJson(list.text())), ElementsAre(1));
    EXPECT_EQ((*ParseJson(list.text()))["total"].AsInt(), 1);
  }
  EXPECT_EQ(lib.SendJson("GET", At(album), "", owner)["count"].AsInt(), 1);
  EXPECT_EQ(lib.SendJson("GET", At(album), "", owner)["cover_id"].AsInt(), int64_t(ids[1]));
  EXPECT_EQ(lib.SendJson("GET", At(album), "", moderator)["count"].AsInt(), 2);
  // An album of the folder's owner shows it: he sees everything.
  const int64_t own = Make(R"({"name":"own"})", kOwner);
  lib.SendJson("POST", At(own, "/images"), "{\"add\":" + Numbers({0}) + "}", kOwner);
  const std::string all = Open(Share(own, "{}", kOwner));
  const Response bytes = lib.Send("GET", "/i/" + std::to_string(ids[0]) + "/thumb", "", kStranger, {{"cookie", all}});
  EXPECT_EQ(bytes.status, 200);
  EXPECT_THAT(*bytes.header("Cache-Control"), HasSubstr("private"));
  EXPECT_EQ(Get(Image(0), all), 200);
  // With who made it, a link ends.
  EXPECT_EQ(Get(Image(1), cookie), 200);
  lib.SendJson("POST", "/local/v1/users", R"({"verb":"role","name":"three","role":"admin"})", kOwner);
  lib.SendJson("POST", "/local/v1/users", R"({"verb":"disable","name":"one"})", kOwner);
  EXPECT_EQ(Get(Image(1), cookie), 401);
  EXPECT_EQ(Get(Image(0), ""), 401) << "an answer for a link was kept for everybody";
}

TEST_F(AlbumsTest, WrongPasswordsAreSlowedAndOpenNothing) {
  const int64_t album = Make(R"({"name":"a"})"), twin = Make(R"({"name":"b"})");
  for (int64_t each : {album, twin}) lib.SendJson("POST", At(each, "/images"), "{\"add\":" + Numbers({0}) + "}");
  const std::string body = R"({"password":"correct horse"})";
  const std::string token = Share(album, body);
  Share(twin, body);
  EXPECT_TRUE(lib.SendJson("GET", At(album, "/shares"))["shares"][0]["has_password"].AsBool());
  EXPECT_TRUE(Open(token).empty());
  EXPECT_EQ(status, 401);
  EXPECT_TRUE(Open(token, "wrong").empty());
  EXPECT_EQ(status, 403);
  const std::string cookie = Open(token, "correct horse");
  ASSERT_FALSE(cookie.empty());
  EXPECT_EQ(Get("/api/v1/shared/" + std::to_string(album), cookie), 200);
  EXPECT_EQ(Get("/api/v1/shared/" + std::to_string(twin), cookie), 404) << "one password opened two albums";
  int refused = 0;
  for (int i = 0; i < 12; ++i) {
    Open(token, "wrong");
    if (status == 503) ++refused;
  }
  EXPECT_GE(refused, 1);
  EXPECT_EQ(Get("/api/v1/shared/" + std::to_string(album), cookie), 200) << "whoever is in stays in";
}

TEST_F(AlbumsTest, LinksRefuseWhatIsNoTimeAndNoPassword) {
  const int64_t album = Make(R"({"name":"a"})");
  for (const char* body : {R"({"expires_at":"tomorrow"})", R"({"expires_at":"2027-02-31T00:00:00Z"})",
                           R"({"expires_at":"2001-01-01T00:00:00Z"})", R"({"password":"abc"})", R"({"token":"x"})"})
    EXPECT_EQ(lib.Send("POST", At(album, "/shares"), body).status, 400) << body;
  const Json share = lib.SendJson("POST", At(album, "/shares"), R"({"expires_at":"2100-01-01T00:00:00Z"})");
  EXPECT_EQ(share["expires_at"].AsString(), "2100-01-01T00:00:00Z");
  EXPECT_THAT(lib.Send("GET", At(album, "/shares")).text(), Not(HasSubstr("/s/")));
  for (const char* token : {"", "00000000000000000000000000000000", "'; DROP TABLE shares; --"}) {
    Open(token);
    EXPECT_EQ(status, 404) << token;
  }
  const Response https =
      lib.Send("POST", "/api/v1/share", Json().Set("token", share["url_path"].AsString().substr(3)).Dump(), kStranger,
               {{"origin", "https://photos.example"}});
  EXPECT_THAT(*https.header("Set-Cookie"), testing::StartsWith("__Host-share-"));
  EXPECT_THAT(*https.header("Set-Cookie"), HasSubstr("; Secure"));
  EXPECT_THAT(*https.header("Set-Cookie"), HasSubstr("; HttpOnly"));
}

}  // namespace
}  // namespace likeness::http
