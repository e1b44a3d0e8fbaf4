// Each histogram is kept twice: 64 coarse bins of one byte, whose distance bounds the true one from below, and the
// exact sparse form, about 2.3 bytes for each bin in use.
//
//   coarse code   h = min(255, floor(H / kCoarseStep)), H = weight of the fine bins of a cell
//   exact record  u16 run_counts[16]     bins in use with the same red
//                 u16 extra_count
//                 u8  bins[n]            green * 16 + blue, ascending in each run
//                 u8  weights[n]         min(255, weight)
//                 u16 extras[2 * m]      bin and weight of those above 255
//
// Both histograms sum to kColourTotal, so L1 = 2 * (kColourTotal - intersection), and half the L1 distance is at least
// the sum of what the one has more, cell by cell. A search bounds all, refines the best bounded to get a k-th distance,
// and then refines in bound order until the bound exceeds the k-th best.
#include "index/colour.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

#include "index/coarse_scan.h"
#include "index/nearest.h"
#include "index/storage.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

using feature::ColourBin;
using feature::ColourHistogram;

constexpr size_t kRuns = 16;
constexpr uint32_t kWideStep = 64, kNarrowStep = 256;
constexpr size_t kFineBytes = 256;
constexpr size_t kRecordHead = kFineBytes + 2 * kRuns + 2;
constexpr size_t kChunkBytes = 2 << 20;
constexpr uint32_t kIds = Tag("IDS "), kCounts = Tag("NBIN"), kBins = Tag("BINS");

// The cells: boxes that divide the colour cube, found by halving again and again the box with most weight over 349
// photos, at the plane that halves it best. Any division gives right answers; this one leaves 0.75 % of photo
// histograms to be refined where 4x4x4 equal cubes leave 5.1 % (median, 20 nearest of 20,000). A split takes from a box
// what lies at `at` or above along an axis (0 red, 1 green, 2 blue); that becomes the next new box.
struct Split {
  uint8_t box, axis, at;
};
constexpr Split kSplits[] = {
    {0, 1, 7},   {1, 0, 11},  {0, 2, 3},   {0, 0, 2},   {1, 2, 9},  {2, 2, 12},  {3, 1, 5},   {5, 0, 9},   {0, 1, 1},
    {6, 2, 14},  {4, 1, 3},   {1, 2, 7},   {7, 2, 6},   {3, 0, 4},  {2, 2, 10},  {0, 2, 1},   {3, 2, 4},   {6, 0, 13},
    {5, 0, 7},   {8, 2, 11},  {10, 0, 14}, {11, 2, 2},  {0, 0, 1},  {4, 0, 3},   {7, 0, 6},   {2, 2, 8},   {1, 0, 8},
    {12, 0, 9},  {9, 1, 2},   {13, 0, 5},  {15, 1, 12}, {14, 0, 5}, {9, 2, 1},   {17, 2, 5},  {21, 1, 15}, {12, 1, 8},
    {18, 0, 14}, {19, 2, 11}, {6, 1, 13},  {8, 1, 10},  {5, 0, 5},  {22, 0, 5},  {25, 0, 8},  {24, 0, 5},  {20, 2, 13},
    {11, 0, 5},  {33, 2, 2},  {27, 1, 8},  {2, 2, 6},   {3, 1, 3},  {4, 2, 2},   {26, 1, 11}, {15, 2, 11}, {7, 2, 5},
    {1, 1, 8},   {10, 1, 14}, {30, 2, 7},  {6, 0, 12},  {13, 2, 8}, {31, 0, 13}, {34, 2, 6},  {33, 0, 1},  {28, 1, 9}};
static_assert(std::size(kSplits) + 1 == simd::kCoarseBins);

constexpr auto kCellOf = [] {
  std::array<uint8_t, feature::kColourBins> cells{};
  uint8_t next = 1;
  for (Split split : kSplits) {
    for (size_t bin = 0; bin < cells.size(); ++bin)
      if (cells[bin] == split.box && (bin >> (8 - 4 * split.axis) & 15) >= split.at) cells[bin] = next;
    ++next;
  }
  return cells;
}();

// The first splits alone make the narrow cells: a later box lies within the one it was split from.
constexpr auto kNarrowOf = [] {
  std::array<uint8_t, simd::kCoarseBins> groups{};
  for (size_t cell = 0; cell < groups.size(); ++cell)
    groups[cell] = static_cast<uint8_t>(cell < simd::kNarrowBins ? cell : groups[kSplits[cell - 1].box]);
  return groups;
}();

