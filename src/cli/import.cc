#include <fmt/format.h>

#include "base/text.h"
#include "cli/command.h"
#include "http/json.h"

namespace likeness::cli {
namespace {

constexpr size_t kPathBytesMax = 4096;

class Import : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Words("paths", &paths_, 1, SIZE_MAX, "Files, folders, and addresses (https://...)");
    flags.List("--tags", &tags_, "Tags for every picture that is taken in");
    flags.Text("--source-url", &source_url_, "Where they come from", "URL");
    flags.Choice(
        "--on-duplicate", &policy_, {"skip", "keep", "link", "replace-if-better", "ask"},
        "What to do with a copy: leave it out; take it in and leave the pair to the review of duplicates; take it "
        "in as an alternate of the original; take it in and put the original into the trash when the copy is "
        "better; ask for each. The same file is never taken in twice");
    flags.Choice(
        "--on-listed", &on_listed_, {"report", "reject"},
        "What to do with a picture that is on a hash list (likeness hashlist): take it in and tell, or refuse it");
    flags.Flag(
        "--ids-from-names", &ids_from_names_,
        "The number that is a file's name becomes its id; other files, and numbers in use, are told and left out");
    flags.Choice("--folders-as", &folders_as_, {"nothing", "tags", "albums"},
                 "What the names of the folders become: tags of their pictures, or albums with them");
    flags.Flag("--dry-run", &dry_run_, "Do everything but storing");
    flags.Number("-j,--threads", &threads_, 0, 256, "Files at once; 0: one a processor");
  }

  Result<int> Run(Session& session) override {
    Json body = Body();
    Json paths = Json::MakeArray();
    std::vector<std::string> addresses;
    for (const std::string& path : paths_) {
      if (path.starts_with("https://") || path.starts_with("http://"))
        addresses.push_back(path);
      else
        paths.Append(AbsolutePath(path));
    }
    if (!paths.items().empty()) {
      body.Set("paths", std::move(paths)).Set("on_duplicate", policy_);
      if (ids_from_names_) body.Set("ids_from_names", true);
      if (folders_as_ != "nothing") body.Set("folders_as", folders_as_);
      LK_TRY(Send(session, body));
    }
    for (const std::string& address : addresses) LK_TRY(Fetch(session, address));
    if (policy_ == "ask" && session.terminal.can_ask()) LK_TRY(AskAboutEach(session));
    PrintSummary(session);
    int64_t attention = summary_["duplicate"].AsInt() + summary_["rejected"].AsInt() + summary_["failed"].AsInt() +
                        summary_["listed"].AsInt();
    if (summary_["cancelled"].AsBool())
      return Fail(ErrorCode::kCancelled, "stopped before the end", "run the same command again to go on");
    return attention > 0 ? kFound : kDone;
  }

 private:
  Json Body() const {
    Json tags = Json::MakeArray();
    for (const std::string& tag : tags_) tags.Append(tag);
    Json body = Json().Set("tags", std::move(tags)).Set("dry_run", dry_run_).Set("threads", threads_);
    body.Set("on_listed", on_listed_);
    if (!source_url_.empty()) body.Set("source_url", source_url_);
    return body;
  }

  void TakeItem(Terminal& terminal, const Json& item) {
    if (item["status"].AsString() == "imported" && item.Has("verdict")) ++copies_taken_;
    if (terminal.json())
      terminal.PrintJson(item);
    else if (!terminal.quiet())
      PrintItem(terminal, item), PrintListed(terminal, item);
  }

