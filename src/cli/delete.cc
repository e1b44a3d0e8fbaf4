#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

using http::Json;

class Delete : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("ids", &ids_, 1, SIZE_MAX, "Ids of pictures");
    flags.Flag("-y,--yes", &yes_, "Do not ask");
  }

  Result<int> Run(Session& session) override {
    std::vector<uint64_t> ids;
    for (const std::string& word : ids_) {
      LK_ASSIGN(uint64_t id, ParseId(word));
      ids.push_back(id);
    }
    if (!yes_ && session.terminal.can_ask() &&
        session.terminal.Ask(fmt::format("Delete {} for good? [n]o, [y]es:", Count(int64_t(ids.size()), "picture")),
                             "ny") != 'y')
      return kFound;
    int status = kDone;
    for (uint64_t id : ids) {
      Result<Json> done = session.door.Call(Need::kLibrary, "DELETE", fmt::format("/api/v1/images/{}", id), {});
      if (!done && done.error().code != ErrorCode::kNotFound) return std::unexpected(done.error());
      if (!done) status = kFound;
      if (session.terminal.json())
        session.terminal.PrintJson(Json().Set("id", id).Set("deleted", done.has_value()));
      else if (done)
        session.terminal.Note(fmt::format("{} is deleted.", id));
      else
        session.terminal.Fault(fmt::format("{}: {}", id, done.error().Text()));
    }
    return status;
  }

 private:
  std::vector<std::string> ids_;
  bool yes_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDelete() {
  return std::make_unique<Delete>();
}

}  // namespace likeness::cli
