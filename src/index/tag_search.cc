// Searches of the tag index: pages in an order, whole sets, and pictures that share tags.
#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>
#include <numeric>
#include <shared_mutex>

#include "index/tag_impl.h"
#include "index/tag_plan.h"
#include "index/tags.h"

namespace likeness::index {
namespace {

#ifdef LIKENESS_SANITIZED  // sanitizers are not up yet when the variants are chosen
#define LIKENESS_CLONES __attribute__((optimize("O3")))
#else
#define LIKENESS_CLONES __attribute__((target_clones("avx2", "default"), optimize("O3")))
#endif

uint64_t Mixed(uint64_t value) {
  value += 0x9E3779B97F4A7C15ull;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
  value = (value ^ value >> 27) * 0x94D049BB133111EBull;
  return value ^ value >> 31;
}

// The first `limit` of a page in its order, in a heap with the last of them on top. Keys and ids are turned round where
// the order is, so that larger is always earlier.
class PageHeap {
 public:
  PageHeap(const TagState& state, const TagPage& page) : state_(state), page_(page) {
    if (page.after) after_ = Turned(page.after->key, page.after->id.value);
    heap_.reserve(std::min<size_t>(page.limit, 1 << 16) + 1);
  }

  // Places of a chunk that may hold something for the page.
  bool Wants(uint32_t chunk) const {
    if (page_.limit == 0) return false;
    if (page_.sort.order != TagOrder::kTaken) return true;
    const TagState::ChunkFacts& facts = state_.chunks[chunk];
    const int64_t best = page_.sort.reversed ? ~facts.sort_min : facts.sort_max;
    const int64_t worst = page_.sort.reversed ? ~facts.sort_max : facts.sort_min;
    if (after_ && worst > after_->first) return false;
    return heap_.size() < page_.limit || best >= heap_.front().first;
  }

  void Take(uint32_t chunk, const ChunkWords& words) {
    const uint32_t base = chunk * Bitmap::kChunkSize;
    const bool ends_early = page_.sort.order == TagOrder::kTaken && state_.chunks[chunk].sorted;
    if (page_.sort.reversed) {
      for (size_t word = 0; word < words.size(); ++word)
        for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1)
          if (!Offer(base + static_cast<uint32_t>(64 * word + static_cast<size_t>(__builtin_ctzll(bits)))) &&
              ends_early)
            return;
    } else {
      for (size_t word = words.size(); word-- > 0;)
        for (uint64_t bits = words[word]; bits != 0;) {
          const auto high = static_cast<size_t>(63 - __builtin_clzll(bits));
          bits ^= uint64_t{1} << high;
          if (!Offer(base + static_cast<uint32_t>(64 * word + high)) && ends_early) return;
        }
    }
  }

  void Take(std::span<const uint32_t> places) {
    if (page_.sort.reversed) {
      for (uint32_t place : places) Offer(place);
    } else {
      for (size_t i = places.size(); i-- > 0;) Offer(places[i]);
    }
  }

  std::vector<TagHit> Finish() {
    std::ranges::sort(heap_, std::ranges::greater());
    std::vector<TagHit> hits;
    for (auto [key, id] : heap_)
      hits.push_back(page_.sort.reversed ? TagHit{ImageId{~id}, ~key} : TagHit{ImageId{id}, key});
    return hits;
  }

 private:
  using Entry = std::pair<int64_t, uint64_t>;
  Entry Turned(int64_t key, uint64_t id) const { return page_.sort.reversed ? Entry{~key, ~id} : Entry{key, id}; }

  int64_t KeyOf(uint32_t place) const {
    switch (page_.sort.order) {
      case TagOrder::kTaken:
        return state_.sort_at[place];
      case TagOrder::kAdded:
        return static_cast<int64_t>(state_.ids[place]);
      case TagOrder::kRandom:
        return static_cast<int64_t>(Mixed(state_.ids[place] ^ page_.sort.seed) >> 1);
      case TagOrder::kColumn:
        break;
    }
    return state_.Value(page_.sort.column, place);
  }

