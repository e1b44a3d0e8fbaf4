// Made-up features with a known truth, for the tests of compare and dedupe.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>
#include <random>

#include "feature/types.h"
#include "image/bitmap.h"
#include "image/transform.h"

namespace likeness::compare {

inline feature::Descriptor RandomDescriptor(std::mt19937_64& random) {
  feature::Descriptor descriptor;
  for (uint64_t& word : descriptor.words) word = random();
  for (int bit = feature::kDescriptorBits; bit < 512; ++bit) {
    descriptor.words[size_t(bit / 64)] &= ~(uint64_t(1) << (bit % 64));
  }
  return descriptor;
}

inline feature::Descriptor Noisy(feature::Descriptor descriptor, int flips, std::mt19937_64& random) {
  for (int i = 0; i < flips; ++i) {
    uint64_t bit = random() % feature::kDescriptorBits;
    descriptor.words[bit / 64] ^= uint64_t(1) << (bit % 64);
  }
  return descriptor;
}

inline feature::LocalFeatures RandomPoints(int count, image::Size size, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<float> unit(0, 1);
  feature::LocalFeatures features;
  for (int i = 0; i < count; ++i) {
    features.keypoints.push_back({unit(random) * float(size.width), unit(random) * float(size.height),
                                  4 + 30 * unit(random), 360 * unit(random), 1 - float(i) / float(count)});
    features.descriptors.push_back(RandomDescriptor(random));
  }
  return features;
}

inline image::Affine Similarity(double scale, double degrees, double tx, double ty) {
  double angle = degrees * std::numbers::pi / 180;
  double a = scale * std::cos(angle), c = scale * std::sin(angle);
  return {a, -c, tx, c, a, ty};
}

// What a picture `from` of which `query_from_match` made a new one of `size` has for points: those that fall into it,
// jittered by jitter_px with `flips` bits of noise, then filled up with `outliers` of its own.
inline feature::LocalFeatures Moved(const feature::LocalFeatures& from, const image::Affine& query_from_match,
                                    image::Size size, double jitter_px, int flips, int outliers, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> jitter(0, jitter_px + 1e-9);
  feature::LocalFeatures features;
  for (size_t i = 0; i < from.keypoints.size(); ++i) {
    feature::Keypoint point = from.keypoints[i];
    image::Point moved = query_from_match.Apply({point.x, point.y});
    point.x = float(moved.x + jitter(random));
    point.y = float(moved.y + jitter(random));
    if (point.x < 0 || point.y < 0 || point.x >= float(size.width) || point.y >= float(size.height)) continue;
    point.size *= float(query_from_match.scale() * (1 + jitter(random) / 40));
    double angle = point.angle_degrees + query_from_match.rotation_degrees() + 2 * jitter(random);
    point.angle_degrees = float(std::fmod(angle + 720, 360.0));
    features.keypoints.push_back(point);
    features.descriptors.push_back(Noisy(from.descriptors[i], flips, random));
  }
  feature::LocalFeatures own = RandomPoints(outliers, size, seed + 1);
  features.keypoints.insert(features.keypoints.end(), own.keypoints.begin(), own.keypoints.end());
  features.descriptors.insert(features.descriptors.end(), own.descriptors.begin(), own.descriptors.end());
  return features;
}

// Smooth random hills, sampled as the luma of a picture of which `frame` maps the unit square to the hills' plane.
template <typename Place>
feature::Structure Hills(uint64_t seed, Place place) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> unit(0, 1);
  struct Wave {
    double x, y, phase;
  };
  std::array<Wave, 8> waves;
  for (Wave& wave : waves) wave = {18 * unit(random) - 9, 18 * unit(random) - 9, 6.3 * unit(random)};
  feature::Structure structure;
  for (int i = 0; i < feature::kStructureSide * feature::kStructureSide; ++i) {
    image::Point p = place({(i % feature::kStructureSide + 0.5) / feature::kStructureSide,
                            (i / feature::kStructureSide + 0.5) / feature::kStructureSide});
    double value = 128;
    for (const Wave& wave : waves) value += 16 * std::sin(wave.x * p.x + wave.y * p.y + wave.phase);
    structure[size_t(i)] = uint8_t(std::clamp(value, 0.0, 255.0));
  }
  return structure;
}

inline feature::Structure Hills(uint64_t seed) {
  return Hills(seed, [](image::Point p) { return p; });
}

}  // namespace likeness::compare
