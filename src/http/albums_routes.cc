// Albums and favourites. Who may see or change an album is judged in CapturedAlbum; of its pictures everybody sees
// those that he may find.
#include <fmt/format.h>

#include "base/text.h"
#include "http/routes.h"

namespace likeness::http {
namespace {

constexpr size_t kImagesAtOnceMax = 10'000;

bool MayChange(const Context& context, const catalog::AlbumRow& album) {
  const Caller& caller = context.request.caller;
  return AudienceOf(caller).everything || (caller.user && album.owner == caller.user);
}

Result<Response> ShowAlbum(Context& context, const catalog::AlbumRow& album) {
  LK_ASSIGN(const engine::AlbumView view, context.library().DescribeAlbum(album, AudienceOf(context.request.caller)));
  return JsonResponse(ToJson(context, view));
}

Result<Response> ShowAlbum(Context& context, AlbumId id) {
  LK_ASSIGN(const catalog::AlbumRow album, context.library().albums().Get(id));
  return ShowAlbum(context, album);
}

Result<Response> ListAlbums(Context& context) {
  LK_ASSIGN(const bool own, QueryBool(context.request, "own", false));
  const catalog::Audience audience = AudienceOf(context.request.caller);
  LK_ASSIGN(const std::vector<catalog::AlbumRow> albums, context.library().albums().List(audience));
  Json out = Json::MakeArray();
  for (const catalog::AlbumRow& album : albums) {
    if (own && album.owner != context.request.caller.user) continue;
    LK_ASSIGN(const engine::AlbumView view, context.library().DescribeAlbum(album, audience));
    out.Append(ToJson(context, view));
  }
  return JsonResponse(Json().Set("albums", std::move(out)));
}

// The members that POST and PATCH have in common.
catalog::AlbumEdit TakeEdit(Fields& fields, const Limits& limits) {
  catalog::AlbumEdit edit;
  edit.name = fields.String("name");
  edit.description = fields.String("description");
  edit.expression = fields.String("expression");
  const auto visibility = fields.String("visibility");
  if (visibility) {
    edit.visibility = VisibilityFromName(*visibility);
    if (!edit.visibility) fields.Fault("visibility", "expected public, unlisted or private");
  }
  if (edit.name) {
    if (edit.name->size() > limits.tag_bytes_max)
      fields.Fault("name", fmt::format("more than {} bytes", limits.tag_bytes_max));
    *edit.name = CleanText(*edit.name, limits.tag_bytes_max);
    if (edit.name->empty()) fields.Fault("name", "an album needs a name");
  }
  if (edit.description) {
    if (edit.description->size() > limits.text_bytes_max)
      fields.Fault("description", fmt::format("more than {} bytes", limits.text_bytes_max));
    *edit.description = CleanText(*edit.description, limits.text_bytes_max, true);
  }
  return edit;
}

Result<Response> CreateAlbum(Context& context) {
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const catalog::AlbumEdit given = TakeEdit(fields, context.limits());
  fields.Require("name");
  LK_TRY(fields.Finish());
  catalog::AlbumRow album;
  album.owner = context.request.caller.user;
  album.name = *given.name;
  album.description = given.description.value_or("");
  album.visibility = given.visibility.value_or(catalog::Visibility::kPrivate);
  if (given.expression) {
    auto checked = context.library().CheckAlbumExpression(*given.expression);
    if (!checked) return FaultResponse(context, checked.error());
    album.expression = *checked;
  }
  LK_ASSIGN(const AlbumId id, context.library().albums().Create(album));
  return ShowAlbum(context, id);
}

Result<Response> GetAlbum(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, false));
  return ShowAlbum(context, album);
}

Result<Response> EditAlbum(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  catalog::AlbumEdit edit = TakeEdit(fields, context.limits());
  if (auto cover = fields.Int("cover_id", 0, int64_t{1} << 60)) edit.cover = ImageId{static_cast<uint64_t>(*cover)};
  if (edit.expression && !album.smart())
    fields.Fault("expression", "this album holds pictures; only a smart one has an expression");
  LK_TRY(fields.Finish());
  if (edit.cover && *edit.cover) LK_TRY(AuthorizeImage(context, Action::kSeeImage, *edit.cover));
  if (edit.expression) {
    auto checked = context.library().CheckAlbumExpression(*edit.expression);
    if (!checked) return FaultResponse(context, checked.error());
    edit.expression = *checked;
  }
  LK_TRY(context.library().albums().Edit(album.id, edit));
  return ShowAlbum(context, album.id);
}

Result<Response> DeleteAlbum(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_TRY(context.library().albums().Remove(album.id));
  return NoContent();
}

Result<Response> ListAlbumImages(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, false));
  return ListAlbum(context, album, AudienceOf(context.request.caller));
}

