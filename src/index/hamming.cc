// Rows live in sealed blocks (immutable but for a dead mark, sorted by id, with multi-index hashing when large) and one
// mutable tail. A full tail is sealed together with the blocks that are not much larger than what is merged so far, so
// sizes grow geometrically: few blocks to search, each row rebuilt a logarithmic number of times. Building happens
// outside the readers' lock; only the exchange excludes searches.
//
// Tables or scan: a block with tables measures both on its own rows when it is built (a few milliseconds), and each
// search takes whichever is quicker for its radius and its number of variants. The answers are the same.
#include "index/hamming.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <numeric>
#include <shared_mutex>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "index/mih.h"
#include "index/storage.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

using feature::Hash256;

constexpr size_t kTailMax = 1 << 16;
constexpr size_t kMergeRatio = 4;
// Below this a flat scan wins by so little or loses by so little that tables are not worth their memory.
constexpr size_t kMihFrom = 1 << 15;
// Narrower radii are tried first for as much of what the whole search will take at least.
constexpr double kTrialShare = 0.05;
// Tables are taken for what seems this share of a scan's time at most: a wrong estimate shall not make them lose.
constexpr double kTablesShare = 0.6;
// Wide radii fetch more rows than the caches keep, so that a probe costs more.
constexpr int kNearRadius = 31, kFarRadius = 47;
// A scan goes by runs: short ones at first, so that the k-th best distance soon narrows what counts as a hit.
constexpr size_t kScanRows = 4096, kScanRowsFirst = 256;
constexpr uint32_t kIds = Tag("IDS "), kHashes = Tag("HASH");

// What the two ways take on this processor and these rows, in nanoseconds.
struct Costs {
  double probe_near = 0, probe_far = 0;  // of the tables, candidates included; up to kNearRadius, and beyond
  double row_one = 0, row_many = 0;      // of a scan with one variant, and with as many as there may be

  double Probe(int radius) const { return radius <= kNearRadius ? probe_near : probe_far; }
  double Scan(size_t rows, size_t variants) const {
    double share = static_cast<double>(variants - 1) / (simd::kHammingVariantsMax - 1);
    return static_cast<double>(rows) * (row_one + share * (row_many - row_one));
  }
};

struct Block {
  std::vector<uint64_t> ids;  // ascending
  HugeVector<uint64_t> rows;  // four words each
  std::vector<bool> dead;
  size_t dead_count = 0;
  MultiIndexHash tables;
  Costs costs;  // with tables only

  size_t size() const { return ids.size(); }
  size_t live() const { return ids.size() - dead_count; }
  // The live row of an id, or size().
  size_t Find(uint64_t id) const {
    auto at = std::lower_bound(ids.begin(), ids.end(), id);
    if (at == ids.end() || *at != id) return size();
    size_t row = static_cast<size_t>(at - ids.begin());
    return dead[row] ? size() : row;
  }
  size_t memory_bytes() const {
    return ids.capacity() * 8 + rows.capacity() * 8 + dead.capacity() / 8 + tables.memory_bytes();
  }
};

