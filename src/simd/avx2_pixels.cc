// AVX2 kernels on pixels: eight a vector, 64 a word of the answer. A word whose pixels are all equal is left after
// reading it.
#include <immintrin.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "simd/types.h"

namespace likeness::simd {
namespace {

constexpr size_t kWordBytes = 256;  // 64 pixels

inline __m256i Load(const uint8_t* at) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
}

inline unsigned Mask(__m256i lanes) {
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(lanes)));
}

inline unsigned Mask(__m256 lanes) {
  return static_cast<unsigned>(_mm256_movemask_ps(lanes));
}

inline bool AllEqual(const uint8_t* a, const uint8_t* b) {
  __m256i differ = _mm256_setzero_si256();
  for (size_t at = 0; at < kWordBytes; at += 32)
    differ = _mm256_or_si256(differ, _mm256_xor_si256(Load(a + at), Load(b + at)));
  return _mm256_testz_si256(differ, differ);
}

struct Masks {
  unsigned over, unsure;
};

// Calls judge(a, b) for each eight pixels of words that are not all equal. Pixels behind the last count as equal.
template <typename Judge>
inline void ForWords(const uint8_t* a, const uint8_t* b, size_t count, uint64_t* over, uint64_t* unsure, Judge judge) {
  const auto word = [&](const uint8_t* at_a, const uint8_t* at_b, size_t index) {
    uint64_t over_bits = 0, unsure_bits = 0;
    if (!AllEqual(at_a, at_b)) {
      for (size_t group = 0; group < 8; ++group) {
        const __m256i va = Load(at_a + 32 * group), vb = Load(at_b + 32 * group);
        const unsigned differ = ~Mask(_mm256_cmpeq_epi32(va, vb)) & 0xFF;
        if (differ == 0) continue;
        const Masks masks = judge(va, vb);
        over_bits |= uint64_t{masks.over & differ} << (8 * group);
        unsure_bits |= uint64_t{masks.unsure & differ} << (8 * group);
      }
    }
    over[index] = over_bits;
    if (unsure != nullptr) unsure[index] = unsure_bits;
  };
  size_t i = 0;
  for (; i + 64 <= count; i += 64) word(a + 4 * i, b + 4 * i, i / 64);
  if (i == count) return;
  alignas(32) uint8_t rest_a[kWordBytes] = {}, rest_b[kWordBytes] = {};
  for (size_t byte = 0; byte < 4 * (count - i); ++byte) {
    rest_a[byte] = a[4 * i + byte];
    rest_b[byte] = b[4 * i + byte];
  }
  word(rest_a, rest_b, i / 64);
}

void OverLimits(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over) {
  const __m256i limit = _mm256_set1_epi32(static_cast<int>(uint32_t{limits[0]} | uint32_t{limits[1]} << 8 |
                                                           uint32_t{limits[2]} << 16 | uint32_t{limits[3]} << 24));
  ForWords(a, b, count, over, nullptr, [&](__m256i va, __m256i vb) -> Masks {
    const __m256i distance = _mm256_or_si256(_mm256_subs_epu8(va, vb), _mm256_subs_epu8(vb, va));
    const __m256i within = _mm256_cmpeq_epi32(_mm256_subs_epu8(distance, limit), _mm256_setzero_si256());
    return {~Mask(within), 0};
  });
}

// The differences of channel `shift` / 8 as 32-bit numbers.
template <int shift>
inline __m256i Channel(__m256i pixels) {
  return _mm256_and_si256(_mm256_srli_epi32(pixels, shift), _mm256_set1_epi32(255));
}
template <int shift>
inline __m256i Difference(__m256i a, __m256i b) {
  return _mm256_sub_epi32(Channel<shift>(a), Channel<shift>(b));
}

void OverBrightness(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                    uint64_t* over, uint64_t* unsure) {
  const __m256i limit = _mm256_set1_epi32(brightness_limit), alpha = _mm256_set1_epi32(alpha_limit);
  ForWords(a, b, count, over, unsure, [&](__m256i va, __m256i vb) -> Masks {
    const __m256i sum =
        _mm256_add_epi32(_mm256_add_epi32(_mm256_mullo_epi32(Difference<0>(va, vb), _mm256_set1_epi32(30)),
                                          _mm256_mullo_epi32(Difference<8>(va, vb), _mm256_set1_epi32(59))),
                         _mm256_mullo_epi32(Difference<16>(va, vb), _mm256_set1_epi32(11)));
    const __m256i brightness = _mm256_abs_epi32(sum);
    const unsigned found = Mask(_mm256_cmpgt_epi32(brightness, limit)) |
                           Mask(_mm256_cmpgt_epi32(_mm256_abs_epi32(Difference<24>(va, vb)), alpha));
    return {found, Mask(_mm256_cmpeq_epi32(brightness, limit)) & ~found};
  });
}

