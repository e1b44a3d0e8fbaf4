#include "http/static_files.h"

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "base/checksum.h"
#include "base/files.h"
#include "http/api.h"
#include "http/compression.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr uint64_t kFileBytesMax = 64 << 20;

struct Kind {
  std::string_view extension, mime;
};
constexpr std::array<Kind, 16> kKinds = {{{".html", "text/html; charset=utf-8"},
                                          {".js", "text/javascript; charset=utf-8"},
                                          {".css", "text/css; charset=utf-8"},
                                          {".json", "application/json"},
                                          {".webmanifest", "application/manifest+json"},
                                          {".svg", "image/svg+xml"},
                                          {".png", "image/png"},
                                          {".jpg", "image/jpeg"},
                                          {".webp", "image/webp"},
                                          {".ico", "image/x-icon"},
                                          {".woff2", "font/woff2"},
                                          {".woff", "font/woff"},
                                          {".txt", "text/plain; charset=utf-8"},
                                          {".wasm", "application/wasm"},
                                          {".map", "application/json"},
                                          {".xml", "application/xml"}}};

std::string MimeOf(const std::string& extension) {
  for (const Kind& kind : kKinds) {
    if (kind.extension == extension) return std::string(kind.mime);
  }
  return "application/octet-stream";
}

}  // namespace

// Scripts and styles are files of ours only, and so is the WebAssembly that 'wasm-unsafe-eval' lets run; blob: and
// data: are pictures before their upload and placeholders.
std::string PagePolicy(std::string_view scripts, std::string_view frames) {
  return fmt::format(
      "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{}{}; style-src 'self'; img-src 'self' blob: data:; "
      "font-src 'self'; connect-src 'self'; {}{}{}manifest-src 'self'; base-uri 'none'; form-action 'self'; "
      "frame-ancestors 'none'",
      scripts.empty() ? "" : " ", scripts, frames.empty() ? "" : "frame-src ", frames, frames.empty() ? "" : "; ");
}

Status StaticFiles::Load(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::recursive_directory_iterator walk(folder, error);
  if (error)
    return Fail(ErrorCode::kNotFound,
                fmt::format("cannot read the page's folder {}: {}", folder.string(), error.message()));
  for (auto end = std::filesystem::recursive_directory_iterator(); walk != end; walk.increment(error)) {
    if (error)
      return Fail(ErrorCode::kIo,
                  fmt::format("cannot read the page's folder {}: {}", folder.string(), error.message()));
    if (!walk->is_regular_file() || walk->is_symlink()) continue;
    std::string name = "/" + walk->path().lexically_relative(folder).generic_string();
    LK_ASSIGN(Bytes bytes, ReadFile(walk->path(), kFileBytesMax));
    auto text = std::make_shared<const std::string>(AsText(bytes));
    std::string extension = walk->path().extension().string();
    if (extension == ".br" || extension == ".gz") {
      std::string plain = name.substr(0, name.size() - 3);
      (extension == ".br" ? files_[plain].brotli : files_[plain].gzip) = std::move(text);
      continue;
    }
    Entry& entry = files_[name];
    entry.mime = MimeOf(extension);
    entry.etag = fmt::format("{:08x}-{:x}", Crc32c(bytes), bytes.size());
    entry.immutable = name.starts_with("/assets/");
    entry.plain = std::move(text);
  }
  std::erase_if(files_, [](const auto& file) { return !file.second.plain; });
  for (auto& [name, entry] : files_) {
    bool text = entry.mime.starts_with("text/") || entry.mime.starts_with("application/j") ||
                entry.mime.starts_with("image/svg");
    if (!entry.gzip && text && entry.plain->size() > 1024)
      entry.gzip = std::make_shared<const std::string>(Gzip(*entry.plain, 9));
  }
  if (!files_.contains("/index.html"))
    return Fail(ErrorCode::kNotFound, fmt::format("{} has no index.html", folder.string()), "build the page in web/");
  return {};
}

bool StaticFiles::IsPage(std::string_view path) const {
  if (files_.contains(path)) return path == "/index.html";
  return path.substr(path.rfind('/') + 1).find('.') == std::string_view::npos;
}

std::string_view StaticFiles::index() const {
  const auto found = files_.find(std::string_view("/index.html"));
  return found == files_.end() ? std::string_view{} : std::string_view(*found->second.plain);
}

Result<Response> StaticFiles::Serve(const Request& request) const {
  std::string_view path = request.path;
  auto found = files_.find(path);
  if (found == files_.end()) {
    if (IsPage(path)) found = files_.find(std::string_view("/index.html"));
  }
  if (found == files_.end()) {
    if (files_.empty())
      return Fail(ErrorCode::kNotFound, "this server was started without the page",
                  "build web/ or name its folder with --page DIR");
    return Fail(ErrorCode::kNotFound, "no such file");
  }
  const Entry& entry = found->second;
  std::string_view accept = request.header("accept-encoding");
  Response response;
  std::string etag = entry.etag;
  response.shared_body = entry.plain;
  const char* coding = nullptr;
  if (entry.brotli && Accepts(accept, "br")) {
    response.shared_body = entry.brotli;
    coding = "br";
  } else if (entry.gzip && !entry.gzip->empty() && Accepts(accept, "gzip")) {
    response.shared_body = entry.gzip;
    coding = "gzip";
  }
  etag = fmt::format("\"{}{}{}\"", etag, coding ? "-" : "", coding ? coding : "");
  response.headers = {{"Content-Type", entry.mime},
                      {"ETag", etag},
                      {"Cache-Control", entry.immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"Content-Security-Policy", PagePolicy()},
                      {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"},
                      {"Cross-Origin-Opener-Policy", "same-origin"},
                      {"Referrer-Policy", "same-origin"},
                      {"Vary", "Accept-Encoding"}};
  if (MatchesEtag(request.header("if-none-match"), etag)) {
    response.status = 304;
    response.shared_body = nullptr;
  } else if (coding) {
    response.headers.emplace_back("Content-Encoding", coding);
  }
  return response;
}

std::filesystem::path FindPageFolder() {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  std::filesystem::path folder = self.parent_path();
  std::filesystem::path installed = folder.parent_path() / "share/likeness/web";
  if (std::filesystem::exists(installed / "index.html", error)) return installed;
  // From a build folder somewhere inside the source tree.
  for (int up = 0; up < 6 && folder.has_relative_path(); ++up, folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "web/dist/index.html", error)) return folder / "web/dist";
  }
  return {};
}

}  // namespace likeness::http
