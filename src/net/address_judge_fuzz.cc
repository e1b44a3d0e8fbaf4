// Any text as an address. One that is taken must be so written anew that it is taken again and stays the same, and its
// host must be what another parser would connect to: plain characters, no user, one of two ports.
#include <cstdlib>

#include "net/address_judge.h"

using namespace likeness;  // NOLINT

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)net::JudgeAddress(std::string(text), 80);
  const Result<net::PublicUrl> judged = net::JudgeUrl(text);
  if (!judged) return 0;
  const Result<net::PublicUrl> again = net::JudgeUrl(judged->url);
  Require(again && again->url == judged->url && again->host == judged->host && again->port == judged->port);
  Require(judged->port == 80 || judged->port == 443);
  Require(judged->url.find('#') == std::string::npos);
  const size_t begin = judged->url.find("://") + 3, end = judged->url.find('/', begin);
  Require(end != std::string::npos);
  const std::string authority = judged->url.substr(begin, end - begin);
  Require(authority.find_first_of("@\\%? ") == std::string::npos);
  Require(authority.find(judged->host) != std::string::npos);
  return 0;
}
