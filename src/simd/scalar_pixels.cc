// The definition of the kernels on pixels. The floating-point steps are written one by one, since the other variants
// must round as this does.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "simd/types.h"

namespace likeness::simd {
namespace {

bool Equal(const uint8_t* a, const uint8_t* b) {
  return std::memcmp(a, b, 4) == 0;
}

bool Translucent(const uint8_t* a, const uint8_t* b) {
  return a[3] != 255 || b[3] != 255;
}

void Clear(size_t count, uint64_t* bits) {
  std::memset(bits, 0, (count + 63) / 64 * sizeof(uint64_t));
}

void Set(size_t i, uint64_t* bits) {
  bits[i / 64] |= uint64_t{1} << (i % 64);
}

void OverLimits(const uint8_t* a, const uint8_t* b, size_t count, const uint8_t limits[4], uint64_t* over) {
  Clear(count, over);
  for (size_t i = 0; i < count; ++i)
    for (size_t channel = 0; channel < 4; ++channel)
      if (std::abs(int{a[4 * i + channel]} - int{b[4 * i + channel]}) > limits[channel]) Set(i, over);
}

void OverBrightness(const uint8_t* a, const uint8_t* b, size_t count, int brightness_limit, uint8_t alpha_limit,
                    uint64_t* over, uint64_t* unsure) {
  Clear(count, over);
  Clear(count, unsure);
  for (size_t i = 0; i < count; ++i, a += 4, b += 4) {
    if (Equal(a, b)) continue;
    const int brightness = std::abs(30 * (a[0] - b[0]) + 59 * (a[1] - b[1]) + 11 * (a[2] - b[2]));
    if (brightness > brightness_limit || std::abs(a[3] - b[3]) > alpha_limit)
      Set(i, over);
    else if (brightness == brightness_limit)
      Set(i, unsure);
  }
}

void OverForm(const uint8_t* a, const uint8_t* b, size_t count, const ColourForm& form, uint64_t* over,
              uint64_t* unsure) {
  Clear(count, over);
  Clear(count, unsure);
  for (size_t i = 0; i < count; ++i, a += 4, b += 4) {
    if (Equal(a, b)) continue;
    if (Translucent(a, b)) {
      Set(i, unsure);
      continue;
    }
    const auto red = static_cast<float>(a[0] - b[0]), green = static_cast<float>(a[1] - b[1]),
               blue = static_cast<float>(a[2] - b[2]);
    float terms[3];
    for (int k = 0; k < 3; ++k) {
      const float part = form.axis[k][0] * red + form.axis[k][1] * green;
      const float along = part + form.axis[k][2] * blue;
      const float square = along * along;
      terms[k] = form.weight[k] * square;
    }
    const float two = terms[0] + terms[1];
    const float value = two + terms[2];
    if (value > form.high)
      Set(i, over);
    else if (value >= form.low)
      Set(i, unsure);
  }
}

// A cube root to 3e-5: the exponent divided by three, then a step of Halley's.
float CubeRoot(float x) {
  int32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  const float third = static_cast<float>(bits) * (1.0f / 3.0f);
  bits = static_cast<int32_t>(std::nearbyintf(third)) + 709921077;
  float y;
  std::memcpy(&y, &bits, sizeof y);
  const float square = y * y;
  const float cube = square * y;
  const float two_x = x + x, two_cube = cube + cube;
  const float above = cube + two_x, below = two_cube + x;
  return y * (above / below);
}

struct OklabPoint {
  float cone[3];
  float lightness;
  bool dark;
};

OklabPoint ToOklab(const uint8_t* pixel, const float* linear) {
  static constexpr float kCones[3][3] = {{0.4122214708f, 0.5363325363f, 0.0514459929f},
                                         {0.2119034982f, 0.6806995451f, 0.1073969566f},
                                         {0.0883024619f, 0.2817188376f, 0.6299787005f}};
  OklabPoint point;
  point.dark = false;
  for (int k = 0; k < 3; ++k) {
    const float part = kCones[k][0] * linear[pixel[0]] + kCones[k][1] * linear[pixel[1]];
    const float light = part + kCones[k][2] * linear[pixel[2]];
    point.dark |= light < 8.0f / 4096.0f;
    point.cone[k] = CubeRoot(light);
  }
  const float part = 0.2104542553f * point.cone[0] + 0.7936177850f * point.cone[1];
  const float plain = part - 0.0040720468f * point.cone[2];
  const float toe = 1.17087379f * plain;
  const float x = toe - 0.206f;
  const float square = x * x;
  const float inner = square + 0.12f * toe;
  point.lightness = 0.5f * (x + std::sqrt(inner));
  return point;
}

void OverOklab(const uint8_t* a, const uint8_t* b, size_t count, const OklabBand& band, uint64_t* over,
               uint64_t* unsure) {
  Clear(count, over);
  Clear(count, unsure);
  for (size_t i = 0; i < count; ++i, a += 4, b += 4) {
    if (Equal(a, b)) continue;
    const OklabPoint p = ToOklab(a, band.linear), q = ToOklab(b, band.linear);
    if (Translucent(a, b) || p.dark || q.dark) {
      Set(i, unsure);
      continue;
    }
    const float dl = p.cone[0] - q.cone[0], dm = p.cone[1] - q.cone[1], ds = p.cone[2] - q.cone[2];
    const float green_part = 1.9779984951f * dl - 2.4285922050f * dm;
    const float green = green_part + 0.4505937099f * ds;
    const float blue_part = 0.0259040371f * dl + 0.7827717662f * dm;
    const float blue = blue_part - 0.8086757660f * ds;
    const float green_square = green * green, blue_square = blue * blue;
    const float chroma = std::sqrt(green_square + blue_square);
    const float distance = std::fabs(p.lightness - q.lightness) + chroma;
    if (distance > band.high)
      Set(i, over);
    else if (distance >= band.low)
      Set(i, unsure);
  }
}

void AmongEquals(const uint8_t* above, const uint8_t* row, const uint8_t* below, size_t count, uint64_t* among) {
  Clear(count, among);
  for (size_t i = 0; i < count; ++i) {
    int equal = 0;
    for (const uint8_t* line : {above, row, below})
      for (ptrdiff_t step = -1; step <= 1; ++step)
        if (line != row || step != 0) equal += Equal(row + 4 * i, line + 4 * (static_cast<ptrdiff_t>(i) + step));
    if (equal >= 3) Set(i, among);
  }
}

// PNG specification, 9.4.
int Paeth(int left, int up, int corner) {
  const int by_left = std::abs(up - corner), by_up = std::abs(left - corner),
            by_corner = std::abs(left + up - 2 * corner);
  if (by_left <= by_up && by_left <= by_corner) return left;
  return by_up <= by_corner ? up : corner;
}

int Guess(PngFilter filter, int left, int up, int corner) {
  switch (filter) {
    case kPngSub:
      return left;
    case kPngUp:
      return up;
    case kPngAverage:
      return (left + up) / 2;
    case kPngPaeth:
      return Paeth(left, up, corner);
    default:
      return 0;
  }
}

void Unfilter(PngFilter filter, int in, int out, const PngRow& row, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const size_t at = i * static_cast<size_t>(out);
    for (size_t c = 0; c < static_cast<size_t>(in); ++c) {
      const int left = i > 0 ? row.to[at - static_cast<size_t>(out) + c] : 0;
      const int corner = i > 0 ? row.above[at - static_cast<size_t>(out) + c] : 0;
      row.to[at + c] = static_cast<uint8_t>(row.from[i * static_cast<size_t>(in) + c] +
                                            Guess(filter, left, row.above[at + c], corner));
    }
    if (in < out) row.to[at + 3] = 255;
  }
}

void UnfilterTwo(int in, int out, const PngRow& first, const PngRow& second, size_t count) {
  Unfilter(kPngPaeth, in, out, first, count);
  Unfilter(kPngPaeth, in, out, second, count);
}

}  // namespace

const PixelKernels kScalarPixels = {OverLimits,  OverBrightness, OverForm,   OverOklab,
                                    AmongEquals, Unfilter,       UnfilterTwo};

}  // namespace likeness::simd
