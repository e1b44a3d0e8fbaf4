// What is left of a file that says more than its picture: the same pixels, the right way up, and nothing of the rest.
#include "codec/strip.h"

#include <gtest/gtest.h>
#include <libdeflate.h>
#include <webp/encode.h>

#include <cstdio>
#include <cstdlib>

// After <cstdio>, which it needs.
#include <jpeglib.h>

#include "codec/decode.h"
#include "codec/encode.h"

namespace likeness::codec {
namespace {

using namespace std::literals;

constexpr std::string_view kSecret = "48.8584N 2.2945E";

image::Bitmap Picture() {
  image::Bitmap out(48, 32, 3);
  for (size_t i = 0; i < out.pixels.size(); ++i) out.pixels[i] = static_cast<uint8_t>(i * 7 + i / 144 * 5);
  return out;
}

void Put(Bytes& to, std::string_view text) {
  to.insert(to.end(), text.begin(), text.end());
}
void PutBe(Bytes& to, uint64_t value, int bytes) {
  for (int i = bytes - 1; i >= 0; --i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// Orientation 6 and a place: 48.5 N, 2.5 E, and words behind.
Bytes Exif() {
  Bytes out;
  Put(out, "MM");
  PutBe(out, 42, 2), PutBe(out, 8, 4);
  PutBe(out, 2, 2);
  PutBe(out, 0x0112, 2), PutBe(out, 3, 2), PutBe(out, 1, 4), PutBe(out, 6, 2), PutBe(out, 0, 2);
  PutBe(out, 0x8825, 2), PutBe(out, 4, 2), PutBe(out, 1, 4), PutBe(out, 38, 4);
  PutBe(out, 0, 4);
  PutBe(out, 2, 2);
  PutBe(out, 2, 2), PutBe(out, 5, 2), PutBe(out, 1, 4), PutBe(out, 68, 4);
  PutBe(out, 4, 2), PutBe(out, 5, 2), PutBe(out, 1, 4), PutBe(out, 76, 4);
  PutBe(out, 0, 4);
  PutBe(out, 97, 4), PutBe(out, 2, 4), PutBe(out, 5, 4), PutBe(out, 2, 4);
  Put(out, kSecret);
  return out;
}

Bytes Talkative(const Bytes& plain) {
  Bytes out(plain.begin(), plain.begin() + 2);
  const auto segment = [&out](uint8_t marker, const Bytes& body) {
    out.push_back(0xFF), out.push_back(marker);
    PutBe(out, body.size() + 2, 2);
    out.insert(out.end(), body.begin(), body.end());
  };
  Bytes exif;
  Put(exif, std::string_view("Exif\0\0", 6));
  const Bytes block = Exif();
  exif.insert(exif.end(), block.begin(), block.end());
  segment(0xE1, exif);
  Bytes words;
  Put(words, kSecret);
  segment(0xFE, words);
  segment(0xED, words);
  segment(0xE2, words);  // no colour profile
  out.insert(out.end(), plain.begin() + 2, plain.end());
  Put(out, kSecret);  // a film behind the picture
  return out;
}

// In several scans, as the web has them.
Bytes ProgressiveJpeg() {
  const image::Bitmap picture = Picture();
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* coded = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &coded, &size);
  jpeg.image_width = static_cast<JDIMENSION>(picture.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.height);
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_simple_progression(&jpeg);
  jpeg.restart_interval = 2;
  jpeg_start_compress(&jpeg, TRUE);
  for (int y = 0; y < picture.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(&picture.pixels[size_t(y) * size_t(picture.width) * 3]);
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  const Bytes out(coded, coded + size);
  jpeg_destroy_compress(&jpeg);
  free(coded);
  return out;
}

Bytes TalkativePng() {
  const Bytes plain = EncodePng(Picture()).value();
  constexpr size_t kAfterHeader = 8 + 25;
  Bytes out(plain.begin(), plain.begin() + kAfterHeader);
  const auto chunk = [&out](std::string_view type, const Bytes& body) {
    Bytes named;
    Put(named, type);
    named.insert(named.end(), body.begin(), body.end());
    PutBe(out, body.size(), 4);
    out.insert(out.end(), named.begin(), named.end());
    PutBe(out, libdeflate_crc32(0, named.data(), named.size()), 4);
  };
  chunk("eXIf", Exif());
  Bytes words;
  Put(words, std::string_view("Comment\0", 8));
  Put(words, kSecret);
  chunk("tEXt", words);
  out.insert(out.end(), plain.begin() + kAfterHeader, plain.end());
  Put(out, kSecret);
  return out;
}

Bytes TalkativeWebp() {
  const image::Bitmap picture = Picture();
  uint8_t* coded = nullptr;
  const size_t size =
      WebPEncodeLosslessRGB(picture.pixels.data(), picture.width, picture.height, 3 * picture.width, &coded);
  Bytes plain(coded, coded + size);
  WebPFree(coded);
  Bytes out(plain.begin(), plain.begin() + 12);
  const auto put_le = [&out](size_t value) {
    for (int i = 0; i < 4; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  Put(out, "VP8X");
  put_le(10);
  put_le(0x08);  // EXIF
  out.insert(out.end(),
             {static_cast<uint8_t>(picture.width - 1), 0, 0, static_cast<uint8_t>(picture.height - 1), 0, 0});
  out.insert(out.end(), plain.begin() + 12, plain.end());
  const Bytes block = Exif();
  Put(out, "EXIF");
  put_le(block.size());
  out.insert(out.end(), block.begin(), block.end());
  const size_t riff = out.size() - 8;
  for (size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<uint8_t>(riff >> (8 * i));
  return out;
}

Bytes TalkativeJpeg() {
  return Talkative(EncodeJpeg(Picture(), 90).value());
}

bool Tells(const Bytes& file) {
  return AsText(file).contains(kSecret);
}

TEST(StripMetadata, KeepsThePixelsAndNothingElse) {
  for (const Bytes& file : {TalkativeJpeg(), Talkative(ProgressiveJpeg()), TalkativePng(), TalkativeWebp()}) {
    const Result<Decoded> before = Decode(file, {});
    ASSERT_TRUE(before) << before.error().Text();
    ASSERT_TRUE(before->metadata.latitude && Tells(file)) << "the test's own file must say it";
    const Result<Bytes> stripped = StripMetadata(file, {});
    ASSERT_TRUE(stripped) << stripped.error().Text();
    EXPECT_FALSE(Tells(*stripped));
    const Result<Decoded> after = Decode(*stripped, {});
    ASSERT_TRUE(after) << after.error().Text();
    EXPECT_FALSE(after->metadata.latitude);
    EXPECT_EQ(after->info.orientation, 6);
    EXPECT_EQ(after->bitmap.width, 32);
    EXPECT_EQ(after->bitmap.pixels, before->bitmap.pixels);
  }
}

TEST(StripMetadata, LeavesOutWhatJfifShowsInSmall) {
  const Bytes plain = EncodeJpeg(Picture(), 90).value();
  ASSERT_EQ(AsText(plain).substr(6, 4), "JFIF");
  Bytes file(plain.begin(), plain.begin() + 20);
  file.insert(file.end(), kSecret.begin(), kSecret.begin() + 12);
  file[5] = static_cast<uint8_t>(file[5] + 12);
  file[18] = file[19] = 2;  // a preview of 2x2 pixels
  file.insert(file.end(), plain.begin() + 20, plain.end());
  ASSERT_TRUE(Decode(file, {}));
  EXPECT_EQ(StripMetadata(file, {}).value(), plain);
}

TEST(StripMetadata, LeavesAPlainFileAsItIs) {
  for (const Bytes& file : {ProgressiveJpeg(), EncodeJpeg(Picture(), 90).value(), EncodePng(Picture()).value()})
    EXPECT_EQ(StripMetadata(file, {}).value(), file);
}

TEST(StripMetadata, SurvivesEveryCut) {
  for (const Bytes& file : {TalkativeJpeg(), TalkativePng(), TalkativeWebp()})
    for (size_t size = 0; size < file.size(); ++size) {
      const Result<Bytes> stripped = StripMetadata(ByteView(file).first(size), {});
      if (stripped) {
        EXPECT_FALSE(Tells(*stripped)) << size;
      }
    }
}

TEST(StripMetadata, OtherFormatsAreRefused) {
  Bytes gif;
  Put(gif, "GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"sv);
  EXPECT_EQ(StripMetadata(gif, {}).error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace likeness::codec