// The fine cells: each of the 64 halved twice, at the middle of its longest side.
constexpr size_t kFineBins = 256;
constexpr uint32_t kFineStep = 16;
constexpr auto kFineOf = [] {
  auto along = [](size_t bin, size_t axis) { return bin >> (8 - 4 * axis) & 15; };
  std::array<uint8_t, feature::kColourBins> cells = kCellOf;
  for (size_t boxes = simd::kCoarseBins; boxes < kFineBins; boxes *= 2) {
    size_t least[kFineBins][3] = {}, most[kFineBins][3] = {}, axis[kFineBins] = {};
    for (size_t bin = cells.size(); bin-- > 0;)
      for (size_t i = 0; i < 3; ++i) {
        most[cells[bin]][i] = std::max(most[cells[bin]][i], along(bin, i));
        least[cells[bin]][i] = std::max(least[cells[bin]][i], 15 - along(bin, i));  // turned, so that 0 starts it
      }
    for (size_t box = 0; box < boxes; ++box)
      for (size_t i = 1; i < 3; ++i)
        if (most[box][i] + least[box][i] > most[box][axis[box]] + least[box][axis[box]]) axis[box] = i;
    for (size_t bin = 0; bin < cells.size(); ++bin) {
      size_t box = cells[bin], a = axis[box];
      if (2 * along(bin, a) > 15 - least[box][a] + most[box][a]) cells[bin] = static_cast<uint8_t>(boxes + box);
    }
  }
  return cells;
}();
using FineCells = std::array<uint32_t, kFineBins>;

FineCells FineOf(const ColourHistogram& histogram) {
  FineCells cells{};
  for (const ColourBin& bin : histogram) cells[kFineOf[bin.bin % feature::kColourBins]] += bin.weight;
  return cells;
}

CoarseScan::Cells CoarseOf(const ColourHistogram& histogram) {
  CoarseScan::Cells cells{};
  for (const ColourBin& bin : histogram) cells[kCellOf[bin.bin % feature::kColourBins]] += bin.weight;
  return cells;
}

bool IsValid(std::span<const ColourBin> bins) {
  uint32_t total = 0;
  for (size_t i = 0; i < bins.size(); ++i) {
    if (bins[i].bin >= feature::kColourBins || bins[i].weight == 0 || (i > 0 && bins[i].bin <= bins[i - 1].bin))
      return false;
    total += bins[i].weight;
  }
  return total == feature::kColourTotal;
}

size_t RecordBytes(size_t bins, size_t extras) {
  return (kRecordHead + 2 * bins + 4 * extras + 1) / 2 * 2;
}

struct Record {
  const uint8_t* fine;
  const uint16_t* run_counts;
  const uint8_t *bins, *weights, *extras;
  size_t bin_count, extra_count;

  explicit Record(const uint8_t* at)
      : fine(at), run_counts(reinterpret_cast<const uint16_t*>(at + kFineBytes)), bins(at + kRecordHead) {
    bin_count = 0;
    for (size_t run = 0; run < kRuns; ++run) bin_count += run_counts[run];
    extra_count = run_counts[kRuns];
    weights = bins + bin_count;
    extras = weights + bin_count;
  }
  size_t size_bytes() const { return RecordBytes(bin_count, extra_count); }
  ColourBin Extra(size_t i) const {
    ColourBin extra;
    std::memcpy(&extra, extras + 4 * i, sizeof extra);
    return extra;
  }
  ColourHistogram Decode() const {
    ColourHistogram histogram;
    histogram.reserve(bin_count);
    size_t i = 0, extra = 0;
    for (size_t run = 0; run < kRuns; ++run)
      for (size_t left = run_counts[run]; left > 0; --left, ++i) {
        ColourBin bin{static_cast<uint16_t>(256 * run + bins[i]), weights[i]};
        if (extra < extra_count && Extra(extra).bin == bin.bin) bin.weight = Extra(extra++).weight;
        histogram.push_back(bin);
      }
    return histogram;
  }
};

