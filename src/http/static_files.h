// The built page, kept in memory: index.html for every page address, hashed assets for ever, precompressed forms where
// the build made them. Thread-safe after Load.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace likeness::http {

struct Request;
struct Response;

// The page's Content-Security-Policy; further hosts that scripts and frames may come from, separated by spaces.
std::string PagePolicy(std::string_view scripts = {}, std::string_view frames = {});

class StaticFiles {
 public:
  // Reads the folder; files ending .br or .gz are the compressed forms of their neighbours. Links are not followed.
  Status Load(const std::filesystem::path& folder);
  bool empty() const { return files_.empty(); }
  // Whether a GET of `path` is answered with index.html: an address without a dot in its last segment that is no file.
  bool IsPage(std::string_view path) const;
  std::string_view index() const;  // empty without a page

  // The answer to a GET of `path`. NotFound for a missing file; an address without a dot in its last segment is a page.
  Result<Response> Serve(const Request& request) const;

 private:
  struct Entry {
    std::string mime, etag;
    bool immutable = false;
    std::shared_ptr<const std::string> plain, gzip, brotli;
  };
  std::map<std::string, Entry, std::less<>> files_;  // by "/assets/x.js"
};

// Where the page lies beside the running program: ../share/likeness/web, or the source tree's web/dist. Empty if
// nowhere.
std::filesystem::path FindPageFolder();

}  // namespace likeness::http
