// What every use of libcurl here shares. Internal to net.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::net {

struct CurlEnd {
  void operator()(void* curl) const;
};
using Curl = std::unique_ptr<void, CurlEnd>;  // a CURL*

Result<Curl> StartCurl();  // Internal
bool IsLoopbackUrl(std::string_view url);

}  // namespace likeness::net
