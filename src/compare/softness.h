// Pictures that differ as a whole, by a blur or a tone curve, before their cells are asked what was edited. Internal to
// compare.
#pragma once

#include <vector>

namespace likeness::compare {

// A rectangle of values; absent cells are NaN.
struct Plane {
  int columns = 0, rows = 0;
  std::vector<float> values;
};

// The 80 % quantile of how much a cell differs from the mean of its four neighbours: what a blur takes away first. An
// edit of a fifth of the picture does not move it.
double Detail(const Plane& plane);

// The mean of up to 3 by 3 present cells, `times` over.
Plane Softened(Plane plane, int times);

}  // namespace likeness::compare
