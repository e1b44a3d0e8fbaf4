#include "codec/bmp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "codec/big_endian.h"

namespace likeness::codec {

namespace {

constexpr size_t kFileHeaderBytes = 14;
enum Compression : uint32_t { kPlain = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

struct BmpLayout {
  uint32_t width = 0, height = 0;
  bool top_down = false;
  uint32_t bits = 0, compression = 0;
  std::array<uint32_t, 4> masks{};  // red, green, blue, alpha
  ByteView palette;
  size_t palette_step = 4;
  ByteView data;
  ByteView icc;

  uint64_t row_bytes() const { return (uint64_t{width} * bits + 31) / 32 * 4; }
};

Status ReadSizes(ByteView bytes, uint32_t header_bytes, BmpLayout& layout) {
  if (header_bytes == 12) {
    layout.width = Le16(&bytes[18]), layout.height = Le16(&bytes[20]), layout.bits = Le16(&bytes[24]);
    layout.palette_step = 3;
  } else {
    const int32_t width = int32_t(Le32(&bytes[18])), height = int32_t(Le32(&bytes[22]));
    if (width <= 0 || height == 0 || height == INT32_MIN) return Corrupt(fmt::format("the size {}x{}", width, height));
    layout.width = uint32_t(width), layout.height = uint32_t(height < 0 ? -height : height);
    layout.top_down = height < 0;
    layout.bits = Le16(&bytes[28]), layout.compression = Le32(&bytes[30]);
  }
  if (layout.width == 0 || layout.height == 0) return Corrupt("the picture has no pixels");
  return {};
}

Status CheckKind(const BmpLayout& layout) {
  switch (layout.compression) {
    case kPlain:
      for (const uint32_t bits : {1u, 2u, 4u, 8u, 16u, 24u, 32u}) {
        if (layout.bits == bits) return {};
      }
      break;
    case kRle8:
      if (layout.bits == 8 && !layout.top_down) return {};
      break;
    case kRle4:
      if (layout.bits == 4 && !layout.top_down) return {};
      break;
    case kBitFields:
    case kAlphaBitFields:
      if (layout.bits == 16 || layout.bits == 32) return {};
      break;
    default:
      return Fail(ErrorCode::kUnsupported, fmt::format("BMP compression {} is not taken", layout.compression));
  }
  return Corrupt(fmt::format("{} bits a pixel with compression {}", layout.bits, layout.compression));
}

// Contiguous bits, or nothing.
bool ValidMask(uint32_t mask) {
  if (mask == 0) return true;
  const uint32_t shifted = mask >> std::countr_zero(mask);
  return (shifted & (shifted + 1)) == 0;
}

Status ReadMasks(ByteView bytes, uint32_t header_bytes, BmpLayout& layout, size_t& after) {
  if (layout.compression == kPlain) {
    if (layout.bits == 16) layout.masks = {0x7C00, 0x03E0, 0x001F, 0};
    if (layout.bits == 32) layout.masks = {0xFF0000, 0xFF00, 0xFF, 0};
    return {};
  }
  if (layout.compression != kBitFields && layout.compression != kAlphaBitFields) return {};
  const size_t at = kFileHeaderBytes + 40;
  size_t count = layout.compression == kAlphaBitFields || header_bytes >= 56 ? 4 : 3;
  if (header_bytes < 52) after += 4 * count;
  if (bytes.size() < at + 4 * count) return Corrupt("the file ends inside its colour masks");
  for (size_t i = 0; i < count; ++i) {
    layout.masks[i] = Le32(&bytes[at + 4 * i]);
    if (!ValidMask(layout.masks[i])) return Corrupt(fmt::format("the colour mask {:08x}", layout.masks[i]));
  }
  return {};
}

Result<BmpLayout> ReadLayout(ByteView bytes) {
  if (bytes.size() < kFileHeaderBytes + 12) return Corrupt("the file is cut short");
  const uint32_t header_bytes = Le32(&bytes[14]);
  if (header_bytes != 12 && (header_bytes < 40 || header_bytes > 256)) {
    return Corrupt(fmt::format("a header of {} bytes", header_bytes));
  }
  size_t after = kFileHeaderBytes + header_bytes;
  if (bytes.size() < after) return Corrupt("the file ends inside its header");
  BmpLayout layout;
  LK_TRY(ReadSizes(bytes, header_bytes, layout));
  LK_TRY(CheckKind(layout));
  LK_TRY(ReadMasks(bytes, header_bytes, layout, after));
  if (layout.bits <= 8) {
    const uint32_t possible = 1u << layout.bits, used = header_bytes == 12 ? 0 : Le32(&bytes[46]);
    if (used > possible) return Corrupt(fmt::format("{} palette colours with {} bits a pixel", used, layout.bits));
    const size_t wanted = size_t(used == 0 ? possible : used) * layout.palette_step;
    if (after > bytes.size()) return Corrupt("the file ends before its palette");
    layout.palette = bytes.subspan(after, std::min(wanted, bytes.size() - after));
  }
  const size_t offset = Le32(&bytes[10]);
  if (offset < kFileHeaderBytes + header_bytes || offset > bytes.size())
    return Corrupt("the pixels lie outside the file");
  layout.data = bytes.subspan(offset);
  // V5: the profile's offset counts from the header.
  if (header_bytes >= 124 && AsText(bytes.subspan(70, 4)) == "DEBM") {
    const uint64_t at = uint64_t{Le32(&bytes[126])} + kFileHeaderBytes, size = Le32(&bytes[130]);
    if (at <= bytes.size() && size <= bytes.size() - at) layout.icc = bytes.subspan(size_t(at), size_t(size));
  }
  return layout;
}

using Palette = std::array<std::array<uint8_t, 3>, 256>;

Palette MakePalette(const BmpLayout& layout) {
  Palette out{};
  for (size_t i = 0; i < 256 && (i + 1) * layout.palette_step <= layout.palette.size(); ++i) {
    const uint8_t* at = &layout.palette[i * layout.palette_step];
    out[i] = {at[2], at[1], at[0]};
  }
  return out;
}

// A sample of any width to 8 bits.
struct Field {
  uint32_t mask = 0;
  int shift = 0;
  uint32_t max = 0;
  explicit Field(uint32_t m) : mask(m), shift(m == 0 ? 0 : std::countr_zero(m)), max(m >> shift) {}
  uint8_t Get(uint32_t pixel) const {
    return max == 0 ? 0 : uint8_t((uint64_t{(pixel & mask) >> shift} * 255 + max / 2) / max);
  }
};

void UnpackIndexed(const uint8_t* in, const BmpLayout& layout, const Palette& palette, uint8_t* out) {
  const uint32_t bits = layout.bits, mask = (1u << bits) - 1;
  for (uint32_t x = 0; x < layout.width; ++x, out += 3) {
    const uint64_t bit = uint64_t{x} * bits;
    const uint32_t index = uint32_t{in[bit / 8]} >> (8 - bits - bit % 8) & mask;
    std::copy_n(palette[index].begin(), 3, out);
  }
}

void UnpackFields(const uint8_t* in, const BmpLayout& layout, int channels, uint8_t* out) {
  const Field fields[4] = {Field(layout.masks[0]), Field(layout.masks[1]), Field(layout.masks[2]),
                           Field(layout.masks[3])};
  for (uint32_t x = 0; x < layout.width; ++x, out += channels) {
    const uint32_t pixel = layout.bits == 16 ? Le16(in + 2 * size_t{x}) : Le32(in + 4 * size_t{x});
    for (int c = 0; c < channels; ++c) out[c] = fields[c].Get(pixel);
  }
}

// Rows in the order of the file; as many as there are bytes for.
uint32_t UnpackRows(const BmpLayout& layout, image::Bitmap& bitmap) {
  const Palette palette = MakePalette(layout);
  const uint64_t row_bytes = layout.row_bytes();
  const uint32_t rows = uint32_t(std::min<uint64_t>(layout.height, layout.data.size() / row_bytes));
  for (uint32_t i = 0; i < rows; ++i) {
    const uint8_t* in = layout.data.data() + i * row_bytes;
    uint8_t* out = bitmap.row(int(layout.top_down ? i : layout.height - 1 - i));
    if (layout.bits <= 8) {
      UnpackIndexed(in, layout, palette, out);
    } else if (layout.bits == 24) {
      for (uint32_t x = 0; x < layout.width; ++x, in += 3, out += 3) out[0] = in[2], out[1] = in[1], out[2] = in[0];
    } else {
      UnpackFields(in, layout, bitmap.channels, out);
    }
  }
  return rows;
}

// Run lengths, bottom row first. Returns how many rows were reached: all of them when the end is marked.
uint32_t UnpackRuns(const BmpLayout& layout, image::Bitmap& bitmap) {
  const Palette palette = MakePalette(layout);
  const ByteView in = layout.data;
  const bool nibbles = layout.compression == kRle4;
  for (int y = 0; y < bitmap.height; ++y) {  // what no run reaches has the first colour
    uint8_t* row = bitmap.row(y);
    for (int i = 0; i < bitmap.width; ++i) std::copy_n(palette[0].begin(), 3, row + size_t(i) * 3);
  }
  uint32_t x = 0, y = 0;
  const auto put = [&](uint8_t index) {
    if (x < layout.width && y < layout.height) {
      std::copy_n(palette[index].begin(), 3, bitmap.row(int(layout.height - 1 - y)) + size_t{x} * 3);
    }
    ++x;
  };
  for (size_t at = 0; at + 2 <= in.size() && y < layout.height;) {
    const uint8_t count = in[at], value = in[at + 1];
    at += 2;
    if (count > 0) {
      for (uint32_t i = 0; i < count; ++i) put(!nibbles ? value : i % 2 == 0 ? value >> 4 : value & 15);
    } else if (value == 0) {
      x = 0, ++y;
    } else if (value == 1) {
      return layout.height;
    } else if (value == 2) {
      if (in.size() - at < 2) break;
      x += in[at], y += in[at + 1];
      at += 2;
    } else {
      const size_t bytes = nibbles ? (size_t{value} + 1) / 2 : value;
      if (in.size() - at < bytes) break;
      for (uint32_t i = 0; i < value; ++i) {
        put(!nibbles ? in[at + i] : i % 2 == 0 ? in[at + i / 2] >> 4 : in[at + i / 2] & 15);
      }
      at += bytes + (bytes & 1);
    }
  }
  return std::min(y, layout.height);
}

bool Runs(const BmpLayout& layout) {
  return layout.compression == kRle8 || layout.compression == kRle4;
}

}  // namespace

Result<Header> ReadBmpHeader(ByteView bytes, const Limits& limits) {
  LK_ASSIGN(const BmpLayout layout, ReadLayout(bytes));
  LK_TRY(CheckCanvas(layout.width, layout.height, limits));
  Header header;
  header.info.width = layout.width;
  header.info.height = layout.height;
  header.info.has_alpha = layout.masks[3] != 0;
  header.decoded_bytes = uint64_t{layout.width} * layout.height * (header.info.has_alpha ? 4 : 3);
  if (!Runs(layout) && layout.data.size() < layout.row_bytes() * layout.height / 2) {
    return Corrupt("the file is cut short: less than half of the picture is there");
  }
  if (layout.icc.size() <= limits.icc_bytes_max) header.icc.assign(layout.icc.begin(), layout.icc.end());
  return header;
}

Result<Pixels> DecodeBmp(ByteView bytes, const Header& header, const DecodeOptions&) {
  LK_ASSIGN(const BmpLayout layout, ReadLayout(bytes));
  Pixels out;
  out.bitmap = image::Bitmap(int(layout.width), int(layout.height), header.info.has_alpha ? 4 : 3);
  const uint32_t rows = Runs(layout) ? UnpackRuns(layout, out.bitmap) : UnpackRows(layout, out.bitmap);
  if (uint64_t{rows} * 2 < layout.height) {
    return Corrupt("the file is cut short: less than half of the picture is there");
  }
  out.truncated = rows < layout.height;
  if (out.bitmap.channels == 4) {
    // Many programs write the mask and leave the alpha at nought.
    bool any = false;
    for (size_t i = 3; i < out.bitmap.pixels.size() && !any; i += 4) any = out.bitmap.pixels[i] != 0;
    for (size_t i = 3; i < out.bitmap.pixels.size() && !any; i += 4) out.bitmap.pixels[i] = 255;
  }
  return out;
}

}  // namespace likeness::codec
