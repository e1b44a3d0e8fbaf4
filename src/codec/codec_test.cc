// The codec on pictures made here: no file is needed.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "codec/decode.h"
#include "codec/encode.h"
#include "image/colour.h"
#include "image/orientation.h"
#include "image/resize.h"

namespace likeness::codec {
namespace {

// Smooth, with a different look in every corner, so that turns and swapped channels show.
image::Bitmap Scene(int width, int height, int channels) {
  image::Bitmap out(width, height, channels);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* at = out.row(y) + x * channels;
      at[0] = uint8_t(255 * x / width);
      if (channels >= 3) at[1] = uint8_t(255 * y / height), at[2] = uint8_t(255 - 200 * x / width);
      if (channels == 4) at[3] = uint8_t(255 * (x + y) / (width + height));
    }
  }
  return out;
}

double Difference(const image::Bitmap& a, const image::Bitmap& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.channels, b.channels);
  if (a.pixels.size() != b.pixels.size()) return 255;
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(int(a.pixels[i]) - int(b.pixels[i]));
  return sum / double(a.pixels.size());
}

void Put16(Bytes& out, unsigned value) {
  out.push_back(uint8_t(value >> 8)), out.push_back(uint8_t(value));
}
void Put32(Bytes& out, uint32_t value) {
  Put16(out, value >> 16), Put16(out, value & 0xFFFF);
}
void PutText(Bytes& out, std::string_view text) {
  out.insert(out.end(), text.begin(), text.end());
}

// Puts segments after a JPEG's start of image.
Bytes WithSegment(Bytes jpeg, uint8_t marker, const Bytes& body) {
  Bytes segment{0xFF, marker};
  Put16(segment, unsigned(body.size() + 2));
  segment.insert(segment.end(), body.begin(), body.end());
  jpeg.insert(jpeg.begin() + 2, segment.begin(), segment.end());
  return jpeg;
}

struct Tag {
  uint16_t tag, type;
  uint32_t count;
  Bytes data;  // big-endian
};

// A directory at `offset` of a big-endian TIFF structure, its long values behind it.
Bytes Directory(const std::vector<Tag>& tags, uint32_t offset) {
  Bytes head, tail;
  Put16(head, unsigned(tags.size()));
  const uint32_t values = offset + 2 + 12 * uint32_t(tags.size()) + 4;
  for (const Tag& tag : tags) {
    Put16(head, tag.tag), Put16(head, tag.type), Put32(head, tag.count);
    if (tag.data.size() <= 4) {
      Bytes slot = tag.data;
      slot.resize(4);
      head.insert(head.end(), slot.begin(), slot.end());
    } else {
      Put32(head, values + uint32_t(tail.size()));
      tail.insert(tail.end(), tag.data.begin(), tag.data.end());
    }
  }
  Put32(head, 0);
  head.insert(head.end(), tail.begin(), tail.end());
  return head;
}

