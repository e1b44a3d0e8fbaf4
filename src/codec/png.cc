#include "codec/png.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstring>
#include <optional>
#include <vector>

#include "codec/big_endian.h"
#include "codec/inflate.h"
#include "codec/png_whole.h"

namespace likeness::codec {

namespace {

using namespace std::literals;

constexpr size_t kSignatureBytes = 8;

struct Chunk {
  std::string_view type;
  ByteView body;
  ByteView whole;  // with length and checksum
};

struct Walk {
  Header header;
  std::vector<ByteView> kept;  // what libpng is shown, in the order of the file
  uint8_t colour_type = 0, depth = 0;
  bool has_transparency_chunk = false;
  uint64_t data_bytes = 0;
};

Result<Chunk> NextChunk(ByteView bytes, size_t at) {
  if (bytes.size() - at < 12) return Corrupt("the file ends inside a chunk");
  const size_t length = Be32(&bytes[at]);
  const std::string_view type = AsText(bytes.subspan(at + 4, 4));
  if (length > bytes.size() - at - 12) {
    return Corrupt(fmt::format("the file ends inside a chunk of {} bytes", length));
  }
  return Chunk{type, bytes.subspan(at + 8, length), bytes.subspan(at, length + 12)};
}

Status TakeStart(ByteView body, Walk& walk) {
  if (body.size() != 13) return Corrupt("the header chunk has a wrong length");
  ImageInfo& info = walk.header.info;
  info.width = Be32(&body[0]);
  info.height = Be32(&body[4]);
  walk.depth = body[8];
  walk.colour_type = body[9];
  constexpr uint32_t kSideMax = 0x7FFFFFFF;
  if (info.width == 0 || info.height == 0 || info.width > kSideMax || info.height > kSideMax) {
    return Corrupt(fmt::format("the size {}x{} is not allowed", info.width, info.height));
  }
  const bool low = walk.depth == 1 || walk.depth == 2 || walk.depth == 4, full = walk.depth == 8 || walk.depth == 16;
  const bool valid = walk.colour_type == 0 ? low || full
                     : walk.colour_type == 3
                         ? low || walk.depth == 8
                         : full && (walk.colour_type == 2 || walk.colour_type == 4 || walk.colour_type == 6);
  if (!valid) return Corrupt(fmt::format("colour type {} with {} bits a sample", walk.colour_type, walk.depth));
  if (body[10] != 0 || body[11] != 0 || body[12] > 1) return Corrupt("compression, filter or interlace is unknown");
  info.progressive = body[12] == 1;
  info.bits_per_sample = walk.depth;
  info.grey = walk.colour_type == 0 || walk.colour_type == 4;
  info.has_alpha = walk.colour_type == 4 || walk.colour_type == 6;
  return {};
}

// iTXt: keyword, 0, compressed?, method, language, 0, translated keyword, 0, text. Only the XMP packet is of interest.
void TakeInternationalText(ByteView body, const Limits& limits, Header& header) {
  constexpr auto kKeyword = "XML:com.adobe.xmp\0"sv;
  if (!AsText(body).starts_with(kKeyword) || !header.xmp.empty()) return;
  ByteView rest = body.subspan(kKeyword.size());
  if (rest.size() < 2) return;
  const bool compressed = rest[0] == 1;
  rest = rest.subspan(2);
  for (int i = 0; i < 2; ++i) {
    const auto end = std::find(rest.begin(), rest.end(), uint8_t{0});
    if (end == rest.end()) return;
    rest = rest.subspan(size_t(end - rest.begin()) + 1);
  }
  if (compressed) {
    header.xmp = Inflate(rest, limits.xmp_bytes_max);
  } else if (rest.size() <= limits.xmp_bytes_max) {
    header.xmp.assign(rest.begin(), rest.end());
  }
}

// iCCP: name of 1 to 79 bytes, 0, method 0, zlib stream.
void TakeProfile(ByteView body, const Limits& limits, Header& header) {
  const auto end = std::find(body.begin(), body.end(), uint8_t{0});
  const size_t name = size_t(end - body.begin());
  if (!header.icc.empty() || end == body.end() || name > 79 || body.size() < name + 2 || body[name + 1] != 0) return;
  header.icc = Inflate(body.subspan(name + 2), limits.icc_bytes_max);
}

// Chunks of one possible length only: another one means a damaged or forged file.
bool HasRightLength(const Chunk& chunk) {
  constexpr std::pair<std::string_view, size_t> kLengths[] = {
      {"gAMA", 4}, {"cHRM", 32}, {"sRGB", 1}, {"pHYs", 9}, {"tIME", 7}};
  for (const auto& [type, length] : kLengths) {
    if (chunk.type == type) return chunk.body.size() == length;
  }
  return true;
}

void TakeAncillary(const Chunk& chunk, const Limits& limits, Walk& walk, uint32_t& texts) {
  Header& header = walk.header;
  if (chunk.body.size() > limits.png_chunk_bytes_max) return;
  if (chunk.type == "eXIf") {
    if (header.exif.empty() && chunk.body.size() <= limits.exif_bytes_max) {
      header.exif.assign(chunk.body.begin(), chunk.body.end());
    }
  } else if (chunk.type == "iCCP") {
    TakeProfile(chunk.body, limits, header);
  } else if (chunk.type == "iTXt" && ++texts <= limits.png_text_chunks_max) {
    TakeInternationalText(chunk.body, limits, header);
  } else if (chunk.type == "acTL" && chunk.body.size() == 8) {
    header.info.frames = std::max<uint32_t>(1, Be32(&chunk.body[0]));
  }
}

Result<Walk> WalkChunks(ByteView bytes, const Limits& limits) {
  Walk walk;
  uint32_t texts = 0;
  bool ended = false;
  for (size_t at = kSignatureBytes; at < bytes.size() && !ended;) {
    LK_ASSIGN(const Chunk chunk, NextChunk(bytes, at));
    at += chunk.whole.size();
    const bool first = walk.kept.empty();
    if (first != (chunk.type == "IHDR")) return Corrupt(first ? "the header chunk is missing" : "two header chunks");
    if (first) {
      LK_TRY(TakeStart(chunk.body, walk));
    } else if (chunk.type == "IDAT") {
      walk.data_bytes += chunk.body.size();
    } else if (chunk.type == "IEND") {
      ended = true;
    } else if (chunk.type == "tRNS") {
      if (chunk.body.size() > 256) continue;
      walk.has_transparency_chunk = true;
    } else if (chunk.type == "PLTE") {
      if (chunk.body.size() > 768) return Corrupt("the palette has more than 256 colours");
      // A suggested palette of a true-colour picture is not needed.
      if (walk.colour_type != 3) continue;
    } else {
      if (!HasRightLength(chunk)) {
        return Corrupt(fmt::format("a {} chunk has {} bytes", chunk.type, chunk.body.size()));
      }
      TakeAncillary(chunk, limits, walk, texts);
      continue;
    }
    walk.kept.push_back(chunk.whole);
  }
  if (walk.kept.empty()) return Corrupt("the header chunk is missing");
  return walk;
}

// Feeds libpng the kept chunks and remembers its last message. See JpegDecoder for the rule on longjmp.
struct PngReader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::vector<ByteView> parts;
  size_t part = 0, at = 0;
  std::array<char, 128> message{};

