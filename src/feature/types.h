// The features of one picture: what a decoded picture is turned into, once, and all that indexes and comparisons see.
// Coordinates are pixels of the upright original. Plain values; no foreign library's types.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

namespace likeness::feature {

// 256 bits as four words. Bit i of the hash, in reading order (row-major, most significant bit first), is bit
// 63 - i % 64 of word i / 64, so the hexadecimal text is the words in order.
struct Hash256 {
  std::array<uint64_t, 4> words{};

  friend bool operator==(const Hash256&, const Hash256&) = default;
};

inline int HammingDistance(const Hash256& a, const Hash256& b) {
  int distance = 0;
  for (int i = 0; i < 4; ++i) distance += std::popcount(a.words[i] ^ b.words[i]);
  return distance;
}

// The eight ways to lay a picture down. The value says what was done to the picture: first mirrored left-right or not,
// then rotated clockwise.
enum class Orientation8 : uint8_t {
  kUpright,
  kRotated90,
  kRotated180,
  kRotated270,
  kMirrored,
  kMirroredRotated90,
  kMirroredRotated180,
  kMirroredRotated270,
};
inline constexpr int kOrientations = 8;

// One hash for each Orientation8.
using HashVariants = std::array<Hash256, kOrientations>;

// Meta's PDQ: 256 bits and a quality of 0..100; below 50 the picture has too little structure to be compared by it.
struct PdqHash {
  Hash256 hash;
  uint8_t quality = 0;
  friend bool operator==(const PdqHash&, const PdqHash&) = default;
};

// RGB histogram of 16x16x16 bins as shares of all pixels, sparse. Bin = (r/16)*256 + (g/16)*16 + b/16. Weights are
// 0..65535 parts and sum to exactly kColourTotal, so that the L1 distance lies in 0..2*kColourTotal and is exact.
inline constexpr uint32_t kColourBins = 4096;
inline constexpr uint32_t kColourTotal = 65535;
struct ColourBin {
  uint16_t bin = 0;
  uint16_t weight = 0;
  friend bool operator==(const ColourBin&, const ColourBin&) = default;
};
using ColourHistogram = std::vector<ColourBin>;  // ascending bins, weights > 0

// Colour by place: 4x4 blocks in reading order, each with 16 shares that sum to kLayoutBlockTotal (colour_layout.h).
// Compared by L1, 0..2*kLayoutTotal.
inline constexpr size_t kLayoutBlocks = 16, kLayoutBins = 16;
inline constexpr uint32_t kLayoutBlockTotal = 255, kLayoutTotal = kLayoutBlocks * kLayoutBlockTotal;
using ColourLayout = std::array<uint8_t, kLayoutBlocks * kLayoutBins>;

// AKAZE with the full 486-bit MLDB descriptor (61 bytes; the upper bits of the last byte are 0).
inline constexpr int kDescriptorBits = 486;
inline constexpr int kDescriptorBytes = 61;
struct Keypoint {
  float x = 0, y = 0;       // pixels of the upright original
  float size = 0;           // diameter, same pixels
  float angle_degrees = 0;  // clockwise, [0, 360)
  float response = 0;
  friend bool operator==(const Keypoint&, const Keypoint&) = default;
};
// Padded to 64 bytes with zeros: eight words, so that a distance is eight popcounts.
struct Descriptor {
  std::array<uint64_t, 8> words{};
  friend bool operator==(const Descriptor&, const Descriptor&) = default;
};
inline int HammingDistance(const Descriptor& a, const Descriptor& b) {
  int distance = 0;
  for (int i = 0; i < 8; ++i) distance += std::popcount(a.words[i] ^ b.words[i]);
  return distance;
}
inline constexpr int kLocalPointsMax = 512, kLocalLeadingMax = 256;
struct LocalFeatures {
  std::vector<Keypoint> keypoints;      // the leading ones, then the others; strongest first in each
  std::vector<Descriptor> descriptors;  // same length, same order

  // The leading points, spread over the picture, are matched with all leading ones of another picture, and indexed. The others are
  // looked up once it is known where they would lie, and asked for by a query.
  size_t leading() const { return std::min({keypoints.size(), descriptors.size(), size_t{kLocalLeadingMax}}); }
};
// Fewer keypoints than this: the picture is low-information and never matched by local features.
inline constexpr int kLocalPointsMin = 10;

// How good the file is as a keeper. See quality.h for how each is estimated.
struct Quality {
  float sharpness = 0;       // variance of the Laplacian at working size; larger is sharper
  uint8_t jpeg_quality = 0;  // 1..100 as libjpeg counts; 0 = not a JPEG
  float upscale_ratio = 1;   // share of the resolution that carries detail, (0, 1]; below 0.6 looks upscaled
  float contrast = 0;        // standard deviation of luma, 0..127.5
};

// 64x64 area-averaged luma, the whole picture squashed to a square: where two aligned pictures differ.
inline constexpr int kStructureSide = 64;
using Structure = std::array<uint8_t, kStructureSide * kStructureSide>;

struct Features {
  uint32_t width = 0, height = 0;        // upright original
  std::array<uint8_t, 16> pixel_hash{};  // 128-bit hash of the upright 8-bit sRGB pixels and the size
  Hash256 phash;                         // DCT hash, phash.h
  PdqHash pdq;
  ColourHistogram colour;
  std::optional<ColourLayout> layout;  // absent: no visible pixel, or read from a record of version 1
  LocalFeatures local;
  Structure structure{};
  Quality quality;
  bool low_information = false;  // flat, nearly flat, or fewer than kLocalPointsMin keypoints
};

}  // namespace likeness::feature
