// Inside the index module: do the correspondences of one picture agree on one similarity transform?
#pragma once

#include <cstdint>
#include <span>

namespace likeness::index {

// A keypoint as the index keeps it, 4 bytes. Positions and sizes are relative to the longer side of the picture, so
// that a similarity of the pictures is a similarity of these.
inline constexpr uint32_t kPositionMax = 1023, kAngleSteps = 64;
inline constexpr float kStepsPerOctave = 7;
struct PointGeometry {
  uint32_t x : 10 = 0, y : 10 = 0;  // 1/1023 of the longer side
  uint32_t log_size : 6 = 0;        // (log2(size / longer side) + 9) * kStepsPerOctave
  uint32_t angle : 6 = 0;           // 64ths of a turn, clockwise
};
static_assert(sizeof(PointGeometry) == 4);

struct PointPair {
  PointGeometry query, match;
  uint16_t query_point = 0;  // index of the query's point
  float weight = 0;
};

// An upper estimate, cheap: the largest weight that one bin of relative rotation (22.5 degrees) and scale (four
// sevenths of an octave) collects with its neighbours.
float CoarseAgreement(std::span<const PointPair> pairs);

// The weight of the pairs that agree with the best similarity: hypotheses from single pairs (scale and angle of the
// keypoints), refined by least squares on those that agree. `agreeing` = their number.
float VerifyAgreement(std::span<const PointPair> pairs, int* agreeing);

}  // namespace likeness::index