  ~PngReader() { png_destroy_read_struct(&png, &info, nullptr); }

  static void Read(png_structp png, png_bytep to, size_t size) {
    auto& self = *static_cast<PngReader*>(png_get_io_ptr(png));
    while (size > 0) {
      if (self.part == self.parts.size()) png_error(png, "the file ends too soon");
      const ByteView rest = self.parts[self.part].subspan(self.at);
      const size_t step = std::min(size, rest.size());
      std::memcpy(to, rest.data(), step);
      to += step, size -= step, self.at += step;
      if (self.at == self.parts[self.part].size()) ++self.part, self.at = 0;
    }
  }

  static void Leave(png_structp png, png_const_charp text) {
    auto& self = *static_cast<PngReader*>(png_get_error_ptr(png));
    std::strncpy(self.message.data(), text, self.message.size() - 1);
    png_longjmp(png, 1);
  }
};

bool StartPng(PngReader& reader, const Limits& limits) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  png_set_read_fn(reader.png, &reader, PngReader::Read);
  png_set_user_limits(reader.png, uint32_t(std::min<uint64_t>(limits.decode_side_max, PNG_UINT_31_MAX)),
                      uint32_t(std::min<uint64_t>(limits.decode_side_max, PNG_UINT_31_MAX)));
  png_set_chunk_malloc_max(reader.png, limits.png_chunk_bytes_max);
  png_set_chunk_cache_max(reader.png, limits.png_text_chunks_max);
  png_set_crc_action(reader.png, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
  png_read_info(reader.png, reader.info);
  png_set_scale_16(reader.png);
  png_set_expand(reader.png);
  const png_byte kind = png_get_color_type(reader.png, reader.info);
  const bool alpha = (kind & PNG_COLOR_MASK_ALPHA) != 0 || png_get_valid(reader.png, reader.info, PNG_INFO_tRNS) != 0;
  if (kind == PNG_COLOR_TYPE_GRAY_ALPHA || (kind == PNG_COLOR_TYPE_GRAY && alpha)) png_set_gray_to_rgb(reader.png);
  png_set_interlace_handling(reader.png);
  png_read_update_info(reader.png, reader.info);
  return true;
}

bool ReadPngRows(PngReader& reader, image::Bitmap& bitmap, int passes) {
  if (setjmp(png_jmpbuf(reader.png))) return false;
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < bitmap.height; ++y) png_read_row(reader.png, bitmap.row(y), nullptr);
  }
  return true;
}

