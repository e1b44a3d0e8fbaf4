// Inside the tag index: an expression made ready for one state, and evaluated a chunk at a time. Each node narrows what
// is left of the chunk, so that NOT needs no idea of everything and an empty buffer ends the work. Single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "index/tag_state.h"

namespace likeness::index {

using ChunkWords = std::array<uint64_t, Bitmap::kWords>;

class TagPlan {
 public:
  // REQUIRES: `state` outlives the plan and does not change meanwhile.
  TagPlan(const TagState& state, const TagFilter& filter);

  // Sets `words` to the live places of the chunk that match; returns how many.
  size_t Evaluate(uint32_t chunk, ChunkWords& words);
  // The matching places themselves, ascending, where one set that all of them are in has few in the chunk: then the
  // rest is asked place by place. False: it is not so, Evaluate has to be called.
  bool EvaluateFew(uint32_t chunk, std::vector<uint32_t>& places) const;
  bool Matches(uint32_t place) const { return Test(root_, place); }  // a live one

 private:
  enum class Kind : uint8_t { kAll, kNone, kAnd, kOr, kNot, kSet, kSets, kWords, kRange };
  struct Node {
    Kind kind = Kind::kNone;
    std::vector<Node> of = {};
    std::vector<const Bitmap*> sets = {};  // kSet: one; kSets: any of a few
    std::vector<uint64_t> words = {};      // kWords: a bit a place
    // kRange. Codes from code_low to code_high are inside; those in `unsure` are looked at.
    TagColumn column = TagColumn::kWidth;
    int64_t least = INT64_MIN, most = INT64_MAX;  // of Value
    std::optional<TagBound> ratio_least = {}, ratio_most = {};
    int code_low = 0, code_high = -1;
    std::vector<uint8_t> unsure = {};
    double cost = 0;  // about the share of places that match; the small ones come first
  };

  Node Make(const TagFilter& filter) const;
  Node MakeTerms(const TagFilter& filter) const;
  Node MakeImages(const TagFilter& filter) const;
  Node MakeRange(const TagFilter& filter) const;
  Node MakeOr(const TagFilter& filter) const;
  bool InRange(const Node& node, uint32_t place) const;
  bool Test(const Node& node, uint32_t place) const;
  bool MayMatch(const Node& node, uint32_t chunk) const;
  // Narrows `words`, which have `count` bits; `depth` names the buffers that are free.
  size_t Narrow(const Node& node, uint32_t chunk, uint64_t* words, size_t count, size_t depth);
  size_t NarrowRange(const Node& node, uint32_t chunk, uint64_t* words, size_t count, size_t depth);
  ChunkWords& Buffer(size_t depth);

  const TagState& state_;
  Node root_;
  std::vector<std::unique_ptr<ChunkWords>> buffers_;
};

}  // namespace likeness::index
