// Private to this module: weighted sums of rows, the vertical half of a separable filter.
#pragma once

#include <cstddef>
#include <vector>

#include "image/bitmap.h"

namespace likeness::feature {

// One output along an axis: a weighted sum of the samples first .. first + weights.size() - 1.
struct Filter {
  int first = 0;
  std::vector<float> weights;
};

// samples[i] = the filter's sum over rows of sample i. `samples` has row_bytes() elements.
void FilterRows(const image::Bitmap& bitmap, const Filter& filter, float* samples);

}  // namespace likeness::feature
