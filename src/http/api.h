// The one door behind all doors: a request for a route in, a response out. The network server, the socket in the data
// folder and the command line in-process all call Api::Handle, so that there is one behaviour and one JSON. api/openapi.yaml
// is the contract. Thread-safe; Handle blocks while the engine works.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/threads.h"
#include "blob/volume_store.h"
#include "engine/analyzer.h"
#include "engine/library.h"

namespace likeness::http {

// Who asks. The one access function (access.h) judges each route and each byte path by it.
enum class Caller : uint8_t { kVisitor /* the network */, kOwner /* the socket, or in-process */ };

struct Part {
  std::string name, file_name;
  Bytes bytes;
};

struct Request {
  std::string method = "GET";
  std::string path;                            // decoded, without the query
  std::map<std::string, std::string> query;    // decoded
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;                            // JSON
  std::vector<Part> parts;                     // multipart/form-data
  Caller caller = Caller::kVisitor;
  std::string request_id;
};

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Set for picture bytes: sent from the file instead of body.
  blob::VolumeStore::Extent extent;
};

// Receives the lines of a streaming answer; false when nobody listens any more, which cancels the work.
using EmitLine = std::function<bool(std::string_view line)>;

class Api {
 public:
  // `library` may be null: then only routes that need none work (features, compare and duplicates of files).
  Api(engine::Analyzer* analyzer, engine::Library* library);
  ~Api();

  // `emit` receives the lines of streaming routes (Response.body is empty then). Never throws: whatever goes wrong is an
  // Error response with the request id.
  Response Handle(const Request& request, const EmitLine& emit, const CancelFlag& cancel);
  // True for routes that answer at once from memory, without blocking.
  static bool IsFast(const Request& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace likeness::http
