#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/checksum.h"
#include "image/colour.h"
#include "image/orientation.h"
#include "image/palette.h"
#include "image/resample.h"
#include "image/resize.h"
#include "image/thumbhash.h"

namespace likeness::image {
namespace {

Bitmap Noise(int width, int height, int channels, uint32_t seed = 1) {
  std::mt19937 random(seed);
  Bitmap out(width, height, channels);
  for (uint8_t& sample : out.pixels) sample = uint8_t(random());
  return out;
}

Bitmap FromRows(int width, std::vector<uint8_t> pixels) {
  Bitmap out(width, int(pixels.size()) / width, 1);
  out.pixels = std::move(pixels);
  return out;
}

TEST(Orientation, TurnsAsTheExifStandardDrawsThem) {
  const Bitmap stored = FromRows(3, {1, 2, 3, 4, 5, 6});
  struct Row {
    int value, width;
    std::vector<uint8_t> upright;
  };
  const Row rows[] = {
      {1, 3, {1, 2, 3, 4, 5, 6}}, {2, 3, {3, 2, 1, 6, 5, 4}}, {3, 3, {6, 5, 4, 3, 2, 1}}, {4, 3, {4, 5, 6, 1, 2, 3}},
      {5, 2, {1, 4, 2, 5, 3, 6}}, {6, 2, {4, 1, 5, 2, 6, 3}}, {7, 2, {6, 3, 5, 2, 4, 1}}, {8, 2, {3, 6, 2, 5, 1, 4}},
  };
  for (const Row& row : rows) {
    const Bitmap out = Apply(OrientationFromExif(unsigned(row.value)), stored);
    EXPECT_EQ(out.width, row.width) << row.value;
    EXPECT_EQ(out.pixels, row.upright) << row.value;
    EXPECT_EQ((Size{out.width, out.height}), UprightSize({3, 2}, OrientationFromExif(unsigned(row.value))));
  }
}

TEST(Orientation, EachTurnIsUndoneByItsInverseForEveryChannelCount) {
  for (int channels : {1, 3, 4}) {
    const Bitmap in = Noise(67, 41, channels);
    EXPECT_EQ(Rotate270(Rotate90(in)).pixels, in.pixels);
    EXPECT_EQ(Rotate180(Rotate180(in)).pixels, in.pixels);
    EXPECT_EQ(Mirror(Mirror(in)).pixels, in.pixels);
    EXPECT_EQ(Flip(Mirror(in)).pixels, Rotate180(in).pixels);
    EXPECT_EQ(Apply(Orientation::kTransposed, Apply(Orientation::kTransposed, in)).pixels, in.pixels);
    EXPECT_EQ(Apply(Orientation::kTransversed, Apply(Orientation::kTransversed, in)).pixels, in.pixels);
  }
  for (unsigned wrong : {0u, 9u, 65535u}) EXPECT_EQ(OrientationFromExif(wrong), Orientation::kUpright);
}

// Sides around the height of the bands in which quarter turns work.
TEST(Orientation, TranspositionIsRightForEverySize) {
  const Size sizes[] = {{1, 1},  {1, 200}, {200, 1},  {5, 63},   {7, 64},    {3, 65},
                        {64, 2}, {65, 64}, {129, 70}, {64, 128}, {100, 192}, {33, 1000}};
  for (const Size size : sizes) {
    for (int channels : {1, 3, 4}) {
      const Bitmap in = Noise(size.width, size.height, channels);
      const Bitmap out = Apply(Orientation::kTransposed, in);
      ASSERT_EQ((Size{out.width, out.height}), (Size{size.height, size.width}));
      ASSERT_EQ(out.pixels.size(), in.pixels.size());
      for (int y = 0; y < in.height; ++y) {
        for (int x = 0; x < in.width * channels; ++x) {
          ASSERT_EQ(out.row(x / channels)[y * channels + x % channels], in.row(y)[x])
              << size.width << 'x' << size.height << 'x' << channels << " at " << x << ',' << y;
        }
      }
    }
  }
}

// The definition of area averaging, in floating point.
Bitmap AreaReference(const Bitmap& in, int width, int height) {
  Bitmap out(width, height, in.channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double x0 = double(x) * in.width / width, x1 = double(x + 1) * in.width / width;
      const double y0 = double(y) * in.height / height, y1 = double(y + 1) * in.height / height;
      double sum[4] = {}, weights = 0;
      for (int sy = int(y0); sy < std::min(in.height, int(std::ceil(y1))); ++sy) {
        for (int sx = int(x0); sx < std::min(in.width, int(std::ceil(x1))); ++sx) {
          const double w = std::max(0.0, std::min(x1, sx + 1.0) - std::max(x0, double(sx))) *
                           std::max(0.0, std::min(y1, sy + 1.0) - std::max(y0, double(sy)));
          const uint8_t* at = in.row(sy) + sx * in.channels;
          const double alpha = in.channels == 4 ? at[3] / 255.0 : 1.0;
          for (int c = 0; c < in.channels; ++c) sum[c] += w * at[c] * (c < 3 ? alpha : 1.0);
          weights += w;
        }
      }
      uint8_t* to = out.row(y) + x * in.channels;
      for (int c = 0; c < in.channels; ++c) {
        const double divisor = in.channels == 4 && c < 3 ? sum[3] / 255.0 : weights;
        to[c] = divisor > 0 ? uint8_t(std::min(255.0, sum[c] / divisor + 0.5)) : 0;
      }
    }
  }
  return out;
}

TEST(ResizeArea, EqualsTheDefinitionWithinRounding) {
  const Size targets[] = {{1, 1}, {2, 3}, {17, 5}, {64, 60}, {99, 49}, {100, 1}, {50, 51}, {100, 60}};
  for (int channels : {1, 3, 4}) {
    const Bitmap in = Noise(100, 61, channels, 7);
    for (const Size target : targets) {
      const Bitmap got = ResizeArea(in, target.width, target.height);
      const Bitmap want = AreaReference(in, target.width, target.height);
      ASSERT_EQ((Size{got.width, got.height}), target);
      // Weights are rounded to 1/256 and premultiplied samples to 8 bits: what counts is colour times its alpha.
      double worst = 0;
      for (size_t i = 0; i < got.pixels.size(); ++i) {
        const bool colour = channels == 4 && i % 4 != 3;
        const double weight = colour ? want.pixels[i | 3] / 255.0 : 1.0;
        worst = std::max(worst, std::abs(got.pixels[i] - want.pixels[i]) * weight);
      }
      EXPECT_LE(worst, 2) << channels << ' ' << target.width << 'x' << target.height;
    }
  }
}

TEST(ResizeArea, KeepsFlatPicturesExactlyFlatAtAnySizeAndHeight) {
  for (uint8_t value : {0, 1, 127, 254, 255}) {
    Bitmap tall(3, 2000, 3);
    std::fill(tall.pixels.begin(), tall.pixels.end(), value);
    for (int height : {1, 3, 7, 333, 1999}) {
      const Bitmap out = ResizeArea(tall, 2, height);
      for (uint8_t sample : out.pixels) ASSERT_EQ(sample, value) << height;
    }
  }
}

TEST(ResizeArea, HiddenPixelsDoNotBleedIn) {
  Bitmap in(2, 1, 4);
  in.pixels = {255, 0, 0, 255, 0, 255, 0, 0};
  const Bitmap out = ResizeArea(in, 1, 1);
  EXPECT_EQ(out.pixels, (std::vector<uint8_t>{255, 0, 0, 128}));
}

TEST(ResizeArea, TakesLargerTargetsAsNoChange) {
  const Bitmap in = Noise(5, 4, 3);
  EXPECT_EQ(ResizeArea(in, 50, 40).pixels, in.pixels);
  EXPECT_EQ(ResizeArea(in, 50, 2).width, 5);
}

TEST(ResizeBilinear, SamplesAtPixelCentres) {
  EXPECT_EQ(ResizeBilinear(FromRows(2, {0, 100}), 4, 1).pixels, (std::vector<uint8_t>{0, 25, 75, 100}));
  EXPECT_EQ(ResizeBilinear(FromRows(4, {0, 10, 20, 30}), 2, 1).pixels, (std::vector<uint8_t>{5, 25}));
  EXPECT_EQ(ResizeBilinear(FromRows(1, {0, 200}), 1, 4).pixels, (std::vector<uint8_t>{0, 50, 150, 200}));
  const Bitmap flat = ResizeBilinear(FromRows(3, std::vector<uint8_t>(9, 255)), 31, 7);
  for (uint8_t sample : flat.pixels) ASSERT_EQ(sample, 255);
}

// The filter over the area of a target sample, in exact arithmetic, one axis at a time.
std::vector<double> ResampleLine(const std::vector<double>& in, int target, Filter filter) {
  const double scale = double(in.size()) / target, stretch = std::max(1.0, scale);
  std::vector<double> out;
  for (int i = 0; i < target; ++i) {
    double sum = 0, weights = 0;
    for (size_t x = 0; x < in.size(); ++x) {
      const double t = std::abs((double(x) + 0.5 - (i + 0.5) * scale) / stretch);
      double weight = std::max(0.0, 1 - t);
      if (filter == Filter::kBicubic)
        weight = t < 1 ? 1.5 * t * t * t - 2.5 * t * t + 1 : t < 2 ? -0.5 * t * t * t + 2.5 * t * t - 4 * t + 2 : 0;
      sum += weight * in[x];
      weights += weight;
    }
    out.push_back(sum / weights);
  }
  return out;
}

TEST(Resample, EqualsTheDefinitionWithinRounding) {
  for (Filter filter : {Filter::kBilinear, Filter::kBicubic}) {
    for (int channels : {1, 3}) {
      for (auto [width, height] : {std::pair{7, 5}, {40, 30}, {23, 17}, {23, 3}, {1, 1}, {5, 17}}) {
        const Bitmap in = Noise(23, 17, channels), out = Resample(in, width, height, filter);
        ASSERT_EQ(out.width, width);
        ASSERT_EQ(out.height, height);
        for (int c = 0; c < channels; ++c) {
          std::vector<std::vector<double>> across;
          for (int y = 0; y < 17; ++y) {
            std::vector<double> row;
            for (int x = 0; x < 23; ++x) row.push_back(in.row(y)[x * channels + c]);
            across.push_back(ResampleLine(row, width, filter));
            // Samples are 8 bits between the passes.
            for (double& sample : across.back()) sample = std::clamp(std::round(sample), 0.0, 255.0);
          }
          for (int x = 0; x < width; ++x) {
            std::vector<double> column;
            for (int y = 0; y < 17; ++y) column.push_back(across[size_t(y)][size_t(x)]);
            const std::vector<double> expected = ResampleLine(column, height, filter);
            for (int y = 0; y < height; ++y)
              ASSERT_NEAR(out.row(y)[x * channels + c], std::clamp(expected[size_t(y)], 0.0, 255.0),
                          1.8)  // a tie between the passes may round the other way
                  << width << "x" << height << " at " << x << "," << y;
          }
        }
      }
    }
  }
}

TEST(Fit, KeepsTheShapeAndNeverGrows) {
  EXPECT_EQ(FitLongestSide({6000, 4000}, 480), (Size{480, 320}));
  EXPECT_EQ(FitLongestSide({4000, 6000}, 480), (Size{320, 480}));
  EXPECT_EQ(FitLongestSide({100, 50}, 480), (Size{100, 50}));
  EXPECT_EQ(FitLongestSide({30000, 1}, 480), (Size{480, 1}));
}

TEST(Cascade, MakesEachSizeAndStaysNearTheDirectWay) {
  const Bitmap in = ResizeBilinear(Noise(40, 30, 3), 800, 600);
  const int sides[] = {400, 150, 100};
  const std::vector<Bitmap> out = Cascade(in, sides);
  ASSERT_EQ(out.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const Bitmap direct = ResizeArea(in, out[i].width, out[i].height);
    EXPECT_EQ(std::max(out[i].width, out[i].height), sides[i]);
    for (size_t k = 0; k < direct.pixels.size(); ++k) ASSERT_NEAR(out[i].pixels[k], direct.pixels[k], 3);
  }
}

TEST(Colour, LumaIsOpenCvsFixedPointFormula) {
  EXPECT_EQ(Luma(0, 0, 0), 0);
  EXPECT_EQ(Luma(255, 255, 255), 255);
  EXPECT_EQ(Luma(255, 0, 0), 76);
  EXPECT_EQ(Luma(0, 255, 0), 150);
  EXPECT_EQ(Luma(0, 0, 255), 29);
  // Here the coarser coefficients of OpenCV 2 and 3, in units of 2^-14, say 148 and 181.
  EXPECT_EQ(Luma(195, 110, 216), 147);
  EXPECT_EQ(Luma(119, 248, 3), 182);
  Bitmap in(2, 1, 3);
  in.pixels = {255, 0, 0, 0, 0, 255};
  EXPECT_EQ(ToLuma(in).pixels, (std::vector<uint8_t>{76, 29}));
}

TEST(Colour, AlphaIsLaidOnWhiteExactly) {
  for (int alpha = 0; alpha < 256; ++alpha) {
    for (int value = 0; value < 256; value += 5) {
      Bitmap in(1, 1, 4);
      in.pixels = {uint8_t(value), uint8_t(255 - value), 0, uint8_t(alpha)};
      const Bitmap out = ToRgb(in);
      ASSERT_EQ(out.pixels[0], (value * alpha + 255 * (255 - alpha) + 127) / 255) << value << ' ' << alpha;
    }
  }
  EXPECT_EQ(FlattenOnWhite(Noise(31, 20, 4)).pixels, ToRgb(Noise(31, 20, 4)).pixels);
  EXPECT_EQ(FlattenOnWhite(Noise(3, 3, 3)).pixels, Noise(3, 3, 3).pixels);
  EXPECT_EQ(FlattenToShow(Noise(31, 20, 4)).pixels, FlattenOnWhite(Noise(31, 20, 4)).pixels);
  Bitmap light(64, 64, 4);  // white, half of it transparent: on white nothing would be seen
  std::fill(light.pixels.begin(), light.pixels.end(), 255);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 64; ++x) light.row(y)[4 * x + 3] = 0;
  Bitmap shown = FlattenToShow(light);
  EXPECT_EQ(shown.channels, 3);
  EXPECT_EQ(shown.row(0)[0], 0);
  EXPECT_EQ(shown.row(63)[0], 255);
}

