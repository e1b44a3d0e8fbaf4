// Every variant of every kernel on pixels against the scalar reference: all small lengths, misalignments, equal, near
// and far pixels, translucent ones, limits at the ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "simd/dispatch.h"

namespace likeness::simd {
namespace {

enum class Fill { kEqual, kNear, kFar, kTranslucent, kFewColours };

struct Rows {
  std::vector<uint8_t> a, b;
};

Rows MakeRows(size_t pixels, Fill fill, std::mt19937_64& random) {
  Rows rows{std::vector<uint8_t>(4 * pixels), std::vector<uint8_t>(4 * pixels)};
  for (size_t i = 0; i < 4 * pixels; ++i) {
    const bool alpha = i % 4 == 3;
    rows.a[i] = fill == Fill::kFewColours ? static_cast<uint8_t>(random() % 2 * 255) : static_cast<uint8_t>(random());
    if (alpha && fill != Fill::kTranslucent) rows.a[i] = 255;
    int other = rows.a[i];
    if (fill == Fill::kNear && !alpha) other += static_cast<int>(random() % 7) - 3;
    if (fill == Fill::kFar || fill == Fill::kTranslucent) other = static_cast<int>(random() % 256);
    if (alpha && fill != Fill::kTranslucent) other = 255;
    rows.b[i] = static_cast<uint8_t>(std::clamp(other, 0, 255));
  }
  return rows;
}

using Words = std::vector<uint64_t>;

// What kernel(over, unsure) writes, each with a guard word behind.
template <typename Kernel>
std::pair<Words, Words> Answer(size_t count, Kernel kernel) {
  const size_t words = (count + 63) / 64;
  std::pair<Words, Words> out{Words(words + 1, 0xA5A5), Words(words + 1, 0xA5A5)};
  kernel(out.first.data(), out.second.data());
  EXPECT_EQ(out.first[words], 0xA5A5u) << "wrote past the end";
  EXPECT_EQ(out.second[words], 0xA5A5u) << "wrote past the end";
  return out;
}

ColourForm Form(float low, float high) {
  return {{{0.29889531f, 0.58662247f, 0.11448223f},
           {0.59597799f, -0.27417610f, -0.32180189f},
           {0.21147017f, -0.52261711f, 0.31114694f}},
          {0.5053f, 0.299f, 0.1957f},
          low,
          high};
}

OklabBand Band(float low, float high) {
  OklabBand band;
  for (int i = 0; i < 256; ++i) {
    const double c = i / 255.0;
    band.linear[i] = static_cast<float>(c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
  }
  band.low = low;
  band.high = high;
  return band;
}

TEST(SimdPixels, EqualScalar) {
  std::mt19937_64 random(6);
  for (const KernelSet* set : SupportedKernels()) {
    const PixelKernels &kernels = *set->pixels, &scalar = kScalarPixels;
    for (Fill fill : {Fill::kEqual, Fill::kNear, Fill::kFar, Fill::kTranslucent, Fill::kFewColours})
      for (size_t count = 0; count <= 200; count += count < 80 ? 1 : 7)
        for (size_t skip : {0, 1, 3}) {
          const Rows rows = MakeRows(count + skip, fill, random);
          const uint8_t *a = rows.a.data() + 4 * skip, *b = rows.b.data() + 4 * skip;
          SCOPED_TRACE(testing::Message() << set->name << " fill " << int(fill) << " count " << count);
          for (int tolerance : {0, 2, 16, 254, 255}) {
            const auto limit = static_cast<uint8_t>(tolerance);
            const uint8_t limits[] = {limit, limit, static_cast<uint8_t>(limit / 2), limit};
            const auto exact = [&](const PixelKernels& k) {
              return Answer(count, [&](uint64_t* over, uint64_t*) { k.over_limits(a, b, count, limits, over); });
            };
            ASSERT_EQ(exact(kernels), exact(scalar)) << tolerance;
            const auto bright = [&](const PixelKernels& k) {
              return Answer(count, [&](uint64_t* over, uint64_t* unsure) {
                k.over_brightness(a, b, count, 100 * tolerance, limit, over, unsure);
              });
            };
            ASSERT_EQ(bright(kernels), bright(scalar)) << tolerance;
          }
          for (float middle : {0.0f, 2.0f, 352.15f, 40000.0f}) {
            const ColourForm form = Form(middle - 1, middle + 1);
            const auto run = [&](const PixelKernels& k) {
              return Answer(count,
                            [&](uint64_t* over, uint64_t* unsure) { k.over_form(a, b, count, form, over, unsure); });
            };
            ASSERT_EQ(run(kernels), run(scalar)) << middle;
          }
          for (float middle : {0.0f, 0.02f, 0.1f, 0.7f}) {
            const OklabBand band = Band(middle - 6e-4f, middle + 6e-4f);
            const auto run = [&](const PixelKernels& k) {
              return Answer(count,
                            [&](uint64_t* over, uint64_t* unsure) { k.over_oklab(a, b, count, band, over, unsure); });
            };
            ASSERT_EQ(run(kernels), run(scalar)) << middle;
          }
        }
  }
}

TEST(SimdPixels, AmongEqualsEqualsScalar) {
  std::mt19937_64 random(7);
  for (const KernelSet* set : SupportedKernels())
    for (Fill fill : {Fill::kFewColours, Fill::kFar})
      for (size_t count = 0; count <= 200; count += count < 80 ? 1 : 7) {
        const Rows first = MakeRows(count + 2, fill, random), second = MakeRows(count + 2, fill, random);
        const auto run = [&](const PixelKernels& k) {
          return Answer(count, [&](uint64_t* among, uint64_t*) {
            k.among_equals(first.a.data() + 4, first.b.data() + 4, second.a.data() + 4, count, among);
          });
        };
        ASSERT_EQ(run(*set->pixels), run(kScalarPixels)) << set->name << " count " << count;
      }
}

TEST(SimdPixels, PngFiltersEqualScalar) {
  std::mt19937_64 random(8);
  struct Form {
    int in, out;
  };
  for (const KernelSet* set : SupportedKernels())
    for (const Form form : {Form{3, 3}, Form{3, 4}, Form{4, 4}})
      for (size_t count = 1; count <= 70; ++count)
        for (int filter = 0; filter <= kPngFilters; ++filter) {
          const size_t out_bytes = count * size_t(form.out);
          std::vector<uint8_t> from(count * 8 + 8), above(out_bytes + 4);
          for (uint8_t& value : from) value = static_cast<uint8_t>(random());
          for (uint8_t& value : above) value = static_cast<uint8_t>(random());
          const auto run = [&](const PixelKernels& kernels) {
            // Two rows and a guard behind them.
            std::vector<uint8_t> to(2 * out_bytes + 1, 0xA5);
            const PngRow first{from.data(), above.data(), to.data()};
            const PngRow second{from.data() + 4 * count, to.data(), to.data() + out_bytes};
            if (filter == kPngFilters) {
              kernels.png_unfilter_two(form.in, form.out, first, second, count);
            } else {
              kernels.png_unfilter(static_cast<PngFilter>(filter), form.in, form.out, first, count);
              kernels.png_unfilter(static_cast<PngFilter>(filter), form.in, form.out, second, count);
            }
            return to;
          };
          ASSERT_EQ(run(*set->pixels), run(kScalarPixels))
              << set->name << " " << form.in << " to " << form.out << ", filter " << filter << ", count " << count;
        }
}

}  // namespace
}  // namespace likeness::simd
