// What is in albums. Which of its pictures somebody sees is said by his audience, here as in every list.
#include <algorithm>

#include "engine/library_impl.h"
#include "engine/stopwatch.h"

namespace likeness::engine {
namespace {

// The page of a list in the catalog's order.
Result<FindResult> ShowPage(const catalog::Catalog& catalog, const catalog::ListedImages& page, double ms) {
  FindResult out;
  out.total = page.total;
  out.took_ms = ms;
  LK_ASSIGN(out.images, catalog.GetImages(page.ids));  // some may have been deleted since
  if (page.next != 0) out.next = FindCursor{.key = page.next};
  return out;
}

int64_t PlaceOf(const std::optional<FindCursor>& after) {
  return after ? std::max<int64_t>(after->key, 0) : 0;
}

}  // namespace

catalog::Albums& Library::albums() const {
  return impl_->catalog->albums();
}

ExpressionResult<FindResult> Library::ListAlbumImages(const catalog::AlbumRow& album, const catalog::Audience& audience,
                                                      const std::optional<FindCursor>& after, size_t count) const {
  if (album.smart())
    return Find(
        {.expression = album.expression, .audience = audience, .after = after, .count = count, .of_smart_album = true});
  const Stopwatch watch;
  LK_ASSIGN(const catalog::ListedImages page, albums().ListImages(album.id, audience, PlaceOf(after), count));
  LK_ASSIGN(FindResult out, ShowPage(*impl_->catalog, page, watch.ms()));
  return out;
}

Result<bool> Library::AlbumShows(const catalog::AlbumRow& album, const catalog::Audience& audience, ImageId id) const {
  if (!album.smart()) return albums().Shows(album.id, audience, id);
  ExpressionResult<SharedIds> ids = CollectAlbum(album, audience);
  if (!ids) return std::unexpected(ids.error().error);
  return std::ranges::binary_search(**ids, id);
}

Result<AlbumView> Library::DescribeAlbum(const catalog::AlbumRow& album, const catalog::Audience& audience) const {
  AlbumView view;
  view.album = album;
  const auto first = ListAlbumImages(album, audience, {}, 1);
  // A smart album whose expression has become wrong is shown as an empty one, so that it can be mended.
  if (!first) return album.smart() ? Result<AlbumView>(view) : std::unexpected(first.error().error);
  view.count = first->total;
  if (!first->images.empty()) view.cover = first->images.front().id;
  if (album.cover) {
    LK_ASSIGN(const bool shown, AlbumShows(album, audience, album.cover));
    if (shown) view.cover = album.cover;
  }
  return view;
}

Result<FindResult> Library::ListFavourites(UserId user, const catalog::Audience& audience,
                                           const std::optional<FindCursor>& after, size_t count) const {
  const Stopwatch watch;
  LK_ASSIGN(const catalog::ListedImages page, albums().ListFavourites(user, audience, PlaceOf(after), count));
  return ShowPage(*impl_->catalog, page, watch.ms());
}

}  // namespace likeness::engine
