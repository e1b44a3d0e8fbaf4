#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

class Tag : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("ids", &ids_, 0, SIZE_MAX, "Ids of pictures; none: list the tags");
    flags.List("--add", &add_, "Tags to add");
    flags.List("--remove", &remove_, "Tags to remove");
    flags.List("--accept", &accept_, "Suggested tags that are right");
    flags.List("--reject", &reject_, "Suggested tags that are wrong; they are not suggested again");
    flags.Text("--alias", &alias_, "Search takes the first for another name of the second", "NAME=TAG");
    flags.Text("--implies", &implies_, "Pictures with the first are found by the second, too", "NAME=TAG");
    flags.Text("--forget", &forget_, "Take one of these back", "NAME=TAG");
    flags.Flag("--rules", &rules_, "List them");
    flags.Text("--title", &title_, "Title");
    flags.Text("--description", &description_, "Description");
    flags.Number("--rating", &rating_, -1, 5, "-1 rejected, 0 none, 1 to 5");
  }

  Result<int> Run(Session& session) override {
    Terminal& terminal = session.terminal;
    if (rules_ || !alias_.empty() || !implies_.empty() || !forget_.empty()) {
      if (!ids_.empty())
        return Fail(ErrorCode::kInvalidArgument, "rules are about tags, not about pictures",
                    "say --alias, --implies, --forget or --rules without ids");
      return Rule(session);
    }
    if (ids_.empty()) {
      LK_ASSIGN(Json tags, session.door.Get(Need::kLibrary, "/api/v1/tags"));
      if (terminal.json()) {
        terminal.PrintJson(tags);
      } else {
        for (const Json& row : tags["tags"].items())
          terminal.Line(fmt::format("{:>8}  {}", Thousands(row["count"].AsInt()), row["tag"].AsString()));
      }
      return kDone;
    }
    Json edit = Json::MakeObject();
    auto list = [&](const char* name, const std::vector<std::string>& words) {
      Json out = Json::MakeArray();
      for (const std::string& word : words) out.Append(word);
      if (!words.empty()) edit.Set(name, std::move(out));
    };
    list("tags_add", add_);
    list("tags_remove", remove_);
    list("tags_accept", accept_);
    list("tags_reject", reject_);
    if (title_ != kUnset) edit.Set("title", title_);
    if (description_ != kUnset) edit.Set("description", description_);
    if (rating_ != kNoRating) edit.Set("rating", rating_);
    if (edit.members().empty())
      return Fail(ErrorCode::kInvalidArgument, "nothing to change",
                  "say --add, --remove, --accept, --reject, --title, --description or --rating");
    for (const std::string& word : ids_) {
      LK_ASSIGN(uint64_t id, ParseId(word));
      LK_ASSIGN(Json image, session.door.Call(Need::kLibrary, "PATCH", fmt::format("/api/v1/images/{}", id), edit));
      if (terminal.json()) {
        terminal.PrintJson(image);
      } else {
        std::string tags;
        for (const Json& tag : image["tags"].items()) tags += (tags.empty() ? "" : ", ") + tag.AsString();
        terminal.Note(fmt::format("{} {}: {}", id, image["name"].AsString(), tags.empty() ? "no tags" : tags));
      }
    }
    return kDone;
  }

 private:
  static Result<Json> Pair(const std::string& text) {
    const size_t at = text.find('=');
    if (at == 0 || at == std::string::npos || at + 1 == text.size())
      return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no pair of tags", text), "write NAME=TAG");
    return Json().Set("name", text.substr(0, at)).Set("target", text.substr(at + 1));
  }

  Result<int> Rule(Session& session) {
    constexpr const char* kPath = "/api/v1/tags/rules";
    for (const auto& [text, kind] : {std::pair{&alias_, "alias"}, {&implies_, "implies"}}) {
      if (text->empty()) continue;
      LK_ASSIGN(Json rule, Pair(*text));
      LK_TRY(session.door.Call(Need::kLibrary, "PUT", kPath, rule.Set("kind", kind)));
    }
    if (!forget_.empty()) {
      LK_ASSIGN(Json rule, Pair(forget_));
      LK_TRY(session.door.Call(Need::kLibrary, "DELETE", kPath, rule));
    }
    LK_ASSIGN(Json all, session.door.Get(Need::kLibrary, kPath));
    if (session.terminal.json()) {
      session.terminal.PrintJson(all);
      return kDone;
    }
    for (const Json& rule : all["rules"].items())
      session.terminal.Line(fmt::format("{} {} {}", rule["name"].AsString(),
                                        rule["kind"].AsString() == "alias" ? "is another name of" : "implies",
                                        rule["target"].AsString()));
    return kDone;
  }

  static constexpr const char* kUnset = "\x01";
  static constexpr int64_t kNoRating = -2;
  std::vector<std::string> ids_, add_, remove_, accept_, reject_;
  std::string title_ = kUnset, description_ = kUnset;
  std::string alias_, implies_, forget_;
  bool rules_ = false;
  int64_t rating_ = kNoRating;
};

}  // namespace

std::unique_ptr<Command> MakeTag() {
  return std::make_unique<Tag>();
}

}  // namespace likeness::cli
