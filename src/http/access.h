// The one place that says who may do what. Every route and every byte path asks Authorize; what is not allowed here is
// refused. Who asks is a Caller: the door a request came through says whether it is the owner of the data folder, and
// the session or token it carries says which person. Pure.
//
// A library without accounts has one owner and is served on loopback only: whoever reaches it there may do all that the
// page offers, and nothing that names files of this machine. With the first account that ends.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "base/ids.h"
#include "catalog/people.h"

namespace likeness::http {

// What an API token is good for. Bits; a session has all.
enum Scope : uint32_t { kScopeRead = 1, kScopeAdd = 2, kScopeEdit = 4, kScopeModerate = 8, kScopeManage = 16 };
inline constexpr uint32_t kScopesAll = 31;

struct Caller {
  enum class Door : uint8_t { kNetwork, kOwner /* the socket, or in-process */ };
  Door door = Door::kNetwork;
  // Of the network:
  bool accounts = false;      // the library has people
  bool visitors_look = true;  // and lets those look who have not logged in
  UserId user = {};           // who is logged in
  catalog::Role role = catalog::Role::kVisitor;
  bool by_token = false;  // an API token speaks for the user
  uint32_t scopes = kScopesAll;

  bool owner() const { return door == Door::kOwner; }
};
inline constexpr Caller kOwner{.door = Caller::Door::kOwner};

enum class Action : uint8_t {
  kProbe,     // is the process alive and ready
  kSignIn,    // what the site is, logging in, signing up, resetting a password
  kAccount,   // one's own account, sessions and tokens; never by a token
  kOperate,   // figures of the program: metrics
  kList,      // the gallery: lists, layout, tags, statistics, events
  kSeeImage,  // one picture's facts; also whether it may show up among search hits and groups
  kSeeBytes,  // one picture's bytes, of any size
  kSearch,
  kShared,   // opening a share link, and what it shows; who holds one is judged by the link
  kCollect,  // favourites and albums of one's own
  kAdd,
  kEdit,      // one's own pictures, any for moderators; the trash too
  kDelete,    // for good
  kDecide,    // about copies, rules of tags, the queue of what waits for approval
  kModerate,  // hash lists: what they hold is not for everybody
  kManage,    // accounts and settings
  kLocal,     // anything with paths of this machine, repair and maintenance
};

// Whether the caller may do it to anything at all. Unauthenticated where logging in would help, PermissionDenied where
// it would not, NotFound where the route is nobody's business.
Status Authorize(const Caller& caller, Action action);
// Whether to this picture. One that the caller cannot see is answered like one that is not there.
Status Authorize(const Caller& caller, Action action, ImageId id, const catalog::Standing& standing);
// Whether it is about one picture, whose facts and bytes a share link shows as well.
bool ConcernsOnePicture(Action action);

// Whether facts and originals may tell the caller where a picture was taken. A share link is no reason to.
bool SeesPlaces(const Caller& caller);

// Whose eyes lists and searches are for. REQUIRES: the caller may kList.
catalog::Audience AudienceOf(const Caller& caller);

}  // namespace likeness::http