Bytes Words(std::string_view text) {
  Bytes out;
  PutText(out, text);
  out.push_back(0);
  return out;
}
Tag Text(uint16_t tag, std::string_view text) {
  return {tag, 2, uint32_t(text.size() + 1), Words(text)};
}
Tag Short(uint16_t tag, unsigned value) {
  Bytes data;
  Put16(data, value);
  return {tag, 3, 1, data};
}
Tag Long(uint16_t tag, uint32_t value) {
  Bytes data;
  Put32(data, value);
  return {tag, 4, 1, data};
}
Bytes ExifBlock(const std::vector<Tag>& main, const std::vector<Tag>& exif = {}, const std::vector<Tag>& gps = {}) {
  Bytes out;
  PutText(out, "MM");
  Put16(out, 42), Put32(out, 8);
  std::vector<Tag> tags = main;
  const Bytes without_links = Directory(tags, 8);
  const uint32_t exif_at = 8 + uint32_t(without_links.size()) + 24;
  const Bytes exif_directory = Directory(exif, exif_at);
  const uint32_t gps_at = exif_at + uint32_t(exif_directory.size());
  tags.push_back(Long(0x8769, exif_at));
  tags.push_back(Long(0x8825, gps_at));
  for (const Bytes& part : {Directory(tags, 8), exif_directory, Directory(gps, gps_at)}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

Bytes ExifSegment(const Bytes& block) {
  Bytes out;
  PutText(out, std::string_view("Exif\0\0", 6));
  out.insert(out.end(), block.begin(), block.end());
  return out;
}

TEST(Codec, JpegComesBackNearAndPngExactly) {
  for (int channels : {1, 3}) {
    const image::Bitmap scene = Scene(97, 61, channels);
    const auto jpeg = Decode(EncodeJpeg(scene, 95).value(), {});
    ASSERT_TRUE(jpeg.has_value());
    EXPECT_LE(Difference(jpeg->bitmap, scene), 2.5);
    EXPECT_EQ(jpeg->info.jpeg_quality, 95);
    EXPECT_EQ(jpeg->info.format, Format::kJpeg);
  }
  for (int channels : {1, 3, 4}) {
    const image::Bitmap scene = Scene(97, 61, channels);
    const auto png = Decode(EncodePng(scene).value(), {});
    ASSERT_TRUE(png.has_value());
    EXPECT_EQ(png->bitmap.channels, channels);
    EXPECT_EQ(png->bitmap.pixels, scene.pixels);
    EXPECT_EQ(png->info.has_alpha, channels == 4);
  }
}

TEST(Codec, AlphaThatHidesNothingIsDropped) {
  image::Bitmap scene = Scene(8, 8, 4);
  for (size_t i = 3; i < scene.pixels.size(); i += 4) scene.pixels[i] = 255;
  const auto decoded = Decode(EncodePng(scene).value(), {});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->bitmap.channels, 3);
  EXPECT_FALSE(decoded->info.has_alpha);
}

TEST(Codec, JpegOfAlphaIsLaidOnWhite) {
  image::Bitmap clear(16, 16, 4);
  const auto decoded = Decode(EncodeJpeg(clear, 90).value(), {});
  ASSERT_TRUE(decoded);
  EXPECT_GE(decoded->bitmap.pixels[0], 254);
}

TEST(Codec, QualityIsEstimatedForEveryQuality) {
  const image::Bitmap scene = Scene(16, 16, 3);
  for (int quality = 1; quality <= 100; ++quality) {
    const auto info = ReadHeader(EncodeJpeg(scene, quality).value(), {});
    ASSERT_TRUE(info);
    EXPECT_EQ(info->jpeg_quality, quality);
  }
}

TEST(Codec, OrientationIsAppliedToPixelsAndSizes) {
  const image::Bitmap scene = Scene(64, 32, 3);
  const Bytes plain = EncodeJpeg(scene, 95).value();
  const image::Bitmap stored = Decode(plain, {})->bitmap;
  for (unsigned value = 0; value <= 9; ++value) {
    const Bytes jpeg = WithSegment(plain, 0xE1, ExifSegment(ExifBlock({Short(0x0112, value)})));
    const auto decoded = Decode(jpeg, {});
    ASSERT_TRUE(decoded);
    const auto orientation = image::OrientationFromExif(value);
    EXPECT_EQ(decoded->bitmap.pixels, image::Apply(orientation, stored).pixels) << value;
    EXPECT_EQ(decoded->info.width, image::SwapsSides(orientation) ? 32u : 64u) << value;
    EXPECT_EQ(ReadHeader(jpeg, {})->width, decoded->info.width) << value;
  }
}

TEST(Codec, MetadataBlocksAreReadInTheOrderOfTheirAuthority) {
  const std::string xmp_text =
      std::string("http://ns.adobe.com/xap/1.0/") + '\0' +
      "<r:RDF xmlns:r='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><r:Description "
      "xmlns:d='http://purl.org/dc/elements/1.1/'><d:description><r:Alt><r:li>from XMP</r:li></r:Alt></d:description>"
      "</r:Description></r:RDF>";
  Bytes xmp;
  PutText(xmp, xmp_text);
  Bytes jpeg = WithSegment(EncodeJpeg(Scene(16, 16, 3), 90).value(), 0xE1, xmp);
  jpeg = WithSegment(jpeg, 0xE1, ExifSegment(ExifBlock({Text(0x010E, "from EXIF"), Text(0x010F, "Maker")})));
  const auto decoded = Decode(jpeg, {});
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->metadata.camera_make, "Maker");
  EXPECT_EQ(decoded->metadata.description, "from XMP");
  DecodeOptions options;
  options.want_metadata = false;
  EXPECT_TRUE(Decode(jpeg, options)->metadata.camera_make.empty());
}

TEST(Codec, ScaledDecodeKeepsTheSideAskedFor) {
  const Bytes jpeg = EncodeJpeg(Scene(800, 401, 3), 90).value();
  const std::pair<uint32_t, int> rows[] = {{0, 401},   {401, 401}, {202, 401}, {201, 201},
                                           {101, 101}, {60, 101},  {51, 51},   {1, 51}};
  for (const auto& [side_min, height] : rows) {
    DecodeOptions options;
    options.side_min = side_min;
    const auto decoded = Decode(jpeg, options);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->bitmap.height, height) << side_min;
    EXPECT_EQ(decoded->info.height, 401u);
  }
}

