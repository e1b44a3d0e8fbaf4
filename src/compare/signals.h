// Everything two pictures' features say about each other: one distance for each signal, and the transform with its
// proof. The evidence that dedupe turns into a verdict, and what `compare` prints. Pure and thread-safe.
#pragma once

#include <optional>
#include <vector>

#include "compare/details.h"
#include "compare/local_match.h"
#include "compare/shifted.h"
#include "compare/structure.h"
#include "feature/types.h"

namespace likeness::compare {

// A query's features with what is needed to find it mirrored or turned.
struct QueryFeatures {
  feature::Features features;
  feature::HashVariants phash_variants;
  feature::LocalFeatures local_mirrored;
};

// By what the pictures were laid over each other.
enum class AlignedBy : uint8_t { kNothing, kLocal, kWhole, kPixels };

// What the pixels say, laid over each other to a fraction of a pixel and compared place by place (overlay.h).
struct Overlay {
  image::Homography match_from_query;                // pixels of both as they were given
  image::Quad region_in_query{}, region_in_match{};  // the frame of the other, clipped to the picture
  double query_coverage = 0, match_coverage = 0;     // shares of the area that both show, 0..1
  int places = 0;                                    // of the overlap that show more than noise
  double agreeing_share = 0;                         // of those, where both show the same, 0..1
  double correlation = 0;                            // of what places show beside their means, -1..1
};

struct PairSignals {
  image::Size query_size, match_size;
  bool same_bytes = false;  // the caller's to say: features do not hold the bytes' hash
  bool same_pixels = false;
  int phash_distance = 256;                                             // of the best orientation
  feature::Orientation8 orientation = feature::Orientation8::kUpright;  // what turns the query into the match
  int phash_upright_distance = 256;
  int pdq_distance = 256;
  bool pdq_reliable = false;     // both qualities at least 50
  uint32_t colour_distance = 0;  // L1, 0..131070
  LocalMatch local;              // the better of plain and mirrored
  bool local_mirrored = false;
  // Nearest descriptors of the plain and the mirrored query; the latter is empty where the plain one left no doubt.
  NearestCounts nearest, nearest_mirrored;
  // The alignment that agrees better: by local features, or of the whole frames by the orientation.
  AlignedBy aligned_by = AlignedBy::kNothing;
  image::Affine query_from_match;  // of that alignment
  double query_coverage = 0, match_coverage = 0;
  double structure_correlation = 0;  // of luma in the overlap, -1..1
  double agreeing_correlation = 0;   // the same where the overlap did not change
  double structure_difference = 0;   // mean, grey levels, exposure taken out
  double exposure_gain = 1, exposure_offset = 0;
  double gamma = 1;             // tone curve of the query against the match, besides gain and offset
  int blurred = 0;              // 1: the query is, -1: the match is, against the other
  double overlap_contrast = 0;  // standard deviation of luma in the overlap, grey levels
  Surround around;              // of the match in the query
  // Share of the overlap whose structure differs, 0..1, and the boxes where it does, in the query's pixels. -1 when
  // nothing could be aligned.
  double changed_share = -1;
  std::vector<image::Quad> changed_regions;
  // Where the overlap changed because its content stands elsewhere; only of proven transforms.
  Shifted shifted;
  // Whether the points agree where the alignment lays them over each other; empty where nothing is aligned.
  Details details;
  double ground = 0;             // share of the pictures' commonest colours: large for pages, screens and charts, 0..1
  bool low_information = false;  // either picture is
  std::optional<Overlay> overlay;  // absent where nobody looked, or nothing came together
};

PairSignals Compare(const QueryFeatures& query, const feature::Features& match);

// The map of a whole frame onto another, when `orientation` turns the query into the match.
image::Affine WholeFrame(image::Size query_size, image::Size match_size, feature::Orientation8 orientation);

}  // namespace likeness::compare
