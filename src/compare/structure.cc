#include "compare/structure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "compare/cells.h"
#include "compare/geometry.h"
#include "compare/softness.h"

namespace likeness::compare {
namespace {

using feature::kStructureSide;
using feature::Structure;
using image::Affine;
using image::Point;
using image::Size;

constexpr int kSamples = 4;                // along each side of a cell
constexpr double kStep = 1.5;              // of the coarser picture's cells: what a shift of half a cell blurs
constexpr int kCellsMin = 24;              // fewer prove nothing
constexpr double kDifferenceMin = 14;      // grey levels that count as a change in any picture,
constexpr double kDifferenceShare = 0.45;  // or this share of the overlap's contrast
constexpr size_t kRegionsMax = 16;
constexpr double kTrustedShare = 0.45;  // of the cells are never an edit
constexpr double kGainMin = 0.2, kGainMax = 5;
constexpr size_t kStarts = 40;
constexpr double kRefineCorrelation = 0.7;  // less alike pictures are not worth a blur or a tone curve
constexpr double kRefineChanged = 0.02;
constexpr double kRefineGain = 0.6;   // of the change must be left at most for either to be believed
constexpr double kDetailRatio = 0.7;  // of two pictures' detail: the poorer is blurred
constexpr int kSofteningMax = 4;      // times
constexpr std::array<double, 6> kGammas{0.4, 0.5, 0.7, 1.4, 2.0, 2.5};
constexpr double kTonesMax = 255;

struct Moments {
  double n = 0, q = 0, m = 0, qq = 0, mm = 0, qm = 0;

  void Add(const Cell& cell) {
    n += 1;
    q += cell.query;
    m += cell.match;
    qq += cell.query * cell.query;
    mm += cell.match * cell.match;
    qm += cell.query * cell.match;
  }
  double query_variance() const { return std::max(0.0, qq / n - q / n * (q / n)); }
  double match_variance() const { return std::max(0.0, mm / n - m / n * (m / n)); }
  double covariance() const { return qm / n - q / n * (m / n); }
  double correlation() const {
    double spread = std::sqrt(query_variance() * match_variance());
    return spread > 1 ? std::clamp(covariance() / spread, -1.0, 1.0) : 0;
  }
};

double Apart(const Cell& cell, double gain, double offset) {
  // What was clipped at either end says nothing about how far it would have gone.
  double query = std::clamp(gain * cell.match + offset, 0.0, kTonesMax);
  double match = std::clamp((cell.query - offset) / gain, 0.0, kTonesMax);
  return std::min(std::abs(cell.query - query), gain * std::abs(cell.match - match));
}

// The bound under which kTrustedShare of the cells lie.
double TrustedDifference(const std::vector<Cell>& cells, double gain, double offset) {
  std::vector<double> differences;
  differences.reserve(cells.size());
  for (const Cell& cell : cells) differences.push_back(Apart(cell, gain, offset));
  auto at = differences.begin() + ptrdiff_t(kTrustedShare * double(differences.size()));
  std::ranges::nth_element(differences, at);
  return *at;
}

// The line through the cells that most of them lie on, by least quantile of squares (Rousseeuw 1984): an edit of half
// of the picture does not bend it. Starts: no change, all cells, and lines through far pairs of cells.
void FitExposure(std::vector<Cell>& cells, StructureAgreement& result) {
  auto line = [](const Moments& moments, double& gain, double& offset) {
    double variance = moments.match_variance();
    gain = variance > 4 ? std::clamp(moments.covariance() / variance, kGainMin, kGainMax) : 1.0;
    offset = (moments.q - gain * moments.m) / moments.n;
  };
  double least = TrustedDifference(cells, 1, 0);
  auto attempt = [&](double gain, double offset) {
    double bound = TrustedDifference(cells, gain, offset);
    if (bound >= least) return;
    least = bound;
    result.gain = gain;
    result.offset = offset;
  };
  Moments all;
  for (const Cell& cell : cells) all.Add(cell);
  double gain = 1, offset = 0;
  line(all, gain, offset);
  attempt(gain, offset);
  attempt(1, (all.q - all.m) / all.n);
  for (size_t i = 0; i < kStarts; ++i) {
    const Cell& a = cells[i * 7919 % cells.size()];
    const Cell& b = cells[(i * 104729 + cells.size() / 2) % cells.size()];
    if (std::abs(a.match - b.match) < 12) continue;
    gain = (a.query - b.query) / (a.match - b.match);
    if (gain >= kGainMin && gain <= kGainMax) attempt(gain, a.query - gain * a.match);
  }
  for (int round = 0; round < 3; ++round) {
    Moments trusted;
    double bound = std::max(3.0, 2.5 * TrustedDifference(cells, result.gain, result.offset));
    for (const Cell& cell : cells) {
      if (Apart(cell, result.gain, result.offset) <= bound) trusted.Add(cell);
    }
    if (trusted.n >= kCellsMin / 3) line(trusted, result.gain, result.offset);
  }
  for (Cell& cell : cells) cell.difference = Apart(cell, result.gain, result.offset);
}

// Boxes around 8-connected changed cells.
std::vector<image::Quad> Cluster(const std::vector<Cell>& cells, const Grid& grid, double bound) {
  std::vector<int> label(size_t(grid.columns * grid.rows), -1);
  for (const Cell& cell : cells) {
    if (cell.difference > bound) label[size_t(cell.row * grid.columns + cell.column)] = 0;
  }
  struct Box {
    int left, top, right, bottom, count;
  };
  std::vector<Box> boxes;
  std::vector<int> stack;
  for (int start = 0; start < int(label.size()); ++start) {
    if (label[size_t(start)] != 0) continue;
    Box box{grid.columns, grid.rows, -1, -1, 0};
    stack.assign(1, start);
    label[size_t(start)] = 1;
    while (!stack.empty()) {
      int at = stack.back();
      stack.pop_back();
      int x = at % grid.columns, y = at / grid.columns;
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x), std::max(box.bottom, y),
             box.count + 1};
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) {
          int nx = x + dx, ny = y + dy;
          if (nx < 0 || ny < 0 || nx >= grid.columns || ny >= grid.rows) continue;
          int next = ny * grid.columns + nx;
          if (label[size_t(next)] != 0) continue;
          label[size_t(next)] = 1;
          stack.push_back(next);
        }
      }
    }
    boxes.push_back(box);
  }
  std::ranges::stable_sort(boxes, std::greater<>{}, &Box::count);
  if (boxes.size() > kRegionsMax) boxes.resize(kRegionsMax);
  std::vector<image::Quad> quads;
  for (const Box& box : boxes) {
    double left = grid.left + box.left * grid.step_x, right = grid.left + (box.right + 1) * grid.step_x;
    double top = grid.top + box.top * grid.step_y, bottom = grid.top + (box.bottom + 1) * grid.step_y;
    quads.push_back({Point{left, top}, Point{right, top}, Point{right, bottom}, Point{left, bottom}});
  }
  return quads;
}

