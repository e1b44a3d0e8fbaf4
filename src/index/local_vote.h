// Inside the index module: do the correspondences of one picture agree on one similarity transform?
#pragma once

#include <cstdint>
#include <span>

namespace likeness::index {

// A keypoint as the index keeps it, 8 bytes. Positions and sizes are relative to the longer side of the picture, so
// that a similarity of the pictures is a similarity of these.
struct PointGeometry {
  uint16_t x = 0, y = 0;  // 1/65535 of the longer side
  uint8_t log_size = 0;   // (log2(size / longer side) + 16) * 16
  uint8_t angle = 0;      // 256ths of a turn, clockwise
  uint16_t unused = 0;    // 0
};

struct PointPair {
  PointGeometry query, match;
  uint16_t query_point = 0;  // index of the query's point
  float weight = 0;
};

// An upper estimate, cheap: the largest weight that one bin of relative rotation (22.5 degrees) and scale (half an
// octave) collects with its neighbours.
float CoarseAgreement(std::span<const PointPair> pairs);

// The weight of the pairs that agree with the best similarity: hypotheses from single pairs (scale and angle of the
// keypoints), refined by least squares on those that agree. `agreeing` = their number.
float VerifyAgreement(std::span<const PointPair> pairs, int* agreeing);

}  // namespace likeness::index
