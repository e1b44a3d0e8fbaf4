// The kernels on pixels that gain by WebAssembly's 128-bit vectors: four pixels a vector, sixteen a step. The others
// are the scalar ones.
#include <wasm_simd128.h>

#include <cstring>

#include "simd/types.h"

namespace likeness::simd {
namespace {

constexpr size_t kStep = 16;

// One bit for each of sixteen lanes of four vectors of masks.
uint64_t Bits(const v128_t masks[4]) {
  return wasm_i8x16_bitmask(wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(masks[0], masks[1]),
                                                    wasm_i16x8_narrow_i32x4(masks[2], masks[3])));
}

struct Verdicts {
  v128_t over, unsure;
};

// Calls judge(a, b) for each four pixels. The end of a row is judged among pixels that are equal.
template <bool kUnsure, typename Judge>
void ForPixels(const uint8_t* a, const uint8_t* b, size_t count, uint64_t* over, uint64_t* unsure, Judge judge) {
  std::memset(over, 0, (count + 63) / 64 * sizeof(uint64_t));
  if (kUnsure) std::memset(unsure, 0, (count + 63) / 64 * sizeof(uint64_t));
  alignas(16) uint8_t end_a[4 * kStep] = {}, end_b[4 * kStep] = {};
  for (size_t i = 0; i < count; i += kStep) {
    const uint8_t *p = a + 4 * i, *q = b + 4 * i;
    if (count - i < kStep) {
      std::memcpy(end_a, p, 4 * (count - i));
      std::memcpy(end_b, q, 4 * (count - i));
      p = end_a;
      q = end_b;
    }
    v128_t of_a[4], of_b[4], unequal = wasm_i32x4_const_splat(0);
    for (size_t k = 0; k < 4; ++k) {
      of_a[k] = wasm_v128_load(p + 16 * k);
      of_b[k] = wasm_v128_load(q + 16 * k);
      unequal = wasm_v128_or(unequal, wasm_v128_xor(of_a[k], of_b[k]));
    }
    if (!wasm_v128_any_true(unequal)) continue;
    v128_t overs[4], unsures[4];
    for (size_t k = 0; k < 4; ++k) {
      const Verdicts verdicts = judge(of_a[k], of_b[k]);
      overs[k] = verdicts.over;
      unsures[k] = verdicts.unsure;
    }
    over[i / 64] |= Bits(overs) << (i % 64);
    if (kUnsure) unsure[i / 64] |= Bits(unsures) << (i % 64);
  }
}

v128_t ByteDistances(v128_t a, v128_t b) {
  return wasm_v128_or(wasm_u8x16_sub_sat(a, b), wasm_u8x16_sub_sat(b, a));
}

void OverLimits(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over) {
  uint32_t word;
  std::memcpy(&word, limits, sizeof word);
  const v128_t most = wasm_u32x4_splat(word), zero = wasm_i32x4_const_splat(0);
  ForPixels<false>(a, b, count, over, nullptr, [&](v128_t p, v128_t q) {
    return Verdicts{wasm_i32x4_ne(wasm_u8x16_sub_sat(ByteDistances(p, q), most), zero), zero};
  });
}

void OverBrightness(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                    uint64_t* over, uint64_t* unsure) {
  const v128_t weights = wasm_i16x8_const(30, 59, 11, 0, 30, 59, 11, 0);
  const v128_t limit = wasm_i32x4_splat(brightness_limit), alpha = wasm_u32x4_splat(alpha_limit);
  ForPixels<true>(a, b, count, over, unsure, [&](v128_t p, v128_t q) {
    const v128_t low = wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(p), wasm_u16x8_extend_low_u8x16(q));
    const v128_t high = wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(p), wasm_u16x8_extend_high_u8x16(q));
    const v128_t first = wasm_i32x4_dot_i16x8(low, weights), second = wasm_i32x4_dot_i16x8(high, weights);
    const v128_t brightness = wasm_i32x4_abs(
        wasm_i32x4_add(wasm_i32x4_shuffle(first, second, 0, 2, 4, 6), wasm_i32x4_shuffle(first, second, 1, 3, 5, 7)));
    const v128_t alphas = wasm_u32x4_shr(ByteDistances(p, q), 24);
    const v128_t is_over = wasm_v128_or(wasm_i32x4_gt(brightness, limit), wasm_i32x4_gt(alphas, alpha));
    const v128_t is_limit = wasm_v128_and(wasm_i32x4_eq(brightness, limit), wasm_i32x4_ne(p, q));
    return Verdicts{is_over, wasm_v128_andnot(is_limit, is_over)};
  });
}

