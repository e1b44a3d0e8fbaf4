// The only file that instantiates Beast; see server.h for the picture. Long because every further file with
// asynchronous reads would cost another 20 seconds of compiling.
#include "http/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <ctime>
#include <optional>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "http/exchange.h"
#include "http/head_text.h"
#include "http/socket_path.h"
#include "http/url.h"

namespace likeness::http {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
using Clock = std::chrono::steady_clock;
using Socket = net::generic::stream_protocol::socket;
constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr auto kNever = Clock::time_point::max();

constexpr size_t kReadBytes = 64 << 10;
constexpr auto kLingerTime = std::chrono::seconds(2);
constexpr uint64_t kSlowestBytesPerSecond = 4096;  // a client slower than this is cut off

struct Connection {
  explicit Connection(Socket s) : socket(std::move(s)), buffer(1 << 20) {}
  Socket socket;
  beast::flat_buffer buffer;
  Clock::time_point deadline = kNever;
  bool idle = true;  // between requests: may be closed at any time
  Caller::Door door = Caller::Door::kNetwork;
  std::shared_ptr<Exchange> exchange;  // of the slow request under way
};

// Lets a connection wait for its exchange; lives as long as either may still call.
struct Waiter {
  explicit Waiter(net::io_context& io) : timer(io) {}
  net::steady_timer timer;
};

std::string PeerAddress(const Socket& socket) {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return {};
  const sockaddr* data = endpoint.data();
  char text[INET6_ADDRSTRLEN] = {};
  if (data->sa_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in*>(data)->sin_addr, text, sizeof text);
  else if (data->sa_family == AF_INET6)
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6*>(data)->sin6_addr, text, sizeof text);
  return text;
}

// The last address is the one that the proxy itself has seen; what stands before it anybody may have written.
void BelieveProxy(Request* request) {
  if (request->peer != "::1" && !request->peer.starts_with("127.")) return;
  const std::string_view all = request->header("x-forwarded-for");
  if (const std::string_view last = Trim(all.substr(all.rfind(',') + 1)); !last.empty() && last.size() < 64)
    request->peer = last;
  request->over_tls = request->header("x-forwarded-proto") == "https";
}

