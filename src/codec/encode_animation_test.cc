#include "codec/encode_animation.h"

#include <gtest/gtest.h>
#include <webp/demux.h>

#include <array>
#include <memory>

#include "codec/decode.h"
#include "image/colour.h"

namespace likeness::codec {
namespace {

constexpr int kWidth = 20, kHeight = 12;

// A red picture with a square that is blue in the first frame, and green or nothing in the second.
std::array<image::Bitmap, 2> Frames(bool through) {
  std::array<image::Bitmap, 2> frames = {image::Bitmap(kWidth, kHeight, 4), image::Bitmap(kWidth, kHeight, 4)};
  for (size_t i = 0; i < 2; ++i)
    for (int y = 0; y < kHeight; ++y)
      for (int x = 0; x < kWidth; ++x) {
        const bool inside = x >= 5 && x < 9 && y >= 3 && y < 8;
        const std::array<uint8_t, 4> square = i == 0    ? std::array<uint8_t, 4>{0, 0, 255, 255}
                                              : through ? std::array<uint8_t, 4>{0, 0, 0, 0}
                                                        : std::array<uint8_t, 4>{0, 200, 0, 255};
        const std::array<uint8_t, 4> colour = inside ? square : std::array<uint8_t, 4>{250, 10, 20, 255};
        std::copy(colour.begin(), colour.end(), frames[i].row(y) + 4 * x);
      }
  return frames;
}

TEST(EncodeAnimation, WebpHasTheFramesForEver) {
  for (const bool through : {false, true}) {
    const auto frames = Frames(through);
    const Result<Bytes> file = EncodeWebpAnimation(frames, 600);
    ASSERT_TRUE(file);
    const WebPData data{file->data(), file->size()};
    const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(WebPAnimDecoderNew(&data, nullptr),
                                                                                     WebPAnimDecoderDelete);
    WebPAnimInfo info;
    ASSERT_TRUE(WebPAnimDecoderGetInfo(decoder.get(), &info));
    EXPECT_EQ(info.frame_count, 2u);
    EXPECT_EQ(info.loop_count, 0u);
    for (size_t i = 0; i < 2; ++i) {
      uint8_t* pixels = nullptr;
      int until_ms = 0;
      ASSERT_TRUE(WebPAnimDecoderGetNext(decoder.get(), &pixels, &until_ms));
      EXPECT_EQ(until_ms, 600 * int(i + 1));
      EXPECT_EQ(std::vector<uint8_t>(pixels, pixels + frames[i].pixels.size()), frames[i].pixels) << i;
    }
  }
}

// The parts of a GIF: where its head ends, and where each frame begins.
struct GifParts {
  size_t head = 0;
  std::vector<size_t> frames;
  std::vector<int> delays;
  int loops = -1;
  bool clears = false;  // a frame clears what it drew
};

GifParts PartsOf(const Bytes& gif) {
  GifParts parts;
  size_t at = 13 + (size_t{3} << ((gif[10] & 7) + 1));
  parts.head = at;
  size_t frame_at = 0;
  while (at < gif.size() && gif[at] != 0x3B) {
    const bool picture = gif[at] == 0x2C;
    if (gif[at] == 0x21 && gif[at + 1] == 0xFF) parts.loops = gif[at + 16] | gif[at + 17] << 8;
    if (gif[at] == 0x21 && gif[at + 1] == 0xF9) {
      frame_at = at;
      parts.delays.push_back(gif[at + 4] | gif[at + 5] << 8);
      parts.clears |= (gif[at + 3] >> 2 & 7) == 2;
    }
    if (picture) parts.frames.push_back(frame_at);
    at += picture ? 11 : 2;
    while (gif[at] != 0) at += 1 + size_t(gif[at]);
    ++at;
  }
  return parts;
}

DecodeOptions InColourAndAlpha() {
  DecodeOptions options;
  options.rgba = true;
  return options;
}

TEST(EncodeAnimation, GifHasTheFramesForEver) {
  for (const bool through : {false, true}) {
    const auto frames = Frames(through);
    const Result<Bytes> file = EncodeGifAnimation(frames, 600);
    ASSERT_TRUE(file);
    const GifParts parts = PartsOf(*file);
    ASSERT_EQ(parts.frames.size(), 2u);
    EXPECT_EQ(parts.delays, (std::vector<int>{60, 60}));
    EXPECT_EQ(parts.loops, 0);
    EXPECT_EQ(parts.clears, through);
    const auto first = Decode(*file, InColourAndAlpha());
    ASSERT_TRUE(first);
    EXPECT_EQ(first->bitmap.pixels, frames[0].pixels);
    // The second frame by itself, where it draws nothing over the first.
    Bytes second(file->begin(), file->begin() + std::ptrdiff_t(parts.head));
    second.insert(second.end(), file->begin() + std::ptrdiff_t(parts.frames[1]), file->end());
    const auto decoded = Decode(second, InColourAndAlpha());
    ASSERT_TRUE(decoded);
    image::Bitmap shown = through ? image::Bitmap(kWidth, kHeight, 4) : frames[0];
    for (size_t i = 0; i < shown.pixels.size(); i += 4)
      if (decoded->bitmap.pixels[i + 3] != 0) std::copy_n(&decoded->bitmap.pixels[i], 4, &shown.pixels[i]);
    EXPECT_EQ(shown.pixels, frames[1].pixels);
  }
}

TEST(EncodeAnimation, TwoEqualFramesShowThePicture) {
  const auto frames = Frames(false);
  const std::array<image::Bitmap, 2> same = {frames[0], frames[0]};
  EXPECT_TRUE(Decode(*EncodeGifAnimation(same, 600), {}));
  const auto webp = Decode(*EncodeWebpAnimation(same, 600), InColourAndAlpha());
  ASSERT_TRUE(webp);
  EXPECT_EQ(webp->bitmap.pixels, frames[0].pixels);
}

TEST(EncodeAnimation, RefusesWhatAFormatCannotHold) {
  const std::array<image::Bitmap, 1> wide = {image::Bitmap(16384, 1, 4)}, wider = {image::Bitmap(65536, 1, 4)};
  EXPECT_EQ(EncodeWebpAnimation(wide, 600).error().code, ErrorCode::kInvalidArgument);
  EXPECT_TRUE(EncodeGifAnimation(wide, 600));
  EXPECT_EQ(EncodeGifAnimation(wider, 600).error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace likeness::codec
