// The one door behind all doors: a request for a route in, a response out. The network server, the socket in the data
// folder and the command line in-process all call Api::Handle, so that there is one behaviour and one JSON.
// api/openapi.yaml is the contract. Thread-safe; Handle blocks while the engine works.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/service.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/threads.h"
#include "blob/volume_store.h"
#include "engine/analyzer.h"
#include "engine/library.h"
#include "http/access.h"
#include "http/events.h"
#include "http/metrics.h"
#include "http/upload.h"

namespace likeness::http {

struct Request {
  std::string method = "GET";
  std::string path;                                         // decoded, without the query
  std::map<std::string, std::string> query;                 // decoded
  std::map<std::string, std::string, std::less<>> headers;  // lower-case names
  std::string body;                                         // JSON
  std::vector<Part> parts;                                  // multipart/form-data
  Caller caller = {};
  std::string request_id;
  std::string peer;       // the address of who asks; empty: unknown
  bool over_tls = false;  // to a proxy that is trusted and says so
  // Set by Api::Identify, which Handle calls for a request of the network that has not been through it.
  bool identified = false;
  uint64_t session = 0;          // that the cookie stands for
  std::optional<Error> refused;  // what it carries proves nothing: the answer to whatever it asks

  std::string_view header(std::string_view name) const {
    auto found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view(found->second);
  }
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Set instead of `body` for what is kept in memory and shared between answers.
  std::shared_ptr<const std::string> shared_body;
  // Set for picture bytes (descriptor >= 0): sent from the file instead of a body.
  blob::VolumeStore::Extent extent;
  // The answer goes on as server-sent events for as long as the client listens.
  bool event_stream = false;

  std::string_view text() const { return shared_body ? std::string_view(*shared_body) : std::string_view(body); }
  const std::string* header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return &value;
    }
    return nullptr;
  }
};

// Receives the lines of a streaming answer (without line ends); false when nobody listens any more, which cancels the
// work.
using EmitLine = std::function<bool(std::string_view line)>;

// One row of the route table, for tests that walk it and for the server's early refusals.
struct RouteInfo {
  std::string method, pattern;  // "/api/v1/images/{id}"
  Action action = Action::kLocal;
  bool takes_upload = false;  // multipart bodies are for these only
};

class Api {
 public:
  struct Options {
    engine::Analyzer* analyzer = nullptr;  // REQUIRES: not null, outlives the api
    engine::Library* library = nullptr;    // may be null: then only routes that need none work
    std::filesystem::path page_folder;     // the built page; empty: none
    // kReject: uploads of listed pictures are refused whatever they ask for.
    engine::OnListed on_listed = engine::OnListed::kReport;
    // Who may have this server fetch pictures from other ones: this role and those above.
    catalog::Role url_import = catalog::Role::kModerator;
    account::Options accounts;
  };
  static Options OptionsFor(engine::Analyzer* analyzer, engine::Library* library) {
    Options options;
    options.analyzer = analyzer;
    options.library = library;
    return options;
  }
  explicit Api(Options options);
  Api(engine::Analyzer* analyzer, engine::Library* library) : Api(OptionsFor(analyzer, library)) {}
  ~Api();

  // `emit` receives the lines of streaming routes (Response.body is empty then). Never throws: whatever goes wrong is
  // an Error response with the request id; after the first line it is a last line {"error": ...}.
  Response Handle(const Request& request, const EmitLine& emit, const CancelFlag& cancel);
  // Fills in who asks, from the cookie or the token. Without a look into the database.
  void Identify(Request* request) const;
  // What would be refused whatever the body says (no such route, method, access): looked at before a body is received.
  Status CheckEarly(const Request& request) const;
  bool TakesUpload(const Request& request) const;
  // True for routes that answer at once, without blocking.
  bool IsFast(const Request& request) const;

  account::Service* accounts();  // null without a library
  EventHub& events();
  // Counted by whoever received something that never became a Request.
  Response Refuse(const Error& error, const std::string& request_id) const;
  const Limits& limits() const;
  static std::vector<RouteInfo> Routes();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::http
