#include <fmt/format.h>

#include <map>
#include <span>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {
namespace {

constexpr size_t kNameBytesMax = 400;

class Album : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words(
        "what", &words_, 1, SIZE_MAX,
        "list | create NAME | show ALBUM | add ALBUM IDS | remove ALBUM IDS | share ALBUM | unshare ALBUM SHARE | "
        "delete ALBUM; an album by its name or id");
    flags.Text("--description", &description_, "Of a new album");
    flags.Choice("--visibility", &visibility_, {"private", "unlisted", "public"}, "Of a new album");
    flags.Text("--expression", &expression_, "Makes it a smart album: what this finds is in it", "EXPRESSION");
    flags.Text("--expires", &expires_, "When a share link ends, in UTC", "2027-01-31T12:00:00Z");
    flags.Flag("--password", &ask_password_,
               "The share link wants a password, asked for, or read from the first line of the input");
  }

  Result<int> Run(Session& session) override {
    const std::string& verb = words_[0];
    for (const Row& row : Rows()) {
      if (verb != row.verb) continue;
      if (words_.size() < row.least || words_.size() > row.most)
        return Fail(ErrorCode::kInvalidArgument, fmt::format("expected: likeness album {}", row.usage));
      return (this->*row.run)(session);
    }
    return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is nothing to do with albums", CleanText(verb, 40)),
                "say list, create, show, add, remove, share, unshare or delete");
  }

 private:
  struct Row {
    const char* verb;
    size_t least, most;
    Result<int> (Album::*run)(Session&);
    const char* usage;
  };
  static std::span<const Row> Rows();

  static Result<Json> ListAll(Session& session) { return session.door.Get(Need::kLibrary, "/api/v1/albums"); }

  // By its name, else by its id.
  Result<std::string> PathOf(Session& session, const std::string& word) {
    LK_ASSIGN(const Json all, ListAll(session));
    int64_t id = 0;
    int named = 0;
    for (const Json& album : all["albums"].items())
      if (album["name"].AsString() == word) {
        id = album["id"].AsInt();
        ++named;
      }
    if (named > 1)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("there are {} albums of that name", named),
                  "name it by its id: likeness album list");
    if (named == 0 && LooksLikeId(word)) id = std::stoll(word);
    if (id == 0)
      return Fail(ErrorCode::kNotFound, fmt::format("there is no album \"{}\"", CleanText(word, kNameBytesMax)),
                  "likeness album list tells their names");
    return fmt::format("/api/v1/albums/{}", id);
  }

  static void Print(Terminal& terminal, const Json& album) {
    terminal.Line(fmt::format(
        "{:>6}  {:>9}  {:<8}  {}{}", album["id"].AsInt(), Count(album["count"].AsInt(), "picture"),
        album["visibility"].AsString(), CleanText(album["name"].AsString(), kNameBytesMax),
        album["smart"].AsBool() ? terminal.Dim("  " + CleanText(album["expression"].AsString(), kNameBytesMax)) : ""));
  }

  Result<int> Tell(Session& session, const Json& album) {
    if (session.terminal.json())
      session.terminal.PrintJson(album);
    else
      Print(session.terminal, album);
    return kDone;
  }

  Result<int> List(Session& session) {
    LK_ASSIGN(const Json all, ListAll(session));
    if (session.terminal.json()) {
      session.terminal.PrintJson(all);
      return kDone;
    }
    for (const Json& album : all["albums"].items()) Print(session.terminal, album);
    if (all["albums"].items().empty()) session.terminal.Note("There are no albums yet: likeness album create NAME");
    return kDone;
  }

  Result<int> Create(Session& session) {
    Json body = Json().Set("name", words_[1]).Set("visibility", visibility_);
    if (!description_.empty()) body.Set("description", description_);
    if (!expression_.empty()) body.Set("expression", expression_);
    LK_ASSIGN(const Json album, session.door.Call(Need::kNewLibrary, "POST", "/api/v1/albums", body));
    return Tell(session, album);
  }

  Result<int> Show(Session& session) {
    LK_ASSIGN(const std::string path, PathOf(session, words_[1]));
    LK_ASSIGN(const Json album, session.door.Get(Need::kLibrary, path));
    Json images = Json::MakeArray();
    std::map<std::string, std::string> query = {{"limit", "1000"}};
    do {
      LK_ASSIGN(const Json page, session.door.Get(Need::kLibrary, path + "/images", query));
      for (const Json& image : page["images"].items()) images.Append(image);
      query["cursor"] = page["next_cursor"].AsString();
    } while (!query["cursor"].empty());
    if (session.terminal.json()) {
      session.terminal.PrintJson(Json().Set("album", album).Set("images", std::move(images)));
      return kDone;
    }
    Print(session.terminal, album);
    for (const Json& image : images.items())
      session.terminal.Line(fmt::format("{:>16}  {}", image["id"].AsInt(), CleanText(image["name"].AsString(), 255)));
    return kDone;
  }

  Result<int> Change(Session& session) {
    LK_ASSIGN(const std::string path, PathOf(session, words_[1]));
    Json ids = Json::MakeArray();
    for (size_t i = 2; i < words_.size(); ++i) {
      LK_ASSIGN(const uint64_t id, ParseId(words_[i]));
      ids.Append(id);
    }
    LK_ASSIGN(const Json album,
              session.door.Call(Need::kLibrary, "POST", path + "/images", Json().Set(words_[0], std::move(ids))));
    return Tell(session, album);
  }

  Result<int> Share(Session& session) {
    LK_ASSIGN(const std::string path, PathOf(session, words_[1]));
    Json body = Json::MakeObject();
    if (!expires_.empty()) body.Set("expires_at", expires_);
    if (ask_password_) {
      LK_ASSIGN(std::string password, session.terminal.AskSecret("Password of the link: "));
      body.Set("password", std::move(password));
    }
    LK_ASSIGN(const Json share, session.door.Call(Need::kLibrary, "POST", path + "/shares", body));
    if (session.terminal.json())
      session.terminal.PrintJson(share);
    else
      session.terminal.Line(
          fmt::format("{}  behind the address of your gallery; it is told this once.", share["url_path"].AsString()));
    return kDone;
  }

  Result<int> Unshare(Session& session) {
    LK_ASSIGN(const std::string path, PathOf(session, words_[1]));
    LK_ASSIGN(const uint64_t share, ParseId(words_[2]));
    LK_TRY(session.door.Call(Need::kLibrary, "DELETE", fmt::format("{}/shares/{}", path, share), {}));
    return Gone(session);
  }

  Result<int> Delete(Session& session) {
    LK_ASSIGN(const std::string path, PathOf(session, words_[1]));
    LK_TRY(session.door.Call(Need::kLibrary, "DELETE", path, {}));
    return Gone(session);
  }

  static Result<int> Gone(Session& session) {
    if (session.terminal.json())
      session.terminal.PrintJson(Json().Set("deleted", true));
    else
      session.terminal.Note("Gone; the pictures stay.");
    return kDone;
  }

  std::vector<std::string> words_;
  std::string description_, visibility_ = "private", expression_, expires_;
  bool ask_password_ = false;
};

std::span<const Album::Row> Album::Rows() {
  static constexpr Row kRows[] = {
      {"list", 1, 1, &Album::List, "list"},
      {"create", 2, 2, &Album::Create, "create NAME"},
      {"show", 2, 2, &Album::Show, "show ALBUM"},
      {"add", 3, SIZE_MAX, &Album::Change, "add ALBUM IDS"},
      {"remove", 3, SIZE_MAX, &Album::Change, "remove ALBUM IDS"},
      {"share", 2, 2, &Album::Share, "share ALBUM"},
      {"unshare", 3, 3, &Album::Unshare, "unshare ALBUM SHARE"},
      {"delete", 2, 2, &Album::Delete, "delete ALBUM"},
  };
  return kRows;
}

}  // namespace

std::unique_ptr<Command> MakeAlbum() {
  return std::make_unique<Album>();
}

}  // namespace likeness::cli