TEST(Colour, AlphaIsSeenAndDropped) {
  Bitmap in(3, 2, 4);
  std::fill(in.pixels.begin(), in.pixels.end(), uint8_t(255));
  EXPECT_FALSE(HasTransparency(in));
  in.pixels[23] = 254;
  EXPECT_TRUE(HasTransparency(in));
  const Bitmap out = DropAlpha(in);
  EXPECT_EQ(out.channels, 3);
  EXPECT_EQ(out.pixels, std::vector<uint8_t>(18, 255));
}

TEST(Colour, MeanOfEachKind) {
  EXPECT_EQ(MeanColour(FromRows(2, {10, 20})), (std::array<double, 3>{15, 15, 15}));
  Bitmap rgb(2, 1, 3);
  rgb.pixels = {0, 100, 255, 10, 100, 1};
  EXPECT_EQ(MeanColour(rgb), (std::array<double, 3>{5, 100, 128}));
  EXPECT_EQ(MeanColour(Bitmap()), (std::array<double, 3>{0, 0, 0}));
}

TEST(ThumbHash, HoldsTheAverageColourAndStaysSmall) {
  Bitmap in(300, 200, 3);
  for (size_t i = 0; i < in.pixels.size(); i += 3) in.pixels[i] = 200, in.pixels[i + 1] = 100, in.pixels[i + 2] = 50;
  const Bytes hash = EncodeThumbHash(in);
  EXPECT_LE(hash.size(), 25u);
  const auto average = ThumbHashAverage(hash);
  EXPECT_NEAR(average[0], 200 / 255.0, 0.03);
  EXPECT_NEAR(average[1], 100 / 255.0, 0.03);
  EXPECT_NEAR(average[2], 50 / 255.0, 0.03);
  EXPECT_EQ(average[3], 1.0);
}