// Lanes of which neither pixel is translucent.
inline unsigned Opaque(__m256i a, __m256i b) {
  const __m256i full = _mm256_set1_epi32(static_cast<int>(0xFF000000u));
  return Mask(_mm256_cmpeq_epi32(_mm256_and_si256(_mm256_and_si256(a, b), full), full));
}

inline Masks Judge(__m256 value, __m256 low, __m256 high, unsigned sure) {
  const unsigned over = Mask(_mm256_cmp_ps(value, high, _CMP_GT_OQ));
  const unsigned from_low = Mask(_mm256_cmp_ps(value, low, _CMP_GE_OQ));
  return {over & sure, (from_low & ~over) | ~sure};
}

void OverForm(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
              uint64_t* unsure) {
  __m256 axis[3][3], weight[3];
  for (int k = 0; k < 3; ++k) {
    weight[k] = _mm256_set1_ps(form.weight[k]);
    for (int channel = 0; channel < 3; ++channel) axis[k][channel] = _mm256_set1_ps(form.axis[k][channel]);
  }
  const __m256 low = _mm256_set1_ps(form.low), high = _mm256_set1_ps(form.high);
  ForWords(a, b, count, over, unsure, [&](__m256i va, __m256i vb) -> Masks {
    const __m256 red = _mm256_cvtepi32_ps(Difference<0>(va, vb));
    const __m256 green = _mm256_cvtepi32_ps(Difference<8>(va, vb));
    const __m256 blue = _mm256_cvtepi32_ps(Difference<16>(va, vb));
    __m256 terms[3];
    for (int k = 0; k < 3; ++k) {
      const __m256 part = _mm256_add_ps(_mm256_mul_ps(axis[k][0], red), _mm256_mul_ps(axis[k][1], green));
      const __m256 along = _mm256_add_ps(part, _mm256_mul_ps(axis[k][2], blue));
      terms[k] = _mm256_mul_ps(weight[k], _mm256_mul_ps(along, along));
    }
    const __m256 value = _mm256_add_ps(_mm256_add_ps(terms[0], terms[1]), terms[2]);
    return Judge(value, low, high, Opaque(va, vb));
  });
}

inline __m256 CubeRoot(__m256 x) {
  const __m256 third = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_castps_si256(x)), _mm256_set1_ps(1.0f / 3.0f));
  const __m256 y = _mm256_castsi256_ps(_mm256_add_epi32(_mm256_cvtps_epi32(third), _mm256_set1_epi32(709921077)));
  const __m256 cube = _mm256_mul_ps(_mm256_mul_ps(y, y), y);
  const __m256 above = _mm256_add_ps(cube, _mm256_add_ps(x, x)), below = _mm256_add_ps(_mm256_add_ps(cube, cube), x);
  return _mm256_mul_ps(y, _mm256_div_ps(above, below));
}

struct OklabPoints {
  __m256 cone[3];
  __m256 lightness;
  __m256 dark;  // lanes that are
};

inline OklabPoints ToOklab(__m256i pixels, const float* linear) {
  static constexpr float kCones[3][3] = {{0.4122214708f, 0.5363325363f, 0.0514459929f},
                                         {0.2119034982f, 0.6806995451f, 0.1073969566f},
                                         {0.0883024619f, 0.2817188376f, 0.6299787005f}};
  const __m256 red = _mm256_i32gather_ps(linear, Channel<0>(pixels), 4);
  const __m256 green = _mm256_i32gather_ps(linear, Channel<8>(pixels), 4);
  const __m256 blue = _mm256_i32gather_ps(linear, Channel<16>(pixels), 4);
  OklabPoints points;
  points.dark = _mm256_setzero_ps();
  for (int k = 0; k < 3; ++k) {
    const __m256 part = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(kCones[k][0]), red),
                                      _mm256_mul_ps(_mm256_set1_ps(kCones[k][1]), green));
    const __m256 light = _mm256_add_ps(part, _mm256_mul_ps(_mm256_set1_ps(kCones[k][2]), blue));
    points.dark = _mm256_or_ps(points.dark, _mm256_cmp_ps(light, _mm256_set1_ps(8.0f / 4096.0f), _CMP_LT_OQ));
    points.cone[k] = CubeRoot(light);
  }
  const __m256 part = _mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(0.2104542553f), points.cone[0]),
                                    _mm256_mul_ps(_mm256_set1_ps(0.7936177850f), points.cone[1]));
  const __m256 plain = _mm256_sub_ps(part, _mm256_mul_ps(_mm256_set1_ps(0.0040720468f), points.cone[2]));
  const __m256 toe = _mm256_mul_ps(_mm256_set1_ps(1.17087379f), plain);
  const __m256 x = _mm256_sub_ps(toe, _mm256_set1_ps(0.206f));
  const __m256 inner = _mm256_add_ps(_mm256_mul_ps(x, x), _mm256_mul_ps(_mm256_set1_ps(0.12f), toe));
  points.lightness = _mm256_mul_ps(_mm256_set1_ps(0.5f), _mm256_add_ps(x, _mm256_sqrt_ps(inner)));
  return points;
}

