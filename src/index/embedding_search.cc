#include "index/embedding_search.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>

#include "base/threads.h"
#include "simd/kernels.h"

namespace likeness::index {
namespace {

// Rows begin .. end - 1 of a part, all of them wanted.
struct Run {
  uint32_t begin, end;
};
using Runs = std::vector<Run>;

// How many are scored with the 16-bit floats, for k wanted.
constexpr size_t kFinalistsTimes = 4, kFinalistsMore = 64;
// How many nearest sketches have their bytes compared: the largest of these.
constexpr size_t kCandidatesMin = 4096, kCandidatesOneIn = 256, kCandidatesTimes = 16;
constexpr size_t kSampleRows = size_t{1} << 17;  // what the limit of sketch distances is estimated from
constexpr size_t kBlockRows = 256;

void AppendRow(uint32_t row, Runs* runs) {
  if (!runs->empty() && runs->back().end == row)
    ++runs->back().end;
  else
    runs->push_back({row, row + 1});
}

// The first place from `at` on whose value is not below `value`; near ones are found fast.
template <typename Values, typename Value>
size_t Gallop(const Values& values, size_t at, const Value& value) {
  size_t step = 1, end = at;
  while (end < values.size() && values[end] < value) {
    at = end + 1;
    end += step;
    step *= 2;
  }
  const auto first = values.begin();
  return static_cast<size_t>(std::lower_bound(first + static_cast<ptrdiff_t>(at),
                                              first + static_cast<ptrdiff_t>(std::min(end, values.size())), value) -
                             first);
}

Runs AllowedRuns(const EmbeddingPart& part, std::span<const ImageId> allowed) {
  Runs runs;
  const auto ids = part.segment->ids().first(part.rows);
  if (!part.ascending) {
    for (uint32_t row = 0; row < part.rows; ++row)
      if (!part.dead(row) && std::ranges::binary_search(allowed, ImageId{ids[row]})) AppendRow(row, &runs);
    return runs;
  }
  for (size_t row = 0, at = 0;;) {
    if (row == ids.size()) break;
    at = Gallop(allowed, at, ImageId{ids[row]});
    if (at == allowed.size()) break;
    row = Gallop(ids, row, allowed[at].value);
    if (row == ids.size() || ids[row] != allowed[at].value) continue;
    if (!part.dead(row)) AppendRow(static_cast<uint32_t>(row), &runs);
    ++row;
  }
  return runs;
}

Runs LivingRuns(const EmbeddingPart& part) {
  if (part.dead_count() == 0) return {{0, static_cast<uint32_t>(part.rows)}};
  Runs runs;
  for (uint32_t row = 0; row < part.rows; ++row)
    if (!part.dead(row)) AppendRow(row, &runs);
  return runs;
}

struct Finalist {
  float score;
  uint32_t part, row;
  uint64_t id;
};

bool Better(const Finalist& a, const Finalist& b) {
  return a.score != b.score ? a.score > b.score : a.id < b.id;
}

// The best so far, as a heap with the worst on top.
class Finalists {
 public:
  explicit Finalists(size_t limit) : limit_(limit) {}
  // No worse score can enter.
  float bar() const { return best_.size() < limit_ ? -std::numeric_limits<float>::infinity() : best_.front().score; }
  void Take(const Finalist& finalist) {
    if (best_.size() == limit_) {
      if (!Better(finalist, best_.front())) return;
      std::pop_heap(best_.begin(), best_.end(), Better);
      best_.pop_back();
    }
    best_.push_back(finalist);
    std::push_heap(best_.begin(), best_.end(), Better);
  }
  const std::vector<Finalist>& best() const { return best_; }

 private:
  size_t limit_;
  std::vector<Finalist> best_;
};

class EmbeddingQuery {
 public:
  EmbeddingQuery(std::span<const EmbeddingPart> parts, std::span<const float> unit, size_t k, size_t threads)
      : parts_(parts),
        unit_(unit),
        shape_(parts.front().segment->shape()),
        k_(k),
        threads_(threads),
        bytes_(shape_.row_bytes),
        sketch_(shape_.sketch_words),
        best_(k * kFinalistsTimes + kFinalistsMore) {
    QuantiseEmbedding(shape_, unit, bytes_.data());
    SketchEmbedding(shape_, unit, sketch_.data());
  }

  std::vector<EmbeddingHit> Run(const std::optional<std::span<const ImageId>>& allowed, size_t exact_bytes) {
    runs_.resize(parts_.size());
    ParallelFor(parts_.size(), threads_, nullptr, [&](size_t part) {
      runs_[part] = allowed.has_value() ? AllowedRuns(parts_[part], *allowed) : LivingRuns(parts_[part]);
    });
    size_t rows = 0;
    for (const Runs& runs : runs_)
      for (const auto& run : runs) rows += run.end - run.begin;
    if (shape_.sketch_words != 0 && rows > exact_bytes / shape_.row_bytes) KeepNearSketches(rows);
    ParallelFor(parts_.size(), threads_, nullptr, [&](size_t part) { CompareBytes(part); });
    return Rescore();
  }

 private:
  // Of all runs, leaves what has the nearest sketches.
  void KeepNearSketches(size_t rows);
  void CompareBytes(size_t part);
  std::vector<EmbeddingHit> Rescore() const;

