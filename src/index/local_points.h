// Inside the index module: how a descriptor becomes a signature and a bucket number.
#pragma once

#include <array>
#include <cstdint>

#include "feature/types.h"
#include "index/local_vote.h"

namespace likeness::index {

using Signature = std::array<uint64_t, 2>;

// 128 of the 486 descriptor bits. The first bits, the steadiest and most even ones, are the prefix that addresses a
// bucket.
Signature SignatureOf(const feature::Descriptor& descriptor);
PointGeometry GeometryOf(const feature::Keypoint& keypoint, uint32_t width, uint32_t height);

}  // namespace likeness::index
