#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {
namespace {

constexpr size_t kTextBytesMax = 4096;

class HashList : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("verb", &verb_, {"import", "list", "show", "match", "export", "radius", "remove"}, "What to do");
    flags.Words("words", &words_, 0, SIZE_MAX, "What the verb wants, see the examples");
    flags.Flag("--add", &add_, "import: add to the list of that name; an equal hash is replaced");
    flags.Flag("--replace", &replace_, "import: put the file in the place of what the list holds");
    flags.Flag("--skip-bad", &skip_bad_,
               "import: take what can be read and say what was skipped; else one bad line refuses the file");
    flags.Number("--radius", &radius_, -1, 64,
                 "import: how many of 256 bits may differ; -1: as it is, 31 for a new list");
    flags.Flag("--library", &library_, "match, export: the pictures of the library");
    flags.Choice("--format", &format_, {"csv", "json"}, "export: the form; else json for a file named so, csv");
    flags.Number("-k,--count", &count_, 0, 10000, "show: entries; match --library: pictures told in full");
  }

  Result<int> Run(Session& session) override {
    if (add_ && replace_) return Fail(ErrorCode::kInvalidArgument, "--add and --replace exclude each other");
    if (verb_ == "import") return Import(session);
    if (verb_ == "list") return List(session);
    if (verb_ == "show") return Show(session);
    if (verb_ == "match") return library_ ? MatchLibrary(session) : Match(session);
    if (verb_ == "export") return Export(session);
    if (verb_ == "radius") return SetRadius(session);
    if (verb_ == "remove") return Remove(session);
    return Fail(ErrorCode::kInvalidArgument, "hashlist needs a verb",
                "one of import, list, show, match, export, radius, remove; see likeness hashlist --help");
  }

 private:
  Status Want(size_t count, const char* usage) const {
    if (words_.size() == count) return {};
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} was not understood", verb_),
                fmt::format("write likeness hashlist {}", usage));
  }

  // A name that is none is not made a path of the API.
  Result<std::string> ListPath(const std::string& name) const {
    if (name.empty() || name.find_first_of("/?#%") != std::string::npos)
      return Fail(ErrorCode::kNotFound, fmt::format("there is no hash list \"{}\"", CleanText(name, 80)));
    return "/api/v1/hash-lists/" + name;
  }

  static void PrintMatches(Terminal& terminal, const std::string& what, const Json& listed) {
    for (const Json& match : listed.items()) {
      const std::string& orientation = match["orientation"].AsString();
      std::string note = fmt::format("{} bits differ", match["distance"].AsInt());
      if (orientation != "upright") note += ", " + orientation;
      for (const char* name : {"status", "severity", "description"})
        if (const std::string& text = match[name].AsString(); !text.empty()) note += fmt::format(", {} {}", name, text);
      terminal.Line(
          fmt::format("{}  {}: {} {}", terminal.Warn("listed"), what,
                      terminal.Bold(match["list"].AsString() +
                                    (match["label"].AsString().empty() ? "" : " (" + match["label"].AsString() + ")")),
                      terminal.Dim("(" + note + ")")));
    }
  }

  Result<int> Import(Session& session) {
    LK_TRY(Want(2, "import NAME FILE"));
    Json body = Json()
                    .Set("name", words_[0])
                    .Set("path", AbsolutePath(words_[1]))
                    .Set("mode", add_       ? "add"
                                 : replace_ ? "replace"
                                            : "new")
                    .Set("skip_bad", skip_bad_);
    if (radius_ >= 0) body.Set("radius_bits", radius_);
    LK_ASSIGN(Json report, session.door.Call(Need::kNewLibrary, "POST", "/local/v1/hash-lists/import", body));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(report);
    } else {
      const Json& list = report["list"];
      terminal.Note(fmt::format("{} read; the list {} holds {}, matched within {} bits.",
                                Hashes(report["read"].AsInt()), terminal.Bold(list["name"].AsString()),
                                Hashes(list["entries"].AsInt()), list["radius_bits"].AsInt()));
      if (int64_t count = report["repeated"].AsInt()) terminal.Note(fmt::format("{} said twice.", Hashes(count)));
      if (int64_t count = report["unmatched"].AsInt())
        terminal.Note(fmt::format("{} kept but not matched: quality below 50, or said to be harmless.", Hashes(count)));
      for (const Json& type : report["other_types"].items())
        terminal.Note(
            fmt::format("{} of type {} left out.", Count(type["count"].AsInt(), "signal"), type["type"].AsString()));
      for (const Json& fault : report["faults"].items())
        terminal.Line(
            fmt::format("{}  line {}: {}", terminal.Bad("skipped"), fault["line"].AsInt(), fault["what"].AsString()));
      if (int64_t more = report["skipped"].AsInt() - static_cast<int64_t>(report["faults"].items().size()); more > 0)
        terminal.Line(fmt::format("{}  {} more", terminal.Bad("skipped"), Count(more, "line")));
      terminal.Note("'likeness hashlist match --library' says which pictures that are here already are on it.");
    }
    return report["skipped"].AsInt() > 0 ? kFound : kDone;
  }

  static std::string Hashes(int64_t count) { return count == 1 ? std::string("1 hash") : Thousands(count) + " hashes"; }

  Result<int> List(Session& session) {
    LK_TRY(Want(0, "list"));
    LK_ASSIGN(Json result, session.door.Get(Need::kLibrary, "/api/v1/hash-lists"));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(result);
      return kDone;
    }
    for (const Json& list : result["lists"].items())
      terminal.Line(fmt::format(
          "{}  {}, {} bits  {}", terminal.Bold(list["name"].AsString()), Hashes(list["entries"].AsInt()),
          list["radius_bits"].AsInt(),
          terminal.Dim(fmt::format("{} from {}", list["updated_at"].AsString(), list["source"].AsString()))));
    if (result["lists"].items().empty()) terminal.Note("There is no hash list.");
    return kDone;
  }

  Result<int> Show(Session& session) {
    LK_TRY(Want(1, "show NAME"));
    LK_ASSIGN(std::string path, ListPath(words_[0]));
    LK_ASSIGN(Json result, session.door.Get(Need::kLibrary, path, {{"limit", fmt::format("{}", count_)}}));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(result);
      return kDone;
    }
    const Json& list = result["list"];
    terminal.Line(fmt::format("{}: {}, {} of them matched within {} bits, from {}, {}",
                              terminal.Bold(list["name"].AsString()), Hashes(list["entries"].AsInt()),
                              list["matched"].AsInt(), list["radius_bits"].AsInt(), list["source"].AsString(),
                              list["updated_at"].AsString()));
    for (const Json& entry : result["entries"].items()) {
      std::string labels;
      for (const Json& label : entry["labels"].items()) labels += (labels.empty() ? "  " : "; ") + label.AsString();
      terminal.Line(fmt::format("{}{}{}", entry["hash"].AsString(), labels,
                                entry["matched"].AsBool() ? "" : terminal.Dim("  not matched")));
    }
    if (result.Has("next")) terminal.Note(terminal.Dim("There are more: -k N, or likeness hashlist export."));
    return kDone;
  }

  Result<int> Match(Session& session) {
    if (words_.empty()) return Fail(ErrorCode::kInvalidArgument, "match what?", "name files or ids, or say --library");
    Terminal& terminal = session.terminal;
    Json ids = Json::MakeArray(), hashes = Json::MakeArray(), paths = Json::MakeArray();
    for (const std::string& word : words_) {
      if (LooksLikeId(word))
        ids.Append(std::stoull(word));
      else if (word.size() == 64 && word.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos)
        hashes.Append(word);
      else
        paths.Append(AbsolutePath(word));
    }
    size_t looked = 0, found = 0, failed = 0;
    auto tell = [&](const Json& answer) {
      ++looked;
      if (answer.Has("error")) ++failed;
      if (!answer["listed"].items().empty()) ++found;
      std::string what = answer.Has("path") ? CleanText(answer["path"].AsString(), kTextBytesMax)
                         : answer.Has("id") ? fmt::format("image {}", answer["id"].AsInt())
                                            : answer["pdq"]["hash"].AsString();
      if (terminal.json()) {
        terminal.PrintJson(answer);
      } else if (answer.Has("error")) {
        terminal.Line(fmt::format("{}  {}: {}", terminal.Bad("failed"), what, answer["error"]["message"].AsString()));
      } else {
        PrintMatches(terminal, what, answer["listed"]);
        if (!answer["compared"].AsBool())
          terminal.Note(
              fmt::format("{}: too plain to be compared (quality {})", what, answer["pdq"]["quality"].AsInt()));
      }
      return true;
    };
    for (const auto& [name, asked] : {std::pair{"ids", &ids}, std::pair{"hashes", &hashes}}) {
      if (asked->items().empty()) continue;
      LK_ASSIGN(Json result,
                session.door.Call(Need::kLibrary, "POST", "/api/v1/hash-lists/match", Json().Set(name, *asked)));
      for (const Json& answer : result["results"].items()) tell(answer);
    }
    if (!paths.items().empty())
      LK_TRY(session.door.Call(Need::kLibrary, "POST", "/local/v1/hash-lists/match", Json().Set("paths", paths), tell));
    terminal.Note(fmt::format("{} of {} on hash lists.", found, Count(static_cast<int64_t>(looked), "picture")));
    return found + failed > 0 ? kFound : kDone;
  }

  Result<int> MatchLibrary(Session& session) {
    LK_TRY(Want(0, "match --library"));
    Json body = Json().Set("library", true).Set("limit", count_);
    LK_ASSIGN(Json result, session.door.Call(Need::kLibrary, "POST", "/api/v1/hash-lists/match", body));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(result);
    } else {
      for (const Json& image : result["images"].items())
        PrintMatches(terminal, fmt::format("image {}, {}", image["id"].AsInt(), image["name"].AsString()),
                     image["listed"]);
      if (int64_t more = result["count"].AsInt() - static_cast<int64_t>(result["images"].items().size()); more > 0)
        terminal.Line(fmt::format("{} more; -k N or --json names them.", Count(more, "picture")));
      terminal.Note(fmt::format("{} of {} on hash lists, in {}.", Thousands(result["count"].AsInt()),
                                Count(result["compared"].AsInt(), "picture"),
                                Duration(result["took_ms"].AsDouble() / 1000)));
    }
    return result["count"].AsInt() > 0 ? kFound : kDone;
  }

  Result<int> Export(Session& session) {
    Json body;
    std::string file;
    if (library_) {
      if (words_.empty())
        return Fail(ErrorCode::kInvalidArgument, "export to where?",
                    "write likeness hashlist export --library FILE [ID...]");
      Json ids = Json::MakeArray();
      for (size_t i = 1; i < words_.size(); ++i) {
        LK_ASSIGN(uint64_t id, ParseId(words_[i]));
        ids.Append(id);
      }
      file = words_[0];
      body.Set("library", true).Set("ids", std::move(ids));
    } else {
      LK_TRY(Want(2, "export NAME FILE"));
      body.Set("name", words_[0]);
      file = words_[1];
    }
    const bool json = format_.empty() ? file.ends_with(".json") : format_ == "json";
    body.Set("path", AbsolutePath(file)).Set("format", json ? "json" : "csv");
    LK_ASSIGN(Json result, session.door.Call(Need::kLibrary, "POST", "/local/v1/hash-lists/export", body));
    if (session.terminal.json())
      session.terminal.PrintJson(result);
    else
      session.terminal.Note(
          fmt::format("{} written to {}.", Megabytes(static_cast<uint64_t>(result["bytes"].AsInt())), file));
    return kDone;
  }

  Result<int> SetRadius(Session& session) {
    LK_TRY(Want(2, "radius NAME BITS"));
    LK_ASSIGN(std::string path, ListPath(words_[0]));
    const std::string& word = words_[1];
    if (word.empty() || word.size() > 2 || word.find_first_not_of("0123456789") != std::string::npos)
      return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no radius", CleanText(word, 40)),
                  "0 to 64 are possible");
    LK_ASSIGN(Json list, session.door.Call(Need::kLibrary, "PATCH", path, Json().Set("radius_bits", std::stoi(word))));
    if (session.terminal.json())
      session.terminal.PrintJson(list);
    else
      session.terminal.Note(
          fmt::format("{} is matched within {} bits.", list["name"].AsString(), list["radius_bits"].AsInt()));
    return kDone;
  }

  Result<int> Remove(Session& session) {
    LK_TRY(Want(1, "remove NAME"));
    LK_ASSIGN(std::string path, ListPath(words_[0]));
    LK_TRY(session.door.Call(Need::kLibrary, "DELETE", path, {}));
    if (session.terminal.json())
      session.terminal.PrintJson(Json().Set("name", words_[0]).Set("removed", true));
    else
      session.terminal.Note(fmt::format("The hash list {} is gone.", words_[0]));
    return kDone;
  }

  std::string verb_, format_;
  std::vector<std::string> words_;
  bool add_ = false, replace_ = false, skip_bad_ = false, library_ = false;
  int64_t radius_ = -1, count_ = 100;
};

}  // namespace

std::unique_ptr<Command> MakeHashList() {
  return std::make_unique<HashList>();
}

}  // namespace likeness::cli