  // False: neither this place nor one behind it in the order belongs to the page.
  bool Offer(uint32_t place) {
    const bool full = heap_.size() == page_.limit;
    if (full && page_.sort.order == TagOrder::kColumn) {
      const uint8_t code = state_.codes[static_cast<size_t>(page_.sort.column)][place];
      if (page_.sort.reversed ? code > code_limit_ : code < code_limit_) return true;
    }
    const Entry entry = Turned(KeyOf(place), state_.ids[place]);
    if (after_ && entry >= *after_) return true;
    if (full) {
      if (entry < heap_.front()) return false;
      std::ranges::pop_heap(heap_, std::ranges::greater());
      heap_.pop_back();
    }
    heap_.push_back(entry);
    std::ranges::push_heap(heap_, std::ranges::greater());
    if (heap_.size() == page_.limit && page_.sort.order == TagOrder::kColumn)
      code_limit_ = state_.CodeOf(page_.sort.column, page_.sort.reversed ? ~heap_.front().first : heap_.front().first);
    return true;
  }

  const TagState& state_;
  const TagPage& page_;
  std::optional<Entry> after_;
  std::vector<Entry> heap_;
  uint8_t code_limit_ = 0;
};

// Chunks in the order in which their pictures come, about.
std::vector<uint32_t> ChunkOrder(const TagState& state, const TagSort& sort) {
  std::vector<uint32_t> order(state.chunks.size());
  std::iota(order.begin(), order.end(), 0);
  if (sort.order != TagOrder::kTaken) return order;
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
    return sort.reversed ? state.chunks[a].sort_min < state.chunks[b].sort_min
                         : state.chunks[a].sort_max > state.chunks[b].sort_max;
  });
  return order;
}

// Counters of a chunk's places, as planes of their bits.
constexpr size_t kPlanes = 8;
using Planes = std::array<ChunkWords, kPlanes>;

LIKENESS_CLONES void AddPlane(uint64_t* plane, uint64_t* carry) {
  for (size_t i = 0; i < Bitmap::kWords; ++i) {
    const uint64_t old = plane[i];
    plane[i] = old ^ carry[i];
    carry[i] &= old;
  }
}

// above: counters larger than `count`; equal: those that are it.
LIKENESS_CLONES void ComparePlane(const uint64_t* plane, bool bit, uint64_t* above, uint64_t* equal) {
  if (bit) {
    for (size_t i = 0; i < Bitmap::kWords; ++i) equal[i] &= plane[i];
  } else {
    for (size_t i = 0; i < Bitmap::kWords; ++i) {
      above[i] |= equal[i] & plane[i];
      equal[i] &= ~plane[i];
    }
  }
}

size_t PlanesFor(size_t count) {
  size_t planes = 0;
  while (planes < kPlanes && count >> planes != 0) ++planes;
  return planes;
}

// The `limit` pictures that share most terms.
class SharingHeap {
 public:
  SharingHeap(const TagState& state, ImageId left_out, size_t limit)
      : state_(state), left_out_(left_out.value), limit_(limit) {}

  // A full heap's last one: nobody with fewer gets in.
  uint32_t Least() const { return heap_.size() < limit_ ? 1 : heap_.front().first; }
  bool OnlyMore(uint32_t chunk) const {
    return heap_.size() == limit_ && state_.chunks[chunk].id_min > ~heap_.front().second;
  }
  void Offer(uint32_t shared, uint32_t place) {
    const Entry entry{shared, ~state_.ids[place]};
    if (state_.ids[place] == left_out_) return;
    if (heap_.size() == limit_) {
      if (entry < heap_.front()) return;
      std::ranges::pop_heap(heap_, std::ranges::greater());
      heap_.pop_back();
    }
    heap_.push_back(entry);
    std::ranges::push_heap(heap_, std::ranges::greater());
  }
  std::vector<SharedTags> Finish() {
    std::ranges::sort(heap_, std::ranges::greater());
    std::vector<SharedTags> out;
    for (auto [shared, id] : heap_) out.push_back({ImageId{~id}, shared});
    return out;
  }

 private:
  using Entry = std::pair<uint32_t, uint64_t>;  // the id turned round: the smaller one is larger
  const TagState& state_;
  uint64_t left_out_;
  size_t limit_;
  std::vector<Entry> heap_;
};

}  // namespace

