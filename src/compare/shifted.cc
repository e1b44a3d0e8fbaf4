#include "compare/shifted.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <vector>

#include "compare/cells.h"
#include "compare/parallax.h"
#include "feature/working.h"

namespace likeness::compare {
namespace {

using feature::Structure;
using image::Affine;
using image::Point;
using image::Size;

constexpr int kSamples = 2;                             // along each side of a cell
constexpr int kFine = 1, kCoarse = 4;                   // cells: details are what lies between these radii
constexpr double kChangedMin = 7, kChangedShare = 0.2;  // grey levels, of the contrast: below what an edit takes (0.45)
constexpr size_t kChangedCellsMin = 16;
constexpr size_t kAnchors = 120, kAsked = 200;  // changed cells that shifts are looked for and judged by
constexpr int kTogetherMin = 8;                 // cells
constexpr double kCellsPerSample = 2;           // neighbouring details are not independent
constexpr size_t kFinalists = 8;
constexpr double kRankMin = 2;        // standard deviations: less agrees by chance at one shift in forty
constexpr double kPeak = 2;           // cells: shifts as near are one
constexpr double kSlide = 3;          // cells: a straight edge may slide along itself by as much
constexpr double kSlidingMax = 0.9;   // of the agreement
constexpr double kShiftMin = 1.4;     // cells: less is bad alignment
constexpr double kStayingMax = 0.75;  // of the agreement: more is a pattern that repeats or an edit that shines through
constexpr double kLeftMax = 0.65;     // of the change
constexpr double kShareMin = 0.25;    // of the changed cells: before a tripod it would be a half
constexpr double kAgreeMin = 0.55;
constexpr double kPointReach = 1.5;      // cells
constexpr double kExplainedCells = 0.5;  // from a homography: perspective
constexpr size_t kGroup = 12;
constexpr double kTonesMax = 255;

// A rectangle of values, some absent.
struct Layer {
  int columns = 0, rows = 0;
  std::vector<double> value, weight;  // weight: 1, or 0 where absent

  Layer(int columns, int rows)
      : columns(columns), rows(rows), value(size_t(columns * rows)), weight(size_t(columns * rows)) {}
  size_t At(int x, int y) const { return size_t(y * columns + x); }
  bool Has(int x, int y) const { return x >= 0 && y >= 0 && x < columns && y < rows && weight[At(x, y)] > 0; }

  std::optional<double> Between(double x, double y) const {
    const int left = int(std::floor(x)), top = int(std::floor(y));
    double sum = 0;
    for (int corner = 0; corner < 4; ++corner) {
      const bool right = (corner & 1) != 0, low = (corner & 2) != 0;
      const double share = (right ? x - left : 1 - x + left) * (low ? y - top : 1 - y + top);
      if (share < 1e-9) continue;
      if (!Has(left + right, top + low)) return std::nullopt;
      sum += share * value[At(left + right, top + low)];
    }
    return sum;
  }
};

// Means of the present cells within `radius`, by sums from the corner.
Layer Boxed(const Layer& layer, int radius) {
  const size_t side = size_t(layer.columns + 1);
  std::vector<double> sums(side * size_t(layer.rows + 1)), weights = sums;
  for (int y = 0; y < layer.rows; ++y) {
    for (int x = 0; x < layer.columns; ++x) {
      const size_t at = size_t(y + 1) * side + size_t(x + 1);
      const double weight = layer.weight[layer.At(x, y)];
      sums[at] = weight * layer.value[layer.At(x, y)] + sums[at - 1] + sums[at - side] - sums[at - side - 1];
      weights[at] = weight + weights[at - 1] + weights[at - side] - weights[at - side - 1];
    }
  }
  Layer boxed = layer;
  for (int y = 0; y < layer.rows; ++y) {
    const size_t top = size_t(std::max(0, y - radius)) * side;
    const size_t bottom = size_t(std::min(layer.rows, y + radius + 1)) * side;
    for (int x = 0; x < layer.columns; ++x) {
      if (!layer.Has(x, y)) continue;
      const size_t left = size_t(std::max(0, x - radius)), right = size_t(std::min(layer.columns, x + radius + 1));
      auto box = [&](const std::vector<double>& s) {
        return s[bottom + right] - s[bottom + left] - s[top + right] + s[top + left];
      };
      boxed.value[layer.At(x, y)] = box(sums) / box(weights);
    }
  }
  return boxed;
}

struct Correlation {
  double n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;

