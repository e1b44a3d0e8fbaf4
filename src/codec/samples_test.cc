// The codec on real and hostile files that are kept outside the repository. Skipped where they are absent.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "base/files.h"
#include "base/text.h"
#include "codec/decode.h"
#include "image/colour.h"
#include "image/resize.h"

namespace likeness::codec {
namespace {

std::filesystem::path Shared() {
  const char* set = std::getenv("LIKENESS_SHARED");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(LIKENESS_SOURCE_DIR "/../shared");
}

Bytes Read(const std::filesystem::path& path) {
  auto bytes = ReadFile(path, 256 << 20);
  EXPECT_TRUE(bytes.has_value()) << path;
  return bytes.value_or(Bytes{});
}

DecodeOptions Everything() {
  DecodeOptions options;
  options.formats = BuiltFormats();
  return options;
}

// The mean of the absolute differences of R, G and B, at the smaller of the two sizes.
double MeanDifference(const image::Bitmap& a, const image::Bitmap& b) {
  const int width = std::min(a.width, b.width), height = std::min(a.height, b.height);
  const image::Bitmap x = image::ToRgb(image::ResizeArea(a, width, height));
  const image::Bitmap y = image::ToRgb(image::ResizeArea(b, width, height));
  double sum = 0;
  for (size_t i = 0; i < x.pixels.size(); ++i) sum += std::abs(int(x.pixels[i]) - int(y.pixels[i]));
  return sum / double(x.pixels.size());
}

#define SKIP_WITHOUT(folder) \
  if (!std::filesystem::is_directory(Shared() / (folder))) GTEST_SKIP() << "no folder " << (Shared() / (folder))

struct Encoding {
  const char* file;
  Format format;
  double difference_max;
  int channels;
  bool truncated = false;
  uint32_t frames = 1;
};

TEST(Samples, EveryEncodingOfOnePhotoShowsThatPhoto) {
  SKIP_WITHOUT("photos/formats");
  const auto folder = Shared() / "photos/formats";
  const Encoding rows[] = {
      {"kodak-19-444-q80.jpg", Format::kJpeg, 4, 3},
      {"kodak-19-cmyk.jpg", Format::kJpeg, 6, 3},
      {"kodak-19-progressive-q75.jpg", Format::kJpeg, 4, 3},
      {"kodak-19-q10.jpg", Format::kJpeg, 12, 3},
      {"kodak-19-truncated.jpg", Format::kJpeg, 40, 3, true},
      {"kodak-19-half-lossless.webp", Format::kWebp, 3, 3},
      {"kodak-19-half-lzw.tiff", Format::kTiff, 3, 3},
      {"kodak-19-half-palette.png", Format::kPng, 8, 3},
      {"kodak-19-half.bmp", Format::kBmp, 8, 3},
      {"kodak-19-half.gif", Format::kGif, 8, 3},
      {"kodak-19-lossy.webp", Format::kWebp, 5, 3},
      {"kodak-19-quarter-16bit.png", Format::kPng, 3, 3},
      {"kodak-19.avif", Format::kAvif, 5, 3},
      {"kodak-19.heic", Format::kHeic, 5, 3},
  };
  const auto reference = Decode(Read(folder / "kodak-19-baseline-q90.jpg"), Everything());
  ASSERT_TRUE(reference.has_value());
  EXPECT_EQ(reference->info.jpeg_quality, 90);
  for (const Encoding& row : rows) {
    if (!BuiltFormats().Has(row.format)) continue;
    const auto decoded = Decode(Read(folder / row.file), Everything());
    ASSERT_TRUE(decoded.has_value()) << row.file << ": " << decoded.error().Text();
    EXPECT_EQ(Name(decoded->info.format), Name(row.format)) << row.file;
    EXPECT_EQ(decoded->bitmap.channels, row.channels) << row.file;
    EXPECT_EQ(decoded->info.truncated, row.truncated) << row.file;
    EXPECT_EQ(decoded->info.frames, row.frames) << row.file;
    EXPECT_LE(MeanDifference(decoded->bitmap, reference->bitmap), row.difference_max) << row.file;
  }
}

TEST(Samples, GreyAndAlphaAndAnimations) {
  SKIP_WITHOUT("photos/formats");
  const auto folder = Shared() / "photos/formats";
  const auto reference = Decode(Read(folder / "kodak-19-baseline-q90.jpg"), Everything());
  const auto grey = Decode(Read(folder / "kodak-19-gray.jpg"), Everything());
  ASSERT_TRUE(reference && grey);
  EXPECT_EQ(grey->bitmap.channels, 1);
  EXPECT_TRUE(grey->info.grey);
  EXPECT_LE(MeanDifference(grey->bitmap, image::ToLuma(reference->bitmap)), 3);
  const auto alpha = Decode(Read(folder / "kodak-19-half-alpha.png"), Everything());
  ASSERT_TRUE(alpha);
  EXPECT_EQ(alpha->bitmap.channels, 4);
  EXPECT_TRUE(alpha->info.has_alpha);
  for (const char* file : {"kodak-anim3.gif", "kodak-anim3.webp"}) {
    const auto animation = Decode(Read(folder / file), Everything());
    ASSERT_TRUE(animation) << file;
    EXPECT_EQ(animation->info.frames, 3u) << file;
  }
}

TEST(Samples, EightOrientationsShowOneUprightPicture) {
  SKIP_WITHOUT("photos/formats/exif");
  const auto folder = Shared() / "photos/formats/exif";
  const auto reference = Decode(Read(folder / "landscape-orientation-1.jpg"), {});
  ASSERT_TRUE(reference);
  for (int value = 2; value <= 8; ++value) {
    const Bytes bytes = Read(folder / fmt::format("landscape-orientation-{}.jpg", value));
    const auto decoded = Decode(bytes, {});
    ASSERT_TRUE(decoded) << value;
    EXPECT_EQ(decoded->info.orientation, value);
    EXPECT_EQ(decoded->info.width, reference->info.width) << value;
    EXPECT_EQ(decoded->info.height, reference->info.height) << value;
    EXPECT_LE(MeanDifference(decoded->bitmap, reference->bitmap), 3.5) << value;
    const auto header = ReadHeader(bytes, {});
    ASSERT_TRUE(header);
    EXPECT_EQ(header->width, decoded->info.width);
    EXPECT_EQ(header->height, decoded->info.height);
  }
}

TEST(Samples, ScaledDecodeStaysAboveTheSideAskedForAndNearThePicture) {
  SKIP_WITHOUT("photos/highres");
  for (const auto& entry : std::filesystem::directory_iterator(Shared() / "photos/highres")) {
    const Bytes bytes = Read(entry.path());
    const auto full = Decode(bytes, {});
    ASSERT_TRUE(full) << entry.path();
    for (uint32_t side : {64u, 480u, 1440u}) {
      DecodeOptions options;
      options.side_min = side;
      const auto scaled = Decode(bytes, options);
      ASSERT_TRUE(scaled) << entry.path();
      const auto shorter = uint32_t(std::min(scaled->bitmap.width, scaled->bitmap.height));
      EXPECT_GE(shorter, std::min({side, full->info.width, full->info.height})) << entry.path();
      EXPECT_EQ(scaled->info.width, full->info.width);
      // The last column of a reduced JPEG stands for fewer pixels: the rest is stretched by less than one of them.
      EXPECT_LE(MeanDifference(scaled->bitmap, full->bitmap), 6.0) << entry.path() << ' ' << side;
    }
  }
}

struct Hostile {
  std::string file, expect, format, declared;
};

std::vector<Hostile> ReadManifest() {
  std::vector<Hostile> rows;
  std::ifstream in(Shared() / "hostile-images/MANIFEST.tsv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::vector<std::string> cells;
    std::stringstream cut(line);
    for (std::string cell; std::getline(cut, cell, '\t');) cells.push_back(cell);
    if (cells.size() >= 8) rows.push_back({cells[0], cells[4], cells[5], cells[7]});
  }
  return rows;
}

void ExpectCleanMetadata(const Metadata& m, const std::string& file) {
  for (const std::string* text : {&m.taken_at, &m.camera_make, &m.camera_model, &m.lens, &m.title, &m.description,
                                  &m.creator, &m.copyright, &m.software}) {
    EXPECT_TRUE(IsValidUtf8(*text)) << file;
    EXPECT_EQ(text->find('\0'), std::string::npos) << file;
    EXPECT_LE(text->size(), Limits().text_bytes_max) << file;
  }
  EXPECT_LE(m.keywords.size(), Limits().tags_max) << file;
  for (const std::string& keyword : m.keywords) EXPECT_TRUE(IsValidUtf8(keyword)) << file;
  for (const auto& number :
       {m.exposure_seconds, m.f_number, m.focal_length_mm, m.latitude, m.longitude, m.altitude_m}) {
    EXPECT_TRUE(!number || std::isfinite(*number)) << file;
  }
}

// A decoded picture: its parts agree with each other, and with the size the manifest states for what must be decoded.
void ExpectSound(const Decoded& decoded, const Hostile& row) {
  const image::Bitmap& bitmap = decoded.bitmap;
  EXPECT_EQ(bitmap.pixels.size(), bitmap.row_bytes() * size_t(bitmap.height)) << row.file;
  EXPECT_EQ(uint32_t(bitmap.width), decoded.info.width) << row.file;
  EXPECT_EQ(uint32_t(bitmap.height), decoded.info.height) << row.file;
  EXPECT_TRUE(bitmap.channels == 1 || bitmap.channels == 3 || bitmap.channels == 4) << row.file;
  ExpectCleanMetadata(decoded.metadata, row.file);
  if (row.expect != "decode" || row.declared.empty() || row.format == "heif" || row.format == "avif") return;
  const std::string upright = fmt::format("{}x{}", bitmap.width, bitmap.height);
  const std::string turned = fmt::format("{}x{}", bitmap.height, bitmap.width);
  EXPECT_EQ(decoded.info.orientation >= 5 ? turned : upright, row.declared) << row.file;
}

bool Passes(const std::string& expect, const Result<Decoded>& got, FormatSet formats, Format format) {
  // What libheif takes is not ours to judge.
  if (got && (format == Format::kHeic || format == Format::kAvif)) return expect != "reject-limit";
  if (got) return expect != "reject" && expect != "reject-limit";
  switch (got.error().code) {
    case ErrorCode::kUnsupported:
      return !(expect == "decode" && formats.Has(format));
    case ErrorCode::kLimitExceeded:
      return expect != "decode";
    case ErrorCode::kCorruption:
      return expect != "decode" && expect != "reject-limit";
    default:
      return false;
  }
}

void RunHostile(FormatSet formats) {
  const auto rows = ReadManifest();
  ASSERT_GE(rows.size(), 300u);
  DecodeOptions options;
  options.formats = formats;
  std::map<std::string, int> tally;
  double slowest = 0;
  std::string slowest_file;
  for (const Hostile& row : rows) {
    const Bytes bytes = Read(Shared() / "hostile-images" / row.file);
    const auto start = std::chrono::steady_clock::now();
    const auto got = Decode(bytes, options);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (seconds > slowest) slowest = seconds, slowest_file = row.file;
    EXPECT_TRUE(Passes(row.expect, got, formats, Sniff(bytes)))
        << row.file << " expects " << row.expect << ", got " << (got ? "a picture" : got.error().Text());
    ++tally[row.expect + (got ? " taken" : " refused")];
    const auto again = Decode(bytes, options);
    ASSERT_EQ(got.has_value(), again.has_value()) << row.file;
    if (got) {
      ExpectSound(*got, row);
      EXPECT_EQ(got->bitmap.pixels, again->bitmap.pixels) << row.file;
      const auto header = ReadHeader(bytes, options);
      ASSERT_TRUE(header) << row.file;
      EXPECT_EQ(header->width, got->info.width) << row.file;
    } else {
      EXPECT_EQ(got.error().Text(), again.error().Text()) << row.file;
      EXPECT_FALSE(got.error().message.empty()) << row.file;
      if (got.error().code == ErrorCode::kLimitExceeded) {
        EXPECT_NE(got.error().hint.find("limits."), std::string::npos) << row.file;
      }
    }
    if (std::getenv("LIKENESS_TEST_VERBOSE") != nullptr) {
      fmt::print("{:<15} {:<60} {}\n", row.expect, row.file,
                 got ? fmt::format("{}x{}x{}{}", got->bitmap.width, got->bitmap.height, got->bitmap.channels,
                                   got->info.truncated ? " truncated" : "")
                     : got.error().Text());
    }
  }
  for (const auto& [what, count] : tally) fmt::print("{:>4} {}\n", count, what);
  fmt::print("slowest: {:.2f} s, {}\n", slowest, slowest_file);
  EXPECT_LT(slowest, 10);
}

TEST(Hostile, DefaultFormatsAnswerAsTheManifestSays) {
  SKIP_WITHOUT("hostile-images");
  RunHostile(DefaultFormats());
}

TEST(Hostile, EveryBuiltFormatAnswersAsTheManifestSays) {
  SKIP_WITHOUT("hostile-images");
  RunHostile(BuiltFormats());
}

}  // namespace
}  // namespace likeness::codec
