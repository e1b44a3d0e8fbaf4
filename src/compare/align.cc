#include "compare/align.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "compare/geometry.h"
#include "compare/luma.h"
#include "image/resize.h"

namespace likeness::compare {
namespace {

using image::Affine;
using image::Bitmap;
using image::Homography;
using image::Point;
using image::Size;

constexpr int kLevels[] = {256, 512, 1024, 2048};  // longer sides of a
constexpr int kCell = 8;                           // pixels; of the finest level twice as many
constexpr int kEdgesMin = 60, kEdgesPerspective = 160;
constexpr int kStepsMax = 20;
constexpr double kStillPixels = 0.004;  // mean movement of a step below which a level is done
constexpr double kStrayed = 0.04;       // of the longer side: farther from the guess is another answer
constexpr double kTukey = 4.685;
constexpr float kGradientMin = 4, kGradientPlain = 1.5;  // grey levels a pixel; of pictures with few such edges
constexpr double kAgreeingMin = 0.3, kCorrelationMin = 0.5;
constexpr double kFiner = 0.5;  // a's pixels for one of b's: fewer, and b is the finer picture
constexpr int kParameters = 8;

struct Edge {
  Point at;                     // pixels of the level
  float value = 0;              // luma of a
  double descent[kParameters];  // how the residual changes with each parameter
};

// Coordinates in which the parameters are of one size: from the middle, in halves of the longer side.
struct Normal {
  double x, y, half;
  explicit Normal(Size size)
      : x(size.width / 2.0), y(size.height / 2.0), half(std::max(size.width, size.height) / 2.0) {}
  Homography To() const { return {{1 / half, 0, -x / half, 0, 1 / half, -y / half, 0, 0, 1}}; }
  Homography From() const { return {{half, 0, x, 0, half, y, 0, 0, 1}}; }
};

// The pixel of the largest gradient in each cell.
std::vector<Edge> StrongEdges(const Bitmap& luma, int cell, float gradient_min) {
  std::vector<Edge> edges;
  const Normal normal(SizeOf(luma));
  for (int top = 1; top + 1 < luma.height; top += cell)
    for (int left = 1; left + 1 < luma.width; left += cell) {
      float best = gradient_min, gx = 0, gy = 0;
      int best_x = -1, best_y = -1;
      for (int y = top; y < std::min(top + cell, luma.height - 1); ++y) {
        const uint8_t *row = luma.row(y), *above = luma.row(y - 1), *below = luma.row(y + 1);
        for (int x = left; x < std::min(left + cell, luma.width - 1); ++x) {
          const float dx = 0.5f * float(row[x + 1] - row[x - 1]), dy = 0.5f * float(below[x] - above[x]);
          const float strength = std::abs(dx) + std::abs(dy);
          if (strength > best) best = strength, gx = dx, gy = dy, best_x = x, best_y = y;
        }
      }
      if (best_x < 0) continue;
      Edge edge;
      edge.at = {best_x + 0.5, best_y + 0.5};
      edge.value = luma.row(best_y)[best_x];
      const double x = (edge.at.x - normal.x) / normal.half, y = (edge.at.y - normal.y) / normal.half;
      const double dx = gx * normal.half, dy = gy * normal.half, both = dx * x + dy * y;
      const double descent[kParameters] = {dx * x, dx * y, dx, dy * x, dy * y, dy, -both * x, -both * y};
      std::copy(descent, descent + kParameters, edge.descent);
      edges.push_back(edge);
    }
  return edges;
}

std::vector<Edge> EdgesOf(const Bitmap& luma, int cell) {
  std::vector<Edge> edges = StrongEdges(luma, cell, kGradientMin);
  return edges.size() >= size_t(kEdgesMin) ? edges : StrongEdges(luma, cell, kGradientPlain);
}

// Solves the symmetric system in place; false if it is singular.
bool Solve(double (&matrix)[kParameters][kParameters], double (&right)[kParameters]) {
  for (int i = 0; i < kParameters; ++i) {
    if (!(matrix[i][i] > 1e-9)) return false;
    for (int row = i + 1; row < kParameters; ++row) {
      const double factor = matrix[row][i] / matrix[i][i];
      for (int column = i; column < kParameters; ++column) matrix[row][column] -= factor * matrix[i][column];
      right[row] -= factor * right[i];
    }
  }
  for (int i = kParameters - 1; i >= 0; --i) {
    for (int column = i + 1; column < kParameters; ++column) right[i] -= matrix[i][column] * right[column];
    right[i] /= matrix[i][i];
  }
  return true;
}

float MedianOf(std::vector<float> values) {
  if (values.empty()) return 0;
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// a = gain b + offset, by least squares, then again over what came nearest: within 2.5 medians, `bound_min` at least.
void FitLine(const std::vector<float>& a, const std::vector<float>& b, int rounds, float bound_min, float* gain,
             float* offset) {
  std::vector<float> residual(a.size(), 0);
  float bound = 1e9f;
  for (int round = 0; round < rounds; ++round) {
    double n = 0, sb = 0, sa = 0, sbb = 0, sab = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      if (std::abs(residual[i]) > bound) continue;
      const double x = b[i], y = a[i];
      n += 1, sa += y, sb += x, sbb += x * x, sab += x * y;
    }
    const double spread = sbb - sb * sb / n;
    *gain = spread > n ? std::clamp(float((sab - sa * sb / n) / spread), 0.2f, 5.0f) : 1.0f;
    *offset = float((sa - *gain * sb) / n);
    std::vector<float> sizes;
    for (size_t i = 0; i < a.size(); ++i) {
      residual[i] = *gain * b[i] + *offset - a[i];
      sizes.push_back(std::abs(residual[i]));
    }
    bound = std::max(bound_min, 2.5f * MedianOf(std::move(sizes)));
  }
}

struct LevelPair {
  Bitmap a, b;
  int cell = kCell;
};

// One level: a's edges against b's luma.
class Level {
 public:
  Level(const Bitmap& a, const Bitmap& b, int cell) : b_(b), normal_(SizeOf(a)), edges_(EdgesOf(a, cell)) {}

