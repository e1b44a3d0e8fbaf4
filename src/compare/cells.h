// The 64x64 luma of two pictures sampled on one grid, where a transform lays them over each other. Internal to compare.
#pragma once

#include <vector>

#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

struct Cell {
  int column = 0, row = 0;
  double query = 0, match = 0;
  double difference = 0;
};

struct Grid {
  double left = 0, top = 0, step_x = 1, step_y = 1;  // query's pixels
  int columns = 0, rows = 0;
};

// Over the overlap's bounding box, in steps of `cells` of the coarser picture's cells. Empty where there is no overlap.
Grid LayGrid(image::Size query_size, image::Size match_size, const image::Affine& query_from_match, double cells);

// Means of both over each cell of the grid that lies in both, row by row, of `samples` by `samples` places in each.
std::vector<Cell> SampleCells(const Grid& grid, const feature::Structure& query, image::Size query_size,
                              const feature::Structure& match, image::Size match_size,
                              const image::Affine& match_from_query, int samples);

bool Inside(image::Point p, image::Size size);

}  // namespace likeness::compare
