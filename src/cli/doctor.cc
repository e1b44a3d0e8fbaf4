#include <fmt/format.h>

#include <filesystem>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Doctor : public Command {
 public:
  void Describe(Flags&) override {}

  Result<int> Run(Session& session) override {
    std::error_code error;
    bool library = std::filesystem::exists(session.door.options().data / "catalog.sqlite", error);
    LK_ASSIGN(Json facts, session.door.Get(library ? Need::kLibrary : Need::kFiles, "/local/v1/doctor"));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(facts);
      return kDone;
    }
    auto row = [&](std::string_view name, const std::string& text) {
      terminal.Line(fmt::format("{:<12} {}", name, text));
    };
    row("likeness",
        fmt::format("{} on {}", facts["version"].AsString(), Count(facts["processors"].AsInt(), "processor")));
    row("SQLite", fmt::format("{} ({})", facts["sqlite"]["version"].AsString(), facts["sqlite"]["note"].AsString()));
    std::string libraries;
    for (const Json& item : facts["libraries"].items())
      libraries +=
          fmt::format("{}{} {}", libraries.empty() ? "" : ", ", item["name"].AsString(), item["version"].AsString());
    row("libraries", libraries);
    const Json& runtime = facts["model_runtime"];
    row("models", runtime.Has("error") ? terminal.Warn(runtime["error"].AsString())
                                       : fmt::format("ONNX Runtime {}", runtime["version"].AsString()));
    std::string formats;
    for (const auto& member : facts["formats"].members())
      formats += fmt::format("{}{} {}", formats.empty() ? "" : ", ", member.name, member.value.AsString());
    row("formats", formats);
    for (const Json& kernel : facts["kernels"].items())
      row("kernel", fmt::format("{}: {}", kernel["family"].AsString(), kernel["chosen"].AsString()));
    std::string isolation;
    for (const Json& layer : facts["isolation"].items())
      isolation += (isolation.empty() ? "" : ", ") + layer.AsString();
    row("isolation", isolation.empty() ? terminal.Bad("none: decoders run without protection") : isolation);
    const Json& workers = facts["workers"];
    row("workers",
        fmt::format("{}, {} jobs done, {} crashed, {} timed out", workers["count"].AsInt(),
                    Thousands(workers["jobs"].AsInt()), workers["crashed"].AsInt(), workers["timed_out"].AsInt()));
    if (facts.Has("folder")) {
      const Json& folder = facts["folder"];
      row("folder", fmt::format("{}, {} free{}", folder["path"].AsString(),
                                Megabytes(static_cast<uint64_t>(folder["free_bytes"].AsInt())),
                                folder["writable"].AsBool() ? "" : ", NOT WRITABLE"));
    }
    for (const auto& member : facts["limits"].members())
      row("limit", fmt::format("{} = {}", member.name, Thousands(member.value.AsInt())));
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> MakeDoctor() {
  return std::make_unique<Doctor>();
}

}  // namespace likeness::cli
