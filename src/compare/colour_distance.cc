#include "compare/colour_distance.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

#include "simd/kernels.h"

namespace likeness::compare {
namespace {

// Rows Y, I and Q of the YIQ of the paper, and the weights of their squares.
constexpr double kYiq[3][3] = {{0.29889531, 0.58662247, 0.11448223},
                               {0.59597799, -0.27417610, -0.32180189},
                               {0.21147017, -0.52261711, 0.31114694}};
constexpr double kYiqWeights[3] = {0.5053, 0.299, 0.1957};
constexpr double kYiqMax = 35215;

// The kernels round: what is nearer to the threshold than this is decided exactly. YIQ of differences up to 255 in
// 32-bit floats is off by less than 0.01; OKLab by the kernel's 2e-4 and by what the table of cube roots interpolates.
constexpr double kYiqSlack = 0.01, kYiqSlackShare = 1e-4, kFixedSlackShare = 1e-6, kOklabSlack = 8e-4;

constexpr int kFixedBits = 12;
constexpr int64_t kFixedOne = int64_t{1} << kFixedBits;
constexpr int64_t Fixed(double value) {
  return static_cast<int64_t>(value * double(kFixedOne));
}

bool Opaque(const uint8_t* a, const uint8_t* b) {
  return a[3] == 255 && b[3] == 255;
}

double AlongAxis(const double (&axis)[3], double red, double green, double blue) {
  return red * axis[0] + green * axis[1] + blue * axis[2];
}

// A pixel laid on white, 12 binary places.
void BlendFixed(const uint8_t* pixel, int64_t (&out)[3]) {
  for (int channel = 0; channel < 3; ++channel) {
    const int64_t value = pixel[channel], alpha = pixel[3];
    out[channel] = alpha == 255 ? value * kFixedOne
                   : alpha == 0 ? 255 * kFixedOne
                                : 255 * kFixedOne + (value - 255) * alpha * kFixedOne / 255;
  }
}

int64_t FixedDistance(const uint8_t* a, const uint8_t* b) {
  int64_t blended_a[3], blended_b[3];
  BlendFixed(a, blended_a);
  BlendFixed(b, blended_b);
  int64_t sum = 0;
  for (int k = 0; k < 3; ++k) {
    int64_t along_a = 0, along_b = 0;
    for (int channel = 0; channel < 3; ++channel) {
      along_a += blended_a[channel] * Fixed(kYiq[k][channel]);
      along_b += blended_b[channel] * Fixed(kYiq[k][channel]);
    }
    const int64_t difference = (along_a >> kFixedBits) - (along_b >> kFixedBits);
    sum += difference * difference * Fixed(kYiqWeights[k]);
  }
  return sum >> (2 * kFixedBits);
}

// --- OKLab ----------------------------------------------------------------------------------------------------------

constexpr int kRoots = 4096;
// Below this entry the cube root bends too much for a straight line between two entries.
constexpr int kRootsExact = 8;

struct OklabTables {
  double linear[257];
  double roots[kRoots + 2];