TEST(ThumbHash, TakesEveryShapeAndAlpha) {
  const Size sizes[] = {{1, 1}, {1, 5000}, {5000, 1}, {100, 100}, {333, 77}};
  for (const Size size : sizes) {
    for (int channels : {1, 3, 4}) {
      const Bytes hash = EncodeThumbHash(Noise(size.width, size.height, channels));
      EXPECT_GE(hash.size(), 5u);
      EXPECT_LE(hash.size(), 25u);
      const auto average = ThumbHashAverage(hash);
      for (double value : average) EXPECT_TRUE(value >= 0 && value <= 1);
      if (channels == 4 && size.width > 1 && size.height > 1) {
        EXPECT_NEAR(average[3], 0.5, 0.1);
      }
    }
  }
  EXPECT_TRUE(EncodeThumbHash(Bitmap()).empty());
  EXPECT_EQ(ThumbHashAverage(Bytes{1, 2}), (std::array<double, 4>{}));
}

// Ramps, steps and a soft diagonal edge of alpha.
Bitmap Pattern(int width, int height, int channels) {
  Bitmap out(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int samples[] = {(x * 7 + y * 3) % 256, x * y % 251, ((x >> 3) ^ (y >> 2)) * 29 % 256,
                             x + y < 30 ? 60 : 255 - (x * 5 + y * 11) % 128};
      for (int c = 0; c < channels; ++c) out.row(y)[x * channels + c] = uint8_t(samples[c]);
    }
  }
  return out;
}

