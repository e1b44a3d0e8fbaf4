#include "index/embedding_segment.h"

#include <algorithm>
#include <cstring>

namespace likeness::index {
namespace {

constexpr uint32_t kHeadTag = Tag("EHDR"), kIdsTag = Tag("IDS "), kScalesTag = Tag("SCAL"), kBytesTag = Tag("BYTE"),
                   kSketchesTag = Tag("SKET"), kHalvesTag = Tag("HALF");
constexpr size_t kLine = 64;

// Where the arrays of a segment lie in memory of its own, each at a cache line.
struct Places {
  Places(const EmbeddingShape& shape, size_t rows) {
    auto after = [&](size_t at, size_t row_bytes) { return (at + rows * row_bytes + kLine - 1) / kLine * kLine; };
    sketches = after(0, shape.row_bytes);
    ids = after(sketches, shape.sketch_words * sizeof(uint64_t));
    scales = after(ids, sizeof(uint64_t));
    halves = after(scales, sizeof(float));
    end = after(halves, shape.dimension * sizeof(uint16_t));
  }
  size_t sketches, ids, scales, halves, end;  // bytes come first
};

template <typename T>
T* RowAt(uint8_t* memory, size_t place, size_t row, size_t values) {
  return reinterpret_cast<T*>(memory + place) + row * values;
}

bool IsFinite(uint16_t half) {
  return (half & 0x7C00) != 0x7C00;
}

}  // namespace

std::shared_ptr<EmbeddingSegment> EmbeddingSegment::Allocate(const EmbeddingShape& shape, size_t rows) {
  std::shared_ptr<EmbeddingSegment> segment(new EmbeddingSegment(shape));
  const Places places(shape, rows);
  segment->rows_ = rows;
  segment->own_ = {static_cast<uint8_t*>(AllocateHuge(places.end)), FreeHugeMemory{places.end}};
  uint8_t* memory = segment->own_.get();
  segment->bytes_ = RowAt<int8_t>(memory, 0, 0, 0);
  segment->sketches_ = RowAt<uint64_t>(memory, places.sketches, 0, 0);
  segment->ids_ = RowAt<uint64_t>(memory, places.ids, 0, 0);
  segment->scales_ = RowAt<float>(memory, places.scales, 0, 0);
  segment->halves_ = RowAt<uint16_t>(memory, places.halves, 0, 0);
  return segment;
}

void EmbeddingSegment::Put(size_t row, uint64_t id, std::span<const float> unit) {
  const Places places(shape_, rows_);
  uint8_t* memory = own_.get();
  *RowAt<uint64_t>(memory, places.ids, row, 1) = id;
  std::vector<float> kept(unit.size());
  uint16_t* halves = RowAt<uint16_t>(memory, places.halves, row, shape_.dimension);
  for (size_t i = 0; i < unit.size(); ++i) {
    halves[i] = HalfOf(unit[i]);
    kept[i] = FloatOf(halves[i]);
  }
  *RowAt<float>(memory, places.scales, row, 1) =
      QuantiseEmbedding(shape_, kept, RowAt<int8_t>(memory, 0, row, shape_.row_bytes));
  SketchEmbedding(shape_, kept, RowAt<uint64_t>(memory, places.sketches, row, shape_.sketch_words));
}

void EmbeddingSegment::Copy(size_t row, const EmbeddingSegment& from, size_t from_row) {
  const Places places(shape_, rows_);
  uint8_t* memory = own_.get();
  *RowAt<uint64_t>(memory, places.ids, row, 1) = from.ids_[from_row];
  *RowAt<float>(memory, places.scales, row, 1) = from.scales_[from_row];
  std::copy_n(from.bytes(from_row), shape_.row_bytes, RowAt<int8_t>(memory, 0, row, shape_.row_bytes));
  std::copy_n(from.sketch(from_row), shape_.sketch_words,
              RowAt<uint64_t>(memory, places.sketches, row, shape_.sketch_words));
  std::copy_n(from.halves(from_row), shape_.dimension, RowAt<uint16_t>(memory, places.halves, row, shape_.dimension));
}

size_t EmbeddingSegment::memory_bytes(size_t rows) const {
  const size_t in_file = file_ == nullptr ? 0 : rows * shape_.dimension * sizeof(uint16_t);
  return Places(shape_, rows).end - in_file;
}

Status EmbeddingSegment::Save(const std::filesystem::path& path) const {
  const uint32_t head[] = {static_cast<uint32_t>(shape_.dimension), static_cast<uint32_t>(shape_.sketch_words)};
  const Section sections[] = {{kHeadTag, BytesOf(std::span(head))},
                              {kIdsTag, BytesOf(ids())},
                              {kScalesTag, BytesOf(std::span(scales_, rows_))},
                              {kBytesTag, BytesOf(std::span(bytes_, rows_ * shape_.row_bytes))},
                              {kSketchesTag, BytesOf(std::span(sketches_, rows_ * shape_.sketch_words))},
                              {kHalvesTag, BytesOf(std::span(halves_, rows_ * shape_.dimension))}};
  return WriteContainer(path, FileKind::kEmbedding, 0, rows_, sections);
}

Result<std::shared_ptr<const EmbeddingSegment>> EmbeddingSegment::Open(const std::filesystem::path& path,
                                                                       const EmbeddingShape& shape) {
  std::shared_ptr<EmbeddingSegment> segment(new EmbeddingSegment(shape));
  LK_ASSIGN(ContainerReader reader, ContainerReader::Open(path, FileKind::kEmbedding));
  LK_TRY(reader.Map());
  LK_ASSIGN(std::span<const uint32_t> head, reader.View<uint32_t>(kHeadTag, 2));
  if (head[0] != shape.dimension || head[1] != shape.sketch_words)
    return reader.Malformed("vectors of another dimension");
  LK_ASSIGN(uint64_t id_bytes, reader.SizeOf(kIdsTag));
  if (reader.count() == 0 || reader.count() > UINT32_MAX || reader.count() != id_bytes / sizeof(uint64_t))
    return reader.Malformed("a wrong number of ids");
  segment->rows_ = static_cast<size_t>(reader.count());
  LK_ASSIGN(std::span<const uint64_t> ids, reader.View<uint64_t>(kIdsTag, segment->rows_));
  LK_ASSIGN(std::span<const float> scales, reader.View<float>(kScalesTag, segment->rows_));
  LK_ASSIGN(std::span<const int8_t> bytes, reader.View<int8_t>(kBytesTag, segment->rows_ * shape.row_bytes));
  LK_ASSIGN(std::span<const uint64_t> sketches,
            reader.View<uint64_t>(kSketchesTag, segment->rows_ * shape.sketch_words));
  LK_ASSIGN(std::span<const uint16_t> halves, reader.View<uint16_t>(kHalvesTag, segment->rows_ * shape.dimension));
  segment->ids_ = ids.data();
  segment->scales_ = scales.data();
  segment->bytes_ = bytes.data();
  segment->sketches_ = sketches.data();
  segment->halves_ = halves.data();
  LK_TRY(segment->Check(reader));
  segment->file_ = std::make_unique<ContainerReader>(std::move(reader));
  return segment;
}

Status EmbeddingSegment::Check(const ContainerReader& reader) const {
  for (size_t i = 0; i < rows_; ++i) {
    if (ids_[i] == 0 || (i > 0 && ids_[i] <= ids_[i - 1])) return reader.Malformed("ids are not ascending");
    if (!(scales_[i] > 0 && scales_[i] <= 1)) return reader.Malformed("a scale out of range");
  }
  if (std::memchr(bytes_, 0x80, rows_ * shape_.row_bytes) != nullptr) return reader.Malformed("a byte out of range");
  if (!std::all_of(halves_, halves_ + rows_ * shape_.dimension, IsFinite))
    return reader.Malformed("a number that is not finite");
  return {};
}

}  // namespace likeness::index
