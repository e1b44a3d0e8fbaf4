#include "compare/softness.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace likeness::compare {

double Detail(const Plane& plane) {
  std::vector<float> details;
  constexpr std::array<std::array<int, 2>, 4> kAround{{{-1, 0}, {1, 0}, {0, -1}, {0, 1}}};
  for (int row = 1; row + 1 < plane.rows; ++row) {
    for (int column = 1; column + 1 < plane.columns; ++column) {
      float sum = 0;
      for (auto [dx, dy] : kAround) sum += plane.values[size_t((row + dy) * plane.columns + column + dx)];
      float detail = std::abs(plane.values[size_t(row * plane.columns + column)] - sum / 4);
      if (!std::isnan(detail)) details.push_back(detail);
    }
  }
  if (details.empty()) return 0;
  auto at = details.begin() + std::ptrdiff_t(double(details.size()) * 0.8);
  std::ranges::nth_element(details, at);
  return *at;
}

Plane Softened(Plane plane, int times) {
  for (; times > 0; --times) {
    Plane soft = plane;
    for (int row = 0; row < plane.rows; ++row) {
      for (int column = 0; column < plane.columns; ++column) {
        float sum = 0;
        int count = 0;
        for (int y = std::max(0, row - 1); y <= std::min(plane.rows - 1, row + 1); ++y) {
          for (int x = std::max(0, column - 1); x <= std::min(plane.columns - 1, column + 1); ++x) {
            float value = plane.values[size_t(y * plane.columns + x)];
            if (std::isnan(value)) continue;
            sum += value;
            ++count;
          }
        }
        float& value = soft.values[size_t(row * plane.columns + column)];
        if (!std::isnan(value)) value = sum / float(count);
      }
    }
    plane = std::move(soft);
  }
  return plane;
}

}  // namespace likeness::compare