TEST(Codec, LumaOnlyGivesOneChannelOfTheSamePicture) {
  const image::Bitmap scene = Scene(64, 48, 3);
  DecodeOptions options;
  options.luma_only = true;
  for (const Bytes& bytes :
       {EncodeJpeg(scene, 95).value(), EncodePng(scene).value(), EncodePng(Scene(9, 9, 1)).value()}) {
    const auto luma = Decode(bytes, options), full = Decode(bytes, {});
    ASSERT_TRUE(luma && full);
    EXPECT_LE(Difference(luma->bitmap, image::ToLuma(full->bitmap)), 1.5);
  }
}

TEST(Codec, TheTypeIsToldByTheBytesAndRefusalsNameIt) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"%PDF-1.7", "pdf"},
      {"<?xml version='1.0'?><!-- x --><svg xmlns='http://www.w3.org/2000/svg'/>", "svg"},
      {"  <html><body>", "html"},
      {"<!DOCTYPE html>", "html"},
      {"%!PS-Adobe", "postscript"},
      {"P6\n9 9\n255\n", "ppm"},
      {"#?RADIANCE\n", "radiance hdr"},
      {"#EXTM3U\n", "m3u playlist"},
      {"8BPS", "psd"},
      {"push graphic-context\n", "mvg"},
      {"PK\x03\x04", "zip"},
  };
  for (const auto& [bytes, what] : rows) {
    std::string_view named;
    EXPECT_EQ(Sniff(AsBytes(bytes), &named), Format::kUnknown);
    EXPECT_EQ(named, what);
    const auto decoded = Decode(AsBytes(bytes), {});
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, ErrorCode::kUnsupported);
    EXPECT_NE(decoded.error().message.find(what), std::string::npos);
  }
  EXPECT_EQ(Decode(AsBytes("just words"), {}).error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(Decode({}, {}).error().code, ErrorCode::kCorruption);
}

TEST(Codec, RubbishBeforeTheFirstSegmentIsSkippedWhereJfifFollows) {
  const Bytes jpeg = EncodeJpeg(Scene(16, 16, 3), 90).value();
  const auto with = [](Bytes file, size_t rubbish) {
    file.insert(file.begin() + 2, rubbish, uint8_t{0x20});
    return file;
  };
  EXPECT_EQ(Sniff(with(jpeg, 300)), Format::kJpeg);
  EXPECT_EQ(Decode(with(jpeg, 300), {}).value().bitmap.pixels, Decode(jpeg, {}).value().bitmap.pixels);
  EXPECT_EQ(Sniff(with(jpeg, 5000)), Format::kUnknown);
  Bytes other = jpeg;
  other[6] = 'j';
  EXPECT_EQ(Sniff(other), Format::kJpeg);
  EXPECT_EQ(Sniff(with(other, 1)), Format::kUnknown);
  EXPECT_EQ(Sniff(Bytes{0xFF, 0xD8}), Format::kUnknown);
  EXPECT_EQ(Sniff(Bytes{0xFF, 0xD8, 0x20, 0xFF}), Format::kUnknown);
}

TEST(Codec, AFormatThatIsOffSaysHowToTurnItOn) {
  EXPECT_FALSE(DefaultFormats().Has(Format::kHeic));
  EXPECT_FALSE(DefaultFormats().Has(Format::kAvif));
  EXPECT_FALSE(DefaultFormats().Has(Format::kJxl));
  if (!BuiltFormats().Has(Format::kHeic)) GTEST_SKIP() << "built without libheif";
  constexpr std::string_view kHeic(
      "\0\0\0\x18"
      "ftypheic\0\0\0\0mif1heic",
      24);
  const auto decoded = Decode(AsBytes(kHeic), {});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(decoded.error().hint.find("add heic to decode.formats"), std::string::npos);
}

TEST(Codec, NamesGoBothWays) {
  for (Format format : {Format::kJpeg, Format::kPng, Format::kWebp, Format::kGif, Format::kTiff, Format::kBmp,
                        Format::kHeic, Format::kAvif, Format::kJxl}) {
    EXPECT_EQ(FormatFromName(Name(format)), format);
    EXPECT_EQ(FormatFromName(Extension(format)), format);
    EXPECT_TRUE(MimeType(format).starts_with("image/"));
  }
  EXPECT_EQ(FormatFromName("nonsense"), Format::kUnknown);
}

