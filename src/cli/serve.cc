#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "cli/command.h"
#include "http/server.h"
#include "http/static_files.h"

namespace likeness::cli {
namespace {

class Serve : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Text("--listen", &listen_, "Address and port; beyond loopback only with an administrator", "ADDRESS:PORT");
    flags.Text("--site-url", &site_url_, "Address under which people know this server: for links in mails", "URL");
    flags.Flag("--trust-proxy", &trust_proxy_, "A proxy on this machine says who asks (X-Forwarded-For, -Proto)");
    flags.Text("--page", &page_, "Folder of the built page; found by itself as a rule", "DIR");
    flags.List("--allow-host", &hosts_, "Further names by which a proxy in front calls this server", "NAME");
    flags.Choice("--on-listed", &on_listed_, {"report", "reject"},
                 "What becomes of an upload that is on a hash list; reject holds whatever the upload asks for");
    flags.Choice("--url-import", &url_import_, {"moderators", "uploaders", "users"},
                 "Who may have this server fetch pictures from other servers: these and those above them");
    flags.Number("--io-threads", &threads_, 0, 64, "Threads that read and write; 0: one a processor, at most 4");
    flags.Number("--handlers", &handlers_, 0, 256, "Threads for searches and uploads; 0: two a processor");
  }

  Result<int> Run(Session& session) override {
    if (session.door.HasServer())
      return Fail(ErrorCode::kFailedPrecondition,
                  fmt::format("a server runs on {} already", session.door.options().data.string()),
                  "end it first, or serve another folder with --data DIR");
    if (!page_.empty() && !std::filesystem::exists(std::filesystem::path(page_) / "index.html"))
      return Fail(ErrorCode::kNotFound, fmt::format("--page: {} has no index.html", page_),
                  "name the folder that the build of web/ made, as a rule web/dist");
    LK_TRY(session.door.OpenLibrary());
    http::Api::Options api_options = http::Api::OptionsFor(session.door.analyzer(), session.door.library());
    LK_ASSIGN(api_options.accounts, MakeAccountOptions(session.globals.accounts, site_url_));
    if (!session.globals.quiet && !session.globals.verbose) SetLogLevel(LogLevel::kAudit);
    api_options.page_folder = page_.empty() ? http::FindPageFolder() : std::filesystem::path(AbsolutePath(page_));
    LK_ASSIGN(api_options.on_listed, engine::OnListedFromName(on_listed_));
    api_options.url_import = url_import_ == "users"       ? catalog::Role::kUser
                             : url_import_ == "uploaders" ? catalog::Role::kUploader
                                                          : catalog::Role::kModerator;
    http::Api api(api_options);

    http::Server::Options options;
    options.api = &api;
    LK_TRY(ParseListen(&options));
    options.socket = session.door.options().data / "socket";
    options.upload_folder = session.door.options().data;
    options.hosts = hosts_;
    options.threads = static_cast<size_t>(threads_);
    options.handlers = static_cast<size_t>(handlers_);
    options.stop_on_signals = true;
    options.trust_proxy = trust_proxy_;
    options.beyond_loopback = api.accounts() && api.accounts()->has_admin();
    const std::string host = HostOf(api_options.accounts.site_url);
    if (!host.empty()) options.hosts.push_back(host);
    LK_ASSIGN(std::unique_ptr<http::Server> server, http::Server::Open(options));
    std::string address = fmt::format(
        "http://{}:{}/", options.address.find(':') == std::string::npos ? options.address : "[" + options.address + "]",
        server->port());
    const std::string setup = api.accounts() ? api.accounts()->OpenSetup() : "";
    const std::string link = setup.empty() ? "" : fmt::format("{}setup#{}", address, setup);
    if (session.terminal.json()) {
      Json told = Json().Set("listening", address).Set("data", options.upload_folder.string());
      if (!link.empty()) told.Set("setup", link);
      session.terminal.PrintJson(told);
    } else {
      session.terminal.Line(fmt::format("The gallery is at {}  (Ctrl-C ends it)", session.terminal.Bold(address)));
      if (!link.empty())
        session.terminal.Line(
            fmt::format("Nobody has an account, so only this machine may connect. For accounts open {}", link));
    }
    if (api_options.page_folder.empty())
      session.terminal.Note(
          "The page is not built, so only the API answers. Build it with ./run, or name its folder with --page DIR.");
    session.door.library()->StartModels();
    CancelFlag stopped;
    std::thread looking([&] {
      // The first review of duplicates compares everything; done now, in the processors' idle time, it need not wait.
      setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 19);
      (void)session.door.library()->FindDuplicates(stopped, {});
    });
    std::jthread emptying([&](const std::stop_token& stop) { EmptyTrash(session, api, stopped, stop); });
    server->Run();
    session.door.library()->StopModels();
    stopped.Cancel();
    emptying.request_stop();
    looking.join();
    emptying.join();
    session.terminal.Note("Stopped.");
    return kDone;
  }

 private:
  // Once an hour, what has lain in the trash for longer than an administrator wants is deleted for good. Without
  // accounts the trash is emptied by hand.
  static void EmptyTrash(Session& session, http::Api& api, const CancelFlag& stopped, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any ended;
    std::unique_lock lock(mutex);
    do {
      if (!api.accounts() || !api.accounts()->has_admin()) continue;
      const int64_t days = api.accounts()->settings().trash_days;
      if (days == 0) continue;
      const auto before = std::chrono::system_clock::now() - std::chrono::hours(24 * days);
      const Result<uint64_t> purged = session.door.library()->PurgeTrash(
          std::chrono::duration_cast<std::chrono::milliseconds>(before.time_since_epoch()).count(), stopped);
      if (!purged) Log(LogLevel::kWarning, "trash_not_emptied", {{"error", purged.error().Text()}});
      if (purged && *purged > 0) Log(LogLevel::kInfo, "trash_emptied", {{"images", fmt::to_string(*purged)}});
    } while (!ended.wait_for(lock, stop, std::chrono::hours(1), [] { return false; }) && !stop.stop_requested());
  }

  // "photos.example" of "https://photos.example:8443/x"
  static std::string HostOf(const std::string& url) {
    const size_t at = url.find("://");
    if (at == std::string::npos) return {};
    const std::string rest = url.substr(at + 3, url.find('/', at + 3) - at - 3);
    const size_t colon = rest.rfind(':');
    return colon == std::string::npos || rest.ends_with(']') ? rest : rest.substr(0, colon);
  }

  Status ParseListen(http::Server::Options* options) const {
    size_t colon = listen_.rfind(':');
    std::string_view port =
        colon == std::string::npos ? std::string_view{} : std::string_view(listen_).substr(colon + 1);
    auto parsed = std::from_chars(port.data(), port.data() + port.size(), options->port);
    if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size())
      return Fail(ErrorCode::kInvalidArgument, fmt::format("--listen: \"{}\" is not ADDRESS:PORT", listen_),
                  "for example 127.0.0.1:8080");
    options->address = listen_.substr(0, colon);
    if (options->address == "localhost") options->address = "127.0.0.1";
    if (options->address.starts_with('[') && options->address.ends_with(']'))
      options->address = options->address.substr(1, options->address.size() - 2);
    return {};
  }

  bool trust_proxy_ = false;
  std::string listen_ = "127.0.0.1:8080", site_url_, page_, on_listed_ = "report", url_import_ = "moderators";
  std::vector<std::string> hosts_;
  int64_t threads_ = 0, handlers_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeServe() {
  return std::make_unique<Serve>();
}

}  // namespace likeness::cli
