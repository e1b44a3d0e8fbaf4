// A set of 32-bit places, in chunks of 65536 after Roaring (Chambi, Lemire, Kaser, Godin: "Better bitmap performance
// with Roaring bitmaps", 2016): a chunk with at most 4096 members is a sorted array, another one 1024 words. A set of
// at most 4096 members is one sorted array: most tags are rare. What differs from the paper: there is no operation on
// two sets; who evaluates an expression takes it chunk by chunk through one buffer of words that stays in the
// processor's cache (docs/decisions/0012-tag-index.md). Thread-compatible.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace likeness::index {

class Bitmap {
 public:
  static constexpr uint32_t kChunkBits = 16, kChunkSize = 1u << kChunkBits;
  static constexpr size_t kWords = kChunkSize / 64;
  static constexpr size_t kArrayMax = 4096;

  // Amortised constant time where places come in ascending order.
  void Add(uint32_t place);
  bool Contains(uint32_t place) const;
  size_t size() const { return size_; }
  // Members in a chunk; of a small set at most an upper bound: its whole size, or 0.
  size_t SizeIn(uint32_t chunk) const;

  // `words`: kWords of a chunk. Intersect returns how many bits are left.
  size_t Intersect(uint32_t chunk, uint64_t* words) const;
  size_t Subtract(uint32_t chunk, uint64_t* words) const;
  void Unite(uint32_t chunk, uint64_t* words) const;
  // The words as they lie there, of a chunk that is kept so; else null.
  const uint64_t* FindWords(uint32_t chunk) const;

  // Visits the members of a chunk, ascending, if they lie in an array and are at most `most`; false otherwise.
  template <typename Visit>
  bool ForEachFew(uint32_t chunk, size_t most, const Visit& visit) const;
  // visit(uint32_t place), ascending.
  template <typename Visit>
  void ForEach(const Visit& visit) const;

  size_t memory_bytes() const;

  // docs/formats/index.md, "Sets of places".
  void Write(ByteWriter& out) const;
  // False: not a set with places below `end`.
  bool Read(ByteReader& in, uint32_t end);

 private:
  struct Chunk {
    uint32_t key = 0, size = 0;
    std::vector<uint16_t> array;        // while size <= kArrayMax
    std::unique_ptr<uint64_t[]> words;  // else
  };
  const Chunk* Find(uint32_t chunk) const;
  std::pair<const uint32_t*, const uint32_t*> FewIn(uint32_t chunk) const;
  void AddToChunk(uint32_t place);
  void Split();

  size_t size_ = 0;
  std::vector<uint32_t> few_;  // all members while there are at most kArrayMax
  std::vector<Chunk> chunks_;  // else; ascending keys
};

template <typename Visit>
bool Bitmap::ForEachFew(uint32_t chunk, size_t most, const Visit& visit) const {
  if (chunks_.empty()) {
    auto [begin, end] = FewIn(chunk);
    if (static_cast<size_t>(end - begin) > most) return false;
    for (const uint32_t* at = begin; at != end; ++at) visit(*at);
    return true;
  }
  const Chunk* found = Find(chunk);
  if (found == nullptr) return true;
  if (found->size > most || found->words) return false;
  for (uint16_t low : found->array) visit(chunk << kChunkBits | low);
  return true;
}

template <typename Visit>
void Bitmap::ForEach(const Visit& visit) const {
  for (uint32_t place : few_) visit(place);
  for (const Chunk& chunk : chunks_) {
    const uint32_t base = chunk.key << kChunkBits;
    for (uint16_t low : chunk.array) visit(base | low);
    if (!chunk.words) continue;
    for (size_t word = 0; word < kWords; ++word)
      for (uint64_t bits = chunk.words[word]; bits != 0; bits &= bits - 1)
        visit(base | static_cast<uint32_t>(64 * word + static_cast<size_t>(__builtin_ctzll(bits))));
  }
}

}  // namespace likeness::index