Result<Response> ChangeAlbumImages(Context& context) {
  LK_ASSIGN(const catalog::AlbumRow album, CapturedAlbum(context, true));
  LK_ASSIGN(Json body, JsonBody(context));
  Fields fields(body);
  const std::vector<ImageId> add = TakeIds(fields, "add", kImagesAtOnceMax);
  const std::vector<ImageId> remove = TakeIds(fields, "remove", kImagesAtOnceMax);
  LK_TRY(fields.Finish());
  for (ImageId id : add) LK_TRY(AuthorizeImage(context, Action::kSeeImage, id));
  LK_TRY(context.library().albums().ChangeImages(album.id, add, remove));
  return ShowAlbum(context, album.id);
}

Result<Response> SetFavourite(Context& context, bool favourite) {
  LK_ASSIGN(const ImageId id, CapturedId(context));
  if (favourite) LK_TRY(AuthorizeImage(context, Action::kSeeImage, id));
  LK_TRY(context.library().albums().SetFavourite(context.request.caller.user, id, favourite));
  return NoContent();
}
Result<Response> AddFavourite(Context& context) {
  return SetFavourite(context, true);
}
Result<Response> RemoveFavourite(Context& context) {
  return SetFavourite(context, false);
}

Result<Response> ListFavourites(Context& context) {
  LK_ASSIGN(const engine::FindOptions page, PageFromQuery(context));
  const Caller& caller = context.request.caller;
  LK_ASSIGN(const engine::FindResult found,
            context.library().ListFavourites(caller.user, AudienceOf(caller), page.after, page.count));
  return JsonResponse(PageToJson(context, found));
}

}  // namespace

Json ToJson(const Context& context, const engine::AlbumView& view) {
  const catalog::AlbumRow& album = view.album;
  Json out = Json()
                 .Set("id", album.id.value)
                 .Set("name", album.name)
                 .Set("description", album.description)
                 .Set("visibility", VisibilityName(album.visibility))
                 .Set("smart", album.smart());
  if (album.smart()) out.Set("expression", album.expression);
  out.Set("count", view.count);
  if (view.cover) out.Set("cover_id", view.cover.value);
  return out.Set("owner", UserToJson(context, album.owner))
      .Set("editable", MayChange(context, album))
      .Set("created_at", IsoTime(album.created_at_ms))
      .Set("updated_at", IsoTime(album.updated_at_ms));
}

Result<catalog::AlbumRow> CapturedAlbum(Context& context, bool to_change) {
  LK_ASSIGN(const ImageId number, CapturedId(context));
  return AlbumFor(context, AlbumId{number.value}, to_change);
}

Result<catalog::AlbumRow> AlbumFor(const Context& context, AlbumId id, bool to_change) {
  LK_ASSIGN(catalog::AlbumRow album, context.library().albums().Get(id));
  const bool may_change = MayChange(context, album);
  if (!may_change && album.visibility == catalog::Visibility::kPrivate)
    return Fail(ErrorCode::kNotFound, fmt::format("there is no album {}", id.value));
  if (to_change && !may_change)
    return Fail(ErrorCode::kPermissionDenied, "this album is somebody else's",
                "only its owner and moderators change it");
  return album;
}

Result<Response> ListAlbum(Context& context, const catalog::AlbumRow& album, const catalog::Audience& audience,
                           bool by_link) {
  LK_ASSIGN(const engine::FindOptions page, PageFromQuery(context));
  const auto found = context.library().ListAlbumImages(album, audience, page.after, page.count);
  if (!found) return FaultResponse(context, found.error());
  return JsonResponse(PageToJson(context, *found, by_link));
}

std::vector<Route> AlbumRoutes() {
  return {
      {"GET", "/api/v1/albums", Action::kList, ListAlbums},
      {"POST", "/api/v1/albums", Action::kCollect, CreateAlbum},
      {"GET", "/api/v1/albums/{id}", Action::kList, GetAlbum},
      {"PATCH", "/api/v1/albums/{id}", Action::kCollect, EditAlbum},
      {"DELETE", "/api/v1/albums/{id}", Action::kCollect, DeleteAlbum},
      {"GET", "/api/v1/albums/{id}/images", Action::kList, ListAlbumImages},
      {"POST", "/api/v1/albums/{id}/images", Action::kCollect, ChangeAlbumImages},
      {"PUT", "/api/v1/images/{id}/favourite", Action::kCollect, AddFavourite},
      {"DELETE", "/api/v1/images/{id}/favourite", Action::kCollect, RemoveFavourite},
      {"GET", "/api/v1/favourites", Action::kCollect, ListFavourites},
  };
}

}  // namespace likeness::http
