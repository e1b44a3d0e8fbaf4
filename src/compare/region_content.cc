#include "compare/region_content.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace likeness::compare {
namespace {

constexpr int kSamplesAlong = 96;

// A pixel laid on white; what is outside the picture is white.
std::array<int, 3> ColourAt(const PixelView& view, int x, int y) {
  if (x < 0 || y < 0 || x >= view.size.width || y >= view.size.height) return {255, 255, 255};
  const uint8_t* pixel = view.at(x, y);
  std::array<int, 3> colour;
  for (size_t c = 0; c < 3; ++c) colour[c] = (pixel[c] * pixel[3] + 255 * (255 - pixel[3]) + 127) / 255;
  return colour;
}

// 0..1, by squared YIQ: 1 is black against white.
double Distance(const std::array<int, 3>& a, const std::array<int, 3>& b) {
  const double red = a[0] - b[0], green = a[1] - b[1], blue = a[2] - b[2];
  const double y = 0.299 * red + 0.587 * green + 0.114 * blue, i = 0.596 * red - 0.274 * green - 0.322 * blue,
               q = 0.211 * red - 0.523 * green + 0.311 * blue;
  return std::min(1.0, std::sqrt((0.5053 * y * y + 0.299 * i * i + 0.1957 * q * q) / 35215));
}

double LumaOf(const std::array<int, 3>& colour) {
  return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
}

// Calls body(x, y) for at most kSamplesAlong squared pixels spread over the box.
template <typename Body>
void ForSamples(const Box& box, Body body) {
  const int step_x = std::max(1, box.width / kSamplesAlong), step_y = std::max(1, box.height / kSamplesAlong);
  for (int y = box.y; y < box.y + box.height; y += step_y)
    for (int x = box.x; x < box.x + box.width; x += step_x) body(x, y);
}

// The commonest colour of the frame around the box, in steps of 16.
std::array<int, 3> GroundAround(const PixelView& view, const Box& box) {
  constexpr int kRim = 3;
  std::vector<std::array<int, 3>> colours;
  const int step = std::max(1, (box.width + box.height) / 200);
  const auto take = [&](int x, int y) {
    if (x >= 0 && y >= 0 && x < view.size.width && y < view.size.height) colours.push_back(ColourAt(view, x, y));
  };
  for (int x = box.x - kRim; x < box.x + box.width + kRim; x += step) {
    take(x, box.y - kRim);
    take(x, box.y + box.height + kRim - 1);
  }
  for (int y = box.y - kRim; y < box.y + box.height + kRim; y += step) {
    take(box.x - kRim, y);
    take(box.x + box.width + kRim - 1, y);
  }
  if (colours.empty()) return {255, 255, 255};
  std::array<int, 4096> votes{};
  const auto bin = [](const std::array<int, 3>& colour) {
    return size_t(colour[0] / 16 * 256 + colour[1] / 16 * 16 + colour[2] / 16);
  };
  for (const auto& colour : colours) ++votes[bin(colour)];
  const auto best = size_t(std::max_element(votes.begin(), votes.end()) - votes.begin());
  return *std::find_if(colours.begin(), colours.end(), [&](const auto& colour) { return bin(colour) == best; });
}

constexpr double kLikeGround = 0.06;

// The part of the box that is not ground.
struct Content {
  std::array<int, 3> ground{};
  Box box;                  // empty where all is ground
  double ground_share = 0;  // of the pixels that differ
  double roughness = 0;     // mean step of luma between neighbours, grey levels
};

Content Look(const PixelView& view, const Difference& difference, const Box& box) {
  Content content;
  content.ground = GroundAround(view, box);
  int left = INT32_MAX, top = INT32_MAX, right = -1, bottom = -1;
  double changed = 0, on_ground = 0, steps = 0, count = 0;
  ForSamples(box, [&](int x, int y) {
    const std::array<int, 3> colour = ColourAt(view, x, y);
    const bool ground = Distance(colour, content.ground) < kLikeGround;
    if (!ground) {
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = std::max(bottom, y);
    }
    if (difference.different_at.Get(x, y)) {
      ++changed;
      on_ground += ground;
    }
    steps += std::fabs(LumaOf(colour) - LumaOf(ColourAt(view, x + 1, y))) +
             std::fabs(LumaOf(colour) - LumaOf(ColourAt(view, x, y + 1)));
    ++count;
  });
  if (right >= 0) content.box = {left, top, right - left + 1, bottom - top + 1};
  content.ground_share = changed == 0 ? 0 : on_ground / changed;
  content.roughness = count == 0 ? 0 : steps / (2 * count);
  return content;
}

struct Agreement {
  double correlation = 0;             // of luma; 0 where either is flat
  double spread_a = 0, spread_b = 0;  // standard deviations of luma
  double colour_distance = 0;         // mean
};

Agreement Agree(const PixelView& a, const Box& in_a, const PixelView& b, int move_x, int move_y) {
  double n = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0, distance = 0;
  ForSamples(in_a, [&](int x, int y) {
    const std::array<int, 3> of_a = ColourAt(a, x, y), of_b = ColourAt(b, x + move_x, y + move_y);
    const double luma_a = LumaOf(of_a), luma_b = LumaOf(of_b);
    ++n;
    sum_a += luma_a, sum_b += luma_b;
    sum_aa += luma_a * luma_a, sum_bb += luma_b * luma_b, sum_ab += luma_a * luma_b;
    distance += Distance(of_a, of_b);
  });
  Agreement out;
  if (n == 0) return out;
  const double var_a = std::max(0.0, sum_aa / n - sum_a / n * sum_a / n),
               var_b = std::max(0.0, sum_bb / n - sum_b / n * sum_b / n);
  out.spread_a = std::sqrt(var_a);
  out.spread_b = std::sqrt(var_b);
  out.colour_distance = distance / n;
  if (out.spread_a > 1 && out.spread_b > 1)
    out.correlation = (sum_ab / n - sum_a / n * sum_b / n) / (out.spread_a * out.spread_b);
  return out;
}

bool AboutAsLarge(int first, int second) {
  return std::abs(first - second) <= 2 + std::max(first, second) / 20;
}

double MeanDistance(const PixelView& a, const PixelView& b, const Difference& difference, const Box& box) {
  double sum = 0, count = 0;
  ForSamples(box, [&](int x, int y) {
    if (!difference.different_at.Get(x, y)) return;
    sum += Distance(ColourAt(a, x, y), ColourAt(b, x, y));
    ++count;
  });
  return count == 0 ? 0 : sum / count;
}

}  // namespace

