#include "codec/tiff.h"

#include <fmt/format.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

namespace likeness::codec {

namespace {

// The file in memory, as libtiff's callbacks see it, and libtiff's first complaint.
struct Source {
  ByteView bytes;
  uint64_t at = 0;
  std::array<char, 160> message{};

  static tmsize_t Read(thandle_t handle, void* to, tmsize_t size) {
    auto& self = *static_cast<Source*>(handle);
    if (self.at >= self.bytes.size() || size <= 0) return 0;
    const size_t count = std::min<size_t>(size_t(size), self.bytes.size() - size_t(self.at));
    std::memcpy(to, self.bytes.data() + self.at, count);
    self.at += count;
    return tmsize_t(count);
  }
  static tmsize_t Write(thandle_t, void*, tmsize_t) { return -1; }
  static toff_t Seek(thandle_t handle, toff_t offset, int whence) {
    auto& self = *static_cast<Source*>(handle);
    if (whence == SEEK_SET) self.at = offset;
    if (whence == SEEK_CUR) self.at += offset;
    if (whence == SEEK_END) self.at = self.bytes.size() + offset;
    return self.at;
  }
  static int Close(thandle_t) { return 0; }
  static toff_t Size(thandle_t handle) { return static_cast<Source*>(handle)->bytes.size(); }
  static int Complain(TIFF*, void* user, const char*, const char* format, va_list arguments) {
    auto& self = *static_cast<Source*>(user);
    if (self.message[0] == 0) std::vsnprintf(self.message.data(), self.message.size(), format, arguments);
    return 1;
  }
};

using Tiff = std::unique_ptr<TIFF, decltype(&TIFFClose)>;

Tiff Open(Source& source, const Limits& limits) {
  const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(TIFFOpenOptionsAlloc(),
                                                                                 TIFFOpenOptionsFree);
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), tmsize_t(limits.decode_bytes_max));
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), Source::Complain, &source);
  TIFFOpenOptionsSetWarningHandlerExtR(
      options.get(), [](TIFF*, void*, const char*, const char*, va_list) { return 1; }, nullptr);
  // 'm': no mapping, all access goes through the checked Read.
  return Tiff(TIFFClientOpenExt("picture", "rm", &source, Source::Read, Source::Write, Source::Seek, Source::Close,
                                Source::Size, nullptr, nullptr, options.get()),
              TIFFClose);
}

struct Layout {
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1, planar = PLANARCONFIG_CONTIG, photometric = 0, sample_format = SAMPLEFORMAT_UINT;
  uint16_t compression = COMPRESSION_NONE, extra = 0;  // of the first extra sample
  int colours = 0;                                     // samples of colour
  bool tiled = false;

  bool has_alpha() const { return colours != 4 && samples > colours && extra != EXTRASAMPLE_UNSPECIFIED; }
};

Layout ReadLayout(TIFF* tiff) {
  Layout layout;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout.compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.sample_format);
  if (!TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric)) layout.photometric = PHOTOMETRIC_RGB;
  uint16_t count = 0;
  const uint16_t* extras = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_EXTRASAMPLES, &count, &extras) && count > 0 && extras != nullptr) {
    layout.extra = extras[0];
  }
  layout.tiled = TIFFIsTiled(tiff) != 0;
  switch (layout.photometric) {
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_MINISWHITE:
      layout.colours = 1;
      break;
    case PHOTOMETRIC_RGB:
      layout.colours = 3;
      break;
    case PHOTOMETRIC_SEPARATED:
      layout.colours = 4;
      break;
    default:
      break;
  }
  return layout;
}

// The kinds that are read sample by sample, without libtiff's own conversion.
bool IsDirect(const Layout& layout) {
  return (layout.bits == 8 || layout.bits == 16) && layout.colours > 0 && layout.samples >= layout.colours &&
         layout.compression != COMPRESSION_OJPEG;
}

// Spreads `count` pixels of a row of the file, or of one of its planes, over a row of `to_samples` channels. `plane` is
// the channel of a separate plane, -1 when all samples stand together.
void CopyRow(const uint8_t* in, const Layout& layout, int plane, uint32_t count, uint8_t* out, int channels) {
  const int step = plane >= 0 ? 1 : layout.samples;
  const int first = plane >= 0 ? plane : 0, last = plane >= 0 ? plane + 1 : std::min<int>(channels, layout.samples);
  for (int c = first; c < last && c < channels; ++c) {
    const int at = plane >= 0 ? 0 : c;
    if (layout.bits == 8) {
      for (uint32_t x = 0; x < count; ++x) out[size_t{x} * channels + c] = in[size_t{x} * step + at];
    } else {
      for (uint32_t x = 0; x < count; ++x) {
        uint16_t value;
        std::memcpy(&value, in + 2 * (size_t{x} * step + at), 2);
        out[size_t{x} * channels + c] = uint8_t((value * 255u + 32895u) >> 16);
      }
    }
  }
}

// Rows of strips. False when less than half could be read; `truncated` when not all.
bool ReadStrips(TIFF* tiff, const Layout& layout, image::Bitmap& raw, bool& truncated) {
  std::vector<uint8_t> line(size_t(std::max<tmsize_t>(TIFFScanlineSize(tiff), 0)));
  const bool separate = layout.planar == PLANARCONFIG_SEPARATE;
  const int planes = separate ? std::min<int>(raw.channels, layout.samples) : 1;
  const size_t needed = size_t{layout.width} * (layout.bits / 8) * (separate ? 1 : layout.samples);
  if (line.size() < needed) return false;
  for (int plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; ++y) {
      if (TIFFReadScanline(tiff, line.data(), y, uint16_t(plane)) < 0) {
        truncated = true;
        if (separate || y * 2 < layout.height) return false;
        return true;
      }
      CopyRow(line.data(), layout, separate ? plane : -1, layout.width, raw.row(int(y)), raw.channels);
    }
  }
  return true;
}

