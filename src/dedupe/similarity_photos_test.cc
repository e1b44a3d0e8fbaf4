// What the percent claims, on real photos: copies are at 90 and more, distinct photos below 70, and no damage that
// grows makes it higher. bench/copies/similarity_bench.cc has the whole battery.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "codec/decode.h"
#include "codec/encode.h"
#include "compare/align.h"
#include "dedupe/verdict.h"
#include "feature/extract.h"
#include "feature/test_photos.h"
#include "image/orientation.h"
#include "image/resize.h"

namespace likeness::dedupe {
namespace {

using image::Bitmap;

struct Seen {
  Bitmap pixels;  // RGBA
  compare::QueryFeatures features;
};

Seen See(const Bitmap& given) {
  Seen seen{Bitmap(given.width, given.height, 4), {}};
  const size_t channels = size_t(given.channels);
  for (size_t i = 0; i < size_t(given.width) * size_t(given.height); ++i)
    for (size_t c = 0; c < 4; ++c) {
      const size_t from = i * channels + (channels < 3 ? 0 : c);
      seen.pixels.pixels[4 * i + c] = c == 3 ? 255 : given.pixels[from];
    }
  feature::Extracted extracted = feature::ExtractFeatures(seen.pixels);
  extracted.features.pixel_hash = feature::ComputePixelHash(seen.pixels);
  seen.features = {std::move(extracted.features), extracted.phash_variants, {}};
  seen.features.local_mirrored = feature::MirrorLocal(seen.features.features.local, {given.width, given.height});
  return seen;
}

Verdict Judge(const Seen& query, const Seen& match) {
  const feature::Features& features = match.features.features;
  return DecideByPixels(Decide(compare::Compare(query.features, features)), query.features,
                        compare::ViewOf(query.pixels), features, compare::ViewOf(match.pixels));
}

Bitmap Jpeg(const Bitmap& given, int quality) {
  const Result<Bytes> bytes = codec::EncodeJpeg(given, quality);
  return codec::Decode(bytes.value(), {}).value().bitmap;
}

Bitmap Part(const Bitmap& given, double share) {
  const double side = std::sqrt(share);
  const int width = int(given.width * side), height = int(given.height * side);
  Bitmap part(width, height, given.channels);
  const int left = (given.width - width) / 3, top = (given.height - height) / 2;
  for (int y = 0; y < height; ++y)
    std::copy_n(given.row(y + top) + left * given.channels, width * given.channels, part.row(y));
  return part;
}

Bitmap Covered(const Bitmap& given, double share) {
  Bitmap out = given;
  for (int y = 0; y < int(given.height * share); ++y)
    std::fill_n(out.row(y), given.width * given.channels, uint8_t{40});
  return out;
}

Bitmap Reduced(const Bitmap& given, double share) {
  return image::ResizeArea(given, std::max(1, int(given.width * share)), std::max(1, int(given.height * share)));
}

struct Ladder {
  const char* name;
  std::vector<double> strengths;
  std::function<Bitmap(const Bitmap&, double)> damage;
};

const std::vector<Ladder>& Ladders() {
  static const std::vector<Ladder> ladders = {
      {"jpeg", {90, 50, 10}, [](const Bitmap& photo, double quality) { return Jpeg(photo, int(quality)); }},
      {"resize", {0.5, 0.25}, Reduced},
      {"crop", {0.8, 0.4, 0.15}, Part},
      {"banner", {0.08, 0.2, 0.3}, Covered},
      {"mirror", {1}, [](const Bitmap& photo, double) { return image::Mirror(photo); }},
  };
  return ladders;
}

TEST(SimilarityOfPhotos, CopiesStandHighAndFallWithTheDamage) {
  LIKENESS_NEEDS_PHOTOS();
  int copies = 0, high = 0, steps = 0, rises = 0;
  for (const auto& path : feature::PhotosOf("main", 36)) {
    const Bitmap photo = feature::DecodePhoto(path);
    const Seen original = See(photo);
    EXPECT_EQ(SimilarityPercent(Judge(original, original)), 100) << path;
    for (const Ladder& ladder : Ladders()) {
      double last = 100;
      for (const double strength : ladder.strengths) {
        const Verdict verdict = Judge(See(ladder.damage(photo, strength)), original);
        const double percent = SimilarityPercent(verdict);
        ++copies, ++steps;
        high += percent >= 90;
        rises += percent > last + 1;
        last = percent;
        EXPECT_EQ(percent >= 90, IsDuplicate(verdict.kind)) << path << ' ' << ladder.name << ' ' << strength;
      }
    }
  }
  EXPECT_GE(high, copies * 97 / 100) << "of " << copies;
  EXPECT_LE(rises, steps / 50) << "of " << steps;
}

TEST(SimilarityOfPhotos, DistinctOnesStayLow) {
  LIKENESS_NEEDS_PHOTOS();
  std::vector<Seen> photos;
  for (const auto& path : feature::PhotosOf("main", 44)) photos.push_back(See(feature::DecodePhoto(path)));
  ASSERT_GE(photos.size(), 7u);
  for (size_t i = 0; i < photos.size(); ++i)
    for (size_t j = i + 1; j < photos.size(); ++j)
      EXPECT_LT(SimilarityPercent(Judge(photos[i], photos[j])), 70) << i << ' ' << j;
}

// Too plain for points: features say "not related", and yet it lies on its original to the pixel.
TEST(SimilarityOfPhotos, APlainCropIsAPart) {
  LIKENESS_NEEDS_PHOTOS();
  const Bitmap photo = feature::DecodePhoto(feature::SharedPhotos() / "main/dedbox-dsc-4345.jpg");
  Bitmap part(371, 249, photo.channels);
  for (int y = 0; y < part.height; ++y)
    std::copy_n(photo.row(y + 310) + 67 * photo.channels, part.width * photo.channels, part.row(y));
  const Seen query = See(Jpeg(part, 60)), match = See(photo);
  ASSERT_EQ(Decide(compare::Compare(query.features, match.features.features)).kind, VerdictKind::kNone);
  const Verdict verdict = Judge(query, match);
  EXPECT_EQ(verdict.kind, VerdictKind::kPartOf) << verdict.sentence;
  EXPECT_GE(SimilarityPercent(verdict), 90);
  // Corners without detail may be off by more.
  const image::Point middle = verdict.signals.query_from_match.Apply({67 + 371 / 2.0, 310 + 249 / 2.0});
  EXPECT_NEAR(middle.x, 371 / 2.0, 3);
  EXPECT_NEAR(middle.y, 249 / 2.0, 3);
  EXPECT_TRUE(compare::AlignBySignals(compare::ViewOf(query.pixels), compare::ViewOf(match.pixels), verdict.signals));
}

}  // namespace
}  // namespace likeness::dedupe