  bool enough() const { return edges_.size() >= size_t(kEdgesMin); }
  double agreeing() const { return agreeing_; }
  double correlation() const { return correlation_; }

  // Improves the map until it stands still; false when it gets lost.
  bool Improve(Homography* b_from_a) {
    for (int step = 0; step < kStepsMax; ++step) {
      if (!Look(*b_from_a)) return false;
      double matrix[kParameters][kParameters] = {}, right[kParameters] = {};
      for (size_t i = 0; i < edges_.size(); ++i) {
        const double weight = weights_[i];
        if (weight <= 0) continue;
        const double* descent = edges_[i].descent;
        for (int row = 0; row < kParameters; ++row) {
          const double scaled = weight * descent[row];
          right[row] += scaled * residuals_[i];
          for (int column = row; column < kParameters; ++column) matrix[row][column] += scaled * descent[column];
        }
      }
      for (int row = 0; row < kParameters; ++row) {
        matrix[row][row] *= 1 + 1e-6;
        for (int column = 0; column < row; ++column) matrix[row][column] = matrix[column][row];
      }
      // Few edges do not hold a perspective where there are none.
      for (int row = kParameters - 2; edges_.size() < size_t(kEdgesPerspective) && row < kParameters; ++row) {
        for (int other = 0; other < kParameters; ++other) matrix[row][other] = matrix[other][row] = other == row;
        right[row] = 0;
      }
      if (!Solve(matrix, right)) return false;
      const Homography moved{
          {1 + right[0], right[1], right[2], right[3], 1 + right[4], right[5], right[6], right[7], 1}};
      if (!(std::abs(moved.determinant()) > 1e-6)) return false;
      const Homography step_map = normal_.From().After(moved).After(normal_.To());
      *b_from_a = b_from_a->After(step_map.Inverse());
      for (double& value : b_from_a->h)
        if (!std::isfinite(value)) return false;
      if (Movement(step_map) < kStillPixels) break;
    }
    return Look(*b_from_a);
  }

