// Who has opened which share link: a browser that knew the token, and the password if there is one, holds a secret in a
// cookie of the link's album; here stands its hash. A grant is for one link, whatever other links have the same
// password; it lasts until the link ends, the server does, or a thousand newer ones of that link came. Wrong passwords
// of a link are counted here as well: ten at once, then one every six seconds. Thread-safe.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/checksum.h"
#include "catalog/albums.h"

namespace likeness::http {

class ShareGrants {
 public:
  using Clock = std::chrono::steady_clock;

  // The Set-Cookie value that lets a browser see the album. `secure`: it came over https.
  Result<std::string> Open(catalog::ShareId share, AlbumId album, bool secure);
  // Links that the cookies open, each once; whether they still are is the catalog's business.
  struct Grant {
    catalog::ShareId share;
    AlbumId album;
    friend bool operator==(const Grant&, const Grant&) = default;
  };
  std::vector<Grant> FindIn(std::string_view cookie_header) const;
  bool AnyIn(std::string_view cookie_header) const { return !FindIn(cookie_header).empty(); }

  // Unavailable while there were too many wrong passwords. A right one is told by Forgive.
  Status TryPassword(catalog::ShareId share, Clock::time_point now);
  void Forgive(catalog::ShareId share);

 private:
  struct Tries {
    double left = 0;
    Clock::time_point at{};
  };
  mutable std::mutex mutex_;
  std::map<Sha256, Grant> grants_;
  std::map<catalog::ShareId, std::deque<Sha256>> by_share_;  // oldest first
  std::map<catalog::ShareId, Tries> tries_;
};

// 128 random bits as 32 hexadecimal digits.
Result<std::string> MakeSecret();

}  // namespace likeness::http