// What rgbaToThumbHash of the reference (npm package thumbhash 0.1.1) says of the same pixels. No row is one
// pixel thin: terms that are zero but for rounding stand there between two steps.
TEST(ThumbHash, EqualsTheReferenceByteForByte) {
  struct Row {
    int width, height, channels;
    const char* hash;
  };
  const Row rows[] = {
      {100, 75, 3, "5d180615827678575446095785554775575ce0ff96"},
      {60, 100, 3, "5d08060c0445429324325353536000bfc1f969"},
      {100, 100, 1, "1f080607006666a06a6b1e35154249797886080000000000"},
      {100, 40, 4, "9d18820a821ab6f665629293b098afa820643264777877"},
      {33, 90, 4, "5e18860a041a668763602a864fcafda774874078624867"},
      {5, 7, 3, "0328060d027377808888888888877888818f055775"},
      {100, 2, 4, "d5b6862986990799948887f685b8f47466877778878808"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(ToHex(EncodeThumbHash(Pattern(row.width, row.height, row.channels))), row.hash)
        << row.width << 'x' << row.height << 'x' << row.channels;
  }
}

Bitmap ManyColours(int width, int height) {
  Bitmap out(width, height, 4);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      uint8_t* pixel = out.row(y) + 4 * x;
      pixel[0] = uint8_t(255 * x / width), pixel[1] = uint8_t(255 * y / height), pixel[2] = uint8_t(x * y),
      pixel[3] = 255;
    }
  return out;
}