 private:
  // Residuals and weights under the map. `residuals_` is b, brought to a's tone, minus a.
  bool Look(const Homography& b_from_a) {
    residuals_.assign(edges_.size(), 0);
    weights_.assign(edges_.size(), 0);
    std::vector<float> seen(edges_.size(), -1);
    std::vector<float> a, b;
    for (size_t i = 0; i < edges_.size(); ++i) {
      if (!Sample(b_, b_from_a.Apply(edges_[i].at), &seen[i])) {
        seen[i] = -1;
        continue;
      }
      a.push_back(edges_[i].value);
      b.push_back(seen[i]);
    }
    if (a.size() < size_t(kEdgesMin)) return false;
    constexpr int kRounds = 3;
    FitLine(a, b, kRounds, 4, &gain_, &offset_);
    std::vector<float> sizes;
    for (size_t i = 0; i < edges_.size(); ++i) {
      if (seen[i] < 0) continue;
      residuals_[i] = gain_ * seen[i] + offset_ - edges_[i].value;
      sizes.push_back(std::abs(residuals_[i]));
    }
    const double bound = kTukey * std::max(1.0, 1.4826 * double(MedianOf(std::move(sizes))));
    double agreed = 0, sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
    for (size_t i = 0; i < edges_.size(); ++i) {
      if (seen[i] < 0) continue;
      const double share = residuals_[i] / bound;
      if (std::abs(share) >= 1) continue;
      weights_[i] = float((1 - share * share) * (1 - share * share));
      ++agreed;
      const double own = edges_[i].value, other = seen[i];
      sum_a += own, sum_b += other, sum_aa += own * own, sum_bb += other * other, sum_ab += own * other;
    }
    agreeing_ = agreed / double(a.size());
    const double spread_a = sum_aa - sum_a * sum_a / agreed, spread_b = sum_bb - sum_b * sum_b / agreed;
    correlation_ =
        spread_a > 0 && spread_b > 0 ? (sum_ab - sum_a * sum_b / agreed) / std::sqrt(spread_a * spread_b) : 0;
    return agreed >= kEdgesMin;
  }

  // Mean movement of the corners, in pixels.
  double Movement(const Homography& map) const {
    double sum = 0;
    for (const double dx : {-1.0, 1.0})
      for (const double dy : {-1.0, 1.0}) {
        const Point corner{normal_.x * (1 + dx), normal_.y * (1 + dy)};
        const Point moved = map.Apply(corner);
        sum += std::hypot(moved.x - corner.x, moved.y - corner.y) / 4;
      }
    return sum;
  }

