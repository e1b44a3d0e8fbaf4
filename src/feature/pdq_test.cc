#include "feature/pdq.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "feature/hash_text.h"
#include "feature/test_photos.h"
#include "image/orientation.h"

namespace likeness::feature {
namespace {

struct Row {
  std::string image, implementation;
  Hash256 hash;
  int quality = -1;  // not stated
};

std::vector<Row> ExpectedRows() {
  std::vector<Row> rows;
  std::ifstream in(SharedPhotos() / "pdq/EXPECTED.tsv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::stringstream fields(line);
    Row row;
    std::string hash, quality;
    std::getline(fields, row.image, '\t');
    std::getline(fields, row.implementation, '\t');
    std::getline(fields, hash, '\t');
    std::getline(fields, quality, '\t');
    row.hash = HashFromHex(hash).value();
    if (!quality.empty()) row.quality = std::stoi(quality);
    rows.push_back(row);
  }
  return rows;
}

// The one 16-bit picture's expected hash is of another program's clipping to 8 bits, not of its pixels.
bool IsClippedElsewhere(const Row& row) {
  return row.image == "threatexchange/I16.png";
}

TEST(Pdq, EqualsTheReferenceAndIsNearItsPorts) {
  LIKENESS_NEEDS_PHOTOS();
  std::map<std::string, PdqHash> hashes;
  std::vector<Row> rows = ExpectedRows();
  ASSERT_GT(rows.size(), 50u);
  for (const Row& row : rows) {
    if (IsClippedElsewhere(row)) continue;
    if (!hashes.contains(row.image)) hashes[row.image] = ComputePdq(DecodePhoto(SharedPhotos() / "pdq" / row.image));
    const PdqHash& hash = hashes[row.image];
    // The reference compiled to WebAssembly decodes as we do: equal. It applies no colour profile: near, where there is
    // one. Ports scale differently, and differ from each other by up to 12 bits on one picture.
    bool reference = row.implementation.find("WebAssembly") != std::string::npos;
    bool has_profile = row.image == "misc/c.png";
    EXPECT_LE(HammingDistance(hash.hash, row.hash), !reference    ? 12
                                                    : has_profile ? 4
                                                                  : 0)
        << row.image << " " << row.implementation << "\n"
        << ToHex(hash.hash);
    if (row.quality >= 0) {
      EXPECT_EQ(hash.quality, row.quality) << row.image;
    }
  }
}

TEST(Pdq, ModifiedCopiesAreNear) {
  LIKENESS_NEEDS_PHOTOS();
  PdqHash original = ComputePdq(DecodePhoto(SharedPhotos() / "pdq/dih/bridge-1-original.jpg"));
  for (const auto& path : PhotosOf("pdq/bridge-mods", 1)) {
    PdqHash copy = ComputePdq(DecodePhoto(path));
    EXPECT_LE(HammingDistance(original.hash, copy.hash), 31) << path;
    EXPECT_GE(copy.quality, 50) << path;
  }
}

// From the hash alone, against the hash of the turned picture; and the reference's own eight turns of one photo.
TEST(Pdq, OrientationsAreNearTheTurnedPicture) {
  using image::Bitmap;
  auto turned = [](const Bitmap& bitmap, size_t orientation) {
    Bitmap out = orientation >= 4 ? image::Mirror(bitmap) : bitmap;
    for (size_t i = 0; i < orientation % 4; ++i) out = image::Rotate90(std::move(out));
    return out;
  };
  std::vector<Bitmap> pictures{TexturedPicture(300, 200, 3, 1), TexturedPicture(500, 400, 3, 2)};
  for (const Bitmap& picture : pictures) {
    Hash256 hash = ComputePdq(picture).hash;
    HashVariants variants = PdqOrientations(hash);
    EXPECT_EQ(variants[0], hash);
    for (size_t i = 1; i < variants.size(); ++i) {
      EXPECT_LE(HammingDistance(variants[i], ComputePdq(turned(picture, i)).hash), 31) << "orientation " << i;
      EXPECT_GE(HammingDistance(variants[i], hash), 90) << "orientation " << i;
    }
  }
}

TEST(Pdq, OrientationsFindTheTurnsOfOnePhoto) {
  LIKENESS_NEEDS_PHOTOS();
  HashVariants variants =
      PdqOrientations(ComputePdq(DecodePhoto(SharedPhotos() / "pdq/dih/bridge-1-original.jpg")).hash);
  std::set<size_t> found;
  for (const auto& path : PhotosOf("pdq/dih", 1)) {
    Hash256 hash = ComputePdq(DecodePhoto(path)).hash;
    for (size_t i = 0; i < variants.size(); ++i)
      if (HammingDistance(variants[i], hash) <= 20) found.insert(i);
  }
  EXPECT_EQ(found.size(), 8u);
}

TEST(Pdq, HalfOfTheBitsAreSet) {
  for (auto [width, height] : {std::pair{64, 64}, {100, 37}, {513, 20}, {700, 600}}) {
    Hash256 hash = ComputePdq(TexturedPicture(width, height, 3, 5)).hash;
    EXPECT_EQ(HammingDistance(hash, Hash256{}), 128) << width << "x" << height;
  }
}

TEST(Pdq, AlphaIsIgnoredAndGreyIsItsOwnLuma) {
  image::Bitmap rgba = TexturedPicture(90, 80, 4, 3), rgb(90, 80, 3), grey = TexturedPicture(90, 80, 1, 3);
  image::Bitmap grey_rgb(90, 80, 3);
  for (size_t i = 0; i < 90 * 80; ++i) {
    std::copy_n(&rgba.pixels[i * 4], 3, &rgb.pixels[i * 3]);
    std::fill_n(&grey_rgb.pixels[i * 3], 3, grey.pixels[i]);
    rgba.pixels[i * 4 + 3] = static_cast<uint8_t>(i);
  }
  EXPECT_EQ(ComputePdq(rgba), ComputePdq(rgb));
  EXPECT_EQ(ComputePdq(grey), ComputePdq(grey_rgb));
}

TEST(Pdq, TooSmallOrFlatHasNoQuality) {
  EXPECT_EQ(ComputePdq(TexturedPicture(4, 100, 3, 1)), PdqHash{});
  EXPECT_EQ(ComputePdq(image::Bitmap(200, 200, 3)).quality, 0);
}

}  // namespace
}  // namespace likeness::feature