  OklabTables() {
    for (int i = 0; i < 256; ++i) {
      const double c = i / 255.0;
      linear[i] = c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    }
    linear[256] = linear[255];
    for (int i = 0; i < kRoots + 2; ++i) roots[i] = std::cbrt(double(i) / kRoots);
  }
};

const OklabTables& Tables() {
  static const OklabTables tables;
  return tables;
}

double CubeRoot(double x, bool coarse_dark) {
  const double at = x * kRoots;
  const int i = static_cast<int>(at);
  if (i < kRootsExact && !coarse_dark) return std::cbrt(x);
  const double* roots = Tables().roots;
  return roots[i] + (roots[i + 1] - roots[i]) * (at - i);
}

double Linear(double value) {
  const int i = static_cast<int>(value);
  const double* linear = Tables().linear;
  return linear[i] + (linear[i + 1] - linear[i]) * (value - i);
}

struct OklabPoint {
  double l, m, s, lightness;
};

OklabPoint ToOklab(double red, double green, double blue, bool coarse_dark) {
  const double r = Linear(red), g = Linear(green), b = Linear(blue);
  OklabPoint point;
  point.l = CubeRoot(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b, coarse_dark);
  point.m = CubeRoot(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b, coarse_dark);
  point.s = CubeRoot(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b, coarse_dark);
  constexpr double kToe1 = 0.206, kToe2 = 0.03, kToe3 = (1 + kToe1) / (1 + kToe2);
  const double plain = 0.2104542553 * point.l + 0.7936177850 * point.m - 0.0040720468 * point.s;
  const double x = kToe3 * plain - kToe1;
  point.lightness = 0.5 * (x + std::sqrt(x * x + 4 * kToe2 * kToe3 * plain));
  return point;
}

double Laid(int value, int alpha, int backing) {
  return (value * alpha + backing * (255 - alpha)) / 255.0;
}

}  // namespace

Backing BackingAt(Backdrop backdrop, size_t place) {
  if (backdrop == Backdrop::kPattern) {
    const auto byte = double(place * 4);
    return {48, 48 + 159 * static_cast<int>(static_cast<int64_t>(byte / 1.618033988749895) % 2),
            48 + 159 * static_cast<int>(static_cast<int64_t>(byte / 2.618033988749895) % 2)};
  }
  if (backdrop == Backdrop::kHashed) {
    const uint32_t hash = static_cast<uint32_t>(place) * 0x9e3779b1u;
    return {48 + 159 * static_cast<int>(hash >> 31), 48 + 159 * static_cast<int>((hash >> 30) & 1),
            48 + 159 * static_cast<int>((hash >> 29) & 1)};
  }
  return {};
}

double Luma(const uint8_t* pixel) {
  return AlongAxis(kYiq[0], pixel[0], pixel[1], pixel[2]);
}

double Brightness(const uint8_t* pixel) {
  return 0.3 * pixel[0] + 0.59 * pixel[1] + 0.11 * pixel[2];
}

ColourRule::ColourRule(const DifferenceRules& rules) : rules_(rules) {
  yiq_max_ = kYiqMax * rules.threshold * rules.threshold;
  fixed_max_ = static_cast<int64_t>(kYiqMax * (rules.threshold * rules.threshold) * double(kFixedOne));
  for (int k = 0; k < 3; ++k) {
    form_.weight[k] = static_cast<float>(rules.fixed_point ? double(Fixed(kYiqWeights[k])) : kYiqWeights[k]);
    for (int channel = 0; channel < 3; ++channel)
      form_.axis[k][channel] =
          static_cast<float>(rules.fixed_point ? double(Fixed(kYiq[k][channel])) : kYiq[k][channel]);
  }
  double low = yiq_max_ - kYiqSlack - kYiqSlackShare * yiq_max_,
         high = yiq_max_ + kYiqSlack + kYiqSlackShare * yiq_max_;
  if (rules.fixed_point) {
    const double least = double(fixed_max_ + 1) * double(kFixedOne) * double(kFixedOne);
    low = least * (1 - kFixedSlackShare);
    high = least * (1 + kFixedSlackShare);
  }
  form_.low = static_cast<float>(low);
  form_.high = static_cast<float>(high);
  if (rules.metric == Metric::kOklab)
    for (int i = 0; i < 256; ++i) band_.linear[i] = static_cast<float>(Tables().linear[i]);
  band_.low = static_cast<float>(rules.threshold - kOklabSlack);
  band_.high = static_cast<float>(rules.threshold + kOklabSlack);
}

bool ColourRule::BrightnessDiffers(const uint8_t* a, const uint8_t* b) const {
  if (std::abs(a[3] - b[3]) > rules_.channel_limits[3]) return true;
  const double of_a = Brightness(a), of_b = Brightness(b);
  return of_a != of_b && std::fabs(of_a - of_b) >= rules_.brightness_limit;
}

bool ColourRule::YiqDiffers(const uint8_t* a, const uint8_t* b, size_t place) const {
  if (rules_.fixed_point) return FixedDistance(a, b) > fixed_max_;
  double difference[3];
  const Backing backing = Opaque(a, b) ? Backing{} : BackingAt(rules_.backdrop, place);
  const int grounds[3] = {backing.red, backing.green, backing.blue};
  for (int channel = 0; channel < 3; ++channel)
    difference[channel] = Opaque(a, b)
                              ? a[channel] - b[channel]
                              : (a[channel] * a[3] - b[channel] * b[3] - grounds[channel] * (a[3] - b[3])) / 255.0;
  double sum = 0;
  for (int k = 0; k < 3; ++k) {
    const double along = AlongAxis(kYiq[k], difference[0], difference[1], difference[2]);
    sum += kYiqWeights[k] * along * along;
  }
  return sum > yiq_max_;
}

bool ColourRule::OklabDiffers(const uint8_t* a, const uint8_t* b, size_t place) const {
  const Backing backing = Opaque(a, b) ? Backing{} : BackingAt(rules_.backdrop, place);
  const auto point = [&](const uint8_t* pixel) {
    return ToOklab(Laid(pixel[0], pixel[3], backing.red), Laid(pixel[1], pixel[3], backing.green),
                   Laid(pixel[2], pixel[3], backing.blue), rules_.coarse_dark);
  };
  const OklabPoint p = point(a), q = point(b);
  const double rest = rules_.threshold - std::fabs(p.lightness - q.lightness);
  if (rest < 0) return true;
  const double dl = p.l - q.l, dm = p.m - q.m, ds = p.s - q.s;
  const double green = 1.9779984951 * dl - 2.4285922050 * dm + 0.4505937099 * ds;
  const double blue = 0.0259040371 * dl + 0.7827717662 * dm - 0.8086757660 * ds;
  return green * green + blue * blue > rest * rest;
}

bool ColourRule::Differ(const uint8_t* a, const uint8_t* b, size_t place) const {
  if (std::memcmp(a, b, 4) == 0) return false;
  uint8_t opaque_a[4] = {a[0], a[1], a[2], 255}, opaque_b[4] = {b[0], b[1], b[2], 255};
  switch (rules_.metric) {
    case Metric::kChannels:
      for (int channel = 0; channel < 4; ++channel)
        if (std::abs(a[channel] - b[channel]) > rules_.channel_limits[channel]) return true;
      return false;
    case Metric::kBrightness:
      return BrightnessDiffers(a, b);
    case Metric::kYiq:
      return rules_.ignore_alpha ? YiqDiffers(opaque_a, opaque_b, place) : YiqDiffers(a, b, place);
    case Metric::kOklab:
      return rules_.ignore_alpha ? OklabDiffers(opaque_a, opaque_b, place) : OklabDiffers(a, b, place);
  }
  return false;
}

void ColourRule::DifferRow(const uint8_t* a, const uint8_t* b, size_t count, size_t place, uint64_t* differ,
                           uint64_t* scratch) const {
  switch (rules_.metric) {
    case Metric::kChannels:
      return simd::PixelsOverLimits(a, b, count, rules_.channel_limits, differ);
    case Metric::kBrightness:
      simd::PixelsOverBrightness(a, b, count, static_cast<int>(std::lround(100 * rules_.brightness_limit)),
                                 rules_.channel_limits[3], differ, scratch);
      break;
    case Metric::kYiq:
      simd::PixelsOverForm(a, b, count, form_, differ, scratch);
      break;
    case Metric::kOklab:
      simd::PixelsOverOklab(a, b, count, band_, differ, scratch);
      break;
  }
  ForBits(scratch, (count + 63) / 64, [&](int x) {
    if (Differ(a + 4 * size_t(x), b + 4 * size_t(x), place + size_t(x))) differ[x / 64] |= uint64_t{1} << (x % 64);
  });
}

}  // namespace likeness::compare
