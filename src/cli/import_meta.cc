#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {
namespace {

class ImportMeta : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("what", &words_, 2, 2, "tags, captions or sources, and the file that has them by id");
  }

  Result<int> Run(Session& session) override {
    Terminal& terminal = session.terminal;
    Json summary;
    const auto on_line = [&](const Json& line) {
      if (line.Has("summary")) summary = line["summary"];
      if (terminal.json()) {
        terminal.PrintJson(line);
      } else if (line.Has("problem")) {
        const Json& problem = line["problem"];
        terminal.Line(fmt::format("{} entry {}: {}", terminal.Warn("skipped"), problem["entry"].AsInt(),
                                  CleanText(problem["message"].AsString(), 400)));
      }
      return true;
    };
    LK_TRY(session.door.Call(Need::kLibrary, "POST", "/local/v1/import-meta",
                             Json().Set("kind", words_[0]).Set("path", AbsolutePath(words_[1])), on_line));
    const int64_t skipped = summary["skipped"].AsInt();
    if (!terminal.json())
      terminal.Line(terminal.Bold(fmt::format("{} changed, {} were so already, {} skipped.",
                                              Count(summary["changed"].AsInt(), "picture"),
                                              Thousands(summary["unchanged"].AsInt()), Thousands(skipped))));
    return skipped > 0 ? kFound : kDone;
  }

 private:
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> MakeImportMeta() {
  return std::make_unique<ImportMeta>();
}

}  // namespace likeness::cli
