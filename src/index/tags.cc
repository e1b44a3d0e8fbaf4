#include "index/tags.h"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "index/tag_impl.h"
#include "index/tag_plan.h"

namespace likeness::index {
namespace {

bool Fits(std::string_view key, std::span<const std::string> parts) {
  const std::string &first = parts.front(), &last = parts.back();
  if (key.size() < first.size() + last.size() || !key.starts_with(first) || !key.ends_with(last)) return false;
  size_t at = first.size();
  const size_t end = key.size() - last.size();
  for (const std::string& part : parts.subspan(1, parts.size() - 2)) {
    const size_t found = key.find(part, at);
    if (found == std::string_view::npos || found + part.size() > end) return false;
    at = found + part.size();
  }
  return true;
}

bool MoreUsed(const TermCount& a, const TermCount& b) {
  return a.count != b.count ? a.count > b.count : a.key < b.key;
}

// The `limit` terms of largest count(term), of which set sizes are upper bounds: they are taken in the order of sizes
// until no other can be among them.
template <typename Count>
std::vector<TermCount> MostUsed(const TagState& state, std::string_view prefix, size_t limit, const Count& count) {
  std::vector<std::pair<uint32_t, uint32_t>> sizes;
  state.ForEachTerm(prefix, [&](uint32_t term) {
    if (state.term_sizes[term] > 0) sizes.emplace_back(state.term_sizes[term], UINT32_MAX - term);
  });
  std::ranges::make_heap(sizes);
  std::vector<TermCount> best;
  auto heap_end = sizes.end();
  while (heap_end != sizes.begin() && limit > 0) {
    if (best.size() == limit && best.front().count > sizes.front().first) break;
    std::pop_heap(sizes.begin(), heap_end);
    --heap_end;
    const uint32_t term = UINT32_MAX - heap_end->second;
    const TagState::Term& row = state.terms[term];
    TermCount counted{TermId{term + 1ull}, row.key, row.shown, count(row.places)};
    if (counted.count == 0) continue;
    best.push_back(std::move(counted));
    std::ranges::push_heap(best, MoreUsed);
    if (best.size() <= limit) continue;
    std::ranges::pop_heap(best, MoreUsed);
    best.pop_back();
  }
  std::ranges::sort(best, MoreUsed);
  return best;
}

}  // namespace

TagIndex::TagIndex() : impl_(std::make_unique<Impl>()) {}
TagIndex::~TagIndex() = default;

void TagIndex::Put(const TagEntry& entry) {
  std::lock_guard writers(impl_->write_mutex);
  std::unique_lock lock(impl_->mutex);
  TagState& state = *impl_->state;
  if (uint32_t old = state.places.Find(entry.id.value); old != PlaceMap::kNone) state.Kill(old);
  const uint32_t place = state.Append(entry);
  for (const TagTerm& term : entry.terms) state.AddTo(term.key, term.shown, place);
  state.RecodeIfDue();
  ++impl_->changes;
}

bool TagIndex::Remove(ImageId id) {
  std::lock_guard writers(impl_->write_mutex);
  std::unique_lock lock(impl_->mutex);
  const uint32_t place = impl_->state->places.Find(id.value);
  if (place == PlaceMap::kNone) return false;
  impl_->state->Kill(place);
  ++impl_->changes;
  return true;
}

void TagIndex::Clear() {
  std::lock_guard writers(impl_->write_mutex);
  std::unique_lock lock(impl_->mutex);
  impl_->state = std::make_unique<TagState>();
  ++impl_->changes;
}

uint64_t TagIndex::changes() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->changes;
}

TermId TagIndex::Find(std::string_view key) const {
  std::shared_lock lock(impl_->mutex);
  const uint32_t term = impl_->state->FindTerm(key);
  return term == TagState::kNoTerm ? TermId{} : TermId{term + 1ull};
}

std::vector<TermId> TagIndex::Match(std::span<const std::string> parts) const {
  std::shared_lock lock(impl_->mutex);
  std::vector<TermId> out;
  impl_->state->ForEachTerm(parts.front(), [&](uint32_t term) {
    if (Fits(impl_->state->terms[term].key, parts)) out.push_back({term + 1ull});
  });
  return out;
}

std::vector<TermCount> TagIndex::Complete(std::string_view prefix, size_t limit) const {
  std::shared_lock lock(impl_->mutex);
  const TagState& state = *impl_->state;
  return MostUsed(state, prefix, limit, [&](const Bitmap& places) { return state.CountLive(places); });
}

std::vector<TermCount> TagIndex::Describe(std::span<const TermId> terms) const {
  std::shared_lock lock(impl_->mutex);
  const TagState& state = *impl_->state;
  std::vector<TermCount> out;
  for (TermId term : terms) {
    if (!term || term.value > state.terms.size()) continue;
    const TagState::Term& row = state.terms[term.value - 1];
    out.push_back({term, row.key, row.shown, state.CountLive(row.places)});
  }
  return out;
}

std::vector<TermCount> TagIndex::CountAmong(const TagFilter& filter, std::string_view prefix, size_t limit) const {
  std::shared_lock lock(impl_->mutex);
  const TagState& state = *impl_->state;
  TagPlan plan(state, filter);
  std::vector<uint64_t> matching(state.live.size(), 0);
  std::vector<size_t> counts(state.chunks.size());
  ChunkWords words;
  for (uint32_t chunk = 0; chunk < state.chunks.size(); ++chunk) {
    counts[chunk] = plan.Evaluate(chunk, words);
    if (counts[chunk] > 0) std::ranges::copy(words, matching.begin() + chunk * Bitmap::kWords);
  }
  return MostUsed(state, prefix, limit, [&](const Bitmap& places) {
    uint64_t both = 0;
    if (places.size() <= Bitmap::kArrayMax) {
      places.ForEach([&](uint32_t place) { both += matching[place / 64] >> (place % 64) & 1; });
      return both;
    }
    for (uint32_t chunk = 0; chunk < counts.size(); ++chunk) {
      if (counts[chunk] == 0 || places.SizeIn(chunk) == 0) continue;
      std::copy_n(matching.begin() + chunk * Bitmap::kWords, Bitmap::kWords, words.begin());
      both += places.Intersect(chunk, words.data());
    }
    return both;
  });
}

size_t TagIndex::size() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->state->count - impl_->state->dead;
}

size_t TagIndex::term_count() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->state->terms.size();
}

size_t TagIndex::memory_bytes() const {
  std::shared_lock lock(impl_->mutex);
  return impl_->state->memory_bytes();
}

}  // namespace likeness::index
