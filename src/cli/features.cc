#include "cli/command.h"

namespace likeness::cli {
namespace {

class Features : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("--only", &only_, {"phash"},
                 "Only this, as quickly as it can be had: a baseline JPEG is not decoded in full");
    flags.Words("files", &files_, 1, SIZE_MAX, "Files and folders");
  }

  Result<int> Run(Session& session) override {
    Json paths = Json::MakeArray();
    for (const std::string& file : files_) paths.Append(AbsolutePath(file));
    uint64_t good = 0, failed = 0;
    auto on_line = [&](const Json& line) {
      session.terminal.PrintJson(line);
      if (line.Has("error")) {
        ++failed;
        const Json& error = line["error"];
        if (!session.terminal.json())
          session.terminal.Fault(line["path"].AsString() + ": " + error["message"].AsString());
      } else {
        ++good;
      }
      return true;
    };
    Json request;
    request.Set("paths", std::move(paths));
    if (!only_.empty()) request.Set("only", only_);
    LK_TRY(session.door.Call(Need::kFiles, "POST", "/local/v1/features", request, on_line));
    return failed == 0 ? kDone : good > 0 ? kFound : kFatal;
  }

 private:
  std::string only_;
  std::vector<std::string> files_;
};

}  // namespace

std::unique_ptr<Command> MakeFeatures() {
  return std::make_unique<Features>();
}

}  // namespace likeness::cli
