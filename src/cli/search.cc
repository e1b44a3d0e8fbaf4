#include <fmt/format.h>

#include <optional>

#include "cli/command.h"
#include "cli/expression_mark.h"
#include "query/parser.h"

namespace likeness::cli {
namespace {

class Search : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Text("expression", &expression_,
               "An expression (docs/guide/search.md), in quotes; before one that begins with - write --", "EXPR");
    flags.Text("--image", &image_, "By a picture file", "FILE");
    flags.Text("--like", &like_, "By a picture of the library", "ID");
    flags.Text("--colour,--color", &colour_, "By a colour", "#RRGGBB");
    flags.List("--text", &text_, "By words; -WORDS are to be left out. Also beside a picture", "WORDS");
    flags.Choice("--by", &by_, {"all", "copy", "colour", "look", "tags"}, "Which likeness counts");
    flags.Number("--expand", &expand_, 0, 50,
                 "With --by look: add so many of the nearest to the query first (alpha query expansion)");
    flags.Number("-k,--count", &count_, 1, 1000, "How many at most");
  }

  Result<int> Run(Session& session) override {
    if (!expression_.empty()) return Find(session);
    const int others = int(!image_.empty()) + int(!like_.empty()) + int(!colour_.empty());
    if (others > 1 || (others == 0 && text_.empty()))
      return Fail(ErrorCode::kInvalidArgument,
                  "expected an expression, --text or exactly one of --image, --like and --colour",
                  "see likeness search --help");
    Json body = Json().Set("by", by_).Set("k", count_);
    std::string path = "/api/v1/search";
    if (!image_.empty()) {
      path = "/local/v1/search";
      body.Set("path", AbsolutePath(image_));
    } else if (!like_.empty()) {
      LK_ASSIGN(uint64_t id, ParseId(like_));
      body.Set("like", id);
    } else if (!colour_.empty()) {
      body.Set("colour", colour_);
    }
    Json texts = Json::MakeArray();
    for (const std::string& text : text_) texts.Append(text);
    if (!text_.empty()) body.Set("text", std::move(texts));
    if (expand_ > 0) body.Set("expand", expand_);
    LK_ASSIGN(Json result, session.door.Call(Need::kLibrary, "POST", path, body));
    if (session.terminal.json()) {
      session.terminal.PrintJson(result);
      return kDone;
    }
    Print(session.terminal, result);
    return kDone;
  }

 private:
  Result<int> Find(Session& session) {
    if (!image_.empty() || !like_.empty() || !colour_.empty() || !text_.empty() || by_ != "all" || expand_ > 0)
      return Fail(ErrorCode::kInvalidArgument, "an expression says all that is to be searched by",
                  "write like:ID, colour:#RRGGBB or ~\"WORDS\" into it, or leave it out");
    Terminal& terminal = session.terminal;
    const auto parsed = query::Parse(expression_, {.bytes_max = session.globals.limits.query_bytes_max});
    if (!parsed && !terminal.json()) fmt::print(stderr, "{}", MarkedExpression(expression_, parsed.error().character));
    LK_ASSIGN(Json page, session.door.Get(Need::kLibrary, "/api/v1/images",
                                          {{"q", expression_}, {"limit", fmt::format("{}", count_)}}));
    if (terminal.json()) {
      terminal.PrintJson(page);
      return kDone;
    }
    for (const Json& image : page["images"].items()) {
      std::string tags;
      for (const Json& tag : image["tags"].items()) tags += (tags.empty() ? "" : ", ") + tag.AsString();
      terminal.Line(fmt::format("{:>8}  {}  {}  {}", image["id"].AsInt(), terminal.Bold(image["name"].AsString()),
                                Dimensions(image["width"].AsInt(), image["height"].AsInt()), terminal.Dim(tags)));
    }
    const int64_t total = page["total"].AsInt();
    const auto shown = static_cast<int64_t>(page["images"].items().size());
    std::string note =
        fmt::format("{}{} found{}, {:.1f} ms.", page["total_is_exact"].AsBool() ? "" : "at least ", total,
                    shown < total ? fmt::format(", {} shown", shown) : "", page["took_ms"].AsDouble());
    terminal.Note(terminal.Dim(note));
    if (page.Has("note")) terminal.Note(terminal.Warn(page["note"].AsString() + "."));
    return kDone;
  }

  // A copy has a verdict that says so; a hit of the colour signals alone is only alike in its colours.
  enum class HitKind { kCopy, kAlike, kColours };
  static HitKind KindOf(const Json& hit) {
    const std::string& kind = hit["verdict"]["kind"].AsString();
    if (!kind.empty() && kind != "similar" && kind != "none") return HitKind::kCopy;
    bool colours_only = kind != "similar";
    for (const Json& signal : hit["signals"].items())
      colours_only =
          colours_only && (signal["signal"].AsString() == "colour" || signal["signal"].AsString() == "layout");
    return colours_only ? HitKind::kColours : HitKind::kAlike;
  }

