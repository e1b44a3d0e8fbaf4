// The network door: HTTP/1.1 on loopback for browsers and programs, and on a Unix socket in the data folder for the
// owner. One io_context per thread with its own SO_REUSEPORT listener; quick routes are answered where they were read,
// slow ones on a bounded pool (503 with Retry-After when its queue is full). Bodies are received within limits as they
// arrive, pictures leave by sendfile. Every wait has a deadline.
//
// Life of a connection:  accept -> [read header -> refuse early | receive body -> handle -> write] ... -> linger ->
// close
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/api.h"

namespace likeness::http {

class Server {
 public:
  struct Options {
    Api* api = nullptr;                   // REQUIRES: not null, outlives the server
    std::string address = "127.0.0.1";    // numeric; empty: no TCP
    uint16_t port = 8080;                 // 0: any free one
    std::filesystem::path socket;         // of the owner; empty: none
    std::filesystem::path upload_folder;  // for temporary files while receiving; empty: the system's
    std::vector<std::string> hosts;       // names allowed in Host besides those of loopback (a reverse proxy's)
    size_t threads = 0;                   // that read and write; 0: processors, at most 4
    size_t handlers = 0;                  // that do slow work; 0: twice the processors, at least 4
    uint32_t drain_seconds = 10;          // how long requests under way may take after Stop
    bool beyond_loopback = false;         // other addresses may be listened on: REQUIRES an active administrator
    bool trust_proxy = false;             // X-Forwarded-For and -Proto of a peer on loopback are believed
    bool stop_on_signals = false;         // SIGINT and SIGTERM call Stop
  };

  static Result<std::unique_ptr<Server>> Open(Options options);
  ~Server();

  uint16_t port() const;
  // Serves until Stop, then finishes what is under way.
  void Run();
  // Thread-safe, returns at once.
  void Stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Whether a Host header names this server: loopback names and addresses, and `hosts`. Against DNS rebinding.
bool IsAllowedHost(std::string_view host, const std::vector<std::string>& hosts);
// Whether a request that changes something comes from a page of this server, or from no browser at all.
Status CheckSameOrigin(const Request& request);

}  // namespace likeness::http
