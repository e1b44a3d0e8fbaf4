#include "codec/strip.h"

#include <fmt/format.h>
#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "codec/big_endian.h"
#include "codec/decode.h"
#include "codec/picture.h"

namespace likeness::codec {
namespace {

using namespace std::literals;

void Append(Bytes& to, ByteView bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void AppendBe32(Bytes& to, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(static_cast<uint8_t>(value >> shift));
}

void AppendLe32(Bytes& to, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<uint8_t>(value >> shift));
}

// A TIFF structure of one directory with one tag.
Bytes OrientationBlock(uint8_t orientation) {
  return {'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0};
}

// Of what to keep as much as the picture needs: frames, tables and scans (T.81, table B.1), density without a preview
// (JFIF), colour profile, colour transform. Nothing of the rest.
ByteView KeptOfSegment(uint8_t marker, ByteView body) {
  constexpr size_t kJfifBytes = 14;
  if (marker == 0xE0 && body.size() >= kJfifBytes && AsText(body).starts_with("JFIF\0"sv))
    return body.first(kJfifBytes);
  const bool kept = marker == 0xE2   ? AsText(body).starts_with("ICC_PROFILE\0"sv)
                    : marker == 0xEE ? AsText(body).starts_with("Adobe"sv)
                                     : marker >= 0xC0 && marker <= 0xDF && marker != 0xC8;
  return kept ? body : ByteView();
}

// Where the coded data of a scan ends: at a marker that is neither a stuffed byte nor a restart.
size_t EndOfScan(ByteView file, size_t at) {
  while (at + 1 < file.size()) {
    const uint8_t* found = std::find(file.data() + at, file.data() + file.size() - 1, 0xFF);
    at = static_cast<size_t>(found - file.data());
    if (at + 1 >= file.size()) break;
    const uint8_t next = file[at + 1];
    if (next != 0x00 && next != 0xFF && !(next >= 0xD0 && next <= 0xD7)) return at;
    at += next == 0xFF ? 1 : 2;
  }
  return file.size();
}

Result<Bytes> StripJpeg(ByteView file, uint8_t orientation) {
  Bytes out = {0xFF, 0xD8};
  out.reserve(file.size());
  bool oriented = orientation <= 1;
  const auto put_orientation = [&] {
    const Bytes block = OrientationBlock(orientation);
    out.insert(out.end(), {0xFF, 0xE1, 0, static_cast<uint8_t>(2 + 6 + block.size()), 'E', 'x', 'i', 'f', 0, 0});
    Append(out, block);
    oriented = true;
  };
  size_t at = 2;
  while (true) {
    while (at < file.size() && file[at] != 0xFF) ++at;
    while (at < file.size() && file[at] == 0xFF) ++at;
    // A file that was cut short shows what it has.
    if (at >= file.size()) break;
    const uint8_t marker = file[at++];
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
    if (marker == 0xD9) break;
    if (file.size() - at < 2) break;
    const size_t length = Be16(&file[at]);
    if (length < 2 || length > file.size() - at) return Corrupt("a segment runs past the end of the file");
    if (const ByteView kept = KeptOfSegment(marker, file.subspan(at + 2, length - 2)); !kept.empty()) {
      // JFIF has to be the first.
      if (!oriented && marker != 0xE0) put_orientation();
      const size_t kept_length = kept.size() + 2;
      out.insert(out.end(), {0xFF, marker, static_cast<uint8_t>(kept_length >> 8), static_cast<uint8_t>(kept_length)});
      Append(out, kept);
      if (marker == 0xE0) std::fill(out.end() - 2, out.end(), uint8_t{0});  // the preview's sides
    }
    at += length;
    if (marker != 0xDA) continue;
    const size_t end = EndOfScan(file, at);
    Append(out, file.subspan(at, end - at));
    at = end;
  }
  out.push_back(0xFF);
  out.push_back(0xD9);
  return out;
}

Result<Bytes> StripPng(ByteView file, uint8_t orientation) {
  constexpr std::array kKept = {"IHDR"sv, "PLTE"sv, "IDAT"sv, "IEND"sv, "tRNS"sv, "gAMA"sv, "cHRM"sv,
                                "sRGB"sv, "iCCP"sv, "sBIT"sv, "pHYs"sv, "bKGD"sv, "hIST"sv, "cICP"sv,
                                "mDCV"sv, "cLLI"sv, "acTL"sv, "fcTL"sv, "fdAT"sv};
  constexpr size_t kSignatureBytes = 8, kFrameBytes = 12;
  Bytes out(file.begin(), file.begin() + kSignatureBytes);
  out.reserve(file.size());
  for (size_t at = kSignatureBytes; file.size() - at >= kFrameBytes;) {
    const size_t length = Be32(&file[at]);
    if (length > file.size() - at - kFrameBytes) return Corrupt("the file ends inside a chunk");
    const std::string_view type = AsText(file.subspan(at + 4, 4));
    if (std::ranges::find(kKept, type) != kKept.end()) Append(out, file.subspan(at, length + kFrameBytes));
    at += length + kFrameBytes;
    if (type == "IEND") return out;
    if (type != "IHDR" || orientation <= 1) continue;
    Bytes block = {'e', 'X', 'I', 'f'};
    Append(block, OrientationBlock(orientation));
    AppendBe32(out, static_cast<uint32_t>(block.size() - 4));
    Append(out, block);
    AppendBe32(out, libdeflate_crc32(0, block.data(), block.size()));
  }
  return out;
}

Result<Bytes> StripWebp(ByteView file, uint8_t orientation) {
  constexpr std::array kKept = {"VP8 "sv, "VP8L"sv, "VP8X"sv, "ALPH"sv, "ANIM"sv, "ANMF"sv, "ICCP"sv};
  constexpr uint8_t kHasExif = 0x08, kHasXmp = 0x04;
  constexpr size_t kRiffHeaderBytes = 12, kChunkHeaderBytes = 8;
  Bytes out(file.begin(), file.begin() + kRiffHeaderBytes);
  out.reserve(file.size());
  const uint64_t end = uint64_t{Le32(&file[4])} + 8;
  bool extended = false;
  for (ByteView rest = file.first(std::min<uint64_t>(end, file.size())).subspan(kRiffHeaderBytes);
       rest.size() >= kChunkHeaderBytes;) {
    const std::string_view type = AsText(rest.first(4));
    const size_t size = Le32(&rest[4]);
    if (size > rest.size() - kChunkHeaderBytes) return Corrupt("a chunk runs past the end of the file");
    const size_t whole = std::min(rest.size(), kChunkHeaderBytes + size + (size & 1));
    if (std::ranges::find(kKept, type) != kKept.end()) {
      const size_t at = out.size();
      Append(out, rest.first(whole));
      if (type == "VP8X" && size > 0) {
        extended = true;
        uint8_t& flags = out[at + kChunkHeaderBytes];
        flags = static_cast<uint8_t>((flags & ~(kHasExif | kHasXmp)) | (orientation > 1 ? kHasExif : 0));
      }
    }
    rest = rest.subspan(whole);
  }
  if (extended && orientation > 1) {
    const Bytes block = OrientationBlock(orientation);
    Append(out, AsBytes("EXIF"));
    AppendLe32(out, static_cast<uint32_t>(block.size()));
    Append(out, block);
  }
  const auto riff = static_cast<uint32_t>(out.size() - 8);
  for (size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<uint8_t>(riff >> (8 * i));
  return out;
}

}  // namespace

Result<Bytes> StripMetadata(ByteView file, const Limits& limits) {
  // The header's own checks come first: the signatures and first chunks are there.
  DecodeOptions options;
  options.limits = limits;
  options.formats = BuiltFormats();
  LK_ASSIGN(const ImageInfo info, ReadHeader(file, options));
  switch (info.format) {
    case Format::kJpeg:
      return StripJpeg(file, info.orientation);
    case Format::kPng:
      return StripPng(file, info.orientation);
    case Format::kWebp:
      return StripWebp(file, info.orientation);
    default:
      return Fail(ErrorCode::kUnsupported,
                  fmt::format("what a file says besides its picture cannot be left out of {}", Name(info.format)));
  }
}

}  // namespace likeness::codec
