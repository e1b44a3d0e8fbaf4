#include "codec/webp.h"

#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <new>

#include "codec/big_endian.h"

namespace likeness::codec {

namespace {

constexpr size_t kRiffHeaderBytes = 12, kChunkHeaderBytes = 8;

struct Frame {
  uint32_t width = 0, height = 0;
  bool lossless = false, alpha = false;
};

// The sizes inside a VP8 (RFC 6386 9.1) or VP8L bitstream.
Result<Frame> ReadFrame(std::string_view type, ByteView body) {
  if (type == "VP8 ") {
    if (body.size() < 10 || body[3] != 0x9D || body[4] != 0x01 || body[5] != 0x2A) {
      return Corrupt("the lossy frame has no start code");
    }
    return Frame{Le16(&body[6]) & 0x3FFFu, Le16(&body[8]) & 0x3FFFu, false, false};
  }
  if (body.size() < 5 || body[0] != 0x2F) return Corrupt("the lossless frame has no signature");
  const uint32_t bits = Le32(&body[1]);
  return Frame{(bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, true, (bits >> 28 & 1) != 0};
}

struct WebpWalk {
  Header header;
  Frame frame;  // the still picture, or the first frame of an animation
  bool extended = false, animated = false, found_frame = false;
  uint32_t frames = 0;
};

Status TakeFrame(std::string_view type, ByteView body, WebpWalk& walk) {
  if (walk.found_frame) return {};
  LK_ASSIGN(walk.frame, ReadFrame(type, body));
  walk.found_frame = true;
  return {};
}

// The chunks inside the first ANMF: optional ALPH, then the bitstream.
Status TakeAnimationFrame(ByteView body, WebpWalk& walk) {
  ++walk.frames;
  if (walk.found_frame || body.size() < 16) return {};
  body = body.subspan(16);
  while (body.size() >= kChunkHeaderBytes) {
    const std::string_view type = AsText(body.first(4));
    const size_t size = Le32(&body[4]);
    if (size > body.size() - kChunkHeaderBytes) return Corrupt("a frame's chunk runs past its end");
    if (type == "VP8 " || type == "VP8L") return TakeFrame(type, body.subspan(kChunkHeaderBytes, size), walk);
    body = body.subspan(std::min(body.size(), kChunkHeaderBytes + size + (size & 1)));
  }
  return {};
}

void TakeBlock(ByteView body, uint64_t bytes_max, Bytes& to) {
  if (to.empty() && body.size() <= bytes_max) to.assign(body.begin(), body.end());
}

Status TakeChunk(std::string_view type, ByteView body, const Limits& limits, WebpWalk& walk) {
  Header& header = walk.header;
  if (type == "VP8X") {
    if (body.size() < 10) return Corrupt("the header chunk is cut short");
    walk.extended = true;
    walk.animated = (body[0] & 0x02) != 0;
    header.info.has_alpha = (body[0] & 0x10) != 0;
    header.info.width = Le24(&body[4]) + 1;
    header.info.height = Le24(&body[7]) + 1;
  } else if (type == "VP8 " || type == "VP8L") {
    return TakeFrame(type, body, walk);
  } else if (type == "ALPH") {
    header.info.has_alpha = true;
  } else if (type == "ANMF") {
    return TakeAnimationFrame(body, walk);
  } else if (type == "ICCP") {
    TakeBlock(body, limits.icc_bytes_max, header.icc);
  } else if (type == "EXIF") {
    TakeBlock(body, limits.exif_bytes_max, header.exif);
  } else if (type == "XMP ") {
    TakeBlock(body, limits.xmp_bytes_max, header.xmp);
  }
  return {};
}

Result<WebpWalk> WalkWebp(ByteView bytes, const Limits& limits) {
  if (bytes.size() < kRiffHeaderBytes + kChunkHeaderBytes) return Corrupt("the file is cut short");
  const uint64_t riff_end = uint64_t{Le32(&bytes[4])} + 8;
  if (riff_end < kRiffHeaderBytes + kChunkHeaderBytes) return Corrupt("the header promises no picture");
  if (riff_end > bytes.size() + 1) return Corrupt("the file is cut short: its header promises more bytes");
  ByteView rest = bytes.first(size_t(std::min<uint64_t>(riff_end, bytes.size()))).subspan(kRiffHeaderBytes);
  WebpWalk walk;
  bool first = true;
  while (rest.size() >= kChunkHeaderBytes) {
    const std::string_view type = AsText(rest.first(4));
    const size_t size = Le32(&rest[4]);
    if (size > rest.size() - kChunkHeaderBytes) return Corrupt("a chunk runs past the end of the file");
    if (first && type != "VP8 " && type != "VP8L" && type != "VP8X") return Corrupt("the first chunk is no picture");
    first = false;
    LK_TRY(TakeChunk(type, rest.subspan(kChunkHeaderBytes, size), limits, walk));
    rest = rest.subspan(std::min(rest.size(), kChunkHeaderBytes + size + (size & 1)));
  }
  return walk;
}

Result<Pixels> DecodeStill(ByteView bytes, const Header& header) {
  WebPDecoderConfig config;
  if (!WebPInitDecoderConfig(&config)) return Fail(ErrorCode::kInternal, "libwebp has another version than its header");
  if (WebPGetFeatures(bytes.data(), bytes.size(), &config.input) != VP8_STATUS_OK) {
    return Corrupt("the WebP data is damaged");
  }
  if (config.input.width != int(header.info.width) || config.input.height != int(header.info.height)) {
    return Corrupt("the file holds two sizes that disagree");
  }
  Pixels out;
  out.bitmap = image::Bitmap(config.input.width, config.input.height, config.input.has_alpha ? 4 : 3);
  config.output.colorspace = config.input.has_alpha ? MODE_RGBA : MODE_RGB;
  config.output.is_external_memory = 1;
  config.output.u.RGBA = {out.bitmap.pixels.data(), int(out.bitmap.row_bytes()), out.bitmap.pixels.size()};
  const VP8StatusCode status = WebPDecode(bytes.data(), bytes.size(), &config);
  if (status == VP8_STATUS_OUT_OF_MEMORY) throw std::bad_alloc();
  if (status != VP8_STATUS_OK) return Corrupt("the WebP data is damaged");
  return out;
}

Result<Pixels> DecodeFirstFrame(ByteView bytes, const Header& header) {
  const WebPData data{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)> demuxer(WebPDemux(&data), WebPDemuxDelete);
  if (demuxer == nullptr) return Corrupt("the animation's structure is damaged");
  WebPIterator frame;
  if (!WebPDemuxGetFrame(demuxer.get(), 1, &frame)) return Corrupt("the animation has no frame");
  const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> release(&frame, WebPDemuxReleaseIterator);
  const int width = int(header.info.width), height = int(header.info.height);
  if (frame.x_offset < 0 || frame.y_offset < 0 || frame.width > width - frame.x_offset ||
      frame.height > height - frame.y_offset) {
    return Corrupt("the first frame lies outside the canvas");
  }
  Pixels out;
  out.bitmap = image::Bitmap(width, height, 4);
  uint8_t* start = out.bitmap.row(frame.y_offset) + size_t(frame.x_offset) * 4;
  const size_t room = out.bitmap.pixels.size() - size_t(start - out.bitmap.pixels.data());
  if (WebPDecodeRGBAInto(frame.fragment.bytes, frame.fragment.size, start, room, int(out.bitmap.row_bytes())) ==
      nullptr) {
    return Corrupt("the first frame's data is damaged");
  }
  return out;
}

}  // namespace

Result<Header> ReadWebpHeader(ByteView bytes, const Limits& limits) {
  LK_ASSIGN(WebpWalk walk, WalkWebp(bytes, limits));
  ImageInfo& info = walk.header.info;
  if (!walk.found_frame && !(walk.extended && !walk.animated)) return Corrupt("the file has no picture");
  if (!walk.extended) {
    info.width = walk.frame.width;
    info.height = walk.frame.height;
    info.has_alpha = walk.frame.alpha;
  }
  LK_TRY(CheckCanvas(info.width, info.height, limits));
  if (!walk.found_frame) return Corrupt("the file has no picture");
  if (walk.extended && !walk.animated && (walk.frame.width != info.width || walk.frame.height != info.height)) {
    return Corrupt(fmt::format("the canvas of {}x{} does not fit the picture of {}x{}", info.width, info.height,
                               walk.frame.width, walk.frame.height));
  }
  info.frames = std::max<uint32_t>(1, walk.frames);
  const uint64_t pixels = uint64_t{info.width} * info.height;
  walk.header.decoded_bytes = pixels * (info.has_alpha || walk.animated ? 4 : 3);
  // The lossless decoder holds the whole picture once more, 4 bytes a pixel.
  if (walk.frame.lossless) walk.header.decoded_bytes += uint64_t{walk.frame.width} * walk.frame.height * 4;
  return std::move(walk.header);
}

Result<Pixels> DecodeWebp(ByteView bytes, const Header& header, const DecodeOptions& options) {
  LK_ASSIGN(const WebpWalk walk, WalkWebp(bytes, options.limits));
  return walk.animated ? DecodeFirstFrame(bytes, header) : DecodeStill(bytes, header);
}

}  // namespace likeness::codec
