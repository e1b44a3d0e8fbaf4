#include "net/address_judge.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace likeness::net {
namespace {

constexpr size_t kUrlBytesMax = 2048, kHostBytesMax = 253;

struct Block4 {
  uint32_t first;
  int bits;
};
// What is not global unicast.
constexpr Block4 kRefused4[] = {
    {0x00000000, 8},   // this network; connects to loopback on Linux
    {0x0A000000, 8},   // private
    {0x64400000, 10},  // shared by providers
    {0x7F000000, 8},   // loopback
    {0xA9FE0000, 16},  // link-local, services of clouds
    {0xAC100000, 12},  // private
    {0xC0000000, 24},  // protocol assignments
    {0xC0000200, 24},  // documentation
    {0xC0586300, 24},  // 6to4 relays
    {0xC0A80000, 16},  // private
    {0xC6120000, 15},  // benchmarks
    {0xC6336400, 24},  // documentation
    {0xCB007100, 24},  // documentation
    {0xE0000000, 3},   // multicast, reserved, broadcast
};

bool IsPublic4(uint32_t address) {
  return std::ranges::none_of(kRefused4,
                              [&](const Block4& block) { return (address ^ block.first) >> (32 - block.bits) == 0; });
}

using Address6 = std::array<uint8_t, 16>;

uint32_t FourAt(const Address6& address, size_t at) {
  return uint32_t{address[at]} << 24 | uint32_t{address[at + 1]} << 16 | uint32_t{address[at + 2]} << 8 |
         uint32_t{address[at + 3]};
}

bool StartsWith(const Address6& address, std::initializer_list<uint8_t> prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.begin());
}

bool IsPublic6(const Address6& address) {
  if (StartsWith(address, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF})) return IsPublic4(FourAt(address, 12));
  if (StartsWith(address, {0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0})) return IsPublic4(FourAt(address, 12));
  if (StartsWith(address, {0x20, 0x02})) return IsPublic4(FourAt(address, 2));
  if (address[0] >> 5 != 1) return false;                                   // 2000::/3 alone is global
  if (StartsWith(address, {0x20, 0x01}) && address[2] < 2) return false;    // 2001::/23, Teredo too
  if (StartsWith(address, {0x20, 0x01, 0x0D, 0xB8})) return false;          // documentation
  return !(address[0] == 0x3F && address[1] == 0xFF && address[2] < 0x10);  // documentation
}

std::unexpected<Error> Malformed(std::string what) {
  return Fail(ErrorCode::kInvalidArgument, "the address " + std::move(what),
              "give the address of a picture as a browser shows it, beginning with https:// or http://");
}

std::unexpected<Error> NotPublic() {
  return Fail(ErrorCode::kPermissionDenied, "that address is not on the public internet",
              "fetch the file yourself and upload it");
}

char Lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

// A host of digits is an IPv4 address to some resolvers, in any of inet_aton's forms: judged as one.
bool LooksNumeric(std::string_view host) {
  const std::string_view last = host.substr(host.rfind('.') + 1);
  if (last.empty()) return true;
  const bool hexadecimal = last.starts_with("0x");
  return hexadecimal || std::ranges::all_of(last, [](char c) { return c >= '0' && c <= '9'; });
}

Status JudgeHost(const std::string& host) {
  if (host.empty() || host.size() > kHostBytesMax) return Malformed("has no host");
  if (host.find(':') != std::string::npos) return JudgeAddress(host, 0);
  const bool plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
  });
  if (!plain || host.starts_with('.') || host.find("..") != std::string::npos)
    return Malformed("has a host with other characters than letters, digits, dots and dashes");
  if (host == "localhost" || host.ends_with(".localhost")) return NotPublic();
  if (!LooksNumeric(host)) return {};
  in_addr four{};
  if (inet_aton(host.c_str(), &four) == 0) return Malformed("has a host that is neither a name nor a number");
  return IsPublic4(ntohl(four.s_addr)) ? Status{} : NotPublic();
}

