// Albums, their share links, and favourites. Beside Catalog, over the same connections: a write that returned is
// durable, a full disk or a failed sync acts as there. None of it is in the feed, since no image changes.
//
// An album holds pictures in an order of its own, or is a smart one: an expression, and no pictures. Pictures in the
// trash stay in their albums and are not shown; those deleted for good leave them. Tables: docs/formats/catalog.md.
// Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/checksum.h"
#include "catalog/catalog.h"
#include "catalog/people.h"

namespace likeness::catalog {

class Connection;
using ShareId = StrongId<struct ShareIdTag>;

struct AlbumRow {
  AlbumId id = {};
  UserId owner = {};      // 0: the owner of the data folder
  std::string name = {};  // an owner has one of a name
  std::string description = {};
  Visibility visibility = Visibility::kPrivate;
  std::string expression = {};  // of a smart album; empty: it is none
  ImageId cover = {};           // chosen; 0: the first picture
  int64_t created_at_ms = 0, updated_at_ms = 0;

  bool smart() const { return !expression.empty(); }
};
struct AlbumEdit {
  std::optional<std::string> name = {}, description = {}, expression = {};
  std::optional<Visibility> visibility = {};
  std::optional<ImageId> cover = {};
};

// A link that shows an album to whoever holds its token.
struct ShareRow {
  ShareId id = {};
  AlbumId album = {};
  Sha256 token_hash = {};
  std::string password_hash = {};  // as a PasswordHasher writes it; empty: none
  // Whose sight the link lends: what that person does not see, the link does not show.
  Audience audience = {};
  int64_t created_at_ms = 0;
  int64_t expires_at_ms = 0;  // 0: never
};

// A page of pictures in a list's order. `after` and `next` are places in it, 0 the beginning.
struct ListedImages {
  uint64_t total = 0;        // that the audience finds
  std::vector<ImageId> ids;  // of the page
  int64_t next = 0;          // 0: the page is the last
};

class Albums {
 public:
  explicit Albums(Catalog::Impl& catalog) : catalog_(catalog) {}

  // row.id and the times are ignored. AlreadyExists: the owner has one of that name.
  Result<AlbumId> Create(const AlbumRow& row);
  // NotFound, AlreadyExists. cover 0 takes the choice back; one that is not there is NotFound.
  Status Edit(AlbumId id, const AlbumEdit& edit);
  Status Remove(AlbumId id);  // with its places and shares; NotFound
  // All or nothing. Adds at the end, in the order given; what is in it stays where it is. NotFound: the album, or a
  // picture to add.
  Status ChangeImages(AlbumId id, const std::vector<ImageId>& add, const std::vector<ImageId>& remove);

  Result<AlbumRow> Get(AlbumId id) const;  // NotFound
  Result<std::optional<AlbumRow>> Find(UserId owner, const std::string& name) const;
  // By name. Those that the audience finds: public ones and its own.
  Result<std::vector<AlbumRow>> List(const Audience& audience) const;
  Result<ListedImages> ListImages(AlbumId id, const Audience& audience, int64_t after, size_t limit) const;
  Result<std::vector<ImageId>> ListIds(AlbumId id) const;  // all outside the trash, ascending
  // Whether ListImages would have it.
  Result<bool> Shows(AlbumId id, const Audience& audience, ImageId image) const;
  // Grows with each change of an album or of what is in one.
  uint64_t version() const { return version_.load(); }

  // row.id is ignored. NotFound: the album.
  Result<ShareId> AddShare(const ShareRow& row);
  Status RemoveShare(AlbumId album, ShareId id);               // NotFound
  Result<std::vector<ShareRow>> ListShares(AlbumId id) const;  // newest first, expired ones too
  // NotFound when there is none, and when its time is over.
  Result<ShareRow> FindShare(const Sha256& token_hash) const;
  Result<ShareRow> GetShare(ShareId id) const;

  // User 0: the owner of the data folder. Already so: nothing happens. NotFound: the picture.
  Status SetFavourite(UserId user, ImageId image, bool favourite);
  Status AddFavourites(UserId user, const std::vector<ImageId>& images);  // all or none
  Result<bool> IsFavourite(UserId user, ImageId image) const;
  Result<std::vector<ImageId>> ListFavouriteIds(UserId user) const;  // all outside the trash
  // Those marked last first.
  Result<ListedImages> ListFavourites(UserId user, const Audience& audience, int64_t after, size_t limit) const;

 private:
  Status Write(const std::function<Status(Connection&)>& body);

  Catalog::Impl& catalog_;
  std::atomic<uint64_t> version_{1};
};

}  // namespace likeness::catalog
