// Inside the tag index: what it holds. Thread-compatible.
//
//   place    0 .. count-1, in chunks of 65536; codes and live bits are filled up to whole chunks
//   columns  by place; codes[c][place] = how many of bounds[c] are at most the value
//   live     bit of a place: the picture is there and was not changed since
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "index/bitmap.h"
#include "index/storage.h"
#include "index/tags.h"

namespace likeness::index {

// Id to place, in blocks, since ids are nearly dense.
class PlaceMap {
 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  uint32_t Find(uint64_t id) const;
  void Set(uint64_t id, uint32_t place);  // kNone removes
  size_t memory_bytes() const;

 private:
  static constexpr uint64_t kBlock = 4096;
  std::unordered_map<uint64_t, std::unique_ptr<uint32_t[]>> blocks_;
};

struct TagState {
  struct Term {
    std::string key, shown;
    Bitmap places;
  };
  struct ChunkFacts {
    int64_t sort_min = INT64_MAX, sort_max = INT64_MIN;
    uint64_t id_min = UINT64_MAX;
    uint32_t dead = 0;
    bool sorted = true;  // ascending by (sort_at_ms, id)
  };

  uint32_t count = 0;  // places
  size_t dead = 0;     // of them
  HugeVector<uint64_t> ids;
  HugeVector<int64_t> sort_at;
  HugeVector<uint32_t> width, height, day;
  HugeVector<uint64_t> size_bytes;
  HugeVector<uint16_t> tags;
  HugeVector<int8_t> rating;
  std::array<HugeVector<uint8_t>, kTagColumns> codes;
  std::array<std::vector<int64_t>, kTagColumns> bounds;  // strictly ascending, at most 255
  uint32_t coded_at = 0;                                 // the count when bounds were chosen
  HugeVector<uint64_t> live;
  std::vector<ChunkFacts> chunks;
  PlaceMap places;
  std::deque<Term> terms;                            // TermId - 1; a term keeps its place until the next Load
  std::vector<uint32_t> term_sizes;                  // of their sets, dead places included
  uint32_t sorted_terms = 0;                         // so many of the first ascend by key;
  std::map<std::string_view, uint32_t> later_terms;  // the others

  // As TagHit::key has it.
  int64_t Value(TagColumn column, uint32_t place) const;
  bool IsLive(uint32_t place) const { return (live[place / 64] >> (place % 64) & 1) != 0; }
  uint8_t CodeOf(TagColumn column, int64_t value) const;
  // Members that are live.
  uint64_t CountLive(const Bitmap& places) const;

  static constexpr uint32_t kNoTerm = UINT32_MAX;
  uint32_t FindTerm(std::string_view key) const;
  // visit(term) for those whose keys begin so: the sorted ones, then the others, each by key.
  template <typename Visit>
  void ForEachTerm(std::string_view prefix, const Visit& visit) const;
  void AddTo(std::string_view key, std::string_view shown, uint32_t place);
  // The columns of the entry at the next place, not its terms.
  uint32_t Append(const TagEntry& entry);
  void Kill(uint32_t place);
  // Chooses bounds anew and codes everything, where there are twice as many places as when it was last done.
  void RecodeIfDue();
  void Recode();

  // The same without dead places, ascending by (sort_at_ms, id). Terms stay what they are.
  std::unique_ptr<TagState> Compacted() const;
  size_t memory_bytes() const;
};

template <typename Visit>
void TagState::ForEachTerm(std::string_view prefix, const Visit& visit) const {
  const auto end_of_sorted = terms.begin() + sorted_terms;
  auto begin = std::lower_bound(terms.begin(), end_of_sorted, prefix,
                                [](const Term& term, std::string_view wanted) { return term.key < wanted; });
  auto end = std::partition_point(begin, end_of_sorted, [&](const Term& term) { return term.key.starts_with(prefix); });
  for (auto term = static_cast<uint32_t>(begin - terms.begin()); term < static_cast<uint32_t>(end - terms.begin());
       ++term)
    visit(term);
  for (auto at = later_terms.lower_bound(prefix); at != later_terms.end() && at->first.starts_with(prefix); ++at)
    visit(at->second);
}

}  // namespace likeness::index
