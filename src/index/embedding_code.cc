#include "index/embedding_code.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <vector>

namespace likeness::index {
namespace {

constexpr size_t kTurns = 3, kTurnedMax = 4096;
using Signs = std::array<uint64_t, kTurnedMax / 64>;

// The random signs of each turn; part of the file format. SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
// number generators").
constexpr std::array<Signs, kTurns> kSigns = [] {
  std::array<Signs, kTurns> signs{};
  uint64_t state = 0;
  for (Signs& turn : signs)
    for (uint64_t& word : turn) {
      state += 0x9E3779B97F4A7C15ull;
      uint64_t mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9ull;
      mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBull;
      word = mixed ^ (mixed >> 31);
    }
  return signs;
}();

void ChangeSigns(const Signs& signs, std::span<float> values) {
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::bit_cast<float>(std::bit_cast<uint32_t>(values[i]) ^
                                     static_cast<uint32_t>(signs[i / 64] >> (i % 64) & 1) << 31);
}

void HadamardTransform(std::span<float> values) {
  for (size_t half = 1; half < values.size(); half *= 2)
    for (size_t begin = 0; begin < values.size(); begin += 2 * half)
      for (size_t i = begin; i < begin + half; ++i) {
        const float a = values[i], b = values[i + half];
        values[i] = a + b;
        values[i + half] = a - b;
      }
}

// Four at a time, as any processor has them.
using Floats = float __attribute__((vector_size(16)));
using Words = uint32_t __attribute__((vector_size(16)));
using Halves = uint16_t __attribute__((vector_size(8)));

template <typename T>
T Load(const void* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// As FloatOf.
Floats FloatsOf(const uint16_t* halves) {
  const Words bits = __builtin_convertvector(Load<Halves>(halves), Words);
  const Floats sizes = std::bit_cast<Floats>((bits & 0x7FFF) << 13) * 0x1p112f;
  return std::bit_cast<Floats>(std::bit_cast<Words>(sizes) | (bits & 0x8000) << 16);
}

}  // namespace

uint16_t HalfOf(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7FFFFFFF;
  constexpr uint32_t kLeastNormal = 113u << 23;  // 2^-14
  if (size >= kLeastNormal)
    return static_cast<uint16_t>(sign | ((size + 0xFFF + (size >> 13 & 1) - (112u << 23)) >> 13));
  return static_cast<uint16_t>(sign | static_cast<uint32_t>(std::nearbyint(std::fabs(value) * 0x1p24f)));
}

float FloatOf(uint16_t half) {
  const float size = std::bit_cast<float>(static_cast<uint32_t>(half & 0x7FFF) << 13) * 0x1p112f;
  return half & 0x8000 ? -size : size;
}

bool Normalise(std::span<const float> vector, std::span<float> unit) {
  double squares = 0;
  for (float value : vector) squares += double{value} * double{value};
  if (!std::isfinite(squares) || squares == 0) return false;
  const double length = std::sqrt(squares);
  bool any = false;
  for (size_t i = 0; i < vector.size(); ++i) {
    unit[i] = static_cast<float>(double{vector[i]} / length);
    any = any || unit[i] != 0;
  }
  return any;
}

float QuantiseEmbedding(const EmbeddingShape& shape, std::span<const float> unit, int8_t* bytes) {
  float largest = 0;
  for (float value : unit) largest = std::max(largest, std::fabs(value));
  const float scale = largest / 127;
  for (size_t i = 0; i < shape.row_bytes; ++i)
    bytes[i] = i < unit.size() ? static_cast<int8_t>(std::clamp(std::lround(unit[i] / scale), -127l, 127l)) : int8_t{0};
  return scale;
}

void SketchEmbedding(const EmbeddingShape& shape, std::span<const float> unit, uint64_t* sketch) {
  if (shape.sketch_words == 0) return;
  std::array<float, kTurnedMax> buffer;
  const std::span<float> values(buffer.data(), std::bit_ceil(shape.dimension));
  std::copy(unit.begin(), unit.end(), values.begin());
  std::fill(values.begin() + static_cast<ptrdiff_t>(unit.size()), values.end(), 0.0f);
  for (const Signs& signs : kSigns) {
    ChangeSigns(signs, values);
    HadamardTransform(values);
  }
  for (size_t word = 0; word < shape.sketch_words; ++word) {
    sketch[word] = 0;
    for (size_t bit = 0; bit < 64; ++bit) sketch[word] |= uint64_t{std::signbit(values[64 * word + bit])} << bit;
  }
}

float DotOfHalves(std::span<const float> query, const uint16_t* halves) {
  Floats low{}, high{};
  size_t i = 0;
  for (; i + 8 <= query.size(); i += 8) {
    low += Load<Floats>(&query[i]) * FloatsOf(halves + i);
    high += Load<Floats>(&query[i + 4]) * FloatsOf(halves + i + 4);
  }
  low += high;
  float sum = (low[0] + low[2]) + (low[1] + low[3]);
  for (; i < query.size(); ++i) sum += query[i] * FloatOf(halves[i]);
  return sum;
}

}  // namespace likeness::index
