#include "compare/regions.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "feature/test_photos.h"

namespace likeness::compare {
namespace {

constexpr std::array<uint8_t, 4> kPaper = {240, 240, 235, 255}, kInk = {20, 40, 160, 255}, kRed = {200, 30, 20, 255};

image::Bitmap Page() {
  image::Bitmap bitmap(800, 600, 4);
  for (size_t i = 0; i < bitmap.pixels.size(); ++i) bitmap.pixels[i] = kPaper[i % 4];
  return bitmap;
}

// A filled shape that is not the same upside down.
void Stamp(image::Bitmap& bitmap, const Box& box, std::array<uint8_t, 4> colour) {
  for (int y = 0; y < box.height; ++y)
    for (int x = 0; x <= std::min(box.width - 1, box.width * (y + 8) / box.height); ++x)
      std::copy_n(colour.begin(), 4, bitmap.row(box.y + y) + 4 * (box.x + x));
}

std::vector<ChangedRegion> Regions(const image::Bitmap& a, const image::Bitmap& b, size_t max = 100) {
  size_t found = 0;
  auto regions = FindRegions(ViewOf(a), ViewOf(b), ComputeDifference(ViewOf(a), ViewOf(b), {}), max, &found);
  EXPECT_GE(found, regions.size());
  return regions;
}

TEST(Regions, NoneWhereNothingChanged) {
  EXPECT_TRUE(Regions(Page(), Page()).empty());
}

TEST(Regions, OfEachKind) {
  const Box here{100, 100, 80, 60}, there{500, 400, 80, 60}, near{110, 104, 80, 60};
  image::Bitmap page = Page(), stamped = Page(), elsewhere = Page(), beside = Page(), red = Page();
  Stamp(stamped, here, kInk);
  Stamp(elsewhere, there, kInk);
  Stamp(beside, near, kInk);
  Stamp(red, here, kRed);
  struct Row {
    const char* name;
    const image::Bitmap &a, &b;
    ChangeKind kind;
    Box box;
  };
  for (const Row& row : {
           Row{"added", page, stamped, ChangeKind::kAdded, here},
           Row{"removed", stamped, page, ChangeKind::kRemoved, here},
           Row{"moved far", stamped, elsewhere, ChangeKind::kMoved, there},
           Row{"moved by less than its size", stamped, beside, ChangeKind::kMoved, near},
           Row{"recoloured", stamped, red, ChangeKind::kRecoloured, here},
       }) {
    const auto regions = Regions(row.a, row.b);
    ASSERT_EQ(regions.size(), 1u) << row.name;
    EXPECT_EQ(Name(regions[0].kind), std::string(Name(row.kind))) << row.name;
    EXPECT_EQ(regions[0].box, row.box) << row.name;
    if (row.kind == ChangeKind::kMoved) {
      EXPECT_EQ(regions[0].from, here) << row.name;
    }
    EXPECT_GT(regions[0].severity, 0.2) << row.name;
    EXPECT_LE(regions[0].severity, 1) << row.name;
  }
}

TEST(Regions, OfAPhoto) {
  image::Bitmap photo = feature::TexturedPicture(640, 480, 4, 3), darker = photo, scrambled = photo;
  for (int y = 200; y < 280; ++y)
    for (int x = 300; x < 420; ++x)
      for (int c = 0; c < 3; ++c) {
        darker.row(y)[4 * x + c] = static_cast<uint8_t>(photo.row(y)[4 * x + c] / 2);
        scrambled.row(y)[4 * x + c] = photo.row(y - 180)[4 * (x - 290) + c];
      }
  auto regions = Regions(photo, darker);
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(Name(regions[0].kind), std::string("recoloured"));
  regions = Regions(photo, scrambled);
  ASSERT_GE(regions.size(), 1u);
  EXPECT_NE(Name(regions[0].kind), std::string("recoloured"));
}

TEST(Regions, HeaviestFirstAndNoMoreThanAskedFor) {
  image::Bitmap a = Page(), b = Page();
  Stamp(b, {20, 20, 10, 10}, kInk);
  Stamp(b, {400, 300, 90, 90}, kInk);
  Stamp(b, {700, 500, 30, 30}, kInk);
  size_t found = 0;
  const auto regions = FindRegions(ViewOf(a), ViewOf(b), ComputeDifference(ViewOf(a), ViewOf(b), {}), 2, &found);
  EXPECT_EQ(found, 3u);
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].box.x, 400);
  EXPECT_EQ(regions[1].box.x, 700);
}

TEST(Regions, OfOnePixelPictures) {
  image::Bitmap a(1, 1, 4), b(1, 1, 4);
  a.pixels = {0, 0, 0, 255};
  b.pixels = {255, 255, 255, 255};
  const auto regions = Regions(a, b);
  ASSERT_EQ(regions.size(), 1u);
  EXPECT_EQ(regions[0].box, (Box{0, 0, 1, 1}));
  EXPECT_NEAR(regions[0].severity, 1, 0.05);
}

}  // namespace
}  // namespace likeness::compare
