#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Fsck : public Command {
 public:
  void Describe(Flags& flags) override { flags.Flag("--repair", &repair_, "Mend what can be mended"); }

  Result<int> Run(Session& session) override {
    Json report;
    auto on_line = [&](const Json& line) {
      if (line.Has("progress"))
        session.terminal.Progress(line["progress"], "records");
      else if (line.Has("fsck"))
        report = line["fsck"];
      return true;
    };
    // A folder that nobody serves is looked at without changing anything, not even by recovery at opening.
    Json body = Json().Set("repair", repair_);
    Need need = Need::kLibrary;
    if (!repair_ && !session.door.HasServer()) {
      need = Need::kFiles;
      body.Set("folder", session.door.options().data.string());
    }
    LK_TRY(session.door.Call(need, "POST", "/local/v1/fsck", body, on_line));
    session.terminal.EndProgress();
    bool clean = report["clean"].AsBool();
    if (session.terminal.json())
      session.terminal.PrintJson(report);
    else
      Print(session.terminal, report);
    return clean ? kDone : kFound;
  }

 private:
  static void Print(Terminal& terminal, const Json& report) {
    for (const Json& problem : report["problems"].items()) {
      terminal.Line(fmt::format(
          "{}  {}{}: {}", problem["repaired"].AsBool() ? terminal.Good("repaired") : terminal.Bad("problem "),
          problem["kind"].AsString(), problem.Has("image") ? fmt::format(" of image {}", problem["image"].AsInt()) : "",
          problem["what"].AsString()));
    }
    terminal.Note(fmt::format("{}, {}, {} checked: {}", Count(report["images"].AsInt(), "image"),
                              Count(report["records"].AsInt(), "record"),
                              Megabytes(static_cast<uint64_t>(report["bytes"].AsInt())),
                              report["problems"].items().empty() ? terminal.Good("sound")
                              : report["clean"].AsBool()         ? terminal.Good("mended")
                                                         : terminal.Bad("not sound; try likeness fsck --repair")));
  }

  bool repair_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeFsck() {
  return std::make_unique<Fsck>();
}

}  // namespace likeness::cli
