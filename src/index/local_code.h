// Inside the index module: how a descriptor is found again. From its 486 bits, which compare cells by pairs, follow the
// ranks of the cells; a linear map (discriminant analysis: much variance between points, little between views of one
// point) brings them to 24 numbers in which the noise of true partners has variance 1. Their product quantisation
// (Jegou, Douze, Schmid: "Product Quantization for Nearest Neighbor Search", PAMI 2011; as an inverted index: Babenko
// and Lempitsky, "The Inverted Multi-Index", CVPR 2012), 3 parts of 256 codewords, is the cell a point lies in. 32 of
// the descriptor's bits, chosen for what they add to the cell, are its signature.
//
// The tables were learned by bench/index/local_training.py; docs/decisions/0007-local-index.md has the numbers. Other
// tables are a new version of the index file. Pure and thread-safe; the same on every processor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "feature/types.h"

namespace likeness::index {

inline constexpr size_t kCodeCells = 87, kCodeDims = 24, kCodeParts = 3, kPartDims = 8, kCodewords = 256;
inline constexpr size_t kSignatureBits = 32;
inline constexpr int kCellBits = 24;

// Codewords are ordered so that those that share upper bits lie near each other. A cell's number takes one bit of each
// part in turn, upper bits first: its first n bits name a coarser cell.
struct PointCode {
  uint32_t cell = 0;
  uint32_t signature = 0;
};
PointCode CodeOf(const feature::Descriptor& descriptor);
uint32_t SignatureOf(const feature::Descriptor& descriptor);

// How far a descriptor is from each codeword: the squared distance in 1/1024 units of noise in the upper 24 bits, the
// codeword's number in the lower 8, so that the order of these is the order of distances.
using CodewordDistances = std::array<std::array<uint32_t, kCodewords>, kCodeParts>;
void ComputeDistances(const feature::Descriptor& descriptor, CodewordDistances& distances);

// The coarse cells (the upper `bits` bits of a cell number) that most likely hold the descriptor's partners: the `count`
// (or all) with the smallest sums of distances, near ones first. `out` has room for count.
// REQUIRES: 1 <= count <= kProbesMax.
inline constexpr size_t kProbesMax = 1024;
size_t NearestCells(const CodewordDistances& distances, int bits, size_t count, uint32_t* out);

// Learned tables, fixed point: projection 1/8192, offsets and codewords 1/512.
extern const uint16_t kLocalSignatureBits[kSignatureBits];
extern const int16_t kLocalProjection[kCodeDims * kCodeCells];
extern const int16_t kLocalProjectionOffset[kCodeDims];
extern const int16_t kLocalCodebooks[kCodeParts * kCodewords * kPartDims];

}  // namespace likeness::index