void OverOklab(const uint8_t* a, const uint8_t* b, size_t count, const OklabBand& band, uint64_t* over,
               uint64_t* unsure) {
  const __m256 low = _mm256_set1_ps(band.low), high = _mm256_set1_ps(band.high);
  const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7FFFFFFF));
  ForWords(a, b, count, over, unsure, [&](__m256i va, __m256i vb) -> Masks {
    const OklabPoints p = ToOklab(va, band.linear), q = ToOklab(vb, band.linear);
    const __m256 dl = _mm256_sub_ps(p.cone[0], q.cone[0]), dm = _mm256_sub_ps(p.cone[1], q.cone[1]),
                 ds = _mm256_sub_ps(p.cone[2], q.cone[2]);
    const __m256 green = _mm256_add_ps(_mm256_sub_ps(_mm256_mul_ps(_mm256_set1_ps(1.9779984951f), dl),
                                                     _mm256_mul_ps(_mm256_set1_ps(2.4285922050f), dm)),
                                       _mm256_mul_ps(_mm256_set1_ps(0.4505937099f), ds));
    const __m256 blue = _mm256_sub_ps(_mm256_add_ps(_mm256_mul_ps(_mm256_set1_ps(0.0259040371f), dl),
                                                    _mm256_mul_ps(_mm256_set1_ps(0.7827717662f), dm)),
                                      _mm256_mul_ps(_mm256_set1_ps(0.8086757660f), ds));
    const __m256 chroma = _mm256_sqrt_ps(_mm256_add_ps(_mm256_mul_ps(green, green), _mm256_mul_ps(blue, blue)));
    const __m256 light = _mm256_and_ps(_mm256_sub_ps(p.lightness, q.lightness), magnitude);
    const unsigned sure = Opaque(va, vb) & ~Mask(_mm256_or_ps(p.dark, q.dark));
    return Judge(_mm256_add_ps(light, chroma), low, high, sure);
  });
}

void AmongEquals(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among) {
  const auto eight = [](const uint8_t* up, const uint8_t* at, const uint8_t* down) {
    const __m256i here = Load(at);
    // Equal lanes are -1.
    __m256i sum = _mm256_cmpeq_epi32(here, Load(at - 4));
    sum = _mm256_add_epi32(sum, _mm256_cmpeq_epi32(here, Load(at + 4)));
    for (const uint8_t* line : {up, down})
      for (ptrdiff_t step = -4; step <= 4; step += 4)
        sum = _mm256_add_epi32(sum, _mm256_cmpeq_epi32(here, Load(line + step)));
    return Mask(_mm256_cmpgt_epi32(_mm256_set1_epi32(-2), sum));
  };
  size_t i = 0;
  for (; i + 64 <= count; i += 64) {
    uint64_t bits = 0;
    for (size_t group = 0; group < 8; ++group) {
      const size_t at = 4 * (i + 8 * group);
      bits |= uint64_t{eight(above + at, row + at, below + at)} << (8 * group);
    }
    among[i / 64] = bits;
  }
  if (i == count) return;
  uint64_t bits = 0;
  size_t group = 0;
  for (; i + 8 * (group + 1) <= count; ++group) {
    const size_t at = 4 * (i + 8 * group);
    bits |= uint64_t{eight(above + at, row + at, below + at)} << (8 * group);
  }
  const size_t left = count - i - 8 * group;
  if (left > 0) {
    // Eight pixels with one on either side; those behind `count` + 1 are not read.
    uint8_t lines[3][40] = {};
    const uint8_t* from[3] = {above, row, below};
    for (int line = 0; line < 3; ++line)
      for (size_t byte = 0; byte < 4 * (left + 2); ++byte)
        lines[line][byte] = from[line][4 * (i + 8 * group) + byte - 4];
    const unsigned mask = eight(lines[0] + 4, lines[1] + 4, lines[2] + 4) & ((1u << left) - 1);
    bits |= uint64_t{mask} << (8 * group);
  }
  among[i / 64] = bits;
}

// --- PNG filters: the samples of one pixel side by side, 16 bits each ------------------------------------------------

template <int bytes>
inline __m128i LoadPixel(const uint8_t* at) {
  int raw;
  __builtin_memcpy(&raw, at, 4);
  return _mm_cvtepu8_epi16(_mm_cvtsi32_si128(raw));
}