TagAnswer TagIndex::Search(const TagFilter& filter, const TagPage& page) const {
  std::shared_lock lock(impl_->mutex);
  const TagState& state = *impl_->state;
  TagPlan plan(state, filter);
  PageHeap heap(state, page);
  TagAnswer answer;
  alignas(64) ChunkWords words;
  std::vector<uint32_t> places;
  for (uint32_t chunk : ChunkOrder(state, page.sort)) {
    if (plan.EvaluateFew(chunk, places)) {
      answer.total += places.size();
      if (!places.empty() && heap.Wants(chunk)) heap.Take(places);
      continue;
    }
    const size_t count = plan.Evaluate(chunk, words);
    answer.total += count;
    if (count > 0 && heap.Wants(chunk)) heap.Take(chunk, words);
  }
  answer.hits = heap.Finish();
  return answer;
}

std::vector<ImageId> TagIndex::Collect(const TagFilter& filter) const {
  std::vector<ImageId> out;
  {
    std::shared_lock lock(impl_->mutex);
    const TagState& state = *impl_->state;
    TagPlan plan(state, filter);
    alignas(64) ChunkWords words;
    for (uint32_t chunk = 0; chunk < state.chunks.size(); ++chunk) {
      if (plan.Evaluate(chunk, words) == 0) continue;
      for (size_t word = 0; word < words.size(); ++word)
        for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1)
          out.push_back(
              {state.ids[chunk * Bitmap::kChunkSize + 64 * word + static_cast<size_t>(__builtin_ctzll(bits))]});
    }
  }
  std::ranges::sort(out);
  return out;
}

std::vector<ImageId> TagIndex::Keep(const TagFilter& filter, std::span<const ImageId> images) const {
  std::shared_lock lock(impl_->mutex);
  const TagPlan plan(*impl_->state, filter);
  std::vector<ImageId> out;
  for (ImageId id : images)
    if (uint32_t place = impl_->state->places.Find(id.value); place != PlaceMap::kNone && plan.Matches(place))
      out.push_back(id);
  return out;
}

std::vector<SharedTags> TagIndex::FindSharing(std::span<const TermId> terms, ImageId left_out, size_t limit) const {
  if (limit == 0) return {};
  std::shared_lock lock(impl_->mutex);
  const TagState& state = *impl_->state;
  std::vector<const Bitmap*> sets;
  for (TermId term : terms)
    if (term && term.value <= state.terms.size() && sets.size() < 255)
      sets.push_back(&state.terms[term.value - 1].places);
  std::ranges::sort(sets);
  sets.erase(std::ranges::unique(sets).begin(), sets.end());
  SharingHeap heap(state, left_out, limit);
  auto planes = std::make_unique<Planes>();
  alignas(64) ChunkWords carry, above, equal;
  const size_t plane_count = PlanesFor(sets.size());
  for (uint32_t chunk = 0; chunk < state.chunks.size(); ++chunk) {
    for (size_t plane = 0; plane < plane_count; ++plane) (*planes)[plane].fill(0);
    size_t added = 0;
    for (const Bitmap* set : sets) {
      if (set->SizeIn(chunk) == 0) continue;
      if (const uint64_t* words = set->FindWords(chunk)) {
        std::memcpy(carry.data(), words, sizeof carry);
      } else {
        carry.fill(0);
        set->Unite(chunk, carry.data());
      }
      const size_t reached = PlanesFor(++added);
      for (size_t plane = 0; plane < reached; ++plane) AddPlane((*planes)[plane].data(), carry.data());
    }
    const uint32_t least = heap.Least();
    if (added < least) continue;
    above.fill(0);
    std::memcpy(equal.data(), &state.live[chunk * Bitmap::kWords], sizeof equal);
    for (size_t plane = plane_count; plane-- > 0;)
      ComparePlane((*planes)[plane].data(), (least >> plane & 1) != 0, above.data(), equal.data());
    const bool only_more = heap.OnlyMore(chunk);
    for (size_t word = 0; word < carry.size(); ++word)
      for (uint64_t bits = only_more ? above[word] : above[word] | equal[word]; bits != 0; bits &= bits - 1) {
        const auto bit = static_cast<size_t>(__builtin_ctzll(bits));
        uint32_t shared = 0;
        for (size_t plane = 0; plane < plane_count; ++plane)
          shared |= static_cast<uint32_t>((*planes)[plane][word] >> bit & 1) << plane;
        heap.Offer(shared, chunk * Bitmap::kChunkSize + static_cast<uint32_t>(64 * word + bit));
      }
  }
  return heap.Finish();
}

}  // namespace likeness::index