void Encode(const ColourHistogram& histogram, uint8_t* at) {
  uint16_t head[kRuns + 1] = {};
  uint8_t* bins = at + kRecordHead;
  uint8_t* weights = bins + histogram.size();
  uint8_t* extras = weights + histogram.size();
  for (const ColourBin& bin : histogram) {
    ++head[bin.bin / 256];
    *bins++ = static_cast<uint8_t>(bin.bin);
    *weights++ = static_cast<uint8_t>(std::min<uint16_t>(bin.weight, 255));
    if (bin.weight <= 255) continue;
    ++head[kRuns];
    std::memcpy(extras, &bin, sizeof bin);
    extras += sizeof bin;
  }
  std::memcpy(at + kFineBytes, head, sizeof head);
  for (uint32_t cell : FineOf(histogram)) *at++ = CodeOf(cell, kFineStep);
}

// Records in chunks of at least kChunkBytes; a record never moves but when all are rewritten.
class Arena {
 public:
  uint8_t* Allocate(size_t size_bytes) {
    if (chunks_.empty() || chunks_.back().size() + size_bytes > chunks_.back().capacity()) {
      chunks_.emplace_back();
      chunks_.back().reserve(std::max(kChunkBytes, size_bytes));
    }
    auto& chunk = chunks_.back();
    chunk.resize(chunk.size() + size_bytes);
    used_ += size_bytes;
    return chunk.data() + chunk.size() - size_bytes;
  }
  size_t used() const { return used_; }
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const auto& chunk : chunks_) bytes += chunk.capacity();
    return bytes;
  }

 private:
  std::vector<HugeVector<uint8_t>> chunks_;
  size_t used_ = 0;
};

// The query in the shapes the kernels want.
struct Query {
  explicit Query(const ColourHistogram& histogram)
      : dense(feature::kColourBins, 0), fine(FineOf(histogram), kFineStep) {
    for (const ColourBin& bin : histogram)
      if (bin.bin < feature::kColourBins) dense[bin.bin] = bin.weight;
  }
  uint32_t Distance(const Record& record) const {
    uint32_t common = simd::IntersectRuns(dense.data(), record.run_counts, kRuns, record.bins, record.weights);
    for (size_t i = 0; i < record.extra_count; ++i) {
      ColourBin extra = record.Extra(i);
      uint32_t value = dense[extra.bin];
      common += std::min<uint32_t>(value, extra.weight) - std::min<uint32_t>(value, 255);
    }
    return 2 * (feature::kColourTotal - common);
  }
  std::vector<uint32_t> dense;
  CodeLimits<kFineBins> fine;
};

}  // namespace

struct ColourIndex::Impl {
  mutable FairSharedMutex state;  // everything below
  std::vector<uint64_t> ids;
  std::vector<const uint8_t*> records;
  CoarseScan coarse{kWideStep, kNarrowStep, kNarrowOf};
  std::unordered_map<uint64_t, uint32_t> row_of;
  Arena arena;
  size_t garbage_bytes = 0;

  bool RemoveLocked(uint64_t id) {
    auto at = row_of.find(id);
    if (at == row_of.end()) return false;
    size_t row = at->second, last = ids.size() - 1;
    row_of.erase(at);
    garbage_bytes += Record(records[row]).size_bytes();
    if (row != last) {
      ids[row] = ids[last];
      records[row] = records[last];
      row_of[ids[row]] = static_cast<uint32_t>(row);
    }
    ids.pop_back();
    records.pop_back();
    coarse.RemoveBySwap(row);
    return true;
  }

  void AddLocked(uint64_t id, const ColourHistogram& histogram) {
    RemoveLocked(id);
    size_t extras = static_cast<size_t>(
        std::count_if(histogram.begin(), histogram.end(), [](const ColourBin& bin) { return bin.weight > 255; }));
    uint8_t* record = arena.Allocate(RecordBytes(histogram.size(), extras));
    Encode(histogram, record);
    row_of[id] = static_cast<uint32_t>(ids.size());
    ids.push_back(id);
    records.push_back(record);
    coarse.Append(CoarseOf(histogram));
  }

  void CompactIfWasteful() {
    if (garbage_bytes < kChunkBytes || garbage_bytes < arena.used() / 4) return;
    Arena fresh;
    for (const uint8_t*& record : records) {
      size_t size_bytes = Record(record).size_bytes();
      uint8_t* copy = fresh.Allocate(size_bytes);
      std::memcpy(copy, record, size_bytes);
      record = copy;
    }
    arena = std::move(fresh);
    garbage_bytes = 0;
    ids.shrink_to_fit();
    records.shrink_to_fit();
    coarse.ShrinkToFit();
  }

  void Clear() {
    ids.clear();
    records.clear();
    coarse.Clear();
    row_of.clear();
    arena = {};
    garbage_bytes = 0;
  }
};

