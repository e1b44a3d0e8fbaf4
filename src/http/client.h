// A small blocking HTTP/1.1 client over the Unix socket of a running server: how the command line speaks to the process
// that owns the data folder. Takes what our server sends: Content-Length or chunked answers. Single-threaded.
#pragma once

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/threads.h"
#include "http/api.h"

namespace likeness::http {

class Client {
 public:
  // NotFound when no server listens there.
  static Result<std::unique_ptr<Client>> Connect(const std::filesystem::path& socket);
  ~Client();

  // One request on this connection. Lines of a streaming answer go to `emit` as they arrive; false from it, or
  // `cancel`, ends the connection, which stops the work in the server (Cancelled).
  Result<Response> Send(const Request& request, const EmitLine& emit, const CancelFlag& cancel);

 private:
  explicit Client(int descriptor) : descriptor_(descriptor) {}
  Status WriteAll(std::string_view bytes);
  Status ReadMore(const CancelFlag& cancel);
  Result<std::string> ReadLine(const CancelFlag& cancel);  // without CRLF
  Status ReadBytes(size_t count, const CancelFlag& cancel, std::string* out);

  int descriptor_;
  std::string buffer_;
  size_t at_ = 0;
};

}  // namespace likeness::http
