// Inside the index module: rows of embeddings in their three forms, in memory of their own or in a mapped file
// (docs/formats/index.md); searches do not know which. A row never changes once others may read it. Thread-safe but for
// Put and Copy, which want one writer and rows that nobody reads yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "index/embedding_code.h"
#include "index/storage.h"

namespace likeness::index {

struct FreeHugeMemory {
  size_t size_bytes = 0;
  void operator()(uint8_t* memory) const { FreeHuge(memory, size_bytes); }
};

class EmbeddingSegment {
 public:
  // Room for `rows` rows, which are to be written. REQUIRES: rows > 0.
  static std::shared_ptr<EmbeddingSegment> Allocate(const EmbeddingShape& shape, size_t rows);
  // Maps a file, whose ids ascend. Corruption when a checksum or a rule is broken, or the shape is another.
  static Result<std::shared_ptr<const EmbeddingSegment>> Open(const std::filesystem::path& path,
                                                              const EmbeddingShape& shape);
  // REQUIRES: all rows are written and their ids ascend.
  Status Save(const std::filesystem::path& path) const;

  void Put(size_t row, uint64_t id, std::span<const float> unit);
  void Copy(size_t row, const EmbeddingSegment& from, size_t from_row);

  const EmbeddingShape& shape() const { return shape_; }
  size_t rows() const { return rows_; }
  std::span<const uint64_t> ids() const { return {ids_, rows_}; }
  const float* scales() const { return scales_; }
  const int8_t* bytes(size_t row) const { return bytes_ + row * shape_.row_bytes; }
  const uint64_t* sketch(size_t row) const { return sketches_ + row * shape_.sketch_words; }
  const uint16_t* halves(size_t row) const { return halves_ + row * shape_.dimension; }
  // Of `rows` of them, without the halves where they lie in a file.
  size_t memory_bytes(size_t rows) const;

 private:
  explicit EmbeddingSegment(const EmbeddingShape& shape) : shape_(shape) {}
  Status Check(const ContainerReader& reader) const;

  EmbeddingShape shape_;
  size_t rows_ = 0;
  const uint64_t* ids_ = nullptr;
  const float* scales_ = nullptr;
  const int8_t* bytes_ = nullptr;
  const uint64_t* sketches_ = nullptr;
  const uint16_t* halves_ = nullptr;
  std::unique_ptr<uint8_t, FreeHugeMemory> own_;
  std::unique_ptr<ContainerReader> file_;
};

// The removed rows of a segment; null when there are none.
struct EmbeddingMarks {
  std::vector<uint64_t> words;  // a bit for each row, lowest first
  size_t count = 0;
  bool dead(size_t row) const { return words[row / 64] >> (row % 64) & 1; }
};

// What a search sees: the first `rows` of a segment, without the dead.
struct EmbeddingPart {
  std::shared_ptr<const EmbeddingSegment> segment;
  std::shared_ptr<const EmbeddingMarks> marks;
  size_t rows = 0;
  bool ascending = true;  // its ids
  bool dead(size_t row) const { return marks != nullptr && marks->dead(row); }
  size_t dead_count() const { return marks == nullptr ? 0 : marks->count; }
  size_t live() const { return rows - dead_count(); }
};

}  // namespace likeness::index
