#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

using http::Json;

class Compare : public Command {
 public:
  void Describe(Flags& flags) override { flags.Words("pictures", &words_, 2, 2, "Two files or ids"); }

  Result<int> Run(Session& session) override {
    Json body;
    Need need = Need::kFiles;
    const char* names[] = {"a", "b"};
    for (size_t i = 0; i < 2; ++i) {
      // A bare number is an id; a file of that name is written ./12.
      if (LooksLikeId(words_[i])) {
        need = Need::kLibrary;
        body.Set(names[i], Json().Set("id", std::stoull(words_[i])));
      } else {
        body.Set(names[i], Json().Set("path", AbsolutePath(words_[i])));
      }
    }
    LK_ASSIGN(Json result, session.door.Call(need, "POST", "/local/v1/compare", body));
    const std::string& kind = result["verdict"]["kind"].AsString();
    if (session.terminal.json())
      session.terminal.PrintJson(result);
    else
      Print(session.terminal, result);
    return kind == "exact" || kind == "pixel_equal" ? kDone : kFound;
  }

 private:
  static void Print(Terminal& terminal, const Json& result) {
    const Json& verdict = result["verdict"];
    const Json& signals = result["signals"];
    std::string kind = verdict["kind"].AsString();
    std::string sentence = verdict["sentence"].AsString();
    if (kind == "none" && sentence.empty()) sentence = "Two different pictures.";
    terminal.Line(fmt::format("{}  {:.1f} % alike", terminal.Bold(sentence), result["similarity_percent"].AsDouble()));
    terminal.Note(terminal.Dim(fmt::format("verdict      {} (rule {}, confidence {:.2f})", kind,
                                           verdict["rule"].AsString(), verdict["score"].AsDouble())));
    terminal.Note(
        terminal.Dim(fmt::format("hash         {} of 256 bits apart, {}", signals["phash"]["distance"].AsInt(),
                                 signals["phash"]["orientation"].AsString())));
    terminal.Note(
        terminal.Dim(fmt::format("PDQ          {} of 256 bits apart{}", signals["pdq"]["distance"].AsInt(),
                                 signals["pdq"]["reliable"].AsBool() ? "" : " (too little structure to rely on)")));
    terminal.Note(terminal.Dim(fmt::format("colours      {:.1f} % different",
                                           static_cast<double>(signals["colour"]["distance"].AsInt()) / 1310.70)));
    std::string bits = signals.Has("median_bits")
                           ? fmt::format(", median {:.0f} of 486 bits apart", signals["median_bits"].AsDouble())
                           : "";
    terminal.Note(terminal.Dim(fmt::format("points       {} agree{}{}", signals["inliers"].AsInt(),
                                           signals["mirrored"].AsBool() ? ", mirrored" : "", bits)));
    if (signals.Has("details")) {
      const Json& query = signals["details"]["query"];
      terminal.Note(
          terminal.Dim(fmt::format("details      {} of {} points have a partner at their place, {} are disputed",
                                   query["partnered"].AsInt(), query["points"].AsInt(), query["disputed"].AsInt())));
    }
    if (signals["changed_share"].AsDouble() >= 0)
      terminal.Note(terminal.Dim(
          fmt::format("changed      {:.1f} % of what overlaps", 100 * signals["changed_share"].AsDouble())));
    if (verdict.Has("note")) terminal.Note(terminal.Warn(verdict["note"].AsString()));
  }

  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Command> MakeCompare() {
  return std::make_unique<Compare>();
}

}  // namespace likeness::cli
