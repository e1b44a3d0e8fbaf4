// What two pictures are to each other and where they differ, as JSON: the one writer for the API and for the browser's
// core, shaped as api/openapi.yaml says (Verdict, Signals, Comparison, Difference, Alignment). Numbers are rounded to
// six digits: pictures are no more precise, and builds for other machines differ in the last place. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "compare/align.h"
#include "compare/fidelity.h"
#include "compare/regions.h"
#include "dedupe/verdict.h"

namespace likeness::answer {

Json BoxToJson(const compare::Box& box);
Json QuadToJson(const image::Quad& quad);
Json TransformToJson(const image::Affine& transform);

Json ToJson(const compare::PairSignals& signals);
Json ToJson(const dedupe::Verdict& verdict);
// A Comparison but its time and the difference.
Json ComparisonToJson(const dedupe::Verdict& verdict, image::Size a, image::Size b);

// Where two pictures differ, borrowed from whoever found it.
struct FoundDifference {
  const compare::Difference& difference;
  const std::vector<compare::ChangedRegion>& regions;
  size_t regions_found = 0;
  uint64_t compared = 0;                          // pixels that the share is of
  const compare::Alignment* alignment = nullptr;  // null where none was asked for or found
  std::optional<bool> aligned = {};               // absent where nobody asked
  std::optional<bool> masked = {};                // likewise
  double scale = 1;                               // compared pixels for one of a's
  image::Size a = {}, b = {};                     // as they were given
  std::string format_a = {}, format_b = {};       // of files; empty where there is none
  std::optional<compare::Fidelity> fidelity = {};

  bool equal() const { return difference.different == 0; }
  double percent() const { return compared == 0 ? 0 : 100.0 * double(difference.different) / double(compared); }
};
// A Difference but what only who read the files knows: notes and times.
Json ToJson(const FoundDifference& found);

}  // namespace likeness::answer
