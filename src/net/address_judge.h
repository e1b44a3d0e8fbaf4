// Which addresses of other servers this program may be sent to by people: public ones alone, so that nobody reaches
// what only this machine reaches (server-side request forgery). An address is parsed once, here, and written anew; what
// its name resolves to is judged as a whole, and the address that is connected to once more, so that a name that
// answers differently the second time gains nothing. Pure but for ResolveHost. Thread-safe.
//
// Public: global unicast (IANA special-purpose registries, RFC 6890). An IPv4 address inside of an IPv6 one
// (IPv4-mapped, NAT64, 6to4) counts as itself; Teredo and all else of 2001::/23 is refused.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace likeness::net {

struct PublicUrl {
  std::string url;   // written anew: no user, no fragment
  std::string host;  // lower case, without brackets and last dot
  uint16_t port = 0;
};

// http or https on its own port, no user, a host in ASCII. InvalidArgument: no such address; PermissionDenied: a host
// that is no public one whatever it resolves to.
Result<PublicUrl> JudgeUrl(std::string_view url);
// Numeric, "192.0.2.1" or "2001:db8::1". PermissionDenied, without saying what it is.
Status JudgeAddress(const std::string& address, uint16_t port);
// Numeric addresses of a name, at least one. Unavailable.
Result<std::vector<std::string>> ResolveHost(const std::string& host);

// The three as one, so that a test can put itself in the place of the network.
struct AddressJudge {
  std::function<Result<PublicUrl>(std::string_view)> url = JudgeUrl;
  std::function<Result<std::vector<std::string>>(const std::string&)> resolve = ResolveHost;
  std::function<Status(const std::string&, uint16_t)> address = JudgeAddress;
};

}  // namespace likeness::net