  const Bitmap& b_;
  const Normal normal_;
  const std::vector<Edge> edges_;
  std::vector<float> residuals_, weights_;
  float gain_ = 1, offset_ = 0;
  double agreeing_ = 0, correlation_ = 0;
};

// Robust by-channel fit over a grid of the overlap.
Tone FitChannels(const PixelView& a, const PixelView& b, const Homography& b_from_a) {
  constexpr int kGrid = 160;
  std::array<std::vector<float>, 3> of_a, of_b;
  for (int row = 0; row < kGrid; ++row)
    for (int column = 0; column < kGrid; ++column) {
      const Point at{(column + 0.5) * a.size.width / kGrid, (row + 0.5) * a.size.height / kGrid};
      const Point there = b_from_a.Apply(at);
      if (!(there.x >= 0 && there.y >= 0 && there.x < b.size.width && there.y < b.size.height)) continue;
      const uint8_t *pa = a.at(int(at.x), int(at.y)), *pb = b.at(int(there.x), int(there.y));
      for (size_t c = 0; c < 3; ++c) {
        // What is cut off says nothing about the tone.
        if (pa[c] < 4 || pa[c] > 251 || pb[c] < 4 || pb[c] > 251) continue;
        of_a[c].push_back(pa[c]);
        of_b[c].push_back(pb[c]);
      }
    }
  Tone tone;
  for (size_t c = 0; c < 3; ++c) {
    if (of_a[c].size() < size_t(kEdgesMin)) continue;
    constexpr int kRounds = 6;
    FitLine(of_a[c], of_b[c], kRounds, 2, &tone.gain[c], &tone.offset[c]);
  }
  return tone;
}

double CornerDistance(Size a, const Homography& one, const Homography& other, double scale) {
  double worst = 0;
  for (const Point corner : Frame(a)) {
    const Point p = one.Apply(corner), q = other.Apply(corner);
    worst = std::max(worst, std::hypot(p.x - q.x, p.y - q.y) / scale);
  }
  return worst;
}

// The view itself, or what `held` is made to hold: the picture at a smaller size.
PixelView AtScale(const PixelView& view, double factor, Bitmap* held) {
  if (factor >= 1) return view;
  *held = ReducedTo(BitmapOf(view), Scaled(view.size, factor));
  return ViewOf(*held);
}

// Four samples of RGBA weighed in 256ths, two channels to a 32-bit half.
uint32_t Blend(const uint8_t* above, const uint8_t* below, uint32_t fx, uint32_t fy) {
  const auto spread = [](const uint8_t* pixel) {
    uint32_t word;
    std::copy(pixel, pixel + 4, reinterpret_cast<uint8_t*>(&word));
    return (uint64_t(word & 0xff00ff00u) << 24) | (word & 0x00ff00ffu);
  };
  constexpr uint64_t kMask = 0x00ff00ff00ff00ffull, kHalf = 0x0080008000800080ull;
  const uint64_t top = ((spread(above) * (256 - fx) + spread(above + 4) * fx + kHalf) >> 8) & kMask;
  const uint64_t bottom = ((spread(below) * (256 - fx) + spread(below + 4) * fx + kHalf) >> 8) & kMask;
  const uint64_t mixed = ((top * (256 - fy) + bottom * fy + kHalf) >> 8) & kMask;
  return uint32_t(mixed & 0x00ff00ffu) | uint32_t((mixed >> 24) & 0xff00ff00u);
}

using Curves = std::array<std::array<uint8_t, 256>, 3>;
Curves CurvesOf(const Tone& tone) {
  Curves curves;
  for (size_t c = 0; c < 3; ++c)
    for (size_t value = 0; value < 256; ++value)
      curves[c][value] =
          static_cast<uint8_t>(std::lround(std::clamp(tone.gain[c] * float(value) + tone.offset[c], 0.0f, 255.0f)));
  return curves;
}

// One row of b in the frame of a; where b is not, a's own pixels and a bit of the mask. Returns how many are b's.
// The map is exact at every 16th pixel and straight between.
uint64_t LayRow(const PixelView& source, const Homography& map, const Curves& curves, int y, int width,
                const uint8_t* own, uint8_t* out, uint64_t* mask) {
  constexpr int kRun = 16, kBits = 16;
  const int64_t right = int64_t(source.size.width - 1) << kBits, bottom = int64_t(source.size.height - 1) << kBits;
  const size_t row_bytes = size_t(source.size.width) * 4;
  const auto place = [&](int x, int64_t* u, int64_t* v) {
    const Point at = map.Apply({x + 0.5, y + 0.5});
    const double bound = 1e9;
    if (!std::isfinite(at.x + at.y)) {  // beyond the horizon of the map
      *u = *v = -1;
      return;
    }
    *u = std::llround(std::clamp(at.x - 0.5, -bound, bound) * (1 << kBits));
    *v = std::llround(std::clamp(at.y - 0.5, -bound, bound) * (1 << kBits));
  };
  uint64_t shared = 0;
  int64_t u = 0, v = 0, next_u = 0, next_v = 0;
  place(0, &next_u, &next_v);
  for (int first = 0; first < width; first += kRun) {
    u = next_u;
    v = next_v;
    place(first + kRun, &next_u, &next_v);
    const int64_t step_u = (next_u - u) / kRun, step_v = (next_v - v) / kRun;
    for (int x = first; x < std::min(width, first + kRun); ++x, u += step_u, v += step_v) {
      if (u < 0 || v < 0 || u >= right || v >= bottom) {
        mask[x / 64] |= uint64_t{1} << (x % 64);
        std::copy(own + size_t(x) * 4, own + size_t(x) * 4 + 4, out + size_t(x) * 4);
        continue;
      }
      const uint8_t* above = source.row(int(v >> kBits)) + size_t(u >> kBits) * 4;
      const uint32_t pixel =
          Blend(above, above + row_bytes, uint32_t(u >> (kBits - 8)) & 255, uint32_t(v >> (kBits - 8)) & 255);
      uint8_t* to = out + size_t(x) * 4;
      for (size_t c = 0; c < 3; ++c) to[c] = curves[c][(pixel >> (8 * c)) & 255];
      to[3] = static_cast<uint8_t>(pixel >> 24);
      ++shared;
    }
  }
  return shared;
}

}  // namespace

std::optional<Alignment> RefineAlignment(const PixelView& a, const PixelView& b, const Affine& a_from_b) {
  if (std::abs(a_from_b.determinant()) < 1e-9) return std::nullopt;
  // Edges are looked for in the picture that shows more of them.
  if (a_from_b.scale() < kFiner) {
    auto turned = RefineAlignment(b, a, a_from_b.Inverse());
    if (!turned) return turned;
    turned->b_from_a = turned->b_from_a.Inverse();
    turned->tone = FitChannels(a, b, turned->b_from_a);
    return turned;
  }
  const Homography guess = Homography::From(a_from_b.Inverse());
  const double b_per_a = 1 / a_from_b.scale();
  const int longer = std::max(a.size.width, a.size.height);
  // Finest first, each from the one before.
  std::vector<LevelPair> levels;
  for (size_t i = std::size(kLevels); i-- > 0;) {
    // Above the size of either picture there is nothing more to see.
    if (i > 0 && (kLevels[i - 1] >= longer || kLevels[i - 1] >= longer * b_per_a)) continue;
    const double factor = std::min(1.0, double(kLevels[i]) / longer);
    const Bitmap from_a = levels.empty() ? LumaOf(a) : Bitmap(), from_b = levels.empty() ? LumaOf(b) : Bitmap();
    LevelPair level;
    level.a = ReducedTo(levels.empty() ? from_a : levels.back().a, Scaled(a.size, factor));
    level.b = ReducedTo(levels.empty() ? from_b : levels.back().b, Scaled(b.size, std::min(1.0, factor / b_per_a)));
    level.cell = i == 3 ? 2 * kCell : kCell;
    levels.push_back(std::move(level));
  }
  Alignment result;
  result.b_from_a = guess;
  bool improved = false;
  for (size_t i = levels.size(); i-- > 0;) {
    const Bitmap level_a = Smoothed(levels[i].a), level_b = Smoothed(levels[i].b);
    const Homography to_a = Stretch(SizeOf(level_a), a.size), to_b = Stretch(b.size, SizeOf(level_b));
    Level level(level_a, level_b, levels[i].cell);
    Homography map = to_b.After(result.b_from_a).After(to_a);
    const bool good = level.enough() && level.Improve(&map) && level.agreeing() >= kAgreeingMin &&
                      level.correlation() >= kCorrelationMin;
    const Homography full = to_b.Inverse().After(map).After(to_a.Inverse());
    if (!good || CornerDistance(a.size, full, guess, b_per_a) > kStrayed * longer) {
      if (improved) break;
      continue;
    }
    result.b_from_a = full;
    result.correlation = level.correlation();
    result.agreeing = level.agreeing();
    improved = true;
  }
  if (!improved) return std::nullopt;
  result.tone = FitChannels(a, b, result.b_from_a);
  return result;
}

std::optional<Alignment> AlignBySignals(const PixelView& a, const PixelView& b, const PairSignals& signals) {
  std::optional<Alignment> alignment;
  if (signals.aligned_by != AlignedBy::kNothing) alignment = RefineAlignment(a, b, signals.query_from_match);
  if (!alignment && signals.aligned_by == AlignedBy::kPixels) {
    // The closer look laid them over each other already; few edges do not always lead there twice.
    const Overlay& overlay = *signals.overlay;
    alignment = Alignment{overlay.match_from_query, FitChannels(a, b, overlay.match_from_query), overlay.correlation,
                          overlay.agreeing_share};
  }
  if (!alignment) alignment = RefineAlignment(a, b, WholeFrame(a.size, b.size, feature::Orientation8::kUpright));
  return alignment;
}

Placement Place(Size a, Size b, const Homography& b_from_a) {
  Placement place;
  const Homography a_from_b = b_from_a.Inverse();
  const Polygon frame_a = Frame(a), frame_b = Frame(b);
  Polygon there, here;
  for (size_t i = 0; i < 4; ++i) {
    place.a_in_b[i] = b_from_a.Apply(frame_a[i]);
    place.b_in_a[i] = a_from_b.Apply(frame_b[i]);
    there.push_back(place.a_in_b[i]);
    here.push_back(place.b_in_a[i]);
  }
  place.b_shared = Area(ClipToFrame(there, b)) / (double(b.width) * b.height);
  place.a_shared = Area(ClipToFrame(here, a)) / (double(a.width) * a.height);
  const Point middle{a.width / 2.0, a.height / 2.0};
  const Point centre = b_from_a.Apply(middle);
  const Point right = b_from_a.Apply({middle.x + 1, middle.y}), below = b_from_a.Apply({middle.x, middle.y + 1});
  const Affine local{right.x - centre.x, below.x - centre.x, 0, right.y - centre.y, below.y - centre.y, 0};
  place.scale = local.scale();
  place.mirrored = local.mirrored();
  place.rotation_degrees = local.rotation_degrees();
  const double side = std::max(a.width, a.height) * place.scale;
  for (size_t i = 0; i < 4; ++i) {
    const Point flat = local.Apply({frame_a[i].x - middle.x, frame_a[i].y - middle.y});
    const Point real{place.a_in_b[i].x - centre.x, place.a_in_b[i].y - centre.y};
    place.perspective = std::max(place.perspective, std::hypot(flat.x - real.x, flat.y - real.y) / side);
  }
  return place;
}

LaidOver LayOver(const PixelView& a, const PixelView& b, const Alignment& alignment, const Spread& spread) {
  LaidOver laid;
  const double b_per_a = Place(a.size, b.size, alignment.b_from_a).scale;
  laid.scale = std::min(1.0, b_per_a);
  Bitmap held_a, held_b;
  const PixelView frame = AtScale(a, laid.scale, &held_a), source = AtScale(b, std::min(1.0, 1 / b_per_a), &held_b);
  const Size size = frame.size;
  const Homography map = Stretch(b.size, source.size).After(alignment.b_from_a).After(Stretch(size, a.size));
  const Curves curves = CurvesOf(alignment.tone);
  Bitmap laid_b(size.width, size.height, 4);
  laid.outside.mask = BitPlane(size);
  std::vector<uint64_t> shared(size_t(size.height), 0);
  spread((size_t(size.height) + kBand - 1) / kBand, [&](size_t band) {
    for (int y = int(band) * kBand; y < std::min(size.height, (int(band) + 1) * kBand); ++y)
      shared[size_t(y)] =
          LayRow(source, map, curves, y, size.width, frame.row(y), laid_b.row(y), laid.outside.mask.row(y));
  });
  laid.overlap = std::accumulate(shared.begin(), shared.end(), uint64_t{0});
  // The one that was resampled is the softer one; now both are.
  laid.a = Smoothed(frame, spread);
  laid.b = Smoothed(ViewOf(laid_b), spread);
  return laid;
}

Ignored IgnoredInFrame(const LaidOver& laid, const Ignored& of_a) {
  Ignored out = laid.outside;
  for (const Box& box : of_a.boxes) {
    const auto down = [&](int64_t at) { return static_cast<int>(std::floor(double(at) * laid.scale)); };
    out.boxes.push_back({down(box.x), down(box.y), down(int64_t{box.x} + box.width) - down(box.x) + 1,
                         down(int64_t{box.y} + box.height) - down(box.y) + 1});
  }
  const Size size = out.mask.size();
  const BitPlane mask = ScaledMask(of_a.mask, laid.scale, size);
  for (int y = 0; y < size.height; ++y)
    for (size_t word = 0; word < mask.row_words(); ++word) out.mask.row(y)[word] |= mask.row(y)[word];
  return out;
}

}  // namespace likeness::compare
