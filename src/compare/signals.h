// Everything two pictures' features say about each other: one distance for each signal, and the transform with its proof.
// The evidence that dedupe turns into a verdict, and what `compare` prints. Pure and thread-safe.
#pragma once

#include <vector>

#include "compare/local_match.h"
#include "feature/types.h"

namespace likeness::compare {

// A query's features with what is needed to find it mirrored or turned.
struct QueryFeatures {
  feature::Features features;
  feature::HashVariants phash_variants;
  feature::LocalFeatures local_mirrored;
};

struct PairSignals {
  bool same_bytes = false;
  bool same_pixels = false;
  int phash_distance = 256;                                    // of the best orientation
  feature::Orientation8 orientation = feature::Orientation8::kUpright;  // what turns the query into the match
  int phash_upright_distance = 256;
  int pdq_distance = 256;
  bool pdq_reliable = false;                                   // both qualities at least 50
  uint32_t colour_distance = 0;                                // L1, 0..131070
  LocalMatch local;                                            // the better of plain and mirrored
  bool local_mirrored = false;
  // After alignment by the transform (or the orientation): share of the overlap whose structure differs, 0..1, and the
  // boxes where it does, in the query's pixels. -1 when nothing could be aligned.
  double changed_share = -1;
  std::vector<image::Quad> changed_regions;
  bool low_information = false;                                // either picture is
};

PairSignals Compare(const QueryFeatures& query, const feature::Features& match);

// 0..100: a first estimate from the signals; equal pixels give 100, unrelated pictures stay under 70.
double SimilarityPercent(const PairSignals& signals);

}  // namespace likeness::compare
