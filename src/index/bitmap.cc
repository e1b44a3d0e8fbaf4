#include "index/bitmap.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

constexpr uint32_t kFew = 1, kChunked = 2;

uint32_t Low(uint32_t place) {
  return place & (Bitmap::kChunkSize - 1);
}
bool Has(const uint64_t* words, uint32_t low) {
  return (words[low / 64] >> (low % 64) & 1) != 0;
}
void Set(uint64_t* words, uint32_t low) {
  words[low / 64] |= uint64_t{1} << (low % 64);
}

// Keeps of `words` what is among [begin, end).
template <typename T>
size_t KeepListed(uint64_t* words, const T* begin, const T* end) {
  std::array<uint16_t, Bitmap::kArrayMax> kept;
  size_t count = 0;
  for (const T* at = begin; at != end; ++at) {
    kept[count] = static_cast<uint16_t>(*at);
    count += Has(words, Low(*at));
  }
  std::memset(words, 0, Bitmap::kWords * sizeof *words);
  for (size_t i = 0; i < count; ++i) Set(words, kept[i]);
  return count;
}

template <typename T>
size_t DropListed(uint64_t* words, const T* begin, const T* end) {
  for (const T* at = begin; at != end; ++at) words[Low(*at) / 64] &= ~(uint64_t{1} << (*at % 64));
  return simd::IntersectBits(words, words, Bitmap::kWords, 0);
}

}  // namespace

const Bitmap::Chunk* Bitmap::Find(uint32_t chunk) const {
  // Most chunks are there where a set is large: look where it would be without gaps.
  if (chunk < chunks_.size() && chunks_[chunk].key == chunk) return &chunks_[chunk];
  auto at = std::ranges::lower_bound(chunks_, chunk, {}, &Chunk::key);
  return at != chunks_.end() && at->key == chunk ? &*at : nullptr;
}

std::pair<const uint32_t*, const uint32_t*> Bitmap::FewIn(uint32_t chunk) const {
  auto begin = std::ranges::lower_bound(few_, chunk << kChunkBits);
  auto end = std::ranges::upper_bound(begin, few_.end(), chunk << kChunkBits | (kChunkSize - 1));
  return {few_.data() + (begin - few_.begin()), few_.data() + (end - few_.begin())};
}

void Bitmap::Add(uint32_t place) {
  if (!chunks_.empty()) return AddToChunk(place);
  if (few_.empty() || few_.back() < place) {
    few_.push_back(place);
  } else {
    auto at = std::ranges::lower_bound(few_, place);
    if (*at == place) return;
    few_.insert(at, place);
  }
  ++size_;
  if (few_.size() > kArrayMax) Split();
}

void Bitmap::Split() {
  std::vector<uint32_t> places = std::exchange(few_, {});
  size_ = 0;
  for (uint32_t place : places) AddToChunk(place);
}

void Bitmap::AddToChunk(uint32_t place) {
  const uint32_t key = place >> kChunkBits;
  const auto low = static_cast<uint16_t>(Low(place));
  if (chunks_.empty() || chunks_.back().key < key) {
    chunks_.push_back({.key = key, .size = 0, .array = {}, .words = {}});
  }
  auto at = std::ranges::lower_bound(chunks_, key, {}, &Chunk::key);
  if (at->key != key) at = chunks_.insert(at, {.key = key, .size = 0, .array = {}, .words = {}});
  Chunk& chunk = *at;
  if (chunk.words) {
    if (Has(chunk.words.get(), low)) return;
    Set(chunk.words.get(), low);
  } else if (chunk.array.empty() || chunk.array.back() < low) {
    chunk.array.push_back(low);
  } else {
    auto spot = std::ranges::lower_bound(chunk.array, low);
    if (*spot == low) return;
    chunk.array.insert(spot, low);
  }
  ++chunk.size;
  ++size_;
  if (chunk.array.size() <= kArrayMax) return;
  chunk.words = std::make_unique<uint64_t[]>(kWords);
  for (uint16_t each : chunk.array) Set(chunk.words.get(), each);
  chunk.array = {};
}

bool Bitmap::Contains(uint32_t place) const {
  if (chunks_.empty()) return std::ranges::binary_search(few_, place);
  const Chunk* chunk = Find(place >> kChunkBits);
  if (chunk == nullptr) return false;
  if (chunk->words) return Has(chunk->words.get(), Low(place));
  return std::ranges::binary_search(chunk->array, static_cast<uint16_t>(Low(place)));
}

size_t Bitmap::SizeIn(uint32_t chunk) const {
  if (chunks_.empty()) {
    if (few_.empty() || few_.front() >> kChunkBits > chunk || few_.back() >> kChunkBits < chunk) return 0;
    return few_.size();
  }
  const Chunk* found = Find(chunk);
  return found == nullptr ? 0 : found->size;
}

size_t Bitmap::Intersect(uint32_t chunk, uint64_t* words) const {
  if (chunks_.empty()) {
    auto [begin, end] = FewIn(chunk);
    return KeepListed(words, begin, end);
  }
  const Chunk* found = Find(chunk);
  if (found == nullptr) {
    std::memset(words, 0, kWords * sizeof *words);
    return 0;
  }
  if (found->words) return simd::IntersectBits(words, found->words.get(), kWords, 0);
  return KeepListed(words, found->array.data(), found->array.data() + found->array.size());
}

