// Locks, in the order they are taken: `writer` (one Add, Remove, Save or Load at a time), `state` (what a search takes
// its snapshot from; held for moments). Only who holds `writer` changes anything.
#include "index/embedding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <unordered_map>

#include "index/embedding_search.h"
#include "index/embedding_segment.h"
#include "index/storage.h"

namespace likeness::index {
namespace {

namespace fs = std::filesystem;

// Vectors of so many dimensions together fill a segment: about 50 MB.
constexpr size_t kSegmentValues = size_t{1} << 24;
// So many removed vectors are not worth making a segment anew before it is saved.
constexpr size_t kDeadMin = 1024;
constexpr uint32_t kHeadTag = Tag("EHDR"), kFilesTag = Tag("SEGS"), kDeadTag = Tag("DEAD");
constexpr std::string_view kManifest = "manifest.idx", kSegmentPrefix = "segment-";
constexpr uint64_t kFileNumberMax = uint64_t{1} << 48;

std::string FileName(uint64_t number) {
  return fmt::format("{}{:08}.idx", kSegmentPrefix, number);
}

// The row of a living id, or part.rows. REQUIRES: ids ascend.
size_t FindRow(const EmbeddingPart& part, uint64_t id) {
  const auto ids = part.segment->ids().first(part.rows);
  if (ids.empty() || id < ids.front() || id > ids.back()) return part.rows;
  const auto row = static_cast<size_t>(std::ranges::lower_bound(ids, id) - ids.begin());
  return ids[row] == id && !part.dead(row) ? row : part.rows;
}

// Marks are shared with searches: a changed copy takes their place.
void Kill(EmbeddingPart* part, size_t row) {
  auto marks =
      part->marks == nullptr ? std::make_shared<EmbeddingMarks>() : std::make_shared<EmbeddingMarks>(*part->marks);
  marks->words.resize(part->segment->rows() / 64 + 1);
  marks->words[row / 64] |= uint64_t{1} << (row % 64);
  ++marks->count;
  part->marks = std::move(marks);
}

bool Wasteful(const EmbeddingPart& part, size_t dead_min) {
  return part.dead_count() > dead_min && part.dead_count() > part.rows / 4;
}

}  // namespace

struct EmbeddingIndex::Impl {
  struct Stored {
    EmbeddingPart part;
    uint64_t file = 0;  // its number in `folder`; 0: none yet
  };

  explicit Impl(size_t dimension) : shape(dimension), segment_rows(kSegmentValues / dimension) {}

  const EmbeddingShape shape;
  const size_t segment_rows;  // at most

  std::mutex writer;
  mutable std::mutex state;  // everything below, to `live`
  std::vector<Stored> segments;
  EmbeddingPart tail;                             // ids in the order they came
  std::unordered_map<uint64_t, size_t> tail_row;  // of the living
  size_t live = 0;

  std::shared_ptr<EmbeddingSegment> tail_segment;  // `writer`: the tail's, to be written
  fs::path folder;                                 // `writer`
  uint64_t next_file = 1;