bool IsSameContent(const PixelView& a, const Box& in_a, const PixelView& b, const Box& in_b) {
  if (!AboutAsLarge(in_a.width, in_b.width) || !AboutAsLarge(in_a.height, in_b.height)) return false;
  const Box common{in_a.x, in_a.y, std::min(in_a.width, in_b.width), std::min(in_a.height, in_b.height)};
  const Agreement agreement = Agree(a, common, b, in_b.x - in_a.x, in_b.y - in_a.y);
  return agreement.colour_distance < 0.04;
}

void JudgeContent(const PixelView& a, const PixelView& b, const Difference& difference, ChangedRegion& region) {
  region.severity = MeanDistance(a, b, difference, region.box);
  constexpr double kFlat = 4, kSameShapes = 0.9;
  const Agreement agreement = Agree(a, region.box, b, 0, 0);
  const bool both_flat = agreement.spread_a < kFlat && agreement.spread_b < kFlat;
  if (agreement.spread_a >= kFlat && agreement.spread_b >= kFlat && agreement.correlation > kSameShapes) {
    region.kind = ChangeKind::kRecoloured;
    return;
  }
  const Content in_a = Look(a, difference, region.box), in_b = Look(b, difference, region.box);
  constexpr double kAll = 0.9, kNotAll = 0.6;
  if (in_a.ground_share >= kAll && in_b.ground_share < kNotAll) {
    region.kind = ChangeKind::kAdded;
    return;
  }
  if (in_b.ground_share >= kAll && in_a.ground_share < kNotAll) {
    region.kind = ChangeKind::kRemoved;
    return;
  }
  // Moved by less than its size: what is not ground has one shape in both, elsewhere.
  if (in_a.box.width > 0 && in_b.box.width > 0 && (in_a.box.x != in_b.box.x || in_a.box.y != in_b.box.y) &&
      in_a.ground_share > 0.2 && in_b.ground_share > 0.2 && IsSameContent(a, in_a.box, b, in_b.box)) {
    region.kind = ChangeKind::kMoved;
    region.from = in_a.box;
    region.box = in_b.box;
    return;
  }
  if (both_flat) {
    region.kind = ChangeKind::kRecoloured;
    return;
  }
  // On a photo there is no ground; what came is rougher than what was there, or smoother.
  constexpr double kRougher = 2.5;
  if (in_b.roughness > kRougher * in_a.roughness + 1)
    region.kind = ChangeKind::kAdded;
  else if (in_a.roughness > kRougher * in_b.roughness + 1)
    region.kind = ChangeKind::kRemoved;
}

}  // namespace likeness::compare
