// `compare`: what two pictures are to each other and where their pixels differ; two folders by the names of their
// pictures; or one request a line from standard input, for test runners.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/command.h"
#include "cli/comparison_text.h"

namespace likeness::cli {
namespace {

// "12:30:200x40": x, y, width, height.
Result<Json> ParseBox(const std::string& word) {
  int x = 0, y = 0, width = 0, height = 0, used = 0;
  if (std::sscanf(word.c_str(), "%d:%d:%dx%d%n", &x, &y, &width, &height, &used) != 4 ||
      static_cast<size_t>(used) != word.size() || width < 1 || height < 1)
    return Fail(ErrorCode::kInvalidArgument, fmt::format("--ignore-box: \"{}\" is no box", word),
                "write x:y:WIDTHxHEIGHT, for example 0:0:200x40");
  return Json().Set("x", x).Set("y", y).Set("width", width).Set("height", height);
}

class Compare : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("pictures", &words_, 0, 2, "Two files, ids or folders");
    flags.Choice("--like", &like_,
                 {"pixelmatch", "pixelmatch-7", "pixelmatch-5", "pixelmatch-8-preview", "odiff", "resemble"},
                 "Count differences as that tool does");
    flags.Text("--threshold", &threshold_, "Colours nearer than this are equal, 0 to 1; 1 is black against white", "T");
    flags.List("--ignore", &ignore_, "nothing, less, antialiasing, colours, alpha, as Resemble.js means it", "WORDS");
    flags.List("--ignore-box", &boxes_, "Leave out a box; several with commas", "X:Y:WxH");
    flags.Text("--mask", &mask_, "Leave out what is light in this picture", "FILE");
    flags.Flag("--scale", &scale_, "Scale the second picture to the size of the first");
    flags.Flag("--align", &align_,
               "Lay the second picture over the first whatever was done to it, and compare what both show");
    flags.Flag("--fidelity", &fidelity_, "Also SSIM, MS-SSIM and PSNR");
    flags.Text("--diff", &diff_, "Write the difference as a picture: PNG; of the style blink WebP or GIF", "OUT.png");
    flags.Choice("--style", &style_,
                 {"flat", "movement", "flat-intensity", "movement-intensity", "only", "grey", "side-by-side", "blink"},
                 "How --diff looks; blink shows one after the other, without end");
    flags.Text("--colour", &colour_, "Colour of what differs", "#RRGGBB");
    flags.Text("--opacity", &opacity_, "Of what is equal, 0 to 1", "A");
    flags.Number("--regions", &regions_, 0, 1000, "Tell at most so many regions of change");
    flags.Flag("--pixels-only", &pixels_only_, "Only compare pixels: no hashes, no points, much faster");
    flags.Text("--report", &report_, "Of two folders: write an HTML report", "OUT.html");
    flags.Flag("--serve-stdio", &serve_, "Answer requests from standard input, one JSON object a line");
  }