  std::vector<EmbeddingPart> Snapshot() const;
  bool RemoveLocked(uint64_t id);
  void SealTail();
  void Compact(size_t dead_min);
  std::vector<Stored> Rebuild(std::span<const EmbeddingPart> picked) const;
  void Clear();
  Status WriteSegments(std::vector<Stored>* stored);
  void NumberFrom(const fs::path& new_folder);
};

std::vector<EmbeddingPart> EmbeddingIndex::Impl::Snapshot() const {
  std::lock_guard lock(state);
  std::vector<EmbeddingPart> parts;
  for (const Stored& stored : segments) parts.push_back(stored.part);
  if (tail.rows != 0) parts.push_back(tail);
  return parts;
}

// REQUIRES: `writer` and `state` held.
bool EmbeddingIndex::Impl::RemoveLocked(uint64_t id) {
  if (auto at = tail_row.find(id); at != tail_row.end()) {
    Kill(&tail, at->second);
    tail_row.erase(at);
    --live;
    return true;
  }
  for (Stored& stored : segments) {
    const size_t row = FindRow(stored.part, id);
    if (row == stored.part.rows) continue;
    Kill(&stored.part, row);
    --live;
    return true;
  }
  return false;
}

// Segments of the living rows of all, by id.
std::vector<EmbeddingIndex::Impl::Stored> EmbeddingIndex::Impl::Rebuild(std::span<const EmbeddingPart> picked) const {
  struct Row {
    uint64_t id;
    uint32_t part, row;
  };
  std::vector<Row> rows;
  for (uint32_t part = 0; part < picked.size(); ++part)
    for (uint32_t row = 0; row < picked[part].rows; ++row)
      if (!picked[part].dead(row)) rows.push_back({picked[part].segment->ids()[row], part, row});
  std::ranges::sort(rows, {}, &Row::id);
  std::vector<Stored> made;
  for (size_t begin = 0; begin < rows.size(); begin += segment_rows) {
    const size_t count = std::min(segment_rows, rows.size() - begin);
    auto segment = EmbeddingSegment::Allocate(shape, count);
    for (size_t i = 0; i < count; ++i) segment->Copy(i, *picked[rows[begin + i].part].segment, rows[begin + i].row);
    made.push_back({{std::move(segment), nullptr, count}});
  }
  return made;
}

// REQUIRES: `writer` held.
void EmbeddingIndex::Impl::SealTail() {
  if (tail.rows == 0) return;
  std::vector<Stored> made = Rebuild({&tail, 1});
  std::lock_guard lock(state);
  for (Stored& stored : made) segments.push_back(std::move(stored));
  tail = {};
  tail_row.clear();
  tail_segment = nullptr;
}

// Makes anew what has more than dead_min and a quarter of its rows dead, and one of what is at most half full.
// REQUIRES: `writer` held.
void EmbeddingIndex::Impl::Compact(size_t dead_min) {
  std::vector<EmbeddingPart> picked;
  bool wasteful = false;
  for (const Stored& stored : segments) {
    const bool is_wasteful = Wasteful(stored.part, dead_min);
    if (is_wasteful || stored.part.live() <= segment_rows / 2) picked.push_back(stored.part);
    wasteful = wasteful || is_wasteful;
  }
  if (!wasteful && picked.size() < 2) return;
  std::vector<Stored> made = Rebuild(picked);
  std::lock_guard lock(state);
  std::erase_if(segments, [&](const Stored& stored) {
    return std::ranges::find(picked, stored.part.segment, &EmbeddingPart::segment) != picked.end();
  });
  for (Stored& stored : made) segments.push_back(std::move(stored));
}

EmbeddingIndex::EmbeddingIndex(size_t dimension) : impl_(std::make_unique<Impl>(dimension)) {}
EmbeddingIndex::~EmbeddingIndex() = default;

size_t EmbeddingIndex::dimension() const {
  return impl_->shape.dimension;
}

void EmbeddingIndex::Add(ImageId id, std::span<const float> vector) {
  std::vector<float> unit(vector.size());
  if (vector.size() != dimension() || !Normalise(vector, unit)) {
    Remove(id);
    return;
  }
  Impl& impl = *impl_;
  std::lock_guard writer(impl.writer);
  if (impl.tail_segment == nullptr) {
    impl.tail_segment = EmbeddingSegment::Allocate(impl.shape, impl.segment_rows);
    std::lock_guard lock(impl.state);
    impl.tail = {impl.tail_segment, nullptr, 0, false};
  }
  impl.tail_segment->Put(impl.tail.rows, id.value, unit);
  {
    std::lock_guard lock(impl.state);
    impl.RemoveLocked(id.value);
    impl.tail_row[id.value] = impl.tail.rows++;
    ++impl.live;
  }
  if (impl.tail.rows < impl.segment_rows && !Wasteful(impl.tail, kDeadMin)) return;
  impl.SealTail();
  impl.Compact(0);
}

bool EmbeddingIndex::Remove(ImageId id) {
  Impl& impl = *impl_;
  std::lock_guard writer(impl.writer);
  bool removed = false;
  {
    std::lock_guard lock(impl.state);
    removed = impl.RemoveLocked(id.value);
  }
  if (!removed) return false;
  if (Wasteful(impl.tail, kDeadMin)) impl.SealTail();
  impl.Compact(kDeadMin);
  return true;
}

std::optional<std::vector<float>> EmbeddingIndex::Find(ImageId id) const {
  std::shared_ptr<const EmbeddingSegment> segment;
  size_t row = 0;
  {
    std::lock_guard lock(impl_->state);
    if (auto at = impl_->tail_row.find(id.value); at != impl_->tail_row.end()) {
      segment = impl_->tail.segment;
      row = at->second;
    }
    for (const Impl::Stored& stored : impl_->segments) {
      if (segment != nullptr) break;
      row = FindRow(stored.part, id.value);
      if (row != stored.part.rows) segment = stored.part.segment;
    }
  }
  if (segment == nullptr) return std::nullopt;
  std::vector<float> vector(dimension());
  std::transform(segment->halves(row), segment->halves(row) + vector.size(), vector.begin(), FloatOf);
  return vector;
}

std::vector<EmbeddingHit> EmbeddingIndex::Search(std::span<const float> query, size_t k,
                                                 std::optional<std::span<const ImageId>> allowed,
                                                 size_t threads) const {
  std::vector<float> unit(query.size());
  if (query.size() != dimension() || !Normalise(query, unit)) return {};
  return SearchEmbeddings(impl_->Snapshot(), unit, k, allowed, threads);
}

size_t EmbeddingIndex::size() const {
  std::lock_guard lock(impl_->state);
  return impl_->live;
}

size_t EmbeddingIndex::memory_bytes() const {
  std::lock_guard lock(impl_->state);
  size_t bytes = sizeof(Impl) + impl_->tail_row.size() * 32 + impl_->tail_row.bucket_count() * 8;
  auto count = [&](const EmbeddingPart& part) {
    if (part.segment == nullptr) return;
    bytes += part.segment->memory_bytes(part.rows) + (part.marks == nullptr ? 0 : 8 * part.marks->words.size());
  };
  count(impl_->tail);
  for (const Impl::Stored& stored : impl_->segments) count(stored.part);
  return bytes;
}

// REQUIRES: `writer` held.
void EmbeddingIndex::Impl::Clear() {
  std::lock_guard lock(state);
  segments.clear();
  tail = {};
  tail_row.clear();
  tail_segment = nullptr;
  live = 0;
  folder.clear();
}

// From now on new files get numbers that none in the folder has. REQUIRES: `writer` held.
void EmbeddingIndex::Impl::NumberFrom(const fs::path& new_folder) {
  if (new_folder == folder) return;
  folder.clear();
  std::lock_guard lock(state);
  for (Stored& stored : segments) stored.file = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(new_folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kSegmentPrefix)) continue;
    const uint64_t number = std::strtoull(name.c_str() + kSegmentPrefix.size(), nullptr, 10);
    if (number < kFileNumberMax) next_file = std::max(next_file, number + 1);
  }
}

