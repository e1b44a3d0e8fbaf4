#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Show : public Command {
 public:
  void Describe(Flags& flags) override { flags.Words("ids", &ids_, 1, SIZE_MAX, "Ids of pictures"); }

  Result<int> Run(Session& session) override {
    for (const std::string& word : ids_) {
      LK_ASSIGN(uint64_t id, ParseId(word));
      LK_ASSIGN(Json image, session.door.Get(Need::kLibrary, fmt::format("/api/v1/images/{}", id)));
      if (session.terminal.json())
        session.terminal.PrintJson(image);
      else
        Print(session.terminal, image);
    }
    return kDone;
  }

 private:
  // "JPEG 92, enlarged from a smaller picture, 23 of 100 (0 is best)": what tells about the file as a keeper.
  static std::string QualityText(const Json& quality) {
    constexpr double kEnlargedBelow = 0.6;
    std::vector<std::string> parts;
    if (quality["jpeg_quality"].AsInt() > 0) parts.push_back(fmt::format("JPEG {}", quality["jpeg_quality"].AsInt()));
    if (quality.Has("upscale_ratio") && quality["upscale_ratio"].AsDouble() < kEnlargedBelow)
      parts.emplace_back("soft, or enlarged from a smaller picture");
    if (quality.Has("score")) parts.push_back(fmt::format("{:.0f} of 100 (0 is best)", quality["score"].AsDouble()));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  static void Print(Terminal& terminal, const Json& image) {
    terminal.Line(fmt::format("{}  {}",
                              terminal.Bold(fmt::format("{} {}", image["id"].AsInt(), image["name"].AsString())),
                              image["title"].AsString()));
    auto row = [&](const char* name, const std::string& text) {
      if (!text.empty()) terminal.Line(fmt::format("  {:<12} {}", name, text));
    };
    row("picture",
        fmt::format("{} {}, {}", Dimensions(image["width"].AsInt(), image["height"].AsInt()),
                    image["format"].AsString(), Megabytes(static_cast<uint64_t>(image["size_bytes"].AsInt()))));
    row("taken", image["taken_at"].AsString());
    row("imported", image["imported_at"].AsString());
    row("description", image["description"].AsString());
    if (image["rating"].AsInt() != 0) row("rating", fmt::format("{}", image["rating"].AsInt()));
    std::string tags;
    for (const Json& tag : image["tags"].items()) tags += (tags.empty() ? "" : ", ") + tag.AsString();
    row("tags", tags);
    std::string suggested;
    for (const Json& tag : image["automatic_tags"].items())
      if (tag["state"].AsString() == "suggested")
        suggested += fmt::format("{}{} {:.0f} % ({})", suggested.empty() ? "" : ", ", tag["tag"].AsString(),
                                 100 * tag["confidence"].AsDouble(), tag["model"].AsString());
    row("suggested", suggested);
    row("quality", QualityText(image["quality"]));
    row("from", image["source_path"].AsString());
    row("source", image["source_url"].AsString());
    if (image.Has("linked_to")) row("alternate of", fmt::format("{}", image["linked_to"].AsInt()));
    if (image["trashed"].AsBool()) row("state", "in the trash");
    for (const auto& member : image["metadata"].members()) {
      if (member.value.is_string() || member.value.is_number())
        row(member.name.c_str(), member.value.is_string() ? member.value.AsString() : member.value.Dump());
    }
    row("SHA-256", image["sha256"].AsString());
  }

  std::vector<std::string> ids_;
};

}  // namespace

std::unique_ptr<Command> MakeShow() {
  return std::make_unique<Show>();
}

}  // namespace likeness::cli
