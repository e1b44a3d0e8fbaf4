// The layouts as they are, 256 bytes a row, and their coarse codes (coarse_scan.h): the 64 cells are the 16 bins of the
// four quarters of the picture, the 16 narrow ones those of the whole.
#include "index/layout.h"

#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "index/coarse_scan.h"
#include "index/nearest.h"
#include "index/storage.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

using feature::ColourLayout;
using feature::kLayoutBins;
using feature::kLayoutBlocks;

constexpr size_t kRowBytes = sizeof(ColourLayout);
// A bin holds at most 85 of a block: the codes of 4 and of 16 blocks stay below 255.
constexpr uint32_t kWideStep = 2, kNarrowStep = 6;
constexpr uint32_t kIds = Tag("IDS "), kLayouts = Tag("LAYO");

constexpr auto kNarrowOf = [] {
  std::array<uint8_t, simd::kCoarseBins> groups{};
  for (size_t cell = 0; cell < groups.size(); ++cell) groups[cell] = static_cast<uint8_t>(cell % kLayoutBins);
  return groups;
}();

CoarseScan::Cells CellsOf(const uint8_t* layout) {
  CoarseScan::Cells cells{};
  for (size_t block = 0; block < kLayoutBlocks; ++block) {
    size_t quarter = block / 8 * 2 + block % 4 / 2;
    for (size_t bin = 0; bin < kLayoutBins; ++bin)
      cells[quarter * kLayoutBins + bin] += layout[block * kLayoutBins + bin];
  }
  return cells;
}

bool IsValid(const ColourLayout& layout) {
  for (size_t block = 0; block < kLayoutBlocks; ++block) {
    uint32_t sum = 0;
    for (size_t bin = 0; bin < kLayoutBins; ++bin) sum += layout[block * kLayoutBins + bin];
    if (sum != feature::kLayoutBlockTotal) return false;
  }
  return true;
}

}  // namespace

struct LayoutIndex::Impl {
  mutable FairSharedMutex state;  // everything below
  std::vector<uint64_t> ids;
  HugeVector<uint8_t> rows;
  CoarseScan coarse{kWideStep, kNarrowStep, kNarrowOf};
  std::unordered_map<uint64_t, uint32_t> row_of;

  bool RemoveLocked(uint64_t id) {
    auto at = row_of.find(id);
    if (at == row_of.end()) return false;
    size_t row = at->second, last = ids.size() - 1;
    row_of.erase(at);
    if (row != last) {
      ids[row] = ids[last];
      std::copy_n(&rows[last * kRowBytes], kRowBytes, &rows[row * kRowBytes]);
      row_of[ids[row]] = static_cast<uint32_t>(row);
    }
    ids.pop_back();
    rows.resize(last * kRowBytes);
    coarse.RemoveBySwap(row);
    return true;
  }

  void AddLocked(uint64_t id, const ColourLayout& layout) {
    RemoveLocked(id);
    row_of[id] = static_cast<uint32_t>(ids.size());
    ids.push_back(id);
    rows.insert(rows.end(), layout.begin(), layout.end());
    coarse.Append(CellsOf(layout.data()));
  }

  void ShrinkIfWasteful() {
    if (rows.capacity() < (size_t{1} << 20) || rows.size() > rows.capacity() / 4) return;
    ids.shrink_to_fit();
    rows.shrink_to_fit();
    coarse.ShrinkToFit();
  }

  void Clear() {
    ids.clear();
    rows.clear();
    coarse.Clear();
    row_of.clear();
  }

  std::vector<ColourHit> SearchLocked(const ColourLayout& query, size_t k, uint32_t distance_max) const {
    Nearest nearest(k, distance_max);
    coarse.Visit(
        CellsOf(query.data()), k, nearest.limit() / 2,
        [&](uint32_t row) {
          for (size_t line = 0; line < kRowBytes; line += 64) __builtin_prefetch(&rows[row * kRowBytes + line]);
        },
        [&](uint32_t row) {
          nearest.Take({ImageId{ids[row]}, simd::ByteL1(query.data(), &rows[row * kRowBytes], kRowBytes)});
          return nearest.limit() / 2;
        });
    return nearest.Finish();
  }
};

