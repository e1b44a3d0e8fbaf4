#include "index/tag_state.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

constexpr size_t kSample = 1 << 16;
constexpr size_t kBoundsMax = 255;
constexpr uint32_t kCodedMin = 1024;

// Bounds that divide the sample into about equal parts; a value that is a part of its own gets one.
std::vector<int64_t> ChooseBounds(std::vector<int64_t> sample) {
  std::ranges::sort(sample);
  const size_t part = sample.size() / 120 + 1;
  std::vector<int64_t> bounds;
  size_t filled = 0;
  for (size_t i = 0; i < sample.size() && bounds.size() + 2 <= kBoundsMax;) {
    const int64_t value = sample[i];
    size_t end = i;
    while (end < sample.size() && sample[end] == value) ++end;
    const bool alone = end - i >= part;
    if ((alone || filled + (end - i) > part) && (bounds.empty() || bounds.back() < value)) {
      bounds.push_back(value);
      filled = 0;
    }
    filled += end - i;
    if (alone && value < INT64_MAX) {
      bounds.push_back(value + 1);
      filled = 0;
    }
    i = end;
  }
  return bounds;
}

}  // namespace

uint32_t PlaceMap::Find(uint64_t id) const {
  auto block = blocks_.find(id / kBlock);
  return block == blocks_.end() ? kNone : block->second[id % kBlock];
}

void PlaceMap::Set(uint64_t id, uint32_t place) {
  auto& block = blocks_[id / kBlock];
  if (!block) {
    block = std::make_unique<uint32_t[]>(kBlock);
    std::fill_n(block.get(), kBlock, kNone);
  }
  block[id % kBlock] = place;
}

size_t PlaceMap::memory_bytes() const {
  return blocks_.size() * (kBlock * sizeof(uint32_t) + 48);
}

int64_t TagState::Value(TagColumn column, uint32_t place) const {
  switch (column) {
    case TagColumn::kWidth:
      return width[place];
    case TagColumn::kHeight:
      return height[place];
    case TagColumn::kPixels:
      return static_cast<int64_t>(std::min<uint64_t>(uint64_t{width[place]} * height[place], INT64_MAX));
    case TagColumn::kRatio:
      return static_cast<int64_t>((uint64_t{width[place]} << 20) / std::max<uint64_t>(1, height[place]));
    case TagColumn::kSize:
      return static_cast<int64_t>(std::min<uint64_t>(size_bytes[place], INT64_MAX));
    case TagColumn::kDay:
      return day[place];
    case TagColumn::kTags:
      return tags[place];
    case TagColumn::kRating:
      return rating[place];
  }
  return 0;
}

uint8_t TagState::CodeOf(TagColumn column, int64_t value) const {
  const std::vector<int64_t>& all = bounds[static_cast<size_t>(column)];
  return static_cast<uint8_t>(std::ranges::upper_bound(all, value) - all.begin());
}

uint64_t TagState::CountLive(const Bitmap& set) const {
  if (dead == 0) return set.size();
  uint64_t live_count = 0;
  alignas(64) std::array<uint64_t, Bitmap::kWords> words;
  if (set.size() <= Bitmap::kArrayMax) {
    set.ForEach([&](uint32_t place) { live_count += IsLive(place); });
    return live_count;
  }
  for (uint32_t chunk = 0; chunk < chunks.size(); ++chunk) {
    if (set.SizeIn(chunk) == 0) continue;
    if (chunks[chunk].dead == 0) {
      live_count += set.SizeIn(chunk);
      continue;
    }
    std::memcpy(words.data(), &live[chunk * Bitmap::kWords], sizeof words);
    live_count += set.Intersect(chunk, words.data());
  }
  return live_count;
}

uint32_t TagState::FindTerm(std::string_view key) const {
  const auto end = terms.begin() + sorted_terms;
  auto at = std::lower_bound(terms.begin(), end, key,
                             [](const Term& term, std::string_view wanted) { return term.key < wanted; });
  if (at != end && at->key == key) return static_cast<uint32_t>(at - terms.begin());
  auto later = later_terms.find(key);
  return later == later_terms.end() ? kNoTerm : later->second;
}

void TagState::AddTo(std::string_view key, std::string_view shown, uint32_t place) {
  uint32_t term = FindTerm(key);
  if (term == kNoTerm) {
    term = static_cast<uint32_t>(terms.size());
    terms.push_back({std::string(key), std::string(shown), {}});
    term_sizes.push_back(0);
    later_terms.emplace(terms.back().key, term);
  }
  terms[term].places.Add(place);
  term_sizes[term] = static_cast<uint32_t>(terms[term].places.size());
}