bool Nearer(const HammingHit& a, const HammingHit& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

// The k nearest so far; `limit()` shrinks to the k-th best distance.
class Nearest {
 public:
  Nearest(int radius_bits, size_t k) : limit_(radius_bits), k_(k) {}

  int limit() const { return limit_; }
  void Take(HammingHit hit) {
    if (hit.distance > limit_) return;
    hits_.push_back(hit);
    ++counts_[static_cast<size_t>(hit.distance)];
    ++within_;
    while (limit_ > 0 && within_ - counts_[static_cast<size_t>(limit_)] >= k_)
      within_ -= counts_[static_cast<size_t>(limit_--)];
  }
  std::vector<HammingHit> Finish() {
    std::erase_if(hits_, [&](const HammingHit& hit) { return hit.distance > limit_; });
    std::sort(hits_.begin(), hits_.end(), Nearer);
    if (hits_.size() > k_) hits_.resize(k_);
    return std::move(hits_);
  }

 private:
  int limit_;
  size_t k_;
  std::array<size_t, 257> counts_{};
  size_t within_ = 0;  // hits with distance <= limit_
  std::vector<HammingHit> hits_;
};

// id_of(row) is 0 for a dead row.
template <typename IdOf>
void ScanFlat(const uint64_t* rows, size_t count, std::span<const Hash256> variants, IdOf id_of, Nearest& nearest) {
  thread_local std::vector<simd::HammingHit> found(kScanRows);
  size_t run = kScanRowsFirst;
  for (size_t begin = 0; begin < count; begin += std::exchange(run, std::min(2 * run, kScanRows))) {
    size_t hits = simd::ScanHamming(rows + 4 * begin, std::min(run, count - begin), variants[0].words.data(),
                                    variants.size(), nearest.limit(), found.data());
    for (size_t i = 0; i < hits; ++i)
      if (uint64_t id = id_of(begin + found[i].row); id != 0)
        nearest.Take({ImageId{id}, found[i].distance, found[i].variant});
  }
}

// One row once, with its nearest variant.
void KeepNearestVariant(std::vector<simd::HammingHit>& hits) {
  auto rank = [](const simd::HammingHit& hit) { return std::tuple(hit.row, hit.distance, hit.variant); };
  std::sort(hits.begin(), hits.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  hits.erase(std::unique(hits.begin(), hits.end(), [](const auto& a, const auto& b) { return a.row == b.row; }),
             hits.end());
}

// True when the tables answered, false when a flat scan has to.
bool SearchTables(const Block& block, std::span<const Hash256> variants, size_t k, Nearest& nearest) {
  if (block.tables.empty()) return false;
  const double scan_ns = block.costs.Scan(block.size(), variants.size());
  const double candidates_max = static_cast<double>(block.size()) / 4;
  const double probes_max =
      kTablesShare * scan_ns / block.costs.Probe(nearest.limit()) / static_cast<double>(variants.size());
  std::vector<simd::HammingHit> hits;
  auto search = [&](int radius, const MultiIndexHash::Plan& plan) {
    hits.clear();
    for (size_t variant = 0; variant < variants.size(); ++variant) {
      size_t before = hits.size();
      if (!block.tables.Search(block.rows.data(), variants[variant].words.data(), radius, plan, candidates_max, hits))
        return false;
      for (size_t i = before; i < hits.size(); ++i) hits[i].variant = static_cast<uint16_t>(variant);
    }
    std::erase_if(hits, [&](const simd::HammingHit& hit) { return block.dead[hit.row]; });
    KeepNearestVariant(hits);
    return true;
  };
  auto take = [&] {
    for (const simd::HammingHit& hit : hits) nearest.Take({ImageId{block.ids[hit.row]}, hit.distance, hit.variant});
    return true;
  };
  // Few nearest in a wide radius may lie in a much narrower one.
  const MultiIndexHash::Plan whole = block.tables.MakePlan(nearest.limit(), probes_max);
  const double trial_max = kTrialShare * std::min(whole.probes, probes_max);
  for (int radius : {15, 31, 47}) {
    if (radius >= nearest.limit()) break;
    MultiIndexHash::Plan plan = block.tables.MakePlan(radius, trial_max);
    if (plan.probes > trial_max) break;
    if (!search(radius, plan)) return false;
    if (hits.size() >= k) return take();
  }
  return whole.probes <= probes_max && search(nearest.limit(), whole) && take();
}

// The quickest of some runs: what the machine does besides only slows a run.
template <typename Body>
double FastestNs(size_t runs, Body body) {
  double best = 1e300;
  for (size_t i = 0; i < runs; ++i) {
    auto start = std::chrono::steady_clock::now();
    body(i);
    best = std::min(best, std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

Costs Measure(const Block& block) {
  // Runs are short, so that on a busy machine some are not interrupted, and each is at another place: cold, as in use.
  constexpr size_t kRuns = 12;
  constexpr size_t kRows = 4096;  // fewer than a block with tables has
  // Queries that no row is near to, as most are not; spread over the buckets as the rows are.
  std::array<Hash256, simd::kHammingVariantsMax> queries;
  for (size_t i = 0; i < queries.size(); ++i) {
    for (size_t word = 0; word < 4; ++word)
      queries[i].words[word] = block.rows[4 * ((i + 1) * (word + 3) * 7919 % block.size()) + word];
  }
  std::vector<simd::HammingHit> found(kRows);
  auto scan = [&](size_t variants) {
    double ns = FastestNs(kRuns, [&](size_t i) {
      size_t begin = i * 7919 * 61 % (block.size() - kRows);
      simd::ScanHamming(&block.rows[4 * begin], kRows, queries[0].words.data(), variants, kNearRadius, found.data());
    });
    return ns / kRows;
  };
  auto probe = [&](int radius) {
    MultiIndexHash::Plan plan = block.tables.MakePlan(radius, 1e18);
    double ns = FastestNs(kRuns, [&](size_t i) {
      found.clear();
      const Hash256& query = queries[i % queries.size()];
      block.tables.Search(block.rows.data(), query.words.data(), radius, plan, 1e18, found);
    });
    return ns / plan.probes;
  };
  Costs costs;
  costs.row_one = scan(1);
  costs.row_many = scan(queries.size());
  costs.probe_near = probe(kNearRadius);
  costs.probe_far = probe(kFarRadius);
  return costs;
}

std::shared_ptr<Block> MakeBlock(std::vector<std::pair<uint64_t, Hash256>>& items) {
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  auto block = std::make_shared<Block>();
  block->ids.reserve(items.size());
  block->rows.reserve(4 * items.size());
  for (const auto& [id, hash] : items) {
    block->ids.push_back(id);
    block->rows.insert(block->rows.end(), hash.words.begin(), hash.words.end());
  }
  block->dead.resize(items.size());
  if (block->size() >= kMihFrom) {
    block->tables.Build(block->rows.data(), block->size(), block->size() >= MultiIndexHash::kWideFrom);
    block->costs = Measure(*block);
  }
  return block;
}

}  // namespace

struct HammingIndex::Impl {
  std::mutex writer;                           // one writer at a time; taken before `state`
  mutable FairSharedMutex state;               // everything below
  std::vector<std::shared_ptr<Block>> blocks;  // largest first
  std::vector<uint64_t> tail_ids;
  HugeVector<uint64_t> tail_rows;
  std::unordered_map<uint64_t, size_t> tail_of;
  size_t live = 0;

  bool RemoveLocked(uint64_t id) {
    if (auto at = tail_of.find(id); at != tail_of.end()) {
      size_t row = at->second, last = tail_ids.size() - 1;
      tail_of.erase(at);
      if (row != last) {
        tail_ids[row] = tail_ids[last];
        std::copy_n(tail_rows.begin() + static_cast<ptrdiff_t>(4 * last), 4,
                    tail_rows.begin() + static_cast<ptrdiff_t>(4 * row));
        tail_of[tail_ids[row]] = row;
      }
      tail_ids.pop_back();
      tail_rows.resize(4 * last);
      --live;
      return true;
    }
    for (const auto& block : blocks) {
      size_t row = block->Find(id);
      if (row == block->size()) continue;
      block->dead[row] = true;
      ++block->dead_count;
      --live;
      return true;
    }
    return false;
  }

  // REQUIRES: `writer` held, `state` not.
  void Seal(bool all);
};

void HammingIndex::Impl::Seal(bool all) {
  std::vector<std::pair<uint64_t, Hash256>> items;
  auto take = [&](uint64_t id, const uint64_t* row) {
    items.emplace_back(id, Hash256{{row[0], row[1], row[2], row[3]}});
  };
  for (size_t i = 0; i < tail_ids.size(); ++i) take(tail_ids[i], &tail_rows[4 * i]);
  size_t kept = blocks.size();
  while (kept > 0) {
    const Block& block = *blocks[kept - 1];
    bool fits = items.size() + block.live() <= MultiIndexHash::kRowsMax;
    if (!fits || (!all && block.live() > kMergeRatio * items.size())) break;
    for (size_t row = 0; row < block.size(); ++row)
      if (!block.dead[row]) take(block.ids[row], &block.rows[4 * row]);
    --kept;
  }
  auto block = items.empty() ? nullptr : MakeBlock(items);
  std::unique_lock lock(state);
  blocks.resize(kept);
  if (block != nullptr) blocks.push_back(std::move(block));
  std::sort(blocks.begin(), blocks.end(), [](const auto& a, const auto& b) { return a->size() > b->size(); });
  tail_ids.clear();
  tail_rows = {};
  tail_of.clear();
}

HammingIndex::HammingIndex() : impl_(std::make_unique<Impl>()) {}
HammingIndex::~HammingIndex() = default;

void HammingIndex::Add(ImageId id, const Hash256& hash) {
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->RemoveLocked(id.value);
    impl_->tail_of[id.value] = impl_->tail_ids.size();
    impl_->tail_ids.push_back(id.value);
    impl_->tail_rows.insert(impl_->tail_rows.end(), hash.words.begin(), hash.words.end());
    ++impl_->live;
  }
  if (impl_->tail_ids.size() >= kTailMax) impl_->Seal(false);
}

void HammingIndex::Fill(std::vector<std::pair<ImageId, Hash256>> items) {
  std::lock_guard writer(impl_->writer);
  std::vector<std::shared_ptr<Block>> blocks;
  for (size_t begin = 0; begin < items.size(); begin += MultiIndexHash::kRowsMax) {
    std::vector<std::pair<uint64_t, Hash256>> part;
    part.reserve(std::min(items.size() - begin, MultiIndexHash::kRowsMax));
    for (size_t i = begin; i < std::min(items.size(), begin + MultiIndexHash::kRowsMax); ++i)
      part.emplace_back(items[i].first.value, items[i].second);
    blocks.push_back(MakeBlock(part));
  }
  std::unique_lock lock(impl_->state);
  impl_->blocks = std::move(blocks);
  impl_->live = items.size();
}

void HammingIndex::Visit(const std::function<void(ImageId, const Hash256&)>& visit) const {
  std::lock_guard writer(impl_->writer);  // searches go on
  auto tell = [&](uint64_t id, const uint64_t* row) { visit(ImageId{id}, Hash256{{row[0], row[1], row[2], row[3]}}); };
  for (const auto& block : impl_->blocks)
    for (size_t row = 0; row < block->size(); ++row)
      if (!block->dead[row]) tell(block->ids[row], &block->rows[4 * row]);
  for (size_t row = 0; row < impl_->tail_ids.size(); ++row) tell(impl_->tail_ids[row], &impl_->tail_rows[4 * row]);
}

bool HammingIndex::Remove(ImageId id) {
  std::lock_guard writer(impl_->writer);
  bool compact = false, removed = false;
  {
    std::unique_lock lock(impl_->state);
    removed = impl_->RemoveLocked(id.value);
    size_t dead = 0, rows = 0;
    for (const auto& block : impl_->blocks) dead += block->dead_count, rows += block->size();
    compact = dead > kTailMax / 2 && dead > rows / 4;
  }
  if (compact) impl_->Seal(true);
  return removed;
}

// More variants than one pass takes: pass by pass, then each id once.
static std::vector<HammingHit> SearchInPasses(const HammingIndex& index, std::span<const Hash256> variants,
                                              int radius_bits, size_t k) {
  std::vector<HammingHit> all;
  for (size_t begin = 0; begin < variants.size(); begin += simd::kHammingVariantsMax) {
    auto pass = variants.subspan(begin, std::min(variants.size() - begin, simd::kHammingVariantsMax));
    for (HammingHit hit : index.Search(pass, radius_bits, k)) {
      hit.variant += static_cast<int>(begin);
      all.push_back(hit);
    }
  }
  std::sort(all.begin(), all.end(), [](const HammingHit& a, const HammingHit& b) {
    return std::tie(a.id, a.distance, a.variant) < std::tie(b.id, b.distance, b.variant);
  });
  all.erase(std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.id == b.id; }), all.end());
  std::sort(all.begin(), all.end(), Nearer);
  if (all.size() > k) all.resize(k);
  return all;
}

std::vector<HammingHit> HammingIndex::Search(std::span<const Hash256> variants, int radius_bits, size_t k) const {
  if (variants.empty() || radius_bits < 0 || k == 0) return {};
  if (variants.size() > simd::kHammingVariantsMax) return SearchInPasses(*this, variants, radius_bits, k);
  std::shared_lock lock(impl_->state);
  Nearest nearest(std::min(radius_bits, 256), k);
  for (const auto& block : impl_->blocks) {
    if (SearchTables(*block, variants, k, nearest)) continue;
    ScanFlat(
        block->rows.data(), block->size(), variants, [&](size_t row) { return block->dead[row] ? 0 : block->ids[row]; },
        nearest);
  }
  ScanFlat(
      impl_->tail_rows.data(), impl_->tail_ids.size(), variants, [&](size_t row) { return impl_->tail_ids[row]; },
      nearest);
  return nearest.Finish();
}

size_t HammingIndex::size() const {
  std::shared_lock lock(impl_->state);
  return impl_->live;
}

size_t HammingIndex::memory_bytes() const {
  std::shared_lock lock(impl_->state);
  size_t bytes = sizeof(Impl) + impl_->tail_ids.capacity() * 8 + impl_->tail_rows.capacity() * 8 +
                 impl_->tail_of.size() * 32 + impl_->tail_of.bucket_count() * 8;
  for (const auto& block : impl_->blocks) bytes += block->memory_bytes();
  return bytes;
}

Status HammingIndex::Save(const std::filesystem::path& path, uint64_t applied) const {
  std::lock_guard writer(impl_->writer);  // searches go on
  std::vector<std::pair<uint64_t, const uint64_t*>> live;
  live.reserve(impl_->live);
  for (const auto& block : impl_->blocks)
    for (size_t row = 0; row < block->size(); ++row)
      if (!block->dead[row]) live.emplace_back(block->ids[row], &block->rows[4 * row]);
  for (size_t row = 0; row < impl_->tail_ids.size(); ++row)
    live.emplace_back(impl_->tail_ids[row], &impl_->tail_rows[4 * row]);
  std::sort(live.begin(), live.end());
  std::vector<uint64_t> ids;
  std::vector<uint64_t> hashes;
  ids.reserve(live.size());
  hashes.reserve(4 * live.size());
  for (const auto& [id, row] : live) {
    ids.push_back(id);
    hashes.insert(hashes.end(), row, row + 4);
  }
  const Section sections[] = {{kIds, BytesOf(ids)}, {kHashes, BytesOf(hashes)}};
  return WriteContainer(path, FileKind::kHamming, applied, ids.size(), sections);
}

Result<uint64_t> HammingIndex::Load(const std::filesystem::path& path) {
  std::lock_guard writer(impl_->writer);
  {
    std::unique_lock lock(impl_->state);
    impl_->blocks.clear();
    impl_->tail_ids.clear();
    impl_->tail_rows = {};
    impl_->tail_of.clear();
    impl_->live = 0;
  }
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kHamming));
  LK_ASSIGN(std::vector<uint64_t> ids, reader.Read<uint64_t>(kIds, reader.count()));
  LK_ASSIGN(std::vector<Hash256> hashes, reader.Read<Hash256>(kHashes, reader.count()));
  for (size_t i = 0; i < ids.size(); ++i)
    if (ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1])) return reader.Malformed("ids are not ascending");
  std::vector<std::shared_ptr<Block>> blocks;
  for (size_t begin = 0; begin < ids.size(); begin += MultiIndexHash::kRowsMax) {
    std::vector<std::pair<uint64_t, Hash256>> items;
    for (size_t i = begin; i < std::min(ids.size(), begin + MultiIndexHash::kRowsMax); ++i)
      items.emplace_back(ids[i], hashes[i]);
    blocks.push_back(MakeBlock(items));
  }
  std::unique_lock lock(impl_->state);
  impl_->blocks = std::move(blocks);
  impl_->live = ids.size();
  return reader.applied();
}

}  // namespace likeness::index