LayoutIndex::LayoutIndex() : impl_(std::make_unique<Impl>()) {}
LayoutIndex::~LayoutIndex() = default;

void LayoutIndex::Add(ImageId id, const ColourLayout& layout) {
  std::unique_lock lock(impl_->state);
  if (IsValid(layout))
    impl_->AddLocked(id.value, layout);
  else
    impl_->RemoveLocked(id.value);
}

bool LayoutIndex::Remove(ImageId id) {
  std::unique_lock lock(impl_->state);
  bool removed = impl_->RemoveLocked(id.value);
  impl_->ShrinkIfWasteful();
  return removed;
}

std::vector<ColourHit> LayoutIndex::Search(std::span<const ColourLayout> variants, size_t k) const {
  std::vector<ColourHit> hits;
  if (k == 0) return hits;
  {
    std::shared_lock lock(impl_->state);
    uint32_t limit = 2 * feature::kLayoutTotal;
    for (const ColourLayout& variant : variants) {
      if (!IsValid(variant)) continue;
      std::vector<ColourHit> found = impl_->SearchLocked(variant, k, limit);
      // What lies behind the k-th of one variant is not wanted from the next.
      if (found.size() == k) limit = found.back().distance;
      hits.insert(hits.end(), found.begin(), found.end());
    }
  }
  std::sort(hits.begin(), hits.end(), [](const ColourHit& a, const ColourHit& b) {
    return a.id != b.id ? a.id < b.id : a.distance < b.distance;
  });
  hits.erase(std::unique(hits.begin(), hits.end(), [](const ColourHit& a, const ColourHit& b) { return a.id == b.id; }),
             hits.end());
  std::sort(hits.begin(), hits.end(), Nearer);
  if (hits.size() > k) hits.resize(k);
  return hits;
}

size_t LayoutIndex::size() const {
  std::shared_lock lock(impl_->state);
  return impl_->ids.size();
}

size_t LayoutIndex::memory_bytes() const {
  std::shared_lock lock(impl_->state);
  return sizeof(Impl) + impl_->ids.capacity() * 8 + impl_->rows.capacity() + impl_->coarse.memory_bytes() +
         impl_->row_of.size() * 32 + impl_->row_of.bucket_count() * 8;
}

Status LayoutIndex::Save(const std::filesystem::path& path, uint64_t applied) const {
  std::shared_lock lock(impl_->state);
  std::vector<std::pair<uint64_t, uint32_t>> order;
  for (size_t row = 0; row < impl_->ids.size(); ++row) order.emplace_back(impl_->ids[row], static_cast<uint32_t>(row));
  std::sort(order.begin(), order.end());
  std::vector<uint64_t> ids;
  std::vector<uint8_t> layouts;
  layouts.reserve(impl_->rows.size());
  for (auto [id, row] : order) {
    ids.push_back(id);
    const uint8_t* layout = impl_->rows.data() + row * kRowBytes;
    layouts.insert(layouts.end(), layout, layout + kRowBytes);
  }
  const Section sections[] = {{kIds, BytesOf(ids)}, {kLayouts, BytesOf(layouts)}};
  return WriteContainer(path, FileKind::kLayout, applied, ids.size(), sections);
}

Result<uint64_t> LayoutIndex::Load(const std::filesystem::path& path) {
  std::unique_lock lock(impl_->state);
  impl_->Clear();
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kLayout));
  LK_ASSIGN(std::vector<uint64_t> ids, reader.Read<uint64_t>(kIds, reader.count()));
  LK_ASSIGN(std::vector<ColourLayout> layouts, reader.Read<ColourLayout>(kLayouts, reader.count()));
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1]) || !IsValid(layouts[i])) {
      impl_->Clear();
      return reader.Malformed(IsValid(layouts[i]) ? "ids are not ascending" : "a layout is malformed");
    }
    impl_->AddLocked(ids[i], layouts[i]);
  }
  return reader.applied();
}

}  // namespace likeness::index
