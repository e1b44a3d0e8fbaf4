#include "http/client.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "http/socket_path.h"
#include "http/url.h"

namespace likeness::http {
namespace {

constexpr size_t kLineBytesMax = 64 << 10;

std::string TargetOf(const Request& request) {
  std::string target = request.path;
  char mark = '?';
  for (const auto& [name, value] : request.query) {
    target += fmt::format("{}{}={}", mark, PercentEncode(name), PercentEncode(value));
    mark = '&';
  }
  return target;
}

// Passes whole lines of `text` to `emit` and leaves the rest.
bool EmitLines(std::string* text, const EmitLine& emit) {
  size_t start = 0;
  while (true) {
    size_t end = text->find('\n', start);
    if (end == std::string::npos) break;
    if (end > start && !emit(std::string_view(*text).substr(start, end - start))) return false;
    start = end + 1;
  }
  text->erase(0, start);
  return true;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Connect(const std::filesystem::path& socket) {
  LK_ASSIGN(SocketPath path, SocketPath::Open(socket));
  int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return FailErrno("cannot make a socket", errno);
  std::unique_ptr<Client> client(new Client(descriptor));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.text().data(), path.text().size());
  if (connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno == ECONNREFUSED) return Fail(ErrorCode::kNotFound, "no server runs on this data folder");
    return FailErrno(fmt::format("cannot connect to {}", socket.string()), errno);
  }
  return client;
}

Client::~Client() {
  close(descriptor_);
}

Status Client::WriteAll(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return FailErrno("cannot send to the server", errno);
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return {};
}

Status Client::ReadMore(const CancelFlag& cancel) {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  while (true) {
    if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
    pollfd wait{descriptor_, POLLIN, 0};
    constexpr int kLookAtCancelMs = 200;
    int ready = poll(&wait, 1, kLookAtCancelMs);
    if (ready < 0 && errno != EINTR) return FailErrno("cannot wait for the server", errno);
    if (ready <= 0) continue;
    char bytes[64 << 10];
    ssize_t count = recv(descriptor_, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FailErrno("cannot read from the server", errno);
    if (count == 0)
      return Fail(ErrorCode::kUnavailable, "the server closed the connection", "see its log, and try again");
    buffer_.append(bytes, static_cast<size_t>(count));
    return {};
  }
}

Result<std::string> Client::ReadLine(const CancelFlag& cancel) {
  while (true) {
    size_t end = buffer_.find("\r\n", at_);
    if (end != std::string::npos) {
      std::string line = buffer_.substr(at_, end - at_);
      at_ = end + 2;
      return line;
    }
    if (buffer_.size() - at_ > kLineBytesMax) return Fail(ErrorCode::kCorruption, "the server's answer makes no sense");
    LK_TRY(ReadMore(cancel));
  }
}

Status Client::ReadBytes(size_t count, const CancelFlag& cancel, std::string* out) {
  while (count > 0) {
    if (at_ == buffer_.size()) LK_TRY(ReadMore(cancel));
    size_t piece = std::min(count, buffer_.size() - at_);
    out->append(buffer_, at_, piece);
    at_ += piece;
    count -= piece;
  }
  return {};
}

Result<Response> Client::Send(const Request& request, const EmitLine& emit, const CancelFlag& cancel) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: localhost\r\n", request.method, TargetOf(request));
  if (!request.body.empty())
    head += fmt::format("Content-Type: application/json\r\nContent-Length: {}\r\n", request.body.size());
  LK_TRY(WriteAll(head + "\r\n"));
  LK_TRY(WriteAll(request.body));

  LK_ASSIGN(std::string status_line, ReadLine(cancel));
  Response response;
  if (!status_line.starts_with("HTTP/1.1 ") || status_line.size() < 12 ||
      std::from_chars(status_line.data() + 9, status_line.data() + 12, response.status).ec != std::errc())
    return Fail(ErrorCode::kCorruption, "the server's answer makes no sense");
  size_t length = 0;
  bool chunked = false;
  while (true) {
    LK_ASSIGN(std::string line, ReadLine(cancel));
    if (line.empty()) break;
    size_t colon = line.find(": ");
    if (colon == std::string::npos) return Fail(ErrorCode::kCorruption, "the server's answer makes no sense");
    std::string name = line.substr(0, colon), value = line.substr(colon + 2);
    if (name == "Content-Length") std::from_chars(value.data(), value.data() + value.size(), length);
    if (name == "Transfer-Encoding") chunked = value == "chunked";
    response.headers.emplace_back(std::move(name), std::move(value));
  }
  const std::string* type = response.header("Content-Type");
  bool lines = type && *type == "application/x-ndjson" && emit;
  if (!chunked) {
    LK_TRY(ReadBytes(length, cancel, &response.body));
    return response;
  }
  while (true) {
    LK_ASSIGN(std::string size_text, ReadLine(cancel));
    size_t size = 0;
    if (std::from_chars(size_text.data(), size_text.data() + size_text.size(), size, 16).ec != std::errc())
      return Fail(ErrorCode::kCorruption, "the server's answer makes no sense");
    LK_TRY(ReadBytes(size, cancel, &response.body));
    LK_ASSIGN(std::string blank, ReadLine(cancel));
    if (size == 0) break;
    if (lines && !EmitLines(&response.body, emit)) return Fail(ErrorCode::kCancelled, "stopped");
  }
  return response;
}

}  // namespace likeness::http
