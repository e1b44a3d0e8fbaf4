#include "http/identity.h"

#include <fmt/format.h>

#include "base/text.h"
#include "http/server.h"

namespace likeness::http {

bool IsSecure(const Request& request, const std::string& site_url) {
  return request.over_tls || (site_url.starts_with("https://") && !IsAllowedHost(request.header("host"), {}));
}

std::string CookieName(const char* what, bool secure) {
  return fmt::format("{}{}", secure ? "__Host-" : "", what);
}

std::string ReadCookie(const Request& request, std::string_view name) {
  std::string_view left = request.header("cookie");
  while (!left.empty()) {
    const size_t end = std::min(left.find(';'), left.size());
    const std::string_view pair = Trim(left.substr(0, end));
    left.remove_prefix(std::min(end + 1, left.size()));
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
      return std::string(pair.substr(name.size() + 1));
  }
  return {};
}

void SetCookie(Response* response, const std::string& name, const std::string& value, int64_t max_age_s, bool secure) {
  response->headers.emplace_back("Set-Cookie", fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", name,
                                                           value, max_age_s, secure ? "; Secure" : ""));
}

account::Peer PeerOf(const Request& request) {
  if (request.caller.owner()) return {.address = {}, .agent = {}, .request_id = request.request_id};
  return {.address = request.peer.empty() ? "127.0.0.1" : request.peer,
          .agent = std::string(request.header("user-agent")),
          .request_id = request.request_id};
}

void IdentifyBy(account::Service* service, bool has_library, Request* request) {
  request->identified = true;
  Caller& caller = request->caller;
  if (caller.owner()) return;
  caller = {};
  request->session = 0;
  request->refused.reset();
  if (!service) {
    caller.accounts = has_library;
    caller.visitors_look = !has_library;
    return;
  }
  caller.accounts = service->has_accounts();
  if (!caller.accounts) return;
  caller.visitors_look = service->settings().visitors_look;
  const auto accept = [&](const account::Identity& identity) {
    caller.user = identity.user;
    caller.role = identity.role;
    request->session = identity.session;
  };
  if (const std::string_view given = request->header("authorization"); !given.empty()) {
    constexpr std::string_view kBearer = "Bearer ";
    const auto found =
        given.starts_with(kBearer) ? service->FindToken(std::string(Trim(given.substr(kBearer.size())))) : std::nullopt;
    if (!found) {
      request->refused = Error{ErrorCode::kUnauthenticated, "the API token is unknown or has ended", "make a new one"};
      return;
    }
    accept(*found);
    caller.by_token = true;
    caller.scopes = found->scopes;
    return;
  }
  const std::string secret =
      ReadCookie(*request, CookieName("session", IsSecure(*request, service->options().site_url)));
  if (secret.empty()) return;
  const auto found = service->FindSession(secret);
  if (!found) return;  // it has ended: a visitor
  // A cookie goes along with whatever another site's page asks for.
  if (Status own = CheckSameOrigin(*request); !own) {
    request->refused = own.error();
    return;
  }
  accept(*found);
}

}  // namespace likeness::http
