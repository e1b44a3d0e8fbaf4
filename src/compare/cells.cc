#include "compare/cells.h"

#include <algorithm>
#include <cmath>

#include "compare/geometry.h"

namespace likeness::compare {
namespace {

using feature::kStructureSide;
using feature::Structure;
using image::Affine;
using image::Point;
using image::Size;

// Bilinear; coordinates in cells, centres at +0.5.
double Sample(const Structure& structure, double u, double v) {
  u = std::clamp(u - 0.5, 0.0, kStructureSide - 1.0);
  v = std::clamp(v - 0.5, 0.0, kStructureSide - 1.0);
  int x = std::min(int(u), kStructureSide - 2), y = std::min(int(v), kStructureSide - 2);
  double fx = u - x, fy = v - y;
  const uint8_t* p = structure.data() + y * kStructureSide + x;
  return (p[0] * (1 - fx) + p[1] * fx) * (1 - fy) + (p[kStructureSide] * (1 - fx) + p[kStructureSide + 1] * fx) * fy;
}

}  // namespace

bool Inside(Point p, Size size) {
  return p.x >= 0 && p.y >= 0 && p.x <= size.width && p.y <= size.height;
}

Grid LayGrid(Size query_size, Size match_size, const Affine& query_from_match, double cells) {
  Polygon overlap = ClipToFrame(Map(query_from_match, Frame(match_size)), query_size);
  Grid grid;
  if (overlap.size() < 3) return grid;
  auto [left, right] = std::ranges::minmax(overlap, {}, &Point::x);
  auto [top, bottom] = std::ranges::minmax(overlap, {}, &Point::y);
  double cell_x = double(match_size.width) / kStructureSide, cell_y = double(match_size.height) / kStructureSide;
  double match_x = std::hypot(query_from_match.a * cell_x, query_from_match.b * cell_y);
  double match_y = std::hypot(query_from_match.c * cell_x, query_from_match.d * cell_y);
  double step_x = cells * std::max(match_x, double(query_size.width) / kStructureSide);
  double step_y = cells * std::max(match_y, double(query_size.height) / kStructureSide);
  double width = right.x - left.x, height = bottom.y - top.y;
  grid.columns = std::clamp(int(width / step_x), 0, kStructureSide);
  grid.rows = std::clamp(int(height / step_y), 0, kStructureSide);
  if (grid.columns == 0 || grid.rows == 0) return grid;
  grid.left = left.x;
  grid.top = top.y;
  grid.step_x = width / grid.columns;
  grid.step_y = height / grid.rows;
  return grid;
}

std::vector<Cell> SampleCells(const Grid& grid, const Structure& query, Size query_size, const Structure& match,
                              Size match_size, const Affine& match_from_query, int samples) {
  std::vector<Cell> cells;
  for (int row = 0; row < grid.rows; ++row) {
    for (int column = 0; column < grid.columns; ++column) {
      Cell cell{column, row};
      int inside = 0;
      for (int i = 0; i < samples * samples; ++i) {
        Point q{grid.left + (column + (i % samples + 0.5) / samples) * grid.step_x,
                grid.top + (row + (i / samples + 0.5) / samples) * grid.step_y};
        Point m = match_from_query.Apply(q);
        if (!Inside(m, match_size)) continue;
        ++inside;
        cell.query += Sample(query, q.x / query_size.width * kStructureSide, q.y / query_size.height * kStructureSide);
        cell.match += Sample(match, m.x / match_size.width * kStructureSide, m.y / match_size.height * kStructureSide);
      }
      // Cells on the rim see what lies beyond it.
      if (inside < samples * samples) continue;
      cell.query /= inside;
      cell.match /= inside;
      cells.push_back(cell);
    }
  }
  return cells;
}

}  // namespace likeness::compare
