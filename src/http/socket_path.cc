#include "http/socket_path.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace likeness::http {

Result<SocketPath> SocketPath::Open(const std::filesystem::path& path) {
  SocketPath out;
  out.text_ = path.string();
  if (out.text_.size() < sizeof(sockaddr_un::sun_path)) return out;
  std::filesystem::path folder = path.parent_path();
  out.folder_ = open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (out.folder_ < 0) return FailErrno(fmt::format("cannot open {}", folder.string()), errno);
  out.text_ = fmt::format("/proc/self/fd/{}/{}", out.folder_, path.filename().string());
  return out;
}

SocketPath::SocketPath(SocketPath&& other) noexcept
    : folder_(std::exchange(other.folder_, -1)), text_(std::move(other.text_)) {}

SocketPath::~SocketPath() {
  if (folder_ >= 0) close(folder_);
}

}  // namespace likeness::http