// REQUIRES: 4 bytes may be written, or `last`.
template <int in, int out>
inline void StorePixel(__m128i pixel, bool last, uint8_t* to) {
  uint32_t raw = static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_packus_epi16(pixel, pixel)));
  if (in < out) raw |= 0xFF000000u;
  if (out == 3 && last)
    __builtin_memcpy(to, &raw, 3);
  else
    __builtin_memcpy(to, &raw, 4);
}

inline __m128i Paeth(__m128i left, __m128i up, __m128i corner) {
  const __m128i by_left = _mm_sub_epi16(up, corner), by_up = _mm_sub_epi16(left, corner);
  const __m128i far_left = _mm_abs_epi16(by_left), far_up = _mm_abs_epi16(by_up),
                far_corner = _mm_abs_epi16(_mm_add_epi16(by_left, by_up));
  const __m128i nearest = _mm_min_epi16(far_corner, _mm_min_epi16(far_left, far_up));
  const __m128i other = _mm_blendv_epi8(corner, up, _mm_cmpeq_epi16(nearest, far_up));
  return _mm_blendv_epi8(other, left, _mm_cmpeq_epi16(nearest, far_left));
}

template <PngFilter filter, int in, int out>
void UnfilterRow(const PngRow& row, size_t count) {
  const __m128i byte = _mm_set1_epi16(255);
  __m128i left = _mm_setzero_si128(), corner = left;
  for (size_t i = 0; i < count; ++i) {
    const __m128i raw = LoadPixel<in>(row.from + in * i), up = LoadPixel<out>(row.above + out * i);
    __m128i guess = _mm_setzero_si128();
    if (filter == kPngSub) guess = left;
    if (filter == kPngUp) guess = up;
    if (filter == kPngAverage) guess = _mm_srli_epi16(_mm_add_epi16(left, up), 1);
    if (filter == kPngPaeth) guess = Paeth(left, up, corner);
    left = _mm_and_si128(_mm_add_epi16(raw, guess), byte);
    corner = up;
    StorePixel<in, out>(left, i + 1 == count, row.to + out * i);
  }
}

template <int in, int out>
void UnfilterBy(PngFilter filter, const PngRow& row, size_t count) {
  switch (filter) {
    case kPngSub:
      return UnfilterRow<kPngSub, in, out>(row, count);
    case kPngUp:
      return UnfilterRow<kPngUp, in, out>(row, count);
    case kPngAverage:
      return UnfilterRow<kPngAverage, in, out>(row, count);
    case kPngPaeth:
      return UnfilterRow<kPngPaeth, in, out>(row, count);
    default:
      return UnfilterRow<kPngNone, in, out>(row, count);
  }
}

void Unfilter(PngFilter filter, int in, int out, const PngRow& row, size_t count) {
  if (in == 4) return UnfilterBy<4, 4>(filter, row, count);
  if (out == 4) return UnfilterBy<3, 4>(filter, row, count);
  UnfilterBy<3, 3>(filter, row, count);
}

// Each pixel waits for the one to its left. The second row goes one pixel behind the first, so that two can wait at
// once.
template <int in, int out>
void UnfilterTwoRows(const PngRow& first, const PngRow& second, size_t count) {
  const __m128i byte = _mm_set1_epi16(255);
  __m128i left = _mm_setzero_si128(), corner = left, left_below = left;
  __m128i before = left;  // of the first row: what is above the second row's pixel, and `left` is to its right
  for (size_t i = 0; i <= count; ++i) {
    const __m128i above_below = left, corner_below = before;
    if (i < count) {
      const __m128i raw = LoadPixel<in>(first.from + in * i), up = LoadPixel<out>(first.above + out * i);
      before = left;
      left = _mm_and_si128(_mm_add_epi16(raw, Paeth(left, up, corner)), byte);
      corner = up;
      StorePixel<in, out>(left, i + 1 == count, first.to + out * i);
    }
    if (i > 0) {
      const __m128i raw = LoadPixel<in>(second.from + in * (i - 1));
      left_below = _mm_and_si128(_mm_add_epi16(raw, Paeth(left_below, above_below, corner_below)), byte);
      StorePixel<in, out>(left_below, i == count, second.to + out * (i - 1));
    }
  }
}

void UnfilterTwo(int in, int out, const PngRow& first, const PngRow& second, size_t count) {
  if (in == 4) return UnfilterTwoRows<4, 4>(first, second, count);
  if (out == 4) return UnfilterTwoRows<3, 4>(first, second, count);
  // Rows of three bytes: the first would run over into the second.
  UnfilterBy<3, 3>(kPngPaeth, first, count);
  UnfilterBy<3, 3>(kPngPaeth, second, count);
}

}  // namespace

const PixelKernels kAvx2Pixels = {OverLimits, OverBrightness, OverForm, OverOklab, AmongEquals, Unfilter, UnfilterTwo};

}  // namespace likeness::simd