  // A colour signal's distance as a share of its largest: of histograms 131070, of layouts 8160.
  static std::optional<double> Percent(const Json& hit, std::string_view wanted) {
    for (const Json& signal : hit["signals"].items())
      if (signal["signal"].AsString() == wanted)
        return signal["distance"].AsDouble() / (wanted == "colour" ? 1310.70 : 81.60);
    return std::nullopt;
  }
  static std::string ColoursText(const Json& hit) {
    std::optional<double> colours = Percent(hit, "colour"), places = Percent(hit, "layout");
    if (!places) return fmt::format("colours {:.0f} % different", colours.value_or(100));
    if (!colours) return fmt::format("colours in place, {:.0f} % different", *places);
    return fmt::format("colours {:.0f} % different, {:.0f} % by place", *colours, *places);
  }
  // Half of the colours shared, or most of them in place; what lies further off has nothing to do with the picture.
  static bool HasItsColours(const Json& hit) {
    constexpr double kColoursMax = 50, kPlacesMax = 25;
    return Percent(hit, "colour").value_or(100) <= kColoursMax || Percent(hit, "layout").value_or(100) <= kPlacesMax;
  }

  // "; text 0.287": how near a model finds it to the words or the picture, as a cosine.
  static std::string CosinesText(const Json& hit) {
    std::string text;
    for (const Json& signal : hit["signals"].items())
      if (signal.Has("cosine"))
        text += fmt::format("; {} {:.3f}", signal["signal"].AsString(), signal["cosine"].AsDouble());
    return text;
  }

  static std::string AlikeText(const Json& hit) {
    for (const Json& signal : hit["signals"].items())
      if (signal["signal"].AsString() == "tags") return fmt::format("tags shared: {:.0f}", signal["score"].AsDouble());
    return "looks similar" + CosinesText(hit);
  }

  static void PrintHit(Terminal& terminal, const Json& hit, HitKind kind) {
    std::string why = kind == HitKind::kCopy    ? terminal.Good(hit["verdict"]["sentence"].AsString())
                      : kind == HitKind::kAlike ? terminal.Dim(AlikeText(hit))
                                                : terminal.Dim(ColoursText(hit));
    terminal.Line(fmt::format("{:>8}  {}  {}  {}", hit["id"].AsInt(), terminal.Bold(hit["name"].AsString()),
                              Dimensions(hit["width"].AsInt(), hit["height"].AsInt()), why));
  }

  void Print(Terminal& terminal, const Json& result) const {
    const auto& hits = result["results"].items();
    const bool words_only = image_.empty() && like_.empty() && colour_.empty();
    bool by_picture = colour_.empty() && by_ != "colour" && by_ != "look" && by_ != "tags" && !words_only;
    auto print = [&](HitKind kind, const char* title, size_t count_max, bool only_near) {
      size_t count = 0;
      for (const Json& hit : hits) {
        if (KindOf(hit) != kind || (only_near && !HasItsColours(hit))) continue;
        if (++count > count_max) break;
        if (count == 1 && *title) terminal.Note(title);
        PrintHit(terminal, hit, kind);
      }
      return count;
    };
    if (!by_picture) {
      if (print(HitKind::kColours, "", SIZE_MAX, false) + print(HitKind::kAlike, "", SIZE_MAX, false) +
              print(HitKind::kCopy, "", SIZE_MAX, false) ==
          0)
        terminal.Note("Nothing like it is here.");
    } else {
      if (print(HitKind::kCopy, like_.empty() ? "The picture is here:" : "Copies of it:", SIZE_MAX, false) == 0)
        terminal.Note(like_.empty() ? "The picture is not here, whole or in part." : "No copy of it is here.");
      print(HitKind::kAlike, "Looks similar:", SIZE_MAX, false);
      if (by_ != "copy") print(HitKind::kColours, "Similar colours:", 5, true);
    }
    std::string note = fmt::format("Looked for {:.1f} ms", result["took_ms"].AsDouble());
    terminal.Note(terminal.Dim(note + "."));
    if (result.Has("note")) terminal.Note(terminal.Warn(result["note"].AsString() + "."));
  }

  std::vector<std::string> text_;
  std::string expression_, image_, like_, colour_, by_ = "all";
  int64_t count_ = 20, expand_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeSearch() {
  return std::make_unique<Search>();
}

}  // namespace likeness::cli