  // One picture from another server; an address has no second try as a copy.
  Status Fetch(Session& session, const std::string& address) {
    Json tags = Json::MakeArray();
    for (const std::string& tag : tags_) tags.Append(tag);
    Json body = Json().Set("url", address).Set("tags", std::move(tags)).Set("dry_run", dry_run_);
    body.Set("on_listed", on_listed_).Set("on_duplicate", policy_ == "ask" ? "skip" : policy_);
    if (!source_url_.empty()) body.Set("source_url", source_url_);
    Result<Json> done = session.door.Call(Need::kNewLibrary, "POST", "/api/v1/images/from-url", body);
    // A refusal of the picture is one outcome among others; only what stops everything stops.
    Json item = done ? (*done)["results"][size_t{0}] : Json().Set("path", address).Set("status", "rejected");
    if (!done) {
      if (done.error().code == ErrorCode::kFailedPrecondition || done.error().code == ErrorCode::kCancelled)
        return std::unexpected(done.error());
      item.Set("error", http::ToJson(done.error()));
    }
    TakeItem(session.terminal, item);
    Json counted;
    for (const char* status : {"imported", "duplicate", "rejected", "failed"})
      counted.Set(status, item["status"].AsString() == status ? 1 : 0);
    Add(counted.Set("listed", item["listed"].items().empty() ? 0 : 1)
            .Set("bytes", item["size_bytes"].AsInt())
            .Set("seconds", 0.0)
            .Set("cancelled", false));
    return {};
  }

  Status Send(Session& session, const Json& body) {
    Terminal& terminal = session.terminal;
    auto on_line = [&](const Json& line) {
      if (line.Has("progress")) {
        terminal.Progress(line["progress"], "pictures");
      } else if (line.Has("summary")) {
        Add(line["summary"]);
      } else {
        if (line["status"].AsString() == "duplicate" && policy_ == "ask") asked_.push_back(line);
        TakeItem(terminal, line);
      }
      return true;
    };
    Result<Json> done = session.door.Call(Need::kNewLibrary, "POST", "/local/v1/import", body, on_line);
    if (!done) return std::unexpected(done.error());
    return {};
  }

  void Add(const Json& more) {
    if (summary_.is_null()) {
      summary_ = more;
      return;
    }
    Json sum;
    for (const auto& member : summary_.members()) {
      const Json& other = more[member.name];
      if (member.value.is_int() && other.is_int())
        sum.Set(member.name, member.value.AsInt() + other.AsInt());
      else if (member.value.is_number())
        sum.Set(member.name, member.value.AsDouble() + other.AsDouble());
      else if (member.value.is_bool())
        sum.Set(member.name, member.value.AsBool() || other.AsBool());
      else
        sum.Set(member.name, member.value);
    }
    summary_ = sum;
  }

  static void PrintItem(Terminal& terminal, const Json& item) {
    const std::string& status = item["status"].AsString();
    const Json& verdict = item["verdict"];
    // A file's name may hold what a terminal would take for commands.
    const std::string path = CleanText(item["path"].AsString(), kPathBytesMax);
    if (status == "duplicate") {
      terminal.Line(fmt::format("{}  {}\n           {} {}", terminal.Warn("duplicate"), path,
                                verdict["sentence"].AsString(), terminal.Dim(Of(verdict))));
    } else if (status != "imported") {
      terminal.Line(fmt::format("{}   {}\n           {}", terminal.Bad(status == "rejected" ? "rejected" : "failed  "),
                                path, item["error"]["message"].AsString()));
    } else if (!verdict.is_null() && verdict["kind"].AsString() != "similar") {
      terminal.Line(fmt::format("{}   {}\n           {} {}", terminal.Good("imported"), item["path"].AsString(),
                                verdict["sentence"].AsString(), terminal.Dim(Of(verdict))));
    }
  }

  static void PrintListed(Terminal& terminal, const Json& item) {
    const Json& nearest = item["listed"][size_t{0}];
    if (nearest.is_null() || item["status"].AsString() == "rejected") return;  // the refusal says it
    const std::string& label = nearest["label"].AsString();
    terminal.Line(fmt::format("{}     {}\n           on the hash list {}{}, {} of 256 bits differ",
                              terminal.Warn("listed"), CleanText(item["path"].AsString(), kPathBytesMax),
                              nearest["list"].AsString(), label.empty() ? "" : " (" + label + ")",
                              nearest["distance"].AsInt()));
  }

  static std::string Of(const Json& verdict) {
    if (verdict.Has("of")) return fmt::format("(image {})", verdict["of"].AsInt());
    return verdict.Has("of_path") ? fmt::format("({})", CleanText(verdict["of_path"].AsString(), kPathBytesMax)) : "";
  }