  std::span<const EmbeddingPart> parts_;
  std::span<const float> unit_;
  const EmbeddingShape& shape_;
  const size_t k_, threads_;
  std::vector<int8_t> bytes_;
  std::vector<uint64_t> sketch_;
  std::vector<Runs> runs_;  // of each part

  std::mutex mutex_;  // the members below, and what KeepNearSketches counts
  Finalists best_;
  std::atomic<float> bar_{
      -std::numeric_limits<float>::infinity()};  // no worse score can enter best_; read without mutex_
};

void EmbeddingQuery::KeepNearSketches(size_t rows) {
  std::vector<std::vector<uint16_t>> distances(parts_.size());
  std::vector<size_t> counts(64 * shape_.sketch_words + 1);
  const size_t stride = rows / kSampleRows + 1;
  ParallelFor(parts_.size(), threads_, nullptr, [&](size_t part) {
    const EmbeddingSegment& segment = *parts_[part].segment;
    std::vector<uint16_t>& found = distances[part];
    size_t part_rows = 0;
    for (const auto& run : runs_[part]) part_rows += run.end - run.begin;
    found.resize(part_rows);
    size_t at = 0;
    for (const auto& run : runs_[part]) {
      simd::SketchDistances(segment.sketch(run.begin), shape_.sketch_words, run.end - run.begin, sketch_.data(),
                            found.data() + at);
      at += run.end - run.begin;
    }
    std::lock_guard lock(mutex_);
    for (size_t i = 0; i < found.size(); i += stride) ++counts[found[i]];
  });
  const size_t wanted = std::max({kCandidatesMin, rows / kCandidatesOneIn, k_ * kCandidatesTimes}) / stride;
  uint16_t limit = 0;
  for (size_t seen = counts[0]; seen < wanted && limit + 1u < counts.size();) seen += counts[++limit];
  ParallelFor(parts_.size(), threads_, nullptr, [&](size_t part) {
    Runs kept;
    const uint16_t* found = distances[part].data();
    for (const auto& run : runs_[part])
      for (uint32_t row = run.begin; row < run.end;) {
        const uint32_t end = std::min<uint32_t>(run.end, row + 32);  // most blocks have none
        uint16_t least = UINT16_MAX;
        if (end == row + 32)
          for (size_t i = 0; i < 32; ++i) least = std::min(least, found[i]);
        else
          least = 0;
        if (least <= limit)
          for (uint32_t i = row; i < end; ++i)
            if (found[i - row] <= limit) AppendRow(i, &kept);
        found += end - row;
        row = end;
      }
    runs_[part] = std::move(kept);
  });
}

void EmbeddingQuery::CompareBytes(size_t part) {
  constexpr size_t kAhead = 8;
  const EmbeddingSegment& segment = *parts_[part].segment;
  const Runs& runs = runs_[part];
  Finalists best(k_ * kFinalistsTimes + kFinalistsMore);
  std::array<int32_t, kBlockRows> dots;
  float bar = bar_.load(std::memory_order_relaxed);
  for (size_t i = 0; i < runs.size(); ++i) {
    if (i + kAhead < runs.size())
      for (size_t line = 0; line < shape_.row_bytes; line += 64)
        __builtin_prefetch(segment.bytes(runs[i + kAhead].begin) + line);
    for (uint32_t begin = runs[i].begin; begin < runs[i].end;) {
      const uint32_t count = std::min<uint32_t>(runs[i].end - begin, kBlockRows);
      simd::DotBytes(segment.bytes(begin), shape_.row_bytes, count, bytes_.data(), dots.data());
      for (uint32_t row = 0; row < count; ++row) {
        const float score = static_cast<float>(dots[row]) * segment.scales()[begin + row];
        if (score < bar) continue;
        best.Take({score, static_cast<uint32_t>(part), begin + row, segment.ids()[begin + row]});
        bar = std::max(bar, best.bar());
      }
      begin += count;
    }
  }
  std::lock_guard lock(mutex_);
  for (const Finalist& finalist : best.best()) best_.Take(finalist);
  bar_.store(std::max({bar_.load(std::memory_order_relaxed), bar, best_.bar()}), std::memory_order_relaxed);
}

std::vector<EmbeddingHit> EmbeddingQuery::Rescore() const {
  std::vector<EmbeddingHit> hits;
  for (const Finalist& finalist : best_.best())
    hits.push_back({ImageId{finalist.id}, DotOfHalves(unit_, parts_[finalist.part].segment->halves(finalist.row))});
  std::sort(hits.begin(), hits.end(), [](const EmbeddingHit& a, const EmbeddingHit& b) {
    return a.score != b.score ? a.score > b.score : a.id < b.id;
  });
  if (hits.size() > k_) hits.resize(k_);
  return hits;
}

}  // namespace

std::vector<EmbeddingHit> SearchEmbeddings(std::span<const EmbeddingPart> parts, std::span<const float> unit, size_t k,
                                           const std::optional<std::span<const ImageId>>& allowed, size_t threads,
                                           size_t exact_bytes) {
  if (parts.empty() || k == 0) return {};
  size_t rows = 0;
  for (const EmbeddingPart& part : parts) rows += part.live();
  return EmbeddingQuery(parts, unit, std::min(k, rows), threads).Run(allowed, exact_bytes);
}

}  // namespace likeness::index