bool PeerIsGone(const Socket& socket) {
  char probe;
  return ::recv(const_cast<Socket&>(socket).native_handle(), &probe, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace

struct Server::Impl {
  // One thread's share: everything in it is touched by that thread alone.
  struct Loop {
    net::io_context io{1};
    std::optional<net::ip::tcp::acceptor> tcp;
    std::optional<net::local::stream_protocol::acceptor> local;
    net::steady_timer sweep{io};
    std::set<Connection*> connections;
    std::time_t date_at = 0;
    std::string date;
  };

  Options options;
  Api& api;
  const Limits limits;
  std::vector<std::unique_ptr<Loop>> loops;
  std::optional<net::signal_set> signals;
  ThreadPool handlers, owner_handlers;
  std::atomic<bool> stopping{false};
  std::atomic<int64_t> stop_at_ms{0};
  std::atomic<uint32_t> connections{0};
  std::atomic<uint64_t> request_counter{0};
  uint16_t port = 0;
  const std::string id_prefix;

  explicit Impl(Options given);
  Status Listen();
  Status ListenTcp();
  Status ListenLocal();
  void Run();
  void Stop();
  void StopLoop(Loop& loop);
  void RunLoop(Loop& loop);
  static int64_t SteadyMs() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
  }

  template <typename Acceptor>
  net::awaitable<void> Accept(Loop& loop, Acceptor& acceptor, Caller::Door door);
  net::awaitable<void> Sweep(Loop& loop);
  net::awaitable<void> Serve(Loop& loop, Socket socket, Caller::Door door);
  // False: the connection ends.
  net::awaitable<bool> ServeOne(Loop& loop, Connection& connection);
  net::awaitable<Status> Receive(Connection& connection, beast::http::request_parser<beast::http::buffer_body>& parser,
                                 Request& request);
  net::awaitable<bool> Answer(Loop& loop, Connection& connection, Request request, bool keep_alive);
  net::awaitable<bool> AnswerSlowly(Loop& loop, Connection& connection, Request request, bool keep_alive);
  net::awaitable<bool> AnswerEvents(Loop& loop, Connection& connection, Request request, const Response& response,
                                    bool keep_alive);
  net::awaitable<bool> Write(Loop& loop, Connection& connection, const Response& response, bool head, bool keep_alive);
  net::awaitable<bool> WriteBytes(Connection& connection, std::string_view a, std::string_view b, int flags);
  net::awaitable<bool> SendFile(Connection& connection, const blob::VolumeStore::Extent& extent);
  net::awaitable<void> Linger(Connection& connection);
  std::shared_ptr<Exchange> MakeExchange(Loop& loop, const std::shared_ptr<Waiter>& waiter, bool endless);
  net::awaitable<void> WaitForNews(Waiter& waiter, Exchange& exchange);
  std::string Head(Loop& loop, const Response& response, bool keep_alive, bool chunked);
  Clock::time_point WriteDeadline(uint64_t bytes) const {
    return Clock::now() + std::chrono::seconds(limits.request_idle_seconds_max + bytes / kSlowestBytesPerSecond);
  }
};

Server::Impl::Impl(Options given)
    : options(std::move(given)),
      api(*options.api),
      limits(options.api->limits()),
      handlers(options.handlers ? options.handlers : std::max(4u, 2 * std::thread::hardware_concurrency()),
               limits.queue_jobs_max),
      owner_handlers(4, 16),
      id_prefix(fmt::format("{:x}", std::time(nullptr))) {
  if (options.upload_folder.empty()) options.upload_folder = std::filesystem::temp_directory_path();
}

Status Server::Impl::Listen() {
  size_t threads = options.threads ? options.threads : std::clamp(std::thread::hardware_concurrency(), 1u, 4u);
  for (size_t i = 0; i < threads; ++i) loops.push_back(std::make_unique<Loop>());
  if (!options.address.empty()) LK_TRY(ListenTcp());
  if (!options.socket.empty()) LK_TRY(ListenLocal());
  return {};
}

Status Server::Impl::ListenTcp() {
  boost::system::error_code error;
  net::ip::address address = net::ip::make_address(options.address, error);
  if (error) return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no numeric address", options.address));
  if (!address.is_loopback() && !options.beyond_loopback)
    return Fail(
        ErrorCode::kFailedPrecondition,
        fmt::format("cannot listen on {}: without an administrator only this machine may connect", options.address),
        "likeness user add --role admin NAME makes one, or the set-up link that serve prints on loopback");
  net::ip::tcp::endpoint endpoint(address, options.port);
  auto failed = [&](const boost::system::error_code& e) {
    return Fail(e == net::error::address_in_use ? ErrorCode::kUnavailable : ErrorCode::kIo,
                fmt::format("cannot listen on {} port {}: {}", options.address, endpoint.port(), e.message()),
                "choose another port with --listen ADDRESS:PORT (port 0: any free one)");
  };
  using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  {
    // With SO_REUSEPORT a second server would share the port in silence: a probe without it notices.
    net::ip::tcp::acceptor probe(loops[0]->io);
    if (probe.open(endpoint.protocol(), error)) return failed(error);
    probe.set_option(net::socket_base::reuse_address(true), error);
    if (probe.bind(endpoint, error)) return failed(error);
    if (probe.listen(1, error)) return failed(error);
  }
  for (auto& loop : loops) {
    net::ip::tcp::acceptor acceptor(loop->io);
    if (acceptor.open(endpoint.protocol(), error)) return failed(error);
    acceptor.set_option(net::socket_base::reuse_address(true), error);
    acceptor.set_option(ReusePort(true), error);
    if (acceptor.bind(endpoint, error)) return failed(error);
    if (acceptor.listen(512, error)) return failed(error);
    endpoint.port(acceptor.local_endpoint().port());
    loop->tcp.emplace(std::move(acceptor));
  }
  port = endpoint.port();
  return {};
}

Status Server::Impl::ListenLocal() {
  LK_ASSIGN(SocketPath path, SocketPath::Open(options.socket));
  // The caller holds the folder's lock, so whatever lies there is a dead server's.
  std::error_code ignored;
  std::filesystem::remove(options.socket, ignored);
  boost::system::error_code error;
  net::local::stream_protocol::acceptor acceptor(loops[0]->io);
  acceptor.open(net::local::stream_protocol(), error);
  mode_t before = umask(0177);
  if (!error) acceptor.bind(net::local::stream_protocol::endpoint(path.text()), error);
  umask(before);
  if (!error) acceptor.listen(64, error);
  if (error)
    return Fail(ErrorCode::kIo, fmt::format("cannot listen on {}: {}", options.socket.string(), error.message()));
  loops[0]->local.emplace(std::move(acceptor));
  return {};
}

void Server::Impl::Run() {
  for (auto& loop : loops) {
    if (loop->tcp) net::co_spawn(loop->io, Accept(*loop, *loop->tcp, Caller::Door::kNetwork), net::detached);
    if (loop->local) net::co_spawn(loop->io, Accept(*loop, *loop->local, Caller::Door::kOwner), net::detached);
    net::co_spawn(loop->io, Sweep(*loop), net::detached);
  }
  if (options.stop_on_signals) {
    signals.emplace(loops[0]->io, SIGINT, SIGTERM);
    signals->async_wait([this](const boost::system::error_code& error, int) {
      if (!error) Stop();
    });
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < loops.size(); ++i) threads.emplace_back([this, i] { RunLoop(*loops[i]); });
  RunLoop(*loops[0]);
  for (std::thread& thread : threads) thread.join();
  std::error_code ignored;
  if (!options.socket.empty()) std::filesystem::remove(options.socket, ignored);
}

// Until there is nothing left to do; after a stop no longer than requests may take to drain, whatever still waits.
void Server::Impl::RunLoop(Loop& loop) {
  const int64_t drain_ms = (int64_t{options.drain_seconds} + 1) * 1000;
  while (!loop.io.stopped()) {
    loop.io.run_for(std::chrono::milliseconds(500));
    if (int64_t stopped = stop_at_ms; stopped != 0 && SteadyMs() > stopped + drain_ms) return;
  }
}

void Server::Impl::Stop() {
  if (stopping.exchange(true)) return;
  stop_at_ms = SteadyMs();
  for (auto& loop : loops) net::post(loop->io, [this, &loop] { StopLoop(*loop); });
}

void Server::Impl::StopLoop(Loop& loop) {
  boost::system::error_code ignored;
  if (loop.tcp) loop.tcp->close(ignored);
  if (loop.local) loop.local->close(ignored);
  if (&loop == loops[0].get() && signals) signals->cancel(ignored);
  for (Connection* connection : loop.connections) {
    // Long streams end at their next item; an import goes on where it was when it is started again.
    if (connection->exchange && (connection->door == Caller::Door::kOwner || connection->exchange->endless)) {
      connection->exchange->cancel.Cancel();
      connection->exchange->Wake();
    }
    if (connection->idle) connection->socket.close(ignored);
    connection->deadline = std::min(connection->deadline, Clock::now() + std::chrono::seconds(options.drain_seconds));
  }
  loop.sweep.cancel();
}

net::awaitable<void> Server::Impl::Sweep(Loop& loop) {
  while (!(stopping && loop.connections.empty())) {
    loop.sweep.expires_after(stopping ? std::chrono::milliseconds(50) : std::chrono::milliseconds(1000));
    co_await loop.sweep.async_wait(kTuple);
    auto now = Clock::now();
    boost::system::error_code ignored;
    for (Connection* connection : loop.connections) {
      if (connection->deadline >= now && !(stopping && connection->idle)) continue;
      if (connection->exchange) connection->exchange->Close();
      connection->socket.close(ignored);
    }
  }
}

template <typename Acceptor>
net::awaitable<void> Server::Impl::Accept(Loop& loop, Acceptor& acceptor, Caller::Door door) {
  while (acceptor.is_open()) {
    auto [error, accepted] = co_await acceptor.async_accept(kTuple);
    if (error) {
      if (!acceptor.is_open()) break;
      // Out of descriptors, most likely: wait for some to come back.
      net::steady_timer pause(loop.io, std::chrono::milliseconds(100));
      co_await pause.async_wait(kTuple);
      continue;
    }
    if (door == Caller::Door::kOwner) {
      ucred peer{};
      socklen_t size = sizeof peer;
      bool own = getsockopt(accepted.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
                 (peer.uid == geteuid() || peer.uid == 0);
      if (!own) continue;
    } else {
      int on = 1;
      setsockopt(accepted.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    Socket socket(std::move(accepted));
    boost::system::error_code ignored;
    socket.native_non_blocking(true, ignored);
    if (connections.load() >= limits.connections_max) {
      Response busy =
          api.Refuse({ErrorCode::kUnavailable, "too many connections at once", "try again in a moment"}, "");
      std::string text = Head(loop, busy, false, false).append(busy.text());
      (void)!::send(socket.native_handle(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      continue;
    }
    net::co_spawn(loop.io, Serve(loop, std::move(socket), door), net::detached);
  }
}

net::awaitable<void> Server::Impl::Serve(Loop& loop, Socket socket, Caller::Door door) {
  Connection connection(std::move(socket));
  connection.door = door;
  connections.fetch_add(1);
  loop.connections.insert(&connection);
  try {
    // Not `!stopping && co_await ...`: GCC 12 awaits the right side whatever the left one says.
    bool more = true;
    while (more && !stopping) more = co_await ServeOne(loop, connection);
  } catch (const std::exception& exception) {
    Log(LogLevel::kError, "connection_threw", {{"what", exception.what()}});
  }
  loop.connections.erase(&connection);
  connections.fetch_sub(1);
}

net::awaitable<bool> Server::Impl::ServeOne(Loop& loop, Connection& connection) {
  beast::http::request_parser<beast::http::buffer_body> parser;
  parser.header_limit(limits.request_header_bytes_max);
  parser.body_limit(boost::none);
  connection.idle = connection.buffer.size() == 0;
  connection.deadline = Clock::now() + std::chrono::seconds(limits.request_idle_seconds_max);
  auto [error, count] = co_await beast::http::async_read_header(connection.socket, connection.buffer, parser, kTuple);
  connection.idle = false;
  connection.deadline = stopping ? Clock::now() + std::chrono::seconds(options.drain_seconds) : kNever;

  Request request;
  request.caller.door = connection.door;
  if (connection.door == Caller::Door::kNetwork) request.peer = PeerAddress(connection.socket);
  request.request_id = fmt::format("{}-{}", id_prefix, request_counter.fetch_add(1) + 1);
  if (error) {
    bool ended = error == beast::http::error::end_of_stream || error == beast::http::error::partial_message ||
                 error.category() != beast::http::make_error_code(beast::http::error::end_of_stream).category();
    if (ended) co_return false;
    Error malformed{ErrorCode::kInvalidArgument, fmt::format("malformed HTTP request: {}", error.message()), ""};
    Response refusal = api.Refuse(malformed, request.request_id);
    if (error == beast::http::error::header_limit) refusal.status = 431;
    co_await Write(loop, connection, refusal, false, false);
    co_await Linger(connection);
    co_return false;
  }

  const auto& message = parser.get();
  request.method = std::string(message.method_string());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    auto [at, fresh] = request.headers.emplace(std::move(name), std::string(field.value()));
    if (!fresh) at->second.append(", ").append(field.value());
  }
  if (options.trust_proxy) BelieveProxy(&request);
  api.Identify(&request);
  Status ready = [&]() -> Status {
    LK_ASSIGN(Target target, ParseTarget({message.target().data(), message.target().size()}, limits.query_bytes_max));
    request.path = std::move(target.path);
    request.query = std::move(target.query);
    if (connection.door == Caller::Door::kNetwork) {
      if (!IsAllowedHost(request.header("host"), options.hosts))
        return Fail(ErrorCode::kPermissionDenied, "this server is not called by that Host",
                    "add the name with --allow-host NAME");
      LK_TRY(CheckSameOrigin(request));
    }
    return {};
  }();
  if (ready) ready = co_await Receive(connection, parser, request);
  if (!ready) {
    Response refusal = api.Refuse(ready.error(), request.request_id);
    co_await Write(loop, connection, refusal, request.method == "HEAD", false);
    co_await Linger(connection);
    co_return false;
  }
  api.Identify(&request);  // anew: a body may have taken long
  bool keep_alive = message.keep_alive() && !stopping;
  co_return co_await Answer(loop, connection, std::move(request), keep_alive);
}

// The body, within the limit of its kind. A refusal here closes the connection, since the rest of the body is not read.
net::awaitable<Status> Server::Impl::Receive(Connection& connection,
                                             beast::http::request_parser<beast::http::buffer_body>& parser,
                                             Request& request) {
  auto& message = parser.get();
  bool has_body = parser.chunked() || parser.content_length().value_or(0) > 0;
  if (!has_body) {
    if (!parser.is_done()) {
      message.body().data = nullptr;
      message.body().size = 0;
      message.body().more = false;
    }
    co_return Status{};
  }
  // What fails whatever the body says is answered before it is sent.
  if (Status early = api.CheckEarly(request); !early) co_return early;
  std::string_view type = request.header("content-type");
  bool upload = api.TakesUpload(request) && type.starts_with("multipart/");
  if (!upload && !type.starts_with("application/json"))
    co_return Fail(ErrorCode::kUnsupported, fmt::format("cannot read a body of type \"{}\"", type.substr(0, 80)),
                   "send application/json");
  if (!request.header("content-encoding").empty())
    co_return Fail(ErrorCode::kUnsupported, "cannot read a body with Content-Encoding", "send it as it is");
  // A list of paths from the owner may be long.
  uint64_t bytes_max = upload ? limits.request_bytes_max
                              : limits.request_json_bytes_max * (connection.door == Caller::Door::kOwner ? 64 : 1);
  const char* limit_name = upload ? "request_bytes_max" : "request_json_bytes_max";
  auto too_large = [&] {
    return Fail(ErrorCode::kLimitExceeded, fmt::format("the request has more than {} bytes", bytes_max),
                fmt::format("send less at once, or raise limits.{}", limit_name));
  };
  if (parser.content_length().value_or(0) > bytes_max) co_return too_large();
  std::optional<UploadReceiver> receiver;
  if (upload) {
    Result<std::string> boundary = BoundaryOf(type);
    if (!boundary) co_return std::unexpected(boundary.error());
    receiver.emplace(*boundary, limits, options.upload_folder);
  }
  if (request.header("expect") == "100-continue") {
    if (!co_await WriteBytes(connection, "HTTP/1.1 100 Continue\r\n\r\n", {}, 0))
      co_return Fail(ErrorCode::kCancelled, "the client went away");
  }
  std::vector<char> chunk(kReadBytes);
  uint64_t received = 0;
  const auto idle = std::chrono::seconds(limits.request_idle_seconds_max);
  const auto began = Clock::now();
  while (!parser.is_done()) {
    message.body().data = chunk.data();
    message.body().size = chunk.size();
    // A byte now and then does not hold the connection for ever.
    connection.deadline =
        std::min(Clock::now() + idle, began + idle + std::chrono::seconds(received / kSlowestBytesPerSecond));
    auto [error, count] = co_await beast::http::async_read_some(connection.socket, connection.buffer, parser, kTuple);
    if (error && error != beast::http::error::need_buffer)
      co_return Fail(ErrorCode::kInvalidArgument, fmt::format("the request's body ended early: {}", error.message()));
    std::string_view piece(chunk.data(), chunk.size() - message.body().size);
    received += piece.size();
    if (received > bytes_max) co_return too_large();
    if (!receiver) {
      request.body.append(piece);
    } else if (Status fed = receiver->Feed(piece); !fed) {
      co_return fed;
    }
  }
  connection.deadline = kNever;
  if (receiver) {
    Result<std::vector<Part>> parts = receiver->Finish();
    if (!parts) co_return std::unexpected(parts.error());
    request.parts = std::move(*parts);
  }
  co_return Status{};
}

net::awaitable<bool> Server::Impl::Answer(Loop& loop, Connection& connection, Request request, bool keep_alive) {
  if (!api.IsFast(request)) co_return co_await AnswerSlowly(loop, connection, std::move(request), keep_alive);
  static const CancelFlag never;
  Response response = api.Handle(request, {}, never);
  if (response.event_stream && request.method != "HEAD")
    co_return co_await AnswerEvents(loop, connection, std::move(request), response, keep_alive);
  co_return co_await Write(loop, connection, response, request.method == "HEAD", keep_alive);
}

std::shared_ptr<Exchange> Server::Impl::MakeExchange(Loop& loop, const std::shared_ptr<Waiter>& waiter, bool endless) {
  // The state changes first, then this runs on the loop's thread: a wait that had not seen the change is ended.
  return std::make_shared<Exchange>(endless,
                                    [&io = loop.io, waiter] { net::post(io, [waiter] { waiter->timer.cancel(); }); });
}

// At most a second, so that a client's going away is noticed.
net::awaitable<void> Server::Impl::WaitForNews(Waiter& waiter, Exchange& exchange) {
  if (exchange.has_news()) co_return;
  waiter.timer.expires_after(std::chrono::seconds(1));
  co_await waiter.timer.async_wait(kTuple);
}

net::awaitable<bool> Server::Impl::AnswerSlowly(Loop& loop, Connection& connection, Request request, bool keep_alive) {
  auto waiter = std::make_shared<Waiter>(loop.io);
  auto exchange = MakeExchange(loop, waiter, false);
  bool head = request.method == "HEAD";
  ThreadPool& pool = connection.door == Caller::Door::kOwner ? owner_handlers : handlers;
  auto shared = std::make_shared<const Request>(std::move(request));
  bool queued = pool.TryPost([this, exchange, shared] {
    exchange->Finish(api.Handle(
        *shared, [&](std::string_view line) { return exchange->Emit(line, "\n"); }, exchange->cancel));
  });
  if (!queued) {
    Error busy{ErrorCode::kUnavailable, "too many requests at once", "try again in a moment"};
    Response refusal = api.Refuse(busy, shared->request_id);
    co_return co_await Write(loop, connection, refusal, head, keep_alive);
  }
  connection.exchange = exchange;
  bool started = false, alive = true;
  Response streamed;
  streamed.headers = {{"Content-Type", "application/x-ndjson"}};
  AddSecurityHeaders(streamed);
  while (true) {
    std::string lines = exchange->Take();
    if (!lines.empty() && alive) {
      if (!started) {
        std::string opening = Head(loop, streamed, keep_alive, true);
        connection.deadline = WriteDeadline(opening.size());
        alive = co_await WriteBytes(connection, opening, {}, MSG_MORE);
      }
      started = true;
      std::string size = fmt::format("{:x}\r\n", lines.size());
      lines += "\r\n";
      connection.deadline = WriteDeadline(lines.size());
      if (alive) alive = co_await WriteBytes(connection, size, lines, 0);
      connection.deadline = kNever;
      if (!alive) exchange->Close();
      continue;
    }
    if (exchange->done()) break;
    co_await WaitForNews(*waiter, *exchange);
    if (alive && PeerIsGone(connection.socket)) {
      alive = false;  // the client is gone: nobody needs the answer
      exchange->Close();
    }
  }
  connection.exchange = nullptr;
  if (!alive || !connection.socket.is_open()) co_return false;
  if (!started) {
    Response response = exchange->TakeResponse();
    co_return co_await Write(loop, connection, response, head, keep_alive && !stopping);
  }
  connection.deadline = WriteDeadline(0);
  co_return co_await WriteBytes(connection, "0\r\n\r\n", {}, 0) && keep_alive;
}

// Until the client goes, the server stops, or whoever asked is no longer who he was: a session that ended hears
// nothing.
net::awaitable<bool> Server::Impl::AnswerEvents(Loop& loop, Connection& connection, Request request,
                                                const Response& response, bool keep_alive) {
  const UserId user = request.caller.user;
  const auto is_known = [&] {
    api.Identify(&request);
    return request.caller.user == user && api.CheckEarly(request).has_value();
  };
  auto waiter = std::make_shared<Waiter>(loop.io);
  auto exchange = MakeExchange(loop, waiter, true);
  connection.exchange = exchange;
  uint64_t token = api.events().Subscribe([exchange](const std::string& event) { exchange->Offer(event); });
  std::string opening = Head(loop, response, keep_alive, true);
  connection.deadline = WriteDeadline(opening.size());
  bool alive = co_await WriteBytes(connection, opening, {}, 0);
  std::string next = "retry: 2000\n\nevent: ping\ndata: {}\n\n";
  constexpr auto kPing = std::chrono::seconds(15);
  while (alive && !stopping && !exchange->cancel.cancelled()) {
    if (!next.empty()) {
      std::string size = fmt::format("{:x}\r\n", next.size());
      connection.deadline = WriteDeadline(next.size());
      next += "\r\n";
      alive = co_await WriteBytes(connection, size, next, 0);
      connection.deadline = kNever;
    }
    auto waited_from = Clock::now();
    next = exchange->Take();
    while (alive && next.empty() && !stopping && Clock::now() - waited_from < kPing) {
      co_await WaitForNews(*waiter, *exchange);
      if (PeerIsGone(connection.socket)) alive = false;
      next = exchange->Take();
    }
    if (next.empty()) next = "event: ping\ndata: {}\n\n";
    alive = alive && is_known();
  }
  api.events().Unsubscribe(token);
  connection.exchange = nullptr;
  connection.deadline = WriteDeadline(0);
  if (alive) co_await WriteBytes(connection, "0\r\n\r\n", {}, 0);
  co_return false;
}

std::string Server::Impl::Head(Loop& loop, const Response& response, bool keep_alive, bool chunked) {
  if (std::time_t now = std::time(nullptr); now != loop.date_at) {
    loop.date = HttpDate(now);
    loop.date_at = now;
  }
  return HeadText(response, loop.date, keep_alive, chunked);
}

net::awaitable<bool> Server::Impl::Write(Loop& loop, Connection& connection, const Response& response, bool head,
                                         bool keep_alive) {
  bool file = response.extent.descriptor >= 0 && !head;
  std::string_view body = head || file ? std::string_view{} : response.text();
  connection.deadline = WriteDeadline(file ? response.extent.length : body.size());
  std::string opening = Head(loop, response, keep_alive, false);
  bool sent = co_await WriteBytes(connection, opening, body, file ? MSG_MORE : 0);
  if (sent && file) sent = co_await SendFile(connection, response.extent);
  connection.deadline = kNever;
  co_return sent&& keep_alive;
}

net::awaitable<bool> Server::Impl::WriteBytes(Connection& connection, std::string_view a, std::string_view b,
                                              int flags) {
  while (!a.empty() || !b.empty()) {
    iovec pieces[2] = {{const_cast<char*>(a.data()), a.size()}, {const_cast<char*>(b.data()), b.size()}};
    msghdr message{};
    message.msg_iov = pieces;
    message.msg_iovlen = 2;
    ssize_t sent = ::sendmsg(connection.socket.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT | flags);
    if (sent > 0) {
      size_t of_a = std::min(a.size(), static_cast<size_t>(sent));
      a.remove_prefix(of_a);
      b.remove_prefix(static_cast<size_t>(sent) - of_a);
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      auto [error] = co_await connection.socket.async_wait(Socket::wait_write, kTuple);
      if (error) co_return false;
    } else if (sent < 0 && errno == EINTR) {
      continue;
    } else {
      co_return false;
    }
  }
  co_return true;
}

net::awaitable<bool> Server::Impl::SendFile(Connection& connection, const blob::VolumeStore::Extent& extent) {
  off_t offset = static_cast<off_t>(extent.offset);
  uint64_t left = extent.length;
  while (left > 0) {
    // In pieces, so that one large picture on a fast connection does not keep the others waiting.
    size_t piece = std::min<uint64_t>(left, 1 << 20);
    ssize_t sent = ::sendfile(connection.socket.native_handle(), extent.descriptor, &offset, piece);
    if (sent > 0) {
      left -= static_cast<uint64_t>(sent);
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      auto [error] = co_await connection.socket.async_wait(Socket::wait_write, kTuple);
      if (error) co_return false;
    } else if (sent < 0 && errno == EINTR) {
      continue;
    } else {
      Log(LogLevel::kWarning, "sendfile_failed", {{"errno", fmt::to_string(errno)}});
      co_return false;  // the client sees a body that is too short
    }
  }
  co_return true;
}

// Closing while the client still sends would reset the connection and lose the answer: read on for a moment.
net::awaitable<void> Server::Impl::Linger(Connection& connection) {
  boost::system::error_code ignored;
  connection.socket.shutdown(Socket::shutdown_send, ignored);
  connection.deadline = Clock::now() + kLingerTime;
  char waste[16 << 10];
  while (connection.socket.is_open()) {
    ssize_t count = ::recv(connection.socket.native_handle(), waste, sizeof waste, MSG_DONTWAIT);
    if (count == 0) break;
    if (count < 0) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) break;
      auto [error] = co_await connection.socket.async_wait(Socket::wait_read, kTuple);
      if (error) break;
    } else if (Clock::now() > connection.deadline) {
      break;
    }
  }
}

Result<std::unique_ptr<Server>> Server::Open(Options options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  LK_TRY(impl->Listen());
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
uint16_t Server::port() const {
  return impl_->port;
}
void Server::Run() {
  impl_->Run();
}
void Server::Stop() {
  impl_->Stop();
}

}  // namespace likeness::http