size_t Bitmap::Subtract(uint32_t chunk, uint64_t* words) const {
  if (chunks_.empty()) {
    auto [begin, end] = FewIn(chunk);
    return DropListed(words, begin, end);
  }
  const Chunk* found = Find(chunk);
  if (found == nullptr) return simd::IntersectBits(words, words, kWords, 0);
  if (found->words) return simd::IntersectBits(words, found->words.get(), kWords, ~uint64_t{0});
  return DropListed(words, found->array.data(), found->array.data() + found->array.size());
}

void Bitmap::Unite(uint32_t chunk, uint64_t* words) const {
  if (chunks_.empty()) {
    auto [begin, end] = FewIn(chunk);
    for (const uint32_t* at = begin; at != end; ++at) Set(words, Low(*at));
    return;
  }
  const Chunk* found = Find(chunk);
  if (found == nullptr) return;
  for (uint16_t low : found->array) Set(words, low);
  if (!found->words) return;
  for (size_t i = 0; i < kWords; ++i) words[i] |= found->words[i];
}

const uint64_t* Bitmap::FindWords(uint32_t chunk) const {
  const Chunk* found = chunks_.empty() ? nullptr : Find(chunk);
  return found == nullptr ? nullptr : found->words.get();
}

size_t Bitmap::memory_bytes() const {
  size_t bytes = sizeof *this + few_.capacity() * sizeof(uint32_t) + chunks_.capacity() * sizeof(Chunk);
  for (const Chunk& chunk : chunks_)
    bytes += chunk.array.capacity() * sizeof(uint16_t) + (chunk.words ? kWords * sizeof(uint64_t) : 0);
  return bytes;
}

void Bitmap::Write(ByteWriter& out) const {
  if (chunks_.empty()) {
    out.Put(kFew);
    out.Put(static_cast<uint32_t>(few_.size()));
    out.PutBytes({reinterpret_cast<const uint8_t*>(few_.data()), few_.size() * sizeof(uint32_t)});
    return;
  }
  out.Put(kChunked);
  out.Put(static_cast<uint32_t>(chunks_.size()));
  for (const Chunk& chunk : chunks_) {
    out.Put(chunk.key);
    out.Put(chunk.size);
    if (chunk.words)
      out.PutBytes({reinterpret_cast<const uint8_t*>(chunk.words.get()), kWords * sizeof(uint64_t)});
    else
      out.PutBytes({reinterpret_cast<const uint8_t*>(chunk.array.data()), chunk.array.size() * sizeof(uint16_t)});
  }
}

bool Bitmap::Read(ByteReader& in, uint32_t end) {
  *this = {};
  const auto form = in.Get<uint32_t>(), count = in.Get<uint32_t>();
  auto ascending = [](const auto& values) {
    return std::ranges::adjacent_find(values, std::ranges::greater_equal()) == values.end();
  };
  if (form == kFew && count <= kArrayMax) {
    const ByteView bytes = in.GetBytes(count * sizeof(uint32_t));
    if (in.failed()) return false;
    few_.resize(count);
    if (count > 0) std::memcpy(few_.data(), bytes.data(), bytes.size());
    size_ = count;
    return ascending(few_) && (few_.empty() || few_.back() < end);
  }
  if (form != kChunked || count == 0 || count > (uint64_t{end} + kChunkSize - 1) / kChunkSize) return false;
  chunks_.resize(count);
  uint32_t least = 0;
  for (Chunk& chunk : chunks_) {
    chunk.key = in.Get<uint32_t>();
    chunk.size = in.Get<uint32_t>();
    if (chunk.key < least || chunk.size == 0 || chunk.size > kChunkSize) return false;
    least = chunk.key + 1;
    const uint64_t base = uint64_t{chunk.key} << kChunkBits;
    uint64_t last = 0;
    if (chunk.size <= kArrayMax) {
      const ByteView bytes = in.GetBytes(chunk.size * sizeof(uint16_t));
      if (in.failed()) return false;
      chunk.array.resize(chunk.size);
      std::memcpy(chunk.array.data(), bytes.data(), bytes.size());
      if (!ascending(chunk.array)) return false;
      last = chunk.array.back();
    } else {
      const ByteView bytes = in.GetBytes(kWords * sizeof(uint64_t));
      if (in.failed()) return false;
      chunk.words = std::make_unique<uint64_t[]>(kWords);
      std::memcpy(chunk.words.get(), bytes.data(), bytes.size());
      if (simd::IntersectBits(chunk.words.get(), chunk.words.get(), kWords, 0) != chunk.size) return false;
      for (size_t word = kWords; word-- > 0;)
        if (chunk.words[word] != 0) {
          last = 64 * word + 63 - static_cast<size_t>(std::countl_zero(chunk.words[word]));
          break;
        }
    }
    if (base + last >= end) return false;
    size_ += chunk.size;
  }
  return size_ > kArrayMax;
}

}  // namespace likeness::index
