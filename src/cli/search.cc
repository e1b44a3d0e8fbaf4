#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

using http::Json;

class Search : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Text("--image", &image_, "By a picture file", "FILE");
    flags.Text("--like", &like_, "By a picture of the library", "ID");
    flags.Text("--colour,--color", &colour_, "By a colour", "#RRGGBB");
    flags.Choice("--by", &by_, {"all", "copy", "colour"}, "Which likeness counts");
    flags.Number("-k,--count", &count_, 1, 1000, "How many at most");
  }

  Result<int> Run(Session& session) override {
    if (int(!image_.empty()) + int(!like_.empty()) + int(!colour_.empty()) != 1)
      return Fail(ErrorCode::kInvalidArgument, "expected exactly one of --image, --like and --colour",
                  "see likeness search --help");
    Json body = Json().Set("by", by_).Set("k", count_);
    std::string path = "/api/v1/search";
    if (!image_.empty()) {
      path = "/local/v1/search";
      body.Set("path", AbsolutePath(image_));
    } else if (!like_.empty()) {
      LK_ASSIGN(uint64_t id, ParseId(like_));
      body.Set("like", id);
    } else {
      body.Set("colour", colour_);
    }
    LK_ASSIGN(Json result, session.door.Call(Need::kLibrary, "POST", path, body));
    if (session.terminal.json()) {
      session.terminal.PrintJson(result);
      return kDone;
    }
    Print(session.terminal, result);
    return kDone;
  }

 private:
  static void Print(Terminal& terminal, const Json& result) {
    for (const Json& hit : result["results"].items()) {
      std::string signals;
      for (const Json& signal : hit["signals"].items())
        signals += fmt::format("{}{} {:.6g}", signals.empty() ? "" : ", ", signal["signal"].AsString(),
                               signal["distance"].AsDouble());
      std::string kind = hit["verdict"]["kind"].AsString();
      bool copy = !kind.empty() && kind != "similar" && kind != "none";
      terminal.Line(fmt::format("{:>8}  {}  {}  {}", hit["id"].AsInt(), terminal.Bold(hit["name"].AsString()),
                                Dimensions(hit["width"].AsInt(), hit["height"].AsInt()), terminal.Dim(signals)));
      if (copy) terminal.Line(fmt::format("          {}", terminal.Good(hit["verdict"]["sentence"].AsString())));
    }
    if (result["results"].items().empty()) terminal.Note("Nothing like it is here.");
    std::string note =
        fmt::format("{} in {:.1f} ms", Count(static_cast<int64_t>(result["results"].items().size()), "picture"),
                    result["took_ms"].AsDouble());
    if (result["low_information"].AsBool())
      note += "; the picture is nearly flat, so only its hash and colours were compared";
    terminal.Note(terminal.Dim(note));
  }

  std::string image_, like_, colour_, by_ = "all";
  int64_t count_ = 20;
};

}  // namespace

std::unique_ptr<Command> MakeSearch() {
  return std::make_unique<Search>();
}

}  // namespace likeness::cli