// A channel's difference, as a float.
v128_t Step(v128_t p, v128_t q, uint32_t shift) {
  const v128_t byte = wasm_i32x4_const_splat(255);
  return wasm_f32x4_convert_i32x4(
      wasm_i32x4_sub(wasm_v128_and(wasm_u32x4_shr(p, shift), byte), wasm_v128_and(wasm_u32x4_shr(q, shift), byte)));
}

void OverForm(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
              uint64_t* unsure) {
  const v128_t low = wasm_f32x4_splat(form.low), high = wasm_f32x4_splat(form.high);
  const v128_t opaque = wasm_u32x4_const_splat(0xff000000u);
  ForPixels<true>(a, b, count, over, unsure, [&](v128_t p, v128_t q) {
    const v128_t red = Step(p, q, 0), green = Step(p, q, 8), blue = Step(p, q, 16);
    v128_t terms[3];
    for (int k = 0; k < 3; ++k) {
      const v128_t part = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_splat(form.axis[k][0]), red),
                                         wasm_f32x4_mul(wasm_f32x4_splat(form.axis[k][1]), green));
      const v128_t along = wasm_f32x4_add(part, wasm_f32x4_mul(wasm_f32x4_splat(form.axis[k][2]), blue));
      terms[k] = wasm_f32x4_mul(wasm_f32x4_splat(form.weight[k]), wasm_f32x4_mul(along, along));
    }
    const v128_t value = wasm_f32x4_add(wasm_f32x4_add(terms[0], terms[1]), terms[2]);
    const v128_t solid = wasm_i32x4_eq(wasm_v128_and(wasm_v128_and(p, q), opaque), opaque);
    const v128_t unequal = wasm_i32x4_ne(p, q);
    const v128_t is_over = wasm_v128_and(wasm_v128_and(wasm_f32x4_gt(value, high), solid), unequal);
    const v128_t near = wasm_v128_and(wasm_f32x4_ge(value, low), wasm_f32x4_le(value, high));
    const v128_t is_unsure = wasm_v128_and(unequal, wasm_v128_or(near, wasm_v128_not(solid)));
    return Verdicts{is_over, is_unsure};
  });
}

// Four pixels from `i` that equal at least three of their neighbours.
v128_t AmongEqualsAt(const uint8_t* const lines[3], const uint8_t* row, size_t i) {
  const v128_t own = wasm_v128_load(row + 4 * i);
  v128_t equal = wasm_i32x4_const_splat(0);  // minus how many
  for (int line = 0; line < 3; ++line)
    for (int step = -4; step <= 4; step += 4)
      if (line != 1 || step != 0)
        equal = wasm_i32x4_add(equal, wasm_i32x4_eq(own, wasm_v128_load(lines[line] + 4 * i + step)));
  return wasm_i32x4_le(equal, wasm_i32x4_const_splat(-3));
}

void AmongEquals(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among) {
  const uint8_t* const lines[3] = {above, row, below};
  // Whole steps read no further than one pixel behind them.
  const size_t whole = count / 64 * 64;
  for (size_t i = 0; i < whole; i += kStep) {
    v128_t masks[4];
    for (size_t k = 0; k < 4; ++k) masks[k] = AmongEqualsAt(lines, row, i + 4 * k);
    if (i % 64 == 0) among[i / 64] = 0;
    among[i / 64] |= Bits(masks) << (i % 64);
  }
  if (whole < count)
    kScalarPixels.among_equals(above + 4 * whole, row + 4 * whole, below + 4 * whole, count - whole,
                               among + whole / 64);
}

}  // namespace

const PixelKernels kWasmPixels = {OverLimits, OverBrightness, OverForm, kScalarPixels.over_oklab, AmongEquals};

}  // namespace likeness::simd
