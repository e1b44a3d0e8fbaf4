// Where a command's requests go: to the server that owns the data folder, through the socket in it, or else to an Api
// in this process that opens the folder itself. The command cannot tell which. Single-threaded.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/threads.h"
#include "engine/analyzer.h"
#include "engine/library.h"
#include "http/api.h"
#include "http/json_value.h"

namespace likeness::cli {

enum class Need {
  kFiles,      // no data folder: answered in this process
  kLibrary,    // an existing data folder
  kNewLibrary  // a data folder, made if absent
};

class Door {
 public:
  struct Options {
    std::filesystem::path data;
    engine::Analyzer::Options analyzer;
    engine::TagOptions tags;
    bool rebuild_lost_catalog = false;
  };
  Door(Options options, const CancelFlag& cancel) : options_(std::move(options)), cancel_(cancel) {}
  ~Door();

  Options& options() { return options_; }

  // Receives each line of a streaming answer but errors; false ends the work.
  using OnLine = std::function<bool(const Json& line)>;
  // The answer's JSON. Whatever is not a 2xx, or a last line {"error"}, is the Error it says.
  Result<Json> Call(Need need, const std::string& method, const std::string& path, const Json& body,
                          const OnLine& on_line = {}, std::map<std::string, std::string> query = {});
  Result<Json> Get(Need need, const std::string& path, std::map<std::string, std::string> query = {});

  // Opens in this process, whether or not a server is there: for `serve`. FailedPrecondition when another owns the
  // folder.
  Status OpenLibrary();
  engine::Analyzer* analyzer() { return analyzer_.get(); }
  engine::Library* library() { return library_.get(); }
  // True when there is a running server on the folder.
  bool HasServer() const;

 private:
  Result<Json> Send(Need need, http::Request& request, const OnLine& on_line);
  Status Open(Need need);
  Status OpenAnalyzer();

  Options options_;
  const CancelFlag& cancel_;
  std::unique_ptr<engine::Analyzer> analyzer_;
  std::unique_ptr<engine::Library> library_;
  std::unique_ptr<http::Api> api_;
};

}  // namespace likeness::cli
