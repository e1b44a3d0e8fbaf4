// Which pictures an audience finds, as a condition of SQL, and pages of them. Internal to catalog.
#pragma once

#include "catalog/albums.h"
#include "catalog/sqlite.h"

// Of the row `i` of images; its parameters are the first two. REQUIRES: BindAudience.
#define LK_FOUND "(?1 OR (i.visibility = 1 AND i.pending = 0) OR (?2 <> 0 AND i.owner_id = ?2))"

namespace likeness::catalog {

inline Query& BindAudience(Query& query, const Audience& audience) {
  return query.Bind(audience.everything).Bind(audience.user.value);
}

// Rows of (image, place), one more than `limit` where there are more.
inline Status TakePage(Query& query, size_t limit, ListedImages& out) {
  int64_t last = 0;
  while (true) {
    LK_ASSIGN(bool row, query.Step());
    if (!row) return {};
    if (out.ids.size() == limit) {
      out.next = last;
      return {};
    }
    out.ids.push_back(ImageId{query.Unsigned(0)});
    last = query.Integer(1);
  }
}

inline ImageId ToImageId(const Query& query) {
  return ImageId{query.Unsigned(0)};
}

}  // namespace likeness::catalog
