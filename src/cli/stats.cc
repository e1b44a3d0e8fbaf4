#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Stats : public Command {
 public:
  void Describe(Flags&) override {}

  Result<int> Run(Session& session) override {
    LK_ASSIGN(Json stats, session.door.Get(Need::kLibrary, "/api/v1/stats"));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(stats);
      return kDone;
    }
    auto size = [&](const char* name) { return Megabytes(static_cast<uint64_t>(stats[name].AsInt())); };
    auto row = [&](const char* name, const std::string& text) { terminal.Line(fmt::format("{:<12} {}", name, text)); };
    row("pictures", fmt::format("{}, {} in the trash, {} deleted", Thousands(stats["images"].AsInt()),
                                Thousands(stats["trashed"].AsInt()), Thousands(stats["deleted"].AsInt())));
    row("tags", Thousands(stats["tags"].AsInt()));
    row("decisions", Thousands(stats["decisions"].AsInt()));
    row("originals", fmt::format("{} in {}", size("original_bytes"), Count(stats["volumes"].AsInt(), "volume")));
    row("derived", fmt::format("{} thumbnails and features, {} indexes", size("derived_bytes"), size("index_bytes")));
    row("catalog", size("catalog_bytes"));
    const Json& indexes = stats["indexes"];
    row("indexed", fmt::format("{} by hash, {} by colour, {} by place of colours, {} by points",
                               Thousands(indexes["phash"].AsInt()), Thousands(indexes["colour"].AsInt()),
                               Thousands(indexes["layout"].AsInt()), Thousands(indexes["local"].AsInt())));
    for (const Json& model : stats["models"].items()) {
      std::string text =
          fmt::format("{}: {} pictures to look at", model["model"].AsString(), Thousands(model["waiting"].AsInt()));
      if (model["vectors"].AsInt() > 0) text += fmt::format(", {} vectors", Thousands(model["vectors"].AsInt()));
      if (model["failed"].AsInt() > 0) text += fmt::format(", {} given up", Thousands(model["failed"].AsInt()));
      if (model.Has("answering_model"))
        text += fmt::format("; until then {} answers", model["answering_model"].AsString());
      row(model["role"].AsString().c_str(), text);
      if (model.Has("error")) row("", terminal.Warn(model["error"].AsString()));
    }
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> MakeStats() {
  return std::make_unique<Stats>();
}

}  // namespace likeness::cli