double Bound(const StructureAgreement& result) {
  return std::max(kDifferenceMin, kDifferenceShare * result.contrast);
}

void Count(const std::vector<Cell>& cells, StructureAgreement& result) {
  double bound = Bound(result), sum = 0;
  int changed = 0;
  Moments agreeing;
  for (const Cell& cell : cells) {
    sum += cell.difference;
    if (cell.difference > bound)
      ++changed;
    else
      agreeing.Add(cell);
  }
  result.agreeing_correlation = agreeing.n < kCellsMin / 2 ? 0 : agreeing.correlation();
  result.mean_difference = sum / double(cells.size());
  result.changed_share = double(changed) / double(cells.size());
}

// Takes the attempt, if it leaves clearly less change.
bool TakeIfBetter(std::vector<Cell>& cells, StructureAgreement& result, std::vector<Cell> attempt,
                  StructureAgreement attempted) {
  FitExposure(attempt, attempted);
  Count(attempt, attempted);
  if (attempted.changed_share > kRefineGain * result.changed_share) return false;
  if (attempted.mean_difference > result.mean_difference) return false;
  attempted.correlation = std::max(attempted.correlation, result.correlation);
  attempted.agreeing_correlation = std::max(attempted.agreeing_correlation, result.agreeing_correlation);
  cells = std::move(attempt);
  result = std::move(attempted);
  return true;
}