bool ReadTiles(TIFF* tiff, const Layout& layout, image::Bitmap& raw) {
  uint32_t tile_width = 0, tile_height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &tile_width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &tile_height);
  const bool separate = layout.planar == PLANARCONFIG_SEPARATE;
  const int planes = separate ? std::min<int>(raw.channels, layout.samples) : 1;
  const size_t pixel_bytes = size_t{layout.bits} / 8 * (separate ? 1 : layout.samples);
  std::vector<uint8_t> tile(size_t(std::max<tmsize_t>(TIFFTileSize(tiff), 0)));
  if (tile_width == 0 || tile_height == 0 || tile.size() < size_t{tile_width} * tile_height * pixel_bytes) return false;
  for (int plane = 0; plane < planes; ++plane) {
    for (uint32_t y = 0; y < layout.height; y += tile_height) {
      for (uint32_t x = 0; x < layout.width; x += tile_width) {
        if (TIFFReadTile(tiff, tile.data(), x, y, 0, uint16_t(plane)) < 0) return false;
        const uint32_t columns = std::min(tile_width, layout.width - x),
                       rows = std::min(tile_height, layout.height - y);
        for (uint32_t i = 0; i < rows; ++i) {
          CopyRow(tile.data() + size_t{i} * tile_width * pixel_bytes, layout, separate ? plane : -1, columns,
                  raw.row(int(y + i)) + size_t{x} * size_t(raw.channels), raw.channels);
        }
      }
    }
  }
  return true;
}

// Premultiplied RGBA back to straight alpha.
void Unpremultiply(image::Bitmap& bitmap) {
  for (size_t i = 0; i + 3 < bitmap.pixels.size(); i += 4) {
    const unsigned alpha = bitmap.pixels[i + 3];
    if (alpha == 255 || alpha == 0) continue;
    for (size_t c = 0; c < 3; ++c) {
      bitmap.pixels[i + c] = uint8_t(std::min(255u, (bitmap.pixels[i + c] * 255u + alpha / 2) / alpha));
    }
  }
}

// Grey with alpha has no bitmap of its own: R, G, B, A.
image::Bitmap GreyAlphaToRgba(const image::Bitmap& raw) {
  image::Bitmap out(raw.width, raw.height, 4);
  const size_t count = size_t(raw.width) * size_t(raw.height);
  for (size_t i = 0; i < count; ++i) {
    uint8_t* to = &out.pixels[4 * i];
    to[0] = to[1] = to[2] = raw.pixels[2 * i];
    to[3] = raw.pixels[2 * i + 1];
  }
  return out;
}

Result<Pixels> ReadDirect(TIFF* tiff, const Layout& layout, const Source& source) {
  Pixels out;
  const int channels = layout.colours + (layout.has_alpha() ? 1 : 0);
  image::Bitmap raw(int(layout.width), int(layout.height), channels);
  const bool read = layout.tiled ? ReadTiles(tiff, layout, raw) : ReadStrips(tiff, layout, raw, out.truncated);
  if (!read) return Corrupt(fmt::format("the TIFF data is damaged: {}", source.message.data()));
  if (layout.photometric == PHOTOMETRIC_MINISWHITE) {
    for (size_t i = 0; i < raw.pixels.size(); i += size_t(channels)) raw.pixels[i] = uint8_t(255 - raw.pixels[i]);
  }
  out.bitmap = channels == 2 ? GreyAlphaToRgba(raw) : std::move(raw);
  out.cmyk = layout.colours == 4;
  if (layout.has_alpha() && layout.extra == EXTRASAMPLE_ASSOCALPHA) Unpremultiply(out.bitmap);
  return out;
}

Result<Pixels> ReadConverted(TIFF* tiff, const Layout& layout, const Source& source) {
  char message[1024] = {};
  if (!TIFFRGBAImageOK(tiff, message)) {
    return Fail(ErrorCode::kUnsupported, fmt::format("this kind of TIFF is not taken: {}", message));
  }
  uint16_t orientation = ORIENTATION_TOPLEFT;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &orientation);
  Pixels out;
  out.bitmap = image::Bitmap(int(layout.width), int(layout.height), 4);
  // Asked for the stored orientation, libtiff leaves the rows as they are. Its words are A, B, G, R from the top bit:
  // R, G, B, A in memory.
  auto* raster = reinterpret_cast<uint32_t*>(out.bitmap.pixels.data());
  if (!TIFFReadRGBAImageOriented(tiff, layout.width, layout.height, raster, orientation, 1)) {
    return Corrupt(fmt::format("the TIFF data is damaged: {}", source.message.data()));
  }
  Unpremultiply(out.bitmap);
  return out;
}

}  // namespace

Result<Pixels> DecodeTiff(ByteView bytes, const Header& header, const DecodeOptions& options) {
  Source source{bytes};
  const Tiff tiff = Open(source, options.limits);
  if (tiff == nullptr) return Corrupt(fmt::format("the TIFF structure is damaged: {}", source.message.data()));
  const Layout layout = ReadLayout(tiff.get());
  if (layout.width != header.info.width || layout.height != header.info.height) {
    return Corrupt("the directory holds two sizes that disagree");
  }
  if (layout.sample_format != SAMPLEFORMAT_UINT && layout.sample_format != SAMPLEFORMAT_VOID) {
    return Fail(ErrorCode::kUnsupported, "TIFF with signed or floating-point samples is not taken");
  }
  return IsDirect(layout) ? ReadDirect(tiff.get(), layout, source) : ReadConverted(tiff.get(), layout, source);
}

}  // namespace likeness::codec
