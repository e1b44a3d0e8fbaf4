// Every colour type and depth of PNG with and without a tRNS chunk, plain and interlaced. Files are written here with
// libpng; what they should show is worked out from the samples by the rules of the standard (PNG 2nd
// edition, 11.3.2, 13.12).
#include "codec/png.h"

#include <gtest/gtest.h>
#include <png.h>

#include <random>

#include "image/colour.h"

namespace likeness::codec {
namespace {

struct Kind {
  int colour_type, depth;
  bool transparency;
};

struct Picture {
  static constexpr int kWidth = 37, kHeight = 29;
  Kind kind;
  int channels;                   // as stored
  std::vector<unsigned> samples;  // kWidth * kHeight * channels
  std::vector<png_color> palette;
  std::vector<uint8_t> palette_alpha;  // one shorter than the palette
  std::vector<unsigned> clear;         // the sample values that tRNS names
};

Picture MakePicture(Kind kind) {
  constexpr int kChannels[] = {1, 0, 3, 1, 2, 0, 4};
  Picture out{kind, kChannels[kind.colour_type], {}, {}, {}, {}};
  std::mt19937 random(9);
  const unsigned max = (1u << kind.depth) - 1;
  const auto channels = size_t(out.channels);
  out.samples.resize(size_t(Picture::kWidth * Picture::kHeight) * channels);
  for (unsigned& sample : out.samples) sample = unsigned(random()) & max;
  out.clear.assign(out.samples.begin() + 5, out.samples.begin() + 5 + out.channels);
  for (size_t i = 0; i < out.samples.size(); i += 4 * channels) {
    // Every fourth pixel is the clear colour, every eighth but for the last bit.
    for (size_t c = 0; c < channels; ++c) out.samples[i + c] = out.clear[c] ^ (i / channels % 8 == 4 ? 1u : 0u);
  }
  if (kind.colour_type == PNG_COLOR_TYPE_PALETTE) {
    for (unsigned i = 0; i <= max; ++i) {
      out.palette.push_back({png_byte(random()), png_byte(random()), png_byte(random())});
      if (i > 0) out.palette_alpha.push_back(uint8_t(random()));
    }
  }
  return out;
}

Bytes Packed(const Picture& picture, int y) {
  Bytes row;
  const size_t length = size_t(Picture::kWidth * picture.channels);
  const int depth = picture.kind.depth;
  for (size_t i = 0; i < length; ++i) {
    const unsigned sample = picture.samples[size_t(y) * length + i];
    if (depth == 16) row.push_back(uint8_t(sample >> 8));
    if (depth < 8 && i * size_t(depth) % 8 != 0) {
      row.back() |= uint8_t(sample << (8 - depth - int(i * size_t(depth) % 8)));
    } else {
      row.push_back(uint8_t(depth < 8 ? sample << (8 - depth) : sample));
    }
  }
  return row;
}

Bytes Written(const Picture& picture, bool interlaced, int filters = PNG_ALL_FILTERS) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &out,
      [](png_structp self, png_bytep data, size_t size) {
        auto& to = *static_cast<Bytes*>(png_get_io_ptr(self));
        to.insert(to.end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, Picture::kWidth, Picture::kHeight, picture.kind.depth, picture.kind.colour_type,
               interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  if (!picture.palette.empty()) png_set_PLTE(png, info, picture.palette.data(), int(picture.palette.size()));
  if (picture.kind.transparency) {
    const auto at = [&picture](size_t c) { return png_uint_16(picture.clear[c % picture.clear.size()]); };
    const png_color_16 clear{0, at(0), at(1), at(2), at(0)};
    png_set_tRNS(png, info, picture.palette.empty() ? nullptr : picture.palette_alpha.data(),
                 int(picture.palette_alpha.size()), picture.palette.empty() ? &clear : nullptr);
  }
  png_set_filter(png, 0, filters);
  png_write_info(png, info);
  const int passes = interlaced ? png_set_interlace_handling(png) : 1;
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < Picture::kHeight; ++y) png_write_row(png, Packed(picture, y).data());
  }
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return out;
}

// Red, green, blue and alpha of each pixel.
std::vector<uint8_t> Shown(const Picture& picture) {
  std::vector<uint8_t> out;
  const unsigned max = (1u << picture.kind.depth) - 1;
  const auto to_byte = [max](unsigned sample) { return uint8_t((sample * 255 * 2 + max) / (2 * max)); };
  for (auto at = picture.samples.begin(); at != picture.samples.end(); at += picture.channels) {
    const bool is_clear = picture.kind.transparency && std::equal(picture.clear.begin(), picture.clear.end(), at);
    uint8_t alpha = is_clear ? 0 : 255;
    if (!picture.palette.empty()) {
      const png_color colour = picture.palette[*at];
      alpha = picture.kind.transparency && *at < picture.palette_alpha.size() ? picture.palette_alpha[*at] : 255;
      out.insert(out.end(), {colour.red, colour.green, colour.blue, alpha});
      continue;
    }
    if (picture.channels % 2 == 0) alpha = to_byte(at[picture.channels - 1]);
    const int green = picture.channels >= 3 ? 1 : 0;
    out.insert(out.end(), {to_byte(at[0]), to_byte(at[green]), to_byte(at[2 * green]), alpha});
  }
  return out;
}

TEST(Png, EveryKindShowsWhatTheStandardSays) {
  constexpr Kind kKinds[] = {
      {0, 1, false}, {0, 2, false}, {0, 4, false},  {0, 8, false}, {0, 16, false}, {0, 1, true}, {0, 2, true},
      {0, 4, true},  {0, 8, true},  {0, 16, true},  {2, 8, false}, {2, 16, false}, {2, 8, true}, {2, 16, true},
      {3, 1, false}, {3, 2, false}, {3, 4, false},  {3, 8, false}, {3, 1, true},   {3, 2, true}, {3, 4, true},
      {3, 8, true},  {4, 8, false}, {4, 16, false}, {6, 8, false}, {6, 16, false},
  };
  for (const Kind& kind : kKinds) {
    for (const bool interlaced : {false, true}) {
      SCOPED_TRACE(testing::Message() << "colour type " << kind.colour_type << ", " << kind.depth << " bits"
                                      << (kind.transparency ? ", tRNS" : "") << (interlaced ? ", interlaced" : ""));
      const Picture picture = MakePicture(kind);
      const auto decoded = Decode(Written(picture, interlaced), {});
      ASSERT_TRUE(decoded) << decoded.error().Text();
      const bool alpha = kind.transparency || picture.channels % 2 == 0;
      const image::Bitmap& bitmap = decoded->bitmap;
      ASSERT_EQ(bitmap.channels, alpha ? 4 : kind.colour_type == 0 ? 1 : 3);
      EXPECT_EQ(decoded->info.has_alpha, alpha);
      EXPECT_EQ(decoded->info.progressive, interlaced);
      EXPECT_EQ(decoded->info.bits_per_sample, kind.depth);
      const std::vector<uint8_t> want = Shown(picture);
      const image::Bitmap rgb = alpha ? bitmap : image::ToRgb(bitmap);
      for (size_t i = 0; i < want.size(); ++i) {
        const size_t pixel = i / 4, c = i % 4;
        if (c == 3 && !alpha) continue;
        ASSERT_EQ(rgb.pixels[pixel * size_t(rgb.channels) + c], want[i]) << "pixel " << pixel << ", channel " << c;
      }
    }
  }
}

// The fast way and libpng's are the same pictures: what the fast one refuses, for a damaged checksum, libpng decides.
TEST(Png, EveryFilterAndADamagedChecksum) {
  for (const Kind& kind : {Kind{0, 8, false}, Kind{2, 8, false}, Kind{6, 8, false}})
    for (const int filters : {PNG_FILTER_NONE, PNG_FILTER_SUB, PNG_FILTER_UP, PNG_FILTER_AVG, PNG_FILTER_PAETH}) {
      SCOPED_TRACE(testing::Message() << "colour type " << kind.colour_type << ", filter " << filters);
      const Picture picture = MakePicture(kind);
      Bytes file = Written(picture, false, filters);
      const auto decoded = Decode(file, {});
      ASSERT_TRUE(decoded) << decoded.error().Text();
      const std::vector<uint8_t> want = Shown(picture);
      EXPECT_EQ(image::ToRgba(decoded->bitmap).pixels, want);
      file[file.size() - 16] ^= 1;  // the checksum of the data, before the end chunk
      EXPECT_FALSE(Decode(file, {}));
    }
}

}  // namespace
}  // namespace likeness::codec