// Where one picture has clearly less detail all over, the other is blurred as well.
void FitBlur(std::vector<Cell>& cells, const Grid& grid, StructureAgreement& result) {
  Plane query{grid.columns, grid.rows, {}};
  query.values.assign(size_t(grid.columns * grid.rows), std::numeric_limits<float>::quiet_NaN());
  Plane match = query;
  auto at = [&](const Cell& cell) { return size_t(cell.row * grid.columns + cell.column); };
  for (const Cell& cell : cells) {
    query.values[at(cell)] = float(cell.query);
    match.values[at(cell)] = float(cell.match);
  }
  double query_detail = Detail(query), match_detail = Detail(match) * result.gain;
  bool query_blurred = query_detail < kDetailRatio * match_detail;
  bool match_blurred = match_detail < kDetailRatio * query_detail;
  if (!query_blurred && !match_blurred) return;
  const std::vector<Cell> original = cells;
  for (int times = 1; times <= kSofteningMax; ++times) {
    Plane soft = Softened(query_blurred ? match : query, times);
    std::vector<Cell> attempt = original;
    for (Cell& cell : attempt) (query_blurred ? cell.match : cell.query) = double(soft.values[at(cell)]);
    StructureAgreement attempted = result;
    attempted.query_blurred = query_blurred;
    attempted.match_blurred = match_blurred;
    TakeIfBetter(cells, result, std::move(attempt), std::move(attempted));
  }
}

void FitTones(std::vector<Cell>& cells, StructureAgreement& result) {
  const std::vector<Cell> original = cells;
  for (double gamma : kGammas) {
    if (result.changed_share <= kRefineChanged) return;
    std::vector<Cell> attempt = original;
    for (Cell& cell : attempt) cell.match = kTonesMax * std::pow(cell.match / kTonesMax, gamma);
    StructureAgreement attempted = result;
    attempted.gamma = gamma;
    TakeIfBetter(cells, result, std::move(attempt), std::move(attempted));
  }
}

}  // namespace

StructureAgreement AlignStructure(const Structure& query, Size query_size, const Structure& match, Size match_size,
                                  const Affine& query_from_match) {
  StructureAgreement result;
  if (query_size.width <= 0 || query_size.height <= 0 || match_size.width <= 0 || match_size.height <= 0 ||
      std::abs(query_from_match.determinant()) < 1e-9) {
    return result;
  }
  Grid grid = LayGrid(query_size, match_size, query_from_match, kStep);
  std::vector<Cell> cells =
      SampleCells(grid, query, query_size, match, match_size, query_from_match.Inverse(), kSamples);
  if (int(cells.size()) < kCellsMin) return result;
  result.cells = int(cells.size());
  Moments all;
  for (const Cell& cell : cells) all.Add(cell);
  result.contrast = std::sqrt(all.query_variance());
  result.correlation = all.correlation();

  FitExposure(cells, result);
  Count(cells, result);
  if (result.correlation >= kRefineCorrelation && result.changed_share > kRefineChanged) {
    FitBlur(cells, grid, result);
    FitTones(cells, result);
  }
  if (result.changed_share > 0) result.changed_regions = Cluster(cells, grid, Bound(result));
  return result;
}

Surround LookAround(const Structure& query, Size query_size, Size match_size, const Affine& query_from_match) {
  struct Side {
    double n = 0, sum = 0, squares = 0;
  };
  std::array<Side, 4> sides;
  Surround around;
  if (std::abs(query_from_match.determinant()) < 1e-9) return around;
  Affine inverse = query_from_match.Inverse();
  Polygon overlap = ClipToFrame(Map(query_from_match, Frame(match_size)), query_size);
  if (overlap.size() < 3) return around;
  auto [left, right] = std::ranges::minmax(overlap, {}, &Point::x);
  auto [top, bottom] = std::ranges::minmax(overlap, {}, &Point::y);
  // Cells that touch the match are mixed with it: a margin of one cell stays out.
  double margin_x = double(query_size.width) / kStructureSide, margin_y = double(query_size.height) / kStructureSide;
  for (int row = 0; row < kStructureSide; ++row) {
    for (int column = 0; column < kStructureSide; ++column) {
      Point q{(column + 0.5) * margin_x, (row + 0.5) * margin_y};
      if (Inside(inverse.Apply(q), match_size)) continue;
      double value = query[size_t(row * kStructureSide + column)];
      around.share += 1.0 / (kStructureSide * kStructureSide);
      Side* side = nullptr;
      if (q.y < top.y - margin_y)
        side = &sides[0];
      else if (q.y > bottom.y + margin_y)
        side = &sides[1];
      else if (q.x < left.x - margin_x)
        side = &sides[2];
      else if (q.x > right.x + margin_x)
        side = &sides[3];
      if (!side) continue;
      side->n += 1;
      side->sum += value;
      side->squares += value * value;
    }
  }
  for (const Side& side : sides) {
    if (side.n < 1) continue;
    double mean = side.sum / side.n;
    around.deviation = std::max(around.deviation, std::sqrt(std::max(0.0, side.squares / side.n - mean * mean)));
  }
  return around;
}

}  // namespace likeness::compare