uint32_t TagState::Append(const TagEntry& entry) {
  const uint32_t place = count++;
  if (place % Bitmap::kChunkSize == 0) {
    chunks.emplace_back();
    live.resize(live.size() + Bitmap::kWords);
    for (auto& column : codes) column.resize(column.size() + Bitmap::kChunkSize);
  }
  ChunkFacts& chunk = chunks.back();
  if (place % Bitmap::kChunkSize != 0)
    chunk.sorted = chunk.sorted && std::pair(sort_at.back(), ids.back()) < std::pair(entry.sort_at_ms, entry.id.value);
  chunk.sort_min = std::min(chunk.sort_min, entry.sort_at_ms);
  chunk.sort_max = std::max(chunk.sort_max, entry.sort_at_ms);
  chunk.id_min = std::min(chunk.id_min, entry.id.value);
  ids.push_back(entry.id.value);
  sort_at.push_back(entry.sort_at_ms);
  width.push_back(entry.width);
  height.push_back(entry.height);
  day.push_back(entry.day);
  size_bytes.push_back(entry.size_bytes);
  tags.push_back(entry.tags);
  rating.push_back(entry.rating);
  live[place / 64] |= uint64_t{1} << (place % 64);
  for (size_t column = 0; column < kTagColumns; ++column) {
    const auto which = static_cast<TagColumn>(column);
    codes[column][place] = CodeOf(which, Value(which, place));
  }
  places.Set(entry.id.value, place);
  return place;
}

void TagState::Kill(uint32_t place) {
  live[place / 64] &= ~(uint64_t{1} << (place % 64));
  ++chunks[place / Bitmap::kChunkSize].dead;
  ++dead;
  places.Set(ids[place], PlaceMap::kNone);
}

void TagState::RecodeIfDue() {
  if (count >= kCodedMin && count / 2 >= coded_at) Recode();
}

void TagState::Recode() {
  coded_at = count;
  const uint32_t step = static_cast<uint32_t>(count / kSample + 1);
  for (size_t column = 0; column < kTagColumns; ++column) {
    const auto which = static_cast<TagColumn>(column);
    std::vector<int64_t> sample;
    for (uint32_t place = 0; place < count; place += step) sample.push_back(Value(which, place));
    bounds[column] = ChooseBounds(std::move(sample));
    for (uint32_t place = 0; place < count; ++place) codes[column][place] = CodeOf(which, Value(which, place));
  }
}

std::unique_ptr<TagState> TagState::Compacted() const {
  std::vector<uint32_t> order;
  order.reserve(count - dead);
  for (uint32_t place = 0; place < count; ++place)
    if (IsLive(place)) order.push_back(place);
  auto before = [&](uint32_t a, uint32_t b) {
    return sort_at[a] != sort_at[b] ? sort_at[a] < sort_at[b] : ids[a] < ids[b];
  };
  if (!std::ranges::is_sorted(order, before)) std::ranges::sort(order, before);
  auto made = std::make_unique<TagState>();
  std::vector<uint32_t> new_place(count, PlaceMap::kNone);
  for (uint32_t place : order)
    new_place[place] = made->Append({.id = {ids[place]},
                                     .sort_at_ms = sort_at[place],
                                     .width = width[place],
                                     .height = height[place],
                                     .size_bytes = size_bytes[place],
                                     .day = day[place],
                                     .tags = tags[place],
                                     .rating = rating[place],
                                     .terms = {}});
  made->Recode();
  std::vector<uint32_t> moved;
  made->sorted_terms = sorted_terms;
  for (const Term& term : terms) {
    moved.clear();
    term.places.ForEach([&](uint32_t place) {
      if (new_place[place] != PlaceMap::kNone) moved.push_back(new_place[place]);
    });
    if (!std::ranges::is_sorted(moved)) std::ranges::sort(moved);
    const auto which = static_cast<uint32_t>(made->terms.size());
    Term& kept = made->terms.emplace_back(term.key, term.shown, Bitmap());
    for (uint32_t place : moved) kept.places.Add(place);
    made->term_sizes.push_back(static_cast<uint32_t>(moved.size()));
    if (which >= sorted_terms) made->later_terms.emplace(kept.key, which);
  }
  return made;
}

size_t TagState::memory_bytes() const {
  size_t bytes = sizeof *this + places.memory_bytes() + chunks.capacity() * sizeof(ChunkFacts);
  bytes += ids.capacity() * 8 + sort_at.capacity() * 8 + size_bytes.capacity() * 8 + live.capacity() * 8;
  bytes += (width.capacity() + height.capacity() + day.capacity()) * 4 + tags.capacity() * 2 + rating.capacity();
  for (const auto& column : codes) bytes += column.capacity();
  for (const Term& term : terms) {
    bytes += sizeof(Term) - sizeof(Bitmap) + term.places.memory_bytes();
    if (term.key.size() > 15) bytes += term.key.capacity() + 1;
    if (term.shown.size() > 15) bytes += term.shown.capacity() + 1;
  }
  return bytes + term_sizes.capacity() * sizeof(uint32_t) + later_terms.size() * 72;
}

}  // namespace likeness::index
