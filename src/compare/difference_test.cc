#include "compare/difference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <thread>

#include "compare/antialiasing.h"
#include "compare/colour_distance.h"
#include "feature/test_photos.h"

namespace likeness::compare {
namespace {

image::Bitmap Filled(int width, int height, std::array<uint8_t, 4> colour) {
  image::Bitmap bitmap(width, height, 4);
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) bitmap.pixels[i] = colour[i % 4];
  return bitmap;
}

void Paint(image::Bitmap& bitmap, const Box& box, std::array<uint8_t, 4> colour) {
  for (int y = box.y; y < box.y + box.height; ++y)
    for (int x = box.x; x < box.x + box.width; ++x) std::copy_n(colour.begin(), 4, bitmap.row(y) + 4 * x);
}

Difference Compare(const image::Bitmap& a, const image::Bitmap& b, std::string_view preset,
                   const Ignored& ignored = {}) {
  return ComputeDifference(ViewOf(a), ViewOf(b), FindPreset(preset)->rules, ignored);
}

TEST(Mask, LeavesOutWhatIsLightAndOpaque) {
  image::Bitmap picture(4, 1, 4);
  picture.pixels = {255, 255, 255, 255, 255, 255, 255, 127, 128, 128, 128, 128, 127, 128, 128, 255};
  const BitPlane mask = MaskOf(ViewOf(picture));
  for (const auto& [x, out] : {std::pair{0, true}, {1, false}, {2, true}, {3, false}}) EXPECT_EQ(mask.Get(x, 0), out);
}

TEST(Mask, GoesAlongWithTheScaleAndEndsWhereItEnds) {
  BitPlane mask({4, 2});
  mask.Set(2, 0), mask.Set(3, 0), mask.Set(2, 1), mask.Set(3, 1);
  const BitPlane half = ScaledMask(mask, 0.5, {2, 1}), larger = ScaledMask(mask, 1, {6, 3});
  EXPECT_FALSE(half.Get(0, 0));
  EXPECT_TRUE(half.Get(1, 0));
  EXPECT_EQ(larger.Count(), 4u);
  EXPECT_TRUE(larger.Get(3, 1));
}

TEST(Difference, OfOnePixelUnderEachPreset) {
  struct Row {
    std::array<uint8_t, 4> a, b;
    const char* preset;
    bool differ;
  };
  for (const Row& row : {
           Row{{10, 20, 30, 255}, {10, 20, 31, 255}, "nothing", true},
           Row{{10, 20, 30, 255}, {25, 20, 15, 255}, "less", false},
           Row{{10, 20, 30, 255}, {26, 20, 30, 255}, "less", true},
           Row{{10, 20, 30, 255}, {26, 20, 30, 255}, "resemble", true},
           Row{{10, 20, 30, 0}, {10, 20, 30, 16}, "less", true},
           Row{{10, 20, 30, 1}, {10, 20, 30, 255}, "alpha", false},
           Row{{10, 20, 30, 0}, {10, 20, 30, 255}, "alpha", true},
           // 0.3 x 52 = 15.6 and 0.3 x 54 = 16.2; grey 16 is a rounding below 16, as in the original.
           Row{{0, 0, 0, 255}, {52, 0, 0, 255}, "colours", false},
           Row{{0, 0, 0, 255}, {54, 0, 0, 255}, "colours", true},
           Row{{0, 0, 0, 255}, {16, 16, 16, 255}, "colours", false},
           Row{{0, 0, 0, 255}, {17, 17, 17, 255}, "colours", true},
           Row{{100, 0, 0, 255}, {0, 50, 0, 255}, "colours", false},
           Row{{0, 0, 0, 255}, {255, 255, 255, 255}, "pixelmatch-5", true},
           Row{{0, 0, 0, 0}, {255, 255, 255, 255}, "pixelmatch-5", false},  // alike on white
           Row{{0, 0, 0, 0}, {255, 255, 255, 255}, "pixelmatch-7", true},
           Row{{0, 0, 0, 0}, {90, 17, 3, 0}, "pixelmatch", false},
           Row{{0, 0, 0, 0}, {255, 255, 255, 0}, "odiff", false},
           Row{{128, 128, 128, 255}, {130, 130, 130, 255}, "odiff", false},
       }) {
    const image::Bitmap a = Filled(1, 1, row.a), b = Filled(1, 1, row.b);
    EXPECT_EQ(Compare(a, b, row.preset).different, row.differ) << row.preset << " " << int(row.b[0]);
    EXPECT_EQ(Compare(b, a, row.preset).different, row.differ) << row.preset << " " << int(row.b[0]);
    EXPECT_EQ(Compare(a, a, row.preset).different, 0u) << row.preset;
  }
}

TEST(Difference, TellsWhereItIs) {
  image::Bitmap a = Filled(200, 150, {90, 120, 40, 255}), b = a;
  Paint(b, {61, 70, 70, 9}, {200, 10, 10, 255});
  const Difference difference = Compare(a, b, "nothing");
  EXPECT_EQ(difference.different, 630u);
  EXPECT_EQ(difference.bounds, (Box{61, 70, 70, 9}));
  EXPECT_NEAR(difference.percent(), 2.1, 1e-9);
  for (int y = 0; y < 150; ++y)
    for (int x = 0; x < 200; ++x)
      ASSERT_EQ(difference.different_at.Get(x, y), x >= 61 && x < 131 && y >= 70 && y < 79) << x << " " << y;
}

TEST(Difference, LeavesOutBoxesAndMask) {
  image::Bitmap a = Filled(100, 100, {0, 0, 0, 255}), b = Filled(100, 100, {255, 255, 255, 255});
  Ignored ignored;
  ignored.boxes = {{-5, -5, 15, 15}, {90, 90, 1000, 1000}, {200, 0, 5, 5}, {5, 5, 10, 10}};
  Difference difference = Compare(a, b, "nothing", ignored);
  EXPECT_EQ(difference.ignored, 100u + 100u + 100u - 25u);
  EXPECT_EQ(difference.different, 10000u - 275u);
  ignored = {};
  ignored.mask = BitPlane({100, 100});
  for (int x = 0; x < 100; ++x) ignored.mask.Set(x, 3);
  difference = Compare(a, b, "nothing", ignored);
  EXPECT_EQ(difference.ignored, 100u);
  EXPECT_EQ(difference.different, 9900u);
}

TEST(Difference, OfUnequalSizesCoversBoth) {
  const image::Bitmap wide = Filled(70, 10, {9, 9, 9, 255}), high = Filled(40, 30, {9, 9, 9, 255});
  for (const char* preset : {"nothing", "less", "pixelmatch", "pixelmatch-5", "odiff", "antialiasing"}) {
    const Difference difference = Compare(wide, high, preset);
    EXPECT_EQ(difference.canvas, (image::Size{70, 30}));
    EXPECT_EQ(difference.different, 30u * 10u + 40u * 20u) << preset;
  }
  // The corner that neither has is equal, and so is what is transparent outside.
  const image::Bitmap clear = Filled(70, 30, {0, 0, 0, 0});
  EXPECT_EQ(Compare(clear, Filled(2, 2, {0, 0, 0, 0}), "nothing").different, 0u);
}

TEST(Difference, SamplesLargePicturesWhereTheOriginalDoes) {
  const image::Bitmap a = Filled(1201, 12, {0, 0, 0, 255}), b = Filled(1201, 12, {255, 255, 255, 255});
  EXPECT_EQ(Compare(a, b, "antialiasing").different, 1000u * 10u);
  EXPECT_EQ(Compare(a, b, "less").different, 1201u * 12u);
}

// A white disc on black with a smoothed rim, and the same half a pixel beside.
image::Bitmap Disc(double centre) {
  image::Bitmap bitmap = Filled(64, 64, {0, 0, 0, 255});
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x) {
      const double distance = std::hypot(x - centre, y - 32.0);
      const auto value = static_cast<uint8_t>(std::clamp(20.5 - distance, 0.0, 1.0) * 255);
      std::fill_n(bitmap.row(y) + 4 * x, 3, value);
    }
  return bitmap;
}