struct Authority {
  std::string host;
  std::optional<uint32_t> port;
  bool six = false;
};

Result<Authority> ParseAuthority(std::string_view text) {
  if (text.find('@') != std::string_view::npos) return Malformed("names a user");
  Authority out;
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return Malformed("has an open bracket");
    out.host = text.substr(1, end - 1);
    out.six = true;
    port = text.substr(end + 1);
    in6_addr six{};
    if (inet_pton(AF_INET6, out.host.c_str(), &six) != 1) return Malformed("has no IPv6 address in its brackets");
  } else {
    const size_t colon = std::min(text.find(':'), text.size());
    out.host = text.substr(0, colon);
    port = text.substr(colon);
    if (out.host.ends_with('.')) out.host.pop_back();
  }
  std::ranges::transform(out.host, out.host.begin(), Lower);
  if (port.empty() || port == ":") return out;
  if (port[0] != ':' || port.size() > 6) return Malformed("has no number for a port");
  uint32_t number = 0;
  for (char c : port.substr(1)) {
    if (c < '0' || c > '9') return Malformed("has no number for a port");
    number = number * 10 + static_cast<uint32_t>(c - '0');
  }
  out.port = number;
  return out;
}

}  // namespace

Result<PublicUrl> JudgeUrl(std::string_view url) {
  if (url.size() > kUrlBytesMax) return Malformed(fmt::format("has more than {} bytes", kUrlBytesMax));
  // Blanks, controls, and a backslash, which some parsers take for a slash.
  if (std::ranges::any_of(url, [](char c) { return c <= 0x20 || c == 0x7F || c == '\\'; }))
    return Malformed("holds a character that must be written with a percent sign");
  const size_t colon = url.find("://");
  std::string scheme(url.substr(0, colon == std::string_view::npos ? 0 : colon));
  std::ranges::transform(scheme, scheme.begin(), Lower);
  if (scheme != "http" && scheme != "https") return Malformed("does not begin with https:// or http://");
  std::string_view rest = url.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t end = std::min(rest.find_first_of("/?"), rest.size());
  LK_ASSIGN(const Authority authority, ParseAuthority(rest.substr(0, end)));
  const uint16_t own_port = scheme == "https" ? 443 : 80;
  if (authority.port && *authority.port != 80 && *authority.port != 443)
    return Fail(ErrorCode::kPermissionDenied, "only the ports 80 and 443 are asked",
                "fetch the file yourself and upload it");
  LK_TRY(JudgeHost(authority.host));
  PublicUrl out;
  out.host = authority.host;
  out.port = static_cast<uint16_t>(authority.port.value_or(own_port));
  std::string_view path = rest.substr(end);
  out.url =
      fmt::format("{}://{}{}{}{}{}{}", scheme, authority.six ? "[" : "", out.host, authority.six ? "]" : "",
                  out.port == own_port ? "" : fmt::format(":{}", out.port), path.starts_with('/') ? "" : "/", path);
  return out;
}

Status JudgeAddress(const std::string& address, uint16_t) {
  in_addr four{};
  if (inet_pton(AF_INET, address.c_str(), &four) == 1)
    return IsPublic4(ntohl(four.s_addr)) ? Status{} : Status(NotPublic());
  Address6 six{};
  if (inet_pton(AF_INET6, address.c_str(), six.data()) == 1 && IsPublic6(six)) return {};
  return NotPublic();
}

Result<std::vector<std::string>> ResolveHost(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int code = getaddrinfo(host.c_str(), nullptr, &hints, &first);
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(first, freeaddrinfo);
  std::vector<std::string> out;
  for (const addrinfo* each = code == 0 ? first : nullptr; each; each = each->ai_next) {
    char text[NI_MAXHOST] = {};
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
      out.emplace_back(text);
  }
  if (out.empty()) return Fail(ErrorCode::kUnavailable, fmt::format("there is no server called {}", host));
  return out;
}

}  // namespace likeness::net
