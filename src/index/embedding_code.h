// Inside the index module: the forms a vector of length 1 is kept in, from fine to coarse. Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace likeness::index {

// What a row of each form takes (docs/formats/index.md).
struct EmbeddingShape {
  explicit EmbeddingShape(size_t vector_dimension)
      : dimension(vector_dimension),
        row_bytes((vector_dimension + 63) / 64 * 64),
        sketch_words(vector_dimension < 256 ? 0 : (vector_dimension + 255) / 256 * 4) {}
  size_t dimension;
  size_t row_bytes;
  size_t sketch_words;  // 0: bytes alone are as fast
  friend bool operator==(const EmbeddingShape&, const EmbeddingShape&) = default;
};

// IEEE 754 binary16, rounded to the nearest, ties to even. REQUIRES: |value| <= 1.
uint16_t HalfOf(float value);
float FloatOf(uint16_t half);

// The same direction with length 1; false when there is none. REQUIRES: sizes are equal.
bool Normalise(std::span<const float> vector, std::span<float> unit);

// Signed bytes, row_bytes of them; returns the scale: component = byte * scale, to half a scale. REQUIRES: unit has a
// component other than 0.
float QuantiseEmbedding(const EmbeddingShape& shape, std::span<const float> unit, int8_t* bytes);

// Signs of the turned vector, sketch_words words. Half a turn between two vectors is all bits.
void SketchEmbedding(const EmbeddingShape& shape, std::span<const float> unit, uint64_t* sketch);

// The sum is made in the same order on every processor.
float DotOfHalves(std::span<const float> query, const uint16_t* halves);

}  // namespace likeness::index
