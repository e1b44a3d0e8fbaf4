// Share links: made and ended by who may change the album, opened by whoever has the token. What an opened link shows
// is asked here each time (the link, its time and the album may have ended), through the eyes of who made it.
#include <fmt/format.h>

#include "http/account_json.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr size_t kPasswordBytesMin = 4, kPasswordBytesMax = 256;

struct OpenLink {
  catalog::ShareRow share;
  catalog::AlbumRow album;
};

// NotFound when the link, its album or the account of who made it has ended. It shows what that person may see now.
Result<OpenLink> Follow(const Context& context, catalog::ShareId id) {
  LK_ASSIGN(catalog::ShareRow share, context.library().albums().GetShare(id));
  if (share.audience.user) {
    LK_ASSIGN(account::Service * service, ServiceOf(context));
    const std::optional<account::Person> person = service->Find(share.audience.user);
    if (!person || person->disabled) return Fail(ErrorCode::kNotFound, "there is no such share link");
    share.audience.everything = share.audience.everything && person->role >= catalog::Role::kModerator;
  }
  LK_ASSIGN(catalog::AlbumRow album, context.library().albums().Get(share.album));
  return OpenLink{std::move(share), std::move(album)};
}

// The link to the album of the route that this browser has opened.
Result<OpenLink> CapturedLink(const Context& context) {
  LK_ASSIGN(const ImageId number, CapturedId(context));
  for (const ShareGrants::Grant& grant : context.api.grants.FindIn(context.request.header("cookie"))) {
    if (grant.album.value != number.value) continue;
    if (Result<OpenLink> link = Follow(context, grant.share)) return link;
  }
  return Fail(ErrorCode::kNotFound, "there is no such album", "open the link to it again");
}

Result<Json> DescribeShared(const Context& context, const OpenLink& link) {
  LK_ASSIGN(const engine::AlbumView view, context.library().DescribeAlbum(link.album, link.share.audience));
  return ToJson(context, view);
}

Json ToJson(const catalog::ShareRow& share) {
  Json out = Json().Set("id", share.id.value).Set("created_at", IsoTime(share.created_at_ms));
  if (share.expires_at_ms) out.Set("expires_at", IsoTime(share.expires_at_ms));
  return out.Set("has_password", !share.password_hash.empty());
}

Result<Response> ListShares(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_ASSIGN(const std::vector<catalog::ShareRow> shares, context.library().albums().ListShares(album.id));
  Json out = Json::MakeArray();
  for (const catalog::ShareRow& share : shares) out.Append(ToJson(share));
  return JsonResponse(Json().Set("shares", std::move(out)));
}

Result<Response> CreateShare(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const auto expires = fields.String("expires_at"), password = fields.String("password");
  catalog::ShareRow share;
  if (expires) {
    const Result<int64_t> at = ParseIsoTime(*expires);
    if (!at)
      fields.Fault("expires_at", "expected a time in UTC, as 2027-01-31T12:00:00Z");
    else if (*at / 1000 <= std::time(nullptr))
      fields.Fault("expires_at", "that time is over");
    else
      share.expires_at_ms = *at;
  }
  if (password && (password->size() < kPasswordBytesMin || password->size() > kPasswordBytesMax))
    fields.Fault("password", fmt::format("expected {} to {} bytes", kPasswordBytesMin, kPasswordBytesMax));
  LK_TRY(fields.Finish());
  if (password) {
    LK_ASSIGN(account::Service * service, ServiceOf(context));
    LK_ASSIGN(share.password_hash, service->hasher().Hash(*password));
  }
  // A link lends the sight of the album's owner, also when a moderator makes it.
  const Caller& caller = context.request.caller;
  share.album = album.id;
  share.audience = {.everything = AudienceOf(caller).everything && album.owner == caller.user, .user = album.owner};
  LK_ASSIGN(const std::string token, MakeSecret());
  share.token_hash = ComputeSha256(AsBytes(token));
  LK_ASSIGN(const catalog::ShareId id, context.library().albums().AddShare(share));
  LK_ASSIGN(share, context.library().albums().GetShare(id));
  return JsonResponse(ToJson(share).Set("url_path", "/s/" + token));
}

Result<Response> DeleteShare(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_ASSIGN(const ImageId number, CapturedId(context, 1));
  LK_TRY(context.library().albums().RemoveShare(album.id, catalog::ShareId{number.value}));
  return NoContent();
}

Result<Response> OpenShare(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const auto token = fields.String("token"), password = fields.String("password");
  fields.Require("token");
  LK_TRY(fields.Finish());
  LK_ASSIGN(const catalog::ShareRow share, context.library().albums().FindShare(ComputeSha256(AsBytes(*token))));
  if (!share.password_hash.empty()) {
    if (!password) return Fail(ErrorCode::kUnauthenticated, "this link has a password", "give the password beside it");
    LK_TRY(context.api.grants.TryPassword(share.id, ShareGrants::Clock::now()));
    LK_ASSIGN(account::Service * service, ServiceOf(context));
    LK_ASSIGN(const bool right,
              service->hasher().Verify(password->substr(0, kPasswordBytesMax + 1), share.password_hash));
    if (!right) return Fail(ErrorCode::kPermissionDenied, "the password is wrong");
    context.api.grants.Forgive(share.id);
  }
  LK_ASSIGN(const OpenLink link, Follow(context, share.id));
  LK_ASSIGN(Json album, DescribeShared(context, link));
  // Browsers say with each change which page asks for it, and so whether it came over https.
  const bool secure = context.request.header("origin").starts_with("https://");
  LK_ASSIGN(std::string cookie, context.api.grants.Open(share.id, share.album, secure));
  Response response = JsonResponse(Json().Set("album", std::move(album)));
  response.headers.emplace_back("Set-Cookie", std::move(cookie));
  return response;
}

Result<Response> GetShared(Context& context) {
  LK_ASSIGN(const OpenLink link, CapturedLink(context));
  LK_ASSIGN(const Json album, DescribeShared(context, link));
  return JsonResponse(album);
}

Result<Response> ListShared(Context& context) {
  LK_ASSIGN(const OpenLink link, CapturedLink(context));
  return ListAlbum(context, link.album, link.share.audience, true);
}

}  // namespace

bool ShownByLink(const Context& context, ImageId id) {
  if (!context.api.options.library) return false;
  const Result<catalog::Standing> standing = context.library().FindStanding(id);
  if (!standing) return false;
  for (const ShareGrants::Grant& grant : context.api.grants.FindIn(context.request.header("cookie"))) {
    const Result<OpenLink> link = Follow(context, grant.share);
    // The album's set may be a moment older than what was just kept from everybody.
    if (!link || standing->trashed || !link->share.audience.Finds(*standing)) continue;
    if (context.library().AlbumShows(link->album, link->share.audience, id).value_or(false)) return true;
  }
  return false;
}

std::vector<Route> ShareRoutes() {
  return {
      {"GET", "/api/v1/albums/{id}/shares", Action::kCollect, ListShares},
      {"POST", "/api/v1/albums/{id}/shares", Action::kCollect, CreateShare},
      {"DELETE", "/api/v1/albums/{id}/shares/{share}", Action::kCollect, DeleteShare},
      {"POST", "/api/v1/share", Action::kShared, OpenShare},
      {"GET", "/api/v1/shared/{id}", Action::kShared, GetShared},
      {"GET", "/api/v1/shared/{id}/images", Action::kShared, ListShared},
  };
}

}  // namespace likeness::http
