#include "feature/colour_layout.h"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "image/colour.h"
#include "image/resize.h"

namespace likeness::feature {
namespace {

constexpr int kSide = 64, kBlocksAcross = 4, kBlockSide = kSide / kBlocksAcross;
constexpr uint32_t kAxisTotal = kLayoutBlockTotal / 3;

// Evenly spaced nodes; a value's weights sum to the spacing.
struct Axis {
  size_t first_bin, nodes;
  int first, spacing;

  void Add(int value, std::array<uint32_t, kLayoutBins>* bins) const {
    int offset = std::clamp(value - first, 0, spacing * static_cast<int>(nodes - 1));
    auto node = static_cast<size_t>(offset / spacing);
    auto part = static_cast<uint32_t>(offset % spacing);
    (*bins)[first_bin + node] += static_cast<uint32_t>(spacing) - part;
    if (part > 0) (*bins)[first_bin + node + 1] += part;
  }
};
// Colour differences in 1/256 of a level.
constexpr Axis kAxes[] = {{0, 6, 20, 43}, {6, 5, -24 * 256, 12 * 256}, {11, 5, -24 * 256, 12 * 256}};

void RoundShares(std::span<const uint32_t> bins, uint8_t* shares) {
  uint64_t total = 0;
  for (uint32_t bin : bins) total += bin;
  uint32_t left = kAxisTotal;
  std::array<std::pair<uint64_t, size_t>, kLayoutBins> rests{};  // negated by order: largest first, then lower bin
  for (size_t i = 0; i < bins.size(); ++i) {
    uint64_t scaled = uint64_t{bins[i]} * kAxisTotal;
    shares[i] = static_cast<uint8_t>(scaled / total);
    left -= shares[i];
    rests[i] = {total - scaled % total, i};
  }
  std::sort(rests.begin(), rests.begin() + static_cast<ptrdiff_t>(bins.size()));
  for (uint32_t i = 0; i < left; ++i) ++shares[rests[i].second];
}

}  // namespace

ColourLayout ComputeColourLayout(const image::Bitmap& bitmap) {
  image::Size size{std::min(bitmap.width, kSide), std::min(bitmap.height, kSide)};
  image::Bitmap reduced = image::ToRgb(image::ResizeArea(bitmap, size.width, size.height));
  std::array<std::array<uint32_t, kLayoutBins>, kLayoutBlocks> blocks{};
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      // A side shorter than 64 is repeated pixel by pixel.
      const uint8_t* p = reduced.row(y * size.height / kSide) + 3 * (x * size.width / kSide);
      auto* bins = &blocks[static_cast<size_t>(y / kBlockSide * kBlocksAcross + x / kBlockSide)];
      int luma = image::Luma(p[0], p[1], p[2]);
      kAxes[0].Add(luma, bins);
      kAxes[1].Add((p[2] - luma) * 144, bins);
      kAxes[2].Add((p[0] - luma) * 183, bins);
    }
  ColourLayout layout{};
  for (size_t block = 0; block < kLayoutBlocks; ++block)
    for (const Axis& axis : kAxes)
      RoundShares(std::span(blocks[block]).subspan(axis.first_bin, axis.nodes),
                  &layout[block * kLayoutBins + axis.first_bin]);
  return layout;
}

ColourLayout MirrorColourLayout(const ColourLayout& layout) {
  ColourLayout mirrored;
  for (size_t block = 0; block < kLayoutBlocks; ++block) {
    size_t other = block / kBlocksAcross * kBlocksAcross + (kBlocksAcross - 1 - block % kBlocksAcross);
    std::copy_n(&layout[block * kLayoutBins], kLayoutBins, &mirrored[other * kLayoutBins]);
  }
  return mirrored;
}

uint32_t ColourLayoutDistance(const ColourLayout& a, const ColourLayout& b) {
  uint32_t distance = 0;
  for (size_t i = 0; i < a.size(); ++i) distance += static_cast<uint32_t>(std::abs(int{a[i]} - int{b[i]}));
  return distance;
}

}  // namespace likeness::feature
