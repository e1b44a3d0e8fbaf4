#include "net/fetch_public.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "net/fetch.h"

namespace likeness::net {
namespace {

constexpr int kRedirectsMax = 3;

std::unexpected<Error> NothingThere(const PublicUrl& from) {
  return Fail(ErrorCode::kUnavailable, fmt::format("nothing could be fetched from {}", from.host),
              "see whether a browser shows it without logging in; else fetch the file yourself and upload it");
}

// Refused when any of its addresses is.
Status JudgeHost(const PublicUrl& url, const AddressJudge& judge) {
  Result<std::vector<std::string>> addresses = judge.resolve(url.host);
  if (!addresses) return NothingThere(url);
  for (const std::string& address : *addresses) LK_TRY(judge.address(address, url.port));
  return {};
}

}  // namespace

Result<PublicBody> FetchPublic(std::string_view url, const AddressJudge& judge, const FetchPublicOptions& options) {
  using Clock = std::chrono::steady_clock;
  Clock::duration left = std::chrono::seconds(options.seconds_max);
  std::string next(url);
  for (int redirects = 0; redirects <= kRedirectsMax; ++redirects) {
    LK_ASSIGN(const PublicUrl judged, judge.url(next));
    LK_TRY(JudgeHost(judged, judge));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(left).count();
    if (seconds <= 0) return NothingThere(judged);
    bool refused = false;
    FetchOptions fetch;
    fetch.bytes_max = options.bytes_max;
    fetch.seconds_max = static_cast<uint32_t>(seconds);
    fetch.plain_http = true;
    fetch.cancel = options.cancel;
    // Refused once, refused for every further address of the name.
    fetch.judge_address = [&](const std::string& address, uint16_t port) -> Status {
      Status status = judge.address(address, port);
      refused = refused || !status;
      if (status && refused) return Fail(ErrorCode::kPermissionDenied, "another address of this name is not public");
      return status;
    };
    const Clock::time_point start = Clock::now();
    Result<FetchAnswer> answer = Fetch(judged.url, fetch);
    left -= Clock::now() - start;
    if (!answer) {
      const ErrorCode code = answer.error().code;
      const bool ours = code == ErrorCode::kPermissionDenied || code == ErrorCode::kCancelled;
      if (code == ErrorCode::kLimitExceeded)
        return Fail(code, fmt::format("what {} sends has more than {} bytes", judged.host, options.bytes_max),
                    "raise limits.file_bytes_max to allow it");
      return ours ? std::unexpected(answer.error()) : NothingThere(judged);
    }
    if (answer->redirect_url.empty()) {
      if (answer->status != 200 || answer->body.empty()) return NothingThere(judged);
      return PublicBody{std::move(answer->body), judged.url};
    }
    next = answer->redirect_url;
  }
  return Fail(ErrorCode::kUnavailable, fmt::format("the address leads on more than {} times", kRedirectsMax),
              "give the address of the picture itself");
}

}  // namespace likeness::net
