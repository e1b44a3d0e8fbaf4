#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Rebuild : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Flag("--all", &all_, "Features and thumbnails anew from the originals, not only indexes");
    flags.Flag("--lost-catalog", &lost_catalog_,
               "The catalog is gone or damaged: make it again from the originals' labels. Later edits, decisions and "
               "the trash are lost");
  }

  Result<int> Run(Session& session) override {
    session.door.options().rebuild_lost_catalog = lost_catalog_;
    Json summary;
    auto on_line = [&](const Json& line) {
      if (line.Has("progress"))
        session.terminal.Progress(line["progress"], "pictures");
      else if (line.Has("summary"))
        summary = line["summary"];
      return true;
    };
    LK_TRY(session.door.Call(Need::kLibrary, "POST", "/local/v1/rebuild", Json().Set("all", all_), on_line));
    session.terminal.EndProgress();
    if (session.terminal.json())
      session.terminal.PrintJson(Json().Set("summary", summary));
    else
      session.terminal.Note(fmt::format("{} done in {}, {} failed.", Count(summary["imported"].AsInt(), "picture"),
                                        Duration(summary["seconds"].AsDouble()), Thousands(summary["failed"].AsInt())));
    return summary["failed"].AsInt() > 0 ? kFound : kDone;
  }

 private:
  bool all_ = false, lost_catalog_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRebuild() {
  return std::make_unique<Rebuild>();
}

}  // namespace likeness::cli