  Status AskAboutEach(Session& session) {
    std::vector<Json> asked;
    asked.swap(asked_);
    std::string everywhere;
    for (const Json& item : asked) {
      std::string policy = everywhere;
      if (policy.empty()) {
        const Json& verdict = item["verdict"];
        char key = session.terminal.Ask(
            fmt::format("\n{}\n  {} {}\n  [s]kip, [k]eep both, [l]ink as an alternate, [r]eplace "
                        "if better; S, K, L, R for all; [q]uit:",
                        CleanText(item["path"].AsString(), kPathBytesMax), verdict["sentence"].AsString(), Of(verdict)),
            "sklrSKLRq");
        if (key == 'q' || key == '\0' || session.cancel.cancelled()) break;
        bool all = key < 'a';
        switch (all ? key + 32 : key) {
          case 'k':
            policy = "keep";
            break;
          case 'l':
            policy = "link";
            break;
          case 'r':
            policy = "replace-if-better";
            break;
          default:
            policy = "skip";
        }
        if (all) everywhere = policy;
      }
      if (policy == "skip") continue;
      Json body = Body();
      body.Set("paths", Json::Array{item["path"]}).Set("on_duplicate", policy).Set("decided", true);
      std::string before = std::exchange(policy_, policy);
      Json counted = Json().Set("imported", 0).Set("duplicate", -1).Set("rejected", 0).Set("failed", 0);
      Status sent = Send(session, body);
      policy_ = before;
      LK_TRY(std::move(sent));
      Add(counted);  // it is no longer one of the copies left out
    }
    return {};
  }

  void PrintSummary(Session& session) const {
    Terminal& terminal = session.terminal;
    terminal.EndProgress();
    if (terminal.json()) {
      terminal.PrintJson(Json().Set("summary", summary_));
      return;
    }
    double seconds = summary_["seconds"].AsDouble();
    int64_t imported = summary_["imported"].AsInt(), duplicate = summary_["duplicate"].AsInt();
    int64_t refused = summary_["rejected"].AsInt() + summary_["failed"].AsInt();
    int64_t all = imported + duplicate + refused;
    terminal.Line(terminal.Bold(
        fmt::format("{} {}, {} in {}.", Count(imported, "picture"), dry_run_ ? "would be imported" : "imported",
                    Megabytes(static_cast<uint64_t>(summary_["bytes"].AsInt())), Duration(seconds))));
    terminal.Line(
        fmt::format("{} already here, {} could not be taken.",
                    duplicate == 1 ? std::string("1 copy was") : fmt::format("{} copies were", Thousands(duplicate)),
                    Count(refused, "file")));
    if (copies_taken_ > 0) {
      terminal.Line((copies_taken_ == 1
                         ? std::string("1 of the imported is a copy of another")
                         : fmt::format("{} of the imported are copies of others", Thousands(copies_taken_))) +
                    "; 'likeness duplicates' groups them, the page reviews them.");
    }
    if (int64_t listed = summary_["listed"].AsInt(); listed > 0)
      terminal.Line(listed == 1 ? std::string("1 picture is on a hash list.")
                                : fmt::format("{} pictures are on hash lists.", Thousands(listed)));
    const Json& cpu = summary_["cpu_seconds"];
    terminal.Line(terminal.Dim(fmt::format(
        "{:.1f} files a second; processor: decode {:.1f} s, hashes {:.1f} s, colour {:.1f} s, points {:.1f} s, "
        "thumbnails {:.1f} s.",
        seconds > 0 ? static_cast<double>(all) / seconds : 0.0, cpu["decode"].AsDouble(), cpu["hash"].AsDouble(),
        cpu["colour"].AsDouble(), cpu["local"].AsDouble(), cpu["thumbnail"].AsDouble())));
  }

  std::vector<std::string> paths_, tags_;
  std::string source_url_, policy_ = "skip", on_listed_ = "report", folders_as_ = "nothing";
  bool dry_run_ = false, ids_from_names_ = false;
  int64_t threads_ = 0;
  std::vector<Json> asked_;
  int64_t copies_taken_ = 0;  // imported although they are copies: the policy let them in
  Json summary_;
};

}  // namespace

std::unique_ptr<Command> MakeImport() {
  return std::make_unique<Import>();
}

}  // namespace likeness::cli