TEST(Palette, HasAPicturesOwnColoursWhereTheyAreFew) {
  Bitmap pictures[2] = {Bitmap(2, 1, 4), Bitmap(2, 1, 4)};
  pictures[0].pixels = {1, 2, 3, 255, 1, 2, 4, 255};
  pictures[1].pixels = {1, 2, 3, 255, 9, 9, 9, 127};
  const std::vector<PaletteColour> palette = FindPalette(pictures, 2);
  EXPECT_EQ(palette, (std::vector<PaletteColour>{{1, 2, 3}, {1, 2, 4}}));
  EXPECT_EQ(IndexByPalette(pictures[0], palette, 77), (std::vector<uint8_t>{0, 1}));
  EXPECT_EQ(IndexByPalette(pictures[1], palette, 77), (std::vector<uint8_t>{0, 77}));
  EXPECT_EQ(FindPalette(std::span(&pictures[1], 1), 1), (std::vector<PaletteColour>{{1, 2, 3}}));
}

TEST(Palette, StaysNearAndLeavesWhatIsEqualEqual) {
  Bitmap pictures[2] = {ManyColours(200, 120), ManyColours(200, 120)};
  for (int y = 20; y < 60; ++y) std::fill(pictures[1].row(y) + 4 * 30, pictures[1].row(y) + 4 * 90, uint8_t{255});
  const std::vector<PaletteColour> palette = FindPalette(pictures, 255);
  EXPECT_LE(palette.size(), 255u);
  EXPECT_GE(palette.size(), 200u);
  const std::vector<uint8_t> indexes[2] = {IndexByPalette(pictures[0], palette, 255),
                                           IndexByPalette(pictures[1], palette, 255)};
  double error = 0;
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 200; ++x) {
      const size_t at = size_t(y) * 200 + size_t(x);
      const bool changed = y >= 20 && y < 60 && x >= 30 && x < 90;
      ASSERT_TRUE(changed || indexes[0][at] == indexes[1][at]) << x << ' ' << y;
      for (size_t c = 0; c < 3; ++c) {
        const double off = pictures[0].pixels[4 * at + c] - palette[indexes[0][at]][c];
        error += off * off;
      }
    }
  EXPECT_LT(error / (3 * 200 * 120), 14 * 14);
}

}  // namespace
}  // namespace likeness::image