bool IsSound(ByteView chunk) {
  const ByteView covered = chunk.subspan(4, chunk.size() - 8);
  return PngChecksum(covered) == Be32(&chunk[chunk.size() - 4]);
}

// The pixels at once where that is possible; nothing where libpng has to look.
std::optional<Pixels> DecodeCommon(const Walk& walk, const Header& header, const DecodeOptions& options) {
  const int in = walk.colour_type == 2 ? 3 : walk.colour_type == 6 ? 4 : 0;
  if (in == 0 || walk.depth != 8 || header.info.progressive || walk.has_transparency_chunk ||
      header.decoded_bytes > kPngWholeBytesMax)
    return {};
  std::vector<ByteView> data;
  for (const ByteView chunk : walk.kept) {
    if (!IsSound(chunk)) return {};
    if (AsText(chunk.subspan(4, 4)) == "IDAT") data.push_back(chunk.subspan(8, chunk.size() - 12));
  }
  if (data.empty()) return {};
  const image::Size size{int(header.info.width), int(header.info.height)};
  Pixels pixels;
  // Whether translucent pixels are what they claim is not known before they are looked at.
  uint8_t* room = in == 3 ? RoomFor(header, size, options) : nullptr;
  if (room != nullptr) {
    pixels.in_room = true;
    if (!DecodePngWhole(data, size, in, 4, room)) return {};
    return pixels;
  }
  const int out = options.rgba ? 4 : in;
  pixels.bitmap = image::Bitmap(size.width, size.height, out);
  pixels.filled = in < out;
  if (!DecodePngWhole(data, size, in, out, pixels.bitmap.pixels.data())) return {};
  return pixels;
}

}  // namespace

Result<Header> ReadPngHeader(ByteView bytes, const Limits& limits) {
  LK_ASSIGN(Walk walk, WalkChunks(bytes, limits));
  const ImageInfo& info = walk.header.info;
  const uint64_t channels = walk.colour_type == 2 ? 3 : walk.colour_type == 4 ? 2 : walk.colour_type == 6 ? 4 : 1;
  // Sides are below 2^31; a product over 2^63 is refused by its sides before anybody looks at the bytes.
  const uint64_t pixels = uint64_t{info.width} * info.height;
  if (info.width <= limits.decode_side_max && info.height <= limits.decode_side_max) {
    const uint64_t out_channels = channels == 1 && !walk.has_transparency_chunk && walk.colour_type == 0 ? 1
                                  : info.has_alpha || walk.has_transparency_chunk                        ? 4
                                                                                                         : 3;
    walk.header.decoded_bytes = std::max(pixels * channels * walk.depth / 8, pixels * out_channels);
    const uint64_t raw_bytes = (uint64_t{info.width} * channels * walk.depth + 7) / 8 * info.height;
    if (pixels <= limits.decode_pixels_max && walk.data_bytes * kDeflateGrowthMax + 64 < raw_bytes) {
      return Corrupt(fmt::format("the file is cut short: {} bytes of data cannot hold {}x{} pixels", walk.data_bytes,
                                 info.width, info.height));
    }
  }
  return std::move(walk.header);
}

Result<Pixels> DecodePng(ByteView bytes, const Header& header, const DecodeOptions& options) {
  LK_ASSIGN(Walk walk, WalkChunks(bytes, options.limits));
  if (std::optional<Pixels> pixels = DecodeCommon(walk, header, options)) return std::move(*pixels);
  PngReader reader;
  reader.parts = std::move(walk.kept);
  reader.parts.insert(reader.parts.begin(), bytes.first(kSignatureBytes));
  reader.png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &reader, PngReader::Leave, [](png_structp, png_const_charp) {});
  if (reader.png == nullptr) throw std::bad_alloc();
  reader.info = png_create_info_struct(reader.png);
  if (reader.info == nullptr) throw std::bad_alloc();
  const auto damaged = [&] { return Corrupt(fmt::format("the PNG data is damaged: {}", reader.message.data())); };
  if (!StartPng(reader, options.limits)) return damaged();
  const int channels = png_get_channels(reader.png, reader.info);
  if (png_get_image_width(reader.png, reader.info) != header.info.width ||
      png_get_image_height(reader.png, reader.info) != header.info.height ||
      png_get_rowbytes(reader.png, reader.info) != size_t{header.info.width} * size_t(channels)) {
    return Fail(ErrorCode::kInternal, "libpng and the own header walk disagree");
  }
  Pixels out;
  out.bitmap = image::Bitmap(int(header.info.width), int(header.info.height), channels);
  if (!ReadPngRows(reader, out.bitmap, header.info.progressive ? 7 : 1)) return damaged();
  return out;
}

}  // namespace likeness::codec
