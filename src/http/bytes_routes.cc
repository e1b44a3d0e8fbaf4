// The bytes of pictures: /i/{id}/{size} with strong ETag, one Range, immutable caching and a name for downloads.
#include <fmt/format.h>

#include "base/text.h"
#include "http/routes.h"
#include "http/url.h"

namespace likeness::http {
namespace {

// One range of "bytes=a-b", "a-", "-n" (RFC 9110 14.1.2). kNone: no or several ranges, or another unit: the whole.
enum class RangeKind { kNone, kOne, kUnsatisfiable };
RangeKind ParseRange(std::string_view text, uint64_t length, uint64_t* first, uint64_t* last) {
  constexpr std::string_view kUnit = "bytes=";
  if (!text.starts_with(kUnit) || text.find(',') != std::string_view::npos) return RangeKind::kNone;
  text = Trim(text.substr(kUnit.size()));
  size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() > 40) return RangeKind::kNone;
  auto number = [](std::string_view digits, uint64_t* out) {
    *out = 0;
    for (char c : digits) {
      if (c < '0' || c > '9' || *out > uint64_t{1} << 59) return false;
      *out = *out * 10 + static_cast<uint64_t>(c - '0');
    }
    return !digits.empty();
  };
  uint64_t a = 0, b = 0;
  bool has_a = number(text.substr(0, dash), &a), has_b = number(text.substr(dash + 1), &b);
  if ((!has_a && dash != 0) || (!has_b && dash + 1 != text.size()) || (!has_a && !has_b)) return RangeKind::kNone;
  if (has_a && has_b && a > b) return RangeKind::kNone;
  if (!has_a) {
    if (b == 0 || length == 0) return RangeKind::kUnsatisfiable;
    *first = length - std::min(b, length);
    *last = length - 1;
    return RangeKind::kOne;
  }
  if (a >= length) return RangeKind::kUnsatisfiable;
  *first = a;
  *last = has_b ? std::min(b, length - 1) : length - 1;
  return RangeKind::kOne;
}

// What everybody may see stays as it is for ever; of the rest the right to see it is asked for each time.
const char* CacheControl(const Caller& caller, const catalog::Standing& standing) {
  const bool for_all = caller.visitors_look && catalog::Audience{.everything = false}.Sees(standing);
  if (!for_all) return "private, no-cache";
  // With people about, a picture that everybody sees may be kept from them tomorrow.
  return caller.accounts ? "public, max-age=3600" : "public, max-age=31536000, immutable";
}

bool CannotBeStripped(ErrorCode code) {
  return code == ErrorCode::kUnsupported || code == ErrorCode::kLimitExceeded || code == ErrorCode::kCorruption;
}

Result<Response> GetBytes(Context& context) {
  LK_ASSIGN(ImageId id, CapturedId(context));
  const Request& request = context.request;
  catalog::BlobKind kind;
  const std::string& size = context.captures[1];
  if (size == "thumb")
    kind = catalog::BlobKind::kThumbnail;
  else if (size == "preview")
    kind = catalog::BlobKind::kPreview;
  else if (size == "original")
    kind = catalog::BlobKind::kOriginal;
  else
    return Fail(ErrorCode::kNotFound, "no such size", "the sizes are thumb, preview and original");
  LK_ASSIGN(const catalog::Standing standing, context.library().FindStanding(id));
  LK_TRY(AuthorizeImage(context, Action::kSeeBytes, id));

  Result<engine::Library::ImageBytes> found = context.library().FindBytes(id, kind);
  // A picture no larger than a thumbnail has no preview of its own.
  if (!found && found.error().code == ErrorCode::kNotFound && kind == catalog::BlobKind::kPreview)
    found = context.library().FindBytes(id, catalog::BlobKind::kThumbnail);
  if (!found) return std::unexpected(found.error());

  const bool original = kind == catalog::BlobKind::kOriginal;
  const bool stripped = original && !SeesPlaces(request.caller) && (found->strippable || found->has_place);
  const std::string etag = fmt::format("\"{}{}\"", found->etag, stripped ? "-stripped" : "");
  // One address, and bytes that depend on who asks: nothing between may keep them.
  const bool by_caller = original && request.caller.accounts;
  const char* cache = by_caller ? "private, no-cache" : CacheControl(request.caller, standing);
  Response response;
  response.headers = {
      {"ETag", etag}, {"Cache-Control", cache}, {"Content-Security-Policy", "default-src 'none'; sandbox"}};
  if (MatchesEtag(request.header("if-none-match"), etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", found->mime);
  auto download = request.query.find("download");
  bool wants_file = download != request.query.end() && download->second != "0";
  if (wants_file || original)
    response.headers.emplace_back("Content-Disposition", Disposition(found->name, wants_file));
  if (stripped) {
    Result<Bytes> bytes = context.library().ReadStripped(id);
    if (!bytes && CannotBeStripped(bytes.error().code))
      return Fail(
          ErrorCode::kPermissionDenied,
          "the original may say where it was taken, and that cannot be left out of it: " + bytes.error().message,
          "log in, or take the preview");
    if (!bytes) return std::unexpected(bytes.error());
    response.body.assign(AsText(*bytes));
    return response;
  }
  response.extent = found->extent;
  response.headers.emplace_back("Accept-Ranges", "bytes");
  std::string_view range = request.header("range");
  std::string_view if_range = request.header("if-range");
  uint64_t first = 0, last = 0;
  if (!range.empty() && (if_range.empty() || if_range == etag)) {
    switch (ParseRange(range, found->extent.length, &first, &last)) {
      case RangeKind::kNone:
        break;
      case RangeKind::kOne:
        response.status = 206;
        response.headers.emplace_back("Content-Range",
                                      fmt::format("bytes {}-{}/{}", first, last, found->extent.length));
        response.extent.offset += first;
        response.extent.length = last - first + 1;
        break;
      case RangeKind::kUnsatisfiable: {
        uint64_t length = found->extent.length;
        response = Response{};
        response.status = 416;
        response.headers = {{"Content-Range", fmt::format("bytes */{}", length)}, {"Content-Type", "application/json"}};
        Json body = ToJson(
            Error{ErrorCode::kInvalidArgument, fmt::format("the range lies outside of the {} bytes", length), ""});
        response.body = body.Set("request_id", request.request_id).Dump();
        break;
      }
    }
  }
  return response;
}

}  // namespace

// A plain name for old clients, and the true one.
std::string Disposition(const std::string& name, bool download) {
  std::string plain;
  for (char c : name) plain.push_back(c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '%' ? c : '_');
  return fmt::format("{}; filename=\"{}\"; filename*=UTF-8''{}", download ? "attachment" : "inline", plain,
                     PercentEncode(name));
}

std::vector<Route> ByteRoutes() {
  return {{"GET", "/i/{id}/{size}", Action::kSeeBytes, GetBytes, true, true}};
}

}  // namespace likeness::http
