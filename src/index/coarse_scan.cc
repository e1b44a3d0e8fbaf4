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

void AppendCodes(std::span<const uint32_t> cells, uint32_t step, HugeVector<uint8_t>* codes) {
  for (uint32_t cell : cells) codes->push_back(CodeOf(cell, step));
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
  CodeLimits<simd::kNarrowBins> limits(Fold(query, group_of_), narrow_step_);
  simd::BoundNarrow(narrow_.data(), size(), limits.low.data(), limits.high.data(), bounds);
}

void CoarseScan::GatherWide(const Cells& query, const uint32_t* rows, size_t count, uint16_t* bounds) const {
  CodeLimits<simd::kCoarseBins> limits(query, wide_step_);
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
  constexpr size_t kBlock = 32;  // most blocks have none
  const uint16_t from = static_cast<uint16_t>(first);
  const uint16_t span = static_cast<uint16_t>(std::min<uint32_t>(last, UINT16_MAX) - first);
  size_t count = 0, row = 0;
  auto within = [&](size_t at) { return static_cast<uint16_t>(bounds[at] - from) <= span; };
  auto take = [&](size_t at) {
    rows[count] = static_cast<uint32_t>(at);
    count += within(at);
  };
  for (; row + kBlock <= bounds.size(); row += kBlock) {
    uint16_t least = UINT16_MAX;
    for (size_t i = 0; i < kBlock; ++i) least = std::min(least, static_cast<uint16_t>(bounds[row + i] - from));
    if (least > span) continue;
    for (size_t i = 0; i < kBlock; ++i) take(row + i);
  }
  for (; row < bounds.size(); ++row) take(row);
  return count;
}

size_t CoarseScan::SortByBound(uint16_t* bounds, size_t count, uint32_t last, uint32_t* rows) {
  constexpr size_t kBoundsMax = simd::kCoarseBins * 255 + 1;
  const size_t ends = std::min<size_t>(size_t{last} + 1, kBoundsMax);
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    bounds[kept] = bounds[i];
    rows[kept] = rows[i];
    kept += bounds[i] < ends;
  }
  thread_local std::vector<uint32_t> next, sorted;
  next.assign(ends + 1, 0);
  sorted.resize(kept);
  for (size_t i = 0; i < kept; ++i) ++next[bounds[i] + 1];
  for (size_t bound = 0; bound < ends; ++bound) next[bound + 1] += next[bound];
  for (size_t i = 0; i < kept; ++i) sorted[next[bounds[i]]++] = rows[i];
  std::copy(sorted.begin(), sorted.end(), rows);
  // Each `next` now stands at the end of its bound.
  size_t at = 0;
  for (size_t bound = 0; bound < ends; ++bound)
    for (; at < next[bound]; ++at) bounds[at] = static_cast<uint16_t>(bound);
  return kept;
}

}  // namespace likeness::index
