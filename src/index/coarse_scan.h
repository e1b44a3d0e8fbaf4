// Inside the index module: which rows can be among the nearest by L1, from coarse codes. Each row is a histogram of
// fixed sum, folded into 64 cells and again into 16, one byte a cell:
//
//   code h = min(255, floor(H / step)), H = weight of a cell, step = wide_step or narrow_step
//
// The distance of folded histograms bounds the true one from below, and half the L1 distance of two histograms of equal
// sum is what the one has more, cell by cell. A search scans the narrow codes (16 bytes a row, so that a million fit
// into a large cache), looks at the wide codes of those rows only that the narrow ones leave over, and refines what
// both leave over in the order of the bound, until the bound exceeds the caller's limit. A few rows with the smallest
// narrow bounds go first, so that a limit is known when the many are judged. Thread-compatible.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "index/storage.h"
#include "simd/kernels.h"

namespace likeness::index {

// What a query's cells say about codes. A code h stands for weights from h * step up to, but for 255, (h + 1) * step -
// 1: a row has at least `low - h` steps less than the query, or at least `h - high` more.
template <size_t kCells>
struct CodeLimits {
  CodeLimits(const std::array<uint32_t, kCells>& cells, uint32_t step) {
    for (size_t i = 0; i < kCells; ++i) {
      uint32_t floor = (cells[i] + 1) / step;
      low[i] = static_cast<uint8_t>(std::min<uint32_t>(floor > 0 ? floor - 1 : 0, 255));
      high[i] = static_cast<uint8_t>(std::min<uint32_t>((cells[i] + step - 1) / step, 255));
    }
  }
  std::array<uint8_t, kCells> low, high;
};
inline uint8_t CodeOf(uint32_t cell, uint32_t step) {
  return static_cast<uint8_t>(std::min<uint32_t>(cell / step, 255));
}

class CoarseScan {
 public:
  using Cells = std::array<uint32_t, simd::kCoarseBins>;

  // group_of[cell] = the narrow cell it is folded into.
  CoarseScan(uint32_t wide_step, uint32_t narrow_step, const std::array<uint8_t, simd::kCoarseBins>& group_of)
      : wide_step_(wide_step), narrow_step_(narrow_step), group_of_(group_of) {}

  size_t size() const { return narrow_.size() / simd::kNarrowBins; }
  size_t memory_bytes() const { return narrow_.capacity() + wide_.capacity(); }
  void Append(const Cells& cells);
  // The last row takes the place of `row`.
  void RemoveBySwap(size_t row);
  void Clear();
  void ShrinkToFit();

  // Calls refine(row) for rows in an order such that every row whose half distance is within the limit is among them.
  // refine returns the limit from then on, as half an L1 distance; it only shrinks. prefetch(row) comes some rows
  // before. `wanted` = how many hits the caller looks for.
  template <typename Prefetch, typename Refine>
  void Visit(const Cells& query, size_t wanted, uint32_t limit, const Prefetch& prefetch, const Refine& refine) const {
    thread_local std::vector<uint16_t> narrow;
    thread_local std::vector<uint32_t> rows;
    narrow.resize(size());
    rows.resize(size());
    ScanNarrow(query, narrow.data());
    const uint32_t seed = SeedBound(narrow, wanted);
    auto visit = [&](size_t count) {
      thread_local std::vector<uint16_t> wide;
      wide.resize(count);
      GatherWide(query, rows.data(), count, wide.data());
      const size_t kept = SortByBound(wide.data(), count, limit / wide_step_, rows.data());
      constexpr size_t kAhead = 4;
      for (size_t i = 0; i < kept && wide[i] * wide_step_ <= limit; ++i) {
        if (i + kAhead < kept) prefetch(rows[i + kAhead]);
        limit = refine(rows[i]);
      }
    };
    visit(Select(narrow, 0, seed, rows.data()));
    if (limit / narrow_step_ > seed) visit(Select(narrow, seed + 1, limit / narrow_step_, rows.data()));
  }

 private:
  void ScanNarrow(const Cells& query, uint16_t* bounds) const;
  void GatherWide(const Cells& query, const uint32_t* rows, size_t count, uint16_t* bounds) const;
  // A narrow bound that about as many rows do not exceed as it takes to know a good limit.
  static uint32_t SeedBound(const std::vector<uint16_t>& bounds, size_t wanted);
  // The rows with first <= bound <= last, ascending.
  static size_t Select(const std::vector<uint16_t>& bounds, uint32_t first, uint32_t last, uint32_t* rows);

  // Keeps the rows with a bound up to `last`, by ascending bound; returns how many.
  static size_t SortByBound(uint16_t* bounds, size_t count, uint32_t last, uint32_t* rows);

  uint32_t wide_step_, narrow_step_;
  std::array<uint8_t, simd::kCoarseBins> group_of_;
  HugeVector<uint8_t> narrow_, wide_;
};

}  // namespace likeness::index
