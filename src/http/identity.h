// From what a request carries to who asks: the session's cookie, or an API token in Authorization. Internal to http.
#pragma once

#include <string>

#include "http/api.h"
#include "http/routes.h"

namespace likeness::http {

// Whether the browser speaks to us over TLS, as far as we can know: then cookies are for TLS alone.
bool IsSecure(const Request& request, const std::string& site_url);
// "__Host-session" over TLS, "session" else; `what` is "session" or "login".
std::string CookieName(const char* what, bool secure);
std::string ReadCookie(const Request& request, std::string_view name);
// HttpOnly and SameSite=Lax; max_age_s 0 takes it away.
void SetCookie(Response* response, const std::string& name, const std::string& value, int64_t max_age_s, bool secure);

account::Peer PeerOf(const Request& request);
// Fills request.caller and what goes with it, from `service` (null with a library: nobody is let in).
void IdentifyBy(account::Service* service, bool has_library, Request* request);

}  // namespace likeness::http
