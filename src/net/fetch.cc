#include "net/fetch.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "base/text.h"
#include "net/curl.h"

namespace likeness::net {
namespace {

constexpr size_t kHeaderBytesMax = 64 << 10;

struct Transfer {
  const FetchOptions& options;
  FetchAnswer answer;
  size_t header_bytes = 0;
  std::optional<Error> error;
};

size_t OnBody(char* data, size_t, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (count > transfer.options.bytes_max - transfer.answer.body.size()) {
    transfer.error = Error{
        ErrorCode::kLimitExceeded, fmt::format("the server sends more than {} bytes", transfer.options.bytes_max), {}};
    return 0;
  }
  transfer.answer.body.append(data, count);
  return count;
}

size_t OnHeader(char* data, size_t, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view line(data, count);
  if (line.starts_with("HTTP/")) {  // an answer begins; one of a proxy or an interim one goes before
    transfer.answer.headers.clear();
    return count;
  }
  transfer.header_bytes += count;
  if (transfer.header_bytes > kHeaderBytesMax) {
    transfer.error = Error{ErrorCode::kLimitExceeded, "the server's headers have no end", {}};
    return 0;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  transfer.answer.headers.emplace_back(std::move(name), std::string(Trim(line.substr(colon + 1))));
  return count;
}

curl_socket_t OnSocket(void* user, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(user);
  char text[INET6_ADDRSTRLEN] = {};
  uint16_t port = 0;
  if (address->family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address->addr);
    inet_ntop(AF_INET, &in->sin_addr, text, sizeof text);
    port = ntohs(in->sin_port);
  } else if (address->family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address->addr);
    inet_ntop(AF_INET6, &in->sin6_addr, text, sizeof text);
    port = ntohs(in->sin6_port);
  }
  Status judged = *text ? transfer.options.judge_address(text, port)
                        : Fail(ErrorCode::kPermissionDenied, "the address is of an unknown kind");
  if (!judged) {
    transfer.error = judged.error();
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const CancelFlag* cancel = static_cast<Transfer*>(user)->options.cancel;
  return cancel && cancel->cancelled() ? 1 : 0;
}

bool IsOneLine(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListEnd>;

Result<List> MakeHeaders(const FetchOptions& options) {
  NameValues all = options.headers;
  if (options.method == "POST") all.emplace_back("Content-Type", options.content_type);
  all.emplace_back("Expect", "");
  List list;
  for (const auto& [name, value] : all) {
    if (!IsOneLine(name) || !IsOneLine(value) || name.find(':') != std::string::npos)
      return Fail(ErrorCode::kInvalidArgument, "a header of the request is malformed");
    curl_slist* longer = curl_slist_append(list.get(), fmt::format("{}: {}", name, value).c_str());
    if (!longer) return Fail(ErrorCode::kInternal, "out of memory");
    (void)list.release();
    list.reset(longer);
  }
  return list;
}

}  // namespace

std::string_view FetchAnswer::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Result<FetchAnswer> Fetch(const std::string& url, const FetchOptions& options) {
  const bool plain = url.starts_with("http://") && (options.plain_http || IsLoopbackUrl(url));
  if ((!plain && !url.starts_with("https://")) || !IsOneLine(url))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} does not begin with https://", CleanText(url, 300)));
  if (options.method != "GET" && options.method != "HEAD" && options.method != "POST")
    return Fail(ErrorCode::kInvalidArgument, "the method is none of GET, HEAD and POST");
  LK_ASSIGN(List headers, MakeHeaders(options));
  LK_ASSIGN(Curl curl, StartCurl());
  Transfer transfer{.options = options, .answer = {}, .error = {}};
  char reason[CURL_ERROR_SIZE] = {};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_USERAGENT, "likeness");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT, static_cast<long>(options.seconds_max));
  set(CURLOPT_HTTPHEADER, headers.get());
  if (options.method == "HEAD") set(CURLOPT_NOBODY, 1L);
  if (options.method == "POST") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(options.body.size()));
    set(CURLOPT_POSTFIELDS, options.body.data());
  }
  set(CURLOPT_WRITEFUNCTION, OnBody);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERFUNCTION, OnHeader);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, OnProgress);
  set(CURLOPT_XFERINFODATA, &transfer);
  set(CURLOPT_ERRORBUFFER, reason);
  if (options.judge_address) {
    set(CURLOPT_OPENSOCKETFUNCTION, OnSocket);
    set(CURLOPT_OPENSOCKETDATA, &transfer);
  }
  if (IsLoopbackUrl(url) || options.judge_address) set(CURLOPT_NOPROXY, "*");
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    if (transfer.error) return std::unexpected(std::move(*transfer.error));
    if (code == CURLE_ABORTED_BY_CALLBACK) return Fail(ErrorCode::kCancelled, "stopped");
    return Fail(code == CURLE_URL_MALFORMAT ? ErrorCode::kInvalidArgument : ErrorCode::kUnavailable,
                fmt::format("cannot reach {}: {}", CleanText(url.substr(0, url.find('?')), 300),
                            CleanText(*reason ? reason : curl_easy_strerror(code), 300)));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  transfer.answer.status = static_cast<int>(status);
  char* redirect = nullptr;
  curl_easy_getinfo(curl.get(), CURLINFO_REDIRECT_URL, &redirect);
  if (redirect) transfer.answer.redirect_url = redirect;
  return std::move(transfer.answer);
}

std::string EncodeForm(const NameValues& fields) {
  std::string out;
  const auto encode = [&](std::string_view text) {
    for (char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                         std::string_view("-._~").contains(c);
      if (plain)
        out.push_back(c);
      else
        out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  };
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out.push_back('&');
    encode(name);
    out.push_back('=');
    encode(value);
  }
  return out;
}

}  // namespace likeness::net
