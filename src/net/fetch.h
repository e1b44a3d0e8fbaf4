// One HTTP request to a server elsewhere and its answer, small enough for memory. https only, and http on the loopback
// interface or where `plain_http` allows it. No cookies, no credentials or files of the user are read, no redirect is
// followed: FetchAnswer::redirect_url says where one leads, and whoever follows it asks anew and judges anew. The
// system's proxy settings hold, unless addresses are judged. Thread-safe, blocking.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/threads.h"

namespace likeness::net {

using NameValues = std::vector<std::pair<std::string, std::string>>;

struct FetchOptions {
  std::string method = "GET";  // GET, HEAD or POST
  NameValues headers = {};
  std::string body = {};          // of a POST
  std::string content_type = {};  // of the body
  uint64_t bytes_max = 1 << 20;   // of the answer's body; more is refused
  uint32_t seconds_max = 10;      // for everything together
  bool plain_http = false;
  // Asked with the very address (numeric, "192.0.2.1" or "2001:db8::1") that is about to be connected to, after names
  // were resolved; an error refuses it and is the request's error unless another address of the name is taken. With it,
  // no proxy is used.
  std::function<Status(const std::string& address, uint16_t port)> judge_address = {};
  const CancelFlag* cancel = nullptr;
};

struct FetchAnswer {
  int status = 0;
  NameValues headers;  // lower-case names, in order
  std::string body;
  std::string redirect_url;  // absolute; empty: none

  std::string_view header(std::string_view name) const;  // the first of that name; empty: none
};

// Any status is an answer. Errors: InvalidArgument (address, method, header), Unavailable (no connection, no answer in
// time), LimitExceeded, Cancelled, and what judge_address says.
Result<FetchAnswer> Fetch(const std::string& url, const FetchOptions& options);

// application/x-www-form-urlencoded; also what follows the ? of an address.
std::string EncodeForm(const NameValues& fields);

}  // namespace likeness::net
