#include "index/hamming_join.h"

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <tuple>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

using feature::Hash256;

constexpr int kTables = 16, kWidth = 16;
constexpr size_t kKeys = size_t{1} << kWidth;
constexpr uint32_t kVariants = feature::kOrientations;
// So many pairs are compared one by one sooner than sorted.
constexpr double kPlainPairsMax = 1 << 24;
// With more flips than this in each substring nearly every bucket meets every other.
constexpr int kLevelsMax = 6;

uint32_t KeyOf(const Hash256& hash, int table) {
  return static_cast<uint32_t>(hash.words[static_cast<size_t>(table / 4)] >> (16 * (table % 4))) & (kKeys - 1);
}

// Hashes in the order of their substring; `ids` says which they were.
struct Sorted {
  std::vector<uint32_t> starts, ids;
  std::vector<Hash256> hashes;

  template <typename HashAt>
  Sorted(size_t count, int table, HashAt hash_at) : starts(kKeys + 1), ids(count), hashes(count) {
    for (size_t i = 0; i < count; ++i) ++starts[KeyOf(hash_at(i), table) + 1];
    for (size_t key = 0; key < kKeys; ++key) starts[key + 1] += starts[key];
    std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
    for (size_t i = 0; i < count; ++i) {
      const Hash256& hash = hash_at(i);
      uint32_t at = next[KeyOf(hash, table)]++;
      ids[at] = static_cast<uint32_t>(i);
      hashes[at] = hash;
    }
  }
  size_t count(size_t key) const { return starts[key + 1] - starts[key]; }
};

using Best = std::vector<NearestRow>;

void Take(Best& best, uint32_t query_variant, uint32_t row, uint16_t distance) {
  NearestRow& known = best[query_variant / kVariants];
  NearestRow found{row, distance, static_cast<uint16_t>(query_variant % kVariants)};
  auto rank = [](const NearestRow& one) { return std::tuple(one.distance, one.row, one.variant); };
  if (known.row == NearestRow::kNone || rank(found) < rank(known)) known = found;
}

// Scans a run of query variants with rows, eight at a time. `query_id` and `row_id` name what is at a place of the
// runs.
template <typename QueryId, typename RowId>
void Scan(std::span<const Hash256> queries, std::span<const Hash256> rows, int radius_bits, QueryId query_id,
          RowId row_id, std::vector<simd::HammingHit>& hits, Best& best) {
  if (hits.size() < queries.size()) hits.resize(queries.size());
  for (size_t begin = 0; begin < rows.size(); begin += simd::kHammingVariantsMax) {
    size_t many = std::min(rows.size() - begin, simd::kHammingVariantsMax);
    size_t found = simd::ScanHamming(queries[0].words.data(), queries.size(), rows[begin].words.data(), many,
                                     radius_bits, hits.data());
    for (size_t i = 0; i < found; ++i)
      Take(best, query_id(hits[i].row), row_id(begin + hits[i].variant), hits[i].distance);
  }
}

void JoinTable(std::span<const Hash256> rows, std::span<const Hash256> variants, int table, int levels, int radius_bits,
               const CancelFlag& cancel, Best& best) {
  Sorted left(rows.size(), table, [&](size_t i) -> const Hash256& { return rows[i]; });
  Sorted right(variants.size(), table, [&](size_t i) -> const Hash256& { return variants[i]; });
  std::vector<uint32_t> masks;
  for (uint32_t mask = 0; mask < kKeys; ++mask)
    if (std::popcount(mask) < levels) masks.push_back(mask);
  std::vector<simd::HammingHit> hits;
  for (uint32_t key = 0; key < kKeys && !cancel.cancelled(); ++key) {
    if (left.count(key) == 0) continue;
    const uint32_t row_begin = left.starts[key];
    std::span<const Hash256> bucket(&left.hashes[row_begin], left.count(key));
    for (uint32_t mask : masks) {
      const uint32_t near = key ^ mask;
      if (right.count(near) == 0) continue;
      const uint32_t begin = right.starts[near];
      Scan(
          {&right.hashes[begin], right.count(near)}, bucket, radius_bits,
          [&](size_t at) { return right.ids[begin + at]; }, [&](size_t at) { return left.ids[row_begin + at]; }, hits,
          best);
    }
  }
}

void JoinPlainly(std::span<const Hash256> rows, std::span<const Hash256> variants, int radius_bits,
                 const CancelFlag& cancel, Best& best) {
  constexpr size_t kRun = 4096;
  std::vector<simd::HammingHit> hits;
  for (size_t begin = 0; begin < variants.size() && !cancel.cancelled(); begin += kRun)
    Scan(
        variants.subspan(begin, std::min(kRun, variants.size() - begin)), rows, radius_bits,
        [&](size_t at) { return static_cast<uint32_t>(begin + at); },
        [&](size_t at) { return static_cast<uint32_t>(at); }, hits, best);
}

}  // namespace

Result<std::vector<NearestRow>> JoinNearest(std::span<const Hash256> rows,
                                            std::span<const feature::HashVariants> queries, int radius_bits,
                                            size_t threads, const CancelFlag& cancel) {
  Best best(queries.size());
  if (rows.empty() || queries.empty() || radius_bits < 0) return best;
  radius_bits = std::min(radius_bits, 256);
  const std::span<const Hash256> variants(queries[0].data(), queries.size() * kVariants);
  const double pairs = static_cast<double>(rows.size()) * static_cast<double>(variants.size());
  // levels[table] = flips + 1; they sum to radius + 1.
  const int each = (radius_bits + 1) / kTables, more = (radius_bits + 1) % kTables;
  if (pairs <= kPlainPairsMax || each >= kLevelsMax) {
    JoinPlainly(rows, variants, radius_bits, cancel, best);
  } else {
    std::mutex mutex;
    ParallelFor(kTables, threads, &cancel, [&](size_t table) {
      const int levels = each + (static_cast<int>(table) < more ? 1 : 0);
      if (levels == 0) return;
      Best own(queries.size());
      JoinTable(rows, variants, static_cast<int>(table), levels, radius_bits, cancel, own);
      std::lock_guard lock(mutex);
      for (size_t i = 0; i < own.size(); ++i)
        if (own[i].row != NearestRow::kNone)
          Take(best, static_cast<uint32_t>(i) * kVariants + own[i].variant, own[i].row, own[i].distance);
    });
  }
  if (cancel.cancelled()) return Fail(ErrorCode::kCancelled, "stopped");
  return best;
}

}  // namespace likeness::index
