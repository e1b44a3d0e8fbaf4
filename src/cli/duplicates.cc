#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

using http::Json;

std::string NameOf(const Json& member) {
  if (member.Has("path")) return member["path"].AsString();
  return fmt::format("{} {}", member["id"].AsInt(), member["name"].AsString());
}

class Duplicates : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("paths", &paths_, 0, SIZE_MAX, "Folders and files; none: the library");
  }

  Result<int> Run(Session& session) override {
    Json paths = Json::MakeArray();
    for (const std::string& path : paths_) paths.Append(AbsolutePath(path));
    Json body = Json::MakeObject();
    if (!paths_.empty()) body.Set("paths", std::move(paths));
    Json last;
    auto on_line = [&](const Json& line) {
      if (line.Has("progress"))
        session.terminal.Progress(line["progress"], "pictures");
      else
        last = line;
      return true;
    };
    LK_TRY(session.door.Call(paths_.empty() ? Need::kLibrary : Need::kFiles, "POST", "/local/v1/duplicates", body,
                             on_line));
    session.terminal.EndProgress();
    bool found = !last["groups"].items().empty() || !last["failures"].items().empty();
    if (session.terminal.json())
      session.terminal.PrintJson(last);
    else
      Print(session.terminal, last);
    return found ? kFound : kDone;
  }

 private:
  static void Print(Terminal& terminal, const Json& last) {
    uint64_t spare = 0, copies = 0;
    for (const Json& group : last["groups"].items()) {
      const auto& members = group["members"].items();
      for (const Json& member : members) {
        bool keep = member["keep"].AsBool();
        if (!keep) {
          spare += static_cast<uint64_t>(member["size_bytes"].AsInt());
          ++copies;
        }
        terminal.Line(fmt::format("{}  {}  {}, {}", keep ? terminal.Good("keep") : terminal.Warn("copy"),
                                  NameOf(member), Dimensions(member["width"].AsInt(), member["height"].AsInt()),
                                  Megabytes(static_cast<uint64_t>(member["size_bytes"].AsInt()))));
      }
      for (const Json& link : group["evidence"].items()) {
        const std::string& sentence = link["verdict"]["sentence"].AsString();
        const Json& a =
            members.at(static_cast<size_t>(std::min<int64_t>(link["a"].AsInt(), int64_t(members.size()) - 1)));
        const Json& b =
            members.at(static_cast<size_t>(std::min<int64_t>(link["b"].AsInt(), int64_t(members.size()) - 1)));
        terminal.Line(terminal.Dim(fmt::format("      {} against {}: {}", NameOf(a), NameOf(b), sentence)));
      }
      for (const Json& reason : group["keep_reasons"].items())
        terminal.Line(terminal.Dim(fmt::format("      kept because {}", reason.AsString())));
      terminal.Line("");
    }
    for (const Json& failure : last["failures"].items())
      terminal.Line(fmt::format("{}  {}: {}", terminal.Bad("failed"), failure["path"].AsString(),
                                failure["error"]["message"].AsString()));
    int64_t groups = static_cast<int64_t>(last["groups"].items().size());
    if (groups == 0)
      terminal.Note("No copies.");
    else
      terminal.Note(terminal.Bold(fmt::format(
          "{} with {} could go: {}.", Count(groups, "group"),
          copies == 1 ? "1 copy that" : fmt::format("{} copies that", Thousands(int64_t(copies))), Megabytes(spare))));
  }

  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<Command> MakeDuplicates() {
  return std::make_unique<Duplicates>();
}

}  // namespace likeness::cli
