// The address of a Unix socket in a folder, whatever the length of the folder's path: sun_path holds 108 bytes, so a
// longer path is spoken through an open descriptor of the folder. Keep the object while the address is used.
#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"

namespace likeness::http {

class SocketPath {
 public:
  static Result<SocketPath> Open(const std::filesystem::path& path);
  SocketPath(SocketPath&& other) noexcept;
  SocketPath& operator=(SocketPath&&) = delete;
  ~SocketPath();
  const std::string& text() const { return text_; }

 private:
  SocketPath() = default;
  int folder_ = -1;
  std::string text_;
};

}  // namespace likeness::http
