// The tag index's file (docs/formats/index.md).
#include <algorithm>
#include <mutex>
#include <shared_mutex>

#include "index/tag_impl.h"
#include "index/tags.h"

namespace likeness::index {
namespace {

constexpr uint32_t kIds = Tag("PLID"), kSort = Tag("SORT"), kWidth = Tag("WIDT"), kHeight = Tag("HEIG"),
                   kSize = Tag("SIZE"), kDay = Tag("DAY "), kTags = Tag("NTAG"), kRating = Tag("RATE"),
                   kDead = Tag("DEAD"), kTerms = Tag("TERM");

// Worth the seconds that a compaction of millions takes.
bool IsWasteful(const TagState& state) {
  size_t unsorted = 0;
  for (const TagState::ChunkFacts& chunk : state.chunks) unsorted += !chunk.sorted;
  return state.dead > state.count / 8 || (unsorted > 1 && unsorted > state.chunks.size() / 8);
}

// Terms of at least one picture that is still there, by key: the text of what only deleted ones had is not written.
std::vector<uint32_t> KeyOrder(const TagState& state) {
  std::vector<uint32_t> order;
  auto later = state.later_terms.begin();
  auto take = [&](uint32_t term) {
    if (state.term_sizes[term] > 0 && (state.dead == 0 || state.CountLive(state.terms[term].places) > 0))
      order.push_back(term);
  };
  for (uint32_t term = 0; term < state.sorted_terms; ++term) {
    for (; later != state.later_terms.end() && later->first < state.terms[term].key; ++later) take(later->second);
    take(term);
  }
  for (; later != state.later_terms.end(); ++later) take(later->second);
  return order;
}

Status ReadTerms(const ContainerReader& reader, TagState& state) {
  LK_ASSIGN(uint64_t size_bytes, reader.SizeOf(kTerms));
  LK_ASSIGN(Bytes bytes, reader.Read<uint8_t, Bytes>(kTerms, size_bytes));
  ByteReader in(bytes);
  const auto count = in.Get<uint32_t>();
  std::string last;
  for (uint32_t i = 0; i < count && !in.failed(); ++i) {
    std::string key = in.GetString(), shown = in.GetString();
    if (in.failed() || key.empty() || (i > 0 && key <= last)) return reader.Malformed("a term is malformed");
    state.terms.push_back({key, std::move(shown), {}});
    if (!state.terms.back().places.Read(in, state.count)) return reader.Malformed("a set of places is malformed");
    state.term_sizes.push_back(static_cast<uint32_t>(state.terms.back().places.size()));
    last = std::move(key);
  }
  state.sorted_terms = static_cast<uint32_t>(state.terms.size());
  if (in.failed() || in.remaining() != 0) return reader.Malformed("the terms are malformed");
  return {};
}

Result<std::unique_ptr<TagState>> ReadState(const ContainerReader& reader) {
  const uint64_t count = reader.count();
  if (count >= UINT32_MAX) return reader.Malformed("too many pictures");
  LK_ASSIGN(auto ids, reader.Read<uint64_t>(kIds, count));
  LK_ASSIGN(auto sort_at, reader.Read<int64_t>(kSort, count));
  LK_ASSIGN(auto width, reader.Read<uint32_t>(kWidth, count));
  LK_ASSIGN(auto height, reader.Read<uint32_t>(kHeight, count));
  LK_ASSIGN(auto size, reader.Read<uint64_t>(kSize, count));
  LK_ASSIGN(auto day, reader.Read<uint32_t>(kDay, count));
  LK_ASSIGN(auto tags, reader.Read<uint16_t>(kTags, count));
  LK_ASSIGN(auto rating, reader.Read<int8_t>(kRating, count));
  LK_ASSIGN(uint64_t dead_bytes, reader.SizeOf(kDead));
  LK_ASSIGN(auto dead, reader.Read<uint32_t>(kDead, dead_bytes / sizeof(uint32_t)));
  auto state = std::make_unique<TagState>();
  size_t next_dead = 0;
  for (size_t place = 0; place < count; ++place) {
    const bool is_dead = next_dead < dead.size() && dead[next_dead] == place;
    if (ids[place] == 0 || (!is_dead && state->places.Find(ids[place]) != PlaceMap::kNone))
      return reader.Malformed("an id is there twice");
    const uint32_t before = is_dead ? state->places.Find(ids[place]) : PlaceMap::kNone;
    state->Append({.id = {ids[place]},
                   .sort_at_ms = sort_at[place],
                   .width = width[place],
                   .height = height[place],
                   .size_bytes = size[place],
                   .day = day[place],
                   .tags = tags[place],
                   .rating = rating[place],
                   .terms = {}});
    if (!is_dead) continue;
    state->Kill(static_cast<uint32_t>(place));
    if (before != PlaceMap::kNone) state->places.Set(ids[place], before);
    ++next_dead;
  }
  if (next_dead != dead.size()) return reader.Malformed("a dead place is malformed");
  LK_TRY(ReadTerms(reader, *state));
  state->Recode();
  return state;
}

}  // namespace

Status TagIndex::Save(const std::filesystem::path& path, uint64_t applied) {
  std::lock_guard writers(impl_->write_mutex);
  if (IsWasteful(*impl_->state)) {
    std::unique_ptr<TagState> made = impl_->state->Compacted();
    std::unique_lock lock(impl_->mutex);
    std::swap(impl_->state, made);
  }
  const TagState& state = *impl_->state;  // nobody changes it
  std::vector<uint32_t> dead;
  for (uint32_t place = 0; place < state.count && state.dead > 0; ++place)
    if (!state.IsLive(place)) dead.push_back(place);
  ByteWriter terms;
  const std::vector<uint32_t> order = KeyOrder(state);
  terms.Put(static_cast<uint32_t>(order.size()));
  for (uint32_t term : order) {
    terms.PutString(state.terms[term].key);
    terms.PutString(state.terms[term].shown);
    state.terms[term].places.Write(terms);
  }
  const Section sections[] = {{kIds, BytesOf(state.ids)},
                              {kSort, BytesOf(state.sort_at)},
                              {kWidth, BytesOf(state.width)},
                              {kHeight, BytesOf(state.height)},
                              {kSize, BytesOf(state.size_bytes)},
                              {kDay, BytesOf(state.day)},
                              {kTags, BytesOf(state.tags)},
                              {kRating, BytesOf(state.rating)},
                              {kDead, BytesOf(dead)},
                              {kTerms, terms.view()}};
  return WriteContainer(path, FileKind::kTags, applied, state.count, sections);
}

Result<uint64_t> TagIndex::Load(const std::filesystem::path& path) {
  Clear();
  std::lock_guard writers(impl_->write_mutex);
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kTags));
  LK_ASSIGN(std::unique_ptr<TagState> state, ReadState(reader));
  std::unique_lock lock(impl_->mutex);
  impl_->state = std::move(state);
  ++impl_->changes;
  return reader.applied();
}

}  // namespace likeness::index
