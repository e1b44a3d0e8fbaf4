// The verdict in words. Internal to dedupe.
#pragma once

#include <string>

#include "dedupe/verdict.h"

namespace likeness::dedupe {

// What the transform does to the picture, as the rules see it.
struct Geometry {
  bool mirrored = false;
  double turn_degrees = 0;  // clockwise, [0, 360), of the query against the match, after undoing a left-right mirror
  int quarter_turns = 0;    // nearest, 0..3
  double skew_degrees = 0;  // what is left of the turn after the quarter turns, [-45, 45]
  double scale = 1;         // query pixels for one of the match
};
Geometry GeometryOf(const image::Affine& query_from_match);

// Finishes the verdict: kind and signals must be set.
std::string Sentence(const Verdict& verdict, bool border);

}  // namespace likeness::dedupe
