#include "index/local_points.h"

#include <algorithm>
#include <cmath>

namespace likeness::index {
namespace {

float Finite(float value) {
  return std::isfinite(value) ? value : 0.0f;
}

}  // namespace

Signature SignatureOf(const feature::Descriptor& descriptor) {
  // A stride of 61, which has no divisor in common with 486, takes bits of all grids and channels of the descriptor
  // evenly.
  Signature signature{};
  for (unsigned i = 0; i < 128; ++i) {
    unsigned bit = (i * 61) % feature::kDescriptorBits;
    signature[i / 64] |= (descriptor.words[bit / 64] >> (bit % 64) & 1) << (i % 64);
  }
  return signature;
}

PointGeometry GeometryOf(const feature::Keypoint& keypoint, uint32_t width, uint32_t height) {
  const float side = static_cast<float>(std::max({width, height, 1u}));
  auto share = [&](float value) {
    return static_cast<uint16_t>(std::lround(std::clamp(Finite(value) / side, 0.0f, 1.0f) * 65535.0f));
  };
  float log_size = (std::log2(std::max(Finite(keypoint.size), 1e-3f) / side) + 16) * 16;
  float turn = Finite(keypoint.angle_degrees) / 360.0f;
  PointGeometry geometry;
  geometry.x = share(keypoint.x);
  geometry.y = share(keypoint.y);
  geometry.log_size = static_cast<uint8_t>(std::clamp(log_size, 0.0f, 255.0f));
  geometry.angle = static_cast<uint8_t>(static_cast<int>(std::lround((turn - std::floor(turn)) * 256)) & 255);
  return geometry;
}

}  // namespace likeness::index
