#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Export : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("ids", &ids_, 0, SIZE_MAX, "Ids of pictures");
    flags.Text("--to", &folder_, "Folder to write to; made if absent", "DIR");
    flags.Flag("--all", &all_, "Every picture of the library but the trash");
  }

  Result<int> Run(Session& session) override {
    if (folder_.empty()) return Fail(ErrorCode::kInvalidArgument, "where to?", "name a folder with --to DIR");
    if (all_ == !ids_.empty()) return Fail(ErrorCode::kInvalidArgument, "expected ids, or --all");
    Json ids = Json::MakeArray();
    for (const std::string& word : ids_) {
      LK_ASSIGN(uint64_t id, ParseId(word));
      ids.Append(id);
    }
    if (all_) {
      LK_ASSIGN(Json layout, session.door.Get(Need::kLibrary, "/api/v1/layout"));
      ids = layout["ids"];
    }
    Json body = Json().Set("ids", std::move(ids)).Set("folder", AbsolutePath(folder_));
    LK_ASSIGN(Json result, session.door.Call(Need::kLibrary, "POST", "/local/v1/export", body));
    if (session.terminal.json())
      session.terminal.PrintJson(result);
    else
      session.terminal.Note(fmt::format("{} written to {}.", Count(result["exported"].AsInt(), "picture"), folder_));
    return kDone;
  }

 private:
  std::vector<std::string> ids_;
  std::string folder_;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeExport() {
  return std::make_unique<Export>();
}

}  // namespace likeness::cli
