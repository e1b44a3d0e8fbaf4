#include "http/head_text.h"

#include <fmt/format.h>

namespace likeness::http {
namespace {

struct Row {
  int status;
  std::string_view phrase;
};
constexpr Row kPhrases[] = {
    {200, "OK"},
    {204, "No Content"},
    {202, "Accepted"},
    {206, "Partial Content"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

}  // namespace

std::string_view ReasonPhrase(int status) {
  for (const Row& row : kPhrases) {
    if (row.status == status) return row.phrase;
  }
  return "Status";
}

std::string HttpDate(std::time_t utc) {
  std::tm parts{};
  gmtime_r(&utc, &parts);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts));
}

void AddSecurityHeaders(Response& response) {
  auto add = [&](const char* name, const char* value) {
    if (!response.header(name)) response.headers.emplace_back(name, value);
  };
  add("X-Content-Type-Options", "nosniff");
  add("Referrer-Policy", "no-referrer");
  add("Cross-Origin-Resource-Policy", "same-origin");
  add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  add("Cache-Control", "no-store");
}

std::string HeadText(const Response& response, std::string_view date, bool keep_alive, bool chunked) {
  std::string head;
  head.reserve(768);
  auto to = std::back_inserter(head);
  fmt::format_to(to, "HTTP/1.1 {} {}\r\nDate: {}\r\n", response.status, ReasonPhrase(response.status), date);
  for (const auto& [name, value] : response.headers) {
    // A value never holds a line end: names of files are encoded and the rest is ours. Checked all the same.
    if (value.find_first_of("\r\n") == std::string::npos) head.append(name).append(": ").append(value).append("\r\n");
  }
  uint64_t length = response.extent.descriptor >= 0 ? response.extent.length : response.text().size();
  if (chunked)
    head += "Transfer-Encoding: chunked\r\n";
  else if (response.status != 204 && response.status != 304)
    fmt::format_to(to, "Content-Length: {}\r\n", length);
  head += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return head;
}

}  // namespace likeness::http
