#include "feature/local.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include "feature/scale_space.h"

namespace likeness::feature {
namespace {

constexpr int kQuadrants = 4;
constexpr float kNeighbourRadius = 40;  // in a picture of kLocalPixels
struct Round {
  int points_max;      // with those of the rounds before
  int neighbours_max;  // likewise
};
constexpr Round kRounds[] = {{kLocalLeadingMax, 3}, {kLocalPointsMax, 6}};
constexpr int kSideMin = 16;
constexpr int kChannelAcross = 1;
// Below it lie thousands of points, nearly all noise, that would only be sorted out again.
constexpr float kThreshold = 1e-5f;

// To [0, 360).
float TurnsRemoved(float degrees) {
  degrees = std::fmod(degrees, 360.0f);
  if (degrees < 0) degrees += 360.0f;
  return degrees < 360.0f ? degrees : 0.0f;
}

// M-LDB compares every pair of cells of a 2x2, a 3x3 and a 4x4 grid, each by three channels: mean luma, mean derivative
// across and along the keypoint's direction. Cells are numbered along the direction first, across it second. A mirrored
// picture has the same cells with the second number reversed, and derivatives across with the other sign.
struct MirrorBit {
  uint16_t from;
  bool inverted;
};

std::array<MirrorBit, kDescriptorBits> MakeMirrorTable() {
  std::array<MirrorBit, kDescriptorBits> table{};
  int base = 0;
  for (int side = 2; side <= 4; ++side) {
    int cells = side * side, pairs = cells * (cells - 1) / 2;
    auto pair_index = [&](int a, int b) { return a * cells - a * (a + 1) / 2 + b - a - 1; };
    auto mirrored = [&](int cell) { return cell / side * side + side - 1 - cell % side; };
    for (int channel = 0; channel < 3; ++channel, base += pairs) {
      for (int a = 0; a < cells; ++a) {
        for (int b = a + 1; b < cells; ++b) {
          int first = mirrored(a), second = mirrored(b);
          bool swapped = first > second;
          if (swapped) std::swap(first, second);
          table[base + pair_index(a, b)] = {static_cast<uint16_t>(base + pair_index(first, second)),
                                            swapped != (channel == kChannelAcross)};
        }
      }
    }
  }
  return table;
}

Descriptor Mirrored(const Descriptor& in) {
  static const auto table = MakeMirrorTable();
  Descriptor out;
  for (int i = 0; i < kDescriptorBits; ++i) {
    uint64_t bit = (in.words[table[i].from / 64] >> (table[i].from % 64) & 1) ^ (table[i].inverted ? 1 : 0);
    out.words[i / 64] |= bit << (i % 64);
  }
  return out;
}

// The strongest of each quadrant that are not crowded, then, closer to each other, the strongest of the rest. A point
// counts as a neighbour only once it is chosen.
std::vector<ScaleSpace::Extremum> Choose(std::vector<ScaleSpace::Extremum> points, image::Size size) {
  // Ties by position, so that the order does not rest on the sort.
  std::sort(points.begin(), points.end(), [](const auto& p, const auto& q) {
    if (p.response != q.response) return p.response > q.response;
    if (p.y != q.y) return p.y < q.y;
    return p.x != q.x ? p.x < q.x : p.size < q.size;
  });
  const double share = static_cast<double>(size.width) * size.height / kLocalPixels;
  const float radius = kNeighbourRadius * static_cast<float>(std::sqrt(std::min(1.0, share)));
  std::vector<ScaleSpace::Extremum> chosen;
  int in_quadrant[kQuadrants] = {};
  for (const Round& round : kRounds) {
    std::vector<ScaleSpace::Extremum> left;
    for (const ScaleSpace::Extremum& point : points) {
      int& count = in_quadrant[(point.x * 2 >= static_cast<float>(size.width)) +
                               2 * (point.y * 2 >= static_cast<float>(size.height))];
      const auto near = [&](const ScaleSpace::Extremum& other) {
        float dx = other.x - point.x, dy = other.y - point.y;
        return dx * dx + dy * dy <= radius * radius;
      };
      if (count == round.points_max / kQuadrants ||
          std::count_if(chosen.begin(), chosen.end(), near) >= round.neighbours_max) {
        left.push_back(point);
        continue;
      }
      chosen.push_back(point);
      ++count;
    }
    points = std::move(left);
  }
  return chosen;
}

LocalFeatures Extract(const image::Bitmap& luma, image::Size original) {
  LocalFeatures out;
  if (luma.width < kSideMin || luma.height < kSideMin) return out;
  const ScaleSpace space(luma);
  const float scale_x = static_cast<float>(original.width) / static_cast<float>(luma.width);
  const float scale_y = static_cast<float>(original.height) / static_cast<float>(luma.height);
  for (const ScaleSpace::Extremum& point : Choose(space.FindExtrema(kThreshold), {luma.width, luma.height})) {
    const float direction = space.Direction(point);
    out.keypoints.push_back({point.x * scale_x, point.y * scale_y, point.size * std::sqrt(scale_x * scale_y),
                             TurnsRemoved(direction * (180 / std::numbers::pi_v<float>)), point.response});
    out.descriptors.push_back(space.Describe(point, direction));
  }
  return out;
}

}  // namespace

LocalFeatures ComputeLocal(const image::Bitmap& bitmap, image::Size original) {
  return Extract(WorkingLuma(bitmap), original);
}

LocalFeatures MirrorLocal(const LocalFeatures& local, image::Size original) {
  LocalFeatures out = local;
  for (Keypoint& point : out.keypoints) {
    point.x = static_cast<float>(original.width) - point.x;
    point.angle_degrees = TurnsRemoved(180.0f - point.angle_degrees);
  }
  for (Descriptor& descriptor : out.descriptors) descriptor = Mirrored(descriptor);
  return out;
}

}  // namespace likeness::feature
