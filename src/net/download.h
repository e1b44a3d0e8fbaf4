// Fetching one large file over HTTPS, going on where an earlier attempt ended. No cookies, no
// credentials, no files of the user are read; the system's proxy settings hold. Single-threaded, blocking.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "base/error.h"
#include "base/threads.h"

namespace likeness::net {

struct DownloadOptions {
  uint64_t bytes_max = 0;          // more is refused; REQUIRES: above 0
  uint32_t idle_seconds_max = 60;  // without a byte
  // Bytes so far, and in all (0: not known); at most some times a second.
  std::function<void(uint64_t, uint64_t)> on_progress;
};

// The body of `url` into `path`. Bytes that `path` holds already are kept and the rest is asked for; a server that
// begins anew overwrites them. Synced when it is whole. https only, and http on the loopback interface; the same for
// redirects (at most 5).
// Errors: Unavailable (no connection, the server's trouble, broken off: what came stays), NotFound, LimitExceeded,
// Cancelled, InvalidArgument (address).
Status Download(const std::string& url, const std::filesystem::path& path, const DownloadOptions& options,
                const CancelFlag& cancel);

}  // namespace likeness::net
