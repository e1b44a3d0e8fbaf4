#include "feature/filter_rows.h"

#include <algorithm>

namespace likeness::feature {
namespace {

// Sums of this many samples stay in the first-level cache.
constexpr size_t kBlock = 4096;

}  // namespace

void FilterRows(const image::Bitmap& bitmap, const Filter& filter, float* samples) {
  size_t stride = bitmap.row_bytes();
  for (size_t begin = 0; begin < stride; begin += kBlock) {
    size_t count = std::min(stride - begin, kBlock);
    float* __restrict sum = samples + begin;
    std::fill(sum, sum + count, 0.0f);
    const uint8_t* row = bitmap.row(filter.first) + begin;
    size_t k = 0;
    // Four rows at a time: the sums are loaded and stored a quarter as often.
    for (; k + 4 <= filter.weights.size(); k += 4, row += 4 * stride) {
      const float* w = &filter.weights[k];
      const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
      const uint8_t *r0 = row, *r1 = row + stride, *r2 = row + 2 * stride, *r3 = row + 3 * stride;
      for (size_t i = 0; i < count; ++i) {
        sum[i] += w0 * static_cast<float>(r0[i]) + w1 * static_cast<float>(r1[i]) + w2 * static_cast<float>(r2[i]) +
                  w3 * static_cast<float>(r3[i]);
      }
    }
    for (; k < filter.weights.size(); ++k, row += stride) {
      const float w = filter.weights[k];
      for (size_t i = 0; i < count; ++i) sum[i] += w * static_cast<float>(row[i]);
    }
  }
}

}  // namespace likeness::feature
