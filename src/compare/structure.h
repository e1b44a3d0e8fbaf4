// Two pictures' 64x64 luma laid over each other by a transform: how far do they agree, and where not? Both are blurred
// to the coarser of their cells; a change of exposure (gain and offset) is fitted robustly and taken out.
#pragma once

#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct StructureAgreement {
  int cells = 0;                    // compared; 0 = too little overlap, nothing below is valid
  double correlation = 0;           // of luma over all cells, -1..1
  double agreeing_correlation = 0;  // the same over the cells that did not change
  double gain = 1, offset = 0;      // query = gain * match + offset, grey levels
  // Cells that differ after the fit, 0..1. A blur of the whole picture and a tone curve are fitted too: they are no
  // change of any place.
  double changed_share = -1;
  bool query_blurred = false, match_blurred = false;
  double gamma = 1;                          // of the match's tones, before gain and offset
  double mean_difference = 0;                // grey levels, after the fit
  double contrast = 0;                       // standard deviation of the query's cells in the overlap, grey levels
  std::vector<image::Quad> changed_regions;  // boxes in the query's pixels, largest first
};

StructureAgreement AlignStructure(const feature::Structure& query, image::Size query_size,
                                  const feature::Structure& match, image::Size match_size,
                                  const image::Affine& query_from_match);

// What lies in the query around the match: its share of the query's area and how flat its sides are. Tells a border
// from a collage or a screenshot.
struct Surround {
  double share = 0;      // of the query's area, 0..1
  double deviation = 0;  // largest standard deviation of luma among the sides that are there, grey levels
};
Surround LookAround(const feature::Structure& query, image::Size query_size, image::Size match_size,
                    const image::Affine& query_from_match);

}  // namespace likeness::compare
