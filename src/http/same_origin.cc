// Which requests a server on loopback must not take from a browser that was sent by another site.
#include <algorithm>

#include "http/server.h"

namespace likeness::http {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace

bool IsAllowedHost(std::string_view host, const std::vector<std::string>& hosts) {
  std::string name = Lower(host);
  size_t bracket = name.rfind(']');
  size_t colon = name.find(':', bracket == std::string::npos ? 0 : bracket);
  if (colon != std::string::npos) {
    if (name.find_first_not_of("0123456789", colon + 1) != std::string::npos) return false;
    name.resize(colon);
  }
  for (const char* own : {"localhost", "127.0.0.1", "[::1]"}) {
    if (name == own) return true;
  }
  return std::ranges::any_of(hosts, [&](const std::string& allowed) { return name == Lower(allowed); });
}

Status CheckSameOrigin(const Request& request) {
  if (request.method == "GET" || request.method == "HEAD") return {};
  std::string_view site = request.header("sec-fetch-site");
  bool foreign = !site.empty() && site != "same-origin" && site != "none";
  // An Origin is there in every browser's request that changes something; programs send none.
  if (std::string_view origin = request.header("origin"); !origin.empty() && !foreign) {
    std::string host = Lower(request.header("host"));
    std::string given = Lower(origin);
    foreign = given != "http://" + host && given != "https://" + host;
  }
  if (!foreign) return {};
  return Fail(ErrorCode::kPermissionDenied, "this request was made by a page of another site",
              "only pages of this server may change something here");
}

}  // namespace likeness::http
