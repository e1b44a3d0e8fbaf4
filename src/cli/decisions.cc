#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Decisions : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Text("--undo", &undo_, "Undo this decision; a picture it hid comes back", "ID");
    flags.Flag("--all", &all_, "Undone ones too");
  }

  Result<int> Run(Session& session) override {
    Terminal& terminal = session.terminal;
    if (!undo_.empty()) {
      LK_ASSIGN(uint64_t id, ParseId(undo_));
      LK_TRY(session.door.Call(Need::kLibrary, "DELETE", fmt::format("/api/v1/decisions/{}", id), {}));
      if (terminal.json())
        terminal.PrintJson(Json().Set("id", id).Set("undone", true));
      else
        terminal.Note(fmt::format("Decision {} is undone.", id));
      return kDone;
    }
    LK_ASSIGN(Json result,
              session.door.Get(Need::kLibrary, "/api/v1/decisions", {{"undone", all_ ? "true" : "false"}}));
    if (terminal.json()) {
      terminal.PrintJson(result);
      return kDone;
    }
    for (const Json& row : result["decisions"].items()) {
      terminal.Line(fmt::format("{:>6}  {}  {} and {}: {}{}", row["id"].AsInt(),
                                terminal.Dim(row["decided_at"].AsString()), row["a"].AsInt(), row["b"].AsInt(),
                                row["kind"].AsString(), row["undone"].AsBool() ? " (undone)" : ""));
    }
    if (result["decisions"].items().empty()) terminal.Note("Nothing was decided yet.");
    return kDone;
  }

 private:
  std::string undo_;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDecisions() {
  return std::make_unique<Decisions>();
}

}  // namespace likeness::cli
