// Answers as JSON text for the page (web/src/compare/core.ts has their types). Verdicts and signals have the members that
// the API gives them (api/openapi.yaml); differences have names of their own. Pure.
#pragma once

#include <string>

#include "compare/align.h"
#include "compare/fidelity.h"
#include "compare/regions.h"
#include "dedupe/verdict.h"

namespace likeness::browser {

struct Found {
  const compare::Difference& difference;
  const std::vector<compare::ChangedRegion>& regions;  // in pixels of the frame
  size_t regions_found = 0;
  std::optional<compare::Fidelity> fidelity = {};
  uint64_t compared = 0;                          // pixels that the share is of
  const compare::Alignment* alignment = nullptr;  // null where none was asked for or found
  std::optional<bool> aligned = {};               // absent where nobody asked
  std::optional<bool> masked = {};                // likewise
  double scale = 1;                               // the frame's pixels for one of a's
  image::Size given_a = {}, given_b = {};         // before they were laid over each other
};
std::string DifferenceJson(const Found& found);
std::string VerdictJson(const dedupe::Verdict& verdict);

}  // namespace likeness::browser
