// Inside the index module: multi-index hashing (Norouzi, Punjani, Fleet: "Fast Exact Search in Hamming Space with
// Multi-Index Hashing", 2014) over an immutable block of 256-bit rows.
//
// The 256 bits are cut into substrings, each with a table from its value to the rows that have it. If thresholds t[i]
// of the substrings satisfy sum(t[i] + 1) = radius + 1, every row within the radius is within t[i] in some substring i
// (pigeonhole), so probing each table within its threshold misses nothing. Thresholds are raised where that is
// cheapest. Two shapes: 16 substrings of 16 bits, and for millions of rows 8 of 22 and 4 of 20 bits.
//
// Postings take 3 bytes, so a block has at most 2^24 rows. Immutable after Build, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "index/storage.h"
#include "simd/types.h"

namespace likeness::index {

class MultiIndexHash {
 public:
  static constexpr size_t kRowsMax = size_t{1} << 24;
  // From here on the second shape.
  static constexpr size_t kWideFrom = 3'000'000;

  // `wide`: the second shape. REQUIRES row_count <= kRowsMax.
  void Build(const uint64_t* rows, size_t row_count, bool wide);
  bool empty() const { return tables_.empty(); }
  size_t memory_bytes() const;

  // How a radius would be searched: per table, how many levels (0 flips, 1 flip, ..) are probed, and what that makes in
  // all. Every probe of one block costs about the same, so probes are the measure of a plan's time.
  struct Plan {
    std::vector<int> levels;
    double probes = 0;
  };
  // Planning stops soon after probes_max: a plan with more probes than that is no plan.
  Plan MakePlan(int radius_bits, double probes_max) const;

  // Appends the rows within radius_bits, which the plan was made for, to `hits` (a row may come several times) and
  // returns true; or returns false, having appended nothing of use, when more than candidates_max rows would have to be
  // compared: the data are skewed.
  bool Search(const uint64_t* rows, const uint64_t* query, int radius_bits, const Plan& plan, double candidates_max,
              std::vector<simd::HammingHit>& hits) const;

 private:
  struct Table {
    int first_bit, width;
    HugeVector<uint32_t> starts;   // 2^width + 1 positions in `postings`
    HugeVector<uint8_t> postings;  // 3 bytes each, one padding byte at the end
  };

  std::vector<Table> tables_;
  size_t row_count_ = 0;
};

}  // namespace likeness::index