TEST(Difference, DoesNotCountSmoothedEdges) {
  const image::Bitmap a = Disc(32), b = Disc(32.4);
  const uint64_t all = Compare(a, b, "odiff").different;
  EXPECT_GT(all, 60u);
  for (const char* preset : {"pixelmatch", "pixelmatch-5", "pixelmatch-7"}) {
    const Difference difference = Compare(a, b, preset);
    EXPECT_LT(difference.different, all / 4) << preset;
    EXPECT_GT(difference.antialiased, all / 2) << preset;
  }
  DifferenceRules rules = FindPreset("odiff")->rules;
  rules.antialiasing = Antialiasing::kSlopes;
  EXPECT_LT(ComputeDifference(ViewOf(a), ViewOf(b), rules).different, all / 4);
}

// The fast way (kernels, the filter of edges, bands on threads) against the plain one, pixel by pixel.
TEST(Difference, EqualsThePlainWay) {
  std::mt19937 random(4);
  for (int round = 0; round < 6; ++round) {
    image::Bitmap a = feature::TexturedPicture(150 + round, 131, 4, uint32_t(round)), b = a;
    if (round % 2 == 0)
      for (size_t i = 0; i < a.pixels.size(); ++i)  // few colours: many equal neighbours
        a.pixels[i] = b.pixels[i] = i % 4 == 3 ? 255 : a.pixels[i] & 0xC0;
    for (size_t i = 0; i < b.pixels.size(); ++i) {
      if (random() % 3 == 0) b.pixels[i] = static_cast<uint8_t>(b.pixels[i] + random() % 64);
      if (round == 5 && i % 4 == 3) a.pixels[i] = static_cast<uint8_t>(random());
    }
    for (const Preset& preset : Presets()) {
      for (double threshold : {0.0, 0.03, 0.1, 0.4}) {
        DifferenceRules rules = preset.rules;
        rules.threshold = threshold;
        if (preset.name == "odiff" && round >= 3) rules.antialiasing = Antialiasing::kSlopes;
        const PixelView view_a = ViewOf(a), view_b = ViewOf(b);
        const ColourRule colours(rules);
        const AntialiasingDetector detector(view_a, view_b, rules);
        const Difference fast = ComputeDifference(view_a, view_b, rules, {}, [](size_t count, const auto& body) {
          std::vector<std::jthread> threads;
          for (size_t i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
        });
        uint64_t different = 0;
        for (int y = 0; y < a.height; ++y)
          for (int x = 0; x < a.width; ++x) {
            bool differ = colours.Differ(view_a.at(x, y), view_b.at(x, y), size_t(y) * size_t(a.width) + size_t(x));
            if (differ && (rules.antialiasing == Antialiasing::kSlope || rules.antialiasing == Antialiasing::kSlopes))
              differ = !detector.IsSlope(x, y);
            if (differ && rules.antialiasing == Antialiasing::kContrast)
              differ = !detector.IsContrast(x, y) || colours.BrightnessDiffers(view_a.at(x, y), view_b.at(x, y));
            ASSERT_EQ(fast.different_at.Get(x, y), differ)
                << preset.name << " round " << round << " threshold " << threshold << " at " << x << " " << y;
            different += differ;
          }
        ASSERT_EQ(fast.different, different);
      }
    }
  }
}

}  // namespace
}  // namespace likeness::compare