ColourIndex::ColourIndex() : impl_(std::make_unique<Impl>()) {}
ColourIndex::~ColourIndex() = default;

void ColourIndex::Add(ImageId id, const ColourHistogram& histogram) {
  std::unique_lock lock(impl_->state);
  if (IsValid(histogram))
    impl_->AddLocked(id.value, histogram);
  else
    impl_->RemoveLocked(id.value);
  impl_->CompactIfWasteful();
}

bool ColourIndex::Remove(ImageId id) {
  std::unique_lock lock(impl_->state);
  bool removed = impl_->RemoveLocked(id.value);
  impl_->CompactIfWasteful();
  return removed;
}

std::vector<ColourHit> ColourIndex::Search(const ColourHistogram& histogram, size_t k, uint32_t distance_max) const {
  if (k == 0 || !IsValid(histogram)) return {};
  std::shared_lock lock(impl_->state);
  Query query(histogram);
  Nearest nearest(k, distance_max);
  impl_->coarse.Visit(
      CoarseOf(histogram), k, nearest.limit() / 2,
      [&](uint32_t row) {
        for (size_t line = 0; line < kFineBytes; line += 64) __builtin_prefetch(impl_->records[row] + line);
      },
      [&](uint32_t row) {
        const uint8_t* record = impl_->records[row];
        if (simd::BoundRow(record, kFineBins, query.fine.low.data(), query.fine.high.data()) * kFineStep >
            nearest.limit() / 2)
          return nearest.limit() / 2;
        nearest.Take({ImageId{impl_->ids[row]}, query.Distance(Record(record))});
        return nearest.limit() / 2;
      });
  return nearest.Finish();
}

size_t ColourIndex::size() const {
  std::shared_lock lock(impl_->state);
  return impl_->ids.size();
}

size_t ColourIndex::memory_bytes() const {
  std::shared_lock lock(impl_->state);
  return sizeof(Impl) + impl_->ids.capacity() * 8 + impl_->records.capacity() * 8 + impl_->coarse.memory_bytes() +
         impl_->row_of.size() * 32 + impl_->row_of.bucket_count() * 8 + impl_->arena.memory_bytes();
}

Status ColourIndex::Save(const std::filesystem::path& path, uint64_t applied) const {
  std::shared_lock lock(impl_->state);
  std::vector<std::pair<uint64_t, uint32_t>> order;
  for (size_t row = 0; row < impl_->ids.size(); ++row) order.emplace_back(impl_->ids[row], static_cast<uint32_t>(row));
  std::sort(order.begin(), order.end());
  std::vector<uint64_t> ids;
  std::vector<uint16_t> counts;
  std::vector<ColourBin> bins;
  for (auto [id, row] : order) {
    ColourHistogram histogram = Record(impl_->records[row]).Decode();
    ids.push_back(id);
    counts.push_back(static_cast<uint16_t>(histogram.size()));
    bins.insert(bins.end(), histogram.begin(), histogram.end());
  }
  const Section sections[] = {{kIds, BytesOf(ids)}, {kCounts, BytesOf(counts)}, {kBins, BytesOf(bins)}};
  return WriteContainer(path, FileKind::kColour, applied, ids.size(), sections);
}

Result<uint64_t> ColourIndex::Load(const std::filesystem::path& path) {
  std::unique_lock lock(impl_->state);
  impl_->Clear();
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kColour));
  LK_ASSIGN(std::vector<uint64_t> ids, reader.Read<uint64_t>(kIds, reader.count()));
  LK_ASSIGN(std::vector<uint16_t> counts, reader.Read<uint16_t>(kCounts, reader.count()));
  uint64_t total = 0;
  for (uint16_t count : counts) total += count;
  LK_ASSIGN(std::vector<ColourBin> bins, reader.Read<ColourBin>(kBins, total));
  size_t at = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    ColourHistogram histogram(bins.begin() + static_cast<ptrdiff_t>(at),
                              bins.begin() + static_cast<ptrdiff_t>(at + counts[i]));
    at += counts[i];
    if (ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1]) || !IsValid(histogram)) {
      impl_->Clear();
      return reader.Malformed(ids[i] == 0 || (i > 0 && ids[i] <= ids[i - 1]) ? "ids are not ascending"
                                                                             : "a histogram is malformed");
    }
    impl_->AddLocked(ids[i], histogram);
  }
  return reader.applied();
}

}  // namespace likeness::index