Status EmbeddingIndex::Save(const fs::path& folder, uint64_t applied) {
  Impl& impl = *impl_;
  std::lock_guard writer(impl.writer);  // searches go on
  LK_TRY(MakeDirectories(folder));
  impl.SealTail();
  impl.Compact(0);
  impl.NumberFrom(folder);
  std::vector<uint64_t> files, dead;
  for (Impl::Stored& stored : impl.segments) {
    std::error_code error;
    if (stored.file == 0 || !fs::exists(folder / FileName(stored.file), error)) {
      const uint64_t number = impl.next_file++;
      LK_TRY(stored.part.segment->Save(folder / FileName(number)));
      LK_ASSIGN(auto mapped, EmbeddingSegment::Open(folder / FileName(number), impl.shape));
      std::lock_guard lock(impl.state);
      stored.part.segment = std::move(mapped);
      stored.file = number;
    }
    for (size_t row = 0; row < stored.part.rows; ++row)
      if (stored.part.dead(row)) dead.push_back(uint64_t{files.size()} << 32 | row);
    files.push_back(stored.file);
  }
  const uint32_t head[] = {static_cast<uint32_t>(impl.shape.dimension), static_cast<uint32_t>(impl.shape.sketch_words)};
  const Section sections[] = {
      {kHeadTag, BytesOf(std::span(head))}, {kFilesTag, BytesOf(files)}, {kDeadTag, BytesOf(dead)}};
  LK_TRY(WriteContainer(folder / kManifest, FileKind::kEmbedding, applied, files.size(), sections));
  impl.folder = folder;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool wanted = std::ranges::any_of(files, [&](uint64_t number) { return name == FileName(number); });
    std::error_code ignored;  // what stays is tried again by the next Save
    if (name.starts_with(kSegmentPrefix) && !wanted) fs::remove(entry.path(), ignored);
  }
  return {};
}

