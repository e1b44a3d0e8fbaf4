// The prefix tree of the duplicate engine that the rival `trie` stands for: binary descriptors lie along their bits, a
// search walks depth first, adds one for each bit that differs, and turns back where the sum passes the budget.
// Exact: finds every descriptor within the budget. Chains without a branch are one edge, compared in one step (the
// original kept a node a bit). Built once; thread-safe to search.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace likeness::bench {

class PrefixTree {
 public:
  static constexpr size_t kRowBytes = 61;  // 486 bits, the last two are zero

  // `rows`: payloads.size() descriptors of kRowBytes each, in any order; payloads[i] belongs to row i.
  PrefixTree(std::span<const uint8_t> rows, std::span<const uint32_t> payloads);

  // Appends the payload of every stored row that differs from `row` in at most `error_max` bits.
  void Search(std::span<const uint8_t, kRowBytes> row, int error_max, std::vector<uint32_t>& found) const;

  size_t memory_bytes() const;

 private:
  using Bits = std::array<uint64_t, 8>;  // the first bit of the row is the top bit of the first word
  struct Node {
    uint32_t zero, one;  // children; with kLeaf: the first of the equal rows
    uint32_t sample;     // a row below: all of them agree with it before `bit`
    uint32_t bit;        // where they part
  };
  static constexpr uint32_t kLeaf = 1u << 31;

  static Bits Widen(const uint8_t* row);
  static int Differing(const Bits& a, const Bits& b, uint32_t from, uint32_t to);
  uint32_t Build(uint32_t begin, uint32_t end);
  void Walk(uint32_t child, const Bits& query, uint32_t from, int budget, std::vector<uint32_t>& found) const;

  std::vector<Bits> rows_;  // sorted
  std::vector<uint32_t> payloads_;
  std::vector<Node> nodes_;
  uint32_t root_ = kLeaf;
};

}  // namespace likeness::bench
