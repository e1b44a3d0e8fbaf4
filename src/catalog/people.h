// Who people are to the gallery, and what decides who sees a picture. Plain values; the doors judge by them
// (http/access.h), lists and searches filter by them.
#pragma once

#include <cstdint>

#include "base/ids.h"

namespace likeness::catalog {

// Each may do what those before it may. Stored: the numbers stay.
enum class Role : uint8_t {
  kVisitor = 0,    // nobody logged in
  kUser = 1,       // adds pictures, which wait for a moderator
  kUploader = 2,   // adds pictures, which are there at once
  kModerator = 3,  // sees and edits all pictures, approves, decides about copies
  kAdmin = 4       // and manages accounts and settings
};

enum class Visibility : uint8_t {
  kPublic = 1,
  kUnlisted = 2,  // seen by whoever has its address; in no list, search or count of others
  kPrivate = 3    // seen by its owner and moderators
};

struct Standing {
  UserId owner = {};  // who added it; 0: the owner of the data folder
  Visibility visibility = Visibility::kPublic;
  bool pending = false;  // waits for a moderator: seen by its owner and moderators
  bool trashed = false;  // likewise

  friend bool operator==(const Standing&, const Standing&) = default;
};

// Whose eyes a list, search or count is for.
struct Audience {
  bool everything = true;
  UserId user = {};  // without `everything`: 0 or who is logged in, and sees their own pictures as well

  // In lists, searches, neighbours and counts.
  bool Finds(const Standing& standing) const {
    return everything || (user && standing.owner == user) ||
           (standing.visibility == Visibility::kPublic && !standing.pending && !standing.trashed);
  }
  // By its address.
  bool Sees(const Standing& standing) const {
    return Finds(standing) || (standing.visibility == Visibility::kUnlisted && !standing.pending && !standing.trashed);
  }
  friend bool operator==(const Audience&, const Audience&) = default;
};

}  // namespace likeness::catalog