Result<uint64_t> EmbeddingIndex::Load(const fs::path& folder) {
  Impl& impl = *impl_;
  std::lock_guard writer(impl.writer);
  impl.Clear();
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(folder / kManifest, FileKind::kEmbedding));
  LK_ASSIGN(std::vector<uint32_t> head, reader.Read<uint32_t>(kHeadTag, 2));
  if (head[0] != impl.shape.dimension || head[1] != impl.shape.sketch_words)
    return reader.Malformed("vectors of another dimension");
  LK_ASSIGN(uint64_t file_bytes, reader.SizeOf(kFilesTag));
  if (reader.count() != file_bytes / sizeof(uint64_t)) return reader.Malformed("a wrong number of segments");
  LK_ASSIGN(std::vector<uint64_t> files, reader.Read<uint64_t>(kFilesTag, reader.count()));
  LK_ASSIGN(uint64_t dead_bytes, reader.SizeOf(kDeadTag));
  LK_ASSIGN(std::vector<uint64_t> dead, reader.Read<uint64_t>(kDeadTag, dead_bytes / sizeof(uint64_t)));
  std::vector<Impl::Stored> stored;
  uint64_t last = 0;
  for (uint64_t file : files) {
    if (file == 0 || file >= kFileNumberMax) return reader.Malformed("a segment without a number");
    auto segment = EmbeddingSegment::Open(folder / FileName(file), impl.shape);
    if (!segment.has_value() && segment.error().code == ErrorCode::kNotFound)
      return reader.Malformed("a segment's file is missing");
    LK_TRY(segment);
    const size_t rows = (*segment)->rows();
    stored.push_back({{std::move(*segment), nullptr, rows}, file});
    last = std::max(last, file);
  }
  for (uint64_t mark : dead) {
    const uint64_t at = mark >> 32, row = mark & UINT32_MAX;
    if (at >= stored.size() || row >= stored[at].part.rows || stored[at].part.dead(row))
      return reader.Malformed("a removed picture that is not there");
    Kill(&stored[at].part, row);
  }
  std::vector<uint64_t> ids;
  for (const Impl::Stored& one : stored)
    for (size_t row = 0; row < one.part.rows; ++row)
      if (!one.part.dead(row)) ids.push_back(one.part.segment->ids()[row]);
  std::ranges::sort(ids);
  if (std::ranges::adjacent_find(ids) != ids.end()) return reader.Malformed("a picture is there twice");
  std::lock_guard lock(impl.state);
  impl.segments = std::move(stored);
  impl.live = ids.size();
  impl.folder = folder;
  impl.next_file = last + 1;
  return reader.applied();
}

}  // namespace likeness::index
