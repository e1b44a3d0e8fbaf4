// Inside the index module: how a descriptor becomes a signature and a keypoint its place.
#pragma once

#include <array>
#include <cstdint>

#include "feature/types.h"
#include "index/local_vote.h"

namespace likeness::index {

using Signature = std::array<uint64_t, 2>;

// The first bits of a signature, ordered so that any number of them makes a good bucket number: true partners differ in
// few of them, strangers in half.
inline constexpr int kPrefixBits = 22;

// 128 of the 486 descriptor bits.
Signature SignatureOf(const feature::Descriptor& descriptor);
PointGeometry GeometryOf(const feature::Keypoint& keypoint, uint32_t width, uint32_t height);

}  // namespace likeness::index