  Result<int> Run(Session& session) override {
    LK_ASSIGN(const Json difference, DifferenceOptions());
    if (serve_) {
      if (!words_.empty())
        return Fail(ErrorCode::kInvalidArgument, "--serve-stdio takes its pictures from standard input");
      return ServeStdio(session, difference);
    }
    if (words_.size() != 2)
      return Fail(ErrorCode::kInvalidArgument, "compare takes two files, ids or folders",
                  "likeness compare --help has examples");
    std::error_code error;
    const bool folders[] = {std::filesystem::is_directory(words_[0], error),
                            std::filesystem::is_directory(words_[1], error)};
    if (folders[0] && folders[1]) return CompareFolders(session, difference);
    if (folders[0] || folders[1])
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} is a folder, {} is not", words_[folders[0] ? 0 : 1], words_[folders[0] ? 1 : 0]),
                  "name two folders, or two files");
    if (!report_.empty()) return Fail(ErrorCode::kInvalidArgument, "--report is for two folders");
    return ComparePair(session, difference);
  }

 private:
  static Result<double> Share(const char* name, const std::string& text) {
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (end == text.c_str() || *end != '\0' || !(value >= 0 && value <= 1))
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: \"{}\" is no number from 0 to 1", name, text));
    return value;
  }

  Result<Json> DifferenceOptions() const {
    Json out = Json().Set("regions", regions_);
    if (!like_.empty()) out.Set("like", like_);
    if (!threshold_.empty()) {
      LK_ASSIGN(const double value, Share("--threshold", threshold_));
      out.Set("threshold", value);
    }
    Json words = Json::MakeArray(), boxes = Json::MakeArray();
    for (const std::string& word : ignore_) words.Append(word);
    for (const std::string& word : boxes_) {
      LK_ASSIGN(Json box, ParseBox(word));
      boxes.Append(std::move(box));
    }
    out.Set("ignore", std::move(words))
        .Set("boxes", std::move(boxes))
        .Set("scale", scale_)
        .Set("align", align_)
        .Set("fidelity", fidelity_);
    if (!mask_.empty()) out.Set("mask", AbsolutePath(mask_));
    Json picture = Json::MakeObject();
    if (!style_.empty()) picture.Set("style", style_);
    if (!colour_.empty()) picture.Set("colour", colour_);
    if (!opacity_.empty()) {
      LK_ASSIGN(const double value, Share("--opacity", opacity_));
      picture.Set("opacity", value);
    }
    if (!diff_.empty()) out.Set("save", AbsolutePath(diff_));
    if (!diff_.empty() || !report_.empty()) {
      if (!diff_.empty() || !picture.members().empty()) out.Set("picture", std::move(picture));
    } else if (!picture.members().empty()) {
      return Fail(ErrorCode::kInvalidArgument,
                  "--style, --colour and --opacity are about a picture that nobody asked for", "add --diff OUT.png");
    }
    return out;
  }

  // A bare number is an id; a file of that name is written ./12.
  static Json Side(const std::string& word, Need& need) {
    if (!LooksLikeId(word)) return Json().Set("path", AbsolutePath(word));
    need = Need::kLibrary;
    return Json().Set("id", std::stoull(word));
  }

  Result<int> ComparePair(Session& session, const Json& difference) const {
    Need need = Need::kFiles;
    Json body = Json().Set("a", Side(words_[0], need)).Set("b", Side(words_[1], need));
    body.Set("verdict", !pixels_only_).Set("difference", difference);
    LK_ASSIGN(const Json result, session.door.Call(need, "POST", "/local/v1/compare", body));
    if (session.terminal.json())
      session.terminal.PrintJson(result);
    else
      PrintComparison(session.terminal, result);
    const bool sizes_agree = scale_ || align_ || result["same_dimensions"].AsBool();
    return result["difference"]["equal"].AsBool() && sizes_agree ? kDone : kFound;
  }

  Result<int> CompareFolders(Session& session, const Json& difference) const {
    Json body = Json().Set("a", AbsolutePath(words_[0])).Set("b", AbsolutePath(words_[1]));
    if (!diff_.empty())
      return Fail(ErrorCode::kInvalidArgument, "--diff is for one pair", "--report OUT.html shows all of them");
    if (!report_.empty()) body.Set("report", AbsolutePath(report_));
    body.Set("difference", difference);
    Json summary;
    const auto on_line = [&](const Json& line) {
      if (line.Has("summary")) summary = line["summary"];
      if (session.terminal.json())
        session.terminal.PrintJson(line);
      else if (line.Has("pair"))
        PrintPair(session.terminal, line["pair"]);
      return true;
    };
    LK_ASSIGN(Json ignored, session.door.Call(Need::kFiles, "POST", "/local/v1/compare/folders", body, on_line));
    (void)ignored;
    if (!session.terminal.json()) PrintFolders(session.terminal, summary, report_);
    const int64_t pairs = summary["pairs"].AsInt() + summary["only_a"].AsInt() + summary["only_b"].AsInt();
    if (pairs == 0) return Fail(ErrorCode::kNotFound, "neither folder holds a picture", "name two folders of pictures");
    return summary["equal"].AsInt() == pairs ? kDone : kFound;
  }

  // {"id": ..., "a": PATH, "b": PATH, and the members of DifferenceOptions} a line; the answer has the same id. Options
  // of the command line hold for requests that do not name them.
  static Json Answer(Session& session, const Json& defaults, const std::string& line) {
    Result<Json> request = http::ParseJson(line);
    if (!request) return Json().Set("error", ErrorJson(request.error()));
    Json body = Json::MakeObject(), difference = Json::MakeObject();
    Need need = Need::kFiles;
    for (const JsonMember& member : request->members()) {
      if (member.name == "a" || member.name == "b")
        body.Set(member.name,
                 Side(member.value.is_int() ? std::to_string(member.value.AsInt()) : member.value.AsString(), need));
      else if (member.name == "mask" || member.name == "save")  // a server reads and writes from another folder
        difference.Set(member.name, AbsolutePath(member.value.AsString()));
      else if (member.name != "id")
        difference.Set(member.name, member.value);
    }
    for (const JsonMember& member : defaults.members())
      if (!difference.Has(member.name)) difference.Set(member.name, member.value);
    body.Set("verdict", false).Set("difference", std::move(difference));
    Json out = Json::MakeObject();
    if (request->Has("id")) out.Set("id", (*request)["id"]);
    Result<Json> result = session.door.Call(need, "POST", "/local/v1/compare", body);
    if (!result) return out.Set("error", ErrorJson(result.error()));
    const Json& found = (*result)["difference"];
    out.Set("same_dimensions", (*result)["same_dimensions"].AsBool());
    for (const JsonMember& member : found.members()) out.Set(member.name, member.value);
    return out;
  }

  static Json ErrorJson(const Error& error) {
    Json out = Json().Set("code", std::string(Info(error.code).name)).Set("message", error.message);
    return error.hint.empty() ? out : out.Set("hint", error.hint);
  }

  static Result<int> ServeStdio(Session& session, const Json& defaults) {
    std::string line;
    while (!session.cancel.cancelled() && std::getline(std::cin, line)) {
      if (line.empty()) continue;
      session.terminal.PrintJson(Answer(session, defaults, line));
      std::fflush(stdout);
    }
    return kDone;
  }

  std::vector<std::string> words_, ignore_, boxes_;
  std::string like_, threshold_, mask_, diff_, style_, colour_, opacity_, report_;
  int64_t regions_ = 100;
  bool scale_ = false, align_ = false, fidelity_ = false, pixels_only_ = false, serve_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeCompare() {
  return std::make_unique<Compare>();
}

}  // namespace likeness::cli
