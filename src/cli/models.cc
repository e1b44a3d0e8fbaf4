#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {
namespace {

class Models : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("verb", &verb_, {"list", "pull", "verify", "use", "remove", "apply"}, "What to do");
    flags.Words("words", &words_, 0, SIZE_MAX, "Models by name; pull also takes the path of a manifest");
    flags.Text("--from,--models-from", &from_,
               "pull: take the files from this folder instead of the network (a mirror: DIR/NAME/FILE)", "DIR");
    flags.List("--sha256", &sha256_, "pull: the checksum of a file whose manifest has none", "FILE=HEX");
  }

  Result<int> Run(Session& session) override {
    if (verb_ == "list" || verb_.empty()) return List(session);
    if (verb_ == "pull") return Pull(session);
    if (verb_ == "verify") return Verify(session);
    if (verb_ == "use" || verb_ == "remove") return Change(session);
    if (verb_ == "apply") return Apply(session);
    return Fail(ErrorCode::kInvalidArgument, "models needs a verb", "one of list, pull, verify, use, remove, apply");
  }

 private:
  Status WantModels() const {
    if (!words_.empty()) return {};
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} which model?", verb_),
                fmt::format("write likeness models {} NAME; likeness models list names them", verb_));
  }

  static std::string State(const Json& model, const Terminal& terminal) {
    if (model.Has("error")) return terminal.Bad("damaged");
    if (model["in_use"].AsBool()) return terminal.Good("in use");
    if (model["installed"].AsBool()) return "installed";
    return terminal.Dim(model["downloadable"].AsBool() ? model["checksums_known"].AsBool() ? "available" : "unpinned"
                                                       : "mirror");
  }

  Result<int> List(Session& session) {
    if (!words_.empty()) return Fail(ErrorCode::kInvalidArgument, "list takes no names", "write likeness models list");
    LK_ASSIGN(Json result, session.door.Get(Need::kNewLibrary, "/local/v1/models"));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(result);
      return kDone;
    }
    for (const Json& model : result["models"].items()) {
      std::string state = State(model, terminal);
      state += std::string(9 - std::min<size_t>(9, Columns(State(model, Terminal(true, true)))), ' ');
      const std::string size =
          model.Has("size_bytes") ? Megabytes(static_cast<uint64_t>(model["size_bytes"].AsInt())) : "";
      terminal.Line(fmt::format("{:<24} {:<10} {} {:>9}  {}", model["name"].AsString(), model["role"].AsString(), state,
                                size,
                                model.Has("error") ? model["error"]["message"].AsString() : model["title"].AsString()));
      terminal.Line(terminal.Dim(fmt::format("{:<24} {}", "", model["licence"].AsString())));
    }
    terminal.Note(
        "available: likeness models pull NAME fetches it. unpinned: its checksum has to be given. mirror: only with "
        "--from DIR.");
    return kDone;
  }

  Result<int> Pull(Session& session) {
    LK_TRY(WantModels());
    Json sums = Json::MakeObject();
    for (const std::string& pair : sha256_) {
      const size_t equal = pair.find('=');
      if (equal == std::string::npos)
        return Fail(ErrorCode::kInvalidArgument, fmt::format("--sha256: \"{}\" is not FILE=HEX", CleanText(pair, 80)));
      sums.Set(pair.substr(0, equal), pair.substr(equal + 1));
    }
    for (const std::string& word : words_) LK_TRY(PullOne(session, word, sums));
    return kDone;
  }

  Status PullOne(Session& session, const std::string& word, const Json& sums) {
    Json body = Json().Set("model", word.ends_with(".json") ? AbsolutePath(word) : word);
    if (!from_.empty()) body.Set("from", AbsolutePath(from_));
    if (!sums.members().empty()) body.Set("sha256", sums);
    Terminal& terminal = session.terminal;
    const auto start = std::chrono::steady_clock::now();
    Json pulled;
    auto on_line = [&](const Json& line) {
      if (line.Has("pulled")) pulled = line["pulled"];
      const Json& progress = line["progress"];
      if (terminal.json() && !progress.is_null()) terminal.PrintJson(line);
      if (!progress.is_null() && progress["total_bytes"].AsInt() > 0) {
        std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        // The bar counts megabytes.
        terminal.Progress(Json()
                              .Set("done", progress["done_bytes"].AsInt() / 1'000'000)
                              .Set("total", progress["total_bytes"].AsInt() / 1'000'000)
                              .Set("errors", 0)
                              .Set("duplicates", 0)
                              .Set("bytes", progress["done_bytes"].AsInt())
                              .Set("seconds", seconds.count()),
                          "MB");
      }
      return true;
    };
    LK_TRY(session.door.Call(Need::kNewLibrary, "POST", "/local/v1/models/pull", body, on_line));
    terminal.EndProgress();
    if (terminal.json()) {
      terminal.PrintJson(Json().Set("pulled", pulled));
      return {};
    }
    const std::string name = pulled["name"].AsString();
    terminal.Note(fmt::format("{} {}. Licence: {}.", terminal.Bold(name),
                              pulled["already"].AsBool() ? "was there already, whole" : "is here and checked",
                              pulled["licence"].AsString()));
    for (const Json& file : pulled["trusted_now"].items())
      terminal.Note(
          fmt::format("Nobody had said a checksum of {}; from now on it is the one it has.", file.AsString()));
    terminal.Note(pulled["in_use"].AsBool()
                      ? fmt::format("It is in use for {}.", pulled["role"].AsString())
                      : fmt::format("Another one is in use for {}; likeness models use {} changes that.",
                                    pulled["role"].AsString(), name));
    return {};
  }

  Result<int> Verify(Session& session) {
    bool sound = true;
    if (words_.empty()) words_.emplace_back();
    for (const std::string& word : words_) {
      Json body = Json::MakeObject();
      if (!word.empty()) body.Set("name", word);
      LK_ASSIGN(Json result, session.door.Call(Need::kNewLibrary, "POST", "/local/v1/models/verify", body));
      for (const Json& model : result["models"].items()) sound &= model["faults"].items().empty();
      Print(session.terminal, result);
    }
    return sound ? kDone : kFound;
  }

  static void Print(Terminal& terminal, const Json& result) {
    if (terminal.json()) return terminal.PrintJson(result);
    for (const Json& model : result["models"].items()) {
      const Json& faults = model["faults"];
      if (faults.items().empty())
        terminal.Line(fmt::format("{}  {}", terminal.Good("sound"), model["name"].AsString()));
      for (const Json& fault : faults.items())
        terminal.Line(fmt::format("{}  {}: {}", terminal.Bad("damaged"), model["name"].AsString(), fault.AsString()));
    }
    if (result.Has("runtime_error"))
      terminal.Line(fmt::format("{}  {}", terminal.Warn("not run"), result["runtime_error"]["message"].AsString()));
    if (result["models"].items().empty()) terminal.Note("No model is installed.");
  }

  // A server does this by itself; without one, vectors and tags are made here.
  Result<int> Apply(Session& session) {
    if (!words_.empty())
      return Fail(ErrorCode::kInvalidArgument, "apply takes no names", "write likeness models apply");
    const auto start = std::chrono::steady_clock::now();
    Terminal& terminal = session.terminal;
    Json last = Json::MakeArray();
    int64_t total = 0;
    auto on_line = [&](const Json& line) {
      if (!line.Has("models")) return true;
      last = line["models"];
      if (terminal.json()) terminal.PrintJson(line);
      int64_t waiting = 0, failed = 0;
      for (const Json& model : last.items()) {
        waiting += model["waiting"].AsInt();
        failed += model["failed"].AsInt();
      }
      total = std::max(total, waiting);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      terminal.Progress(Json()
                            .Set("done", total - waiting)
                            .Set("total", total)
                            .Set("errors", failed)
                            .Set("duplicates", 0)
                            .Set("bytes", 0)
                            .Set("seconds", seconds.count()),
                        "looks");
      return true;
    };
    LK_TRY(session.door.Call(Need::kLibrary, "POST", "/local/v1/models/apply", Json::MakeObject(), on_line));
    terminal.EndProgress();
    if (terminal.json()) return kDone;
    for (const Json& model : last.items())
      terminal.Note(fmt::format("{}: {} has {} pictures to look at{}.", model["role"].AsString(),
                                model["model"].AsString(), model["waiting"].AsInt(),
                                model.Has("error") ? "; " + model["error"].AsString() : ""));
    if (last.items().empty()) terminal.Note("No model is in use: likeness models pull NAME fetches one.");
    return kDone;
  }

  Result<int> Change(Session& session) {
    LK_TRY(WantModels());
    for (const std::string& word : words_) {
      LK_ASSIGN(Json result,
                session.door.Call(Need::kNewLibrary, "POST", "/local/v1/models/" + verb_, Json().Set("name", word)));
      if (session.terminal.json())
        session.terminal.PrintJson(result);
      else if (verb_ == "use")
        session.terminal.Note(fmt::format("{} is in use for {}.", word, result["role"].AsString()));
      else
        session.terminal.Note(fmt::format("{} is gone.", word));
    }
    return kDone;
  }

  std::string verb_, from_;
  std::vector<std::string> words_, sha256_;
};

}  // namespace

std::unique_ptr<Command> MakeModels() {
  return std::make_unique<Models>();
}

}  // namespace likeness::cli
