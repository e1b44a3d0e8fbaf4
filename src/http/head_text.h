// The status line and headers of an answer as text (RFC 9112). Pure.
#pragma once

#include <ctime>
#include <string>
#include <string_view>

#include "http/api.h"

namespace likeness::http {

std::string_view ReasonPhrase(int status);
// "Mon, 23 Nov 2026 16:00:00 GMT"
std::string HttpDate(std::time_t utc);
// Adds what every answer carries; headers that are set already, as routes with their own policy do, stay.
void AddSecurityHeaders(Response& response);
// `length` is left out for 204, 304 and chunked answers. Ends with the blank line.
std::string HeadText(const Response& response, std::string_view date, bool keep_alive, bool chunked);

}  // namespace likeness::http
