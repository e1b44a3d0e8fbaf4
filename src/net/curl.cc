#include "net/curl.h"

#include <curl/curl.h>

namespace likeness::net {

void CurlEnd::operator()(void* curl) const {
  curl_easy_cleanup(curl);
}

Result<Curl> StartCurl() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!curl) return Fail(ErrorCode::kInternal, "libcurl does not start");
  return curl;
}

bool IsLoopbackUrl(std::string_view url) {
  return url.starts_with("http://127.0.0.1:") || url.starts_with("http://[::1]:");
}

}  // namespace likeness::net
