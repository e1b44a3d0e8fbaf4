#include "net/mail.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>
#include <random>

#include "base/text.h"
#include "net/curl.h"

namespace likeness::net {
namespace {

constexpr size_t kWordBytesMax = 45;  // base64 of it with its frame stays within 75 characters

// RFC 2047: pieces that end between characters.
std::string EncodeWords(std::string_view text) {
  const bool plain = text.size() <= kWordBytesMax && std::ranges::all_of(text, [](char c) {
                       return c >= 0x20 && c < 0x7f && !strchr("=?_\"<>,;:()@", c);
                     });
  if (plain) return std::string(text);
  std::string out;
  while (!text.empty()) {
    size_t length = std::min(text.size(), kWordBytesMax);
    while (length < text.size() && length > 0 && (text[length] & 0xC0) == 0x80) --length;
    if (!out.empty()) out += "\r\n ";
    out += fmt::format("=?UTF-8?B?{}?=", Base64(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return out;
}

std::string Date(std::time_t utc) {
  std::tm parts{};
  gmtime_r(&utc, &parts);
  char text[48];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S +0000", &parts));
}

struct Source {
  std::string_view left;
};

size_t OnRead(char* buffer, size_t size, size_t count, void* user) {
  auto& source = *static_cast<Source*>(user);
  const size_t length = std::min(size * count, source.left.size());
  std::memcpy(buffer, source.left.data(), length);
  source.left.remove_prefix(length);
  return length;
}

bool IsLoopbackHost(std::string_view host) {
  return host == "127.0.0.1" || host == "::1" || host == "localhost";
}

}  // namespace

bool IsMailAddress(std::string_view text) {
  const size_t at = text.rfind('@');
  if (text.size() > 254 || at == std::string_view::npos || at == 0 || at > 64 || at + 1 == text.size()) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  const std::string_view local = text.substr(0, at), domain = text.substr(at + 1);
  const auto dotted = [](std::string_view part) {
    return !part.starts_with('.') && !part.ends_with('.') && part.find("..") == std::string_view::npos;
  };
  return dotted(local) && dotted(domain) && domain[0] != '-' &&
         std::ranges::all_of(
             local, [&](char c) { return letter(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c); }) &&
         std::ranges::all_of(domain, [&](char c) { return letter(c) || c == '-' || c == '.'; });
}

Result<std::string> ComposeMail(const MailServer& server, const Mail& mail) {
  for (const std::string* address : {&server.from, &mail.to}) {
    if (!IsMailAddress(*address))
      return Fail(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no mail address", CleanText(*address, 100)));
  }
  std::random_device random;
  const std::string name = CleanText(server.from_name, 100);
  std::string out = fmt::format(
      "Date: {}\r\nFrom: {}<{}>\r\nTo: <{}>\r\nSubject: {}\r\nMessage-ID: <{:08x}{:08x}{:08x}{:08x}@{}>\r\n"
      "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n",
      Date(std::time(nullptr)), name.empty() ? "" : EncodeWords(name) + " ", server.from, mail.to,
      EncodeWords(CleanText(mail.subject, 200)), random(), random(), random(), random(),
      server.from.substr(server.from.rfind('@') + 1));
  std::string text;
  for (char c : mail.text) text += c == '\n' ? "\r\n" : std::string(1, c);
  const std::string encoded = Base64(text);
  for (size_t at = 0; at < encoded.size(); at += 76) out += encoded.substr(at, 76) + "\r\n";
  return out;
}

Status SendMail(const MailServer& server, const Mail& mail) {
  using Security = MailServer::Security;
  if (server.security == Security::kNone && !IsLoopbackHost(server.host))
    return Fail(ErrorCode::kInvalidArgument, "mail goes over TLS, or to this machine", "set SMTP security to starttls");
  LK_ASSIGN(const std::string message, ComposeMail(server, mail));
  LK_ASSIGN(Curl curl, StartCurl());
  Source source{message};
  char reason[CURL_ERROR_SIZE] = {};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  const bool six = server.host.find(':') != std::string::npos;
  const std::string url = fmt::format("{}://{}{}{}:{}", server.security == Security::kTls ? "smtps" : "smtp",
                                      six ? "[" : "", server.host, six ? "]" : "", server.port);
  const std::string from = fmt::format("<{}>", server.from), to = fmt::format("<{}>", mail.to);
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(curl_slist_append(nullptr, to.c_str()),
                                                                curl_slist_free_all);
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_USE_SSL, static_cast<long>(server.security == Security::kNone ? CURLUSESSL_NONE : CURLUSESSL_ALL));
  if (!server.user.empty()) {
    set(CURLOPT_USERNAME, server.user.c_str());
    set(CURLOPT_PASSWORD, server.password.c_str());
  }
  set(CURLOPT_MAIL_FROM, from.c_str());
  set(CURLOPT_MAIL_RCPT, recipients.get());
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, OnRead);
  set(CURLOPT_READDATA, &source);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT, static_cast<long>(server.seconds_max));
  set(CURLOPT_ERRORBUFFER, reason);
  set(CURLOPT_NOPROXY, "*");
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return {};
  return Fail(ErrorCode::kUnavailable, fmt::format("cannot send mail through {}: {}", CleanText(url, 200),
                                                   CleanText(*reason ? reason : curl_easy_strerror(code), 300)));
}

}  // namespace likeness::net
