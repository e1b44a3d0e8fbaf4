#include "codec/format_table.h"

#include <array>
#include <cstring>

#include "codec/jpeg.h"
#include "codec/png.h"

namespace likeness::codec {

namespace {

bool Has(ByteView bytes, size_t offset, std::string_view magic) {
  return bytes.size() >= offset + magic.size() && std::memcmp(bytes.data() + offset, magic.data(), magic.size()) == 0;
}

bool SniffJpeg(ByteView b) {
  return Has(b, 0, "\xFF\xD8\xFF");
}
bool SniffPng(ByteView b) {
  return Has(b, 0, "\x89PNG\r\n\x1A\n");
}

constexpr std::array kTable = {
    FormatRow{Format::kJpeg, "jpeg", "image/jpeg", "jpg", true, SniffJpeg, ReadJpegHeader, DecodeJpeg},
    FormatRow{Format::kPng, "png", "image/png", "png", true, SniffPng, ReadPngHeader, DecodePng},
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
