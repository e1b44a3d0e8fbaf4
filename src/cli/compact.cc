#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Compact : public Command {
 public:
  void Describe(Flags&) override {}

  Result<int> Run(Session& session) override {
    LK_ASSIGN(Json before, session.door.Get(Need::kLibrary, "/api/v1/stats"));
    LK_TRY(session.door.Call(Need::kLibrary, "POST", "/local/v1/compact", Json::MakeObject()));
    LK_ASSIGN(Json after, session.door.Get(Need::kLibrary, "/api/v1/stats"));
    auto bytes = [](const Json& stats) { return stats["original_bytes"].AsInt() + stats["derived_bytes"].AsInt(); };
    int64_t freed = std::max<int64_t>(0, bytes(before) - bytes(after));
    if (session.terminal.json())
      session.terminal.PrintJson(Json().Set("freed_bytes", freed));
    else
      session.terminal.Note(fmt::format("{} given back.", Megabytes(static_cast<uint64_t>(freed))));
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> MakeCompact() {
  return std::make_unique<Compact>();
}

}  // namespace likeness::cli
