// Servers on the loopback interface for tests: one that answers HTTP by a function, one that takes mail. One connection
// at a time, one request a connection.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace likeness::net::testing {

class LoopbackServer {
 public:
  virtual ~LoopbackServer() = default;
  uint16_t port() const { return port_; }

 protected:
  void Start() {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    listen(listener_, 8);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int peer; (peer = accept(listener_, nullptr, nullptr)) >= 0; close(peer)) Serve(peer);
    });
  }
  void Stop() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  virtual void Serve(int peer) = 0;
  static void Send(int peer, const std::string& text) { (void)!send(peer, text.data(), text.size(), MSG_NOSIGNAL); }
  // Reads on until `buffer` holds `end`; false when the peer is gone.
  static bool ReadUntil(int peer, std::string* buffer, std::string_view end) {
    char bytes[4096];
    while (buffer->find(end) == std::string::npos) {
      ssize_t got = recv(peer, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      buffer->append(bytes, static_cast<size_t>(got));
    }
    return true;
  }

 private:
  int listener_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

struct HttpAsked {
  std::string method, target, head, body;
};

class HttpServer : public LoopbackServer {
 public:
  // The whole answer, from its status line on: see Answer.
  using Handler = std::function<std::string(const HttpAsked&)>;
  explicit HttpServer(Handler handler) : handler_(std::move(handler)) { Start(); }
  ~HttpServer() override { Stop(); }

  std::string url() const { return fmt::format("http://127.0.0.1:{}", port()); }
  static std::string Answer(int status, const std::string& body, const std::string& headers = "") {
    return fmt::format("HTTP/1.1 {} Said\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}", status,
                       headers, body.size(), body);
  }

 private:
  void Serve(int peer) override {
    std::string text;
    if (!ReadUntil(peer, &text, "\r\n\r\n")) return;
    HttpAsked asked;
    const size_t body = text.find("\r\n\r\n") + 4;
    asked.head = text.substr(0, body);
    asked.method = text.substr(0, text.find(' '));
    asked.target =
        text.substr(asked.method.size() + 1, text.find(' ', asked.method.size() + 1) - asked.method.size() - 1);
    const size_t at = text.find("Content-Length: ");
    const size_t length = at < body ? std::stoul(text.substr(at + 16)) : 0;
    char bytes[4096];
    while (text.size() < body + length) {
      ssize_t got = recv(peer, bytes, sizeof bytes, 0);
      if (got <= 0) return;
      text.append(bytes, static_cast<size_t>(got));
    }
    asked.body = text.substr(body);
    Send(peer, handler_(asked));
    shutdown(peer, SHUT_WR);
  }

  Handler handler_;
};

class SmtpSink : public LoopbackServer {
 public:
  struct Taken {
    std::string from, message;  // the message as sent
    std::vector<std::string> to;
  };
  SmtpSink() { Start(); }
  ~SmtpSink() override { Stop(); }
  std::vector<Taken> taken() const {
    std::lock_guard lock(mutex_);
    return taken_;
  }
  // Those that came, as soon as there are so many; after five seconds in any case.
  std::vector<Taken> AwaitMails(size_t count) const {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::seconds(5), [&] { return taken_.size() >= count; });
    return taken_;
  }

 private:
  void Serve(int peer) override {
    Send(peer, "220 sink\r\n");
    std::string buffer;
    Taken mail;
    while (ReadUntil(peer, &buffer, "\r\n")) {
      const std::string line = buffer.substr(0, buffer.find("\r\n"));
      buffer.erase(0, line.size() + 2);
      if (line.starts_with("MAIL FROM:")) mail.from = line.substr(10);
      if (line.starts_with("RCPT TO:")) mail.to.push_back(line.substr(8));
      if (line == "DATA") {
        Send(peer, "354 go on\r\n");
        if (!ReadUntil(peer, &buffer, "\r\n.\r\n")) return;
        mail.message = buffer.substr(0, buffer.find("\r\n.\r\n"));
        buffer.erase(0, mail.message.size() + 5);
        std::lock_guard lock(mutex_);
        taken_.push_back(mail);
        came_.notify_all();
      }
      Send(peer, line == "QUIT" ? "221 bye\r\n" : "250 fine\r\n");
      if (line == "QUIT") return;
    }
  }

  mutable std::mutex mutex_;
  mutable std::condition_variable came_;
  std::vector<Taken> taken_;
};

}  // namespace likeness::net::testing
