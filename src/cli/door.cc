#include "cli/door.h"

#include <fmt/format.h>

#include "http/client.h"

namespace likeness::cli {
namespace {

Error ErrorFrom(const Json& json) {
  Error error{ErrorCode::kInternal, json["message"].AsString(), json["hint"].AsString()};
  for (int i = 0; i <= static_cast<int>(ErrorCode::kInternal); ++i) {
    if (Info(static_cast<ErrorCode>(i)).name == json["code"].AsString()) error.code = static_cast<ErrorCode>(i);
  }
  if (error.message.empty()) error.message = "the server gave no reason";
  return error;
}

// The engine does not know of commands; here the errors of opening get their way out.
Error WithWayOut(Error error, const std::filesystem::path& data) {
  if (!error.hint.empty()) return error;
  if (error.code == ErrorCode::kFailedPrecondition)
    error = {error.code, fmt::format("another likeness works on {}", data.string()),
             "wait until it is done, or end it, or name another folder with --data DIR"};
  else if (error.code == ErrorCode::kPermissionDenied || error.code == ErrorCode::kIo)
    error.hint = "make the folder writable for this user, or name another one with --data DIR";
  return error;
}

}  // namespace

Door::~Door() {
  api_.reset();
  library_.reset();
  analyzer_.reset();
}

Status Door::OpenAnalyzer() {
  if (analyzer_) return {};
  LK_ASSIGN(analyzer_, engine::Analyzer::Open(options_.analyzer));
  return {};
}

Status Door::OpenLibrary() {
  if (library_) return {};
  LK_TRY(OpenAnalyzer());
  engine::Library::Options options;
  options.folder = options_.data;
  options.analyzer = analyzer_.get();
  options.rules = options_.analyzer.rules;
  options.tags = options_.tags;
  options.rebuild_lost_catalog = options_.rebuild_lost_catalog;
  Result<std::unique_ptr<engine::Library>> library = engine::Library::Open(options);
  if (!library) return std::unexpected(WithWayOut(library.error(), options_.data));
  library_ = std::move(*library);
  return {};
}

bool Door::HasServer() const {
  return http::Client::Connect(options_.data / "socket").has_value();
}

Status Door::Open(Need need) {
  if (need != Need::kFiles && !library_) {
    std::error_code error;
    bool exists = std::filesystem::exists(options_.data / "catalog.sqlite", error) ||
                  std::filesystem::exists(options_.data / "blobs", error);
    if (!exists && need == Need::kLibrary) {
      return Fail(ErrorCode::kNotFound, fmt::format("there is no library in {}", options_.data.string()),
                  "import some pictures first, or name another folder with --data DIR");
    }
    LK_TRY(OpenLibrary());
    api_.reset();
  }
  LK_TRY(OpenAnalyzer());
  if (!api_) api_ = std::make_unique<http::Api>(analyzer_.get(), library_.get());
  return {};
}

Result<Json> Door::Call(Need need, const std::string& method, const std::string& path, const Json& body,
                        const OnLine& on_line, std::map<std::string, std::string> query) {
  http::Request request;
  request.method = method;
  request.path = path;
  request.query = std::move(query);
  if (!body.is_null()) request.body = body.Dump();
  return Send(need, request, on_line);
}

Result<Json> Door::Get(Need need, const std::string& path, std::map<std::string, std::string> query) {
  http::Request request;
  request.path = path;
  request.query = std::move(query);
  return Send(need, request, {});
}

Result<Json> Door::Send(Need need, http::Request& request, const OnLine& on_line) {
  request.caller = http::kOwner;
  request.request_id = "cli";
  std::optional<Error> failure;
  auto emit = [&](std::string_view text) {
    Result<Json> line = http::ParseJson(text);
    if (!line) {
      failure = line.error();
      return false;
    }
    if (line->Has("error") && !line->Has("path")) {  // the whole work failed; an item's error has its path beside it
      failure = ErrorFrom((*line)["error"]);
      return true;
    }
    return on_line ? on_line(*line) : true;
  };

  http::Response response;
  std::unique_ptr<http::Client> client;
  if (need != Need::kFiles && !library_) {
    Result<std::unique_ptr<http::Client>> connected = http::Client::Connect(options_.data / "socket");
    if (connected)
      client = std::move(*connected);
    else if (connected.error().code != ErrorCode::kNotFound)
      return std::unexpected(connected.error());
  }
  if (client) {
    LK_ASSIGN(response, client->Send(request, emit, cancel_));
  } else {
    LK_TRY(Open(need));
    response = api_->Handle(request, emit, cancel_);
  }
  if (failure) return std::unexpected(*failure);
  if (response.text().empty() && response.status < 300) return Json();
  LK_ASSIGN(Json json, http::ParseJson(response.text()));
  if (response.status >= 300) return std::unexpected(ErrorFrom(json));
  return json;
}

}  // namespace likeness::cli