TEST(Codec, EachLimitRefusesAndIsNamed) {
  const Bytes png = EncodePng(Scene(100, 50, 4)).value(), jpeg = EncodeJpeg(Scene(100, 50, 3), 90).value();
  const std::pair<std::function<void(Limits&)>, std::string> rows[] = {
      {[](Limits& limits) { limits.decode_pixels_max = 4999; }, "limits.decode_pixels_max"},
      {[](Limits& limits) { limits.decode_side_max = 99; }, "limits.decode_side_max"},
      {[](Limits& limits) { limits.decode_bytes_max = 14'999; }, "limits.decode_bytes_max"},
      {[](Limits& limits) { limits.file_bytes_max = 10; }, "limits.file_bytes_max"},
  };
  for (const auto& [change, name] : rows) {
    DecodeOptions options;
    change(options.limits);
    for (const Bytes& bytes : {png, jpeg}) {
      const auto decoded = Decode(bytes, options);
      ASSERT_FALSE(decoded) << name;
      EXPECT_EQ(decoded.error().code, ErrorCode::kLimitExceeded) << name;
      EXPECT_NE(decoded.error().hint.find(name), std::string::npos) << decoded.error().Text();
      EXPECT_FALSE(ReadHeader(bytes, options));
    }
  }
}

TEST(Codec, ATruncatedJpegIsSalvagedOnlyWhenHalfIsThere) {
  image::Bitmap noise(256, 256, 3);
  std::mt19937 random(5);
  for (uint8_t& sample : noise.pixels) sample = uint8_t(random());
  const Bytes whole = EncodeJpeg(noise, 90).value();
  EXPECT_FALSE(Decode(whole, {})->info.truncated);
  const auto most = Decode(ByteView(whole).first(whole.size() * 3 / 4), {});
  ASSERT_TRUE(most);
  EXPECT_TRUE(most->info.truncated);
  const auto little = Decode(ByteView(whole).first(whole.size() / 4), {});
  ASSERT_FALSE(little);
  EXPECT_EQ(little.error().code, ErrorCode::kCorruption);
}

TEST(Codec, CutAnywhereAFileIsAnsweredTheSameTwice) {
  for (const Bytes& whole : {EncodeJpeg(Scene(40, 40, 3), 80).value(), EncodePng(Scene(40, 40, 4)).value()}) {
    for (size_t size = 0; size < whole.size(); ++size) {
      const ByteView part = ByteView(whole).first(size);
      const auto once = Decode(part, {}), again = Decode(part, {});
      ASSERT_EQ(once.has_value(), again.has_value()) << size;
      if (once) {
        ASSERT_EQ(once->bitmap.pixels, again->bitmap.pixels) << size;
      }
    }
  }
}

// A BMP of 4x2 pixels, 24 bits, by hand.
Bytes SmallBmp(bool top_down) {
  Bytes out;
  const auto put = [&out](uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(uint8_t(value >> 8 * i));
  };
  PutText(out, "BM");
  put(54 + 24, 4), put(0, 4), put(54, 4), put(40, 4), put(4, 4), put(top_down ? uint32_t(-2) : 2, 4), put(1, 2);
  put(24, 2), put(0, 4), put(24, 4), put(0, 4), put(0, 4), put(0, 4), put(0, 4);
  for (int i = 0; i < 8; ++i) put(uint32_t(i * 10), 1), put(1, 1), put(2, 1);
  return out;
}

TEST(Codec, BmpRowsGoEitherWay) {
  const auto up = Decode(SmallBmp(false), {}), down = Decode(SmallBmp(true), {});
  ASSERT_TRUE(up && down);
  EXPECT_EQ(down->bitmap.pixels[2], 0);
  EXPECT_EQ(down->bitmap.pixels[0], 2);
  EXPECT_EQ(up->bitmap.pixels, image::Flip(down->bitmap).pixels);
}

TEST(Codec, GifLaysItsFirstFrameOnTheCanvas) {
  // 3x1 canvas; a frame of one pixel at x = 1, colour 1 of a table of two.
  Bytes gif;
  PutText(gif, "GIF89a");
  const uint8_t rest[] = {3, 0, 1, 0, 0x80, 0, 0, 9, 9, 9, 200,  100,  50, 0x2C, 1,
                          0, 0, 0, 1, 0,    1, 0, 0, 2, 2, 0x4C, 0x01, 0,  0x3B};
  gif.insert(gif.end(), std::begin(rest), std::end(rest));
  const auto decoded = Decode(gif, {});
  ASSERT_TRUE(decoded) << decoded.error().Text();
  EXPECT_EQ(decoded->bitmap.pixels, (std::vector<uint8_t>{0, 0, 0, 0, 200, 100, 50, 255, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace likeness::codec
