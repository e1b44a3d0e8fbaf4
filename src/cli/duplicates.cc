#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {
namespace {

// The folder that all members that are files share, so that lines show only what differs. Empty for the library.
std::filesystem::path CommonFolder(const Json& groups) {
  std::filesystem::path common;
  bool first = true;
  for (const Json& group : groups.items()) {
    for (const Json& member : group["members"].items()) {
      if (!member.Has("path")) return {};
      std::filesystem::path folder = std::filesystem::path(member["path"].AsString()).parent_path();
      if (std::exchange(first, false)) common = folder;
      auto differ = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end());
      std::filesystem::path shared;
      for (auto part = common.begin(); part != differ.first; ++part) shared /= *part;
      common = shared;
    }
  }
  return common == "/" ? std::filesystem::path() : common;
}

// How one group reads: the picture to keep and why, then each copy and what it is to the one to keep.
class GroupText {
 public:
  GroupText(const Terminal& terminal, const Json& group, const std::filesystem::path& common)
      : terminal_(terminal), group_(group), members_(group["members"].items()) {
    for (size_t i = 0; i < members_.size(); ++i) {
      const Json& member = members_[i];
      std::string path = member["path"].AsString();
      labels_.push_back(
          !member.Has("path") ? fmt::format("{:>6}  {}", member["id"].AsInt(), Label(member["name"]))
          : common.empty()    ? CleanText(path, kLabelBytesMax)
                           : CleanText(path.substr(std::min(path.size(), common.native().size() + 1)), kLabelBytesMax));
      width_ = std::max(width_, std::min<size_t>(Columns(labels_.back()), 56));
      if (member["keep"].AsBool()) keep_ = i;
    }
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines{MemberLine(keep_, terminal_.Good("keep"))};
    for (const Json& reason : group_["keep_reasons"].items())
      lines.push_back(terminal_.Dim(fmt::format("      because: {}", reason.AsString())));
    for (size_t i = 0; i < members_.size(); ++i) {
      if (i == keep_) continue;
      lines.push_back(MemberLine(i, terminal_.Warn("copy")));
      if (std::string text = Sentence(i); !text.empty()) lines.push_back(terminal_.Dim("      " + text));
    }
    return lines;
  }

 private:
  static constexpr size_t kLabelBytesMax = 4096;

  static std::string Label(const Json& text) { return CleanText(text.AsString(), kLabelBytesMax); }

  std::string MemberLine(size_t i, const std::string& word) const {
    const Json& member = members_[i];
    std::string gap(width_ - std::min(width_, Columns(labels_[i])), ' ');
    std::string size = Dimensions(member["width"].AsInt(), member["height"].AsInt());
    std::string size_gap(11 - std::min<size_t>(11, Columns(size)), ' ');
    return fmt::format("{}  {}{}  {}{}  {:>8}", word, labels_[i], gap, size_gap, size,
                       Megabytes(static_cast<uint64_t>(member["size_bytes"].AsInt())));
  }

  // A verdict tells what its first member is to the second. Best is one about copy i to the one to keep, then the
  // other way round, then any with copy i.
  std::string Sentence(size_t i) const {
    std::string turned, other;
    for (const Json& link : group_["evidence"].items()) {
      auto a = static_cast<size_t>(link["a"].AsInt()), b = static_cast<size_t>(link["b"].AsInt());
      std::string sentence = link["verdict"]["sentence"].AsString();
      if (sentence.empty() || a >= members_.size() || b >= members_.size()) continue;
      if (a == i && b == keep_) return sentence;
      std::string small = sentence;
      if (small[0] >= 'A' && small[0] <= 'Z') small[0] = static_cast<char>(small[0] + 32);
      if (a == keep_ && b == i)
        turned = "The one to keep, against this: " + small;
      else if (a == i)
        other = fmt::format("Against {}: {}", std::string(Trim(labels_[b])), small);
      else if (b == i && other.empty())
        other = fmt::format("{}, against this: {}", std::string(Trim(labels_[a])), small);
    }
    return turned.empty() ? other : turned;
  }

  const Terminal& terminal_;
  const Json& group_;
  const Json::Array& members_;
  std::vector<std::string> labels_;
  size_t width_ = 0, keep_ = 0;
};

class Duplicates : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("paths", &paths_, 0, SIZE_MAX, "Folders and files; none: the library");
  }

  Result<int> Run(Session& session) override {
    Json paths = Json::MakeArray();
    for (const std::string& path : paths_) paths.Append(AbsolutePath(path));
    Json body = Json::MakeObject();
    if (!paths_.empty()) body.Set("paths", std::move(paths));
    Json last;
    auto on_line = [&](const Json& line) {
      if (line.Has("progress"))
        session.terminal.Progress(line["progress"], "pictures");
      else
        last = line;
      return true;
    };
    LK_TRY(session.door.Call(paths_.empty() ? Need::kLibrary : Need::kFiles, "POST", "/local/v1/duplicates", body,
                             on_line));
    session.terminal.EndProgress();
    bool found = !last["groups"].items().empty() || !last["failures"].items().empty();
    if (session.terminal.json())
      session.terminal.PrintJson(last);
    else
      Print(session.terminal, last);
    return found ? kFound : kDone;
  }

 private:
  static void Print(Terminal& terminal, const Json& last) {
    uint64_t spare = 0, copies = 0;
    std::filesystem::path common = CommonFolder(last["groups"]);
    if (!common.empty()) terminal.Note(terminal.Bold(fmt::format("In {}:\n", CleanText(common.string(), 4096))));
    for (const Json& group : last["groups"].items()) {
      for (const Json& member : group["members"].items()) {
        if (member["keep"].AsBool()) continue;
        spare += static_cast<uint64_t>(member["size_bytes"].AsInt());
        ++copies;
      }
      for (const std::string& line : GroupText(terminal, group, common).Lines()) terminal.Line(line);
      terminal.Line("");
    }
    for (const Json& failure : last["failures"].items())
      terminal.Line(fmt::format("{}  {}: {}", terminal.Bad("failed"), CleanText(failure["path"].AsString(), 4096),
                                failure["error"]["message"].AsString()));
    int64_t groups = static_cast<int64_t>(last["groups"].items().size());
    if (groups == 0)
      terminal.Note("No copies.");
    else
      terminal.Note(terminal.Bold(fmt::format(
          "{} with {} could go: {}.", Count(groups, "group"),
          copies == 1 ? "1 copy that" : fmt::format("{} copies that", Thousands(int64_t(copies))), Megabytes(spare))));
  }

  std::vector<std::string> paths_;
};

}  // namespace

std::unique_ptr<Command> MakeDuplicates() {
  return std::make_unique<Duplicates>();
}

}  // namespace likeness::cli
