#include "codec/format_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "codec/big_endian.h"
#include "codec/bmp.h"
#include "codec/gif.h"
#include "codec/heif.h"
#include "codec/jpeg.h"
#include "codec/jxl.h"
#include "codec/png.h"
#include "codec/tiff.h"
#include "codec/webp.h"

#if LIKENESS_HAVE_HEIF
#define LK_HEIF ReadHeifHeader, DecodeHeif
#else
#define LK_HEIF nullptr, nullptr
#endif
#if LIKENESS_HAVE_JXL
#define LK_JXL ReadJxlHeader, DecodeJxl
#else
#define LK_JXL nullptr, nullptr
#endif

namespace likeness::codec {

namespace {

using namespace std::literals;

bool Has(ByteView bytes, size_t offset, std::string_view magic) {
  return bytes.size() >= offset + magic.size() && std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

// Decoders skip rubbish before the first segment. Two bytes alone are little: then that segment must be a JFIF or Exif
// one, not far away.
bool SniffJpeg(ByteView b) {
  if (!Has(b, 0, "\xFF\xD8")) return false;
  if (Has(b, 2, "\xFF")) return true;
  constexpr size_t kRubbishBytesMax = 4096;
  size_t at = 2;
  while (at < kRubbishBytesMax && at < b.size() && b[at] != 0xFF) ++at;
  while (Has(b, at, "\xFF\xFF")) ++at;
  return (Has(b, at, "\xFF\xE0") && Has(b, at + 4, "JFIF\0"sv)) ||
         (Has(b, at, "\xFF\xE1") && Has(b, at + 4, "Exif\0"sv));
}
bool SniffPng(ByteView b) {
  return Has(b, 0, "\x89PNG\r\n\x1A\n");
}
bool SniffWebp(ByteView b) {
  return Has(b, 0, "RIFF") && Has(b, 8, "WEBP");
}
bool SniffGif(ByteView b) {
  return Has(b, 0, "GIF87a") || Has(b, 0, "GIF89a");
}
bool SniffTiff(ByteView b) {
  return Has(b, 0, "II*\0"sv) || Has(b, 0, "MM\0*"sv) || Has(b, 0, "II+\0"sv) || Has(b, 0, "MM\0+"sv);
}
// Two letters are little: the sizes of the headers must make sense too.
bool SniffBmp(ByteView b) {
  return Has(b, 0, "BM") && b.size() >= 18 && b[15] == 0 && b[16] == 0 && b[17] == 0;
}
bool SniffJxl(ByteView b) {
  return Has(b, 0, "\xFF\x0A") || Has(b, 0, "\0\0\0\x0CJXL \r\n\x87\n"sv);
}

// The major brand, and where it says only "image", the compatible ones (ISO/IEC 23008-12 10).
bool HasBrand(ByteView b, std::initializer_list<std::string_view> brands) {
  if (!Has(b, 4, "ftyp") || b.size() < 16) return false;
  for (const std::string_view brand : brands) {
    if (Has(b, 8, brand)) return true;
  }
  if (!Has(b, 8, "mif1") && !Has(b, 8, "msf1") && !Has(b, 8, "miaf")) return false;
  const size_t end = std::min<size_t>({b.size(), Be32(b.data()), 256});
  for (size_t at = 16; at + 4 <= end; at += 4) {
    for (const std::string_view brand : brands) {
      if (Has(b, at, brand)) return true;
    }
  }
  return false;
}
bool SniffAvif(ByteView b) {
  return HasBrand(b, {"avif", "avis"});
}
bool SniffHeic(ByteView b) {
  return HasBrand(b, {"heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs"}) ||
         (HasBrand(b, {"mif1", "msf1", "miaf"}) && !SniffAvif(b));
}

constexpr std::array kTable = {
    FormatRow{Format::kJpeg, "jpeg", "image/jpeg", "jpg", true, SniffJpeg, ReadJpegHeader, DecodeJpeg},
    FormatRow{Format::kPng, "png", "image/png", "png", true, SniffPng, ReadPngHeader, DecodePng},
    FormatRow{Format::kWebp, "webp", "image/webp", "webp", true, SniffWebp, ReadWebpHeader, DecodeWebp},
    FormatRow{Format::kGif, "gif", "image/gif", "gif", true, SniffGif, ReadGifHeader, DecodeGif},
    FormatRow{Format::kTiff, "tiff", "image/tiff", "tif", true, SniffTiff, ReadTiffHeader, DecodeTiff},
    FormatRow{Format::kBmp, "bmp", "image/bmp", "bmp", true, SniffBmp, ReadBmpHeader, DecodeBmp},
    FormatRow{Format::kAvif, "avif", "image/avif", "avif", false, SniffAvif, LK_HEIF},
    FormatRow{Format::kHeic, "heic", "image/heic", "heic", false, SniffHeic, LK_HEIF},
    FormatRow{Format::kJxl, "jxl", "image/jxl", "jxl", false, SniffJxl, LK_JXL},
};

}  // namespace

std::span<const FormatRow> FormatTable() {
  return kTable;
}

const FormatRow* FindFormat(Format format) {
  for (const FormatRow& row : kTable) {
    if (row.format == format) return &row;
  }
  return nullptr;
}

}  // namespace likeness::codec
