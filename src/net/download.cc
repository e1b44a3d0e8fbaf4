#include "net/download.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "net/curl.h"

namespace likeness::net {
namespace {

using Clock = std::chrono::steady_clock;

struct Transfer {
  CURL* curl = nullptr;
  const DownloadOptions& options;
  const CancelFlag& cancel;
  File file;
  uint64_t held = 0;     // what the file had, and was not asked for
  uint64_t written = 0;  // where the next byte goes
  bool begun = false;
  std::optional<Error> error;
  Clock::time_point told{};

  // The first byte of the body: whether the server goes on or begins anew.
  bool Begin() {
    begun = true;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    written = status == 206 ? held : 0;
    if (status != 206 && held > 0) {
      if (Status truncated = file.Truncate(0); !truncated) error = truncated.error();
    }
    return !error;
  }

  void Tell(uint64_t total) {
    const auto now = Clock::now();
    if (!options.on_progress || now - told < std::chrono::milliseconds(100)) return;
    told = now;
    options.on_progress(written, total);
  }
};

size_t OnBody(char* data, size_t, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.begun && !transfer.Begin()) return 0;
  if (count > transfer.options.bytes_max - std::min(transfer.written, transfer.options.bytes_max)) {
    transfer.error = Error{
        ErrorCode::kLimitExceeded, fmt::format("the server sends more than {} bytes", transfer.options.bytes_max), {}};
    return 0;
  }
  Status put = transfer.file.Pwrite(transfer.written, AsBytes({data, count}));
  if (!put) {
    transfer.error = put.error();
    return 0;
  }
  transfer.written += count;
  return count;
}

int OnProgress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  const uint64_t from = transfer.begun && transfer.written >= transfer.held ? transfer.held : 0;
  transfer.Tell(total > 0 ? from + static_cast<uint64_t>(total) : 0);
  return transfer.cancel.cancelled() ? 1 : 0;
}

Error HttpError(long status, const std::string& url) {
  const ErrorCode code = status == 404 || status == 410 ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  const char* hint = status == 401 || status == 403
                         ? "the server wants an account: fetch the file by hand and use --from DIR"
                     : code == ErrorCode::kNotFound ? "the file may have moved: fetch it by hand and use --from DIR"
                                                    : "try again later; what came so far is kept";
  return {code, fmt::format("{} answers {}", CleanText(url, 300), status), hint};
}

}  // namespace

Status Download(const std::string& url, const std::filesystem::path& path, const DownloadOptions& options,
                const CancelFlag& cancel) {
  const bool loopback = IsLoopbackUrl(url);
  if (!loopback && !url.starts_with("https://"))
    return Fail(ErrorCode::kInvalidArgument, fmt::format("{} does not begin with https://", CleanText(url, 300)));
  LK_ASSIGN(Curl curl, StartCurl());
  Transfer transfer{.curl = curl.get(), .options = options, .cancel = cancel, .file = {}, .error = {}};
  LK_ASSIGN(transfer.file, File::Open(path, File::Mode::kCreate));
  LK_ASSIGN(transfer.held, transfer.file.Size());
  char reason[CURL_ERROR_SIZE] = {};
  const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(curl.get(), option, value); };
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, loopback ? "http" : "https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_USERAGENT, "likeness");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 30L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.idle_seconds_max));
  set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.held));
  set(CURLOPT_WRITEFUNCTION, OnBody);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, OnProgress);
  set(CURLOPT_XFERINFODATA, &transfer);
  set(CURLOPT_ERRORBUFFER, reason);
  if (loopback) set(CURLOPT_NOPROXY, "*");
  const CURLcode code = curl_easy_perform(curl.get());
  if (transfer.error) return std::unexpected(std::move(*transfer.error));
  if (code == CURLE_ABORTED_BY_CALLBACK || cancel.cancelled())
    return Fail(ErrorCode::kCancelled, "stopped; what came so far is kept");
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  // Nothing is left of it, or what is there is not of this file; or the server cannot go on: begin anew once.
  if (transfer.held > 0 && (status == 416 || code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME)) {
    LK_TRY(transfer.file.Truncate(0));
    transfer.file = {};
    return Download(url, path, options, cancel);
  }
  if (code == CURLE_HTTP_RETURNED_ERROR) return std::unexpected(HttpError(status, url));
  if (code != CURLE_OK)
    return Fail(ErrorCode::kUnavailable,
                fmt::format("cannot fetch {}: {}", CleanText(url, 300),
                            CleanText(*reason ? reason : curl_easy_strerror(code), 300)),
                "the same command again goes on where it ended; --from DIR takes files that are here already");
  if (!transfer.begun && !transfer.Begin()) return std::unexpected(std::move(*transfer.error));
  LK_TRY(transfer.file.Truncate(transfer.written));
  return transfer.file.Sync();
}

}  // namespace likeness::net
