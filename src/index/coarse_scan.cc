#include "index/coarse_scan.h"

#include <span>

namespace likeness::index {
namespace {

using Narrow = std::array<uint32_t, simd::kNarrowBins>;

Narrow Fold(const CoarseScan::Cells& cells, const std::array<uint8_t, simd::kCoarseBins>& group_of) {
  Narrow folded{};
  for (size_t cell = 0; cell < cells.size(); ++cell) folded[group_of[cell]] += cells[cell];
  return folded;
}

// A code h stands for weights from h * step up to, but for 255, (h + 1) * step - 1. A row has at least `low - h` steps
// less than the query, or at least `h - high` more.
template <size_t kBins>
struct Limits {
  Limits(const std::array<uint32_t, kBins>& cells, uint32_t step) {
    for (size_t i = 0; i < kBins; ++i) {
      uint32_t floor = (cells[i] + 1) / step;
      low[i] = static_cast<uint8_t>(std::min<uint32_t>(floor > 0 ? floor - 1 : 0, 255));
      high[i] = static_cast<uint8_t>(std::min<uint32_t>((cells[i] + step - 1) / step, 255));
    }
  }
  std::array<uint8_t, kBins> low, high;
};

void AppendCodes(std::span<const uint32_t> cells, uint32_t step, HugeVector<uint8_t>* codes) {
  for (uint32_t cell : cells) codes->push_back(static_cast<uint8_t>(std::min<uint32_t>(cell / step, 255)));
}

void SwapOut(HugeVector<uint8_t>* codes, size_t row, size_t last, size_t width) {
  std::copy_n(codes->begin() + static_cast<ptrdiff_t>(last * width), width,
              codes->begin() + static_cast<ptrdiff_t>(row * width));
  codes->resize(last * width);
}

}  // namespace

void CoarseScan::Append(const Cells& cells) {
  AppendCodes(cells, wide_step_, &wide_);
  AppendCodes(Fold(cells, group_of_), narrow_step_, &narrow_);
}

void CoarseScan::RemoveBySwap(size_t row) {
  size_t last = size() - 1;
  SwapOut(&wide_, row, last, simd::kCoarseBins);
  SwapOut(&narrow_, row, last, simd::kNarrowBins);
}

void CoarseScan::Clear() {
  wide_.clear();
  narrow_.clear();
}

void CoarseScan::ShrinkToFit() {
  wide_.shrink_to_fit();
  narrow_.shrink_to_fit();
}

void CoarseScan::ScanNarrow(const Cells& query, uint16_t* bounds) const {
  Limits<simd::kNarrowBins> limits(Fold(query, group_of_), narrow_step_);
  simd::BoundNarrow(narrow_.data(), size(), limits.low.data(), limits.high.data(), bounds);
}

void CoarseScan::GatherWide(const Cells& query, const uint32_t* rows, size_t count, uint16_t* bounds) const {
  Limits<simd::kCoarseBins> limits(query, wide_step_);
  simd::GatherBound(wide_.data(), rows, count, limits.low.data(), limits.high.data(), bounds);
}

uint32_t CoarseScan::SeedBound(const std::vector<uint16_t>& bounds, size_t wanted) {
  constexpr size_t kSampleMax = 32'768, kSeedMin = 256;
  constexpr size_t kBoundsMax = simd::kNarrowBins * 255 + 1;
  const size_t stride = bounds.size() / kSampleMax + 1;
  std::array<uint32_t, kBoundsMax> counts{};
  for (size_t row = 0; row < bounds.size(); row += stride) ++counts[bounds[row]];
  const size_t seed = std::max(kSeedMin, 4 * wanted) / stride + 1;
  size_t seen = 0;
  uint32_t bound = 0;
  for (; bound + 1 < kBoundsMax; ++bound)
    if ((seen += counts[bound]) >= seed) break;
  return bound;
}

size_t CoarseScan::Select(const std::vector<uint16_t>& bounds, uint32_t first, uint32_t last, uint32_t* rows) {
  size_t count = 0;
  const uint16_t span = static_cast<uint16_t>(std::min<uint32_t>(last, UINT16_MAX) - first);
  for (size_t row = 0; row < bounds.size(); ++row) {
    rows[count] = static_cast<uint32_t>(row);
    count += static_cast<uint16_t>(bounds[row] - first) <= span;
  }
  return count;
}

}  // namespace likeness::index
