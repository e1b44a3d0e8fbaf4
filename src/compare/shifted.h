// Content that changed because it stands elsewhere: what one picture shows at a place, the other shows at another, and
// neither shows it at both. So do things that move before a tripod and near things against far ones; text, a logo, a
// cover or a filter is nowhere else. Asked of the cells of the 64x64 luma that changed, and of the points without a
// partner. Whether the agreement could be chance is answered a contrario, as for points (local_match.h). Internal to
// compare; pure and thread-safe.
#pragma once

#include <span>

#include "compare/geometry.h"
#include "compare/structure.h"
#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct Shifted {
  int cells = 0;         // changed ones whose content the shift finds again; 0: no shift
  int points = 0;        // of `elsewhere`, that went with them
  image::Point by;       // from the match's place to the query's, query's pixels
  double apart = 0;      // as far, in pixels of the pictures that features are found on
  double agreement = 0;  // correlation of their details, -1..1
  double left = 1;       // of the change, by the shift, 0..1
  // Expected number of shifts by which other content would agree as well, log10; below -4 is proof.
  double log10_false_alarms = 0;
};

// `agreement`: of AlignStructure under the same transform. `agreeing`: points that the transform moves, match to query.
// `elsewhere`: such as lie far from it, neither end with a partner at its own place.
Shifted FindShifted(const feature::Structure& query, image::Size query_size, const feature::Structure& match,
                    image::Size match_size, const image::Affine& query_from_match, const StructureAgreement& agreement,
                    std::span<const PointPair> agreeing, std::span<const PointPair> elsewhere);

}  // namespace likeness::compare
