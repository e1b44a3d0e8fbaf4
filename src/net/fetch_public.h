// The body of a public address that a person named (address_judge.h). At most three redirects, each judged anew; no
// proxy, no cookies, no credentials, no content encoding. What the other server is or says is never told: whatever goes
// wrong between here and there is the same error, so that nobody learns which ports are open. Thread-safe, blocking.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/threads.h"
#include "net/address_judge.h"

namespace likeness::net {

struct FetchPublicOptions {
  uint64_t bytes_max = 64ull << 20;
  uint32_t seconds_max = 10;  // for everything together, names apart
  const CancelFlag* cancel = nullptr;
};
struct PublicBody {
  std::string bytes;
  std::string url;  // where it came from in the end
};

// InvalidArgument and PermissionDenied: the address, or where it leads. LimitExceeded: too large. Unavailable: all
// else.
Result<PublicBody> FetchPublic(std::string_view url, const AddressJudge& judge, const FetchPublicOptions& options);

}  // namespace likeness::net