  void Add(double x, double y) {
    n += 1;
    a += x;
    b += y;
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  double value() const {
    if (n < kTogetherMin) return 0;
    const double spread = (aa - a * a / n) * (bb - b * b / n);
    return spread > 1e-6 ? std::clamp((ab - a * b / n) / std::sqrt(spread), -0.999, 0.999) : 0;
  }
};

// The share of unrelated samples that correlate as well, log10: Fisher's transformation, the normal tail from above.
double Log10Chance(double correlation, double samples) {
  if (samples < 5 || correlation <= 0) return 0;
  const double z = std::atanh(correlation) * std::sqrt(samples - 3);
  return z < 1 ? 0 : -z * z / 2 / std::numbers::ln10 - std::log10(z * std::sqrt(2 * std::numbers::pi));
}

struct Place {
  int x = 0, y = 0;
};

// Both pictures' luma on one grid.
struct Scene {
  Grid grid;
  Layer query{0, 0}, match{0, 0}, query_details{0, 0}, match_details{0, 0};
  std::vector<bool> is_changed;
  std::vector<Place> changed;
  std::vector<Point> elsewhere;  // shifts of points, cells, from the query's place to the match's

  bool Changed(double x, double y) const {
    const int column = int(std::lround(x)), row = int(std::lround(y));
    return query.Has(column, row) && is_changed[query.At(column, row)];
  }
};

Layer Details(const Layer& layer) {
  Layer details = layer;
  const Layer around = Boxed(layer, kCoarse);
  for (size_t i = 0; i < details.value.size(); ++i) details.value[i] -= around.value[i];
  return details;
}

Scene Lay(const Structure& query, Size query_size, const Structure& match, Size match_size,
          const Affine& query_from_match, const StructureAgreement& agreement) {
  Scene scene;
  scene.grid = LayGrid(query_size, match_size, query_from_match, 1);
  Layer q(scene.grid.columns, scene.grid.rows), m = q;
  for (const Cell& cell :
       SampleCells(scene.grid, query, query_size, match, match_size, query_from_match.Inverse(), kSamples)) {
    const size_t at = q.At(cell.column, cell.row);
    q.weight[at] = m.weight[at] = 1;
    q.value[at] = cell.query;
    const double tone =
        agreement.gamma == 1 ? cell.match : kTonesMax * std::pow(cell.match / kTonesMax, agreement.gamma);
    m.value[at] = agreement.gain * tone + agreement.offset;
  }
  scene.query = Boxed(q, kFine);
  scene.match = Boxed(m, kFine);
  scene.query_details = Details(scene.query);
  scene.match_details = Details(scene.match);
  scene.is_changed.assign(q.value.size(), false);
  const double bound = std::max(kChangedMin, kChangedShare * agreement.contrast);
  for (int y = 0; y < q.rows; ++y) {
    for (int x = 0; x < q.columns; ++x) {
      const size_t at = q.At(x, y);
      if (!q.Has(x, y) || std::abs(scene.query.value[at] - scene.match.value[at]) <= bound) continue;
      scene.is_changed[at] = true;
      scene.changed.push_back({x, y});
    }
  }
  return scene;
}

// The whole shifts, from the query's place to the match's, by which the details of changed cells agree best, and those
// of points.
std::vector<Point> Candidates(const Scene& scene) {
  const Layer& q = scene.query_details;
  const Layer& m = scene.match_details;
  const int wide = 2 * q.columns - 1;
  std::vector<Correlation> shifts(size_t(wide * (2 * q.rows - 1)));
  const size_t step = std::max<size_t>(1, scene.changed.size() / kAnchors);
  for (size_t i = 0; i < scene.changed.size(); i += step) {
    const Place& a = scene.changed[i];
    const double detail = q.value[q.At(a.x, a.y)];
    for (const Place& b : scene.changed) {
      shifts[size_t((b.y - a.y + q.rows - 1) * wide + b.x - a.x + q.columns - 1)].Add(detail, m.value[m.At(b.x, b.y)]);
    }
  }
  std::vector<std::pair<double, Point>> ranked;
  for (size_t i = 0; i < shifts.size(); ++i) {
    if (shifts[i].n < kTogetherMin) continue;
    const double value = shifts[i].value(), rank = value * std::sqrt(shifts[i].n);
    if (rank < kRankMin) continue;
    const Point by{double(int(i) % wide - (q.columns - 1)), double(int(i) / wide - (q.rows - 1))};
    if (std::hypot(by.x, by.y) >= kShiftMin) ranked.emplace_back(-std::atanh(value) * std::sqrt(shifts[i].n), by);
  }
  std::ranges::sort(ranked, {}, &std::pair<double, Point>::first);
  std::vector<Point> candidates;
  for (const std::pair<double, Point>& one : ranked) {
    if (candidates.size() == kFinalists) break;
    const Point& by = one.second;
    const bool known = std::ranges::any_of(
        candidates, [&](const Point& other) { return std::hypot(other.x - by.x, other.y - by.y) < kPeak; });
    if (!known) candidates.push_back(by);
  }
  for (size_t i = 0; i < std::min(kFinalists, scene.elsewhere.size()); ++i) {
    const Point& by = scene.elsewhere[i];
    if (std::hypot(by.x, by.y) >= kShiftMin) candidates.push_back({std::round(by.x), std::round(by.y)});
  }
  return candidates;
}

// Asks every `step`th changed cell whose place after the shift changed too.
template <typename Ask>
void ForShifted(const Scene& scene, Point by, size_t step, Ask ask) {
  for (size_t i = 0; i < scene.changed.size(); i += step) {
    const Place& at = scene.changed[i];
    if (scene.Changed(at.x + by.x, at.y + by.y)) ask(at, at.x + by.x, at.y + by.y);
  }
}

double DetailsAgree(const Scene& scene, Point by, size_t step, double* cells = nullptr) {
  Correlation moved;
  ForShifted(scene, by, step, [&](const Place& at, double x, double y) {
    if (auto there = scene.match_details.Between(x, y))
      moved.Add(scene.query_details.value[scene.query.At(at.x, at.y)], *there);
  });
  if (cells) *cells = moved.n * double(step);
  return moved.value();
}

// Does the shift, and nothing that stays or repeats, tell what changed? `by`: cells.
Shifted Judge(const Scene& scene, Point by, double agreement, double cells, size_t step) {
  Shifted shifted;
  Correlation query_stays, match_stays, query_repeats, match_repeats;
  double left = 0, change = 0;
  ForShifted(scene, by, step, [&](const Place& at, double x, double y) {
    const size_t here = scene.query.At(at.x, at.y);
    const double query_here = scene.query_details.value[here], match_here = scene.match_details.value[here];
    auto query_there = scene.query_details.Between(x, y), match_there = scene.match_details.Between(x, y);
    auto found = scene.match.Between(x, y);
    if (!query_there || !match_there || !found) return;
    query_stays.Add(query_here, match_here);
    match_stays.Add(*query_there, *match_there);
    query_repeats.Add(query_here, *query_there);
    match_repeats.Add(match_here, *match_there);
    left += std::pow(scene.query.value[here] - *found, 2);
    change += std::pow(scene.query.value[here] - scene.match.value[here], 2);
  });
  const double staying =
      std::max({query_stays.value(), match_stays.value(), query_repeats.value(), match_repeats.value()});
  if (agreement < kAgreeMin || cells < kShareMin * double(scene.changed.size())) return shifted;
  if (change <= 0 || staying > kStayingMax * agreement) return shifted;
  shifted.left = std::sqrt(left / change);
  if (shifted.left > kLeftMax) return shifted;
  for (int way = 0; way < 8; ++way) {
    const double turn = way * std::numbers::pi / 4;
    const Point near{by.x + std::round(kSlide * std::cos(turn)), by.y + std::round(kSlide * std::sin(turn))};
    if (DetailsAgree(scene, near, step) > kSlidingMax * agreement) return shifted;
  }
  const double tests = double(scene.query.columns) * scene.query.rows * 4 * 4;  // half cells, both ways
  const double samples = std::min(cells / kCellsPerSample, cells / double(step));
  shifted.cells = int(cells);
  shifted.agreement = agreement;
  shifted.log10_false_alarms = std::log10(tests) + Log10Chance(agreement, samples);
  const double chance = std::numbers::pi * kPointReach * kPointReach / (double(scene.query.columns) * scene.query.rows);
  for (const Point& point : scene.elsewhere) {
    if (std::hypot(point.x - by.x, point.y - by.y) > kPointReach) continue;
    ++shifted.points;
    shifted.log10_false_alarms += std::log10(chance * double(scene.elsewhere.size()) / shifted.points);
  }
  shifted.by = {-by.x * scene.grid.step_x, -by.y * scene.grid.step_y};
  return shifted;
}

}  // namespace

Shifted FindShifted(const Structure& query, Size query_size, const Structure& match, Size match_size,
                    const Affine& query_from_match, const StructureAgreement& agreement,
                    std::span<const PointPair> agreeing, std::span<const PointPair> elsewhere) {
  Shifted best;
  Scene scene = Lay(query, query_size, match, match_size, query_from_match, agreement);
  if (scene.changed.size() < kChangedCellsMin) return best;
  const Grid& grid = scene.grid;
  auto cell = [&](Point p) {
    return Point{(p.x - grid.left) / grid.step_x - 0.5, (p.y - grid.top) / grid.step_y - 0.5};
  };
  for (const PointPair& pair : elsewhere) {
    const Point from = cell(query_from_match.Apply(pair.from)), to = cell(pair.to);
    if (scene.Changed(from.x, from.y) && scene.Changed(to.x, to.y))
      scene.elsewhere.push_back({from.x - to.x, from.y - to.y});
  }
  const size_t step = std::max<size_t>(1, scene.changed.size() / kAsked);
  for (const Point& whole : Candidates(scene)) {
    Point by = whole;
    double agrees = 0, cells = 0;
    for (int sub = 0; sub < 9; ++sub) {
      const Point near{whole.x + 0.5 * (sub % 3 - 1), whole.y + 0.5 * (sub / 3 - 1)};
      double count = 0;
      const double value = DetailsAgree(scene, near, step, &count);
      if (value <= agrees) continue;
      agrees = value;
      by = near;
      cells = count;
    }
    if (agrees <= 0) continue;
    Shifted shifted = Judge(scene, by, agrees, cells, step);
    if (shifted.log10_false_alarms < best.log10_false_alarms) best = shifted;
  }
  if (best.cells == 0) return best;
  // Perspective shifts places too, but one homography tells them and the rest.
  std::vector<PointPair> group;
  const Point by{-best.by.x / grid.step_x, -best.by.y / grid.step_y};
  ForShifted(scene, by, std::max<size_t>(1, size_t(best.cells) / kGroup), [&](const Place& at, double x, double y) {
    auto place = [&](double column, double row) {
      return Point{grid.left + (column + 0.5) * grid.step_x, grid.top + (row + 0.5) * grid.step_y};
    };
    group.push_back({query_from_match.Inverse().Apply(place(x, y)), place(at.x, at.y)});
  });
  const double pixel = kExplainedCells * std::hypot(grid.step_x, grid.step_y);
  if (LeftByHomography(agreeing, group, query_from_match, pixel) <= 1) return {};
  const double working =
      std::sqrt(std::max(1.0, double(query_size.width) * query_size.height / double(feature::kLocalPixels)));
  best.apart = std::hypot(best.by.x, best.by.y) / working;
  return best;
}

}  // namespace likeness::compare
