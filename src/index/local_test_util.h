// Inside the index tests: points of pictures that are not there, views of them, and a collection to find them in.
#pragma once

#include <array>
#include <cmath>
#include <map>
#include <random>

#include "feature/types.h"
#include "index/local.h"
#include "index/local_code.h"

namespace likeness::index {

using feature::Descriptor;
using feature::Keypoint;
using feature::LocalFeatures;

inline constexpr uint32_t kWidth = 1600, kHeight = 1200;

// visit(a, b, bit): the cells, over all grids and channels, that a bit of a descriptor compares.
template <typename Visit>
void ForEachBit(Visit visit) {
  int bit = 0, base = 0;
  for (int side = 2; side <= 4; ++side)
    for (int channel = 0; channel < 3; ++channel, base += side * side)
      for (int a = 0; a < side * side; ++a)
        for (int b = a + 1; b < side * side; ++b, ++bit) visit(base + a, base + b, bit);
}

using Cells = std::array<double, kCodeCells>;

inline Descriptor Compared(const Cells& cells) {
  Descriptor descriptor;
  ForEachBit([&](int a, int b, int bit) { descriptor.words[bit / 64] |= uint64_t{cells[a] > cells[b]} << (bit % 64); });
  return descriptor;
}

// Another view of the same point: `noise` in shares of the spread of its cells.
inline Descriptor Seen(const Descriptor& point, double noise, std::mt19937_64& random) {
  Cells ranks{};
  ForEachBit([&](int a, int b, int bit) {
    const int sign = point.words[bit / 64] >> (bit % 64) & 1 ? 1 : -1;
    ranks[a] += sign;
    ranks[b] -= sign;
  });
  std::normal_distribution<double> normal;
  for (size_t cell = 0; cell < kCodeCells; ++cell)
    ranks[cell] += noise * normal(random) * (cell < 12 ? 1.9 : cell < 39 ? 4.8 : 8.9);
  return Compared(ranks);
}

inline LocalFeatures RandomFeatures(size_t points, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  LocalFeatures features;
  for (size_t i = 0; i < points; ++i) {
    features.keypoints.push_back({static_cast<float>(random() % kWidth), static_cast<float>(random() % kHeight),
                                  static_cast<float>(8 << random() % 4), static_cast<float>(random() % 360),
                                  static_cast<float>(points - i)});
    Cells cells;
    for (double& cell : cells) cell = normal(random);
    features.descriptors.push_back(Compared(cells));
  }
  return features;
}

// What the features of an edited copy look like: turned, scaled, moved; seen anew; only some points left, some new.
inline LocalFeatures Edited(const LocalFeatures& original, float degrees, float scale, float dx, float dy, double kept,
                            double noise, std::mt19937_64& random) {
  LocalFeatures features;
  float turn = degrees * 3.14159265f / 180;
  for (size_t i = 0; i < original.keypoints.size(); ++i) {
    if (static_cast<double>(random() % 1000) >= kept * 1000) continue;
    Keypoint point = original.keypoints[i];
    float x = point.x, y = point.y;
    point.x = scale * (std::cos(turn) * x - std::sin(turn) * y) + dx;
    point.y = scale * (std::sin(turn) * x + std::cos(turn) * y) + dy;
    point.size *= scale;
    point.angle_degrees = std::fmod(point.angle_degrees + degrees + 360, 360.0f);
    features.keypoints.push_back(point);
    features.descriptors.push_back(Seen(original.descriptors[i], noise, random));
  }
  LocalFeatures others = RandomFeatures(original.keypoints.size() / 2, random);
  for (size_t i = 0; i < others.keypoints.size() && features.keypoints.size() < 256; ++i) {
    features.keypoints.push_back(others.keypoints[i]);
    features.descriptors.push_back(others.descriptors[i]);
  }
  return features;
}

struct Collection {
  LocalIndex index;
  std::map<uint64_t, LocalFeatures> all;
  std::mt19937_64 random{23};

  void Fill(size_t count, size_t points) {
    for (uint64_t id = 1; id <= count; ++id) {
      all[id] = RandomFeatures(points, random);
      index.Add(ImageId{id}, all[id], kWidth, kHeight);
    }
  }
  uint64_t Best(const LocalFeatures& query, const LocalFeatures* mirrored = nullptr) const {
    auto hits = index.Search(query, mirrored, kWidth, kHeight, 20);
    return hits.empty() ? 0 : hits[0].id.value;
  }
};

}  // namespace likeness::index
