#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Delete : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("ids", &ids_, 1, SIZE_MAX, "Ids of pictures");
    flags.Flag("--forever", &forever_, "Out of every place, for good, and not into the trash");
    flags.Flag("--restore", &restore_, "Take them out of the trash again");
    flags.Flag("-y,--yes", &yes_, "Do not ask before --forever");
  }

  Result<int> Run(Session& session) override {
    std::vector<uint64_t> ids;
    for (const std::string& word : ids_) {
      LK_ASSIGN(uint64_t id, ParseId(word));
      ids.push_back(id);
    }
    if (forever_ && restore_)
      return Fail(ErrorCode::kInvalidArgument, "--forever and --restore are two different things");
    if (forever_ && !yes_ && session.terminal.can_ask() &&
        session.terminal.Ask(fmt::format("Delete {} for good? [n]o, [y]es:", Count(int64_t(ids.size()), "picture")),
                             "ny") != 'y')
      return kFound;
    int status = kDone;
    for (uint64_t id : ids) {
      const std::string path = fmt::format("/api/v1/images/{}", id);
      Result<Json> done = restore_ ? session.door.Call(Need::kLibrary, "POST", path + "/restore", {})
                                   : session.door.Call(Need::kLibrary, "DELETE", path, {}, {},
                                                       {{"forever", forever_ ? "true" : "false"}});
      if (!done && done.error().code != ErrorCode::kNotFound) return std::unexpected(done.error());
      if (!done) status = kFound;
      if (session.terminal.json())
        session.terminal.PrintJson(Json().Set("id", id).Set(restore_ ? "restored" : "deleted", done.has_value()));
      else if (done)
        session.terminal.Note(fmt::format("{} is {}.", id,
                                          restore_   ? "out of the trash"
                                          : forever_ ? "deleted"
                                                     : "in the trash"));
      else
        session.terminal.Fault(fmt::format("{}: {}", id, done.error().Text()));
    }
    return status;
  }

 private:
  std::vector<std::string> ids_;
  bool yes_ = false, forever_ = false, restore_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeDelete() {
  return std::make_unique<Delete>();
}

}  // namespace likeness::cli
