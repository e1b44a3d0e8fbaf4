// A web server on the loopback interface for tests of downloads: serves bytes from memory, knows ranges, and can break
// off or misbehave on demand. One request a connection.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"

namespace likeness::engine::testing {

class TestHttpServer {
 public:
  TestHttpServer() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Serve(); });
  }
  ~TestHttpServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }

  std::string Url(const std::string& path) const { return fmt::format("http://127.0.0.1:{}/{}", port_, path); }
  void Put(const std::string& path, Bytes bytes) {
    std::lock_guard lock(mutex_);
    files_["/" + path] = std::move(bytes);
  }
  // The next answer ends after that many bytes of its body.
  void BreakAfter(size_t bytes) { break_after_ = bytes; }
  void set_ranges(bool known) { ranges_ = known; }
  void set_redirect(std::string target) { redirect_ = std::move(target); }
  // The Range header of each request so far; empty: none.
  std::vector<std::string> ranges_asked() const {
    std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  void Serve() {
    while (true) {
      int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      std::string head;
      char buffer[4096];
      while (head.find("\r\n\r\n") == std::string::npos) {
        ssize_t got = recv(peer, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        head.append(buffer, static_cast<size_t>(got));
      }
      Answer(peer, head);
      close(peer);
    }
  }

  void Answer(int peer, const std::string& head) {
    std::lock_guard lock(mutex_);
    const std::string path = head.substr(4, head.find(' ', 4) - 4);
    std::string range;
    if (size_t at = head.find("Range: "); at != std::string::npos)
      range = head.substr(at + 7, head.find('\r', at) - at - 7);
    asked_.push_back(range);
    auto found = files_.find(path);
    if (!redirect_.empty())
      return Send(peer, fmt::format("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", redirect_), {});
    if (found == files_.end()) return Send(peer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", {});
    const Bytes& bytes = found->second;
    size_t from = ranges_ && range.starts_with("bytes=") ? std::stoull(range.substr(6)) : 0;
    if (from > 0 && from >= bytes.size())
      return Send(peer, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n", {});
    std::string answer = from > 0 ? fmt::format("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {}-{}/{}\r\n",
                                                from, bytes.size() - 1, bytes.size())
                                  : "HTTP/1.1 200 OK\r\n";
    ByteView body = ByteView(bytes).subspan(from);
    answer += fmt::format("Content-Length: {}\r\nConnection: close\r\n\r\n", body.size());
    Send(peer, answer, body.first(std::min(body.size(), break_after_.exchange(SIZE_MAX))));
  }

  static void Send(int peer, std::string head, ByteView body) {
    head += AsText(body);
    for (size_t at = 0; at < head.size();) {
      ssize_t put = send(peer, head.data() + at, head.size() - at, MSG_NOSIGNAL);
      if (put <= 0) return;
      at += static_cast<size_t>(put);
    }
    shutdown(peer, SHUT_WR);
  }

  int listener_ = -1, port_ = 0;
  mutable std::mutex mutex_;
  std::map<std::string, Bytes> files_;
  std::vector<std::string> asked_;
  std::string redirect_;
  bool ranges_ = true;
  std::atomic<size_t> break_after_{SIZE_MAX};
  std::thread thread_;
};

}  // namespace likeness::engine::testing
