#include "codec/jpeg_points.h"

#include <gtest/gtest.h>
#include <jpeglib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "codec/decode.h"
#include "codec/encode.h"

namespace likeness::codec {
namespace {

// Grey, so that luma is what Decode delivers.
image::Bitmap GreyScene(int width, int height, unsigned seed) {
  image::Bitmap bitmap(width, height, 1);
  std::mt19937 random(seed);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      bitmap.row(y)[x] = static_cast<uint8_t>(((x * 3 + y * 5) / 7 % 200) + static_cast<int>(random() % 40));
  }
  return bitmap;
}

std::vector<int> Spread(int length, int count) {
  std::vector<int> out;
  for (int i = 0; i < count; ++i) out.push_back(static_cast<int>(int64_t{i} * (length - 1) / (count - 1)));
  return out;
}

TEST(JpegPoints, EqualTheFullDecodeWithinRounding) {
  struct Row {
    int width, height, quality;
  };
  const Row rows[] = {{64, 64, 90}, {65, 63, 90},    {8, 8, 75},    {7, 9, 75},
                      {1, 1, 90},   {500, 300, 100}, {500, 300, 5}, {1023, 17, 85}};
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << row.width << "x" << row.height << " q" << row.quality);
    Bytes file = EncodeJpeg(GreyScene(row.width, row.height, 3), row.quality).value();
    auto size = JpegPointsSize(file, {});
    ASSERT_TRUE(size) << size.error().Text();
    EXPECT_EQ(*size, (image::Size{row.width, row.height}));
    auto whole = Decode(file, {});
    ASSERT_TRUE(whole);
    const int channels = whole->bitmap.channels;
    auto xs = Spread(row.width, 40), ys = Spread(row.height, 40);
    auto points = DecodeJpegPoints(file, {}, xs, ys);
    ASSERT_TRUE(points) << points.error().Text();
    for (int j = 0; j < 40; ++j) {
      for (int i = 0; i < 40; ++i)
        ASSERT_NEAR(points->row(j)[i], whole->bitmap.row(ys[j])[xs[i] * channels], 1) << xs[i] << "," << ys[j];
    }
  }
}

// Noisy colours, luma sampled h x v times as densely as they, with restart markers every `restart` units (0: none).
Bytes ColourFile(int width, int height, int h, int v, unsigned restart, bool optimised) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = JDIMENSION(width), jpeg.image_height = JDIMENSION(height);
  jpeg.input_components = 3, jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg.comp_info[0].h_samp_factor = h, jpeg.comp_info[0].v_samp_factor = v;
  jpeg.restart_interval = restart;
  jpeg.optimize_coding = optimised;
  jpeg_start_compress(&jpeg, TRUE);
  std::mt19937 random(13);
  Bytes row(size_t(width) * 3);
  for (int y = 0; y < height; ++y) {
    for (size_t i = 0; i < row.size(); ++i) row[i] = uint8_t((i * 2 + size_t(y) * 3) % 190 + random() % 60);
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&jpeg, rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  Bytes out(data, data + size);
  std::free(data);
  return out;
}

TEST(JpegPoints, LumaOfColourFilesOfEverySampling) {
  struct Row {
    int h, v;
    unsigned restart;
    bool optimised;
  };
  const Row rows[] = {{1, 1, 0, false}, {2, 2, 0, false}, {2, 1, 0, true}, {1, 2, 5, false},
                      {4, 1, 0, false}, {2, 2, 1, true},  {1, 1, 7, true}};
  for (const Row& row : rows) {
    SCOPED_TRACE(testing::Message() << row.h << "x" << row.v << ", restart " << row.restart);
    const Bytes file = ColourFile(203, 149, row.h, row.v, row.restart, row.optimised);
    DecodeOptions options;
    options.luma_only = true;
    const auto whole = Decode(file, options);
    ASSERT_TRUE(whole);
    const auto xs = Spread(203, 31), ys = Spread(149, 17);
    const auto points = DecodeJpegPoints(file, {}, xs, ys);
    ASSERT_TRUE(points) << points.error().Text();
    for (int j = 0; j < 17; ++j) {
      for (int i = 0; i < 31; ++i) ASSERT_NEAR(points->row(j)[i], whole->bitmap.row(ys[j])[xs[i]], 1) << i << ',' << j;
    }
  }
}

TEST(JpegPoints, AFloodOfHuffmanTablesIsLeftToTheFullDecoder) {
  Bytes file = EncodeJpeg(GreyScene(64, 64, 1), 80).value();
  // A table of one code of one bit, in its own segment.
  Bytes segment{0xFF, 0xC4, 0, 20, 0x13, 1};
  segment.resize(22);
  for (int i = 0; i < 65; ++i) file.insert(file.begin() + 2, segment.begin(), segment.end());
  const auto size = JpegPointsSize(file, {});
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, ErrorCode::kUnsupported);
  EXPECT_TRUE(Decode(file, {}));
}

TEST(JpegPoints, CutFilesAreCorruption) {
  Bytes file = EncodeJpeg(GreyScene(200, 150, 5), 80).value();
  auto xs = Spread(200, 16), ys = Spread(150, 16);
  for (size_t size = 0; size + 2 < file.size(); size += 37) {
    auto points = DecodeJpegPoints(ByteView(file).first(size), {}, xs, ys);
    // The last bytes hold only the bottom rows' ends; everything shorter must be refused.
    if (size < file.size() * 9 / 10) {
      EXPECT_FALSE(points) << size;
    }
  }
}

TEST(JpegPoints, DamageIsRefusedOrDecodedButNeverFatal) {
  const Bytes file = EncodeJpeg(GreyScene(160, 120, 7), 70).value();
  auto xs = Spread(160, 16), ys = Spread(120, 16);
  std::mt19937 random(11);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    Bytes bad = file;
    for (int flips = 0; flips < 3; ++flips) bad[random() % bad.size()] = static_cast<uint8_t>(random());
    auto size = JpegPointsSize(bad, {});
    if (!size || *size != image::Size{160, 120}) {
      ++refused;
      continue;
    }
    refused += !DecodeJpegPoints(bad, {}, xs, ys).has_value();
  }
  EXPECT_GT(refused, 100);
}

TEST(JpegPoints, LimitsHold) {
  Limits limits;
  limits.decode_pixels_max = 1000;
  auto size = JpegPointsSize(EncodeJpeg(GreyScene(100, 100, 1), 80).value(), limits);
  ASSERT_FALSE(size);
  EXPECT_EQ(size.error().code, ErrorCode::kLimitExceeded);
}

}  // namespace
}  // namespace likeness::codec
