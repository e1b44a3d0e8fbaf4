#include "copies/trie.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace likeness::bench {

PrefixTree::PrefixTree(std::span<const uint8_t> rows, std::span<const uint32_t> payloads) {
  std::vector<Bits> wide(payloads.size());
  for (size_t i = 0; i < wide.size(); ++i) wide[i] = Widen(rows.data() + i * kRowBytes);
  std::vector<uint32_t> order(wide.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, {}, [&](uint32_t i) { return std::tie(wide[i], payloads[i]); });
  for (uint32_t i : order) {
    rows_.push_back(wide[i]);
    payloads_.push_back(payloads[i]);
  }
  rows_.shrink_to_fit();
  payloads_.shrink_to_fit();
  if (!rows_.empty()) root_ = Build(0, uint32_t(rows_.size()));
  nodes_.shrink_to_fit();
}

PrefixTree::Bits PrefixTree::Widen(const uint8_t* row) {
  Bits bits{};
  for (size_t i = 0; i < kRowBytes; ++i) bits[i / 8] |= uint64_t{row[i]} << (56 - 8 * (i % 8));
  return bits;
}

// Bits from <= i < to.
int PrefixTree::Differing(const Bits& a, const Bits& b, uint32_t from, uint32_t to) {
  int sum = 0;
  for (uint32_t word = from / 64; word * 64 < to; ++word) {
    uint64_t differing = a[word] ^ b[word];
    if (word == from / 64) differing &= ~uint64_t{0} >> (from % 64);
    if (to < (word + 1) * 64) differing &= ~(~uint64_t{0} >> (to % 64));
    sum += std::popcount(differing);
  }
  return sum;
}

// The rows are sorted: where the first and the last part, all part.
uint32_t PrefixTree::Build(uint32_t begin, uint32_t end) {
  const Bits &first = rows_[begin], &last = rows_[end - 1];
  if (first == last) return kLeaf | begin;
  uint32_t word = 0;
  while (first[word] == last[word]) ++word;
  uint32_t bit = word * 64 + uint32_t(std::countl_zero(first[word] ^ last[word]));
  uint64_t mask = uint64_t{1} << (63 - bit % 64);
  auto middle = std::partition_point(rows_.begin() + begin, rows_.begin() + end,
                                     [=](const Bits& row) { return (row[word] & mask) == 0; });
  uint32_t split = uint32_t(middle - rows_.begin()), at = uint32_t(nodes_.size());
  nodes_.push_back({0, 0, begin, bit});
  uint32_t zero = Build(begin, split), one = Build(split, end);
  nodes_[at].zero = zero;
  nodes_[at].one = one;
  return at;
}

void PrefixTree::Walk(uint32_t child, const Bits& query, uint32_t from, int budget,
                      std::vector<uint32_t>& found) const {
  if (child & kLeaf) {
    uint32_t row = child & ~kLeaf;
    if (Differing(query, rows_[row], from, 512) > budget) return;
    uint32_t first = row;
    for (; row < rows_.size() && rows_[row] == rows_[first]; ++row) found.push_back(payloads_[row]);
    return;
  }
  const Node& node = nodes_[child];
  budget -= Differing(query, rows_[node.sample], from, node.bit);
  if (budget < 0) return;
  bool one = query[node.bit / 64] >> (63 - node.bit % 64) & 1;
  Walk(one ? node.one : node.zero, query, node.bit + 1, budget, found);
  if (budget > 0) Walk(one ? node.zero : node.one, query, node.bit + 1, budget - 1, found);
}

void PrefixTree::Search(std::span<const uint8_t, kRowBytes> row, int error_max, std::vector<uint32_t>& found) const {
  if (!rows_.empty()) Walk(root_, Widen(row.data()), 0, error_max, found);
}

size_t PrefixTree::memory_bytes() const {
  return rows_.capacity() * sizeof(Bits) + payloads_.capacity() * sizeof(uint32_t) + nodes_.capacity() * sizeof(Node);
}

}  // namespace likeness::bench
