#include "index/tag_plan.h"

#include <algorithm>
#include <cstring>

#include "simd/kernels.h"

namespace likeness::index {
namespace {

// More sets than these are made one before the chunks are walked.
constexpr size_t kSetsMax = 16;
// Up to so many places are looked at one by one, instead of all of the chunk's codes.
constexpr size_t kOneByOneMax = 1500;
// Up to so many members of the rarest set are looked at one by one, instead of all words of a chunk.
constexpr size_t kFew = 128;

bool IsBelow(const TagBound& a, int64_t numerator, int64_t denominator) {
  return static_cast<__int128>(a.numerator) * denominator < static_cast<__int128>(numerator) * a.denominator;
}
bool IsAbove(const TagBound& a, int64_t numerator, int64_t denominator) {
  return static_cast<__int128>(a.numerator) * denominator > static_cast<__int128>(numerator) * a.denominator;
}

int64_t FloorDivided(int64_t a, int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

template <typename Visit>
void ForEachBit(const uint64_t* words, const Visit& visit) {
  for (size_t word = 0; word < Bitmap::kWords; ++word)
    for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1)
      visit(static_cast<uint32_t>(64 * word + static_cast<size_t>(__builtin_ctzll(bits))));
}

void CopyWords(uint64_t* to, const uint64_t* from) {
  std::memcpy(to, from, Bitmap::kWords * sizeof *to);
}

}  // namespace

TagPlan::TagPlan(const TagState& state, const TagFilter& filter) : state_(state), root_(Make(filter)) {}

TagPlan::Node TagPlan::Make(const TagFilter& filter) const {
  switch (filter.kind) {
    case TagFilter::Kind::kTerms:
      return MakeTerms(filter);
    case TagFilter::Kind::kImages:
      return MakeImages(filter);
    case TagFilter::Kind::kRange:
      return MakeRange(filter);
    case TagFilter::Kind::kOr:
      return MakeOr(filter);
    case TagFilter::Kind::kNot: {
      Node child = Make(filter.of.front());
      if (child.kind == Kind::kNot) return std::move(child.of.front());
      if (child.kind == Kind::kNone) return {.kind = Kind::kAll, .cost = 1};
      if (child.kind == Kind::kAll) return {};
      Node node{.kind = Kind::kNot, .cost = 1 - child.cost / 2};
      node.of.push_back(std::move(child));
      return node;
    }
    case TagFilter::Kind::kAnd:
      break;
  }
  Node node{.kind = Kind::kAnd, .cost = 1};
  for (const TagFilter& each : filter.of) {
    Node child = Make(each);
    if (child.kind == Kind::kNone) return {};
    if (child.kind == Kind::kAll) continue;
    node.cost = std::min(node.cost, child.cost);
    if (child.kind == Kind::kAnd)
      std::ranges::move(child.of, std::back_inserter(node.of));
    else
      node.of.push_back(std::move(child));
  }
  if (node.of.empty()) return {.kind = Kind::kAll, .cost = 1};
  if (node.of.size() == 1) {
    Node only = std::move(node.of.front());
    return only;
  }
  std::ranges::stable_sort(node.of, {}, &Node::cost);
  return node;
}

TagPlan::Node TagPlan::MakeTerms(const TagFilter& filter) const {
  Node node{.kind = Kind::kSets};
  for (TermId term : filter.terms) {
    if (!term || term.value > state_.terms.size()) continue;
    const Bitmap& set = state_.terms[term.value - 1].places;
    if (set.size() == 0) continue;
    node.sets.push_back(&set);
    node.cost += static_cast<double>(set.size());
  }
  if (node.sets.empty()) return {};
  node.cost = std::min(1.0, node.cost / std::max(1u, state_.count));
  if (node.sets.size() == 1) node.kind = Kind::kSet;
  if (node.sets.size() <= kSetsMax) return node;
  node.kind = Kind::kWords;
  node.words.assign(state_.live.size(), 0);
  for (const Bitmap* set : node.sets) {
    if (set->size() <= Bitmap::kArrayMax) {
      set->ForEach([&](uint32_t place) { node.words[place / 64] |= uint64_t{1} << (place % 64); });
      continue;
    }
    for (uint32_t chunk = 0; chunk < state_.chunks.size(); ++chunk)
      set->Unite(chunk, &node.words[chunk * Bitmap::kWords]);
  }
  node.sets.clear();
  return node;
}

TagPlan::Node TagPlan::MakeImages(const TagFilter& filter) const {
  Node node{.kind = Kind::kWords};
  node.words.assign(state_.live.size(), 0);
  for (ImageId id : filter.images)
    if (uint32_t place = state_.places.Find(id.value); place != PlaceMap::kNone)
      node.words[place / 64] |= uint64_t{1} << (place % 64);
  node.cost = static_cast<double>(filter.images.size()) / std::max(1u, state_.count);
  return node;
}

TagPlan::Node TagPlan::MakeOr(const TagFilter& filter) const {
  Node node{.kind = Kind::kOr};
  TagFilter terms{.kind = TagFilter::Kind::kTerms};
  auto take = [&](Node child) {
    if (child.kind == Kind::kNone) return;
    node.cost = std::min(1.0, node.cost + child.cost);
    if (child.kind == Kind::kOr)
      std::ranges::move(child.of, std::back_inserter(node.of));
    else
      node.of.push_back(std::move(child));
  };
  // Terms beside each other are one set.
  auto collect = [&](const TagFilter& from, auto& self) -> void {
    for (const TagFilter& each : from.of) {
      if (each.kind == TagFilter::Kind::kTerms)
        terms.terms.insert(terms.terms.end(), each.terms.begin(), each.terms.end());
      else if (each.kind == TagFilter::Kind::kOr)
        self(each, self);
      else
        take(Make(each));
    }
  };
  collect(filter, collect);
  take(MakeTerms(terms));
  for (const Node& child : node.of)
    if (child.kind == Kind::kAll) return {.kind = Kind::kAll, .cost = 1};
  if (node.of.empty()) return {};
  if (node.of.size() == 1) {
    Node only = std::move(node.of.front());
    return only;
  }
  return node;
}

TagPlan::Node TagPlan::MakeRange(const TagFilter& filter) const {
  Node node{.kind = Kind::kRange, .column = filter.column};
  const bool ratio = filter.column == TagColumn::kRatio;
  const int64_t unit = ratio ? 1 << 20 : 1;
  if (filter.least) {
    // Of a ratio: where the key says nothing the fraction decides.
    const auto scaled =
        static_cast<int64_t>(static_cast<__int128>(filter.least->numerator) * unit / filter.least->denominator);
    if (ratio) {
      node.ratio_least = filter.least;
      node.least = scaled - 1;
    } else {
      const int64_t floor = FloorDivided(filter.least->numerator, filter.least->denominator);
      const bool exact = floor * filter.least->denominator == filter.least->numerator;
      if (floor == INT64_MAX) return {};
      node.least = exact && !filter.least->excluded ? floor : floor + 1;
    }
  }
  if (filter.most) {
    const auto scaled =
        static_cast<int64_t>(static_cast<__int128>(filter.most->numerator) * unit / filter.most->denominator);
    if (ratio) {
      node.ratio_most = filter.most;
      node.most = scaled + 1;
    } else {
      const int64_t floor = FloorDivided(filter.most->numerator, filter.most->denominator);
      const bool exact = floor * filter.most->denominator == filter.most->numerator;
      if (floor == INT64_MIN) return {};
      node.most = exact && filter.most->excluded ? floor - 1 : floor;
    }
  }
  if (node.least > node.most) return {};
  if (node.least == INT64_MIN && node.most == INT64_MAX) return {.kind = Kind::kAll, .cost = 1};
  const std::vector<int64_t>& bounds = state_.bounds[static_cast<size_t>(filter.column)];
  const int low = state_.CodeOf(filter.column, node.least), high = state_.CodeOf(filter.column, node.most);
  auto at = [&](int i) { return bounds[static_cast<size_t>(i)]; };
  const bool low_sure = !ratio && (low == 0 ? node.least == INT64_MIN : at(low - 1) == node.least);
  const bool high_sure =
      !ratio && (high == static_cast<int>(bounds.size()) ? node.most == INT64_MAX : at(high) - 1 == node.most);
  const bool whole = low == high && low_sure && high_sure;
  node.code_low = low_sure && (low != high || whole) ? low : low + 1;
  node.code_high = high_sure && (low != high || whole) ? high : high - 1;
  if (node.code_low > low) node.unsure.push_back(static_cast<uint8_t>(low));
  if (node.code_high < high && high != low) node.unsure.push_back(static_cast<uint8_t>(high));
  node.cost = 0.5 + 0.5 * (high - low + 1) / static_cast<double>(bounds.size() + 1);
  return node;
}

bool TagPlan::InRange(const Node& node, uint32_t place) const {
  if (node.column != TagColumn::kRatio) {
    const int64_t value = state_.Value(node.column, place);
    return node.least <= value && value <= node.most;
  }
  const int64_t width = state_.width[place], height = std::max(1u, state_.height[place]);
  if (node.ratio_least) {
    if (IsAbove(*node.ratio_least, width, height)) return false;
    if (node.ratio_least->excluded && !IsBelow(*node.ratio_least, width, height)) return false;
  }
  if (node.ratio_most) {
    if (IsBelow(*node.ratio_most, width, height)) return false;
    if (node.ratio_most->excluded && !IsAbove(*node.ratio_most, width, height)) return false;
  }
  return true;
}

bool TagPlan::Test(const Node& node, uint32_t place) const {
  auto test = [&](const Node& child) { return Test(child, place); };
  switch (node.kind) {
    case Kind::kAll:
      return true;
    case Kind::kNone:
      return false;
    case Kind::kAnd:
      return std::ranges::all_of(node.of, test);
    case Kind::kOr:
      return std::ranges::any_of(node.of, test);
    case Kind::kNot:
      return !test(node.of.front());
    case Kind::kSet:
    case Kind::kSets:
      return std::ranges::any_of(node.sets, [&](const Bitmap* set) { return set->Contains(place); });
    case Kind::kWords:
      return (node.words[place / 64] >> (place % 64) & 1) != 0;
    case Kind::kRange:
      return InRange(node, place);
  }
  return false;
}

bool TagPlan::MayMatch(const Node& node, uint32_t chunk) const {
  auto may = [&](const Node& child) { return MayMatch(child, chunk); };
  switch (node.kind) {
    case Kind::kNone:
      return false;
    case Kind::kAnd:
      return std::ranges::all_of(node.of, may);
    case Kind::kOr:
      return std::ranges::any_of(node.of, may);
    case Kind::kSet:
    case Kind::kSets:
      return std::ranges::any_of(node.sets, [&](const Bitmap* set) { return set->SizeIn(chunk) > 0; });
    default:
      return true;
  }
}

ChunkWords& TagPlan::Buffer(size_t depth) {
  while (buffers_.size() <= depth) buffers_.push_back(std::make_unique<ChunkWords>());
  return *buffers_[depth];
}

size_t TagPlan::Evaluate(uint32_t chunk, ChunkWords& words) {
  const TagState::ChunkFacts& facts = state_.chunks[chunk];
  const uint32_t places = std::min(state_.count - chunk * Bitmap::kChunkSize, Bitmap::kChunkSize);
  if (!MayMatch(root_, chunk) || facts.dead == places) return 0;
  CopyWords(words.data(), &state_.live[chunk * Bitmap::kWords]);
  return Narrow(root_, chunk, words.data(), places - facts.dead, 0);
}

bool TagPlan::EvaluateFew(uint32_t chunk, std::vector<uint32_t>& places) const {
  const bool both = root_.kind == Kind::kAnd;
  const Node& lead = both ? root_.of.front() : root_;
  if (lead.kind != Kind::kSet) return false;
  const std::span<const Node> rest = both ? std::span(root_.of).subspan(1) : std::span<const Node>();
  places.clear();
  return lead.sets.front()->ForEachFew(chunk, kFew, [&](uint32_t place) {
    if (state_.IsLive(place) && std::ranges::all_of(rest, [&](const Node& node) { return Test(node, place); }))
      places.push_back(place);
  });
}

size_t TagPlan::Narrow(const Node& node, uint32_t chunk, uint64_t* words, size_t count, size_t depth) {
  switch (node.kind) {
    case Kind::kAll:
      return count;
    case Kind::kNone:
      return 0;
    case Kind::kAnd:
      for (const Node& child : node.of) {
        if (count == 0) return 0;
        count = Narrow(child, chunk, words, count, depth);
      }
      return count;
    case Kind::kOr: {
      uint64_t *any = Buffer(depth).data(), *part = Buffer(depth + 1).data();
      std::memset(any, 0, sizeof(ChunkWords));
      for (const Node& child : node.of) {
        if (!MayMatch(child, chunk)) continue;
        CopyWords(part, words);
        if (Narrow(child, chunk, part, count, depth + 2) == 0) continue;
        for (size_t i = 0; i < Bitmap::kWords; ++i) any[i] |= part[i];
      }
      return simd::IntersectBits(words, any, Bitmap::kWords, 0);
    }
    case Kind::kNot: {
      const Node& child = node.of.front();
      if (!MayMatch(child, chunk)) return count;
      if (child.kind == Kind::kSet) return child.sets.front()->Subtract(chunk, words);
      uint64_t* part = Buffer(depth).data();
      CopyWords(part, words);
      if (Narrow(child, chunk, part, count, depth + 1) == 0) return count;
      return simd::IntersectBits(words, part, Bitmap::kWords, ~uint64_t{0});
    }
    case Kind::kSet:
      return node.sets.front()->Intersect(chunk, words);
    case Kind::kSets: {
      uint64_t* any = Buffer(depth).data();
      std::memset(any, 0, sizeof(ChunkWords));
      for (const Bitmap* set : node.sets) set->Unite(chunk, any);
      return simd::IntersectBits(words, any, Bitmap::kWords, 0);
    }
    case Kind::kWords:
      return simd::IntersectBits(words, &node.words[chunk * Bitmap::kWords], Bitmap::kWords, 0);
    case Kind::kRange:
      return NarrowRange(node, chunk, words, count, depth);
  }
  return 0;
}

size_t TagPlan::NarrowRange(const Node& node, uint32_t chunk, uint64_t* words, size_t count, size_t depth) {
  const uint32_t base = chunk * Bitmap::kChunkSize;
  auto clear = [&](uint64_t* from, uint32_t low) { from[low / 64] &= ~(uint64_t{1} << (low % 64)); };
  const uint8_t* codes = &state_.codes[static_cast<size_t>(node.column)][base];
  auto sure = [&](uint32_t low) { return node.code_low <= codes[low] && codes[low] <= node.code_high; };
  auto unsure = [&](uint32_t low) { return std::ranges::find(node.unsure, codes[low]) != node.unsure.end(); };
  if (count <= kOneByOneMax) {
    size_t left = 0;
    ForEachBit(words, [&](uint32_t low) {
      if (sure(low) || (unsure(low) && InRange(node, base + low)))
        ++left;
      else
        clear(words, low);
    });
    return left;
  }
  uint64_t *inside = Buffer(depth).data(), *some = Buffer(depth + 1).data();
  if (node.code_low <= node.code_high)
    simd::RangeBits(codes, Bitmap::kWords, static_cast<uint8_t>(node.code_low), static_cast<uint8_t>(node.code_high),
                    inside);
  else
    std::memset(inside, 0, sizeof(ChunkWords));
  for (uint8_t code : node.unsure) {
    simd::RangeBits(codes, Bitmap::kWords, code, code, some);
    if (simd::IntersectBits(some, words, Bitmap::kWords, 0) == 0) continue;
    ForEachBit(some, [&](uint32_t low) {
      if (InRange(node, base + low)) inside[low / 64] |= uint64_t{1} << (low % 64);
    });
  }
  return simd::IntersectBits(words, inside, Bitmap::kWords, 0);
}

}  // namespace likeness::index
