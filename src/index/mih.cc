#include "index/mih.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

// A probe that finds an empty bucket against one more row in the bucket: measured, only their ratio matters, and it
// only spreads the levels over tables of different widths.
constexpr double kProbeCost = 6;
constexpr double kCandidateCost = 4;

uint32_t Substring(const uint64_t* row, int first_bit, int width) {
  int word = first_bit / 64, shift = first_bit % 64;
  uint64_t value = row[word] >> shift;
  if (shift + width > 64) value |= row[word + 1] << (64 - shift);
  return static_cast<uint32_t>(value & ((uint64_t{1} << width) - 1));
}

uint32_t Posting(const uint8_t* at) {
  uint32_t value;
  std::memcpy(&value, at, sizeof value);
  return value & 0xFFFFFF;
}

double Choose(int n, int k) {
  double result = 1;
  for (int i = 0; i < k; ++i) result = result * (n - i) / (i + 1);
  return result;
}

// All values of `width` bits that differ from `key` in exactly `flips` bits.
void AppendNeighbours(uint32_t key, int width, int flips, std::vector<uint32_t>& keys) {
  if (flips == 0) {
    keys.push_back(key);
    return;
  }
  const uint32_t end = uint32_t{1} << width;
  for (uint32_t mask = (uint32_t{1} << flips) - 1; mask < end;) {
    keys.push_back(key ^ mask);
    uint32_t lowest = mask & (0u - mask), ripple = mask + lowest;  // Gosper's hack: the next mask of as many bits
    mask = (((ripple ^ mask) >> 2) / lowest) | ripple;
  }
}

}  // namespace

void MultiIndexHash::Build(const uint64_t* rows, size_t row_count, bool wide) {
  tables_.clear();
  row_count_ = row_count;
  std::vector<int> widths(16, 16);
  if (wide) widths = {22, 20, 22, 22, 20, 22, 22, 20, 22, 22, 20, 22};
  int first_bit = 0;
  for (int width : widths) {
    Table table{first_bit, width, {}, {}};
    first_bit += width;
    table.starts.resize((size_t{1} << width) + 1);
    table.postings.resize(3 * row_count + 1);
    for (size_t row = 0; row < row_count; ++row) ++table.starts[Substring(rows + 4 * row, table.first_bit, width) + 1];
    for (size_t i = 1; i < table.starts.size(); ++i) table.starts[i] += table.starts[i - 1];
    // starts[key] walks to the end of its bucket while filling, and is then the start of the next: shift back by one.
    for (size_t row = 0; row < row_count; ++row) {
      uint8_t* at = &table.postings[3 * size_t{table.starts[Substring(rows + 4 * row, table.first_bit, width)]++}];
      at[0] = static_cast<uint8_t>(row);
      at[1] = static_cast<uint8_t>(row >> 8);
      at[2] = static_cast<uint8_t>(row >> 16);
    }
    std::copy_backward(table.starts.begin(), table.starts.end() - 1, table.starts.end());
    table.starts[0] = 0;
    tables_.push_back(std::move(table));
  }
}

size_t MultiIndexHash::memory_bytes() const {
  size_t bytes = 0;
  for (const Table& table : tables_) bytes += table.starts.capacity() * 4 + table.postings.capacity();
  return bytes;
}

MultiIndexHash::Plan MultiIndexHash::MakePlan(int radius_bits, double probes_max) const {
  // levels[i] = threshold + 1 of table i; hand out radius + 1 of them, the cheapest next level first.
  Plan plan{std::vector<int>(tables_.size(), 0), 0};
  auto level_cost = [&](const Table& table, int flips) {
    double bucket = static_cast<double>(row_count_) / static_cast<double>(size_t{1} << table.width);
    return Choose(table.width, flips) * (kProbeCost + bucket * kCandidateCost);
  };
  for (int handed = 0; handed <= radius_bits && plan.probes <= probes_max; ++handed) {
    size_t cheapest = 0;
    double best = 1e300;
    for (size_t i = 0; i < tables_.size(); ++i) {
      if (plan.levels[i] > tables_[i].width) continue;
      double next = level_cost(tables_[i], plan.levels[i]);
      if (next < best) best = next, cheapest = i;
    }
    plan.probes += Choose(tables_[cheapest].width, plan.levels[cheapest]++);
  }
  return plan;
}

bool MultiIndexHash::Search(const uint64_t* rows, const uint64_t* query, int radius_bits, const Plan& plan,
                            double candidates_max, std::vector<simd::HammingHit>& hits) const {
  thread_local std::vector<uint32_t> keys, candidates;
  thread_local std::vector<std::pair<uint32_t, uint32_t>> ranges;
  thread_local std::vector<simd::HammingHit> found;
  double candidates_left = candidates_max;
  for (size_t i = 0; i < tables_.size(); ++i) {
    const Table& table = tables_[i];
    uint32_t key = Substring(query, table.first_bit, table.width);
    keys.clear();
    for (int flips = 0; flips < plan.levels[i]; ++flips) AppendNeighbours(key, table.width, flips, keys);
    ranges.clear();
    candidates.clear();
    constexpr size_t kAhead = 32;
    for (size_t j = 0; j < std::min(kAhead, keys.size()); ++j) __builtin_prefetch(&table.starts[keys[j]]);
    for (size_t j = 0; j < keys.size(); ++j) {
      if (j + kAhead < keys.size()) __builtin_prefetch(&table.starts[keys[j + kAhead]]);
      uint32_t begin = table.starts[keys[j]], end = table.starts[keys[j] + 1];
      if (begin == end) continue;
      __builtin_prefetch(&table.postings[3 * size_t{begin}]);
      ranges.emplace_back(begin, end);
      candidates_left -= end - begin;
    }
    if (candidates_left < 0) return false;
    for (auto [begin, end] : ranges)
      for (uint32_t at = begin; at < end; ++at) candidates.push_back(Posting(&table.postings[3 * size_t{at}]));
    found.resize(candidates.size());
    size_t count = simd::GatherHamming(rows, candidates.data(), candidates.size(), query, radius_bits, found.data());
    hits.insert(hits.end(), found.begin(), found.begin() + static_cast<ptrdiff_t>(count));
  }
  return true;
}

}  // namespace likeness::index
